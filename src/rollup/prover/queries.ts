// The statements that read the prover's queue. Each is served by an index of its generation: unfinished rows by status,
// finished ones only inside bounded windows of batches or ids.

import { becauseOf, classOf, classRules, finishedStatuses, judgementSql, runningStatuses, utcNow } from './classes.ts'
import type { JobTable, ProverSchema } from './generation.ts'
import { type ProverPolicySettings, policyFor, type StagePolicy } from './policy.ts'

/** A table with the policy its rows are judged by. */
export interface JudgedTable extends JobTable {
  readonly policy: StagePolicy
}

export function judgedTables(schema: ProverSchema, settings: ProverPolicySettings): readonly JudgedTable[] {
  return schema.tables.map((table) => ({ ...table, policy: policyFor(table, schema.generation, settings) }))
}

/** How many times its interval an expired row may wait before automation counts as not working. */
export const overdueIntervals = 10

/** Seconds in the present status: from the pick or the last re-queue; a job that was never picked counts from its arrival. */
export const ageSql = `extract(epoch FROM ${utcNow} - coalesce(CASE WHEN status = 'failed' THEN updated_at END,
  processing_started_at, updated_at))`

/** ISO 8601 UTC with microseconds, whatever driver and session. */
export const isoSql = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/** Batch numbers and seconds leave the database as float8: int8 would arrive as text, and int4 ends too early. */
export const chainSql = (table: JobTable): string => (table.hasChain ? 'chain_id' : '0')
/** On chain $2, where rows know chains and it is not null. */
export const onChainSql = (table: JobTable): string =>
  table.hasChain ? '($2::int8 IS NULL OR chain_id = $2)' : '($2::int8 IS NULL OR true)'
export const versionSql = (table: JobTable): string => {
  if (!table.hasVersion) return 'NULL::text'
  return table.hasPatch ? `protocol_version || '.' || protocol_version_patch` : 'protocol_version::text'
}
export const roundSql = (table: JobTable): string =>
  table.group === 'prover' ? 'aggregation_round::int' : `${table.round ?? 'NULL'}::int`

/** Statuses of unfinished rows that this table has an index for. */
function indexedStatuses(table: JobTable): readonly string[] {
  const active = ['in_progress', 'failed', ...(table.group === 'prover' ? ['in_gpu_proof'] : [])]
  // The old tables index every status; the others keep what waits for proofs out of their indexes.
  if (table.automation === 'takeover') return ['queued', ...active, 'waiting_for_proofs', 'waiting_for_artifacts']
  return table.queueIndexed ? ['queued', ...active] : active
}

/** Statuses that have to be looked for batch by batch. */
export function windowStatuses(table: JobTable): readonly string[] {
  if (table.automation === 'takeover' || table.group !== 'witness' || table.round === 0) return []
  return table.queueIndexed ? ['waiting_for_proofs'] : ['waiting_for_proofs', 'queued']
}

function openRows(table: JudgedTable, where: string): string {
  const rules = classRules(table, table.policy)
  const { maxAttempts, timeoutSeconds, intervalSeconds } = table.policy
  return `
    SELECT o.*, o.judged LIKE 'expired%' AND o.age - CASE WHEN o.status = 'failed' THEN 0 ELSE ${timeoutSeconds} END
      >= ${intervalSeconds * overdueIntervals} AS overdue
    FROM (
      SELECT '${table.stage}' AS stage, ${roundSql(table)} AS round, l1_batch_number AS batch, ${chainSql(table)} AS chain,
        status, attempts::int AS attempts, status = 'queued' AND attempts >= ${maxAttempts} AS last, ${versionSql(table)} AS version,
        ${table.worker ?? 'NULL::text'} AS worker, left(error, 300) AS error, created_at,
        processing_started_at AS started_at, ${ageSql}::float8 AS age, ${judgementSql(rules)} AS judged
      FROM ${table.table} WHERE ${where}
    ) o`
}

function openBranches(table: JudgedTable): readonly string[] {
  return indexedStatuses(table).map((status) => openRows(table, statusWhere(table, status)))
}

/** Rows with so many attempts or more are in no index by status since 2025-02. */
export const indexedAttempts = 20

