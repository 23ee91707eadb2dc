// What an L2 node answers: one stack's methods over the model, or over what the node has seen of it.

import { firstBatch } from '../model/as-of.ts'
import type { ModelBatch, ModelBlock } from '../model/facts.ts'
import type { Submitted } from '../model/rollup.ts'
import { type EraNode, eraMethods, logProof } from './era-methods.ts'
import { ethereumMethods, type NodeView, readHash } from './ethereum-methods.ts'
import type { Method } from './json-rpc-server.ts'

export type Flavour = 'era' | 'zksync-os'

export interface NodeSettings extends EraNode {
  readonly flavour: Flavour
  readonly chainId: number
  /** A signed transaction has come in. */
  accept(transaction: Submitted): void
}

export function nodeMethods(settings: NodeSettings): Readonly<Record<string, Method>> {
  const { flavour, rollup, chainId, accept } = settings
  const lastWith = (test: (batch: ModelBatch) => boolean) => (): ModelBlock | undefined =>
    rollup.batches.findLast(test)?.blocks.at(-1)
  const committed = lastWith(({ number, commit }) => number === firstBatch(rollup) || Boolean(commit?.confirmed))
  const executed = lastWith(({ number, execute }) => number === firstBatch(rollup) || Boolean(execute?.confirmed))
  const latest = () => rollup.blocks.at(-1)
  const common = { latest, earliest: () => rollup.blocks[0], pending: latest, finalized: executed }
  if (flavour === 'zksync-os') {
    const node: NodeView = { rollup, chainId, accept, namesBatches: false, tags: { ...common, safe: committed } }
    return {
      ...ethereumMethods(node),
      zks_getBridgehubContract: () => settings.bridgehub,
      zks_getL2ToL1LogProof: ([hash, index]) => logProof(rollup.transactions.get(readHash(hash)), index),
    }
  }
  const since2024 = settings.generation === 'core' ? { safe: committed, l1_committed: committed } : {}
  const tags = { ...common, committed: latest, ...since2024 }
  return { ...ethereumMethods({ rollup, chainId, accept, namesBatches: true, tags }), ...eraMethods(settings) }
}
