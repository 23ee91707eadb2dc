// Time limits for work: one that aborts and explains, one that goes on with a fallback.

import { UserError } from './errors.ts'

export interface Deadline {
  readonly ms: number
  /** What the person reads when it passes. */
  readonly text: string
}

/** For work that only reads: stopping it early loses nothing. */
export const readDeadline = (ms: number): Deadline => ({
  ms,
  text: `This took longer than ${ms / 1000} s, so I stopped it.\nTry again, or ask for less at once.`,
})

/** @throws UserError (`timed-out`) at the deadline, after aborting the work's signal */
export async function withDeadline<T>(work: (signal: AbortSignal) => Promise<T>, deadline: Deadline): Promise<T> {
  const control = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      control.abort()
      reject(new UserError(deadline.text, 'timed-out'))
    }, deadline.ms)
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
