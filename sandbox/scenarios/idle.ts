// A chain without users: no blocks, and nothing wrong.

import type { Scenario } from './scenario.ts'

export const idle: Scenario = {
  summary: 'nobody sends anything, so there is nothing to make blocks of',
  sources: 'all',
  faults: { traffic: 'quiet' },
  lasts: () => 400,
}
