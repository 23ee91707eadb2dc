// One job of one batch fails on every try; the batches after it are proven and wait behind it.

import { samplePolicy } from '../provers/queues.ts'
import { staff, today, watchableHistory, watchablePace } from './prover-staff.ts'
import type { Scenario } from './scenario.ts'

export const poisonedBatch: Scenario = {
  summary: 'batch 8 has a job that fails on every try, also after a requeue; later batches are proven',
  generation: 'core',
  historyBatches: watchableHistory,
  pace: watchablePace,
  provers: {
    policy: samplePolicy['prover-db'],
    workers: staff([today], 4),
    circuitsOf: () => ({ 1: 3, 8: 1 }),
    fate: ({ batch, queue, row }) =>
      batch === 8 && queue.stage === 'prover' && row.circuit_id === 8 && row.aggregation_round === 0
        ? { kind: 'fail', error: 'CUDA error: an illegal memory access was encountered' }
        : { kind: 'finish' },
  },
}
