// The eth_ methods of an L2 node, the same on both stacks but for batch fields and block tags.

import { Transaction, id as topicOf, zeroPadValue } from 'ethers'
import type { RollupView } from '../model/as-of.ts'
import type { ModelBlock, ModelTransaction } from '../model/facts.ts'
import { logsOf } from '../model/logs.ts'
import { type Submitted, systemAddress } from '../model/rollup.ts'
import { invalidParams, type Method, RpcFailure } from './json-rpc-server.ts'

export interface NodeView {
  readonly rollup: RollupView
  readonly chainId: number
  /** Heads by tag; a tag that the stack does not know is missing. */
  readonly tags: Readonly<Record<string, () => ModelBlock | undefined>>
  /** EraVM nodes name the batch in blocks and receipts. */
  readonly namesBatches: boolean
  accept(transaction: Submitted): void
}

export const quantity = (value: number | bigint) => `0x${value.toString(16)}`
export const emptyWord = `0x${'00'.repeat(32)}`
const emptyBloom = `0x${'00'.repeat(256)}`
const messageSent = topicOf('L1MessageSent(address,bytes32,bytes)')
const hashShape = /^0x[0-9a-f]{64}$/i

export function ethereumMethods(node: NodeView): Readonly<Record<string, Method>> {
  const { rollup, chainId } = node
  const head = () => node.tags.latest?.() ?? rollup.blocks[0]
  return {
    eth_chainId: () => quantity(chainId),
    net_version: () => String(chainId),
    eth_syncing: () => false,
    eth_gasPrice: () => quantity(100_000_000),
    eth_blockNumber: () => quantity(head()?.number ?? 0),
    eth_getBlockByNumber: ([tag, full]) => blockAnswer(node, findBlock(node, tag), full === true),
    eth_getBlockByHash: ([hash, full]) => blockAnswer(node, rollup.byBlockHash.get(readHash(hash)), full === true),
    eth_getTransactionByHash: ([hash]) => transactionAnswer(node, rollup.transactions.get(readHash(hash))),
    eth_getTransactionReceipt: ([hash]) => receiptAnswer(node, rollup.transactions.get(readHash(hash))),
    eth_getTransactionCount: ([address, tag]) => quantity(nextNonce(node, address, tag === 'pending')),
    eth_sendRawTransaction: ([raw]) => submit(node, raw),
  }
}

export function readHash(value: unknown): string {
  if (typeof value !== 'string' || !hashShape.test(value)) throw invalidParams('expected a 32 byte hash')
  return value.toLowerCase()
}

/** Of what is in blocks, asked with any tag but `pending`: that counts on over the pool, up to the first gap. */
function nextNonce({ rollup }: NodeView, address: unknown, withPool = false): number {
  if (typeof address !== 'string' || !/^0x[0-9a-f]{40}$/i.test(address)) throw invalidParams('expected an address')
  const sender = address.toLowerCase()
  const own = [...rollup.transactions.values()].filter((one) => one.from === sender && one.priority === null)
  let next = Math.max(0, ...own.filter(({ block }) => block !== null).map(({ nonce }) => nonce + 1))
  const waiting = new Set(own.filter(({ block }) => block === null).map(({ nonce }) => nonce))
  while (withPool && waiting.has(next)) next += 1
  return next
}

/** Taken into the mempool whether or not anybody makes blocks. */
function submit(node: NodeView, raw: unknown): string {
  const transaction = readSigned(raw)
  const { hash, from, to, nonce, value, chainId } = transaction
  if (hash === null || from === null) throw invalidParams('the transaction is not signed')
  if (Number(chainId) !== node.chainId) throw new RpcFailure(3, 'failed to validate the transaction. wrong chain id')
  if (nonce < nextNonce(node, from)) throw new RpcFailure(3, 'failed to validate the transaction. nonce too low')
  node.accept({ hash, from: from.toLowerCase(), to: (to ?? from).toLowerCase(), nonce, value })
  return hash
}

function readSigned(raw: unknown): Transaction {
  try {
    return Transaction.from(String(raw))
  } catch {
    throw invalidParams('the bytes are no transaction')
  }
}

function findBlock({ tags, rollup }: NodeView, tag: unknown): ModelBlock | undefined {
  if (typeof tag !== 'string') throw invalidParams('expected a block number or tag')
  if (/^0x[0-9a-f]+$/i.test(tag)) return rollup.blocks[Number(tag)]
  const named = Object.hasOwn(tags, tag) ? tags[tag] : undefined
  if (named === undefined) throw invalidParams(`unknown block tag ${tag}`)
  return named()
}

