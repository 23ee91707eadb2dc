// The sandbox as a whole: scenarios show what they promise, seeds repeat, logins are limited, nothing is left behind.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createSandbox } from '../../sandbox/sandbox.ts'
import { goldenTransaction } from '../../sandbox/scenarios/golden.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { ask, firstChain, fixedNow, resultOf, startSandbox } from './support.ts'

// Each test starts servers of its own, which a busy machine may take its time over.
vi.setConfig({ testTimeout: 120_000 })

test('the steady scenario has somebody in every stage', async () => {
  const sandbox = await startSandbox()
  const found = Object.keys(sandbox.hashes())
  const wanted = [
    'pending',
    'included',
    'sealed',
    'committed',
    'proven',
    'executed',
    'withdrawal',
    'reverted',
    'deposit',
  ]
  expect(found).toEqual(expect.arrayContaining([...wanted, 'rejected', 'l1Commit', 'l1Prove', 'l1Execute', 'batch']))
})

test('gas-spike: a commit was sent several times with rising fees and none is mined', async () => {
  const sandbox = await startSandbox({ scenario: 'gas-spike' })
  const rows = await withClient(firstChain(sandbox).database?.readUrl ?? '', async (client) => {
    const query = `SELECT t.id, t.tx_type, h.tx_hash, h.base_fee_per_gas::float8 AS fee FROM eth_txs t JOIN eth_txs_history h
      ON h.eth_tx_id = t.id WHERE t.confirmed_eth_tx_history_id IS NULL ORDER BY t.id, h.id`
    return (await client.query(query)).rows
  })
  const stuck = rows.filter(({ id }) => id === rows[0].id)
  expect(stuck.length).toBe(4)
  expect(stuck.map(({ fee }) => fee)).toEqual(stuck.map(({ fee }) => fee).sort((one, other) => one - other))
  const receipts = await Promise.all(
    stuck.map(({ tx_hash }) => resultOf(sandbox.anvil.url, 'eth_getTransactionReceipt', tx_hash)),
  )
  expect(receipts).toEqual([null, null, null, null])
  const head = await resultOf(sandbox.anvil.url, 'eth_getBlockByNumber', 'latest', false)
  expect(Number(head.baseFeePerGas)).toBe(240e9)
})

test('sender-failed: L1 refused a commit, and nothing was sent since', async () => {
  const sandbox = await startSandbox({ scenario: 'sender-failed' })
  const { database, settlement } = firstChain(sandbox)
  const failed = settlement.ethTransactions.find((one) => one.failed)
  const receipt = await resultOf(sandbox.anvil.url, 'eth_getTransactionReceipt', failed?.sends[0]?.hash)
  expect(receipt.status).toBe('0x0')
  const rows = await withClient(database?.readUrl ?? '', async (client) => {
    return (await client.query('SELECT id, tx_type FROM eth_txs WHERE has_failed')).rows
  })
  expect(rows).toEqual([{ id: failed?.id, tx_type: expect.stringMatching(/CommitBlocks|Precommit/) }])
  const sends = settlement.ethTransactions.flatMap((one) => one.sends).length
  await sandbox.advance(60)
  expect(settlement.ethTransactions.flatMap((one) => one.sends).length).toBe(sends)
})

test('golden: the rows of the golden trace are there, exactly', async () => {
  const sandbox = await startSandbox({ scenario: 'golden' })
  const rows = await withClient(firstChain(sandbox).database?.readUrl ?? '', async (client) => {
    const query = `SELECT t.miniblock_number::int AS block, b.number::int AS batch, b.is_finished,
        b.eth_commit_tx_id, b.eth_prove_tx_id, b.eth_execute_tx_id, e.nonce::int, e.contract_address, e.tx_type,
        e.has_failed, e.tx_status, h.id AS history, h.tx_hash, h.confirmed_at::text
      FROM transactions t JOIN miniblocks m ON m.number = t.miniblock_number JOIN l1_batches b ON b.number = m.l1_batch_number
      JOIN eth_txs e ON e.id = b.eth_commit_tx_id JOIN eth_txs_history h ON h.id = e.confirmed_eth_tx_history_id
      WHERE t.hash = decode($1, 'hex')`
    return (await client.query(query, [goldenTransaction.slice(2)])).rows
  })
  expect(rows).toEqual([
    {
      block: 15841,
      batch: 7670,
      is_finished: true,
      eth_commit_tx_id: 41073,
      eth_prove_tx_id: 41148,
      eth_execute_tx_id: 41151,
      nonce: 41091,
      contract_address: '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8',
      tx_type: 'CommitBlocks',
      has_failed: false,
      tx_status: 'Done',
      history: 43194,
      tx_hash: '0x0b01e199877faef52b95477119f53bf546a2915bc903132331f41542e58da53d',
      confirmed_at: '2023-09-18 03:50:19.059576',
    },
  ])
})

