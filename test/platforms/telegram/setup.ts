// The real adapter against the fake Telegram, with a clock that tests move and a log that they read.

import { pino } from 'pino'
import type { Reply } from '../../../src/core/reply.ts'
import type { Request } from '../../../src/core/request.ts'
import type { Conversation, Platform } from '../../../src/platforms/platform.ts'
import { createTelegram, type TelegramSettings } from '../../../src/platforms/telegram/adapter.ts'
import type { Timing } from '../../../src/platforms/telegram/timing.ts'
import { TelegramFake } from '../../fakes/telegram/fake.ts'

export const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

export const ok: Reply = { tone: 'good', title: 'All is well', blocks: [] }

/** Time that passes only when a test says so: what sleeps wakes up when its moment comes. */
export class ManualTiming implements Timing {
  #now = Date.now()
  #sleepers: { readonly at: number; readonly wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      this.#sleepers.push({ at: this.#now + ms, wake: resolve })
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  after(ms: number, act: () => void): () => void {
    const sleeper = { at: this.#now + ms, wake: act }
    this.#sleepers.push(sleeper)
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
    }
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#sleepers.filter(({ at }) => at <= this.#now)
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now)
    for (const { wake } of due) wake()
  }
}

/** Sleeps are over at once, and so short that nothing waits for them; their lengths are kept. */
export function hastyTiming(): Timing & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: Date.now,
    sleep: (ms) => {
      slept.push(ms)
      return new Promise((resolve) => setTimeout(resolve, Math.min(5, ms)))
    },
    after: (ms, act) => {
      const timer = setTimeout(act, ms)
      return () => clearTimeout(timer)
    },
  }
}

export interface Stage {
  readonly fake: TelegramFake
  readonly telegram: Platform
  readonly requests: Request[]
  readonly logLines: string[]
  /** What the core does with a request; replaceable at any time. */
  onRequest: (request: Request, conversation: Conversation) => Promise<void>
  stop(): Promise<void>
}

export async function openStage(settings: Partial<TelegramSettings> = {}, given?: TelegramFake): Promise<Stage> {
  const fake = given ?? (await TelegramFake.start())
  const logLines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) })
  const requests: Request[] = []
  const command = (name: string, role: 'anyone' | 'viewer') => ({ name, summary: `Does ${name}`, role })
  const telegram = createTelegram({
    ...{ token: fake.token, apiUrl: fake.url, chats: [], mentions: { approval: [], alert: [] }, log },
    commands: [command('help', 'anyone'), command('trace', 'viewer'), command('prover-status', 'viewer')],
    draw: () => Promise.resolve(png),
    hooks: {
      handle: async (request, conversation) => {
        requests.push(request)
        await stage.onRequest(request, conversation)
      },
      complete: () => Promise.resolve([]),
    },
    polling: { seconds: 20, graceMs: 5000 },
    ...settings,
  })
  const stage: Stage = {
    ...{ fake, telegram, requests, logLines },
    onRequest: async (_, conversation) => {
      if (await conversation.acknowledge('public')) await conversation.answer(ok)
    },
    stop: async () => {
      await telegram.stop()
      await fake.stop()
    },
  }
  return stage
}

/** Starts the bot and waits for its first poll. */
export async function startStage(settings: Partial<TelegramSettings> = {}, given?: TelegramFake): Promise<Stage> {
  const stage = await openStage(settings, given)
  await stage.telegram.start()
  await stage.fake.until(() => stage.fake.callsOf('getUpdates').length > 0, 'the first poll')
  return stage
}
