// Every prover died, each with a job in hand; automation puts the jobs back, and nobody picks them.

import { samplePolicy } from '../provers/queues.ts'
import { staff, today, watchableHistory, watchablePace } from './prover-staff.ts'
import type { Scenario } from './scenario.ts'

/** Long enough for automation to find what the dead held. */
const aftermath = samplePolicy['prover-db'].prover.timeoutSeconds + 60

export const deadFleet: Scenario = {
  summary: 'every prover is dead: jobs are put back again and again, and nobody picks them',
  generation: 'core',
  historyBatches: watchableHistory,
  pace: watchablePace,
  provers: {
    policy: samplePolicy['prover-db'],
    workers: staff([today], 4),
    circuitsOf: () => ({ 1: 3, 8: 1 }),
    fate: ({ batch, queue }) => (batch >= 8 && queue.stage === 'prover' ? { kind: 'die' } : { kind: 'finish' }),
  },
  lasts: () => aftermath,
}
