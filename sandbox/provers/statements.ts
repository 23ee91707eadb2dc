// What workers and automation do to job rows, as the node does it; the time is the sandbox's ($1), not the server's.

import type { ClientBase } from 'pg'
import { stamp } from '../database/rows.ts'
import type { Limits, Policy, Queue } from './queues.ts'

/** A row as the worker that picked it got it. */
export interface PickedJob {
  readonly queue: Queue
  readonly row: Readonly<Record<string, unknown>>
  readonly batch: number
  /** 0 where tables have no chain. */
  readonly chain: number
  readonly attempts: number
}

export interface Picker {
  readonly name: string
  /** Protocol versions it proves, as rows name them: `15`, or `29.4`. */
  readonly versions: readonly string[]
  readonly limits: Limits
  /** Of today's provers one kind takes only the heavy basic circuits, the other everything else. */
  readonly variant?: 'heavy' | 'light' | undefined
}

const started = (seconds: number) => `$1::timestamp - make_interval(secs => ${seconds})`

/** Which rows a worker may take now; `$1` is the time. */
export function mayPickSql(queue: Queue, limits: Limits): string {
  if (queue.automation === 'requeue') return `status = 'queued'`
  return `(status = 'queued' OR (status = 'in_progress' AND processing_started_at < ${started(limits.timeoutSeconds)})
    OR (status = 'failed' AND attempts < ${limits.maxAttempts}))`
}

/** Which rows automation puts back now; `$1` is the time. */
export function mayRequeueSql(queue: Queue, { maxAttempts, timeoutSeconds }: Limits): string {
  const past = queue.covered.map(
    (status) =>
      `(status = '${status}' AND processing_started_at <= ${started(timeoutSeconds)} AND attempts < ${maxAttempts})`,
  )
  return `(${[...past, `(status = 'failed' AND attempts < ${maxAttempts})`].join(' OR ')})`
}

const heavy = `(aggregation_round = 0 AND circuit_id IN (2, 4, 8, 9, 10, 11, 12))`

export async function pick(client: ClientBase, queue: Queue, by: Picker, now: number): Promise<PickedJob | null> {
  const key = queue.key.join(', ')
  const versions = queue.version === '' ? '' : `AND ${queue.version} = ANY ($2)`
  const variant =
    by.variant === undefined || queue.stage !== 'prover' ? '' : by.variant === 'heavy' ? heavy : `NOT ${heavy}`
  const { rows } = await client.query<Record<string, unknown>>(
    `UPDATE ${queue.table} SET status = 'in_progress', attempts = attempts + 1, processing_started_at = $1, updated_at = $1
      ${queue.worker ? `, ${queue.worker} = $3::text` : ''}
    WHERE (${key}) IN (SELECT ${key} FROM ${queue.table} WHERE ${mayPickSql(queue, by.limits)} ${versions}
      ${variant === '' ? '' : `AND ${variant}`} AND ($2::text[] IS NOT NULL) AND ($3::text IS NOT NULL)
      ORDER BY ${queue.order} LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING *`,
    [stamp(now), by.versions, by.name],
  )
  const [row] = rows
  if (row === undefined) return null
  const chain = Number(row.chain_id ?? 0)
  return { queue, row, batch: Number(row.l1_batch_number), chain, attempts: Number(row.attempts) }
}

/** The work left the synthesizer: only the status moves, so that the time-out goes on counting from the pick. */
export async function shipToGpu(client: ClientBase, job: PickedJob, now: number): Promise<void> {
  await update(client, job, `status = 'in_gpu_proof', updated_at = $1`, now)
}

/** A proof that is there counts, however late it comes. */
export async function finish(client: ClientBase, job: PickedJob, name: string, now: number, seconds: number) {
  const taken = `status = 'successful', updated_at = $1, time_taken = make_interval(secs => ${seconds})::time`
  const by = job.queue.table === 'prover_jobs' ? `, result = '\\x01', proccesed_by = '${name}'` : ''
  await update(client, job, taken + by, now)
}

export async function fail(client: ClientBase, job: PickedJob, error: string, limits: Limits, now: number) {
  // The prover of 2023 overwrites a proof with a late failure; the later ones don't.
  const old = !job.queue.table.endsWith('_fri')
  const unless = old ? '' : ` AND status NOT IN ('successful', 'sent_to_server')`
  await update(client, job, `status = 'failed', updated_at = $1, error = ${quoted(error)}`, now, unless)
  // From then on a chain that samples its proofs settles the batch without one.
  if (old && job.attempts >= limits.maxAttempts) {
    await client.query('UPDATE l1_batches SET skip_proof = true WHERE number = $1', [job.batch])
  }
}

/** One round of what puts rows back, over all tables at once; how many rows it moved. */
export async function requeue(
  client: ClientBase,
  queues: readonly Queue[],
  policy: Policy,
  now: number,
): Promise<number> {
  const rounds = queues
    .filter(({ automation }) => automation === 'requeue')
    .map(
      (queue) => `UPDATE ${queue.table} SET status = 'queued', updated_at = $1, processing_started_at = $1
        ${queue.requeueCounts ? ', attempts = attempts + 1' : ''} WHERE ${mayRequeueSql(queue, policy[queue.group])}`,
    )
  return updateAll(client, rounds, now)
}

/** Several updates of different tables in one go; the rows they changed. `$1` is the time. */
export async function updateAll(client: ClientBase, updates: readonly string[], now: number): Promise<number> {
  const parts = updates.map((update, index) => `u${index} AS (${update} RETURNING 1)`)
  const counts = updates.map((_, index) => `(SELECT count(*)::int FROM u${index})`)
  const { rows } = await client.query<{ moved: number }>(
    `WITH at AS (SELECT $1::timestamp AS now), ${parts.join(', ')} SELECT ${counts.join(' + ')} AS moved`,
    [stamp(now)],
  )
  return rows[0]?.moved ?? 0
}

async function update(
  client: ClientBase,
  { queue, row }: PickedJob,
  set: string,
  now: number,
  and = '',
): Promise<void> {
  const where = queue.key.map((column, index) => `${column} = $${index + 2}`).join(' AND ')
  const key = queue.key.map((column) => row[column])
  await client.query(`UPDATE ${queue.table} SET ${set} WHERE ${where}${and}`, [stamp(now), ...key])
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
