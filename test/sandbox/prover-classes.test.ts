// The product's class of every row against the sandbox's automation, really run over generated tables of each generation.

import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stamp } from '../../sandbox/database/rows.ts'
import { type Policy, type ProverGeneration, type Queue, queuesOf } from '../../sandbox/provers/queues.ts'
import { mayPickSql, requeue } from '../../sandbox/provers/statements.ts'
import { classify, classRules, classSql, type JobClass } from '../../src/rollup/prover/classes.ts'
import {
  columnsSql,
  detectSchema,
  type JobTable,
  type ProverSchema,
  probedTables,
} from '../../src/rollup/prover/generation.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { insertJobs, type JobFixture } from '../support/prover-rows.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const schemas = { '2023': '2023', '2023-fri': '2023-fri', 'prover-db': 'prover' } as const

/** Tables generated and judged in one go, and how many rows each has. */
const tablesPerGeneration = 120
const rowsPerTable = 30

const statuses = [
  'queued',
  'in_progress',
  'in_gpu_proof',
  'failed',
  'successful',
  'skipped',
  'ignored',
  'waiting_for_proofs',
  'waiting_for_artifacts',
  'sent_to_server',
  'something_new',
]

interface GeneratedRow {
  readonly status: string
  readonly attempts: number
  /** Seconds around the time-out, so that both sides of it are met often; null: never picked. */
  readonly sinceTimeout: number | null
  readonly updatedAgo: number
}

interface Generated {
  readonly queue: number
  readonly maxAttempts: number
  readonly timeoutSeconds: number
  readonly rows: readonly GeneratedRow[]
}

const row: fc.Arbitrary<GeneratedRow> = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('in_progress', 'in_gpu_proof', 'failed') },
    { weight: 1, arbitrary: fc.constantFrom(...statuses) },
  ),
  attempts: fc.integer({ min: 0, max: 9 }),
  sinceTimeout: fc.option(fc.oneof(fc.constantFrom(-1, 0, 1, 0.5, -0.5), fc.integer({ min: -20_000, max: 20_000 })), {
    freq: 8,
  }),
  updatedAgo: fc.integer({ min: 0, max: 30_000 }),
})

const table = (queues: number): fc.Arbitrary<Generated> =>
  fc.record({
    queue: fc.integer({ min: 0, max: queues - 1 }),
    maxAttempts: fc.integer({ min: 1, max: 10 }),
    timeoutSeconds: fc.integer({ min: 60, max: 20_000 }),
    rows: fc.array(row, { minLength: rowsPerTable / 2, maxLength: rowsPerTable }),
  })

