// September 2023: provers died with the last proof of a batch in hand, and with one attempt allowed nothing ever puts it back.

import { samplePolicy } from '../provers/queues.ts'
import { staff } from './prover-staff.ts'
import type { Scenario } from './scenario.ts'

/** A batch every 12 minutes: by the end even the last of the five is past the time-out of 45 minutes. */
const pace = { block: 12, blocksPerBatch: 60, l1Block: 20, commitDelay: 60, proveDelay: 60, executionDelay: 300 }
const lastRound = 3

function stuck(node: string, from: number, to: number, aftermath = 0): Scenario {
  return {
    summary: `the stuck proofs of 2023 (${node}): batches ${from} to ${to} in GPU proof, their provers dead`,
    generation: '2023',
    firstBatch: 1135,
    // Up to 1147.
    historyBatches: 12,
    lasts: () => aftermath,
    pace: { ...pace, batchesPerCommit: 1, batchesPerExecute: 1 },
    provers: {
      policy: samplePolicy['2023'],
      workers: staff(['15'], to - from + 1 + 3),
      circuitsOf: () => ({ 1: 2, 3: 1 }),
      fate: ({ batch, row }) =>
        batch >= from && batch <= to && row.aggregation_round === lastRound ? { kind: 'die' } : { kind: 'finish' },
    },
    async setUp({ fleet, chains, advance }) {
      chains[0]?.rollup.pause(true)
      await advance(aftermath)
      chains[0]?.rollup.pause(false)
      fleet?.setFate(() => ({ kind: 'finish' }))
    },
  }
}

export const stuckProofs: Scenario = stuck('main node', 1139, 1143)
/** Its last four were sealed within the time-out, so nothing new happens for a while. */
export const stuckProofsSecondNode: Scenario = stuck('second node', 1139, 1147, 3000)
