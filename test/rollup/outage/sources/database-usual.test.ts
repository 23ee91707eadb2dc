// The sample of the last days in a node's database: which days, on chains of every kind, and that no table is read whole.

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { applySchema, type SchemaName } from '../../../../sandbox/database/schema.ts'
import { createNodeDatabase, type NodeDatabase } from '../../../../src/rollup/node-database.ts'
import { createOutageDatabase } from '../../../../src/rollup/outage/sources/database.ts'
import { usualStatement } from '../../../../src/rollup/outage/sources/database-usual.ts'
import { silentLog } from '../../../support/storage.ts'

const start = 1_780_000_000
const name = `usual_${process.pid}`
const open: { end(): Promise<void> }[] = []
let server: pg.Client

beforeAll(async () => {
  server = new pg.Client({ connectionString: inject('postgresUrl') })
  await server.connect()
})
afterAll(async () => {
  for (const one of open) await one.end()
  for (const schema of ['core', '2023']) await server.query(`DROP DATABASE IF EXISTS ${name}_${schema}`)
  await server.end()
})

/** Thirty days: a batch each ten minutes with two blocks of it, committed after twenty more, proved after two hours, executed after four. */
async function filled(schema: SchemaName & ('core' | '2023')): Promise<{ client: pg.Client; database: NodeDatabase }> {
  await server.query(`CREATE DATABASE ${name}_${schema}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}_${schema}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await applySchema(client, schema)
  const [sealed, fee] = schema === 'core' ? ['is_sealed, sealed_at', ''] : ['is_finished', ', fee_account_address']
  const sealedAt = schema === 'core' ? `true, to_timestamp(${start} + i * 600 + 590) AT TIME ZONE 'UTC'` : 'true'
  await client.query(`
    SET session_replication_role = replica;
    INSERT INTO eth_txs (id, nonce, raw_tx, contract_address, tx_type, created_at, updated_at, confirmed_eth_tx_history_id)
      SELECT i, i, '', '0xd1', 'CommitBlocks', now(), now(), i FROM generate_series(1, 4320 * 3) i;
    INSERT INTO eth_txs_history (id, eth_tx_id, tx_hash, created_at, updated_at, base_fee_per_gas, priority_fee_per_gas, confirmed_at)
      SELECT i, i, '0x' || i, now(), now(), 1, 1, to_timestamp(${start} + (i + 2) / 3 * 600
        + (ARRAY[15000, 1800, 7200])[1 + i % 3]) AT TIME ZONE 'UTC'
      FROM generate_series(1, 4320 * 3) i;
    INSERT INTO l1_batches (number, timestamp, ${sealed}, l1_tx_count, l2_tx_count, bloom, priority_ops_onchain_data,
        created_at, updated_at, initial_bootloader_heap_content, used_contract_hashes, eth_commit_tx_id, eth_prove_tx_id,
        eth_execute_tx_id${fee})
      SELECT i, ${start} + i * 600, ${sealedAt}, 0, 1, '', '{}', now(), now(), '[]', '[]', i * 3 - 2, i * 3 - 1,
        CASE WHEN i <= 4296 THEN i * 3 END${fee === '' ? '' : `, ''`}
      FROM generate_series(1, 4320) i;
    INSERT INTO miniblocks (number, l1_batch_number, timestamp, hash, l1_tx_count, l2_tx_count, base_fee_per_gas,
        gas_per_pubdata_limit, created_at, updated_at)
      SELECT i, (i + 1) / 2, ${start} + (i + 1) / 2 * 600 + (i + 1) % 2 * 300, int8send(i), 0, 1, 1, 1, now(), now()
      FROM generate_series(1::int8, 8640) i;
    SET session_replication_role = DEFAULT;
    ANALYZE`)
  const database = createNodeDatabase({ name: 'core database', url: url.href, log: silentLog })
  open.push(database, client)
  return { client, database }
}

describe('what is usual by the database', { timeout: 60_000 }, () => {
  it.each([
    ['core', 1210],
    // The end of a batch is not noted there.
    ['2023', 1800],
  ] as const)('of %s is that of the last seven days', async (schema, commit) => {
    const { client, database } = await filled(schema)
    const source = createOutageDatabase({ database, now: () => new Date() })
    const { learned } = await source.look({ signal: AbortSignal.timeout(20_000) })
    expect(learned).toMatchObject({
      block: { median: 300, p99: 300 },
      batch: { median: 600, p99: 600 },
      commit: { median: commit, p99: commit, samples: 210, from: start + 3312 * 600, to: start + 4320 * 600 },
      prove: { median: 5400 },
      execute: { median: 7800 },
    })
    // The newest day waits for its execution.
    expect(learned?.execute?.to).toBeLessThanOrEqual(start + 4296 * 600)
    expect(learned?.execute?.samples).toBeLessThan(210)

    const columns = await database.columns()
    const { rows } = await client.query(`EXPLAIN ${usualStatement(columns)}`)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Index (Only )?Scan/)
    expect(plan).not.toMatch(/Seq Scan on (l1_batches|miniblocks|eth_txs)/)
  })
})
