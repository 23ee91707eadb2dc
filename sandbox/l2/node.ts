// The sandbox's L2 node: one stack's methods over the model, on a real HTTP server.

import type { ModelBatch, ModelBlock } from '../model/facts.ts'
import { type EraNode, eraMethods, logProof } from './era-methods.ts'
import { ethereumMethods, type NodeView, readHash } from './ethereum-methods.ts'
import { type JsonRpcServer, type Method, startJsonRpcServer } from './json-rpc-server.ts'

export type Flavour = 'era' | 'zksync-os'

export interface NodeSettings extends EraNode {
  readonly flavour: Flavour
  readonly chainId: number
}

export function startL2Node(settings: NodeSettings): Promise<JsonRpcServer> {
  const methods = nodeMethods(settings)
  return startJsonRpcServer(() => methods)
}

function nodeMethods(settings: NodeSettings): Readonly<Record<string, Method>> {
  const { flavour, rollup, chainId } = settings
  const lastWith = (test: (batch: ModelBatch) => boolean) => (): ModelBlock | undefined =>
    rollup.batches.findLast(test)?.blocks.at(-1)
  const committed = lastWith(({ number, commit }) => number === 0 || Boolean(commit?.confirmed))
  const executed = lastWith(({ number, execute }) => number === 0 || Boolean(execute?.confirmed))
  const latest = () => rollup.blocks.at(-1)
  const common = { latest, earliest: () => rollup.blocks[0], pending: latest, finalized: executed }
  if (flavour === 'zksync-os') {
    const node: NodeView = { rollup, chainId, namesBatches: false, tags: { ...common, safe: committed } }
    return {
      ...ethereumMethods(node),
      zks_getBridgehubContract: () => settings.bridgehub,
      zks_getL2ToL1LogProof: ([hash, index]) => logProof(rollup.transactions.get(readHash(hash)), index),
    }
  }
  const since2024 = settings.generation === 'core' ? { safe: committed, l1_committed: committed } : {}
  const tags = { ...common, committed: latest, ...since2024 }
  return { ...ethereumMethods({ rollup, chainId, namesBatches: true, tags }), ...eraMethods(settings) }
}
