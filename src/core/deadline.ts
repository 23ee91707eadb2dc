// Time limits for work: one that aborts and explains, one that goes on with a fallback.

import { UserError } from './errors.ts'

/** @throws UserError (`timed-out`) at the deadline, after aborting the work's signal */
export async function withDeadline<T>(work: (signal: AbortSignal) => Promise<T>, deadlineMs: number): Promise<T> {
  const control = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      control.abort()
      reject(
        new UserError(
          `This took longer than ${deadlineMs / 1000} s, so I stopped it.\nTry again, or ask for less at once.`,
          'timed-out',
        ),
      )
    }, deadlineMs)
  })
  try {
    return await Promise.race([work(control.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The value, or the fallback when it takes too long. */
export async function within<T>(work: Promise<T>, ms: number, fallback: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(fallback), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
