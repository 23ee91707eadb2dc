// Batches are proved and past their delay, and nobody executes them.

import type { Scenario } from './scenario.ts'

export const executionsHalted: Scenario = {
  summary: 'batches are proved, and none is executed',
  sources: 'all',
  faults: { execution: 'halted' },
  lasts: () => 500,
}
