// The statements behind a requeue's plan: stuck rows, rows that stay, chains that share a batch number, and rights.

import { writtenColumns } from '../prover-control.ts'
import { finishedStatuses, runningStatuses, waitingStatuses } from './classes.ts'
import type { RequeueQuestion } from './facts.ts'
import type { JobTable, ProverSchema } from './generation.ts'
import { indexedAttempts, type JudgedTable, onChainSql, proverOf, statusWhere } from './queries.ts'
import { rowsSql } from './rows.ts'

/** Nobody reads more, and a change of more belongs into several. */
export const candidateLimit = 20_000
export const leftAloneLimit = 100

/** $1, $2: range of batches, or null for all; $3: chain id or null. */
export function questionValues(question: RequeueQuestion, chainId: number | null): readonly unknown[] {
  const { what } = question
  const [from, to] = what.kind === 'batches' ? [what.from, what.to] : [null, null]
  return [from, to, chainId]
}

function inQuestion(table: JobTable, question: RequeueQuestion): string {
  const named = question.what.kind === 'batches'
  const batches = named ? 'l1_batch_number BETWEEN $1::int8 AND $2::int8' : '($1::int8 IS NULL AND $2::int8 IS NULL)'
  return `${batches} AND ${table.hasChain ? '($3::int8 IS NULL OR chain_id = $3)' : '($3::int8 IS NULL OR true)'}`
}

function wantedTables(tables: readonly JudgedTable[], question: RequeueQuestion): readonly JudgedTable[] {
  return tables.filter((table) => question.stage === undefined || table.stage === question.stage)
}

/** By status only what an index serves; by batch whatever may be stuck. */
const stuckStatuses = (table: JobTable, named: boolean): readonly string[] =>
  named || table.group === 'prover' ? ['failed', 'in_progress', 'in_gpu_proof'] : ['failed', 'in_progress']

/** Every row that is expired or exhausted, oldest batch first. */
export function candidatesSql(tables: readonly JudgedTable[], question: RequeueQuestion): string {
  const branches = wantedTables(tables, question).flatMap((table) => {
    const scope = inQuestion(table, question)
    const named = question.what.kind === 'batches'
    const indexed = stuckStatuses(table, named).map((status) =>
      rowsSql(table, `${statusWhere(table, status)} AND ${scope}`),
    )
    // By batch the rows can be found that no index by status knows.
    const beyond = table.fewAttemptsIndexed && named
    const list = stuckStatuses(table, named).map((status) => `'${status}'`)
    return beyond
      ? [...indexed, rowsSql(table, `status IN (${list.join(', ')}) AND attempts >= ${indexedAttempts} AND ${scope}`)]
      : indexed
  })
  return `SELECT * FROM (${branches.join(' UNION ALL ')}) found WHERE class IN ('expired', 'exhausted')
    ORDER BY batch, chain, round NULLS LAST, stage, id::int8 LIMIT ${candidateLimit + 1}`
}

/** Stuck prover jobs of batch $1 (on chain $2 unless null) that no index by status knows; null where there are none. */
export function beyondRowsSql(tables: readonly JudgedTable[]): string | null {
  const prover = proverOf(tables)
  if (!prover.fewAttemptsIndexed) return null
  const list = stuckStatuses(prover, true).map((status) => `'${status}'`)
  const where = `l1_batch_number = $1 AND ${onChainSql(prover)} AND attempts >= ${indexedAttempts} AND status IN (${list.join(', ')})`
  return `SELECT * FROM (${rowsSql(prover, where)}) found WHERE class IN ('expired', 'exhausted') ORDER BY id::int8 LIMIT ${candidateLimit}`
}

/** In so few batches every row may be looked at for a status that nobody knows. */
const searchedBatches = 20

/** Unfinished rows of the named batches that are not stuck. */
export function leftAloneSql(tables: readonly JudgedTable[], question: RequeueQuestion): string {
  const unfinished = ['queued', ...runningStatuses, ...waitingStatuses]
  const known = [...unfinished, 'failed', ...finishedStatuses].map((status) => `'${status}'`).join(', ')
  const { what } = question
  const few = what.kind === 'batches' && what.to - what.from < searchedBatches
  const branches = wantedTables(tables, question).flatMap((table) => {
    const conditions = unfinished.map((status) => `status = '${status}'`)
    if (few || table.key === 'batch') conditions.push(`status NOT IN (${known})`)
    return conditions.map((condition) => rowsSql(table, `${condition} AND ${inQuestion(table, question)}`))
  })
  return `SELECT * FROM (${branches.join(' UNION ALL ')}) found WHERE class NOT IN ('expired', 'exhausted')
    ORDER BY batch, chain, stage, id::int8 LIMIT ${leftAloneLimit + 1}`
}

/** The chains that have any of the named batches. */
export function chainsSql(schema: ProverSchema): string | null {
  const input = schema.tables.find((table) => table.stage === 'basic-witness')
  if (!schema.hasChain || !input) return null
  return `SELECT DISTINCT chain_id::int AS chain FROM ${input.table}
    WHERE l1_batch_number BETWEEN $1::int8 AND $2::int8 ORDER BY 1 LIMIT 50`
}

export interface RightsRow {
  readonly replica: boolean
  readonly lacking: readonly string[] | null
}

/** May this login do it here? $1: table and column pairs. */
export function rightsSql(tables: readonly JobTable[]): string {
  const pairs = tables.flatMap((table) => writtenColumns.map((column) => `('${table.table}', '${column}')`))
  return `SELECT pg_is_in_recovery() AS replica,
    (SELECT array_agg(p.t || '.' || p.c ORDER BY p.t, p.c) FROM (VALUES ${pairs.join(', ')}) AS p(t, c)
      WHERE NOT has_column_privilege(p.t, p.c, 'UPDATE')) AS lacking`
}
