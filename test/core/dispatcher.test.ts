// The seven steps seen from outside: what is acknowledged, recorded, done, answered, and what is not.

import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import help from '../../commands/help.ts'
import type { AccessSettings } from '../../src/core/access.ts'
import { type ApprovalParts, createApprovals } from '../../src/core/approvals.ts'
import { type Command, changeCommand, readCommand } from '../../src/core/command.ts'
import type { Conversation } from '../../src/core/conversation.ts'
import { createDispatcher, type DispatcherParts } from '../../src/core/dispatcher.ts'
import { UserError } from '../../src/core/errors.ts'
import { optional, text } from '../../src/core/options.ts'
import type { RequestEntry } from '../../src/core/records.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Caller, Place, Request } from '../../src/core/request.ts'

const log = pino({ level: 'silent' })

const echo = readCommand({
  name: 'echo',
  summary: 'Says it back',
  example: '/echo hello',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  options: { what: optional(text('anything', { complete: 'recent-transactions' })) },
  async run({ what }, { chain, signal }) {
    if (what === 'crash') throw new Error('password=hunter2 at 10.0.0.1')
    if (what === 'hang') await new Promise((resolve) => signal.addEventListener('abort', resolve))
    if (what === 'mistake') throw new UserError('That is not a hash.\nTry: /echo hello')
    return { what, on: chain.name, hung: what === 'hang' }
  },
  present: (facts): Reply => ({ tone: 'neutral', title: `${facts.what} on ${facts.on}`, blocks: [] }),
  deadlineMs: 50,
})

const move = changeCommand({
  name: 'move',
  summary: 'Moves it',
  example: '/move',
  role: 'responder',
  visibility: 'public',
  chains: 'one',
  options: {},
  approval: { role: 'operator', minutes: 10 },
  change: z.null(),
  plan: async () => ({ change: null, facts: {} }),
  preview: (): Reply => ({ tone: 'neutral', title: 'Nothing to move', blocks: [] }),
  apply: async () => ({ moved: [], left: [], before: null, after: null }),
  report: (): Reply => ({ tone: 'good', title: 'Moved', blocks: [] }),
})

const access: AccessSettings = {
  roles: new Map([
    ['era', { viewer: ['everyone-here'], responder: ['telegram-admins'], operator: [] }],
    ['testnet', { viewer: ['discord-user:9'], responder: ['discord-user:9'], operator: [] }],
  ]),
  people: [],
  discordGuilds: ['1'],
  discordChannels: [],
  telegramChats: ['-3'],
}

function setUp(settings: { chains?: string[]; admin?: boolean; acknowledges?: boolean; recorded?: boolean } = {}) {
  const suggestedOn: string[] = []
  const counted: string[] = []
  const events: string[] = []
  const rows: RequestEntry[] = []
  const replies: Reply[] = []
  const commands: readonly Command[] = [echo, move, help]
  const recorded = settings.recorded ?? true
  const parts: DispatcherParts = {
    commands,
    chains: settings.chains ?? ['era'],
    access,
    secondPerson: false,
    approvals: createApprovals({ stores: new Map(), commands, access, log } as unknown as ApprovalParts),
    audit: {
      async start(row) {
        const duplicate = rows.some(({ id }) => id === row.id)
        rows.push(row)
        events.push(`record ${row.decision}`)
        return { recorded, duplicate }
      },
      async finish(_, outcome) {
        events.push(`finish ${outcome}`)
        return { recorded }
      },
      list: async () => [],
    },
    rateLimiter: {
      decide(person) {
        counted.push(person)
        return 'go'
      },
    },
    reading: (context) =>
      ({
        ...context,
        chain: { name: context.chain },
        commands,
        access: (command: Command) => ({ allowed: command.role !== 'responder' }),
      }) as unknown as ReturnType<DispatcherParts['reading']>,
    async complete(_source, typed, chains) {
      suggestedOn.push(chains.join(' '))
      return [{ name: typed, value: typed }]
    },
    now: () => new Date(0),
    random: () => 0.5,
    log,
  }
  const conversation: Conversation = {
    async acknowledge(visibility) {
      events.push(`acknowledge ${visibility}`)
      return settings.acknowledges ?? true
    },
    async askRoles() {
      events.push('ask roles')
      return settings.admin ? ['telegram-admins'] : []
    },
    async answer(reply) {
      events.push('answer')
      replies.push(reply)
      return null
    },
  }
  return { dispatcher: createDispatcher(parts), conversation, events, rows, replies, suggestedOn, counted }
}

const channel: Place = { platform: 'discord', id: '2', guild: '1', kind: 'channel' }
const chat: Place = { platform: 'telegram', id: '-3', kind: 'group' }
const caller: Caller = { account: 'discord-user:5', name: 'x', standing: 'person', roles: [] }

