// The notes' transaction comes out exactly, on every generation of the node's database.
import { afterEach, describe, expect, it } from 'vitest'
import type { SchemaName } from '../../sandbox/database/schema.ts'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { type TraceBench, traceOn } from '../support/trace-on.ts'
import { golden, insertGoldenRows } from './golden-rows.ts'

let database: TestDatabase | undefined
let bench: TraceBench | undefined

afterEach(async () => {
  await bench?.end()
  await database?.drop()
  bench = undefined
  database = undefined
})

async function goldenOn(schema: SchemaName, settings?: { inTransactions?: boolean; fork?: boolean }) {
  const made = await createTestDatabase(schema)
  database = made
  await withClient(made.url, async (client) => {
    await insertGoldenRows(client, settings)
    if (settings?.fork) await client.query(`ALTER TABLE eth_txs ADD COLUMN tx_status text DEFAULT 'Done'`)
  })
  bench = traceOn(made.url)
  return bench
}

const stage = (name: string, ids: object, rest: object) => ({
  stage: name,
  state: 'done',
  to: golden.contract,
  sends: 1,
  hasFailed: false,
  waits: null,
  ...ids,
  ...rest,
})

const expected = {
  input: golden.hash,
  found: true,
  chain: 'era',
  source: 'database',
  transaction: { hash: golden.hash, status: 'included', block: 15841, batch: 7670 },
  batch: {
    number: 7670,
    sealed: true,
    timestamp: '2023-09-18T03:47:50Z',
    sealedAt: '2023-09-18T03:48:00Z',
    rootHash: golden.rootHash,
  },
  stages: [
    stage(
      'commit',
      { ethTxId: 41073, nonce: 41091, confirmedHistoryId: 43194, type: 'CommitBlocks' },
      {
        hash: golden.commitHash,
        confirmedAt: '2023-09-18T03:50:19.059576Z',
        firstSentAt: '2023-09-18T03:49:35.118Z',
        afterPreviousSeconds: 139,
        lastGas: { baseFeePerGas: '12000000000', priorityFeePerGas: '1000000000', blobBaseFeePerGas: null },
      },
    ),
    stage(
      'prove',
      { ethTxId: 41148, nonce: 41166, confirmedHistoryId: 43270, type: 'PublishProofBlocksOnchain' },
      { hash: golden.proveHash, confirmedAt: '2023-09-18T07:20:44.5Z', afterPreviousSeconds: 12_625 },
    ),
    stage(
      'execute',
      { ethTxId: 41151, nonce: 41169, confirmedHistoryId: 43273, type: 'ExecuteBlocks' },
      { hash: golden.executeHash, confirmedAt: '2023-09-18T07:31:02.000001Z', afterPreviousSeconds: 618 },
    ),
  ],
  messages: [{ kind: 'withdrawal', contract: '0x000000000000000000000000000000000000800a', claim: 'not-checked' }],
}

describe('the transaction of the notes', () => {
  it.each(['2023', '2023-fri', 'core'] as const)('is followed to its three L1 transactions (%s)', async (schema) => {
    const facts = await (await goldenOn(schema)).trace(golden.hash)
    expect(facts).toMatchObject(expected)
    expect(facts.stages).toHaveLength(3)
    expect(facts.findings.map(({ code }) => code)).not.toContain('only-in-logs')
  })

  it('is followed on a fork whose transactions table has no row for it', async () => {
    const facts = await (await goldenOn('2023', { inTransactions: false, fork: true })).trace(golden.hash)
    expect(facts).toMatchObject(expected)
    expect(facts.findings.map(({ code }) => code)).toContain('only-in-logs')
  })

  it.each([
    ['batch 7670', {}],
    ['block 15841', { block: { number: 15841, timestamp: '2023-09-18T03:48:00Z' } }],
    [golden.commitHash, { settled: { stage: 'commit', hash: golden.commitHash } }],
    [golden.executeHash.toUpperCase().replace('0X', '0x'), { settled: { stage: 'execute', hash: golden.executeHash } }],
    [`https://etherscan.io/tx/${golden.proveHash}`, { settled: { stage: 'prove', hash: golden.proveHash } }],
    [golden.rootHash, { batch: { number: 7670 } }],
    [`0x${'c1'.repeat(32)}`, { block: { number: 15841 } }],
  ])('is reached from %s', async (input, rest) => {
    const facts = await (await goldenOn('2023')).trace(input)
    const { batch, stages, source } = expected
    expect(facts).toMatchObject({ input, found: true, source, transaction: null, batch, stages, ...rest })
  })

  it('costs one round trip once the columns are known', async () => {
    const made = await createTestDatabase('2023')
    database = made
    await withClient(made.url, (client) => insertGoldenRows(client))
    const proxy = await startTcpProxy(made.url)
    bench = traceOn(proxy.url(made.url))
    try {
      await bench.trace(golden.hash)
      const before = proxy.roundTrips()
      expect(await bench.trace(golden.hash)).toMatchObject(expected)
      await bench.trace('batch 7670')
      expect(proxy.roundTrips() - before).toBe(2)
    } finally {
      await proxy.close()
    }
  })
})
