// What only today's core database, an external node or a narrow login shows.
import { afterEach, describe, expect, it } from 'vitest'
import type { SchemaName } from '../../sandbox/database/schema.ts'
import { withClient } from '../../sandbox/database/with-client.ts'
import { bytes, insertRows, type Row } from '../support/node-rows.ts'
import { createTestDatabase, uniqueName } from '../support/postgres.ts'
import { type TraceBench, traceOn } from '../support/trace-on.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

type Rows = (readonly [string, Row])[]

async function databaseWith(rows: Rows, schema: SchemaName = 'core'): Promise<string> {
  const database = await createTestDatabase(schema)
  cleanups.push(() => database.drop())
  await withClient(database.url, async (client) => {
    await client.query(`SET session_replication_role = replica`)
    await insertRows(client, rows)
  })
  return database.url
}

function benchOn(url: string): TraceBench {
  const bench = traceOn(url)
  cleanups.push(() => bench.end())
  return bench
}

const trace = async (rows: Rows, input: string) => benchOn(await databaseWith(rows)).trace(input)

const hash = (digit: string) => `0x${digit.repeat(64)}`
const block = (number: number, row: Row = {}): readonly [string, Row] => [
  'miniblocks',
  { number, timestamp: 1_780_000_000 + number, hash: bytes(hash('c')), ...row },
]
const ethTx = (id: number, row: Row): readonly [string, Row] => ['eth_txs', { id, nonce: id, ...row }]
const history = (id: number, ethTxId: number, digit: string, row: Row = {}): readonly [string, Row] => [
  'eth_txs_history',
  { id, eth_tx_id: ethTxId, tx_hash: hash(digit), ...row },
]

describe('today’s core database', () => {
  it('shows the precommit of a block where the chain precommits', async () => {
    const { stages } = await trace(
      [
        ethTx(1, { tx_type: 'Precommit', confirmed_eth_tx_history_id: 11 }),
        history(11, 1, '1', { confirmed_at: '2026-06-01 10:00:00', finality_status: 'fast_finalized' }),
        ethTx(2, { tx_type: 'Precommit', confirmed_eth_tx_history_id: 12 }),
        history(12, 2, '2', { confirmed_at: '2026-06-01 10:00:05', finality_status: 'finalized' }),
        ethTx(3, {}),
        [
          'l1_batches',
          { number: 5, eth_commit_tx_id: 3, final_precommit_eth_tx_id: 2, sealed_at: '2026-06-01 10:00:01.5' },
        ],
        block(50, { l1_batch_number: 5, eth_precommit_tx_id: 1 }),
        block(51, { l1_batch_number: 5, eth_precommit_tx_id: 2 }),
      ],
      'block 50',
    )
    expect(stages.map(({ stage, state }) => [stage, state])).toEqual([
      ['precommit', 'done'],
      ['commit', 'queued'],
      ['prove', 'waiting'],
      ['execute', 'waiting'],
    ])
    expect(stages[0]).toMatchObject({ ethTxId: 1, hash: hash('1'), finality: 'fast_finalized' })
  })

  it('shows the precommit of a block whose batch is still open', async () => {
    const facts = await trace(
      [
        ethTx(1, { tx_type: 'Precommit' }),
        history(11, 1, '1'),
        ['l1_batches', { number: 5, is_sealed: false, timestamp: 1_780_000_049 }],
        block(50, { eth_precommit_tx_id: 1 }),
      ],
      hash('1'),
    )
    expect(facts).toMatchObject({
      block: { number: 50 },
      batch: { number: 5, sealed: false },
      settled: { stage: 'precommit', hash: hash('1') },
    })
    expect(facts.stages[0]).toMatchObject({ stage: 'precommit', state: 'sent', hash: hash('1') })
  })

  it('takes the newest send that a node accepted, not the newest that was tried', async () => {
    const { stages } = await trace(
      [
        ethTx(1, { from_addr: bytes('ab'.repeat(20)) }),
        history(11, 1, '1', { sent_successfully: true, blob_base_fee_per_gas: 7 }),
        history(12, 1, '2', { sent_successfully: false }),
        ['l1_batches', { number: 5, eth_commit_tx_id: 1, sealed_at: '2026-06-01 10:00:01.5' }],
        block(50, { l1_batch_number: 5 }),
      ],
      'batch 5',
    )
    expect(stages[0]).toMatchObject({
      state: 'sent',
      hash: hash('1'),
      sends: 1,
      from: `0x${'ab'.repeat(20)}`,
      lastGas: { blobBaseFeePerGas: '7' },
    })
  })

  it('warns of a transaction that was signed and never accepted', async () => {
    const { stages, findings } = await trace(
      [
        ethTx(1, {}),
        history(11, 1, '1', { sent_successfully: false }),
        ['l1_batches', { number: 5, eth_commit_tx_id: 1 }],
        block(50, { l1_batch_number: 5 }),
      ],
      'batch 5',
    )
    expect(stages[0]).toMatchObject({ state: 'queued', hash: null, sends: 0 })
    expect(findings).toContainEqual(expect.objectContaining({ code: 'send-not-accepted' }))
  })

  it('counts from the recorded time of sealing', async () => {
    const { batch, stages } = await trace(
      [
        ethTx(1, { confirmed_eth_tx_history_id: 11 }),
        history(11, 1, '1', { confirmed_at: '2026-06-01 10:02:01.5' }),
        ['l1_batches', { number: 5, eth_commit_tx_id: 1, sealed_at: '2026-06-01 10:00:01.5' }],
        block(50, { l1_batch_number: 5 }),
      ],
      'batch 5',
    )
    expect(batch?.sealedAt).toBe('2026-06-01T10:00:01.5Z')
    expect(stages[0]?.afterPreviousSeconds).toBe(120)
  })

  it('says that a batch settles on a gateway, and links none of its hashes to L1', async () => {
    const { batch, stages, findings } = await trace(
      [
        ethTx(1, { is_gateway: true, chain_id: 9075, confirmed_eth_tx_history_id: 11 }),
        history(11, 1, '1', { confirmed_at: '2026-06-01 10:02:01' }),
        [
          'l1_batches',
          { number: 5, eth_commit_tx_id: 1, settlement_layer_type: 'Gateway', settlement_layer_chain_id: 9075 },
        ],
        block(50, { l1_batch_number: 5 }),
      ],
      'batch 5',
    )
    expect(batch?.settlement).toEqual({ layer: 'Gateway', chainId: 9075 })
    expect(stages.map(({ settlementChainId }) => settlementChainId)).toEqual([9075, 9075, 9075])
    expect(findings).toContainEqual(expect.objectContaining({ code: 'settles-elsewhere', values: { chainId: 9075 } }))
  })

  it('says that no batch refers to an L1 transaction any more', async () => {
    const facts = await trace([ethTx(1, {}), history(11, 1, '1')], hash('1'))
    expect(facts).toMatchObject({ found: true, batch: null, stages: [{ stage: 'commit', state: 'sent' }] })
    expect(facts.findings).toContainEqual(expect.objectContaining({ code: 'no-batch-refers' }))
  })
})

