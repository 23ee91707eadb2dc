// What an EraVM node adds: batches, and how far each block, batch and transaction is on L1, as its database knows it.

import type { Generation } from '../database/rows.ts'
import { batchNumbered, firstBatch, type RollupView } from '../model/as-of.ts'
import type { EthTransaction, ModelBatch, ModelBlock, ModelTransaction } from '../model/facts.ts'
import { countByOrigin, logsOf, transactionsOf } from '../model/logs.ts'
import { emptyWord, quantity, readHash } from './ethereum-methods.ts'
import { invalidParams, type Method } from './json-rpc-server.ts'

export interface EraNode {
  readonly rollup: RollupView
  /** Decides which fields there are: 2023 knows no finality, settlement chain or Bridgehub. */
  readonly generation: Generation
  readonly l1ChainId: number
  readonly diamond: string
  readonly bridgehub: string
  readonly protocolVersion: number
}

export function eraMethods(node: EraNode): Readonly<Record<string, Method>> {
  const { rollup } = node
  const batchOf = (value: unknown) => sealed(batchNumbered(rollup, readNumber(value)))
  const then: Record<string, Method> = {
    zks_L1ChainId: () => quantity(node.l1ChainId),
    zks_getMainContract: () => node.diamond,
    zks_L1BatchNumber: () => quantity(lastSealed(rollup).number),
    zks_getL1BatchDetails: ([number]) => batchDetails(node, batchOf(number)),
    zks_getL1BatchBlockRange: ([number]) => blockRange(batchOf(number)),
    zks_getBlockDetails: ([number]) => blockDetails(node, rollup.blocks[readNumber(number)]),
    zks_getTransactionDetails: ([hash]) => transactionDetails(node, rollup.transactions.get(readHash(hash))),
    zks_getL2ToL1LogProof: ([hash, index]) => logProof(rollup.transactions.get(readHash(hash)), index),
  }
  if (node.generation !== 'core') return then
  return {
    ...then,
    zks_getBridgehubContract: () => node.bridgehub,
    unstable_unconfirmedTxsCount: () => unconfirmed(rollup),
    unstable_l1ToL2TxsStatus: () => ({ l1ToL2TxsInMempool: waitingDeposits(rollup), l1ToL2TxsPaused: false }),
  }
}

function readNumber(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw invalidParams('expected u32')
  return value
}

const sealed = (batch: ModelBatch | undefined) => (batch === undefined || batch.sealedAt === null ? undefined : batch)

export function lastSealed({ batches }: RollupView): ModelBatch {
  const last = batches.findLast(({ sealedAt }) => sealedAt !== null)
  if (last === undefined) throw new Error('a rollup has its first batch from the start')
  return last
}

function blockRange(batch: ModelBatch | undefined): unknown {
  const [first, last] = [batch?.blocks[0], batch?.blocks.at(-1)]
  return first === undefined || last === undefined ? null : [quantity(first.number), quantity(last.number)]
}

function batchDetails(node: EraNode, batch: ModelBatch | undefined): unknown {
  if (batch === undefined) return null
  return {
    number: batch.number,
    ...(node.generation === 'core' ? { commitment: batch.commitment } : {}),
    ...details(node, batch, transactionsOf(batch.blocks), batch.openedAt, batch.hash),
  }
}

/** A block of the open batch answers with the batch number it will probably get. */
function blockDetails(node: EraNode, block: ModelBlock | undefined): unknown {
  if (block === undefined) return null
  return {
    number: block.number,
    l1BatchNumber: sealed(block.batch)?.number ?? lastSealed(node.rollup).number + 1,
    ...details(node, block.batch, block.transactions, block.timestamp, block.hash),
    operatorAddress: `0x${'00'.repeat(20)}`,
    protocolVersion: `Version${node.protocolVersion}`,
  }
}

