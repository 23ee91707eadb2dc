// The sequencer makes no blocks while its mempool goes on accepting.

import type { Scenario } from './scenario.ts'

export const sequencerHalted: Scenario = {
  summary: 'transactions come in and nobody makes blocks',
  sources: 'all',
  faults: { sequencer: 'halted' },
  lasts: () => 300,
}
