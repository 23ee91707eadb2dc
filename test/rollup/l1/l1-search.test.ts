// Finding evidence on a real EVM through providers that allow little: the block of a moment, events, batches of ZKsync OS.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createChainRpc } from '../../../src/rollup/chain.ts'
import { topicOf } from '../../../src/rollup/l1/contracts.ts'
import { findBlockBefore, searchLogs } from '../../../src/rollup/l1/l1-search.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { type Anvil, deployScripted, diamondEvent, type Scripted, startAnvil, word } from '../../support/anvil.ts'
import {
  answerWith,
  passOnTo,
  type RpcMessage,
  RpcRefusal,
  type RpcServer,
  sendJson,
  startRpcServer,
} from '../../support/rpc-server.ts'

const { signal } = new AbortController()
const start = 1_700_000_000
const commitment = word('cc')

let anvil: Anvil
let diamond: Scripted
let bridgehub: Scripted
/** L1 block numbers of the events, by what they did. */
const at: Record<string, number> = {}
const hashes: Record<string, string> = {}

beforeAll(async () => {
  anvil = await startAnvil({ timestamp: start })
  diamond = await deployScripted(anvil)
  bridgehub = await deployScripted(anvil)
  await bridgehub.answer('getZKChain(uint256) view returns (address)', [8_022], diamond.address)
  await diamond.answer('getChainId() view returns (uint256)', [], 8_022)
  await diamond.answer('getTotalBlocksCommitted() view returns (uint256)', [], 3)
  await mine(300)
  await tell('commit1', commit(1, 1, 100))
  await mine(100)
  await tell('commit2', commit(2, 101, 200))
  await mine(250)
  await tell('prove', [diamondEvent('BlocksVerification', 0, 2)])
  await mine(250)
  await tell(
    'execute',
    [1, 2].map((batch) => diamondEvent('BlockExecution', batch, word('aa'), commitment)),
  )
  await tell('commit3', commit(3, 201, 300))
  await mine(50)
})
afterAll(() => anvil.stop())

const servers: RpcServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function mine(count: number) {
  await anvil.rpc('anvil_mine', [`0x${count.toString(16)}`, '0xc'])
}

const commit = (batch: number, first: number, last: number) => [
  diamondEvent('BlockCommit', batch, word('aa'), commitment),
  diamondEvent('ReportCommittedBatchRangeZKsyncOS', batch, first, last),
]

async function tell(name: string, events: Parameters<Scripted['say']>[0]) {
  const hash = await diamond.say(events)
  const { blockNumber } = await anvil.rpc<{ blockNumber: string }>('eth_getTransactionReceipt', [hash])
  at[name] = Number(blockNumber)
  hashes[name] = hash
}

async function timeOf(block: number): Promise<number> {
  const { timestamp } = await anvil.rpc<{ timestamp: string }>('eth_getBlockByNumber', [
    `0x${block.toString(16)}`,
    false,
  ])
  return Number(timestamp)
}

const newest = async () => Number(await anvil.rpc<string>('eth_blockNumber'))
const open = (url: string, name = 'l1-a') => createRpcEndpoint({ name, url, timeoutMs: 20_000, random: () => 0 })

async function serve(handler = passOnTo(anvil.url)): Promise<RpcServer> {
  const server = await startRpcServer(handler)
  servers.push(server)
  return server
}

async function askAnvil(message: RpcMessage): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(anvil.url, { method: 'POST', headers, body: JSON.stringify(message) })).json()
}

/** A provider that allows only so many blocks, in the words of a real one. */
function narrow(allowed: number, message = 'query exceeds max block range 5') {
  return serve(async (request, response) => {
    const tooWide = ({ params: [filter] }: { params: readonly unknown[] }) => {
      const { fromBlock, toBlock } = (filter ?? {}) as { fromBlock: string; toBlock: string }
      return Number(toBlock) - Number(fromBlock) + 1 > allowed
    }
    const answers = await Promise.all(
      request.messages.map(async (one) => {
        if (one.method !== 'eth_getLogs' || !tooWide(one)) return askAnvil(one)
        return { jsonrpc: '2.0', id: one.id, error: { code: -32602, message } }
      }),
    )
    sendJson(response, request.isBatch ? answers : answers[0])
  })
}

