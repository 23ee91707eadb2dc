// From proposal to outcome on the real control store: who may press, what is applied, which messages are edited.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withClient } from '../../sandbox/database/with-client.ts'
import type { AccessSettings } from '../../src/core/access.ts'
import { type ApprovalParts, type Approvals, createApprovals } from '../../src/core/approvals.ts'
import { type ChangeCommand, changeCommand, type FollowUp } from '../../src/core/command.ts'
import type { Approval, Reminder } from '../../src/core/records.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Caller, MessageRef, Place, Request } from '../../src/core/request.ts'
import type { Changing } from '../../src/services.ts'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { jobChanging, jobsTable, newApproval, silentLog } from '../support/storage.ts'

const access: AccessSettings = {
  roles: new Map([
    ['era', { viewer: [], responder: ['discord-user:5'], operator: ['discord-user:1', 'telegram-user:8'] }],
    ['testnet', { viewer: [], responder: [], operator: ['discord-user:9'] }],
  ]),
  people: [
    { name: 'mei', accounts: ['discord-user:1', 'telegram-user:2'] },
    { name: 'ada', accounts: ['discord-user:7', 'telegram-user:8'] },
  ],
  discordGuilds: ['9'],
  discordChannels: [],
  telegramChats: ['-3'],
}
const channel: Place = { platform: 'discord', id: '10', guild: '9', kind: 'channel' }
const chat: Place = { platform: 'telegram', id: '-3', kind: 'group' }
const shown: MessageRef = { platform: 'discord', place: '10', message: '77' }
const elsewhere: MessageRef = { platform: 'telegram', place: '-3', message: '5' }

const move = changeCommand({
  name: 'requeue',
  summary: 'Moves failed jobs',
  example: '/requeue 1',
  role: 'responder',
  visibility: 'public',
  chains: 'one',
  options: {},
  approval: { role: 'operator', minutes: 10 },
  change: z.array(z.number()),
  plan: async () => ({ change: null, facts: {} }),
  preview: (): Reply => ({ tone: 'warning', title: 'Move 2 jobs?', blocks: [] }),
  async apply(ids, changing) {
    const jobs = changing as unknown as ReturnType<typeof jobChanging>
    const moved: string[] = []
    for (const id of ids) if (await jobs.requeue(id)) moved.push(`jobs/${id}`)
    const left = ids.filter((id) => !moved.includes(`jobs/${id}`)).map((id) => ({ key: `jobs/${id}`, why: 'it moved' }))
    return { moved, left, before: {}, after: {} }
  },
  report: ({ outcome, moved, by }): Reply => ({
    tone: 'good',
    title: `${outcome}: ${moved.length} by ${by}`,
    blocks: [],
  }),
  follow: async () => looks.shift() as FollowUp,
}) as unknown as ChangeCommand

let database: TestDatabase
let store: OpenControlStore<Changing>
let approvals: Approvals
let edits: string[]
let sent: string[]
let added: MessageRef[]
/** What the next looks at the rows of an applied change find. */
let looks: FollowUp[]
let reminders: Omit<Reminder, 'id' | 'ageSeconds'>[]