test('the same seed gives the same hashes, another seed others', async () => {
  const small = { historyBatches: 10 }
  const one = await startSandbox(small)
  const same = await startSandbox(small)
  const other = await startSandbox({ ...small, seed: 'another' })
  expect(same.hashes()).toEqual(one.hashes())
  expect(other.hashes().executed).not.toBe(one.hashes().executed)
  await one.advance(20)
  for (let second = 0; second < 20; second += 1) await same.advance(1)
  expect(same.hashes()).toEqual(one.hashes())
})

test('the read login cannot write; the control login may update prover rows and keep a schema of its own', async () => {
  const sandbox = await startSandbox()
  const { environment } = sandbox
  await withClient(environment.CORE_DATABASE_URL ?? '', async (client) => {
    await expect(client.query('DELETE FROM transactions')).rejects.toThrow(/permission denied/)
    await expect(client.query('CREATE TABLE mine (n int)')).rejects.toThrow(/permission denied/)
  })
  await withClient(environment.PROVER_CONTROL_DATABASE_URL ?? '', async (client) => {
    await client.query(`UPDATE prover_jobs_fri SET status = 'queued'`)
    await client.query('CREATE SCHEMA rollcall')
    await expect(client.query('DELETE FROM prover_jobs_fri')).rejects.toThrow(/permission denied/)
  })
})

test('several chains share L1 and have settings with their names', async () => {
  const sandbox = await startSandbox({ chains: ['era', 'testnet'], historyBatches: 4 })
  expect(sandbox.environment.CHAINS).toBe('era,testnet')
  expect(sandbox.environment.ERA_L1_RPC_URLS).toBe(sandbox.environment.TESTNET_L1_RPC_URLS)
  expect(sandbox.environment.ERA_CORE_DATABASE_URL).not.toBe(sandbox.environment.TESTNET_CORE_DATABASE_URL)
  const ids = await Promise.all(sandbox.chains.map(({ l2Url }) => resultOf(l2Url, 'eth_chainId')))
  expect(ids.map(Number)).toEqual([270, 271])
  expect(new Set(sandbox.chains.map(({ diamond }) => diamond)).size).toBe(2)
})

test('a ZKsync OS chain has no database, no batch methods, and tells block ranges on L1', async () => {
  const sandbox = await startSandbox({ flavour: 'zksync-os' })
  const { l2Url, diamond, rollup } = firstChain(sandbox)
  expect(Object.keys(sandbox.environment).sort()).toEqual(['L1_RPC_URLS', 'L2_RPC_URLS'])
  expect((await ask(l2Url, 'zks_L1BatchNumber')).error?.code).toBe(-32601)
  const heights = await Promise.all(
    ['finalized', 'safe', 'latest'].map((tag) => resultOf(l2Url, 'eth_getBlockByNumber', tag, false)),
  )
  const numbers = heights.map(({ number }) => Number(number))
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
  expect(new Set(numbers).size).toBe(3)
  const topics = ['0xa2ac105688fc09c2584d6b2e79dd0fc14e6003a20c62ac45aa858e8ed12bb7bb']
  const logs = await resultOf(sandbox.anvil.url, 'eth_getLogs', { fromBlock: '0x0', address: diamond, topics })
  const blocks = rollup.batches[1]?.blocks ?? []
  expect(logs[0].topics.slice(1).map(Number)).toEqual([1, blocks[0]?.number, blocks.at(-1)?.number])
})

