// Runs checks on a clock: each on its own beat, never twice at once, and one that fails costs nobody else anything.

import type { Logger } from 'pino'
import { errorText } from '../core/errors.ts'

export interface Check {
  readonly name: string
  readonly everyMs: number
  /** Aborted when the watcher stops, or after ten beats. */
  run(signal: AbortSignal): Promise<void>
}

export interface WatcherParts {
  readonly checks: readonly Check[]
  /** Two copies: only the one that holds the lease watches. */
  readonly mayRun: () => boolean
  readonly log: Logger
}

/** A check may take this many of its own beats before it is aborted. */
const patienceBeats = 10

export function createWatcher({ checks, mayRun, log }: WatcherParts) {
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()

  async function beat(check: Check): Promise<void> {
    if (!mayRun()) return
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(check.everyMs * patienceBeats)])
    try {
      await check.run(signal)
    } catch (error) {
      log.warn({ check: check.name, error: errorText(error) }, 'a check failed; it runs again at its next beat')
    }
  }

  function schedule(check: Check): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      const work = beat(check).finally(() => {
        running.delete(work)
        if (!stopping.signal.aborted) schedule(check)
      })
      running.add(work)
    }, check.everyMs)
    timers.add(timer)
  }

  return {
    start(): void {
      for (const check of checks) schedule(check)
    },

    async stop(): Promise<void> {
      stopping.abort()
      for (const timer of timers) clearTimeout(timer)
      await Promise.allSettled(running)
    },
  }
}
