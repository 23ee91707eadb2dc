// The diamond is frozen: blocks come, nothing settles.

import type { Scenario } from './scenario.ts'

export const frozen: Scenario = {
  summary: "the chain's contract on L1 is frozen",
  sources: 'all',
  faults: { frozen: true },
  lasts: () => 60,
}
