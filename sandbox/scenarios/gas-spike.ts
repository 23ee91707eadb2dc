// L1 gas costs twelve times what the node will pay: a commit was sent several times and none is mined.

import type { Scenario } from './scenario.ts'

export const gasSpike: Scenario = {
  summary: 'L1 gas too dear: a commit sent several times, none confirmed',
  faults: { commits: 'gas' },
  lasts: (pace) => pace.block * pace.blocksPerBatch * 2 + pace.l1Block * 12,
}