/** The condition that the index for this status asks for. */
export function statusWhere(table: JobTable, status: string): string {
  if (table.table === 'prover_jobs' && status === 'in_gpu_proof') {
    // Only (circuit_type, status) is sure to serve it: the circuit types are found by hopping from one to the next.
    return `status = 'in_gpu_proof' AND circuit_type = ANY (ARRAY(
      WITH RECURSIVE kinds AS (
        (SELECT circuit_type FROM prover_jobs ORDER BY circuit_type LIMIT 1)
        UNION ALL
        SELECT (SELECT p.circuit_type FROM prover_jobs p WHERE p.circuit_type > kinds.circuit_type
                ORDER BY p.circuit_type LIMIT 1)
        FROM kinds WHERE kinds.circuit_type IS NOT NULL
      ) SELECT circuit_type FROM kinds WHERE circuit_type IS NOT NULL))`
  }
  const partial = table.fewAttemptsIndexed && status !== 'queued'
  return `status = '${status}'${partial ? ` AND attempts < ${indexedAttempts}` : ''}`
}

export interface CountRow {
  readonly stage: string
  readonly round: number | null
  readonly status: string
  readonly class: string
  readonly jobs: number
  readonly oldest: number
  readonly attempts: number
  /** Queued with the budget used up: the try that is waiting is the last. */
  readonly last: number
  readonly overdue: number
}

export interface VersionRow {
  readonly stage: string
  readonly chain: number
  readonly version: string | null
  readonly queued: number
  readonly running: number
  readonly oldest_queued: number | null
  readonly last_pick: number | null
}

export interface StuckRow {
  readonly chain: number
  readonly batch: number
  readonly stage: string
  readonly class: 'expired' | 'exhausted'
  readonly because: string | null
  readonly jobs: number
  readonly statuses: readonly string[]
  readonly attempts: number
  readonly oldest: number
  readonly since: string | null
  readonly worker: string | null
  readonly error: string | null
}

export interface OpenBatchRow {
  readonly chain: number
  readonly batch: number
  readonly stuck: boolean
  readonly active: boolean
}

export interface WorkerRow {
  readonly worker: string
  readonly version: string | null
  readonly running: number
  readonly seen: number
}

export interface OpenAnswer {
  readonly counts: readonly CountRow[]
  readonly versions: readonly VersionRow[]
  readonly stuck: readonly StuckRow[]
  readonly stuck_more: number
  readonly batches: readonly OpenBatchRow[]
  readonly waiting: readonly WaitingRow[]
  readonly workers: readonly WorkerRow[]
  readonly newest: readonly { readonly chain: number; readonly batch: number }[]
  readonly backlog_seconds: number | null
  readonly read_at: string
}

/** Groups of one batch, stage and class each. */
export const stuckLimit = 500
const batchLimit = 2000

/** Everything unfinished, counted in one pass. */
export function openSql(tables: readonly JudgedTable[]): string {
  return answerSql(tables, tables.flatMap(openBranches))
}

/** The rows that no index by status knows, of batch $1 (on chain $2 unless null) alone; null where the indexes know all. */
export function beyondSql(tables: readonly JudgedTable[]): string | null {
  const prover = proverOf(tables)
  if (!prover.fewAttemptsIndexed) return null
  const where = `l1_batch_number = $1 AND ${onChainSql(prover)} AND attempts >= ${indexedAttempts}
    AND status IN ('in_progress', 'in_gpu_proof', 'failed')`
  return answerSql(tables, [openRows(prover, where)])
}

export const proverOf = (tables: readonly JudgedTable[]): JudgedTable =>
  tables.find((table) => table.group === 'prover') as JudgedTable