describe('the block of a moment', () => {
  it('is found on a real chain within a few dozen blocks', async () => {
    const head = await newest()
    const seconds = await timeOf(head - 500)
    const found = await findBlockBefore({ endpoint: open(anvil.url), head, seconds, signal })
    expect(found).toBeLessThan(head - 500)
    expect(found).toBeGreaterThanOrEqual(head - 565)
  })

  /** As long as Ethereum's, with blocks of 12 s, a stretch of missed slots and older ones of 13 s. */
  const longHead = 22_000_000
  const longTime = (block: number) =>
    start + block * 12 + (block > 21_990_000 ? 3600 : 0) + Math.max(0, 15_500_000 - block) * -1

  for (const [back, requests] of [
    [0, 2],
    [300, 2],
    [7_200, 4],
    [50_000, 4],
    [3_000_000, 6],
    [21_000_000, 8],
  ] as const) {
    it(`${back} blocks before a head of 22 million takes at most ${requests} requests`, async () => {
      const server = await serve(
        answerWith({
          eth_getBlockByNumber: ([block]) => ({
            number: block,
            hash: word('01'),
            timestamp: `0x${longTime(Number(block)).toString(16)}`,
          }),
        }),
      )
      const wanted = longHead - back
      const question = { endpoint: open(server.url), head: longHead, seconds: longTime(wanted), signal }
      const found = await findBlockBefore(question)
      expect(found).toBeLessThan(wanted)
      expect(found).toBeGreaterThanOrEqual(wanted - 65)
      expect(server.requests.length).toBeLessThanOrEqual(requests)
    })
  }

  describe.each<[string, () => unknown]>([
    ['answers null for', () => null],
    [
      'refuses',
      () => {
        throw new RpcRefusal(-32602, 'block is pruned')
      },
    ],
  ])('on a node that %s its oldest blocks', (_, gone) => {
    const oldest = 21_000_000
    const search = async (wanted: number) => {
      const server = await serve(
        answerWith({
          eth_getBlockByNumber: ([block]) =>
            Number(block) < oldest
              ? gone()
              : { number: block, hash: word('01'), timestamp: `0x${longTime(Number(block)).toString(16)}` },
        }),
      )
      return findBlockBefore({ endpoint: open(server.url), head: longHead, seconds: longTime(wanted), signal })
    }

    it('a time that it has is found', async () => {
      const found = await search(21_500_000)
      expect(found).toBeLessThan(21_500_000)
      expect(found).toBeGreaterThanOrEqual(21_500_000 - 65)
    })

    it('a time before them is not', async () => {
      expect(await search(20_000_000)).toBeNull()
    })
  })

  it('before the first block is the first block', async () => {
    expect(await findBlockBefore({ endpoint: open(anvil.url), head: await newest(), seconds: 1, signal })).toBe(0)
  })

  it('is not known where the endpoint fails', async () => {
    const server = await serve((_, response) => void response.writeHead(429, { 'retry-after': '60' }).end())
    expect(await findBlockBefore({ endpoint: open(server.url), head: 9000, seconds: start, signal })).toBeNull()
  })
})

describe('reading events', () => {
  const read = async (urls: readonly string[], more: Partial<Parameters<typeof searchLogs>[0]> = {}) =>
    searchLogs({
      endpoints: urls.map((url) => open(url)),
      address: diamond.address,
      topics: [topicOf('BlockCommit')],
      fromBlock: 0,
      toBlock: await newest(),
      signal,
      isEnough: () => false,
      ...more,
    })

  it('reads a long stretch in a few requests, oldest first', async () => {
    const server = await serve()
    const { logs, complete } = await read([server.url])
    expect(complete).toBe(true)
    expect(logs.map(({ blockNumber }) => blockNumber)).toEqual([at.commit1, at.commit2, at.commit3])
    expect(server.requests.length).toBeLessThanOrEqual(2)
  })

  for (const message of [
    'query exceeds max block range 500',
    'eth_getLogs is limited to a 500 range',
    'query returned more than 10000 results. Try with this block range [0x0, 0x1f4].',
    'Log response size exceeded.',
  ]) {
    it(`halves the range when told “${message}”`, async () => {
      const server = await narrow(200, message)
      const { logs, complete } = await read([server.url])
      expect(complete).toBe(true)
      expect(logs).toHaveLength(3)
    })
  }

  it('gives up after the allowed number of requests, and says that it is incomplete', async () => {
    const server = await narrow(5)
    const { complete } = await read([server.url], { maxRequests: 12 })
    expect(complete).toBe(false)
    expect(server.requests.length).toBeLessThanOrEqual(12)
  })

  it('goes on with the next endpoint where one fails', async () => {
    const broken = await serve((_, response) => void response.writeHead(403).end())
    const { logs, complete } = await read([broken.url, anvil.url])
    expect(complete).toBe(true)
    expect(logs).toHaveLength(3)
  })

  it('is incomplete when every endpoint fails', async () => {
    const broken = await serve((_, response) => void response.writeHead(403).end())
    expect(await read([broken.url])).toEqual({ logs: [], complete: false })
  })

  it('stops as soon as it is enough', async () => {
    const server = await serve()
    const { logs } = await read([server.url], { isEnough: (found) => found.length > 0 })
    expect(server.requests).toHaveLength(1)
    expect(logs.length).toBeGreaterThan(0)
  })
})

