// How the six seconds of an answer are divided among the sources.

import { limitedBy } from '../rpc/time-limit.ts'

/** Within which a source has to say a first word: a slow source is a source. */
export const firstAnswerMs = 4000
/** Until when a source that has spoken is asked on: further samples, an explorer of another family. */
const looksMs = 4700
/** After its head L1 has its state to tell, which nobody else knows. */
const settlementMs = 5500
/** Until when anything is asked; what then remains is putting the answer together. */
const wholeMs = 5800

export interface AnswerLimits {
  readonly looks: AbortSignal
  readonly settlement: AbortSignal
  readonly whole: AbortSignal
  stop(): void
}

export function startLimits(outer: AbortSignal): AnswerLimits {
  const limits = [looksMs, settlementMs, wholeMs].map((ms) => limitedBy(outer, ms))
  const [looks, settlement, whole] = limits.map(({ signal }) => signal) as [AbortSignal, AbortSignal, AbortSignal]
  return {
    looks,
    settlement,
    whole,
    stop() {
      for (const limit of limits) limit.stop()
    },
  }
}
