// Every state of a stage and of a transaction, from the rows of each generation of the node's database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import type { TraceFacts } from '../../src/rollup/transaction-trace.ts'
import { bytes, insertRows, type Row } from '../support/node-rows.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { type TraceBench, traceOn } from '../support/trace-on.ts'

type Rows = (readonly [string, Row])[]

const types = { commit: 'CommitBlocks', prove: 'PublishProofBlocksOnchain', execute: 'ExecuteBlocks' }
const word = (number: number, digit: string) => `0x${digit}${String(number).padStart(63, '0')}`
const transactionHash = (number: number) => word(number, 'a')
const blockOf = (batch: number) => batch * 10
const started = 1_695_000_000

/** An eth_txs row with the given sends; a confirmed one ends with its history id. */
function send(id: number, type: keyof typeof types, sends: readonly Row[], rest: Row = {}): Rows {
  const history: Rows = sends.map((row, index) => [
    'eth_txs_history',
    { id: id * 10 + index, eth_tx_id: id, tx_hash: word(id * 10 + index, 'b'), ...row },
  ])
  return [['eth_txs', { id, nonce: id, tx_type: types[type], created_at: '2023-09-18 04:00:00', ...rest }], ...history]
}

const accepted = { sent_at: '2023-09-18 04:01:00', sent_at_block: 18_160_000 }
const confirmed = { ...accepted, confirmed_at: '2023-09-18 04:15:00.25' }
const done = (id: number, type: keyof typeof types) =>
  send(id, type, [confirmed], { confirmed_eth_tx_history_id: id * 10 })

function batch(number: number, row: Row = {}): Rows {
  const block = { number: blockOf(number), l1_batch_number: number, timestamp: started + number * 60 + 50 }
  const hash = bytes(transactionHash(number))
  return [
    ['l1_batches', { number, timestamp: started + number * 60, ...row }],
    ['miniblocks', { ...block, hash: bytes(word(number, 'c')) }],
    ['transactions', { hash, miniblock_number: block.number, l1_batch_number: number, nonce: number }],
  ]
}

const chain: Rows = [
  ...done(1, 'commit'),
  ...done(2, 'prove'),
  ...done(3, 'execute'),
  ...batch(100, { eth_commit_tx_id: 1, eth_prove_tx_id: 2, eth_execute_tx_id: 3, skip_proof: true }),
  ...done(4, 'commit'),
  ...done(5, 'prove'),
  ...send(6, 'execute', [accepted, { ...accepted, sent_at: '2023-09-18 05:01:00', base_fee_per_gas: 34_500_000_000 }]),
  ...batch(101, { eth_commit_tx_id: 4, eth_prove_tx_id: 5, eth_execute_tx_id: 6 }),
  ...done(7, 'commit'),
  ...send(8, 'prove', []),
  ...batch(102, { eth_commit_tx_id: 7, eth_prove_tx_id: 8 }),
  ...done(9, 'commit'),
  ...batch(103, { eth_commit_tx_id: 9 }),
  ['proof_generation_details', { l1_batch_number: 103, status: 'picked_by_prover', updated_at: '2023-09-18 04:20:00' }],
  ...batch(104, { eth_commit_tx_id: 9 }),
  ...send(10, 'commit', [accepted], { has_failed: true }),
  ...batch(105, { eth_commit_tx_id: 10 }),
  ...batch(106),
  ...batch(107),
  ['miniblocks', { number: 1080, l1_batch_number: null, timestamp: started + 108 * 60, hash: bytes(word(108, 'c')) }],
  ['transactions', { hash: bytes(transactionHash(108)), miniblock_number: 1080, nonce: 108 }],
  ['transactions', { hash: bytes(transactionHash(900)), nonce: 900 }],
  ['transactions', { hash: bytes(transactionHash(901)), nonce: 901, error: 'not enough balance' }],
  [
    'transactions',
    { hash: bytes(transactionHash(902)), nonce: 902, error: 'execution reverted', miniblock_number: 1000 },
  ],
  [
    'transactions',
    { hash: bytes(transactionHash(903)), nonce: 903, data: {}, miniblock_number: 7, l1_batch_number: 1 },
  ],
]

