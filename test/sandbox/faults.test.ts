// The sandbox's switches for the chain itself: what the node's database and L1 show while each is on, and afterwards.

import { Wallet } from 'ethers'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { contract } from '../../sandbox/l1/contracts.ts'
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import { firstChain, fixedNow, resultOf } from './support.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 })

const diamondCalls = contract('Diamond')
let sandbox: Sandbox

beforeAll(async () => {
  const settings = { historyBatches: 20, speed: 12, now: fixedNow, postgresUrl: inject('postgresUrl') }
  sandbox = await createSandbox(settings)
})
afterAll(() => sandbox?.stop())

async function onL1(getter: string): Promise<bigint> {
  const call = { to: firstChain(sandbox).diamond, data: diamondCalls.encodeFunctionData(getter) }
  return BigInt(await resultOf(sandbox.anvil.url, 'eth_call', call, 'latest'))
}

const counters = async () => ({
  committed: await onL1('getTotalBatchesCommitted'),
  verified: await onL1('getTotalBatchesVerified'),
  executed: await onL1('getTotalBatchesExecuted'),
})
const blocks = () => firstChain(sandbox).rollup.blocks.length
const inDatabase = async (query: string) =>
  withClient(firstChain(sandbox).database?.readUrl ?? '', async (client) => (await client.query(query)).rows)
const waiting = () => inDatabase('SELECT 1 FROM transactions WHERE miniblock_number IS NULL AND error IS NULL')

/** Somebody new sends a transaction to the node: its hash. */
async function send(): Promise<string> {
  const raw = await Wallet.createRandom().signTransaction({
    type: 2,
    chainId: 270,
    nonce: 0,
    to: `0x${'1'.repeat(40)}`,
    value: 1,
    gasLimit: 21_000,
    maxFeePerGas: 10n ** 9n,
    maxPriorityFeePerGas: 0,
  })
  const hash = await resultOf(firstChain(sandbox).l2Url, 'eth_sendRawTransaction', raw)
  await sandbox.advance(1)
  return hash
}

/** Long enough for a few batches to pass every stage. */
const aWhile = 40

describe('the sequencer', () => {
  it('halted: transactions and a deposit wait while no block comes, and are served afterwards', async () => {
    const before = blocks()
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(60)
    expect(blocks()).toBe(before)
    const waiting = await inDatabase(
      `SELECT count(*)::int AS all, count(*) FILTER (WHERE is_priority)::int AS priority FROM transactions
       WHERE miniblock_number IS NULL AND error IS NULL`,
    )
    expect(waiting[0].all).toBeGreaterThan(50)
    expect(waiting[0].priority).toBeGreaterThan(0)
    expect(await onL1('getPriorityQueueSize')).toBeGreaterThan(0n)
    await sandbox.set('sequencer', 'none')
    await sandbox.advance(10)
    expect(blocks()).toBeGreaterThan(before)
    const left = await inDatabase('SELECT 1 FROM transactions WHERE miniblock_number IS NULL AND error IS NULL')
    expect(left.length).toBeLessThanOrEqual(1)
  })

  it('accepting: a node takes transactions, no block comes, and nobody deposits', async () => {
    await sandbox.set('sequencer', 'accepting')
    // Whoever had deposited already is on L1 by now.
    await sandbox.advance(5)
    const before = { blocks: blocks(), requests: await onL1('getTotalPriorityTxs') }
    await sandbox.advance(60)
    const accepted = await send()
    expect(await resultOf(firstChain(sandbox).l2Url, 'eth_getTransactionByHash', accepted)).toMatchObject({
      blockNumber: null,
    })
    expect({ blocks: blocks(), requests: await onL1('getTotalPriorityTxs') }).toEqual(before)
    expect((await waiting()).length).toBeGreaterThan(50)
    await sandbox.set('sequencer', 'none')
    await sandbox.advance(10)
    expect(await resultOf(firstChain(sandbox).l2Url, 'eth_getTransactionByHash', accepted)).toMatchObject({
      blockNumber: expect.stringMatching(/^0x/),
    })
  })

  it('unwanted: no block comes, and nobody waits for one; whoever sends now is not served', async () => {
    await sandbox.set('sequencer', 'unwanted')
    const before = blocks()
    await sandbox.advance(60)
    expect([blocks(), await waiting()]).toEqual([before, []])
    await send()
    await sandbox.advance(10)
    expect([blocks(), (await waiting()).length]).toEqual([before, 1])
    await sandbox.set('sequencer', 'none')
    await sandbox.advance(10)
    expect(blocks()).toBeGreaterThan(before)
  })

  it('slow: ten times fewer blocks', async () => {
    const before = blocks()
    await sandbox.set('sequencer', 'slow')
    await sandbox.advance(60)
    expect(blocks() - before).toBe(6)
    await sandbox.set('sequencer', 'none')
  })

  it('quiet: nobody sends anything, so nothing waits and no block comes', async () => {
    await sandbox.set('traffic', 'quiet')
    await sandbox.advance(5)
    const before = blocks()
    await sandbox.advance(40)
    expect(blocks()).toBe(before)
    expect(await inDatabase('SELECT 1 FROM transactions WHERE miniblock_number IS NULL AND error IS NULL')).toEqual([])
    await sandbox.set('traffic', 'busy')
    await sandbox.advance(10)
    expect(blocks()).toBeGreaterThan(before)
  })
})

