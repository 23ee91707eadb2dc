// The provers deliver nothing: batches are committed and wait.

import type { Scenario } from './scenario.ts'

export const proofsHalted: Scenario = {
  summary: 'batches are committed, and none is proved',
  sources: 'all',
  faults: { proofs: 'halted' },
  lasts: () => 400,
}
