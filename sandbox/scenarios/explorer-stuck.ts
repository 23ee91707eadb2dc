// The explorer stands still and says it is healthy; people read “the chain has stopped”.

import type { Scenario } from './scenario.ts'

export const explorerStuck: Scenario = {
  summary: 'the explorer shows an old block while the chain runs on',
  sources: 'all',
  faults: { explorer: 'stuck' },
  lasts: () => 400,
}
