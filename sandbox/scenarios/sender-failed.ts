// The chain missed its upgrade: L1 refused a commit, and the node's sender stopped until somebody clears it.

import type { Scenario } from './scenario.ts'

export const senderFailed: Scenario = {
  summary: 'L1 refused a commit (protocol version no longer active): the sender is down',
  faults: { commits: 'failed' },
  lasts: (pace) => pace.block * pace.blocksPerBatch * 2 + pace.commitDelay + pace.l1Block * (pace.confirmations + 4),
}
