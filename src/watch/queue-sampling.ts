// Keeps how many prover jobs are in which state, chain by chain: rows only tell how the queue is now.

import type { QueueSamples, QueueStates } from '../core/records.ts'

export interface SampledChain {
  readonly name: string
  /** Null where no prover database is known. */
  readonly queueStates: ((signal: AbortSignal) => Promise<QueueStates>) | null
}

export interface QueueSamplingParts {
  readonly chains: readonly SampledChain[]
  readonly samples: Pick<QueueSamples, 'add'>
}

/** One round; a chain whose database does not answer costs the others nothing, and makes the round fail. */
export function createQueueSampling({ chains, samples }: QueueSamplingParts) {
  return async (signal: AbortSignal): Promise<void> => {
    const results = await Promise.allSettled(
      chains.map(async ({ name, queueStates }) => {
        if (queueStates !== null) await samples.add(name, await queueStates(signal))
      }),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}
