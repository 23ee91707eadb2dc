// A time limit for outside calls that ends with the answer, and a pause that such a limit cuts short.

import { setMaxListeners } from 'node:events'

export interface TimeLimit {
  readonly signal: AbortSignal
  /** Whatever is still under way then has nobody left to tell: it is aborted. */
  stop(): void
}

/** AbortSignal.timeout would keep its timer after the answer; this one is stopped. */
export function limitedBy(outer: AbortSignal, ms: number): TimeLimit {
  const controller = new AbortController()
  // Every call of every source listens to it.
  setMaxListeners(0, controller.signal)
  const abort = () => controller.abort()
  const timer = setTimeout(abort, ms)
  if (outer.aborted) abort()
  else outer.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    stop() {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
      abort()
    },
  }
}

/** Returns at once when the limit is reached. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
