// Which of two running copies polls Telegram and watches: whoever holds the lease, and nobody else.

import type { Logger } from 'pino'
import type { LeaseAnswer } from '../storage/state-store.ts'

export interface TurnParts {
  readonly lease: { acquire(): Promise<LeaseAnswer>; renew(): Promise<LeaseAnswer>; release(): Promise<void> }
  readonly log: Logger
  readonly now: () => number
  /** This copy's turn begins: at the start, or when the copy before it is gone. */
  onTaken(): void
}

/** Renewed every 5 s; the row lives for 15 s (design section 5 rule 10). */
const renewMs = 5000
/** After another copy was heard polling while the store could not be asked, ours stays quiet for this long. */
const yieldMs = 60_000

/**
 * `mine` is true while this copy holds the lease, and also while the store can't be asked: a double message beats
 * silence. Then a 409 from Telegram, which only another poller causes, makes it yield.
 */
export function createTurn({ lease, log, now, onTaken }: TurnParts) {
  let answer: LeaseAnswer = 'elsewhere'
  let yieldedUntil = 0
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function beat(): Promise<void> {
    const before = answer
    answer = before === 'held' ? await lease.renew() : await lease.acquire()
    if (answer !== before) log.info({ lease: answer }, described[answer])
    if (answer === 'held' && before !== 'held') onTaken()
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(beat, renewMs)
  }

  return {
    /** Resolves once the first answer is there. */
    start: beat,

    mine: (): boolean => answer === 'held' || (answer === 'unknown' && now() >= yieldedUntil),

    /** Another copy polls. With the lease in hand that copy is the one to go; cut off from it, we are. */
    heardAnother(): void {
      if (answer !== 'unknown') return
      yieldedUntil = now() + yieldMs
      log.warn('another copy polls and the lease can’t be asked: this copy is quiet for a minute')
    },

    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      if (answer === 'held') await lease.release()
      answer = 'elsewhere'
    },
  }
}

const described: Record<LeaseAnswer, string> = {
  held: 'this copy polls and watches',
  elsewhere: 'another copy polls and watches; this one answers what reaches it',
  unknown: 'the lease can’t be asked, so this copy goes on: messages may come twice',
}
