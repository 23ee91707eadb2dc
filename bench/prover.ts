// What /prover-status and /requeue cost on a prover database with millions of finished jobs.
//
//   npx tsx bench/prover.ts        the prover's database of today
//   npx tsx bench/prover.ts 2023   the old prover's tables

import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import type pg from 'pg'
import { pino } from 'pino'
import { applySchema } from '../sandbox/database/schema.ts'
import { withClient } from '../sandbox/database/with-client.ts'
import { createNodeDatabase } from '../src/rollup/node-database.ts'
import { assumedPolicy, type ProverPolicySettings } from '../src/rollup/prover/policy.ts'
import type { NodeReader } from '../src/rollup/prover/sources.ts'
import { createProverControl } from '../src/rollup/prover-control.ts'
import { createProverJobs, type ProverJobs } from '../src/rollup/prover-jobs.ts'
import { type PostgresServer, startPostgresServer } from '../src/storage/postgres-server.ts'
import { type Figure, median, printFigures, timed } from './figure.ts'
import { dropIndexes } from './indexes.ts'
import { type Load, loadProvers, type ProverKind } from './load-provers.ts'

const command = 'npx tsx bench/prover.ts'
const shape = { jobsPerBatch: 100, unfinished: 2000, secondsPerBatch: 120 }
const small: Load = { ...shape, finished: 10_000 }
const large: Load = { ...shape, finished: 5_000_000 }
const rounds = 40
/** Five attempts in every generation, so that the same 500 jobs are exhausted. */
const policy: ProverPolicySettings = {
  ...assumedPolicy,
  old: { ...assumedPolicy.old, prover: { maxAttempts: { value: 5 }, timeoutSeconds: null } },
}

export async function run(kind: ProverKind = 'prover'): Promise<Figure[]> {
  const server = await startPostgresServer({ settings: { shared_buffers: '2GB', max_wal_size: '16GB' } })
  try {
    const few = await makeDatabase(server, 'few', kind, small)
    const many = await makeDatabase(server, 'many', kind, large)
    return [...(await status(few, many, kind)), ...(await requeue(many, kind))]
  } finally {
    await server.stop()
  }
}

