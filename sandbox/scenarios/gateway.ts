// The chain has moved to a Gateway: L1 shows a snapshot of the past.

import type { Scenario } from './scenario.ts'

export const gateway: Scenario = {
  summary: "the chain settles on another chain; L1's counters stand still",
  sources: 'all',
  faults: { gateway: true },
  lasts: () => 60,
}
