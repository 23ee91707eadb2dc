// A thousand requeues against provers that pick, finish, fail and are re-queued at the same moment.

import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Applied } from '../../src/core/command.ts'
import { createNodeDatabase, type NodeDatabase } from '../../src/rollup/node-database.ts'
import { candidatesSql, questionValues } from '../../src/rollup/prover/candidates.ts'
import type { RequeueChange } from '../../src/rollup/prover/change.ts'
import {
  type ColumnRow,
  columnsSql,
  detectSchema,
  type ProverSchema,
  probedTables,
} from '../../src/rollup/prover/generation.ts'
import { changeOf } from '../../src/rollup/prover/plan.ts'
import { type JudgedTable, judgedTables } from '../../src/rollup/prover/queries.ts'
import { jobRow, type RawRow } from '../../src/rollup/prover/rows.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import type { RequeueQuestion } from '../../src/services.ts'
import { type ControlRole, createControlRole } from '../support/control-role.ts'
import { type ProverOn, policyOf, proverOn } from '../support/prover-on.ts'
import type { JobFixture } from '../support/prover-rows.ts'
import { silentLog } from '../support/storage.ts'

/** Both provers' automation, workers and movers, as statements of the node; each moves what it finds. */
const utc = `(now() AT TIME ZONE 'UTC')`
const moves = [
  // A worker picks, from a live fleet: the oldest first.
  `UPDATE prover_jobs_fri SET status = 'in_progress', attempts = attempts + 1, updated_at = ${utc}, processing_started_at = ${utc}
   WHERE id = (SELECT id FROM prover_jobs_fri WHERE status = 'queued' ORDER BY priority DESC, batch_sealed_at, aggregation_round, circuit_id, id
     LIMIT 1 FOR UPDATE SKIP LOCKED)`,
  // A slow worker delivers after all; a finished proof is never overwritten.
  `UPDATE prover_jobs_fri SET status = 'successful', updated_at = ${utc}, time_taken = '00:01'
   WHERE id = (SELECT id FROM prover_jobs_fri WHERE status IN ('in_progress', 'failed') ORDER BY random() LIMIT 1)`,
  `UPDATE prover_jobs_fri SET status = 'failed', error = 'late failure', updated_at = ${utc}
   WHERE id = (SELECT id FROM prover_jobs_fri WHERE status = 'in_progress' ORDER BY random() LIMIT 1) AND status <> 'successful'`,
  // The monitor puts back what it may.
  `UPDATE prover_jobs_fri SET status = 'queued', updated_at = ${utc}, processing_started_at = ${utc}
   WHERE id IN (SELECT id FROM prover_jobs_fri WHERE (status IN ('in_progress', 'in_gpu_proof') AND processing_started_at <= ${utc} - interval '600 s' AND attempts < 2)
     OR (status = 'failed' AND attempts < 2) FOR UPDATE SKIP LOCKED)`,
  // Somebody resets a row by hand and a live worker picks it: same status and attempts as before.
  `UPDATE prover_jobs_fri SET processing_started_at = ${utc}, updated_at = ${utc}
   WHERE id = (SELECT id FROM prover_jobs_fri WHERE status = 'in_progress' ORDER BY random() LIMIT 1)`,
  // Reset by hand, picked and failed again: only its times tell.
  `UPDATE prover_jobs_fri SET processing_started_at = ${utc}, updated_at = ${utc}, error = 'failed again'
   WHERE id = (SELECT id FROM prover_jobs_fri WHERE status = 'failed' ORDER BY random() LIMIT 1)`,
  // A mover brings the next stage on.
  `UPDATE leaf_aggregation_witness_jobs_fri SET status = 'queued', updated_at = ${utc}
   WHERE id = (SELECT id FROM leaf_aggregation_witness_jobs_fri WHERE status = 'waiting_for_proofs' ORDER BY random() LIMIT 1)`,
  `UPDATE leaf_aggregation_witness_jobs_fri SET status = 'in_progress', attempts = attempts + 1, updated_at = ${utc}, processing_started_at = ${utc}
   WHERE id = (SELECT id FROM leaf_aggregation_witness_jobs_fri WHERE status = 'queued' LIMIT 1 FOR UPDATE SKIP LOCKED)`,
  // The archive takes a finished row away.
  `DELETE FROM prover_jobs_fri WHERE id = (SELECT id FROM prover_jobs_fri WHERE status = 'successful' ORDER BY random() LIMIT 1)`,
]

/** Every update of a row that the control login made, with both sides of it. */
const watching = `
  CREATE TABLE seen (place bigserial, key text, old jsonb, new jsonb);
  CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    IF session_user LIKE 'rollcall_control%' THEN
      INSERT INTO public.seen (key, old, new) VALUES (TG_TABLE_NAME || '/' || OLD.id, to_jsonb(OLD), to_jsonb(NEW));
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER watch AFTER UPDATE ON prover_jobs_fri FOR EACH ROW EXECUTE FUNCTION watch();
  CREATE TRIGGER watch AFTER UPDATE ON leaf_aggregation_witness_jobs_fri FOR EACH ROW EXECUTE FUNCTION watch();`

interface Seen {
  readonly key: string
  readonly old: Readonly<Record<string, unknown>>
  readonly new: Readonly<Record<string, unknown>>
}

const question: RequeueQuestion = { what: { kind: 'batches', from: 1, to: 4 } }

let on: ProverOn
let schema: ProverSchema
let tables: readonly JudgedTable[]
let role: ControlRole
let control: pg.Client
let reader: NodeDatabase
const fleet: pg.Client[] = []

