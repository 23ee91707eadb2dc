// When a batch was committed, found on a real EVM without a word of the L2 node; through providers that allow little.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createChainRpc } from '../../../src/rollup/chain.ts'
import { createCommitSearch, type WantedCommit } from '../../../src/rollup/l1/commit-search.ts'
import { createTimelockFinder } from '../../../src/rollup/l1/l1-timelock.ts'
import { type Anvil, deployScripted, diamondEvent, type Scripted, startAnvil, word } from '../../support/anvil.ts'
import { type RpcMessage, type RpcServer, sendJson, startRpcServer } from '../../support/rpc-server.ts'

const { signal } = new AbortController()
const start = 1_700_000_000
let anvil: Anvil
let diamond: Scripted
let timelock: Scripted
const commits = new Map<number, { readonly hash: string; readonly time: number }>()

beforeAll(async () => {
  anvil = await startAnvil({ timestamp: start })
  diamond = await deployScripted(anvil)
  timelock = await deployScripted(anvil)
  const manager = await deployScripted(anvil)
  await diamond.answer('getChainTypeManager() view returns (address)', [], manager.address)
  await manager.answer('validatorTimelockPostV29() view returns (address)', [], timelock.address)
  await diamond.answer('getTotalBlocksCommitted() view returns (uint256)', [], 3)
  await mine(600)
  await commit(1)
  await mine(40)
  await commit(2)
  await mine(120)
  await commit(3)
  await mine(1200)
  // Batch 3 was taken back and committed again.
  await diamond.say([diamondEvent('BlocksRevert', 2, 0, 0)])
  await commit(3)
  await mine(100)
  await timelock.answer('executionDelay() view returns (uint256)', [], 0)
  for (const [batch, { time }] of commits) await timelock.answer(noted, [diamond.address, batch], time)
}, 120_000)
afterAll(() => anvil?.stop())

const noted = 'getCommittedBatchTimestamp(address,uint256) view returns (uint256)'
const mine = (count: number) => anvil.rpc('anvil_mine', [`0x${count.toString(16)}`, '0xc'])

async function commit(batch: number) {
  const events = [
    diamondEvent('BlockCommit', batch, word('aa'), word('cc')),
    diamondEvent('ReportCommittedBatchRangeZKsyncOS', batch, batch * 100, batch * 100 + 99),
  ]
  const hash = await diamond.say(events)
  const { blockNumber } = await anvil.rpc<{ blockNumber: string }>('eth_getTransactionReceipt', [hash])
  const { timestamp } = await anvil.rpc<{ timestamp: string }>('eth_getBlockByNumber', [blockNumber, false])
  commits.set(batch, { hash, time: Number(timestamp) })
}

const servers: RpcServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

/** A provider that refuses longer ranges, and counts what it is asked. */
async function provider(
  allowed = Number.POSITIVE_INFINITY,
  refuse = refusal(-32005, 'query returned more than 10000 results'),
) {
  const server = await startRpcServer(async (request, response) => {
    const isWide = ({ method, params: [filter] }: RpcMessage) => {
      if (method !== 'eth_getLogs') return false
      const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string }
      return Number(toBlock) - Number(fromBlock) + 1 > allowed
    }
    const wide = request.messages.find(isWide)
    if (wide !== undefined) return refuse(wide, response)
    const body = JSON.stringify(request.isBatch ? request.messages : request.messages[0])
    const answer = await fetch(anvil.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    // Older nodes do not tell the time with a log.
    sendJson(response, JSON.parse((await answer.text()).replaceAll('blockTimestamp', 'unknownField')))
  })
  servers.push(server)
  return server
}

type Refuse = (message: RpcMessage, response: Parameters<typeof sendJson>[0]) => void

function refusal(code: number, text: string): Refuse {
  return ({ id }, response) => sendJson(response, { jsonrpc: '2.0', id, error: { code, message: text } })
}

