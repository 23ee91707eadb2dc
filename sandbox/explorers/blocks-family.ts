// The explorer since the end of 2025: blocks and transactions alone, their stage read from the node's block tags.

import { batchNumbered } from '../model/as-of.ts'
import type { ModelBatch, ModelBlock, ModelTransaction } from '../model/facts.ts'
import { countByOrigin, transactionsOf } from '../model/logs.ts'
import { type ExplorerFamily, iso, type Shown, transactionCommon } from './family.ts'

export const blocksFamily: ExplorerFamily = {
  stats: ({ blocks, batches }) => ({
    lastSealedBlock: blocks.blocks.at(-1)?.number ?? 0,
    lastVerifiedBlock: batches.batches.findLast(isExecuted)?.blocks.at(-1)?.number ?? 0,
    totalTransactions: transactionsOf(blocks.blocks).length,
  }),
  batches: null,
  batch: () => null,
  batchDetails: () => null,
  block,
  blockDetails: (one, shown) => ({
    ...block(one, shown),
    parentHash: one.parentHash,
    gasLimit: String(2n ** 50n),
    baseFeePerGas: '100000000',
    extraData: '0x',
  }),
  transaction: (one, shown) => ({ ...transactionCommon(one), status: transactionStatus(one, shown) }),
}

const isExecuted = ({ number, execute }: ModelBatch) => number === 0 || Boolean(execute?.confirmed)

function block(one: ModelBlock, shown: Shown) {
  const counts = countByOrigin(one.transactions)
  return {
    number: one.number,
    hash: one.hash,
    timestamp: iso(one.timestamp),
    gasUsed: String(120_000 * one.transactions.length),
    status: statusOf(one, shown),
    l1TxCount: counts.l1,
    l2TxCount: counts.l2,
    size: counts.l1 + counts.l2,
  }
}

/** From the tags `safe` and `finalized`, polled late; nothing tells it about proofs. */
function statusOf({ batch: { number } }: ModelBlock, { batches }: Shown): string {
  const found = batchNumbered(batches, number)
  if (found === undefined) return 'sealed'
  if (isExecuted(found)) return 'executed'
  return found.commit?.confirmed ? 'committed' : 'sealed'
}

function transactionStatus(one: ModelTransaction, shown: Shown): string {
  if (one.error !== null) return 'failed'
  return one.block === null ? 'included' : statusOf(one.block, shown).replace('sealed', 'included')
}
