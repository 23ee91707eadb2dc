// The L2 node's JSON-RPC methods, each with its answer checked and normalised: hex, plain numbers and ISO times in one form.

import { z } from 'zod'
import { type RpcCall, rpcCall } from '../rpc/json-rpc.ts'
import { address, hash, isoTime, quantity, toHex, unixTime } from '../rpc/rpc-values.ts'

const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null)

const finality = z
  .enum(['pending', 'fast_finalized', 'finalized'])
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)

/** Fields that batch and block details share. Statuses are read as text: later nodes know more of them. */
const settlementFields = {
  timestamp: unixTime,
  l1TxCount: quantity,
  l2TxCount: quantity,
  rootHash: orNull(hash),
  status: z.string(),
  commitTxHash: orNull(hash),
  committedAt: orNull(isoTime),
  commitTxFinality: finality,
  commitChainId: orNull(quantity),
  proveTxHash: orNull(hash),
  provenAt: orNull(isoTime),
  proveTxFinality: finality,
  proveChainId: orNull(quantity),
  executeTxHash: orNull(hash),
  executedAt: orNull(isoTime),
  executeTxFinality: finality,
  executeChainId: orNull(quantity),
  precommitTxHash: orNull(hash),
  precommittedAt: orNull(isoTime),
  precommitTxFinality: finality,
  precommitChainId: orNull(quantity),
}

const batchDetails = z.object({ ...settlementFields, number: quantity, commitment: orNull(hash) })
export type BatchDetails = z.infer<typeof batchDetails>

/** `rootHash` is the L2 block's own hash here, and `l1BatchNumber` of an unsealed block is a guess: last sealed + 1. */
const blockDetails = z.object({ ...settlementFields, number: quantity, l1BatchNumber: quantity })
export type BlockDetails = z.infer<typeof blockDetails>

const transactionDetails = z.object({
  isL1Originated: z.boolean(),
  status: z.string(),
  initiatorAddress: orNull(address),
  receivedAt: orNull(isoTime),
  ethCommitTxHash: orNull(hash),
  ethProveTxHash: orNull(hash),
  ethExecuteTxHash: orNull(hash),
  ethPrecommitTxHash: orNull(hash),
})
export type TransactionDetails = z.infer<typeof transactionDetails>

const l2ToL1Log = z.object({
  sender: address,
  key: hash,
  value: hash,
  l1BatchNumber: orNull(quantity),
})

const receipt = z.object({
  transactionHash: hash,
  blockHash: hash,
  blockNumber: quantity,
  status: orNull(quantity),
  from: orNull(address),
  to: orNull(address),
  /** Era only, null until the batch is sealed. */
  l1BatchNumber: orNull(quantity),
  l1BatchTxIndex: orNull(quantity),
  l2ToL1Logs: z
    .array(l2ToL1Log)
    .nullish()
    .transform((logs) => logs ?? []),
})
export type L2Receipt = z.infer<typeof receipt>

const transaction = z.object({
  hash,
  blockNumber: orNull(quantity),
  from: orNull(address),
  to: orNull(address),
  type: orNull(quantity),
})
export type L2Transaction = z.infer<typeof transaction>

const block = z.object({ number: quantity, hash, timestamp: unixTime, l1BatchNumber: orNull(quantity) })

export interface L2Block {
  readonly number: number
  readonly hash: string
  readonly time: string
  readonly batch: number | null
  /** Era nodes send the batch field even while it is null: the surest sign of the stack behind a foreign proxy. */
  readonly hasBatchField: boolean
}

function readBlock(raw: unknown): L2Block | null {
  if (raw === null) return null
  const { number, hash, timestamp, l1BatchNumber } = block.parse(raw)
  const hasBatchField = typeof raw === 'object' && 'l1BatchNumber' in raw
  return { number, hash, time: timestamp, batch: l1BatchNumber, hasBatchField }
}

export type BlockTag = 'latest' | 'safe' | 'finalized'

/** Batch and block numbers of `zks_` methods are plain JSON numbers, those of `eth_` methods hex. */
export const l2Methods = {
  block: (at: BlockTag | number): RpcCall<L2Block | null> => ({
    method: 'eth_getBlockByNumber',
    params: [typeof at === 'number' ? toHex(at) : at, false],
    read: readBlock,
  }),
  transaction: (id: string): RpcCall<L2Transaction | null> =>
    rpcCall('eth_getTransactionByHash', [id], orNull(transaction)),
  receipt: (id: string): RpcCall<L2Receipt | null> => rpcCall('eth_getTransactionReceipt', [id], orNull(receipt)),
  transactionDetails: (id: string): RpcCall<TransactionDetails | null> =>
    rpcCall('zks_getTransactionDetails', [id], orNull(transactionDetails)),
  blockDetails: (number: number): RpcCall<BlockDetails | null> =>
    rpcCall('zks_getBlockDetails', [number], orNull(blockDetails)),
  batchDetails: (number: number): RpcCall<BatchDetails | null> =>
    rpcCall('zks_getL1BatchDetails', [number], orNull(batchDetails)),
  batchRange: (number: number): RpcCall<readonly [number, number] | null> =>
    rpcCall('zks_getL1BatchBlockRange', [number], orNull(z.tuple([quantity, quantity]))),
  lastSealedBatch: (): RpcCall<number> => rpcCall('zks_L1BatchNumber', [], quantity),
  l1ChainId: (): RpcCall<number> => rpcCall('zks_L1ChainId', [], quantity),
  mainContract: (): RpcCall<string> => rpcCall('zks_getMainContract', [], address),
  bridgehub: (): RpcCall<string | null> => rpcCall('zks_getBridgehubContract', [], orNull(address)),
  /** Place of a transaction's message in its batch's tree: what the claim contracts on L1 count by. */
  logProof: (id: string, index: number): RpcCall<{ readonly id: number; readonly batch: number | null } | null> =>
    rpcCall('zks_getL2ToL1LogProof', [id, index], orNull(logProof)),
}

const logProof = z
  .object({ id: quantity, batchNumber: orNull(quantity).optional(), batch_number: orNull(quantity).optional() })
  .transform(({ id, batchNumber, batch_number }) => ({ id, batch: batchNumber ?? batch_number ?? null }))