describe.each(['2023', '2023-fri', 'prover-db'] as const)('%s', (generation: ProverGeneration) => {
  let database: TestDatabase
  let client: pg.Client
  let schema: ProverSchema
  const queues = queuesOf[generation]

  beforeAll(async () => {
    database = await createTestDatabase(schemas[generation])
    client = new pg.Client({ connectionString: database.url, options: '-c timezone=UTC' })
    await client.connect()
    schema = detectSchema((await client.query(columnsSql, [probedTables])).rows) as ProverSchema
  })
  afterAll(async () => {
    await client.end()
    await database.drop()
  })

  const jobTable = (queue: Queue): JobTable => {
    const found = schema.tables.find(({ table: name }) => name === queue.table)
    if (!found) throw new Error(`the product does not know ${queue.table}`)
    return found
  }

  it('knows the same job tables as the provers', () => {
    expect(schema.generation).toBe(generation)
    expect(schema.tables.map(({ table: name }) => name).sort()).toEqual(queues.map(({ table: name }) => name).sort())
  })

  it('says of every row what automation then does with it', async () => {
    let taken = 0
    await fc.assert(
      fc.asyncProperty(table(queues.length), async (generated) => {
        const queue = queues[generated.queue] as Queue
        taken += await compare(queue, generated)
      }),
      { numRuns: tablesPerGeneration },
    )
    // Tables in which automation finds nothing to do would prove little.
    expect(taken).toBeGreaterThan(tablesPerGeneration)
  })

  /** Judges one table, lets automation loose on it, and compares row by row; how many rows automation took. */
  async function compare(queue: Queue, generated: Generated): Promise<number> {
    const { maxAttempts, timeoutSeconds } = generated
    const limits = { maxAttempts, timeoutSeconds }
    const policy: Policy = { prover: limits, witness: limits, compressor: limits }
    const rules = classRules(jobTable(queue), limits)
    await client.query('BEGIN')
    try {
      const keys = await insertJobs(
        client,
        queue.table,
        generated.rows.map((one, index) => fixture(one, index, timeoutSeconds)),
      )
      // Within one transaction the database's clock stands still: both judge at the very same moment.
      const { rows: clock } = await client.query<{ now: string }>(`SELECT extract(epoch FROM now())::text AS now`)
      const now = Number(clock[0]?.now)
      const key = queue.key.includes('id') ? 'id' : 'l1_batch_number'
      const { rows: judged } = await client.query<{ key: string; class: JobClass; pickable: boolean }>(
        `SELECT ${key}::text AS key, ${classSql(rules)} AS class, ${mayPickSql(queue, limits)} AS pickable,
          $1::timestamp AS at FROM ${queue.table}`,
        [stamp(now)],
      )
      const byKey = new Map(judged.map((one) => [one.key, one]))
      await client.query(`SET LOCAL session_replication_role = 'replica'`)
      await requeue(client, queues, policy, now)
      const { rows: after } = await client.query<{ key: string; status: string }>(
        `SELECT ${key}::text AS key, status FROM ${queue.table}`,
      )
      const statusAfter = new Map(after.map((one) => [one.key, one.status]))
      const told = keys.map((one, index) => {
        const before = generated.rows[index] as GeneratedRow
        const isTaken =
          queue.automation === 'takeover'
            ? byKey.get(one)?.pickable === true && before.status !== 'queued'
            : before.status !== 'queued' && statusAfter.get(one) === 'queued'
        return { before, class: byKey.get(one)?.class, isTaken, pickable: byKey.get(one)?.pickable === true }
      })
      for (const one of told) {
        expect(one.class === 'expired', JSON.stringify({ table: queue.table, limits, ...one })).toBe(one.isTaken)
        expect(one.class === 'queued' || one.class === 'expired').toBe(
          queue.automation === 'takeover' ? one.pickable : one.pickable || one.isTaken,
        )
      }
      return told.filter(({ isTaken }) => isTaken).length
    } finally {
      await client.query('ROLLBACK')
    }
  }

  it('decides the same in memory as in the database', async () => {
    const queue = queues.find(({ stage }) => stage === 'prover') as Queue
    const limits = { maxAttempts: 3, timeoutSeconds: 600 }
    const rules = classRules(jobTable(queue), limits)
    const generated = fc.sample(row, 400)
    await client.query('BEGIN')
    const keys = await insertJobs(
      client,
      queue.table,
      generated.map((one, index) => fixture(one, index, 600)),
    )
    const { rows } = await client.query<{ key: string; class: string }>(
      `SELECT id::text AS key, ${classSql(rules)} AS class FROM ${queue.table}`,
    )
    await client.query('ROLLBACK')
    const inDatabase = new Map(rows.map((one) => [one.key, one.class]))
    for (const [index, one] of generated.entries()) {
      const { startedAgo, updatedAgo } = fixture(one, index, 600)
      const facts = {
        status: one.status,
        attempts: one.attempts,
        startedAgo: startedAgo ?? null,
        updatedAgo: updatedAgo ?? 0,
      }
      expect(classify(facts, rules).class, JSON.stringify(facts)).toBe(inDatabase.get(keys[index] as string))
    }
  })
})

function fixture(one: GeneratedRow, index: number, timeoutSeconds: number): JobFixture {
  const startedAgo = one.sinceTimeout === null ? null : timeoutSeconds + one.sinceTimeout
  // Each row is a batch of its own: half of the tables have one row per batch.
  return { batch: index + 1, status: one.status, attempts: one.attempts, startedAgo, updatedAgo: one.updatedAgo }
}
