// Would automation take it? Our class of every row against the node's own rules, run for real over thousands of random tables.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClassFacts, classify, classRules } from '../../src/rollup/prover/classes.ts'
import { columnsSql, detectSchema, probedTables } from '../../src/rollup/prover/generation.ts'
import { type JudgedTable, judgedTables } from '../../src/rollup/prover/queries.ts'
import { keyOf, type RawRow, rowsSql } from '../../src/rollup/prover/rows.ts'
import { insertRow } from '../support/node-rows.ts'
import { range } from '../support/notes-provers.ts'
import { type ProverOn, policyOf, proverOn } from '../support/prover-on.ts'
import type { JobFixture } from '../support/prover-rows.ts'

/** The node's rules in our own words, by table; written from its source, not from ours. */
interface NodeRules {
  /** Statuses that its re-queue looks at besides `failed`. */
  readonly requeues?: readonly string[]
  readonly countsRequeue?: boolean
  /** Its workers take expired rows over when they pick. */
  readonly takesOver?: boolean
}

const oldWitness: NodeRules = { takesOver: true }
const witness: NodeRules = { requeues: ['in_progress'] }
const prover: NodeRules = { requeues: ['in_progress', 'in_gpu_proof'] }

const rules: Readonly<Record<'2023' | '2023-fri' | 'prover', Readonly<Record<string, NodeRules>>>> = {
  '2023': {
    witness_inputs: oldWitness,
    leaf_aggregation_witness_jobs: oldWitness,
    node_aggregation_witness_jobs: oldWitness,
    scheduler_witness_jobs: oldWitness,
    prover_jobs: { ...prover, countsRequeue: true },
  },
  '2023-fri': {
    witness_inputs_fri: prover,
    leaf_aggregation_witness_jobs_fri: witness,
    node_aggregation_witness_jobs_fri: witness,
    scheduler_witness_jobs_fri: witness,
    prover_jobs_fri: prover,
    proof_compression_jobs_fri: witness,
  },
  prover: {
    witness_inputs_fri: witness,
    leaf_aggregation_witness_jobs_fri: witness,
    node_aggregation_witness_jobs_fri: witness,
    recursion_tip_witness_jobs_fri: witness,
    scheduler_witness_jobs_fri: witness,
    prover_jobs_fri: prover,
    proof_compression_jobs_fri: witness,
  },
}

const keyColumns = (table: string): string =>
  /^(prover_jobs|leaf_\w+_fri|node_\w+_fri)/.test(table) ? 'id' : 'l1_batch_number'

function requeueText(table: string, own: NodeRules): string {
  const running = (own.requeues ?? []).map(
    (status) => `(status = '${status}' AND processing_started_at <= now() - $1::interval AND attempts < $2)`,
  )
  return `UPDATE ${table} SET status = 'queued', updated_at = now(), processing_started_at = now()
      ${own.countsRequeue ? ', attempts = attempts + 1' : ''}
    WHERE ${running.join(' OR ')} OR (status = 'failed' AND attempts < $2) RETURNING ${keyColumns(table)}::text AS key`
}

/** One pick; null when nothing is left to pick. */
function pickText(table: string, own: NodeRules): string {
  const more = own.takesOver
    ? `OR (status = 'in_progress' AND processing_started_at < now() - $1::interval) OR (status = 'failed' AND attempts < $2)`
    : 'AND $1::interval IS NOT NULL AND $2::int IS NOT NULL'
  const key = keyColumns(table)
  return `UPDATE ${table} SET status = 'in_progress', attempts = attempts + 1, updated_at = now(), processing_started_at = now()
    WHERE ${key} = (SELECT ${key} FROM ${table} WHERE (status = 'queued' ${more})
      ORDER BY l1_batch_number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING ${key}::text AS key`
}

const mostRows = 8

interface Tables {
  readonly maxAttempts: number
  readonly timeoutSeconds: number
  readonly rows: Readonly<
    Record<string, readonly { status: string; attempts: number; started: number | null; updated: number }[]>
  >
}

const statuses = [
  'queued',
  'in_progress',
  'in_gpu_proof',
  'failed',
  'successful',
  'waiting_for_proofs',
  'waiting_for_artifacts',
  'skipped',
  'ignored',
  'sent_to_server',
  'unheard_of',
]