function details(
  node: EraNode,
  batch: ModelBatch,
  transactions: readonly ModelTransaction[],
  timestamp: number,
  rootHash: string,
): Readonly<Record<string, unknown>> {
  const counts = countByOrigin(transactions)
  const today = node.generation === 'core' ? { fairPubdataPrice: 10_000_000, ...precommitFields(node, batch) } : {}
  return {
    timestamp,
    l1TxCount: counts.l1,
    l2TxCount: counts.l2,
    rootHash,
    status: batch.number === firstBatch(node.rollup) || batch.execute?.confirmed ? 'verified' : 'sealed',
    ...stageFields(node, batch.commit, 'commit', 'committedAt'),
    ...stageFields(node, batch.prove, 'prove', 'provenAt'),
    ...stageFields(node, batch.execute, 'execute', 'executedAt'),
    l1GasPrice: 20_000_000_000,
    l2FairGasPrice: 100_000_000,
    baseSystemContractsHashes: { bootloader: emptyWord, default_aa: emptyWord },
    ...today,
  }
}

const precommitFields = (node: EraNode, batch: ModelBatch) =>
  stageFields(node, batch.precommit, 'precommit', 'precommittedAt')

/** A hash shows only once the node has seen it confirmed: until then the L1 transaction is invisible here. */
function stageFields(node: EraNode, one: EthTransaction | null, stage: string, time: string): Record<string, unknown> {
  const confirmed = one?.confirmed ?? null
  const then = {
    [`${stage}TxHash`]: confirmed?.send.hash ?? null,
    [time]: confirmed === null ? null : new Date(confirmed.at * 1000).toISOString(),
  }
  if (node.generation !== 'core') return then
  return {
    ...then,
    [`${stage}TxFinality`]: confirmed === null ? null : 'finalized',
    [`${stage}ChainId`]: confirmed === null ? null : node.l1ChainId,
  }
}

function transactionDetails(node: EraNode, transaction: ModelTransaction | undefined): unknown {
  if (transaction === undefined) return null
  const batch = transaction.block?.batch
  const hashOf = (one: EthTransaction | null | undefined) => one?.confirmed?.send.hash ?? null
  return {
    isL1Originated: transaction.priority !== null,
    status: statusOf(transaction),
    fee: quantity(12_000_000_000_000),
    gasPerPubdata: quantity(50_000),
    initiatorAddress: transaction.from,
    receivedAt: new Date(Math.floor(transaction.receivedAt * 1000)).toISOString(),
    ethCommitTxHash: hashOf(batch?.commit),
    ethProveTxHash: hashOf(batch?.prove),
    ethExecuteTxHash: hashOf(batch?.execute),
    ...(node.generation === 'core' ? { ethPrecommitTxHash: hashOf(batch?.precommit) } : {}),
  }
}

function statusOf({ error, block }: ModelTransaction): string {
  if (error !== null) return 'failed'
  if (block === null) return 'pending'
  return block.batch.execute?.confirmed ? 'verified' : 'included'
}

/** The place of the log and the root are the model's; the path between them is not a Merkle proof that L1 would take. */
function logProof(transaction: ModelTransaction | undefined, index: unknown): unknown {
  const batch = transaction?.block?.batch
  if (transaction === undefined || batch === undefined || batch.sealedAt === null) return null
  const logs = logsOf(batch).filter((one) => one.transaction === transaction)
  const log = logs[typeof index === 'number' ? index : 0]
  return log === undefined ? null : { proof: [batch.logsRoot], id: log.index, root: batch.logsRoot }
}

function unconfirmed({ batches }: RollupView): number {
  const all = batches.flatMap(({ precommit, commit, prove, execute }) => [precommit, commit, prove, execute])
  return new Set(all.filter((one) => one !== null && one.sends.length > 0 && one.confirmed === null)).size
}

function waitingDeposits({ transactions }: RollupView): number {
  return [...transactions.values()].filter(({ priority, block }) => priority !== null && block === null).length
}

export { logProof }