beforeEach(async () => {
  database = await createTestDatabase()
  await sql(jobsTable)
  await sql("INSERT INTO jobs VALUES (1, 'failed'), (2, 'failed')")
  const changing = (connection: Parameters<typeof jobChanging>[0]) => jobChanging(connection) as unknown as Changing
  store = createControlStore({ name: 'era', url: database.url, log: silentLog, changing })
  edits = []
  sent = []
  added = []
  reminders = []
  const refs: MessageRef[] = [shown, elsewhere]
  const parts: ApprovalParts = {
    commands: [move],
    access,
    stores: new Map([['era', store]]),
    messages: {
      add: async (_, message) => ({ recorded: added.push(message) > 0 }),
      of: async () => refs,
      move: async () => {},
    },
    reminders: { add: async (reminder) => ({ recorded: reminders.push(reminder) > 0 }) } as ApprovalParts['reminders'],
    several: false,
    async edit({ platform }, reply) {
      edits.push(`${platform} ${reply.title}${reply.actions ? ' with buttons' : ''}`)
      if (platform === 'discord') throw new Error('Discord is away')
    },
    async send(place, reply) {
      sent.push(reply.mention === undefined ? reply.title : `${reply.title} (${reply.mention})`)
      return { platform: place.platform, place: place.id, message: '900' }
    },
    reading: () => ({}) as ReturnType<ApprovalParts['reading']>,
    log: silentLog,
  }
  approvals = createApprovals(parts)
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

const sql = (text: string) => withClient(database.url, (client) => client.query(text))
const statuses = async () => (await sql('SELECT status FROM jobs ORDER BY id')).rows.map(({ status }) => status)

const propose = (changes: Parameters<typeof newApproval>[0] = {}) =>
  approvals.propose(newApproval({ change: [1, 2], ...changes }))
const person = (account: string): Caller => ({ account, name: '', standing: 'person', roles: [] })

function press(approval: Approval, kind: 'approve' | 'cancel', account: string, more: Partial<Request> = {}) {
  const place = account.startsWith('discord') ? channel : chat
  const ask = { kind: 'press' as const, action: '', message: shown }
  const request: Request = {
    id: `press:${account}`,
    caller: person(account),
    place,
    sentAt: new Date(),
    lateSeconds: 0,
    ask,
    ...more,
  }
  return approvals.press({ kind, approval: approval.id }, request)
}

describe('confirming', () => {
  it('applies once, and edits every message that shows it, even when one platform is away', async () => {
    const approval = await propose()
    const { result, short } = await press(approval, 'approve', 'discord-user:1')
    expect(result).toMatchObject({ outcome: 'applied', moved: ['jobs/1', 'jobs/2'], by: 'mei' })
    expect(short.title).toBe('applied: 2 by mei')
    expect(edits).toEqual(['discord applied: 2 by mei', 'telegram applied: 2 by mei'])
    expect(await statuses()).toEqual(['queued', 'queued'])
    const again = await press(approval, 'approve', 'telegram-user:8')
    expect(again.result).toMatchObject({ outcome: 'applied', by: 'mei' })
    expect(again.short.title).toBe('Already decided by mei: applied: 2 by mei')
  })

  it('leaves and names a row that moved meanwhile', async () => {
    const approval = await propose()
    await sql("UPDATE jobs SET status = 'in_progress' WHERE id = 2")
    const { result } = await press(approval, 'approve', 'discord-user:1')
    expect(result).toMatchObject({ outcome: 'partial', moved: ['jobs/1'], left: [{ key: 'jobs/2', why: 'it moved' }] })
  })

  it.each([
    ['a responder', 'discord-user:5', {}, 'needs the role “operator”'],
    ['an operator of another chain', 'discord-user:9', {}, 'needs the role “operator”'],
    [
      'an operator in a place that is not allowed',
      'discord-user:1',
      { place: { ...channel, guild: '66' } },
      "don't answer here",
    ],
    [
      'an anonymous administrator',
      'discord-user:1',
      { caller: { ...person('telegram-user:1087968824'), standing: 'anonymous-admin' as const }, place: chat },
      'Remain anonymous',
    ],
  ])('refuses %s, and nothing moves', async (_, account, more, why) => {
    const approval = await propose()
    await expect(press(approval, 'approve', account, more)).rejects.toThrow(why)
    expect(await statuses()).toEqual(['failed', 'failed'])
    expect((await store.read(approval.id))?.state).toBe('pending')
  })

  it('follows the rows afterwards, and says anew what failed again and how it ended', async () => {
    const look = (title: string, failed: number, settled = false): FollowUp => ({
      reply: { tone: 'good', title, blocks: [] },
      settled,
      failed,
    })
    looks = [look('1 running', 0), look('1 failed', 1), look('1 running once more', 0), look('1 failed', 1)]
    looks.push(look('2 failed', 2), look('All 2 finished', 0, true))
    const approval = await propose()
    await press(approval, 'approve', 'discord-user:1')
    expect(reminders).toMatchObject([{ kind: 'change-follow', chain: 'era', payload: { approval: approval.id } }])
    const [reminder] = reminders as [Omit<Reminder, 'id' | 'ageSeconds'>]
    let payload: unknown = reminder.payload
    while (payload !== null) {
      payload = await approvals.follow({ ...reminder, payload, id: '1', ageSeconds: 10 }, new AbortController().signal)
    }
    expect(edits.at(-1)).toBe('telegram All 2 finished')
    expect(sent).toEqual(['1 failed (alert)', '2 failed (alert)', 'All 2 finished'])
  })
})

describe('a second person', () => {
  it.each([
    ['the asker', 'discord-user:1', 'You asked for this yourself'],
    ['the asker on the other platform', 'telegram-user:2', 'You asked for this yourself'],
  ])('is not %s', async (_, account, why) => {
    const approval = await propose({ secondPerson: true })
    await expect(press(approval, 'approve', account)).rejects.toThrow(new RegExp(why))
    expect(await statuses()).toEqual(['failed', 'failed'])
  })

  it('may confirm on the other platform', async () => {
    const approval = await propose({ secondPerson: true })
    expect((await press(approval, 'approve', 'telegram-user:8')).result).toMatchObject({
      outcome: 'applied',
      by: 'ada',
    })
  })
})

describe('not confirming', () => {
  it('lets the asker cancel without being an operator, and others not', async () => {
    const asked = { askedBy: { account: 'discord-user:5', person: 'discord-user:5', known: true } }
    const approval = await propose(asked)
    expect((await press(approval, 'cancel', 'discord-user:5')).result.outcome).toBe('cancelled')
    const other = await propose()
    await expect(press(other, 'cancel', 'discord-user:5')).rejects.toThrow('needs the role “operator”')
  })

  it('expires by the clock of the database, whether swept or pressed', async () => {
    const pressed = await propose()
    const swept = await propose()
    await sql("UPDATE rollcall.approvals SET expires_at = now() - interval '1 s'")
    expect((await press(pressed, 'approve', 'discord-user:1')).result.outcome).toBe('expired')
    await approvals.sweep()
    expect((await store.read(swept.id))?.state).toBe('expired')
    expect(await statuses()).toEqual(['failed', 'failed'])
  })

  it('shows what is pending anew after a start, with its buttons', async () => {
    await propose()
    await approvals.refresh()
    expect(edits).toEqual(['discord Move 2 jobs? with buttons', 'telegram Move 2 jobs? with buttons'])
  })

  it('shows what is pending anew in a group that moved, because its old messages can’t be edited', async () => {
    await propose({ place: chat })
    await propose()
    await approvals.moved('-3', '-1003')
    expect(sent).toEqual(['Move 2 jobs? (approval)'])
    expect(added).toEqual([{ platform: 'telegram', place: '-1003', message: '900' }])
  })

  it('knows no approval of another store, nor a forged one', async () => {
    const approval = await propose()
    const forged = { ...approval, id: `${approval.id.split('.')[0]}.AAAAAAAAAAAAAAAAAAAA` }
    await expect(press(forged, 'approve', 'discord-user:1')).rejects.toThrow('no approval I know')
    await expect(press({ ...approval, id: 'zzzzzz.AAAA' }, 'approve', 'discord-user:1')).rejects.toThrow(
      'no approval I know',
    )
  })
})
