// The published facts of 2023-09-12, replayed by real HTTP servers: an L2 node and an L1 node of that day.

import { Interface } from 'ethers'
import {
  answerWith,
  type RpcHandler,
  type RpcMessage,
  RpcRefusal,
  type RpcServer,
  sendJson,
  startRpcServer,
} from '../support/rpc-server.ts'

export const diamond = '0x32400084c286cf3e17e7b677ea9583e60a000324'
export const claimed = { batch: 208_455, block: 13_641_404 }

const utc = (clock: string) => Date.parse(`2023-09-12T${clock}Z`) / 1000
const hex = (value: number) => `0x${value.toString(16)}`
const word = (value: number | string) => `0x${Number(value).toString(16).padStart(64, '0')}`

export const commits = [
  {
    batch: 208_455,
    time: '2023-09-12T06:15:59Z',
    hash: '0x369446bc9d99087aa1160d426b7af372dce91bb7d372724b7c529f2e3ff30ecd',
  },
  {
    batch: 208_456,
    time: '2023-09-12T06:16:35Z',
    hash: '0x902b3b0eee2e82ef048e8de8ec0417d7875c0930b5b0b893de48f8b5b59f8944',
  },
  {
    batch: 208_457,
    time: '2023-09-12T06:17:59Z',
    hash: '0x7ce6d03ead9117a0a7268042c6e19637c702df2382070f04442df75602461661',
  },
] as const

/** Explorer pages show minutes; the seconds are ours. A block a second, as the chain made them then. */
const stoppedAt = utc('06:14:40')
const firstBlocks: Readonly<Record<number, number>> = {
  208455: claimed.block - 40,
  208456: claimed.block - 20,
  208457: claimed.block + 30,
  208458: claimed.block + 90,
}
/** How far the chain had grown when it was asked. */
const newest = claimed.block + 4000

const dayOf = (gap: number, after: number) => (number: number) =>
  stoppedAt + (number - claimed.block) + (number > claimed.block + after ? gap : 0)
const batchOf = (number: number) =>
  [208_457, 208_456, 208_455].find((batch) => number >= (firstBlocks[batch] as number)) ?? 208_454
const lastPublished = 208_457
const blocksPerBatch = 60

interface Day {
  readonly batchOf: (number: number) => number
  readonly firstBlockOf: (batch: number) => number | undefined
  readonly commitOf: (
    batch: number,
  ) => { readonly batch: number; readonly time: string; readonly hash: string } | undefined
}

/** What was published, and what we make up of the hour after it. */
function dayFrom({ going = false }: OtherDay, blockTime: (number: number) => number): Day {
  const next = firstBlocks[lastPublished + 1] as number
  const firstBlockOf = (batch: number) =>
    going && batch > lastPublished ? next + (batch - lastPublished - 1) * blocksPerBatch : firstBlocks[batch]
  return {
    batchOf: (number) =>
      going && number >= next ? lastPublished + 1 + Math.floor((number - next) / blocksPerBatch) : batchOf(number),
    firstBlockOf,
    commitOf(batch) {
      const published = commits.find((one) => one.batch === batch)
      const first = firstBlockOf(batch)
      if (published !== undefined || !going || batch <= lastPublished || first === undefined || first > newest) {
        return published
      }
      const time = new Date((blockTime(first) + 120) * 1000).toISOString().replace('.000', '')
      return { batch, time, hash: word(batch) }
    },
  }
}

const events = new Interface([
  'event BlockCommit(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment)',
])

export interface September {
  readonly l1: RpcServer
  /** Of the second endpoint, where there is one. */
  readonly otherL1: RpcServer | null
  readonly l2: RpcServer
  readonly environment: Readonly<Record<string, string>>
  readonly now: Date
  stop(): Promise<void>
}

export interface OtherDay {
  /** The node does not show the blocks that followed long after. */
  readonly missing?: boolean
  /** The node names no transactions on L1, as in the minutes before they are final. */
  readonly unnamed?: boolean
  /** The node has pruned its batches; its blocks still name theirs. */
  readonly pruned?: boolean
  /** The node names the transaction of the batch before. */
  readonly misnamed?: boolean
  /** Seconds without a block after the claimed one: a day on which the report is right. */
  readonly gap?: number
  /** The chain goes on in batches of sixty blocks after those that were published, each committed two minutes after its first block. */
  readonly going?: boolean
  /** L1 has a timelock of a later generation, which notes when each batch was committed. */
  readonly timelock?: boolean
  /** A second L1 endpoint: as good as the first, or ill; `first` puts it before the good one. */
  readonly otherL1?: { readonly is: 'good' | 'slow' | 'rate-limiting' | 'short-ranged'; readonly first: boolean }
  /** So many blocks after the named one that pause begins; none: with it. */
  readonly gapAfter?: number
}