beforeAll(async () => {
  on = await proverOn('prover')
  role = await createControlRole(on.client, on.url)
  await on.client.query(watching)
  const { rows } = await on.client.query<ColumnRow>(columnsSql, [probedTables])
  schema = detectSchema(rows) as ProverSchema
  tables = judgedTables(schema, policyOf(2, 600))
  control = new pg.Client({ connectionString: role.url })
  await control.connect()
  reader = createNodeDatabase({ name: 'control database', url: role.url, log: silentLog })
  for (let each = 0; each < 3; each += 1) {
    const client = new pg.Client({ connectionString: on.url })
    await client.connect()
    fleet.push(client)
  }
})
afterAll(async () => {
  await Promise.all(fleet.map((client) => client.end()))
  await reader.end()
  await control.end()
  await role.drop()
  await on.end()
})

const job = fc.record({
  status: fc.constantFrom(
    'failed',
    'failed',
    'in_progress',
    'in_progress',
    'in_gpu_proof',
    'queued',
    'successful',
    'skipped',
  ),
  attempts: fc.integer({ min: 0, max: 4 }),
  startedAgo: fc.constantFrom(5, 599, 700, 9000),
  batch: fc.integer({ min: 1, max: 4 }),
})
const leaf = fc.record({
  status: fc.constantFrom('failed', 'in_progress', 'waiting_for_proofs', 'waiting_for_proofs', 'successful'),
  attempts: fc.integer({ min: 0, max: 4 }),
  startedAgo: fc.constantFrom(5, 700, 9000),
})

const scenario = fc.record({
  jobs: fc.array(job, { minLength: 4, maxLength: 14 }),
  leaves: fc.array(leaf, { maxLength: 5 }),
  before: fc.array(fc.nat({ max: moves.length - 1 }), { maxLength: 4 }),
  during: fc.array(fc.nat({ max: moves.length - 1 }), { minLength: 3, maxLength: 9 }),
})

/** What a plan reads, without the warnings around it, which would take most of the time. */
async function planned(): Promise<RequeueChange> {
  const values = questionValues(question, null)
  const rows = await reader.read<RawRow>(candidatesSql(tables, question), values)
  return changeOf(
    rows.map((row) => jobRow(row, schema)),
    tables,
  )
}

async function apply(change: RequeueChange): Promise<Applied> {
  await control.query('BEGIN')
  const done = await createProverControl(control).requeue(change)
  await control.query('COMMIT')
  return done
}

/** The moves that happen at the same time, shared out to the fleet. */
async function meanwhile(which: readonly number[]): Promise<void> {
  await Promise.all(
    fleet.map(async (client, place) => {
      for (const [index, move] of which.entries()) {
        if (index % fleet.length === place) await client.query(moves[move] as string).catch(ignoreDeadlock)
      }
    }),
  )
}

/** The node retries a statement that lost a deadlock between its own workers. */
function ignoreDeadlock(error: unknown): void {
  if (!(error instanceof pg.DatabaseError && error.code === '40P01')) throw error
}

const millis = (value: unknown): string =>
  String(value)
    .replace('T', ' ')
    .replace('Z', '')
    .replace(/\.?0+$/, '')

it('a thousand random runs change nothing but the approved rows, exactly as they were approved', async () => {
  let moved = 0
  let left = 0
  await fc.assert(
    fc.asyncProperty(scenario, async ({ jobs, leaves, before, during }) => {
      await on.client.query(
        'DELETE FROM prover_jobs_fri; DELETE FROM leaf_aggregation_witness_jobs_fri; DELETE FROM seen',
      )
      await on.insert('prover_jobs_fri', jobs)
      const leafRows = leaves.map((each, index): JobFixture => ({ ...each, batch: 1, more: { circuit_id: index + 3 } }))
      if (leafRows.length > 0) await on.insert('leaf_aggregation_witness_jobs_fri', leafRows)
      const change = await planned()
      if (change.rows.length === 0) return
      for (const move of before) await on.client.query(moves[move] as string)
      const [done] = await Promise.all([apply(change), meanwhile(during)])
      const { rows } = await on.client.query<Seen>('SELECT key, old, new FROM seen ORDER BY place')
      const guards = new Map(change.rows.map((guard) => [guard.key, guard]))
      expect(rows.map(({ key }) => key).sort()).toEqual([...done.moved].sort())
      expect([...done.moved, ...done.left.map(({ key }) => key)].sort()).toEqual([...guards.keys()].sort())
      for (const { key, old, new: now } of rows) {
        const guard = guards.get(key)
        expect(old).toMatchObject({ status: guard?.status, attempts: guard?.attempts, chain_id: guard?.chainId })
        expect(millis(old.processing_started_at)).toBe(millis(guard?.startedAt))
        expect(millis(old.updated_at)).toBe(millis(guard?.updatedAt))
        expect(['failed', 'in_progress', 'in_gpu_proof']).toContain(old.status)
        const { status, attempts, updated_at, processing_started_at, ...same } = now
        expect({ status, attempts }).toEqual({ status: 'queued', attempts: 0 })
        expect(updated_at).toBe(processing_started_at)
        expect(old).toMatchObject(same)
      }
      moved += done.moved.length
      left += done.left.length
    }),
    { numRuns: 1000, endOnFailure: true },
  )
  // The runs are worth nothing unless rows were moved and rows got away.
  expect(moved).toBeGreaterThan(500)
  expect(left).toBeGreaterThan(200)
}, 240_000)
