// What the two families of explorer APIs have in common: the same paths over other fields.

import type { RollupView } from '../model/as-of.ts'
import type { ModelBatch, ModelBlock, ModelTransaction } from '../model/facts.ts'

/** What the explorer's workers have stored: those for batches come by less often. */
export interface Shown {
  readonly blocks: RollupView
  readonly batches: RollupView
  readonly l1ChainId: number
}

export interface ExplorerFamily {
  stats(shown: Shown): unknown
  /** Null: this family has no pages of batches. */
  readonly batches: ((shown: Shown) => readonly ModelBatch[]) | null
  batch(batch: ModelBatch, l1ChainId: number): unknown
  batchDetails(batch: ModelBatch, l1ChainId: number): unknown
  block(block: ModelBlock, shown: Shown): unknown
  blockDetails(block: ModelBlock, shown: Shown): unknown
  transaction(transaction: ModelTransaction, shown: Shown): unknown
}

export const iso = (seconds: number) => new Date(Math.floor(seconds * 1000)).toISOString()

export function transactionCommon(one: ModelTransaction) {
  return {
    hash: one.hash,
    blockNumber: one.block?.number ?? null,
    receivedAt: iso(one.receivedAt),
    isL1Originated: one.priority !== null,
    type: one.priority === null ? 2 : 255,
    from: one.from,
    to: one.to,
    value: String(one.value),
    nonce: one.nonce,
    error: one.error,
    revertReason: one.error,
    gasUsed: '120000',
  }
}