export async function startSeptember(changes: OtherDay = {}): Promise<September> {
  const blockTime = dayOf(changes.gap ?? 0, changes.gapAfter ?? 0)
  const day = dayFrom(changes, blockTime)
  const l2 = await startRpcServer(answerWith(l2Methods(changes, blockTime, day)))
  const onL1: Methods = l1Methods(blockTime(newest) + 1, day, changes)
  const l1 = await startRpcServer(answerWith(onL1))
  const { otherL1: other } = changes
  const otherL1 =
    other === undefined
      ? null
      : await startRpcServer(
          other.is === 'good' ? l1.handler : illAs(other.is, ({ method, params }) => onL1[method]?.(params)),
        )
  const named = [`etherscan=${l1.url}`, ...(otherL1 === null ? [] : [`other=${otherL1.url}`])]
  const environment = {
    CHAIN_PRESET: 'era-mainnet',
    L1_RPC_URLS: (changes.otherL1?.first ? named.toReversed() : named).join(','),
    L2_RPC_URLS: `zksync=${l2.url}`,
  }
  return {
    l1,
    otherL1,
    l2,
    environment,
    now: new Date((blockTime(newest) + 5) * 1000),
    async stop() {
      await Promise.all([l1.stop(), l2.stop(), otherL1?.stop()])
    },
  }
}

type IllL1 = NonNullable<OtherDay['otherL1']>['is']
type Methods = Readonly<Record<string, (params: readonly unknown[]) => unknown>>

function illAs(what: IllL1, good: (message: RpcMessage) => unknown): RpcHandler {
  if (what === 'slow') return () => undefined
  const isTooMuch = ({ method, params: [filter] }: RpcMessage) => {
    const { fromBlock, toBlock } = (filter ?? {}) as { readonly fromBlock?: string; readonly toBlock?: string }
    return what === 'rate-limiting' || (method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) > 200)
  }
  const error =
    what === 'rate-limiting'
      ? { code: 429, message: 'Too many requests' }
      : { code: -32000, message: 'block range is too large' }
  return (request, response) => {
    const { messages, isBatch } = request
    const answers = messages.map((message) => {
      if (isTooMuch(message)) return { jsonrpc: '2.0', id: message.id, error }
      return { jsonrpc: '2.0', id: message.id, result: good(message) ?? null }
    })
    sendJson(response, isBatch ? answers : answers[0])
  }
}

function l2Methods(
  { missing = false, unnamed = false, misnamed = false, pruned = false }: OtherDay,
  blockTime: (number: number) => number,
  { batchOf, firstBlockOf, commitOf }: Day,
) {
  const block = (number: number) =>
    number > newest || (missing && number > claimed.block + 2)
      ? null
      : {
          number: hex(number),
          hash: word(number),
          timestamp: hex(blockTime(number)),
          baseFeePerGas: '0x0',
          l1BatchNumber: hex(batchOf(number)),
        }
  return {
    eth_chainId: () => hex(324),
    zks_L1ChainId: () => '0x1',
    zks_getMainContract: () => diamond,
    zks_L1BatchNumber: () => hex(Math.max(lastPublished, batchOf(newest) - 1)),
    eth_getBlockByNumber: ([at]: readonly unknown[]) =>
      at === 'latest'
        ? { ...block(claimed.block), number: hex(newest), timestamp: hex(blockTime(newest)) }
        : block(Number(at)),
    zks_getL1BatchBlockRange: ([batch]: readonly unknown[]) => {
      if (pruned) throw new RpcRefusal(-32602, 'Batch is pruned')
      const [first, next] = [firstBlockOf(Number(batch)), firstBlockOf(Number(batch) + 1)]
      return first === undefined || next === undefined ? null : [hex(first), hex(next - 1)]
    },
    zks_getL1BatchDetails: ([batch]: readonly unknown[]) => {
      if (pruned) throw new RpcRefusal(-32602, 'Batch is pruned')
      const commit = commitOf(Number(batch))
      if (commit === undefined) return null
      return {
        number: commit.batch,
        timestamp: blockTime(firstBlockOf(commit.batch) as number),
        l1TxCount: 1,
        l2TxCount: 900,
        rootHash: word(commit.batch),
        status: 'verified',
        commitTxHash: unnamed ? null : ((misnamed ? commitOf(commit.batch - 1) : undefined) ?? commit).hash,
        committedAt: unnamed ? null : '2023-09-12T06:20:00Z',
        proveTxHash: null,
        provenAt: null,
        executeTxHash: null,
        executedAt: null,
      }
    },
  }
}