/** Ages around the time-out matter: just before, exactly, just after; and times in the future. */
function tablesOf(names: readonly string[]): fc.Arbitrary<Tables> {
  return fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 60, max: 3600 }))
    .chain(([maxAttempts, timeoutSeconds]) => {
      const age = fc.oneof(
        fc.constantFrom(0, timeoutSeconds - 1, timeoutSeconds, timeoutSeconds + 1, timeoutSeconds * 20, -30),
        fc.integer({ min: -60, max: 3 * timeoutSeconds }),
      )
      const row = fc.record({
        status: fc.constantFrom(...statuses),
        attempts: fc.integer({ min: 0, max: 8 }),
        started: fc.option(age, { freq: 6 }),
        updated: age,
      })
      const rows = fc.record(
        Object.fromEntries(names.map((name) => [name, fc.array(row, { minLength: 1, maxLength: mostRows })])),
      )
      return rows.map((each) => ({ maxAttempts, timeoutSeconds, rows: each as Tables['rows'] }))
    })
}

describe.each(['2023', '2023-fri', 'prover'] as const)('%s', (schema) => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn(schema)
    // The old tables' rows belong to batches, and the node's own updates check that.
    if (schema !== 'prover')
      for (const number of range(1, mostRows)) await insertRow(on.client, 'l1_batches', { number })
  })
  afterAll(() => on.end())

  /** Class of every row by our SQL and by our own code, which must not differ. */
  async function ourClasses(table: JudgedTable): Promise<ReadonlyMap<string, string>> {
    const { rows } = await on.client.query<RawRow>(rowsSql(table, 'true'))
    const facts = await on.client.query<{ key: string } & ClassFacts>(
      `SELECT ${keyColumns(table.table)}::text AS key, status, attempts::int AS attempts,
        extract(epoch FROM (now() AT TIME ZONE 'UTC') - processing_started_at)::float8 AS "startedAgo",
        extract(epoch FROM (now() AT TIME ZONE 'UTC') - updated_at)::float8 AS "updatedAgo" FROM ${table.table}`,
    )
    const byCode = new Map(facts.rows.map((row) => [row.key, classify(row, classRules(table, table.policy)).class]))
    const bySql = new Map(rows.map((row) => [row.id ?? String(row.batch), row.class as string]))
    expect(bySql).toEqual(byCode)
    expect(rows.every((row) => keyOf(row).startsWith(`${table.table}/`))).toBe(true)
    return bySql
  }

  it('agrees with the node about every row: what automation takes, and what can be picked', async () => {
    const { rows: columns } = await on.client.query(columnsSql, [probedTables])
    const known = detectSchema(columns)
    if (!known) throw new Error('no prover tables')
    expect(known.tables.map(({ table }) => table).sort()).toEqual(Object.keys(rules[schema]).sort())
    await fc.assert(
      fc.asyncProperty(tablesOf(Object.keys(rules[schema])), async ({ maxAttempts, timeoutSeconds, rows }) => {
        await on.client.query('BEGIN')
        try {
          for (const table of judgedTables(known, policyOf(maxAttempts, timeoutSeconds))) {
            const own = rules[schema][table.table] as NodeRules
            const jobs = (rows[table.table] ?? []).map(
              ({ status, attempts, started, updated }, index): JobFixture => ({
                batch: index + 1,
                status,
                attempts,
                startedAgo: started,
                updatedAgo: updated,
              }),
            )
            await on.insert(table.table, jobs)
            await on.client.query(`SET LOCAL TIME ZONE 'Asia/Shanghai'`)
            const classes = await ourClasses(table)
            const ofClass = (...names: readonly string[]) =>
              [...classes]
                .filter(([, name]) => names.includes(name))
                .map(([key]) => key)
                .sort()
            await on.client.query(`SET LOCAL TIME ZONE 'UTC'`)
            const limits = [`${timeoutSeconds} seconds`, maxAttempts]
            if (!own.takesOver) {
              const taken = await on.client.query<{ key: string }>(requeueText(table.table, own), limits)
              expect(taken.rows.map(({ key }) => key).sort()).toEqual(ofClass('expired'))
            }
            const picked: string[] = []
            for (;;) {
              const pick = await on.client.query<{ key: string }>(pickText(table.table, own), limits)
              if (!pick.rows[0]) break
              picked.push(pick.rows[0].key)
            }
            // After the re-queue both the queued and the expired can be picked; the old witness workers take both at once.
            expect(picked.sort()).toEqual(ofClass('queued', 'expired'))
          }
        } finally {
          await on.client.query('ROLLBACK')
        }
      }),
      { numRuns: 150, endOnFailure: true },
    )
  }, 180_000)
})