test('the L2 node answers batches and refuses what a real node refuses', async () => {
  const { l2Url } = firstChain(await startSandbox({ historyBatches: 1 }))
  const post = async (body: string) => (await fetch(l2Url, { method: 'POST', body })).json()
  const calls = ['eth_chainId', 'no_such_method'].map((method, id) => ({ jsonrpc: '2.0', id, method, params: [] }))
  expect(await post(JSON.stringify(calls))).toMatchObject([
    { id: 0, result: '0x10e' },
    { id: 1, error: { code: -32601 } },
  ])
  expect(await post('not json')).toMatchObject({ error: { code: -32700 } })
  expect((await ask(l2Url, 'zks_getL1BatchDetails', '0x1')).error?.code).toBe(-32602)
  expect((await ask(l2Url, 'eth_getTransactionByHash', '0x12')).error?.code).toBe(-32602)
  expect(await resultOf(l2Url, 'zks_getL1BatchDetails', 999)).toBeNull()
  expect((await fetch(l2Url)).status).toBe(405)
})

test('following the wall clock makes blocks, and stop leaves no database, role, folder or server', async () => {
  const sandbox = await createSandbox({ historyBatches: 1, speed: 12, postgresUrl: inject('postgresUrl') })
  const failures: unknown[] = []
  sandbox.run((error) => failures.push(error))
  const { l2Url, rollup, database } = firstChain(sandbox)
  // Only its own: other sandboxes of this run live on the same server.
  const stem = new URL(database?.readUrl ?? '').pathname.slice(1)
  const owned = () =>
    withClient(inject('postgresUrl'), async (client) => {
      const query = `SELECT datname FROM pg_database WHERE starts_with(datname, $1) UNION ALL
        SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)`
      return (await client.query(query, [stem])).rows.length
    })
  expect(await owned()).toBe(4)
  const start = rollup.blocks.length
  await expect.poll(() => rollup.blocks.length, { timeout: 25_000 }).toBeGreaterThan(start)
  await sandbox.stop()
  await sandbox.stop()
  expect(failures).toEqual([])
  await expect(fetch(l2Url)).rejects.toThrow()
  await expect(fetch(sandbox.anvil.url)).rejects.toThrow()
  expect(await owned()).toBe(0)
  expect(existsSync(sandbox.anvil.directory)).toBe(false)
})

test('the fixed start of a sandbox is its clock', async () => {
  const sandbox = await startSandbox({ historyBatches: 1 })
  expect(sandbox.now()).toBe(fixedNow.getTime() / 1000)
  const head = await resultOf(firstChain(sandbox).l2Url, 'eth_getBlockByNumber', 'latest', false)
  expect(Number(head.timestamp)).toBe(sandbox.now())
})

test('the golden rows fit a test database of 2023 alone', async () => {
  const { writeGoldenRows } = await import('../../sandbox/scenarios/golden.ts')
  const database = await createTestDatabase('2023')
  try {
    await withClient(database.url, writeGoldenRows)
    await withClient(database.url, writeGoldenRows)
  } finally {
    await database.drop()
  }
})

test('kill -9 of the process that owns a sandbox ends its servers and removes their folders', {
  timeout: 90_000,
}, async () => {
  const program = `
    import { createSandbox } from './sandbox/sandbox.ts'
    const sandbox = await createSandbox({ historyBatches: 1, speed: 12 })
    console.log(JSON.stringify(sandbox.environment))`
  const folder = await mkdtemp(path.join(os.tmpdir(), 'rollcall-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const environment: Record<string, string> = JSON.parse(String(line))
  const l1 = (environment.L1_RPC_URLS ?? '').replace(/^.*?=/, '')
  expect(Number(await resultOf(l1, 'eth_chainId'))).toBe(31337)
  child.kill('SIGKILL')
  const l1Answers = () =>
    fetch(l1).then(
      () => true,
      () => false,
    )
  const databaseSays = () =>
    withClient(environment.CORE_DATABASE_URL ?? '', async () => 'open').catch(({ code }) => code)
  await expect.poll(l1Answers, { timeout: 20_000 }).toBe(false)
  await expect.poll(databaseSays, { timeout: 20_000 }).toBe('ECONNREFUSED')
  const left = async () => (await readdir(folder)).filter((name) => name.startsWith('rollcall'))
  await expect.poll(left, { timeout: 20_000 }).toEqual([])
})
