// A chain of the past as its published facts tell it, replayed by real HTTP servers: L2 nodes, an explorer, an L1 node.
//
// A history is a few numbers: how often blocks came, when they stopped, how far L1 had taken them. What nobody published
// (hashes, seconds, the exact numbers) is made up here and looks so.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Interface } from 'ethers'
import { answerWith, startRpcServer } from '../support/rpc-server.ts'

export interface History {
  /** When somebody asks, UTC. */
  readonly now: string
  /** In order; between them no block came. Numbers go on from `firstBlock`. */
  readonly runs: readonly { readonly from: string; readonly to: string; readonly secondsPerBlock: number }[]
  readonly firstBlock: number
  readonly blocksPerBatch: number
  /** Of the newest sealed batch then: how many L1 had not taken yet. */
  readonly uncommitted: number
  /** Of the committed ones, not proved yet; and how long the oldest of them had been committed. */
  readonly unproved: { readonly batches: number; readonly oldestCommitted: string } | null
  /** Where the explorer stood: its newest block and batch, counted back from the chain's. */
  readonly explorerBehind: { readonly blocks: number; readonly batches: number }
  /** Somebody waits since then: the node shows the transaction as pending. */
  readonly waitingSince?: string
  /** Share of the calls to a node that hang. */
  readonly stalls?: number
}

export const waiting = `0x${'ab'.repeat(32)}`
export const chainId = 324
const diamond = '0x32400084c286cf3e17e7b677ea9583e60a000324'
const manager = `0x${'c'.repeat(40)}`
const timelock = `0x${'d'.repeat(40)}`

const hex = (value: number) => `0x${value.toString(16)}`
const word = (value: number | string) => `0x${BigInt(value).toString(16).padStart(64, '0')}`
const seconds = (iso: string) => Date.parse(iso) / 1000

interface Chain {
  readonly history: History
  readonly head: number
  readonly sealed: number
  readonly committed: number
  readonly verified: number
  timeOf(block: number): number
}

export interface Past {
  readonly environment: Readonly<Record<string, string>>
  readonly now: Date
  stop(): Promise<void>
}

/** Two nodes of different operators, an explorer, an L1 node; a complete setting for a rollcall process of that day. */
export async function replay(history: History): Promise<Past> {
  const chain = chainOf(history)
  const node = () => startRpcServer(stalling(answerWith(l2Methods(chain)), history.stalls ?? 0))
  const [one, other] = [await node(), await node()]
  const l1 = await startRpcServer(answerWith(l1Methods(chain)))
  const explorer = await startExplorer(chain)
  return {
    environment: {
      CHAIN_PRESET: 'era-mainnet',
      L2_RPC_URLS: `zksync=${one.url},drpc=${other.url}`,
      L1_RPC_URLS: `ethereum=${l1.url}`,
      EXPLORER_API_URLS: `explorer=${explorer.url}`,
      ENDPOINT_OPERATORS: 'matter-labs=zksync+explorer,drpc=drpc',
    },
    now: new Date(history.now),
    async stop() {
      await Promise.all([one.stop(), other.stop(), l1.stop(), explorer.stop()])
    },
  }
}

function chainOf(history: History): Chain {
  const { runs, firstBlock, blocksPerBatch, now } = history
  const spans: { readonly first: number; readonly count: number; readonly from: number; readonly each: number }[] = []
  let next = firstBlock
  for (const { from, to, secondsPerBlock } of runs) {
    const until = Math.min(seconds(to), seconds(now))
    const count = Math.max(0, Math.floor((until - seconds(from)) / secondsPerBlock) + 1)
    spans.push({ first: next, count, from: seconds(from), each: secondsPerBlock })
    next += count
  }
  const head = next - 1
  const sealed = Math.floor((head + 1) / blocksPerBatch) - 1
  const committed = sealed - history.uncommitted
  return {
    history,
    head,
    sealed,
    committed,
    verified: committed - (history.unproved?.batches ?? 0),
    timeOf(block) {
      const span = spans.findLast(({ first }) => block >= first) ?? spans[0]
      return Math.floor((span?.from ?? 0) + (block - (span?.first ?? 0)) * (span?.each ?? 1))
    },
  }
}

/** Every so many calls hang, whoever asks. */
function stalling(answer: ReturnType<typeof answerWith>, share: number): ReturnType<typeof answerWith> {
  let asked = 0
  return (request, response) => {
    asked += 1
    const hangs = share > 0 && asked % Math.round(1 / share) === 0
    return hangs ? undefined : answer(request, response)
  }
}

