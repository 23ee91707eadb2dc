// Rows, RPC answers and L1 say the same of every batch and transaction, at several moments, in each generation.

import { describe, expect, test, vi } from 'vitest'
import type { Generation } from '../../sandbox/database/rows.ts'
import { withClient } from '../../sandbox/database/with-client.ts'
import { contract } from '../../sandbox/l1/contracts.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { firstChain, resultOf, startSandbox } from './support.ts'

// Each test starts servers of its own, which a busy machine may take its time over.
vi.setConfig({ testTimeout: 120_000 })

const diamondCalls = contract('Diamond')

interface BatchRow {
  readonly number: number
  readonly hash: string
  readonly commitment: string
  readonly first: number
  readonly last: number
  readonly commit: string | null
  readonly prove: string | null
  readonly execute: string | null
  readonly committed_at: string | null
}

const batchQuery = `
  SELECT b.number::int, '0x' || encode(b.hash, 'hex') AS hash, '0x' || encode(b.commitment, 'hex') AS commitment,
    min(m.number)::int AS first, max(m.number)::int AS last,
    c.tx_hash AS commit, p.tx_hash AS prove, e.tx_hash AS execute,
    to_char(c.confirmed_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS committed_at
  FROM l1_batches b JOIN miniblocks m ON m.l1_batch_number = b.number
  LEFT JOIN eth_txs ct ON ct.id = b.eth_commit_tx_id LEFT JOIN eth_txs_history c ON c.id = ct.confirmed_eth_tx_history_id
  LEFT JOIN eth_txs pt ON pt.id = b.eth_prove_tx_id LEFT JOIN eth_txs_history p ON p.id = pt.confirmed_eth_tx_history_id
  LEFT JOIN eth_txs et ON et.id = b.eth_execute_tx_id LEFT JOIN eth_txs_history e ON e.id = et.confirmed_eth_tx_history_id
  WHERE b.hash IS NOT NULL
  GROUP BY b.number, b.hash, b.commitment, c.tx_hash, p.tx_hash, e.tx_hash, c.confirmed_at
  ORDER BY b.number`

async function readBatches(sandbox: Sandbox): Promise<readonly BatchRow[]> {
  return withClient(firstChain(sandbox).database?.readUrl ?? '', async (client) => {
    return (await client.query<BatchRow>(batchQuery)).rows
  })
}

async function checkBatchWithRpc(sandbox: Sandbox, row: BatchRow): Promise<void> {
  const { l2Url } = firstChain(sandbox)
  const details = await resultOf(l2Url, 'zks_getL1BatchDetails', row.number)
  expect(details).toMatchObject({ number: row.number, rootHash: row.hash, committedAt: row.committed_at })
  expect([details.commitTxHash, details.proveTxHash, details.executeTxHash]).toEqual([
    row.commit,
    row.prove,
    row.execute,
  ])
  const range = await resultOf(l2Url, 'zks_getL1BatchBlockRange', row.number)
  expect(range.map(Number)).toEqual([row.first, row.last])
}

/** As /trace verifies: status, log of the diamond, topics. */
async function checkBatchWithL1(sandbox: Sandbox, row: BatchRow): Promise<void> {
  const { diamond } = firstChain(sandbox)
  for (const [stage, hash] of Object.entries({ commit: row.commit, prove: row.prove, execute: row.execute })) {
    if (hash === null) continue
    const receipt = await resultOf(sandbox.anvil.url, 'eth_getTransactionReceipt', hash)
    expect(receipt).toMatchObject({ status: '0x1', to: sandbox.contracts.timelock })
    const events = receipt.logs
      .filter((log: { address: string }) => log.address === diamond)
      .map((log: { topics: string[]; data: string }) => diamondCalls.parseLog(log))
    const fits = events.some((event: ReturnType<typeof diamondCalls.parseLog>) => {
      if (event === null) return false
      if (stage === 'prove') {
        const [previous, current] = event.args
        return event.name === 'BlocksVerification' && previous < row.number && row.number <= current
      }
      const name = stage === 'commit' ? 'BlockCommit' : 'BlockExecution'
      return event.name === name && event.args.join() === [row.number, row.hash, row.commitment].join()
    })
    expect(fits, `${stage} of batch ${row.number}`).toBe(true)
  }
}

async function checkCounters(sandbox: Sandbox, rows: readonly BatchRow[]): Promise<void> {
  const { diamond } = firstChain(sandbox)
  const read = async (getter: string) => {
    const data = diamondCalls.encodeFunctionData(getter)
    return Number(await resultOf(sandbox.anvil.url, 'eth_call', { to: diamond, data }, 'latest'))
  }
  const settled = (key: 'commit' | 'prove' | 'execute') => rows.filter((row) => row[key] !== null).at(-1)?.number ?? 0
  // L1 may be ahead of what the node has confirmed, never behind it.
  expect(await read('getTotalBatchesCommitted')).toBeGreaterThanOrEqual(settled('commit'))
  expect(await read('getTotalBatchesVerified')).toBeGreaterThanOrEqual(settled('prove'))
  expect(await read('getTotalBatchesExecuted')).toBeGreaterThanOrEqual(settled('execute'))
  expect(await read('getTotalBlocksExecuted')).toBe(await read('getTotalBatchesExecuted'))
}

