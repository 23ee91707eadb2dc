// The clock as an argument: what waits, waits through this, so that tests need not.

export interface Timing {
  /** Milliseconds since 1970 by this machine's clock. */
  now(): number
  /** Resolves after a while, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Acts once, later; returns what calls it off. */
  after(ms: number, act: () => void): () => void
}

export const realTiming: Timing = {
  now: Date.now,
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end, { once: true })
    })
  },
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}
