// One RPC node moves on two minutes behind the others.

import type { Scenario } from './scenario.ts'

export const rpcLagging: Scenario = {
  summary: 'one of three L2 RPCs is two minutes behind',
  sources: 'all',
  faults: { 'external-rpc': 'lagging' },
  lasts: () => 30,
}