describe('a ZKsync OS node', () => {
  const tx = word('5a')
  interface Facts {
    readonly block: number
    readonly safe: number
    readonly finalized: number
    readonly l1?: readonly string[]
    readonly status?: string
  }

  async function tracer({ block, safe, finalized, l1 = [anvil.url], status = '0x1' }: Facts) {
    const number = (tag: unknown) =>
      tag === 'latest' ? 350 : tag === 'safe' ? safe : tag === 'finalized' ? finalized : Number(tag)
    // L2 blocks of a batch are a little older than its commit.
    const startOf = (await timeOf(at.commit1 ?? 0)) - 600
    const node = await serve(
      answerWith({
        eth_chainId: () => '0x1f56',
        eth_getBlockByNumber: ([tag]) => ({
          number: `0x${number(tag).toString(16)}`,
          hash: word('b1'),
          timestamp: `0x${(number(tag) > 350 ? 0 : startOf + (number(tag) > 100 ? 1_000 : 0)).toString(16)}`,
        }),
        eth_getTransactionReceipt: ([id]) =>
          id === tx
            ? { transactionHash: tx, blockHash: word('b1'), blockNumber: `0x${block.toString(16)}`, status }
            : null,
        eth_getTransactionByHash: ([id]) =>
          id === tx ? { hash: tx, blockNumber: `0x${block.toString(16)}`, type: '0x7f' } : null,
        zks_getBridgehubContract: () => bridgehub.address,
        zks_L1BatchNumber: () => {
          throw new RpcRefusal(-32601, 'Method not found')
        },
      }),
    )
    const chain = createChainRpc({
      l1: l1.map((url, index) => ({ name: `l1-${index}`, url })),
      l2: [{ name: 'node', url: node.url }],
      gateway: [],
      ...{ l1ChainId: null, l2ChainId: null, diamondProxyAddress: null },
      now: () => new Date(),
      timeoutMs: 20_000,
    })
    if (chain.tracer === null) throw new Error('no L2 configured')
    return { chain, trace: chain.tracer }
  }

  const ask = async (facts: Facts) => {
    const { trace } = await tracer(facts)
    const answer = await trace.transaction(tx, { signal })
    if (!answer.known) throw new Error('expected to be known')
    return answer.trace
  }
  const hashesOf = (stages: readonly { readonly stage: string; readonly hash: string | null }[]) =>
    stages.map(({ stage, hash }) => [stage, hash])

  it('is recognised by what it lacks, and the batch of a block and its way come from L1', async () => {
    const trace = await ask({ block: 150, safe: 300, finalized: 200 })
    expect(trace).toMatchObject({
      stack: 'zksync-os',
      transaction: { status: 'included', block: 150, batch: 2, isL1Originated: true },
      batch: { number: 2, firstBlock: 101, lastBlock: 200, rootHash: word('aa'), commitment },
      findings: [],
    })
    expect(hashesOf(trace.stages)).toEqual([
      ['commit', hashes.commit2],
      ['prove', hashes.prove],
      ['execute', hashes.execute],
    ])
    expect(trace.stages.every(({ source, searchComplete }) => source === 'l1' && searchComplete)).toBe(true)
  })

  it('a block above the safe one is not committed: nothing is searched', async () => {
    const l1 = await serve()
    const trace = await ask({ block: 320, safe: 300, finalized: 200, l1: [l1.url] })
    expect(trace).toMatchObject({ batch: null, stages: [{ hash: null, doneByTag: false }, {}, {}], findings: [] })
    expect(l1.requests.filter(({ messages }) => messages.some(({ method }) => method === 'eth_getLogs'))).toEqual([])
  })

  it('a committed block that is not executed shows the commit alone', async () => {
    const trace = await ask({ block: 250, safe: 300, finalized: 200 })
    expect(trace.batch?.number).toBe(3)
    expect(trace.stages).toMatchObject([
      { stage: 'commit', hash: hashes.commit3, doneByTag: true },
      { stage: 'prove', hash: null, doneByTag: false },
      { stage: 'execute', hash: null, doneByTag: false },
    ])
  })

  it('with a search cut short nothing unseen is called undone', async () => {
    const provider = await narrow(5)
    const trace = await ask({ block: 150, safe: 300, finalized: 200, l1: [provider.url] })
    expect(trace.stages).toMatchObject([
      { hash: null, doneByTag: true, searchComplete: false },
      { hash: null, doneByTag: true, searchComplete: false },
      { hash: null, doneByTag: true, searchComplete: false },
    ])
    expect(trace.findings).toMatchObject([{ code: 'l1-search-incomplete' }])
  })

  it('a block that the node calls committed and L1 knows nothing of is a finding', async () => {
    const trace = await ask({ block: 340, safe: 345, finalized: 200 })
    expect(trace).toMatchObject({ batch: null, findings: [{ code: 'l1-batch-not-found', values: { block: 340 } }] })
  })

  it('without L1 the tags alone speak, and that is said', async () => {
    const trace = await ask({ block: 150, safe: 300, finalized: 200, l1: [] })
    expect(trace.stages.map(({ doneByTag }) => doneByTag)).toEqual([true, true, true])
    expect(trace.findings).toMatchObject([
      { code: 'l1-search-incomplete', text: expect.stringContaining('L1_RPC_URLS') },
    ])
  })

  it('a failed transaction is failed', async () => {
    expect(await ask({ block: 150, safe: 300, finalized: 200, status: '0x0' })).toMatchObject({
      transaction: { status: 'failed' },
    })
  })

  it('what L1 told holds against L1’s receipts', async () => {
    const { trace, chain } = await tracer({ block: 150, safe: 300, finalized: 200 })
    const answer = await trace.transaction(tx, { signal })
    if (!answer.known) throw new Error('expected to be known')
    const { batch, stages } = answer.trace
    const claims = stages.map(({ stage, hash }) => ({
      ...{ stage, hash: hash ?? '', batch: batch?.number ?? 0, settlementChainId: null },
      ...{ batchHash: batch?.rootHash ?? null, commitment: batch?.commitment ?? null },
    }))
    for (const name of ['Verified', 'Executed']) {
      await diamond.answer(`getTotalBlocks${name}() view returns (uint256)`, [], 2)
    }
    const { proofs } = await chain.verifier.verify(claims, { signal })
    expect(proofs.map(({ result }) => result)).toEqual(['verified', 'verified', 'verified'])
  })

  it('a batch by number is found by the time that the timelock kept', async () => {
    const manager = await deployScripted(anvil)
    const timelock = await deployScripted(anvil)
    await diamond.answer('getChainTypeManager() view returns (address)', [], manager.address)
    await manager.answer('validatorTimelockPostV29() view returns (address)', [], timelock.address)
    const abi = 'getCommittedBatchTimestamp(address,uint256) view returns (uint256)'
    await timelock.answer(abi, [diamond.address, 2], await timeOf(at.commit2 ?? 0))
    const { trace } = await tracer({ block: 150, safe: 300, finalized: 200 })
    const answer = await trace.batch(2, { signal })
    if (!answer.known) throw new Error('expected to be known')
    expect(answer.trace.batch).toMatchObject({ number: 2, firstBlock: 101, lastBlock: 200 })
    expect(answer.trace.stages.map(({ hash }) => hash)).toEqual([hashes.commit2, hashes.prove, hashes.execute])
  })

  it('a batch above the committed ones does not exist on L1, and that is sure', async () => {
    const { trace } = await tracer({ block: 150, safe: 300, finalized: 200 })
    expect(await trace.batch(4, { signal })).toMatchObject({ known: false, sure: true })
  })
})

