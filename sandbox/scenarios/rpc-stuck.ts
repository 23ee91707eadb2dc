// One RPC node stands still, and whoever uses it believes that the chain does.

import type { Scenario } from './scenario.ts'

export const rpcStuck: Scenario = {
  summary: 'one of three L2 RPCs shows an old block; the others go on',
  sources: 'all',
  faults: { 'external-rpc': 'stuck' },
  lasts: () => 200,
}