function request(line: string, more: Partial<Request> = {}): Request {
  const [name = '', ...rest] = line.split(' ')
  const base = { id: `t:${line}`, caller, place: channel, sentAt: new Date(0), lateSeconds: 0 }
  return { ...base, ask: { kind: 'command', name, input: { text: rest.join(' ') } }, ...more }
}

describe('a request', () => {
  it('is acknowledged, recorded, done, answered and finished, in this order', async () => {
    const { dispatcher, conversation, events, replies } = setUp()
    const handled = await dispatcher.handle(request('echo hello'), conversation)
    expect(events).toEqual(['acknowledge public', 'record started', 'answer', 'finish answered'])
    expect(replies[0]?.title).toBe('hello on era')
    expect(handled).toEqual({ facts: { what: 'hello', on: 'era', hung: false }, exitCode: 0, error: null })
  })

  it('ends there when the acknowledgement fails: nothing is recorded or done', async () => {
    const { dispatcher, conversation, events } = setUp({ acknowledges: false })
    await dispatcher.handle(request('echo hello'), conversation)
    expect(events).toEqual(['acknowledge public'])
  })

  it('counts for the person behind it, and a post without a sender for its channel', async () => {
    const { dispatcher, conversation, counted } = setUp()
    const nobody: Caller = { account: null, name: 'news', standing: 'no-sender', roles: [] }
    await dispatcher.handle(request('echo hi'), conversation)
    await dispatcher.handle(request('echo hi', { id: 'p1', caller: nobody, place: chat }), conversation)
    await dispatcher.handle(
      request('echo hi', { id: 'p2', caller: nobody, place: { ...chat, id: '-4' } }),
      conversation,
    )
    expect(counted).toEqual(['discord-user:5', 'unknown in telegram:-3', 'unknown in telegram:-4'])
  })

  it('is done once when it is delivered twice', async () => {
    const { dispatcher, conversation, replies } = setUp()
    await dispatcher.handle(request('echo hello'), conversation)
    await dispatcher.handle(request('echo hello'), conversation)
    expect(replies).toHaveLength(1)
  })

  it('is refused privately, with the reason recorded', async () => {
    const { dispatcher, conversation, events, replies } = setUp()
    const handled = await dispatcher.handle(request('echo hello', { place: { ...channel, guild: '66' } }), conversation)
    expect(events).toEqual([
      'acknowledge private',
      'record refused: place-not-allowed',
      'answer',
      'finish answered: refused',
    ])
    expect(replies[0]?.blocks).toEqual([{ kind: 'paragraph', text: [expect.stringContaining('DISCORD_GUILD_IDS')] }])
    expect(handled.exitCode).toBe(1)
  })

  it('hides a mistake in the options from those who may not ask', async () => {
    const { dispatcher, conversation, replies } = setUp()
    await dispatcher.handle(request('move surplus'), conversation)
    expect(replies[0]?.title).toContain('needs the role “responder”')
  })

  it.each([
    ['echo a b', "I don't understand “b” here.", 1],
    ['echo mistake', 'That is not a hash.', 1],
    ['echo hang', 'This took longer than 0.05 s, so I stopped it.', 3],
    ['echo crash', 'Something went wrong, reference JJJJ.', 3],
    ['ecko x', 'I know no command “ecko”.', 1],
  ])('%s is answered with a sentence and an exit code', async (line, title, exitCode) => {
    const { dispatcher, conversation, replies } = setUp()
    const handled = await dispatcher.handle(request(line), conversation)
    expect(replies.map((reply) => reply.title)).toEqual([title])
    expect(handled.exitCode).toBe(exitCode)
    expect(JSON.stringify(replies)).not.toContain('hunter2')
  })

  it('asks Telegram about administrators only after the acknowledgement, and only when that could help', async () => {
    const telegram = { place: chat, caller: { ...caller, account: 'telegram-user:4' } }
    const admin = setUp({ admin: true })
    await admin.dispatcher.handle(request('move', telegram), admin.conversation)
    expect(admin.events).toEqual(['acknowledge public', 'ask roles', 'record started', 'answer', 'finish answered'])
    const member = setUp()
    await member.dispatcher.handle(request('move', telegram), member.conversation)
    expect(member.events).toContain('record refused: role-missing')
    const viewer = setUp()
    await viewer.dispatcher.handle(request('echo hi', telegram), viewer.conversation)
    expect(viewer.events).not.toContain('ask roles')
  })

  it('asks about administrators for /help, which hides what the asker may not run', async () => {
    const telegram = { place: chat, caller: { ...caller, account: 'telegram-user:4' } }
    const { dispatcher, conversation, events } = setUp({ admin: true })
    await dispatcher.handle(request('help', telegram), conversation)
    expect(events.slice(0, 2)).toEqual(['acknowledge private', 'ask roles'])
    const elsewhere = setUp({ admin: true })
    const other = { ...telegram, place: { ...chat, id: '-66' } }
    await elsewhere.dispatcher.handle(request('help', other), elsewhere.conversation)
    expect(elsewhere.events).not.toContain('ask roles')
  })

  it('says when it could not be recorded', async () => {
    const { dispatcher, conversation, replies } = setUp({ recorded: false })
    await dispatcher.handle(request('echo hello'), conversation)
    expect(JSON.stringify(replies[0]?.blocks)).toContain('Not recorded')
  })

  it('says that it came late, and refuses a change that did', async () => {
    const { dispatcher, conversation, replies } = setUp({ admin: true })
    await dispatcher.handle(request('echo hello', { lateSeconds: 600 }), conversation)
    const telegram = { place: chat, caller: { ...caller, account: 'telegram-user:4' }, lateSeconds: 180 }
    await dispatcher.handle(request('move', telegram), conversation)
    expect(JSON.stringify(replies[0]?.blocks)).toContain('Asked 10 min before it reached me')
    expect(replies[1]?.title).toBe("This reached me 3 min late, so I didn't act on it.")
  })

  it('presses a read button as if it were typed, and never a change', async () => {
    const { dispatcher, conversation, replies } = setUp()
    await dispatcher.handle(request('', { id: 'p1', ask: { kind: 'press', action: 'r:echo again' } }), conversation)
    await dispatcher.handle(request('', { id: 'p2', ask: { kind: 'press', action: 'r:move' } }), conversation)
    await dispatcher.handle(request('', { id: 'p3', ask: { kind: 'press', action: 'forged' } }), conversation)
    expect(replies.map(({ title }) => title)).toEqual([
      'again on era',
      'A change has to be typed.',
      'I don’t know that button.',
    ])
  })
})

