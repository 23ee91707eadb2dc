// Commits are paused: blocks and proofs of what is committed go on.

import type { Scenario } from './scenario.ts'

export const commitsHalted: Scenario = {
  summary: 'blocks come, and no batch is committed to L1',
  sources: 'all',
  faults: { commits: 'paused' },
  lasts: () => 300,
}
