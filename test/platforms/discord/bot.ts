// The real adapter with the real discord.js against the fake Discord, and a core that answers as the test says.

import { Writable } from 'node:stream'
import { pino } from 'pino'
import { readCommand } from '../../../src/core/command.ts'
import type { Choice } from '../../../src/core/completion.ts'
import type { CompletionQuestion, Conversation } from '../../../src/core/conversation.ts'
import { integer, optional, text } from '../../../src/core/options.ts'
import type { Reply } from '../../../src/core/reply.ts'
import type { MessageRef, Request } from '../../../src/core/request.ts'
import { createDiscord, type DiscordSettings } from '../../../src/platforms/discord/adapter.ts'
import type { Platform } from '../../../src/platforms/platform.ts'
import { type FakeDiscord, startFakeDiscord } from '../../fakes/discord/server.ts'
import type { FakeChannel, FakeGuild, FakeUser } from '../../fakes/discord/world.ts'

export const trace = readCommand({
  name: 'trace',
  summary: 'Follow a transaction from L2 to finality on L1',
  example: '/trace 0x12…',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  options: {
    transaction: text('Transaction hash', { complete: 'recent-transactions' }),
    batch: optional(integer('L1 batch number', { complete: 'stuck-batches' })),
  },
  run: async () => ({}),
  present: () => ({ tone: 'good', title: 'traced', blocks: [] }),
})

/** What the core would do with a request. */
export type Core = (request: Request, conversation: Conversation) => Promise<void>

export const answering =
  (reply: Reply, visibility: 'public' | 'private' = 'public'): Core =>
  async (_, conversation) => {
    if (await conversation.acknowledge(visibility)) await conversation.answer(reply)
  }

export const up: Reply = { tone: 'good', title: 'era is up', blocks: [{ kind: 'paragraph', text: 'All well.' }] }

export const proposal: Reply = {
  tone: 'warning',
  title: 'Requeue batch 1139?',
  blocks: [],
  actions: [
    { label: 'Confirm', style: 'danger', id: 'approve:1' },
    { label: 'Cancel', style: 'plain', id: 'cancel:1' },
  ],
}

export const done: Reply = { tone: 'good', title: 'Batch 1139 is back in the queue', blocks: [] }

/** Messages and edits that didn't say whom they may ring: Discord would ring everybody their text names. */
export function unguarded(fake: FakeDiscord): readonly string[] {
  return fake.calls.flatMap(({ method, path, body }) => {
    const isMessage = method !== 'GET' && body !== undefined && /\/messages(\/|$)|^\/webhooks\//.test(path)
    const allowed = (body as { allowed_mentions?: { parse?: unknown } } | undefined)?.allowed_mentions
    return isMessage && JSON.stringify(allowed?.parse) !== '[]' ? [`${method} ${path}`] : []
  })
}

export interface Stage {
  readonly fake: FakeDiscord
  readonly guild: FakeGuild
  readonly channel: FakeChannel
  readonly mei: FakeUser
  readonly ana: FakeUser
  /** Starts another copy of the bot, connected and registered. */
  start(core: Core, more?: Partial<DiscordSettings>): Promise<Bot>
  end(): Promise<void>
}

export interface Bot {
  readonly platform: Platform
  readonly requests: readonly Request[]
  readonly errors: readonly unknown[]
  readonly questions: readonly CompletionQuestion[]
  readonly refs: readonly (MessageRef | null)[]
  /** All log lines so far. */
  log(): string
  suggest: readonly Choice[]
}

export async function setStage(settings: Parameters<typeof startFakeDiscord>[0] = {}): Promise<Stage> {
  // Time stands still unless a test moves it: a slow machine must not make an acknowledgement late.
  const fake = await startFakeDiscord({ now: () => Date.parse('2026-01-02T03:04:05Z'), ...settings })
  const guild = fake.addGuild()
  const channel = fake.addChannel(guild)
  const started: Platform[] = []
  return {
    fake,
    guild,
    channel,
    mei: fake.addUser('Mei'),
    ana: fake.addUser('Ana'),
    async start(core, more = {}) {
      const { bot, platform } = createBot(fake, guild, core, more)
      started.push(platform)
      await platform.start()
      return bot
    },
    async end() {
      for (const platform of started) await platform.stop()
      await fake.stop()
    },
  }
}

function createBot(fake: FakeDiscord, guild: FakeGuild, core: Core, more: Partial<DiscordSettings>) {
  const lines: string[] = []
  const requests: Request[] = []
  const errors: unknown[] = []
  const questions: CompletionQuestion[] = []
  const refs: (MessageRef | null)[] = []
  const sink = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const platform = createDiscord({
    token: fake.token,
    apiUrl: fake.apiUrl,
    guildIds: [guild.id],
    mentions: { approval: [], alert: [] },
    commands: [trace],
    chains: ['era'],
    draw: async () => null,
    log: pino({ level: 'debug' }, sink),
    now: () => new Date(fake.clock.now()),
    backOffMs: [20],
    hooks: {
      async handle(request, conversation) {
        requests.push(request)
        const watched: Conversation = {
          acknowledge: (visibility) => conversation.acknowledge(visibility),
          askRoles: (withinMs) => conversation.askRoles(withinMs),
          async answer(reply, settings) {
            const ref = await conversation.answer(reply, settings)
            refs.push(ref)
            return ref
          },
        }
        await core(request, watched).catch((error) => errors.push(error))
      },
      async complete(question) {
        questions.push(question)
        return bot.suggest
      },
    },
    ...more,
  })
  const bot: Bot = { platform, requests, errors, questions, refs, log: () => lines.join(''), suggest: [] }
  return { bot, platform }
}

/** Connected, and the commands of the guild looked at. */
export async function ready(stage: Stage, bot: Bot): Promise<Bot> {
  await stage.fake.until(() => bot.platform.health().ready && /commands (are as declared|registered)/.test(bot.log()))
  return bot
}
