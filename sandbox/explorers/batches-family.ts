// The explorer up to 2025: batches and their L1 transactions, blocks and transactions with both.

import { batchNumbered } from '../model/as-of.ts'
import type { EthTransaction, ModelBatch, ModelBlock, ModelTransaction } from '../model/facts.ts'
import { countByOrigin, transactionsOf } from '../model/logs.ts'
import type { ExplorerFamily, Shown } from './family.ts'
import { iso, transactionCommon } from './family.ts'

export const batchesFamily: ExplorerFamily = {
  stats({ blocks, batches }) {
    const sealed = sealedIn(batches)
    return {
      lastSealedBatch: sealed.at(-1)?.number ?? 0,
      lastVerifiedBatch: sealed.findLast(isExecuted)?.number ?? 0,
      lastSealedBlock: blocks.blocks.at(-1)?.number ?? 0,
      lastVerifiedBlock: sealed.findLast(isExecuted)?.blocks.at(-1)?.number ?? 0,
      totalTransactions: transactionsOf(blocks.blocks).length,
    }
  },
  batches: ({ batches }) => sealedIn(batches),
  batch,
  batchDetails: (one, chainId) => ({
    ...batch(one, chainId),
    ...stages(one, chainId),
    ...stageTimes(one),
    l1GasPrice: '20000000000',
    l2FairGasPrice: '100000000',
  }),
  block,
  blockDetails: (one, shown) => ({
    ...block(one, shown),
    parentHash: one.parentHash,
    gasLimit: String(2n ** 50n),
    baseFeePerGas: '100000000',
    extraData: '0x',
    ...stages(batchOf(one, shown), shown.l1ChainId),
    ...stageTimes(batchOf(one, shown)),
  }),
  transaction(one, shown) {
    const found = one.block === null ? undefined : batchOf(one.block, shown)
    return {
      ...transactionCommon(one),
      l1BatchNumber: one.block?.batch.number ?? null,
      isL1BatchSealed: found !== undefined,
      status: statusOf(one, found),
      ...stages(found, shown.l1ChainId),
    }
  },
}

const sealedIn = ({ batches }: Shown['batches']) => batches.filter(({ sealedAt }) => sealedAt !== null)
const isExecuted = ({ number, execute }: ModelBatch) => number === 0 || Boolean(execute?.confirmed)

/** The batch of a block, as far as the worker for batches has come: it polls late. */
function batchOf({ batch: { number } }: ModelBlock, { batches }: Shown): ModelBatch | undefined {
  const found = batchNumbered(batches, number)
  return found === undefined || found.sealedAt === null ? undefined : found
}

function batch(one: ModelBatch, chainId: number) {
  const counts = countByOrigin(transactionsOf(one.blocks))
  const { commitChainId, proveChainId, executeChainId } = stages(one, chainId)
  return {
    number: one.number,
    timestamp: iso(one.openedAt),
    rootHash: one.hash,
    executedAt: timeOf(one.execute),
    status: isExecuted(one) ? 'verified' : 'sealed',
    l1TxCount: counts.l1,
    l2TxCount: counts.l2,
    size: counts.l1 + counts.l2,
    ...{ commitChainId, proveChainId, executeChainId },
  }
}

function block(one: ModelBlock, shown: Shown) {
  const counts = countByOrigin(one.transactions)
  const found = batchOf(one, shown)
  return {
    number: one.number,
    l1BatchNumber: one.batch.number,
    isL1BatchSealed: found !== undefined,
    hash: one.hash,
    timestamp: iso(one.timestamp),
    gasUsed: String(120_000 * one.transactions.length),
    status: found !== undefined && isExecuted(found) ? 'verified' : 'sealed',
    l1TxCount: counts.l1,
    l2TxCount: counts.l2,
    size: counts.l1 + counts.l2,
  }
}

const timeOf = (one: EthTransaction | null | undefined) => (one?.confirmed ? iso(one.confirmed.at) : null)

function stages(one: ModelBatch | undefined, chainId: number) {
  const hash = (stage: EthTransaction | null | undefined) => stage?.confirmed?.send.hash ?? null
  const chain = (stage: EthTransaction | null | undefined) => (stage?.confirmed ? chainId : null)
  return {
    commitTxHash: hash(one?.commit),
    proveTxHash: hash(one?.prove),
    executeTxHash: hash(one?.execute),
    commitChainId: chain(one?.commit),
    proveChainId: chain(one?.prove),
    executeChainId: chain(one?.execute),
  }
}

function stageTimes(one: ModelBatch | undefined) {
  return { committedAt: timeOf(one?.commit), provenAt: timeOf(one?.prove), executedAt: timeOf(one?.execute) }
}

function statusOf({ error }: ModelTransaction, found: ModelBatch | undefined): string {
  if (error !== null) return 'failed'
  if (found?.execute?.confirmed) return 'verified'
  if (found?.prove?.confirmed) return 'proved'
  return found?.commit?.confirmed ? 'committed' : 'included'
}