function l2Methods(chain: Chain) {
  const { head, sealed, timeOf, history } = chain
  const { blocksPerBatch } = history
  const block = (number: number) =>
    number > head
      ? null
      : {
          number: hex(number),
          hash: word(number),
          timestamp: hex(timeOf(number)),
          baseFeePerGas: '0x0',
          l1BatchNumber: number < (sealed + 1) * blocksPerBatch ? hex(Math.floor(number / blocksPerBatch)) : null,
        }
  const isWaiting = (hash: unknown) => hash === waiting && history.waitingSince !== undefined
  return {
    eth_chainId: () => hex(chainId),
    zks_L1ChainId: () => '0x1',
    zks_getMainContract: () => diamond,
    zks_L1BatchNumber: () => hex(sealed),
    eth_blockNumber: () => hex(head),
    eth_getBlockByNumber: ([at]: readonly unknown[]) => block(at === 'latest' ? head : Number(at)),
    zks_getL1BatchBlockRange: ([batch]: readonly unknown[]) =>
      Number(batch) > sealed
        ? null
        : [hex(Number(batch) * blocksPerBatch), hex((Number(batch) + 1) * blocksPerBatch - 1)],
    zks_getL1BatchDetails: ([batch]: readonly unknown[]) =>
      Number(batch) > sealed ? null : batchDetails(chain, Number(batch)),
    eth_getTransactionByHash: ([hash]: readonly unknown[]) =>
      isWaiting(hash)
        ? { from: `0x${'1'.repeat(40)}`, nonce: '0x7', blockNumber: null, maxFeePerGas: '0x5f5e100' }
        : null,
    zks_getTransactionDetails: ([hash]: readonly unknown[]) =>
      isWaiting(hash) ? transactionDetails(history.waitingSince ?? '') : null,
    eth_getTransactionCount: () => '0x7',
  }
}

function batchDetails({ history: { blocksPerBatch }, timeOf }: Chain, batch: number) {
  return {
    number: batch,
    timestamp: timeOf(batch * blocksPerBatch),
    l1TxCount: 0,
    l2TxCount: 500,
    rootHash: word(batch),
    status: 'sealed',
    commitTxHash: null,
    committedAt: null,
    proveTxHash: null,
    provenAt: null,
    executeTxHash: null,
    executedAt: null,
  }
}

function transactionDetails(receivedAt: string) {
  const nowhere = { ethCommitTxHash: null, ethProveTxHash: null, ethExecuteTxHash: null }
  const asked = { fee: '0x0', gasPerPubdata: '0xc350', initiatorAddress: `0x${'1'.repeat(40)}` }
  return { isL1Originated: false, status: 'pending', receivedAt, ...asked, ...nowhere }
}

const getters = new Interface([
  'function getTotalBlocksCommitted() view returns (uint256)',
  'function getTotalBlocksVerified() view returns (uint256)',
  'function getTotalBlocksExecuted() view returns (uint256)',
  'function isDiamondStorageFrozen() view returns (bool)',
  'function getSettlementLayer() view returns (address)',
  'function getProtocolVersion() view returns (uint256)',
  'function getChainId() view returns (uint256)',
  'function getChainTypeManager() view returns (address)',
  'function validatorTimelockPostV29() view returns (address)',
  'function executionDelay() view returns (uint256)',
  'function protocolVersionIsActive(uint256) view returns (bool)',
  'function getCommittedBatchTimestamp(address, uint256) view returns (uint256)',
])

const l1Head = 20_000_000

function l1Methods(chain: Chain) {
  const { committed, verified, history } = chain
  const now = seconds(history.now)
  const oldest = history.unproved === null ? now : seconds(history.unproved.oldestCommitted)
  const values: Readonly<Record<string, (batch: number) => unknown>> = {
    getTotalBlocksCommitted: () => committed,
    getTotalBlocksVerified: () => verified,
    getTotalBlocksExecuted: () => verified,
    isDiamondStorageFrozen: () => false,
    getSettlementLayer: () => `0x${'0'.repeat(40)}`,
    getProtocolVersion: () => 29n << 32n,
    getChainId: () => chainId,
    getChainTypeManager: () => manager,
    validatorTimelockPostV29: () => timelock,
    executionDelay: () => 10_800,
    protocolVersionIsActive: () => true,
    getCommittedBatchTimestamp: (batch) => (batch > committed ? 0 : batch <= verified ? oldest - 600 : oldest),
  }
  return {
    eth_chainId: () => '0x1',
    eth_getBlockByNumber: ([at]: readonly unknown[]) => {
      const number = at === 'latest' ? l1Head : Number(at)
      return {
        number: hex(number),
        hash: word(number),
        timestamp: hex(now - 6 - (l1Head - number) * 12),
        baseFeePerGas: '0x1',
      }
    },
    eth_call: ([call]: readonly unknown[]) => {
      const { data } = call as { readonly data: string }
      const asked = getters.parseTransaction({ data })
      const value = asked === null ? undefined : values[asked.name]?.(Number(asked.args.at(-1) ?? 0))
      return asked === null || value === undefined ? '0x' : getters.encodeFunctionResult(asked.name, [value])
    },
    eth_getLogs: () => [],
    eth_getTransactionByHash: () => null,
    eth_getTransactionReceipt: () => null,
  }
}

async function startExplorer({ history, head, sealed, timeOf }: Chain) {
  const newest = head - history.explorerBehind.blocks
  const server = createServer((request, response) => {
    const isStats = request.url?.startsWith('/stats') ?? false
    const blocks = {
      items: [{ number: newest, hash: word(newest), timestamp: new Date(timeOf(newest) * 1000).toISOString() }],
    }
    const stats = { lastSealedBatch: sealed - history.explorerBehind.batches, lastSealedBlock: newest }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(isStats ? stats : blocks))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