async function checkTransactions(sandbox: Sandbox): Promise<void> {
  const { l2Url, database } = firstChain(sandbox)
  const rows = await withClient(database?.readUrl ?? '', async (client) => {
    const query = `SELECT '0x' || encode(t.hash, 'hex') AS hash, t.error, t.is_priority,
        t.miniblock_number::int AS block, m.l1_batch_number::int AS batch
      FROM transactions t LEFT JOIN miniblocks m ON m.number = t.miniblock_number
      ORDER BY t.received_at DESC LIMIT 60`
    return (await client.query(query)).rows
  })
  expect(rows.length).toBe(60)
  for (const row of rows) {
    const details = await resultOf(l2Url, 'zks_getTransactionDetails', row.hash)
    expect(details.isL1Originated).toBe(row.is_priority)
    expect(details.status === 'failed').toBe(row.error !== null)
    expect(details.status === 'pending').toBe(row.error === null && row.block === null)
    const receipt = await resultOf(l2Url, 'eth_getTransactionReceipt', row.hash)
    expect(receipt === null ? null : Number(receipt.blockNumber)).toBe(row.block)
    expect(receipt?.l1BatchNumber == null ? null : Number(receipt.l1BatchNumber)).toBe(row.batch)
  }
}

describe.each<Generation>(['2023', '2023-fri', 'core'])('generation %s', (generation) => {
  test('rows, RPC and L1 agree at every moment', async () => {
    const sandbox = await startSandbox({ generation })
    let executed = 0
    for (const seconds of [0, 3, 17, 60]) {
      await sandbox.advance(seconds)
      const rows = await readBatches(sandbox)
      for (const row of rows.slice(-14)) {
        await checkBatchWithRpc(sandbox, row)
        await checkBatchWithL1(sandbox, row)
      }
      await checkCounters(sandbox, rows)
      await checkTransactions(sandbox)
      const nowExecuted = rows.filter(({ execute }) => execute !== null).length
      expect(nowExecuted).toBeGreaterThanOrEqual(executed)
      executed = nowExecuted
    }
    expect(executed).toBeGreaterThan(0)
  })
})

test('a send that L1 has mined but the node has not confirmed is in the rows and not in the RPC', async () => {
  const sandbox = await startSandbox()
  const { settlement, l2Url, database } = firstChain(sandbox)
  const early = () =>
    settlement.ethTransactions.find(({ stage, mined, confirmed }) => stage === 'commit' && mined && !confirmed)
  for (let tries = 0; tries < 40 && !early(); tries += 1) await sandbox.advance(1)
  const found = early()
  const [batch, send] = [found?.batches[0], found?.sends[0]]
  const details = await resultOf(l2Url, 'zks_getL1BatchDetails', batch?.number)
  expect(details).toMatchObject({ commitTxHash: null, committedAt: null })
  expect((await resultOf(sandbox.anvil.url, 'eth_getTransactionReceipt', send?.hash)).status).toBe('0x1')
  const row = await withClient(database?.readUrl ?? '', async (client) => {
    return (await client.query('SELECT confirmed_at FROM eth_txs_history WHERE tx_hash = $1', [send?.hash])).rows[0]
  })
  expect(row).toEqual({ confirmed_at: null })
})

test('a deposit has the hash that L1 announced, and is followed into a block', async () => {
  const sandbox = await startSandbox()
  const { deposit, depositRequest } = sandbox.hashes()
  const receipt = await resultOf(sandbox.anvil.url, 'eth_getTransactionReceipt', depositRequest)
  const events = receipt.logs.map((log: { topics: string[]; data: string }) => diamondCalls.parseLog(log))
  expect(events[0].name).toBe('NewPriorityRequest')
  expect(events[0].args.txHash).toBe(deposit)
  const l2 = await resultOf(firstChain(sandbox).l2Url, 'eth_getTransactionReceipt', deposit)
  expect(l2).toMatchObject({ status: '0x1', l2ToL1Logs: [{ key: deposit }] })
})

test('a claimed withdrawal is claimed on L1 at the index that the node names', async () => {
  const sandbox = await startSandbox()
  const { l2Url, chainId, rollup } = firstChain(sandbox)
  const { withdrawal, claimedWithdrawal } = sandbox.hashes()
  const nullifier = contract('L1Nullifier')
  const isClaimed = async (hash: string | undefined) => {
    const { id } = await resultOf(l2Url, 'zks_getL2ToL1LogProof', hash, 0)
    const batch = rollup.transactions.get(hash ?? '')?.block?.batch.number
    const data = nullifier.encodeFunctionData('isWithdrawalFinalized', [chainId, batch, id])
    return (
      Number(await resultOf(sandbox.anvil.url, 'eth_call', { to: sandbox.contracts.nullifier, data }, 'latest')) === 1
    )
  }
  expect(await isClaimed(claimedWithdrawal)).toBe(true)
  expect(await isClaimed(withdrawal)).toBe(false)
})
