// Committed batches were reverted on L1 and are not committed again yet.

import type { Scenario } from './scenario.ts'

export const reverted: Scenario = {
  summary: 'L1 took the last commits back, and they have not come again',
  sources: 'all',
  faults: { reverted: true },
  lasts: () => 40,
}
