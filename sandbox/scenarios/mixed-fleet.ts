// An upgrade came in the middle: most provers prove the new version only, and the last old batches wait for nobody.

import { samplePolicy } from '../provers/queues.ts'
import { staff, today, watchableHistory, watchablePace } from './prover-staff.ts'
import type { Scenario } from './scenario.ts'

const next = '29.5'
/** Long enough for automation to put back what the old provers held. */
const aftermath = samplePolicy['prover-db'].prover.timeoutSeconds + 60
/** The first batch of the new version. */
const upgradeAt = 10

export const mixedFleet: Scenario = {
  summary: 'after an upgrade: batches 8 and 9 are of a version that no prover takes any more, later ones are proven',
  generation: 'core',
  historyBatches: watchableHistory,
  pace: watchablePace,
  provers: {
    policy: samplePolicy['prover-db'],
    workers: [...staff([today], 3), ...staff([next], 4)],
    circuitsOf: () => ({ 1: 3, 8: 1 }),
    versionOf: (batch) => (batch < upgradeAt ? today : next),
    // The old provers were switched off one by one, each after the proof it had.
    fate: ({ batch, queue }) =>
      batch >= 8 && batch < upgradeAt && queue.stage === 'prover' ? { kind: 'die' } : { kind: 'finish' },
  },
  async setUp({ fleet }) {
    fleet?.setFate(() => ({ kind: 'finish' }))
  },
  lasts: () => aftermath,
}