describe('a revert', () => {
  it('undoes the first commit: the batch is the one committed after it', async () => {
    const fork = await startAnvil({ timestamp: start })
    const other = await deployScripted(fork)
    await other.answer('getChainId() view returns (uint256)', [], 8_022)
    await other.say(commit(1, 1, 100))
    const { keccak256, toUtf8Bytes, AbiCoder } = await import('ethers')
    const topic = keccak256(toUtf8Bytes('BlocksRevert(uint256,uint256,uint256)'))
    await other.say([
      { topics: [topic], data: AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256', 'uint256'], [0, 0, 0]) },
    ])
    const again = await other.say(commit(1, 1, 90))
    const node = await serve(
      answerWith({
        eth_chainId: () => '0x1f56',
        eth_getBlockByNumber: ([tag]) => ({
          number: tag === 'latest' || tag === 'safe' ? '0x64' : tag === 'finalized' ? '0x0' : tag,
          hash: word('b1'),
          timestamp: `0x${start.toString(16)}`,
        }),
      }),
    )
    const { tracer } = createChainRpc({
      ...{ l1: [{ name: 'l1', url: fork.url }], l2: [{ name: 'node', url: node.url }], gateway: [] },
      ...{ l1ChainId: null, l2ChainId: null, diamondProxyAddress: other.address, now: () => new Date() },
    })
    const answer = await tracer?.block(50, { signal })
    await fork.stop()
    expect(answer).toMatchObject({
      known: true,
      trace: { batch: { number: 1, lastBlock: 90 }, stages: [{ hash: again }, {}, {}] },
    })
  })
})