function batchFields({ namesBatches }: NodeView, block: ModelBlock | null): Readonly<Record<string, unknown>> {
  if (!namesBatches) return {}
  return { l1BatchNumber: block === null || block.batch.sealedAt === null ? null : quantity(block.batch.number) }
}

function blockAnswer(node: NodeView, block: ModelBlock | undefined, full: boolean): unknown {
  if (block === undefined) return null
  const sealed = block.batch.sealedAt !== null
  const timed = node.namesBatches ? { l1BatchTimestamp: sealed ? quantity(block.batch.openedAt) : null } : {}
  const transactions = block.transactions.map((one) => (full ? transactionAnswer(node, one) : one.hash))
  return {
    number: quantity(block.number),
    hash: block.hash,
    parentHash: block.parentHash,
    timestamp: quantity(block.timestamp),
    transactions,
    ...batchFields(node, block),
    ...timed,
    miner: `0x${'00'.repeat(20)}`,
    stateRoot: emptyWord,
    transactionsRoot: emptyWord,
    receiptsRoot: emptyWord,
    sha3Uncles: emptyWord,
    mixHash: emptyWord,
    nonce: '0x0000000000000000',
    logsBloom: emptyBloom,
    extraData: '0x',
    difficulty: '0x0',
    totalDifficulty: '0x0',
    gasLimit: quantity(2n ** 50n),
    gasUsed: quantity(120_000 * block.transactions.length),
    baseFeePerGas: quantity(100_000_000),
    size: '0x0',
    uncles: [],
  }
}

function transactionAnswer(node: NodeView, transaction: ModelTransaction | undefined): unknown {
  if (transaction === undefined) return null
  const { block, priority } = transaction
  return {
    hash: transaction.hash,
    nonce: quantity(transaction.nonce),
    blockHash: block?.hash ?? null,
    blockNumber: block === null ? null : quantity(block.number),
    transactionIndex: block === null ? null : quantity(transaction.index),
    from: transaction.from,
    to: transaction.to,
    value: quantity(transaction.value),
    gas: quantity(10_000_000),
    gasPrice: quantity(100_000_000),
    maxFeePerGas: quantity(250_000_000),
    maxPriorityFeePerGas: '0x0',
    input: '0x',
    type: quantity(priority === null ? 2 : 255),
    chainId: quantity(node.chainId),
    v: '0x0',
    r: emptyWord,
    s: emptyWord,
    ...batchFields(node, block),
  }
}

function receiptAnswer(node: NodeView, transaction: ModelTransaction | undefined): unknown {
  const block = transaction?.block ?? null
  if (transaction === undefined || block === null) return null
  const logs = logsOf(block.batch).filter((one) => one.transaction === transaction)
  const place = {
    blockHash: block.hash,
    blockNumber: quantity(block.number),
    transactionHash: transaction.hash,
    transactionIndex: quantity(transaction.index),
    ...batchFields(node, block),
  }
  return {
    ...place,
    from: transaction.from,
    to: transaction.to,
    status: transaction.error === null ? '0x1' : '0x0',
    type: quantity(transaction.priority === null ? 2 : 255),
    cumulativeGasUsed: quantity(120_000 * (transaction.index + 1)),
    gasUsed: quantity(120_000),
    effectiveGasPrice: quantity(100_000_000),
    contractAddress: null,
    logsBloom: emptyBloom,
    logs: logs.flatMap(({ log, indexInBlock }) => (log.message === null ? [] : [messageLog(log, indexInBlock, place)])),
    l2ToL1Logs: logs.map(({ log, indexInBlock, transactionIndexInBatch }) => ({
      ...place,
      logIndex: quantity(indexInBlock),
      transactionLogIndex: '0x0',
      ...(node.namesBatches ? { txIndexInL1Batch: quantity(transactionIndexInBatch) } : {}),
      shardId: '0x0',
      isService: log.isService,
      sender: log.sender,
      key: log.key,
      value: log.value,
    })),
  }
}

/** The messenger's event: who sent the message, its hash, and (ABI-encoded) the message itself. */
function messageLog(
  log: { readonly key: string; readonly value: string; readonly message: string | null },
  index: number,
  place: Readonly<Record<string, unknown>>,
): unknown {
  const body = (log.message ?? '0x').slice(2)
  const length = (body.length / 2).toString(16).padStart(64, '0')
  const padded = body.padEnd(Math.ceil(body.length / 64) * 64, '0')
  return {
    ...place,
    address: systemAddress.l1Messenger,
    topics: [messageSent, zeroPadValue(log.key, 32), log.value],
    data: `0x${'20'.padStart(64, '0')}${length}${padded}`,
    logIndex: quantity(index),
    transactionLogIndex: '0x0',
    logType: null,
    removed: false,
  }
}