async function find(urls: readonly string[], wanted: readonly WantedCommit[], address = diamond.address) {
  const { l1 } = createChainRpc({
    l1: urls.map((url, index) => ({ name: `l1-${index}`, url })),
    ...{ l2: [], gateway: [], l1ChainId: null, l2ChainId: 324, diamondProxyAddress: address },
    now: () => new Date(),
    timeoutMs: 2000,
  })
  if (l1 === null) throw new Error('no L1')
  return createCommitSearch({ l1, timelocks: createTimelockFinder() }).find(wanted, { signal })
}
const batch = (number: number, since = start): WantedCommit => ({ batch: number, block: null, since })
const block = (number: number, since: number): WantedCommit => ({ batch: null, block: number, since })
const found = (number: number) => ({ found: true, batch: number, ...commits.get(number) })
const callsTo = ({ requests }: RpcServer) => requests.flatMap(({ messages }) => messages)

it('is told by the timelock, and its transaction by one read of events', async () => {
  const server = await provider()
  expect(await find([server.url], [batch(1), batch(2)])).toMatchObject([found(1), found(2)])
  const calls = callsTo(server)
  expect(calls.length).toBeLessThanOrEqual(32)
  expect(calls.filter(({ method }) => method === 'eth_getLogs')).toHaveLength(1)
})

it('is the last commit after a revert', async () => {
  expect(await find([(await provider()).url], [batch(3)])).toMatchObject([found(3)])
})

it('is found from the time of the batch where the timelock does not know it', async () => {
  const since = (commits.get(2)?.time ?? 0) - 200
  const other = await deployScripted(anvil)
  await other.answer('getTotalBlocksCommitted() view returns (uint256)', [], 2)
  const hash = await other.say([diamondEvent('BlockCommit', 2, word('aa'), word('cc'))])
  await mine(50)
  const now = Number((await anvil.rpc<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false])).timestamp)
  expect(await find([(await provider()).url], [batch(2, now - 1000)], other.address)).toMatchObject([
    { found: true, batch: 2, hash },
  ])
  expect(since).toBeLessThan(now)
})

it('of a block is found where no node knows batches', async () => {
  const since = (commits.get(2)?.time ?? 0) - 300
  expect(await find([(await provider()).url], [block(250, since)])).toMatchObject([{ ...found(2), blocks: [200, 299] }])
})

it('that L1 does not count is surely not there', async () => {
  expect(await find([(await provider()).url], [batch(4)])).toMatchObject([{ found: false, sure: true }])
})

it.each<[string, Refuse]>([
  ['-32005', refusal(-32005, 'query returned more than 10000 results')],
  ['-32600', refusal(-32600, 'block range is too wide (maximum 500)')],
  ['a word of its own', refusal(-32000, 'requested too many blocks, maximum is set to 500')],
  ['HTTP 413', (_, response) => void response.writeHead(413).end('Payload Too Large')],
  ['a time-out of its own', refusal(-32000, 'query timeout exceeded')],
])('ranges halve on %s', async (_, refuse) => {
  const server = await provider(600, refuse)
  expect(await find([server.url], [batch(1), batch(2)])).toMatchObject([found(1), found(2)])
})

it('a search cut short keeps what the timelock noted, and is never “no event”', async () => {
  const server = await provider(2)
  const { time } = commits.get(1) ?? {}
  expect(await find([server.url], [batch(1)])).toMatchObject([{ found: true, time, hash: null }])
  const since = (commits.get(2)?.time ?? 0) - 300
  expect(await find([server.url], [block(250, since)])).toMatchObject([{ found: false, sure: false }])
})

it('another endpoint takes over where one fails in the middle', async () => {
  const failing = await provider(0, refusal(-32603, 'Internal error'))
  expect(await find([failing.url, (await provider()).url], [batch(2)])).toMatchObject([found(2)])
})

it('is unknown where nobody answers', async () => {
  const silent = await startRpcServer((_, response) => void response.writeHead(500).end())
  servers.push(silent)
  expect(await find([silent.url], [batch(2)])).toMatchObject([{ found: false, sure: false }])
})