function answerSql(tables: readonly JudgedTable[], branches: readonly string[]): string {
  const prover = proverOf(tables)
  const input = tables.find((table) => table.stage === 'basic-witness')
  const lately = (table: JudgedTable, column: string): string =>
    `(SELECT ${chainSql(table)} AS chain, l1_batch_number AS batch FROM ${table.table} ORDER BY ${column} DESC LIMIT 500)`
  const list = (query: string): string => `coalesce((SELECT json_agg(q) FROM (${query}) q), '[]'::json)`
  const stuck = `SELECT chain, batch, stage, ${classOf('judged')} AS class, min(${becauseOf('judged')}) AS because, count(*)::int AS jobs,
      array_agg(DISTINCT status) AS statuses, max(attempts) AS attempts, round(max(age))::float8 AS oldest, ${isoSql('min(started_at)')} AS since,
      max(worker) AS worker, max(error) AS error
    FROM open WHERE judged LIKE 'ex%' GROUP BY chain, batch, stage, ${classOf('judged')}`
  return `
    WITH open AS MATERIALIZED (${branches.join(' UNION ALL ')}),
    stuck AS MATERIALIZED (${stuck})
    SELECT
      ${list(`SELECT stage, round, status, ${classOf('judged')} AS class, count(*)::int AS jobs, round(max(age))::float8 AS oldest, max(attempts) AS attempts,
          (count(*) FILTER (WHERE last))::int AS last, (count(*) FILTER (WHERE overdue))::int AS overdue
        FROM open GROUP BY stage, round, status, judged`)} AS counts,
      ${list(`SELECT stage, chain, version, (count(*) FILTER (WHERE status = 'queued'))::int AS queued,
          (count(*) FILTER (WHERE judged = 'running'))::int AS running,
          round(max(age) FILTER (WHERE status = 'queued'))::float8 AS oldest_queued,
          round(min(age) FILTER (WHERE status IN (${runningStatuses.map((status) => `'${status}'`).join(', ')})))::float8 AS last_pick
        FROM open WHERE judged <> 'waiting' GROUP BY stage, chain, version`)} AS versions,
      ${list(`SELECT * FROM stuck ORDER BY class, batch, chain, stage LIMIT ${stuckLimit}`)} AS stuck,
      (SELECT greatest(count(*) - ${stuckLimit}, 0)::int FROM stuck) AS stuck_more,
      ${list(`SELECT chain, batch, bool_or(judged LIKE 'ex%') AS stuck,
          bool_or(judged IN ('queued', 'running')) AS active
        FROM open WHERE judged <> 'waiting' GROUP BY chain, batch ORDER BY batch LIMIT ${batchLimit}`)} AS batches,
      ${list(`SELECT stage, chain, batch, status, count(*)::int AS jobs, round(max(age))::float8 AS oldest
        FROM open WHERE judged = 'waiting' GROUP BY stage, chain, batch, status ORDER BY batch LIMIT ${batchLimit}`)} AS waiting,
      ${list(`SELECT worker, version, count(*)::int AS running, round(min(age))::float8 AS seen FROM open
        WHERE worker IS NOT NULL AND judged = 'running' GROUP BY worker, version ORDER BY seen LIMIT 100`)} AS workers,
      ${list(`SELECT chain, max(batch) AS batch FROM (
          ${[lately(prover, 'id'), ...(input ? [lately(input, 'l1_batch_number')] : [])].join(' UNION ALL ')}
        ) newest GROUP BY chain`)} AS newest,
      (SELECT round(extract(epoch FROM ${utcNow} - min(created_at)))::float8 FROM open WHERE status = 'queued') AS backlog_seconds,
      ${isoSql(utcNow)} AS read_at`
}

/** Ranges of batches per chain, inside which finished rows may be read. */
export interface Window {
  readonly chain: number
  readonly from: number
  readonly to: number
}

export const windowValues = (windows: readonly Window[]): readonly unknown[] => [
  windows.map((window) => window.chain),
  windows.map((window) => window.from),
  windows.map((window) => window.to),
]

/**
 * Batch by batch, each looked up by key: over a range the planner guesses thousands of rows and reads the table whole.
 */
const batchesFrom = `unnest($1::int8[], $2::int8[], $3::int8[]) AS w(chain, lo, hi)
  CROSS JOIN LATERAL generate_series(w.lo, w.hi) AS g(batch)`

const ofBatch = (table: JobTable, alias: string): string =>
  `${alias}.l1_batch_number = g.batch${table.hasChain ? ` AND ${alias}.chain_id = w.chain` : ''}`

export interface WaitingRow {
  readonly stage: string
  readonly chain: number
  readonly batch: number
  readonly status: string
  readonly jobs: number
  readonly oldest: number
}

/** What waits for proofs, by batch, inside the windows; null where indexes already tell. */
export function waitingSql(tables: readonly JudgedTable[]): string | null {
  const branches = tables
    .filter((table) => windowStatuses(table).length > 0)
    .map(
      (table) => `
        SELECT '${table.stage}' AS stage, w.chain::float8 AS chain, g.batch::float8 AS batch, x.status, x.jobs, x.oldest
        FROM ${batchesFrom} CROSS JOIN LATERAL (
          SELECT t.status, count(*)::int AS jobs, round(max(extract(epoch FROM ${utcNow} - t.updated_at)))::float8 AS oldest
          FROM ${table.table} t WHERE ${ofBatch(table, 't')} AND t.status IN (${windowStatuses(table)
            .map((status) => `'${status}'`)
            .join(', ')}) GROUP BY t.status
        ) x`,
    )
  return branches.length > 0 ? branches.join(' UNION ALL ') : null
}

export interface IdleRow {
  readonly chain: number
  readonly batch: number
  /** Since the last change of any of its prover jobs; null: it has none. */
  readonly seconds: number | null
  readonly busy: boolean
}

