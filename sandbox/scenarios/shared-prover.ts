// Two chains prove in one database: the same batch numbers twice, and one of the chains has a stuck job.

import { samplePolicy } from '../provers/queues.ts'
import { staff, today, watchableHistory, watchablePace } from './prover-staff.ts'
import type { Scenario } from './scenario.ts'

const otherChain = 505

export const sharedProver: Scenario = {
  summary: 'two chains in one prover database, the same batch numbers; batch 8 of chain 505 failed for good',
  generation: 'core',
  historyBatches: watchableHistory,
  pace: watchablePace,
  provers: {
    policy: samplePolicy['prover-db'],
    workers: staff([today], 8),
    circuitsOf: () => ({ 1: 3, 8: 1 }),
    secondChain: otherChain,
    fate: ({ batch, chain, queue, row }) =>
      chain === otherChain && batch === 8 && queue.stage === 'prover' && row.circuit_id === 8
        ? { kind: 'fail', error: 'no space left on device' }
        : { kind: 'finish' },
  },
  async setUp({ fleet }) {
    fleet?.setFate(() => ({ kind: 'finish' }))
  },
}
