// The operator that commits has run out of ether: its transactions are never mined.

import type { Scenario } from './scenario.ts'

export const operatorBroke: Scenario = {
  summary: 'the account that commits batches has no ether left',
  sources: 'all',
  faults: { commits: 'balance' },
  lasts: () => 300,
}
