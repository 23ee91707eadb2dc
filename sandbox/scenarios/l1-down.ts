// L1 cannot be asked: whether batches settle is not known.

import type { Scenario } from './scenario.ts'

export const l1Down: Scenario = {
  summary: 'no L1 endpoint answers; the chain itself is well',
  sources: 'all',
  faults: { l1: 'down' },
  lasts: () => 10,
}
