// The sandbox's RPC nodes and L1 endpoints: each fault changes what its server says, and taking it back repairs it.

import { Wallet } from 'ethers'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import { ask, firstChain, fixedNow, resultOf } from './support.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

let sandbox: Sandbox

beforeAll(async () => {
  const small = { historyBatches: 14, speed: 12, now: fixedNow, postgresUrl: inject('postgresUrl') }
  sandbox = await createSandbox({ ...small, sources: 'all' })
})
afterAll(() => sandbox?.stop())
afterEach(async () => {
  for (const fault of ['rpcs', 'l1'] as const) await sandbox.set(fault, 'none')
})

const urlIn = (list: string | undefined, name: string) =>
  (list ?? '')
    .split(',')
    .find((one) => one.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''
const l2 = (name: string) => urlIn(sandbox.environment.L2_RPC_URLS, name)
const l1 = (name: string) => urlIn(sandbox.environment.L1_RPC_URLS, name)
const head = async (url: string) => Number(await resultOf(url, 'eth_blockNumber'))
const statusOf = async (url: string) => (await fetch(url, { method: 'POST', body: '{}' })).status

describe('the L2 nodes', () => {
  it('are the main node, an external node that copies it, and a balancer', async () => {
    const names = (sandbox.environment.L2_RPC_URLS ?? '').split(',').map((one) => one.split('=')[0])
    expect(names).toEqual(['main-rpc', 'external-rpc', 'balancer'])
    const newest = firstChain(sandbox).rollup.blocks.at(-1)
    expect(await head(l2('main-rpc'))).toBe(newest?.number)
    for (const name of ['external-rpc', 'balancer']) {
      const block = await resultOf(l2(name), 'eth_getBlockByNumber', 'latest', false)
      const own = await resultOf(l2('main-rpc'), 'eth_getBlockByNumber', block.number, false)
      expect(block).toEqual(own)
      expect((newest?.number ?? 0) - Number(block.number)).toBeLessThanOrEqual(6)
    }
  })

  it('stuck: one shows nothing new, not even of L1, while the others go on', async () => {
    await sandbox.set('external-rpc', 'stuck')
    const url = l2('external-rpc')
    const { batch = 0 } = sandbox.hashes()
    const say = () =>
      Promise.all([
        head(url),
        resultOf(url, 'zks_L1BatchNumber'),
        resultOf(url, 'zks_getL1BatchDetails', batch + 1),
        resultOf(url, 'eth_getBlockByNumber', 'finalized', false),
      ])
    const before = await say()
    await sandbox.advance(90)
    expect(await say()).toEqual(before)
    expect(await head(l2('main-rpc'))).toBeGreaterThan((before[0] ?? 0) + 60)
    expect(await resultOf(l2('main-rpc'), 'zks_getL1BatchDetails', batch + 1)).not.toEqual(before[2])
  })

  it('lagging: two minutes behind, and moving', async () => {
    await sandbox.set('external-rpc', 'lagging')
    const timeOf = async () =>
      Number((await resultOf(l2('external-rpc'), 'eth_getBlockByNumber', 'latest', false)).timestamp)
    const before = await timeOf()
    expect(sandbox.now() - before).toBeGreaterThanOrEqual(120)
    await sandbox.advance(10)
    expect(await timeOf()).toBeGreaterThan(before)
  })

  it('every one stuck: the sequencer and its commits go on without them', async () => {
    await sandbox.set('rpcs', 'stuck')
    const heads = () => Promise.all(['main-rpc', 'external-rpc', 'balancer'].map((name) => head(l2(name))))
    const before = await heads()
    const sealed = Number(await resultOf(l2('main-rpc'), 'zks_L1BatchNumber'))
    await sandbox.advance(120)
    expect(await heads()).toEqual(before)
    const { settlement, rollup } = firstChain(sandbox)
    const committed = settlement.ethTransactions.findLast((one) => one.stage === 'commit' && one.confirmed)
    expect(committed?.batches.at(-1)?.number).toBeGreaterThan(sealed)
    expect(rollup.blocks.length).toBeGreaterThan(before[0] ?? 0)
  })

  it('uneven: the balancer answers now from one backend, now from one behind it', async () => {
    await sandbox.set('balancer', 'uneven')
    const heads = [await head(l2('balancer')), await head(l2('balancer')), await head(l2('balancer'))]
    const [low, high] = [Math.min(...heads), Math.max(...heads)]
    expect(high - low).toBeGreaterThan(60)
    const hash = async (url: string) =>
      (await resultOf(url, 'eth_getBlockByNumber', `0x${low.toString(16)}`, false)).hash
    expect(await hash(l2('balancer'))).toBe(await hash(l2('main-rpc')))
    await sandbox.set('balancer', 'none')
  })

  it('wrong chain, down, limited, failing, flapping', async () => {
    const url = l2('external-rpc')
    await sandbox.set('external-rpc', 'wrong-chain')
    expect(Number(await resultOf(url, 'eth_chainId'))).toBe(1270)
    await sandbox.set('external-rpc', 'down')
    await expect(statusOf(url)).rejects.toThrow()
    await sandbox.set('external-rpc', 'rate-limited')
    expect(await statusOf(url)).toBe(429)
    await sandbox.set('external-rpc', 'error')
    expect(await statusOf(url)).toBe(500)
    await sandbox.set('external-rpc', 'flapping')
    expect([await statusOf(url), await statusOf(url), await statusOf(url)].sort()).toContain(502)
    await sandbox.set('external-rpc', 'none')
    expect(Number(await resultOf(url, 'eth_chainId'))).toBe(270)
  })

  it('take a signed transaction, and refuse a used nonce, another chain, and what is none', async () => {
    const wallet = Wallet.createRandom()
    const plain = {
      to: wallet.address,
      chainId: 270,
      gasLimit: 21_000n,
      maxFeePerGas: 1n,
      maxPriorityFeePerGas: 0n,
      type: 2,
    }
    const url = l2('main-rpc')
    const raw = await wallet.signTransaction({ ...plain, nonce: 0 })
    const hash = await resultOf(url, 'eth_sendRawTransaction', raw)
    expect(await resultOf(url, 'eth_getTransactionByHash', hash)).toMatchObject({ blockNumber: null })
    await sandbox.advance(10)
    expect((await resultOf(url, 'eth_getTransactionReceipt', hash)).status).toBe('0x1')
    expect(await resultOf(url, 'eth_getTransactionCount', wallet.address, 'latest')).toBe('0x1')
    expect((await ask(url, 'eth_sendRawTransaction', raw)).error?.message).toMatch(/nonce too low/)
    const foreign = await wallet.signTransaction({ ...plain, chainId: 1, nonce: 1 })
    expect((await ask(url, 'eth_sendRawTransaction', foreign)).error?.message).toMatch(/wrong chain/)
    expect((await ask(url, 'eth_sendRawTransaction', '0x12')).error?.code).toBe(-32602)
  })
})

describe('the L1 endpoints', () => {
  it('both say what the EVM says, in batches too', async () => {
    const calls = ['eth_chainId', 'eth_blockNumber'].map((method, id) => ({ jsonrpc: '2.0', id, method, params: [] }))
    const post = async (url: string) =>
      (
        await fetch(url, {
          method: 'POST',
          body: JSON.stringify(calls),
          headers: { 'content-type': 'application/json' },
        })
      ).json()
    expect(await post(l1('first-l1'))).toEqual(await post(sandbox.anvil.url))
    expect(await post(l1('second-l1'))).toEqual(await post(sandbox.anvil.url))
  })

  it('old: knows no later block, receipt, log or state', async () => {
    const url = l1('second-l1')
    await sandbox.set('second-l1', 'old')
    const before = await head(url)
    await sandbox.advance(60)
    expect(await head(url)).toBe(before)
    expect(Number((await resultOf(url, 'eth_getBlockByNumber', 'latest', false)).number)).toBe(before)
    const top = await head(l1('first-l1'))
    expect(top).toBeGreaterThan(before)
    expect(await resultOf(url, 'eth_getBlockByNumber', `0x${top.toString(16)}`, false)).toBeNull()
    const { diamond, settlement } = firstChain(sandbox)
    const data = { to: diamond, data: '0xdb1f0bf9' }
    expect((await ask(url, 'eth_call', data, `0x${top.toString(16)}`)).error?.message).toBe('header not found')
    expect(await resultOf(url, 'eth_call', data, 'latest')).toMatch(/^0x[0-9a-f]{64}$/)
    const logs = await resultOf(url, 'eth_getLogs', { address: diamond, fromBlock: '0x0', toBlock: 'latest' })
    expect(Math.max(...logs.map((log: { blockNumber: string }) => Number(log.blockNumber)))).toBeLessThanOrEqual(before)
    const last = settlement.ethTransactions.findLast(({ mined }) => (mined?.block ?? 0) > before)
    expect(await resultOf(url, 'eth_getTransactionReceipt', last?.mined?.send.hash)).toBeNull()
  })

  it('reorg: the newest blocks have other hashes, consistently', async () => {
    const url = l1('first-l1')
    const latest = (at: string) => resultOf(url, 'eth_getBlockByNumber', at, false)
    const before = await latest('latest')
    await sandbox.set('first-l1', 'reorg')
    const after = await latest(before.number)
    expect(after.hash).not.toBe(before.hash)
    expect(await resultOf(url, 'eth_getBlockByHash', after.hash, false)).toEqual(after)
    expect(await resultOf(url, 'eth_getBlockByHash', before.hash, false)).toBeNull()
    await sandbox.advance(10)
    const child = await latest(`0x${(Number(before.number) + 1).toString(16)}`)
    expect(child.parentHash).toBe(after.hash)
  })

  it('wrong chain, down, limited', async () => {
    await sandbox.set('first-l1', 'wrong-chain')
    expect(await resultOf(l1('first-l1'), 'eth_chainId')).toBe('0x1')
    await sandbox.set('l1', 'rate-limited')
    expect([await statusOf(l1('first-l1')), await statusOf(l1('second-l1'))]).toEqual([429, 429])
    await sandbox.set('l1', 'down')
    await expect(statusOf(l1('second-l1'))).rejects.toThrow()
  })
})

it('a small sandbox says which sources it does not have', async () => {
  const small = { historyBatches: 1, speed: 12, now: fixedNow, postgresUrl: inject('postgresUrl') }
  const alone = await createSandbox(small)
  try {
    await expect(alone.set('explorer', 'stuck')).rejects.toThrow(/ask for sources: 'all'/)
    await alone.set('main-rpc', 'stuck')
  } finally {
    await alone.stop()
  }
})
