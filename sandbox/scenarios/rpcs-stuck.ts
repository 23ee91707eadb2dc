// All RPC nodes stand still behind a sequencer that works: only the database and L1 tell.

import type { Scenario } from './scenario.ts'

export const rpcsStuck: Scenario = {
  summary: 'every L2 RPC shows an old block while the sequencer works and L1 sees commits',
  sources: 'all',
  faults: { rpcs: 'stuck' },
  lasts: () => 300,
}
