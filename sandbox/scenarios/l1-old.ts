// One L1 endpoint is stuck, the other is well.

import type { Scenario } from './scenario.ts'

export const l1Old: Scenario = {
  summary: 'one of two L1 endpoints shows an old block',
  sources: 'all',
  faults: { 'second-l1': 'old' },
  lasts: () => 200,
}