describe.each(['2023', '2023-fri', 'core'] as const)('on a database of generation %s', (schema) => {
  let database: TestDatabase
  let bench: TraceBench

  beforeAll(async () => {
    database = await createTestDatabase(schema)
    await withClient(database.url, async (client) => {
      // The rows come in the order of the story; the node itself fills the links afterwards.
      await client.query(`SET session_replication_role = replica`)
      await insertRows(client, chain)
    })
    bench = traceOn(database.url)
  })

  afterAll(async () => {
    await bench?.end()
    await database?.drop()
  })

  const stages = async (input: string): Promise<TraceFacts['stages']> => (await bench.trace(input)).stages
  const states = async (input: string) => (await stages(input)).map(({ state, waits }) => [state, waits?.for ?? null])

  it.each([
    [
      100,
      [
        ['done', null],
        ['done', null],
        ['done', null],
      ],
    ],
    [
      101,
      [
        ['done', null],
        ['done', null],
        ['sent', 'confirmation'],
      ],
    ],
    [
      102,
      [
        ['done', null],
        ['queued', 'sending'],
        ['waiting', 'aggregation'],
      ],
    ],
    [
      103,
      [
        ['done', null],
        ['waiting', 'proof'],
        ['waiting', 'prove'],
      ],
    ],
    [
      104,
      [
        ['done', null],
        ['waiting', 'earlier-batch'],
        ['waiting', 'prove'],
      ],
    ],
    [
      105,
      [
        ['failed', 'operator'],
        ['waiting', 'earlier-batch'],
        ['waiting', 'prove'],
      ],
    ],
    [
      106,
      [
        ['waiting', 'aggregation'],
        ['waiting', 'commit'],
        ['waiting', 'prove'],
      ],
    ],
    [
      107,
      [
        ['waiting', 'earlier-batch'],
        ['waiting', 'commit'],
        ['waiting', 'prove'],
      ],
    ],
  ])('batch %i is where its rows say', async (number, expected) => {
    expect(await states(`batch ${number}`)).toEqual(expected)
    expect(await states(transactionHash(number))).toEqual(expected)
  })

  it('shows the newest send, when the first went out, and the fees of the last', async () => {
    expect((await stages('batch 101'))[2]).toMatchObject({
      ethTxId: 6,
      hash: word(61, 'b'),
      sends: 2,
      confirmedAt: null,
      firstSentAt: '2023-09-18T04:01:00Z',
      lastSentAt: '2023-09-18T05:01:00Z',
      lastGas: { baseFeePerGas: '34500000000' },
      waits: { since: '2023-09-18T04:01:00Z', seconds: expect.any(Number) },
    })
  })

  it('says since when a stage waits, by what happened last', async () => {
    expect((await stages('batch 103'))[1]?.waits?.since).toBe('2023-09-18T04:15:00.25Z')
    expect((await stages('batch 106'))[0]?.waits?.since).toBe('2023-09-18T03:06:50Z')
    expect((await stages('batch 102'))[1]?.waits?.since).toBe('2023-09-18T04:00:00Z')
  })

  it('finds a block whose batch is still open', async () => {
    const facts = await bench.trace(transactionHash(108))
    expect(facts).toMatchObject({
      transaction: { status: 'included', block: 1080, batch: null },
      batch: { number: 108, sealed: false, sealedAt: null, timestamp: '2023-09-18T03:08:00Z' },
    })
    expect(facts.stages.map(({ waits }) => waits?.for)).toEqual(['batch-sealed', 'batch-sealed', 'batch-sealed'])
  })

  it.each([
    [900, { status: 'pending', block: null, batch: null }],
    [901, { status: 'rejected', block: null, error: 'not enough balance' }],
    [902, { status: 'failed', block: 1000, batch: 100, error: 'execution reverted' }],
    [903, { status: 'included', block: 7, batch: 1, pruned: true }],
  ])('tells what became of transaction %i', async (number, transaction) => {
    expect(await bench.trace(transactionHash(number))).toMatchObject({ found: true, transaction })
  })

  it('knows no stages of a rejected or a pruned transaction', async () => {
    expect(await stages(transactionHash(901))).toEqual([])
    expect(await stages(transactionHash(903))).toEqual([])
  })

  it.each([
    ['batch 100', 'skip-proof', { batch: 100 }],
    ['batch 101', 'sent-unconfirmed-long', { stage: 'execute', sends: 2 }],
    ['batch 101', 'has-failed', { stage: 'commit', ethTxId: 10 }],
    ['batch 102', 'behind-earlier-send', { stage: 'prove', ethTxId: 6, nonce: 6 }],
    ['batch 104', 'waiting-for-earlier-proof', { stage: 'prove', batch: 103 }],
    ['batch 105', 'has-failed', { stage: 'commit', ethTxId: 10 }],
    ['batch 107', 'waiting-for-earlier-batch', { stage: 'commit', batch: 106 }],
    [transactionHash(903), 'pruned', { oldestBlock: 1000 }],
  ])('finds in %s: %s', async (input, code, values) => {
    const { findings } = await bench.trace(input)
    const found = findings.filter((finding) => finding.code === code)
    expect(found).toHaveLength(1)
    expect(found[0]?.values).toMatchObject(values)
  })

  it('has nothing to warn of where all is done', async () => {
    const { findings } = await bench.trace('batch 100')
    expect(findings.map(({ code }) => code)).toEqual(['skip-proof'])
  })

  it('tells how long the stages usually take', async () => {
    const [commit, prove, execute] = await stages('batch 107')
    expect(prove?.usual).toEqual({ medianSeconds: 0, p90Seconds: 0, batches: 2 })
    expect(execute?.usual).toEqual({ medianSeconds: 0, p90Seconds: 0, batches: 1 })
    // Batches 100 to 104, sealed a minute apart (102 at 03:02:50), all confirmed at 04:15:00.25.
    expect(commit?.usual).toMatchObject({ medianSeconds: 4330, batches: 5 })
  })

  it('says that nobody knows a hash, and where it looked', async () => {
    const facts = await bench.trace(transactionHash(5))
    expect(facts).toMatchObject({
      found: false,
      transaction: null,
      looked: [{ where: 'database', name: 'core database', outcome: 'not-found' }],
      findings: [{ code: 'not-found', severity: 'warning' }],
    })
    expect(facts.findings[0]?.text).toContain('an L1 transaction (no L1 endpoint was asked)')
  })

  it.each([
    ['batch 5000', 'The newest batch there is 108. It may not exist yet'],
    ['block 5000', 'The newest block there is 1080. It may not exist yet'],
    ['batch 0', 'be pruned'],
  ])('knows no %s, and says how far it knows', async (input, hint) => {
    const { found, findings } = await bench.trace(input)
    expect(found).toBe(false)
    expect(findings[0]?.text).toContain(hint)
  })

  it('names all batches that one L1 transaction settled', async () => {
    const facts = await bench.trace(word(90, 'b'))
    expect(facts).toMatchObject({
      found: true,
      batch: null,
      settled: { stage: 'commit', hash: word(90, 'b') },
      batches: [
        { number: 103, sealed: true },
        { number: 104, sealed: true },
      ],
      stages: [{ stage: 'commit', state: 'done', ethTxId: 9 }],
    })
    expect(facts.stages).toHaveLength(1)
  })

  it('answers eight people at once', async () => {
    const inputs = [100, 101, 102, 103, 104, 105, 106, 107].map((number) => `batch ${number}`)
    const facts = await Promise.all(inputs.map((input) => bench.trace(input)))
    expect(facts.map((answer) => answer.batch?.number)).toEqual([100, 101, 102, 103, 104, 105, 106, 107])
  })
})
