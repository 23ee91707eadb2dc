// Our own long polling: nothing that Telegram, the network or a handler does ends it, and stopping is quick.

import type { Update } from 'telegraf/types'
import type { Logger } from '../../logging.ts'
import type { Health } from '../platform.ts'
import { ApiFailure, type BotApi } from './api.ts'
import type { Timing } from './timing.ts'

/** What we listen to; Telegram remembers the last list when none is sent, so it is always sent. */
export const allowedUpdates = ['message', 'channel_post', 'callback_query', 'my_chat_member'] as const

export interface PollLengths {
  readonly seconds: number
  readonly graceMs: number
}

export interface PollingParts {
  readonly api: BotApi
  readonly timing: Timing
  readonly log: Logger
  /** Learns who we are; called until it succeeds. */
  prepare(signal: AbortSignal): Promise<void>
  /** May this copy poll? Asked before every poll: the lease decides. */
  mayPoll(): boolean
  /** Another process polls with our token. */
  onConflict(): void
  /** Takes one update over; from then on it counts as delivered. */
  take(update: Update): void
  /** Resolves when more can be taken. */
  room(): Promise<void>
  readonly lengths?: PollLengths
}

const standbyMs = 1000
const leastPollMs = 100
const backOffMs = [1000, 2000, 5000, 10_000, 30_000]
/** A refused token may be given back, but nobody needs to ask often. */
const refusedMs = 60_000
const longestFloodMs = 120_000

export function createPolling(parts: PollingParts) {
  const { api, timing, log } = parts
  const { seconds, graceMs } = parts.lengths ?? { seconds: 30, graceMs: 10_000 }
  const stopping = new AbortController()
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
  let health: Health = { ready: false, why: 'Telegram: not asked yet' }
  let offset: number | undefined
  let prepared = false
  let failures = 0
  let loop: Promise<void> = Promise.resolve()

  function tell(next: Health): void {
    if (next.why !== health.why || next.ready !== health.ready) {
      if (next.ready) log.info({ why: next.why }, 'Telegram: listening')
      else log.warn({ why: next.why }, 'Telegram: not listening')
    }
    health = next
  }

  async function pollOnce(): Promise<void> {
    if (!prepared) await parts.prepare(stopping.signal)
    prepared = true
    const askedAt = timing.now()
    const updates = await api.callAndSetClock<Update[]>(
      'getUpdates',
      { timeout: seconds, allowed_updates: allowedUpdates, ...(offset === undefined ? {} : { offset }) },
      { timeoutMs: seconds * 1000 + graceMs, signal: stopping.signal },
    )
    failures = 0
    tell({ ready: true })
    // A server that does not wait for news must not be asked a thousand times a second.
    if (updates.length === 0 && timing.now() - askedAt < leastPollMs) await timing.sleep(leastPollMs, stopping.signal)
    for (const update of updates) {
      // The next poll confirms what was taken: at most once, and nothing is lost between here and the handler.
      offset = update.update_id + 1
      try {
        parts.take(update)
      } catch (error) {
        log.error({ err: error, update: update.update_id }, 'an update could not be taken')
      }
    }
  }

  /** Says what is the matter and how long to wait. */
  async function recover(error: unknown): Promise<number> {
    const failure = error instanceof ApiFailure ? error : new ApiFailure('unreachable', 'the poll failed')
    if (!(error instanceof ApiFailure)) log.error({ err: error }, 'the poll failed')
    const pause = backOffMs[Math.min(failures, backOffMs.length - 1)] as number
    failures += 1
    if (failure.reason === 'flood') return Math.min(failure.retryAfterSeconds * 1000, longestFloodMs)
    switch (failure.code) {
      case 409:
        return recoverFromConflict(failure, pause)
      case 401:
      case 404:
        tell({ ready: false, why: `TELEGRAM_TOKEN was refused (${failure.code}): take a valid one from @BotFather` })
        return refusedMs
      default:
        tell({ ready: false, why: failure.message })
        return pause
    }
  }

  async function recoverFromConflict(failure: ApiFailure, pause: number): Promise<number> {
    if (/webhook/i.test(failure.message)) {
      log.warn('a webhook was set for this bot; it is taken away, because this copy polls')
      const settings = { timeoutMs: 10_000, signal: stopping.signal }
      await api.call('deleteWebhook', {}, settings).catch((error: Error) => log.warn({ why: error.message }, 'webhook'))
      return pause
    }
    parts.onConflict()
    tell({
      ready: false,
      why: 'another process polls with the same TELEGRAM_TOKEN: stop it, or give it a token of its own',
    })
    return Math.max(pause, 5000)
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (!parts.mayPoll()) {
        tell({ ready: true, why: 'standing by: another copy listens to Telegram' })
        await timing.sleep(standbyMs, stopping.signal)
        continue
      }
      await Promise.race([parts.room(), stopped])
      try {
        await pollOnce()
      } catch (error) {
        if (stopping.signal.aborted) return
        await timing.sleep(await recover(error), stopping.signal)
      }
    }
  }

  return {
    start(): void {
      loop = run()
    },
    async stop(): Promise<void> {
      stopping.abort()
      await loop
      health = { ready: false, why: 'Telegram: stopped' }
    },
    health: () => health,
  }
}