describe('the clock of the machine that looks', () => {
  it('ahead and behind: ten minutes off, while every chain goes on by its own', async () => {
    const off = () => sandbox.localNow() - sandbox.now()
    expect(off()).toBe(0)
    const before = blocks()
    await sandbox.set('clock', 'ahead')
    await sandbox.advance(10)
    expect([off(), blocks() - before]).toEqual([600, 10])
    await sandbox.set('clock', 'behind')
    expect(off()).toBe(-600)
    await sandbox.set('clock', 'none')
    expect(off()).toBe(0)
  })
})

describe('what goes to L1', () => {
  it.each(['gas', 'balance', 'paused'] as const)(
    'commits halted by %s: blocks go on; commits catch up afterwards',
    async (why) => {
      await sandbox.set('commits', why)
      await sandbox.advance(10)
      const [before, height] = [await counters(), blocks()]
      await sandbox.advance(aWhile)
      expect((await counters()).committed).toBe(before.committed)
      expect(blocks()).toBeGreaterThan(height + 35)
      await sandbox.set('commits', 'none')
      await sandbox.advance(aWhile)
      expect((await counters()).committed).toBeGreaterThan(before.committed + 3n)
      expect(firstChain(sandbox).settlement.ethTransactions.filter(({ failed }) => failed)).toEqual([])
    },
  )

  it('proofs halted: commits go on', async () => {
    await sandbox.set('proofs', 'halted')
    await sandbox.advance(10)
    const before = await counters()
    await sandbox.advance(aWhile)
    const after = await counters()
    expect(after.verified).toBe(before.verified)
    expect(after.committed).toBeGreaterThan(before.committed)
    await sandbox.set('proofs', 'none')
    await sandbox.advance(aWhile)
    expect((await counters()).verified).toBeGreaterThan(before.verified)
  })

  it.each(['halted', 'delayed'] as const)('execution %s: proofs go on', async (how) => {
    await sandbox.set('execution', how)
    await sandbox.advance(10)
    const before = await counters()
    await sandbox.advance(aWhile)
    const after = await counters()
    expect(after.executed).toBe(before.executed)
    expect(after.verified).toBeGreaterThan(before.verified)
    const timelock = {
      to: sandbox.contracts.timelock,
      data: contract('ValidatorTimelock').encodeFunctionData('executionDelay'),
    }
    const delay = Number(await resultOf(sandbox.anvil.url, 'eth_call', timelock, 'latest'))
    expect(delay).toBe(how === 'delayed' ? 86_400 : sandbox.pace.executionDelay)
    await sandbox.set('execution', 'none')
    await sandbox.advance(aWhile)
    expect((await counters()).executed).toBeGreaterThan(before.executed)
  })

  it('reverted: L1 takes commits back and says so; they come again', async () => {
    const { diamond } = firstChain(sandbox)
    await sandbox.set('reverted', true)
    const before = await counters()
    await sandbox.advance(30)
    const during = await counters()
    expect(during.committed).toBeLessThan(before.committed)
    const topics = [diamondCalls.getEvent('BlocksRevert')?.topicHash]
    const logs = await resultOf(sandbox.anvil.url, 'eth_getLogs', { address: diamond, fromBlock: '0x0', topics })
    expect(logs.length).toBe(1)
    const again = Number(during.committed) + 1
    expect(await inDatabase(`SELECT eth_commit_tx_id FROM l1_batches WHERE number = ${again}`)).toEqual([
      { eth_commit_tx_id: null },
    ])
    await sandbox.set('reverted', false)
    await sandbox.advance(aWhile)
    expect((await counters()).committed).toBeGreaterThan(before.committed)
  })

  it('frozen: L1 says so and nothing more is settled, until it is not', async () => {
    await sandbox.set('frozen', true)
    await sandbox.advance(10)
    expect(await onL1('isDiamondStorageFrozen')).toBe(1n)
    const before = await counters()
    await sandbox.advance(30)
    expect(await counters()).toEqual(before)
    await sandbox.set('frozen', false)
    await sandbox.advance(aWhile)
    expect((await counters()).executed).toBeGreaterThan(before.executed)
  })

  it('gateway: the chain settles elsewhere, and its counters on L1 stand still', async () => {
    const { chainId } = firstChain(sandbox)
    const layer = async () => {
      const data = contract('Bridgehub').encodeFunctionData('settlementLayer', [chainId])
      return Number(await resultOf(sandbox.anvil.url, 'eth_call', { to: sandbox.contracts.bridgehub, data }, 'latest'))
    }
    await sandbox.set('gateway', true)
    await sandbox.advance(10)
    expect([(await onL1('getSettlementLayer')) > 0n, await layer()]).toEqual([true, 506])
    const before = await counters()
    await sandbox.advance(30)
    expect(await counters()).toEqual(before)
    await sandbox.set('gateway', false)
    await sandbox.advance(aWhile)
    expect([await onL1('getSettlementLayer'), await layer()]).toEqual([0n, 31337])
    expect((await counters()).committed).toBeGreaterThan(before.committed)
  })

  it('failed: L1 refuses a commit, the sender stops, and only another sandbox helps', async () => {
    await sandbox.set('commits', 'failed')
    await sandbox.advance(60)
    expect((await inDatabase('SELECT 1 FROM eth_txs WHERE has_failed')).length).toBeGreaterThan(0)
    await expect(sandbox.set('commits', 'none')).rejects.toThrow(/another sandbox/)
  })
})