/** Of a few batches ($1 chains, $2 batches): is any prover job left to do, and when did one last change? */
export function idleSql(tables: readonly JudgedTable[]): string {
  const prover = proverOf(tables)
  const finished = finishedStatuses.map((status) => `'${status}'`).join(', ')
  return `
    SELECT w.chain::float8 AS chain, g.batch::float8 AS batch, p.seconds, coalesce(p.busy, false) AS busy
    FROM unnest($1::int8[], $2::int8[]) AS w(chain, batch) CROSS JOIN LATERAL (SELECT w.batch) AS g
    CROSS JOIN LATERAL (
      SELECT round(extract(epoch FROM ${utcNow} - max(p.updated_at)))::float8 AS seconds, bool_or(p.status NOT IN (${finished})) AS busy
      FROM ${prover.table} p WHERE ${ofBatch(prover, 'p')}
    ) p`
}

export interface BatchRow {
  readonly chain: number
  readonly batch: number
  readonly proven: boolean
  /** Handed on to the core (2024 on); null where there is no compressor. */
  readonly status: string | null
  readonly finished_seconds: number | null
  readonly finished_at: string | null
  readonly proof_seconds: number | null
}

/** Each batch inside the windows: is its final proof there, since when, and how long did it take from its creation? */
export function batchesSql(schema: ProverSchema): string {
  const compressor = schema.tables.find((table) => table.group === 'compressor')
  return compressor ? compressedSql(schema, compressor) : plainBatchesSql(schema)
}

function compressedSql(schema: ProverSchema, compressor: JobTable): string {
  const input = schema.tables.find((table) => table.stage === 'basic-witness') as JobTable
  // Once the core has fetched the proof, updated_at is the time of that, so the proof's own time is start + duration.
  const finished = `CASE WHEN c.status IN ('successful', 'sent_to_server')
    THEN coalesce(c.processing_started_at + c.time_taken, c.updated_at) END`
  return `
    SELECT w.chain::float8 AS chain, g.batch::float8 AS batch, c.status,
      coalesce(c.status IN ('successful', 'sent_to_server', 'skipped'), false) AS proven, ${isoSql(finished)} AS finished_at,
      round(extract(epoch FROM ${utcNow} - (${finished})))::float8 AS finished_seconds,
      round(extract(epoch FROM (${finished}) - t.created_at))::float8 AS proof_seconds
    FROM ${batchesFrom}
    CROSS JOIN LATERAL (SELECT t.created_at FROM ${input.table} t WHERE ${ofBatch(input, 't')} LIMIT 1) t
    LEFT JOIN LATERAL (
      SELECT c.status, c.processing_started_at, c.time_taken, c.updated_at FROM ${compressor.table} c
      WHERE ${ofBatch(compressor, 'c')} LIMIT 1
    ) c ON true ORDER BY 1, 2`
}

/** Without a compressor. Whether a batch has jobs at all is asked once per batch, because each may have thousands. */
function plainBatchesSql(schema: ProverSchema): string {
  const prover = schema.tables.find((table) => table.group === 'prover') as JobTable
  const input = schema.tables.find((table) => table.stage === 'basic-witness')
  const inputs = input
    ? `SELECT i.created_at FROM ${input.table} i WHERE ${ofBatch(input, 'i')} LIMIT 1`
    : 'SELECT NULL::timestamp AS created_at'
  return `
    SELECT w.chain::float8 AS chain, g.batch::float8 AS batch, NULL AS status, f.updated_at IS NOT NULL AS proven,
      ${isoSql('f.updated_at')} AS finished_at, round(extract(epoch FROM ${utcNow} - f.updated_at))::float8 AS finished_seconds,
      round(extract(epoch FROM f.updated_at - coalesce(i.created_at, f.created_at)))::float8 AS proof_seconds
    FROM ${batchesFrom}
    LEFT JOIN LATERAL (${inputs}) i ON true
    LEFT JOIN LATERAL (SELECT true AS any FROM ${prover.table} p WHERE ${ofBatch(prover, 'p')} LIMIT 1) has ON true
    LEFT JOIN LATERAL (
      -- A fork proves a batch as one job of any round and writes no witness inputs.
      SELECT p.updated_at, p.created_at FROM ${prover.table} p
      WHERE p.status = 'successful' AND ${ofBatch(prover, 'p')}
        AND p.aggregation_round = CASE WHEN i.created_at IS NULL THEN p.aggregation_round ELSE ${schema.finalRound} END
      ORDER BY p.aggregation_round DESC LIMIT 1
    ) f ON true
    WHERE has.any OR i.created_at IS NOT NULL ORDER BY 2`
}
