// The rollup as somebody sees it who has read it only up to some moment: nodes and explorers that copy others.

import type { EthTransaction, ModelBatch, ModelBlock, ModelTransaction } from './facts.ts'
import type { Rollup } from './rollup.ts'

/** What answers are made from. */
export type RollupView = Pick<Rollup, 'blocks' | 'batches' | 'transactions' | 'byBlockHash'>

/** Batches begin with 0, or where a pruned chain begins. */
export const firstBatch = ({ batches }: Pick<RollupView, 'batches'>): number => batches[0]?.number ?? 0

export const batchNumbered = (view: Pick<RollupView, 'batches'>, number: number): ModelBatch | undefined =>
  view.batches[number - firstBatch(view)]

/** A copy in which nothing after that moment has happened yet. */
export function asOf({ batches, transactions }: RollupView, at: number): RollupView {
  const blocks: ModelBlock[] = []
  const included = new Map<string, ModelTransaction>()
  const seen = stageReader(at)
  const copies = batches
    .filter(({ openedAt }) => openedAt <= at)
    .map((batch): ModelBatch => {
      const sealedAt = batch.sealedAt !== null && batch.sealedAt <= at ? batch.sealedAt : null
      const { precommit, commit, prove, execute } = batch
      const stages = { precommit: seen(precommit), commit: seen(commit), prove: seen(prove), execute: seen(execute) }
      const copy = { ...batch, ...stages, sealedAt, blocks: [] as ModelBlock[] }
      for (const block of batch.blocks) {
        if (block.timestamp <= at) copy.blocks.push(copyBlock(block, copy, included))
      }
      blocks.push(...copy.blocks)
      return copy
    })
  const known = [...transactions.values()].filter((one) => included.has(one.hash) || one.receivedAt <= at)
  return {
    blocks,
    batches: copies,
    transactions: new Map(known.map((one) => [one.hash, included.get(one.hash) ?? { ...one, block: null, index: 0 }])),
    byBlockHash: new Map(blocks.map((block) => [block.hash, block])),
  }
}

function copyBlock(block: ModelBlock, batch: ModelBatch, included: Map<string, ModelTransaction>): ModelBlock {
  const transactions: ModelTransaction[] = []
  const copy: ModelBlock = { ...block, batch, transactions }
  for (const transaction of block.transactions) {
    const own = { ...transaction, block: copy }
    transactions.push(own)
    included.set(own.hash, own)
  }
  return copy
}

/** One copy for all batches of an L1 transaction, as in the original. */
function stageReader(at: number): (one: EthTransaction | null) => EthTransaction | null {
  const copies = new Map<EthTransaction, EthTransaction>()
  return (one) => {
    if (one === null || one.createdAt > at) return null
    if (one.confirmed === null || one.confirmed.at <= at) return one
    const copy = copies.get(one) ?? { ...one, confirmed: null }
    copies.set(one, copy)
    return copy
  }
}