/** Twelve seconds a block, counted back from the head. */
const l1Head = 18_119_000

function l1Methods(l1HeadTime: number, { commitOf, batchOf }: Day, { timelock = false }: OtherDay) {
  const all = Array.from({ length: batchOf(newest) - 208_454 }, (_, at) => commitOf(208_455 + at) ?? []).flat()
  const l1BlockOf = (iso: string) => l1Head - Math.round((l1HeadTime - Date.parse(iso) / 1000) / 12)
  const timeOf = (number: number) =>
    Date.parse(all.find(({ time }) => l1BlockOf(time) === number)?.time ?? '') / 1000 ||
    l1HeadTime - (l1Head - number) * 12
  const block = (number: number) => ({
    number: hex(number),
    hash: word(number),
    timestamp: hex(timeOf(number)),
    baseFeePerGas: '0x1',
  })
  const logOf = ({ batch, time, hash }: (typeof all)[number]) => {
    const { topics, data } = events.encodeEventLog('BlockCommit', [batch, word(batch), word(1)])
    return { address: diamond, topics, data, blockNumber: hex(l1BlockOf(time)), transactionHash: hash }
  }
  const getters: Readonly<Record<string, number>> = {
    '0xfe26699e': Math.max(lastPublished, batchOf(newest) - 3),
    '0xaf6a2dcd': 208_300,
    '0x39607382': 207_000,
    '0x3408e470': 324,
    '0x29b98c67': 0,
  }
  return {
    eth_chainId: () => '0x1',
    eth_getBlockByNumber: ([at]: readonly unknown[]) =>
      block(typeof at === 'string' && at.startsWith('0x') ? Number(at) : l1Head),
    eth_call: ([call]: readonly unknown[]) => {
      const { data } = call as { readonly data: string }
      const value = (timelock ? notedBy(data, commitOf) : undefined) ?? getters[data.slice(0, 10)]
      return value === undefined ? '0x' : word(value)
    },
    eth_getLogs: ([filter]: readonly unknown[]) => {
      const { fromBlock, toBlock } = filter as { readonly fromBlock: string; readonly toBlock: string }
      const inRange = (at: number) => Number(fromBlock) <= at && at <= Number(toBlock)
      return all.filter(({ time }) => inRange(l1BlockOf(time))).map(logOf)
    },
    eth_getTransactionByHash: () => null,
    eth_getTransactionReceipt: ([hash]: readonly unknown[]) => {
      const commit = all.find((one) => one.hash === hash)
      if (commit === undefined) return null
      const number = l1BlockOf(commit.time)
      return {
        transactionHash: commit.hash,
        blockHash: word(number),
        blockNumber: hex(number),
        status: '0x1',
        from: `0x${'1'.repeat(40)}`,
        to: '0x3db52ce065f728011ac6732222270b3f2360d919',
        effectiveGasPrice: '0x1',
        logs: [logOf(commit)],
      }
    },
  }
}

const timelockGetters = new Interface([
  'function getChainTypeManager() view returns (address)',
  'function validatorTimelockPostV29() view returns (address)',
  'function executionDelay() view returns (uint256)',
  'function getCommittedBatchTimestamp(address chain, uint256 batch) view returns (uint256)',
])

function notedBy(data: string, commitOf: Day['commitOf']): number | undefined {
  const asked = timelockGetters.parseTransaction({ data })
  if (asked === null) return undefined
  if (asked.name === 'executionDelay') return 10_800
  if (asked.name !== 'getCommittedBatchTimestamp') return 0xabcdef
  return Date.parse(commitOf(Number(asked.args[1]))?.time ?? '') / 1000 || 0
}
