// The L2→L1 logs of a batch in their order: a log's place there is the message index that L1 asks for.

import type { ModelBatch, ModelBlock, ModelLog, ModelTransaction } from './facts.ts'

export interface BatchLog {
  readonly transaction: ModelTransaction
  readonly log: ModelLog
  /** Place in the batch. */
  readonly index: number
  readonly indexInBlock: number
  readonly transactionIndexInBatch: number
}

export function logsOf(batch: ModelBatch): readonly BatchLog[] {
  const logs: BatchLog[] = []
  let transactions = 0
  for (const block of batch.blocks) {
    let indexInBlock = 0
    for (const transaction of block.transactions) {
      if (transaction.log !== null) {
        const place = { index: logs.length, indexInBlock, transactionIndexInBatch: transactions }
        logs.push({ transaction, log: transaction.log, ...place })
        indexInBlock += 1
      }
      transactions += 1
    }
  }
  return logs
}

export function countByOrigin(transactions: readonly ModelTransaction[]): { readonly l1: number; readonly l2: number } {
  const l1 = transactions.filter(({ priority }) => priority !== null).length
  return { l1, l2: transactions.length - l1 }
}

export function transactionsOf(blocks: readonly ModelBlock[]): readonly ModelTransaction[] {
  return blocks.flatMap(({ transactions }) => transactions)
}
