// The way to the state store: opened at the first call, given up for a moment when it fails, found again by itself.

import type { Logger } from 'pino'
import type { Database } from './database.ts'
import { describeTrouble, isDatabaseTrouble, isStoreDown } from './database-trouble.ts'

export interface OpenState {
  readonly database: Database
  close(): Promise<void>
}

export interface StateHealth {
  readonly ready: boolean
  /** What holds it up, and what to do; no secret. */
  readonly why?: string
}

export interface StateLinkSettings {
  open(): Promise<OpenState>
  readonly log: Logger
  /** How long a call waits for the first opening. */
  readonly patienceMs: number
  /** How long after trouble it is tried again; twice as long each time, up to half a minute. */
  readonly retryMs: number
}

export interface StateLink {
  /** Opens it now rather than at the first call. Never throws: `health` tells. */
  open(): Promise<void>
  /** What `work` gives, or `null` when the store is down: at once while it is known to be. Never throws. */
  attempt<T>(what: string, work: (database: Database) => Promise<T>): Promise<{ readonly value: T } | null>
  health(): StateHealth
  close(): Promise<void>
}

const longestWaitMs = 30_000

export function createStateLink({ open, log, patienceMs, retryMs }: StateLinkSettings): StateLink {
  let current: OpenState | null = null
  let opening: Promise<void> | null = null
  let why: string | null = null
  let retry: NodeJS.Timeout | undefined
  let waitMs = retryMs
  let closed = false

  function connect(): Promise<void> {
    opening ??= open()
      .then(found, lost)
      .finally(() => {
        opening = null
      })
    return opening
  }

  async function found(state: OpenState): Promise<void> {
    if (closed) return state.close()
    if (why !== null) log.info('the state store is back')
    current = state
    why = null
    waitMs = retryMs
  }

  function lost(error: unknown): void {
    const text = describeTrouble(error).replace(/\.$/, '')
    // Each new reason once, not each try.
    if (text !== why)
      log.warn({ why: text, ...(isDatabaseTrouble(error) ? {} : { err: error }) }, 'the state store is down')
    why = text
    const broken = current
    current = null
    broken?.close().catch((err: unknown) => log.warn({ err }, 'the state store did not close'))
    clearTimeout(retry)
    if (closed) return
    retry = setTimeout(connect, waitMs)
    retry.unref()
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }

  async function attempt<T>(what: string, work: (database: Database) => Promise<T>): Promise<{ value: T } | null> {
    if (current === null && why === null && !closed) await within(patienceMs, connect())
    const state = current
    if (state === null) return null
    try {
      return { value: await work(state.database) }
    } catch (error) {
      if (isStoreDown(error)) {
        if (state === current) lost(error)
      } else {
        log.error({ err: error, what }, 'the state store refused a statement')
      }
      return null
    }
  }

  return {
    open: connect,
    attempt,
    health: () =>
      current ? { ready: true } : { ready: false, why: `The bot's own records: ${why ?? 'not opened yet'}.` },
    async close() {
      closed = true
      clearTimeout(retry)
      await opening
      const last = current
      current = null
      await last?.close()
    },
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, enough])
  clearTimeout(timer)
}
