// L1 gas costs twelve times what the node will pay: a commit was sent several times and none is mined.

import type { Scenario } from './scenario.ts'

export const gasSpike: Scenario = {
  summary: 'L1 gas too dear: a commit sent several times, none confirmed',
  async setUp({ clockwork, pace, advance }) {
    clockwork.setL1BaseFee(240n * 10n ** 9n)
    await advance(pace.block * pace.blocksPerBatch * 2 + pace.l1Block * 12)
  },
}
