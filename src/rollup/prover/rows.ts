// Single job rows and the jobs of one batch: the statements, and their answers as facts.

import { circuitName } from './circuits.ts'
import { becauseOf, classOf, classRules, classSql, finishedStatuses, type JobClass, judgementSql } from './classes.ts'
import type { JobRow } from './facts.ts'
import type { JobTable, ProverSchema, ProverStage } from './generation.ts'
import { ageSql, chainSql, isoSql, type JudgedTable, onChainSql, roundSql, versionSql } from './queries.ts'

export interface RawRow {
  readonly table: string
  readonly stage: ProverStage
  readonly id: string | null
  readonly chain: number
  readonly batch: number
  readonly round: number | null
  readonly circuit: string | null
  readonly depth: number | null
  readonly status: string
  readonly attempts: number
  readonly age: number
  readonly error: string | null
  readonly worker: string | null
  readonly version: string | null
  readonly started: string | null
  readonly updated: string
  readonly class: JobClass
  readonly because: JobRow['because']
}

const circuitSql = (table: JobTable): string =>
  table.circuit === null ? 'NULL::text' : table.circuit === 'type' ? 'circuit_type' : 'circuit_id::text'

/** The rows of a table under a condition, as `RawRow`. */
export function rowsSql(table: JudgedTable, where: string): string {
  const rules = classRules(table, table.policy)
  return `
    SELECT '${table.table}' AS table, '${table.stage}' AS stage, ${table.key === 'id' ? 'id::text' : 'NULL::text'} AS id,
      ${chainSql(table)}::int AS chain, l1_batch_number::float8 AS batch, ${roundSql(table)} AS round,
      ${circuitSql(table)} AS circuit, ${table.hasDepth ? 'depth::int' : 'NULL::int'} AS depth, status,
      attempts::int AS attempts, round(${ageSql})::float8 AS age, left(error, 500) AS error, ${table.worker ?? 'NULL::text'} AS worker,
      ${versionSql(table)} AS version, ${isoSql('processing_started_at')} AS started, ${isoSql('updated_at')} AS updated,
      ${classOf('j.judged')} AS class, ${becauseOf('j.judged')} AS because
    FROM ${table.table} CROSS JOIN LATERAL (SELECT ${judgementSql(rules)} AS judged) j WHERE ${where}`
}

/** How a row is named in plans, replies and audit. */
export function keyOf(row: Pick<RawRow, 'table' | 'id' | 'chain' | 'batch'>): string {
  return row.id === null ? `${row.table}/${row.chain}:${row.batch}` : `${row.table}/${row.id}`
}

export function jobRow(row: RawRow, schema: ProverSchema): JobRow {
  return {
    key: keyOf(row),
    table: row.table,
    id: row.id,
    chainId: row.chain,
    batch: row.batch,
    stage: row.stage,
    round: row.round,
    circuit: nameOf(row.circuit, row, schema),
    depth: row.depth,
    status: row.status,
    attempts: row.attempts,
    ageSeconds: row.age,
    error: row.error,
    worker: row.worker,
    version: row.version,
    startedAt: row.started,
    updatedAt: row.updated,
    class: row.class,
    because: row.because,
  }
}

export function nameOf(
  circuit: string | null,
  row: { readonly round: number | null; readonly stage: string },
  schema: ProverSchema,
): string | null {
  if (circuit === null || schema.generation === '2023') return circuit
  return circuitName(row.round, Number(circuit), schema.finalRound)
}

export interface TreeRow {
  readonly stage: ProverStage
  readonly chain: number
  readonly round: number | null
  readonly circuit: string | null
  readonly status: string
  readonly class: JobClass
  readonly jobs: number
  readonly attempts: number
  readonly oldest: number
  readonly slowest: number | null
  readonly total: number | null
  readonly started: string | null
  readonly finished: string | null
}

const finishedList = finishedStatuses.map((status) => `'${status}'`).join(', ')

/** All jobs of one batch ($1), counted by stage, round, circuit and state; on chain $2 where it is not null. */
export function treeSql(tables: readonly JudgedTable[]): string {
  const branches = tables.map((table) => {
    const rules = classRules(table, table.policy)
    return `
      SELECT '${table.stage}' AS stage, ${chainSql(table)}::int AS chain, ${roundSql(table)} AS round,
        ${circuitSql(table)} AS circuit, status, ${classSql(rules)} AS class, count(*)::int AS jobs,
        max(attempts)::int AS attempts, round(max(${ageSql}))::float8 AS oldest,
        round(max(extract(epoch FROM time_taken)) FILTER (WHERE status IN (${finishedList})))::float8 AS slowest,
        round(sum(extract(epoch FROM time_taken)) FILTER (WHERE status IN (${finishedList})))::float8 AS total,
        ${isoSql('min(processing_started_at)')} AS started,
        ${isoSql(`max(updated_at) FILTER (WHERE status IN (${finishedList}))`)} AS finished
      FROM ${table.table} WHERE l1_batch_number = $1 AND ${onChainSql(table)} GROUP BY 1, 2, 3, 4, 5, 6`
  })
  return branches.join(' UNION ALL ')
}

/** Rows of one batch that are stuck or at work, worst first; bounded. $1 batch, $2 chain or null. */
export function busyRowsSql(tables: readonly JudgedTable[], limit: number): string {
  const branches = tables.map((table) => {
    return rowsSql(
      table,
      `l1_batch_number = $1 AND ${onChainSql(table)} AND status IN ('in_progress', 'in_gpu_proof', 'failed')`,
    )
  })
  return `SELECT * FROM (${branches.join(' UNION ALL ')}) busy
    ORDER BY array_position(ARRAY['exhausted', 'expired'], class), age DESC LIMIT ${limit}`
}

/** Stages in the order a batch passes them; a stage's prover jobs come right after its witness. */
export function pipeline(row: { readonly stage: ProverStage; readonly round: number | null }): number {
  if (row.stage === 'compressor') return 100
  return (row.round ?? 0) * 2 + (row.stage === 'prover' ? 1 : 0)
}

const gravity: readonly JobClass[] = ['exhausted', 'expired', 'unknown', 'running', 'queued', 'waiting']

/** Where a batch stands: its worst jobs; among equals, those furthest along the pipeline that are not merely waiting. */
export function standOf(rows: readonly TreeRow[]): TreeRow | null {
  for (const name of gravity) {
    const found = rows.filter((row) => row.class === name).sort((one, other) => pipeline(one) - pipeline(other))
    if (found[0]) return { ...found[0], oldest: Math.max(...found.map((row) => row.oldest)) }
  }
  return null
}