describe('an external node', () => {
  it('is recognised by its synthetic rows', async () => {
    const { stages, findings } = await trace(
      [
        ethTx(1, { nonce: 0, contract_address: '', confirmed_eth_tx_history_id: 11 }),
        history(11, 1, '1', { base_fee_per_gas: 0, priority_fee_per_gas: 0, confirmed_at: '2026-06-01 10:02:01' }),
        ['l1_batches', { number: 5, eth_commit_tx_id: 1 }],
        block(50, { l1_batch_number: 5 }),
      ],
      'batch 5',
    )
    expect(findings).toContainEqual(expect.objectContaining({ code: 'external-node-database' }))
    expect(stages[0]).toMatchObject({ state: 'done', to: null, hash: hash('1') })
  })
})

describe('a narrow login', () => {
  const rows: Rows = [
    ['l1_batches', { number: 5 }],
    block(50, { l1_batch_number: 5 }),
    ['transactions', { hash: bytes(hash('a')), miniblock_number: 50, l1_batch_number: 5 }],
    ['l2_to_l1_logs', { tx_hash: bytes(hash('a')), miniblock_number: 50 }],
  ]

  async function narrow(tables: readonly string[]): Promise<TraceBench> {
    const url = await databaseWith(rows)
    const role = uniqueName('reader')
    cleanups.push(() =>
      withClient(url, async (client) => void (await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`))),
    )
    await withClient(url, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'a'`)
      for (const table of tables) await client.query(`GRANT SELECT ON ${table} TO ${role}`)
    })
    const login = new URL(url)
    login.username = role
    login.password = 'a'
    return benchOn(login.href)
  }

  const needed = ['miniblocks', 'l1_batches', 'eth_txs', 'eth_txs_history']

  it.each([
    ['transactions', 'l2_to_l1_logs'],
    ['l2_to_l1_logs', 'transactions'],
  ])('with %s alone still answers, and says what to grant', async (granted, lacking) => {
    const facts = await (await narrow([...needed, granted])).trace(hash('a'))
    expect(facts).toMatchObject({ found: true, transaction: { block: 50, batch: 5 } })
    expect(facts.findings).toContainEqual(
      expect.objectContaining({ code: 'table-unreadable', values: { tables: [lacking] } }),
    )
  })

  it('without the right to a table that is needed names it', async () => {
    const facts = await (await narrow(['transactions', 'l1_batches', 'eth_txs', 'eth_txs_history'])).trace(hash('a'))
    expect(facts).toMatchObject({ found: false, looked: [{ outcome: 'failed' }] })
    expect(facts.findings.map(({ code }) => code)).toEqual(['no-source-answered', 'database-no-right'])
    expect(facts.findings[1]?.text).toBe('The core database’s login may not read miniblocks: grant SELECT there.')
  })
})

describe('a database that is not the node’s', () => {
  it('is named as such', async () => {
    const database = await createTestDatabase()
    cleanups.push(() => database.drop())
    const { findings } = await benchOn(database.url).trace('batch 5')
    expect(findings.map(({ code }) => code)).toEqual(['no-source-answered', 'database-missing-table'])
    expect(findings[1]?.text).toContain('check that its URL is the node’s own database')
  })

  it('is looked at again after the node changed its columns', async () => {
    const url = await databaseWith([['l1_batches', { number: 5 }], block(50, { l1_batch_number: 5 })])
    const bench = benchOn(url)
    await bench.trace('batch 5')
    await withClient(url, (client) => client.query('ALTER TABLE eth_txs_history DROP COLUMN blob_base_fee_per_gas'))
    expect(await bench.trace('batch 5')).toMatchObject({ found: true, findings: [] })
  })
})
