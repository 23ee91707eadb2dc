// One batch of ten thousand basic proofs, half an hour of work for the fleet, with ordinary ones behind it.

import { samplePolicy } from '../provers/queues.ts'
import { staff, today, watchableHistory, watchablePace } from './prover-staff.ts'
import type { Scenario } from './scenario.ts'

/** Three quarters of a big batch are the main VM's. */
const huge = { 1: 7500, 3: 500, 5: 400, 6: 300, 8: 600, 9: 400, 10: 300 }

export const hugeBatch: Scenario = {
  summary: 'batch 11 has ten thousand basic proofs: the queue is long and moves',
  generation: 'core',
  historyBatches: watchableHistory,
  pace: watchablePace,
  provers: {
    policy: samplePolicy['prover-db'],
    workers: staff([today], 20, 10),
    circuitsOf: (batch) => (batch === 11 ? huge : { 1: 3, 8: 1 }),
  },
}