async function makeDatabase(server: PostgresServer, name: string, kind: ProverKind, load: Load): Promise<string> {
  await withClient(server.url(), (client) => client.query(`CREATE DATABASE ${name}`))
  const url = server.url(name)
  await withClient(url, async (client) => {
    await applySchema(client, kind)
    await client.query(`SET maintenance_work_mem = '1GB'`)
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '_jobs|witness_inputs'`,
    )
    const restore = await dropIndexes(
      client,
      rows.map((row) => row.name),
    )
    await loadProvers(client, kind, load)
    for (const statement of restore) await client.query(statement)
  })
  return url
}

interface Opened {
  readonly jobs: ProverJobs
  /** Milliseconds of every statement since it was last emptied. */
  readonly statements: number[]
  end(): Promise<void>
}

function open(url: string): Opened {
  const database = createNodeDatabase({ name: 'prover database', url, log: pino({ level: 'silent' }) })
  const statements: number[] = []
  const reader: NodeReader = {
    read: async (text, values, settings) => {
      const start = performance.now()
      const rows = await database.read(text, values, settings)
      statements.push(performance.now() - start)
      return rows as never
    },
  }
  return {
    jobs: createProverJobs({ prover: reader, control: reader, core: null, policy }),
    statements,
    end: () => database.end(),
  }
}

const patience = () => ({ signal: AbortSignal.timeout(60_000) })

async function status(few: string, many: string, kind: ProverKind): Promise<Figure[]> {
  const [short, long] = [open(few), open(many)]
  const times = { few: [] as number[], many: [] as number[], queries: [] as number[], byHand: [] as number[] }
  try {
    for (let round = 0; round < 5; round += 1)
      await Promise.all([short.jobs.overview(patience()), long.jobs.overview(patience())])
    for (let round = 0; round < rounds; round += 1) {
      times.few.push(await timed(() => short.jobs.overview(patience())))
      long.statements.length = 0
      times.many.push(await timed(() => long.jobs.overview(patience())))
      times.queries.push(long.statements.reduce((sum, each) => sum + each, 0))
    }
    await withClient(many, async (client) => {
      for (let round = 0; round < 5; round += 1) times.byHand.push(await timed(() => oneByOne(client, kind)))
    })
  } finally {
    await Promise.all([short.end(), long.end()])
  }
  const [ours, theirs] = [median(times.few), median(times.many)]
  const each = `median of ${rounds}; ${kind}`
  return [
    figure('/prover-status, 10 thousand finished and 2 000 unfinished jobs', ours, 'ms', each),
    figure('/prover-status, 5 million finished and 2 000 unfinished jobs', theirs, 'ms', each),
    figure('5 million against 10 thousand', theirs / ours, '', 'limit 1.5'),
    figure('its queries together, among 5 million', median(times.queries), 'ms', `${each}; limit 100`),
    figure('the same facts by psql, one query at a time, among 5 million', median(times.byHand), 'ms', 'median of 5'),
  ]
}

async function requeue(many: string, kind: ProverKind): Promise<Figure[]> {
  const opened = open(many)
  const times: number[] = []
  const byHand: number[] = []
  try {
    await withClient(many, async (client) => {
      for (let round = 0; round < rounds / 4; round += 1) {
        await client.query('BEGIN')
        times.push(
          await timed(async () => {
            const { change } = await opened.jobs.plan({ what: { kind: 'stuck' } }, patience())
            const done = change && (await createProverControl(client).requeue(change))
            if (done?.moved.length !== 500) throw new Error(`${done?.moved.length} of 500 rows moved`)
          }),
        )
        await client.query('ROLLBACK')
      }
      for (let round = 0; round < 5; round += 1) {
        await client.query('BEGIN')
        byHand.push(await timed(() => requeueOneByOne(client, kind)))
        await client.query('ROLLBACK')
      }
    })
  } finally {
    await opened.end()
  }
  return [
    figure('/requeue of 500 rows, plan and apply, among 5 million', median(times), 'ms', `${kind}; limit 300`),
    figure('the same by psql, one query at a time, among 5 million', median(byHand), 'ms', 'median of 5'),
  ]
}

/** By hand: look for the stuck rows, look at each batch around them, then put every row back as it was seen. */
async function requeueOneByOne(client: pg.Client, kind: ProverKind): Promise<void> {
  const table = kind === '2023' ? 'prover_jobs' : 'prover_jobs_fri'
  const { rows } = await client.query<{ id: string; batch: string; status: string; attempts: number }>(
    `SELECT id, l1_batch_number AS batch, status, attempts, error FROM ${table} WHERE attempts >= 5 AND (status = 'failed'
       OR status IN ('in_progress', 'in_gpu_proof')
         AND processing_started_at < now() AT TIME ZONE 'UTC' - interval '1 hour') ORDER BY 2, 1`,
  )
  for (const batch of new Set(rows.map((row) => row.batch)))
    await client.query(`SELECT status, count(*) FROM ${table} WHERE l1_batch_number = $1 GROUP BY 1`, [batch])
  let moved = 0
  for (const { id, status, attempts } of rows) {
    const done = await client.query(
      `UPDATE ${table} SET status = 'queued', attempts = 0, updated_at = now() AT TIME ZONE 'UTC',
         processing_started_at = now() AT TIME ZONE 'UTC' WHERE id = $1 AND status = $2 AND attempts = $3`,
      [id, status, attempts],
    )
    moved += done.rowCount ?? 0
  }
  if (moved !== 500) throw new Error(`${moved} of 500 rows moved by hand`)
}

/** What somebody types at three in the morning: each stage's counts, the stuck jobs by batch, and what finished lately. */
async function oneByOne(client: pg.Client, kind: ProverKind): Promise<void> {
  const old = kind === '2023'
  const prover = old ? 'prover_jobs' : 'prover_jobs_fri'
  const stages = old
    ? ['witness_inputs', 'leaf_aggregation_witness_jobs', 'node_aggregation_witness_jobs', 'scheduler_witness_jobs']
    : [
        'witness_inputs_fri',
        'leaf_aggregation_witness_jobs_fri',
        'node_aggregation_witness_jobs_fri',
        'scheduler_witness_jobs_fri',
        'proof_compression_jobs_fri',
      ]
  for (const table of [...stages, prover]) await client.query(`SELECT status, count(*) FROM ${table} GROUP BY status`)
  await client.query(`SELECT l1_batch_number, status, count(*), max(attempts), min(processing_started_at) FROM ${prover}
    WHERE status IN ('failed', 'in_progress', 'in_gpu_proof') GROUP BY 1, 2 ORDER BY 1`)
  await client.query(`SELECT count(*) FROM ${prover}
    WHERE status = 'successful' AND updated_at > now() AT TIME ZONE 'UTC' - interval '1 hour'`)
}

function figure(name: string, value: number, unit: string, note: string): Figure {
  return { name, command, value, unit, note }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  printFigures(await run((process.argv[2] ?? 'prover') as ProverKind))
}