describe('several chains', () => {
  const chains = ['era', 'testnet']

  it('takes the first for a read and says so', async () => {
    const { dispatcher, conversation, replies } = setUp({ chains })
    await dispatcher.handle(request('echo hi'), conversation)
    expect(replies[0]?.title).toBe('hi on era · era')
    expect(JSON.stringify(replies[0]?.blocks)).toContain('chain=NAME')
  })

  it('asks the named one, under that chain’s roles', async () => {
    const { dispatcher, conversation, replies } = setUp({ chains })
    const ninth = { ...caller, account: 'discord-user:9' }
    await dispatcher.handle(request('echo hi chain=testnet', { caller: ninth }), conversation)
    await dispatcher.handle(request('echo ho chain=testnet'), conversation)
    expect(replies.map(({ title }) => title)).toEqual([
      'hi on testnet · testnet',
      expect.stringContaining('needs the role “viewer”'),
    ])
  })

  it('refuses a change until the chain is named', async () => {
    const { dispatcher, conversation, replies } = setUp({ chains })
    const ninth = { ...caller, account: 'discord-user:9' }
    await dispatcher.handle(request('move', { caller: ninth }), conversation)
    expect(replies[0]?.title).toContain('Which chain?')
    await dispatcher.handle(request('move chain=testnet', { caller: ninth }), conversation)
    expect(replies[1]?.title).toBe('Nothing to move · testnet')
  })
})

describe('suggestions', () => {
  const ninth = { ...caller, account: 'discord-user:9' }
  const question = { command: 'echo', option: 'what', typed: '0x', given: {}, caller, place: channel }

  it('come from the chain that was typed before, else from the first, which would answer', async () => {
    const { dispatcher, suggestedOn } = setUp({ chains: ['era', 'testnet'] })
    await dispatcher.complete(question)
    await dispatcher.complete({ ...question, given: { chain: 'testnet' }, caller: ninth })
    expect(suggestedOn).toEqual(['era', 'testnet'])
  })

  it('are given only on chains the asker may ask about, and on chains there are', async () => {
    const { dispatcher, suggestedOn } = setUp({ chains: ['era', 'testnet'] })
    expect(await dispatcher.complete({ ...question, given: { chain: 'testnet' } })).toEqual([])
    await dispatcher.complete({ ...question, given: { chain: 'mainnet' } })
    expect(suggestedOn).toEqual([''])
  })

  it('take no notice of an option named chain where there is one chain only', async () => {
    const { dispatcher, suggestedOn } = setUp()
    await dispatcher.complete({ ...question, given: { chain: '271' } })
    expect(suggestedOn).toEqual(['era'])
  })
})
