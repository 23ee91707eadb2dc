// The only writes to a prover database: puts approved rows back in the queue, each only if it still is as it was previewed.

import type { Applied, Left } from '../core/command.ts'
import type { ProverControl, RequeueChange, RowGuard } from './prover/change.ts'
import { classRules, classSql, finishedStatuses, runningStatuses, utcNow } from './prover/classes.ts'
import { type ColumnRow, columnsSql, everyJobTable, type JobTable, probedTables } from './prover/generation.ts'
import { isoSql } from './prover/queries.ts'

/** The connection of the transaction that claimed the approval; its time limits bound every statement here. */
export interface ControlConnection {
  query<R extends object>(text: string, values?: unknown[]): Promise<{ readonly rows: readonly R[] }>
}

interface MovedRow {
  readonly key: string
  readonly status: string
  readonly attempts: number
  readonly started: string | null
  readonly updated: string
  readonly error: string | null
  readonly worker: string | null
  readonly at: string
}

interface SeenRow {
  readonly key: string
  readonly status: string | null
  readonly attempts: number | null
  readonly same: boolean
}

/** Names of the columns a requeue writes: exactly those its login may update. */
export const writtenColumns = ['status', 'attempts', 'updated_at', 'processing_started_at'] as const

export function createProverControl(connection: ControlConnection): ProverControl {
  return {
    async requeue(change) {
      const { rows: columns } = await connection.query<ColumnRow>(columnsSql, [probedTables])
      const tables = new Map(everyJobTable(columns).map((table) => [table.table, table]))
      const moved: MovedRow[] = []
      const left: Left[] = []
      // Tables in one fixed order: two approvals at once cannot wait for each other in a circle.
      for (const name of [...new Set(change.rows.map((row) => row.table))].sort()) {
        const guards = change.rows.filter((row) => row.table === name)
        const table = tables.get(name)
        const policy = change.policies[name]
        if (!table || !policy) {
          left.push(...guards.map(({ key }) => ({ key, why: `the table ${name} is no longer there` })))
          continue
        }
        const done = await moveRows(connection, table, policy, guards)
        const gone = new Set(done.map((row) => row.key))
        moved.push(...done)
        left.push(
          ...(await whyLeft(
            connection,
            table,
            guards.filter((row) => !gone.has(row.key)),
          )),
        )
      }
      return applied(change, moved, left)
    },
  }
}

function applied(change: RequeueChange, moved: readonly MovedRow[], left: readonly Left[]): Applied {
  const byKey = new Map(moved.map((row) => [row.key, row]))
  const inOrder = change.rows.flatMap((guard) => {
    const row = byKey.get(guard.key)
    return row ? [{ guard, row }] : []
  })
  return {
    moved: inOrder.map(({ row }) => row.key),
    left,
    before: inOrder.map(({ guard, row }) => ({
      key: row.key,
      chainId: guard.chainId,
      batch: guard.batch,
      status: row.status,
      attempts: row.attempts,
      startedAt: row.started,
      updatedAt: row.updated,
      error: row.error,
      worker: row.worker,
    })),
    after: inOrder.map(({ row }) => ({
      key: row.key,
      status: 'queued',
      attempts: 0,
      startedAt: row.at,
      updatedAt: row.at,
    })),
  }
}

const guardColumns = `key text, id int8, chain int8, batch int8, status text, attempts int, started timestamp,
  updated timestamp, class text`

const guardValues = (guards: readonly RowGuard[]): string =>
  JSON.stringify(
    guards.map((row) => ({
      key: row.key,
      id: row.id,
      chain: row.chainId,
      batch: row.batch,
      status: row.status,
      attempts: row.attempts,
      started: row.startedAt,
      updated: row.updatedAt,
      class: row.class,
    })),
  )

const sameRow = (table: JobTable): string =>
  table.key === 'id' ? 't.id = w.id' : `t.l1_batch_number = w.batch${table.hasChain ? ' AND t.chain_id = w.chain' : ''}`

/** Everything the preview showed of a row, to the microsecond. */
const unchanged = (table: JobTable): string =>
  `t.l1_batch_number = w.batch${table.hasChain ? ' AND t.chain_id = w.chain' : ''} AND t.status = w.status
    AND t.attempts = w.attempts AND t.processing_started_at IS NOT DISTINCT FROM w.started
    AND t.updated_at IS NOT DISTINCT FROM w.updated`

/**
 * Rows that somebody holds a lock on are skipped, not waited for; a row changed between snapshot and lock is judged anew by
 * the database. `wanted` yields the guards.
 */
export function requeueSql(
  table: JobTable,
  policy: { readonly maxAttempts: number; readonly timeoutSeconds: number },
  wanted: string,
): string {
  const same =
    table.key === 'id'
      ? 't.id = m.id'
      : `t.l1_batch_number = m.batch${table.hasChain ? ' AND t.chain_id = m.chain' : ''}`
  const key = table.key === 'id' ? 't.id' : `t.l1_batch_number AS batch${table.hasChain ? ', t.chain_id AS chain' : ''}`
  return `WITH wanted AS (
  ${wanted}
), matched AS (
  SELECT w.key, ${key}, t.status, t.attempts::int AS attempts, t.error,
    ${table.worker === null ? 'NULL::text' : `t.${table.worker}`} AS worker,
    ${isoSql('t.processing_started_at')} AS started, ${isoSql('t.updated_at')} AS updated
  FROM wanted w JOIN ${table.table} t ON ${sameRow(table)}
  WHERE ${unchanged(table)}
    AND w.class IN ('expired', 'exhausted')
    AND ${classSql(classRules(table, policy), 't')} = w.class
  FOR UPDATE OF t SKIP LOCKED
)
UPDATE ${table.table} t
SET status = 'queued', attempts = 0, updated_at = ${utcNow}, processing_started_at = ${utcNow}
FROM matched m WHERE ${same}
RETURNING m.key, m.status, m.attempts, m.started, m.updated, m.error, m.worker, ${isoSql('t.updated_at')} AS at`
}

async function moveRows(
  connection: ControlConnection,
  table: JobTable,
  policy: { readonly maxAttempts: number; readonly timeoutSeconds: number },
  guards: readonly RowGuard[],
): Promise<readonly MovedRow[]> {
  const text = requeueSql(table, policy, `SELECT * FROM json_to_recordset($1::json) AS w(${guardColumns})`)
  return (await connection.query<MovedRow>(text, [guardValues(guards)])).rows
}

async function whyLeft(
  connection: ControlConnection,
  table: JobTable,
  guards: readonly RowGuard[],
): Promise<readonly Left[]> {
  if (guards.length === 0) return []
  const text = `
    SELECT w.key, t.status, t.attempts::int AS attempts, coalesce(${unchanged(table)}, false) AS same
    FROM json_to_recordset($1::json) AS w(${guardColumns}) LEFT JOIN ${table.table} t ON ${sameRow(table)}`
  const { rows } = await connection.query<SeenRow>(text, [guardValues(guards)])
  const byKey = new Map(rows.map((row) => [row.key, row]))
  return guards.map((guard) => ({ key: guard.key, why: reason(byKey.get(guard.key), guard) }))
}

function reason(row: SeenRow | undefined, guard: RowGuard): string {
  if (row?.status == null) return 'the row is gone (deleted or archived)'
  if (row.same) return 'somebody holds a lock on it, or it is no longer past its time-out by the database clock'
  if (is(finishedStatuses, row.status)) return `it finished meanwhile (${row.status})`
  if (row.status === 'queued') return 'it was put back in the queue meanwhile'
  if (is(runningStatuses, row.status)) return `a worker picked it meanwhile (${row.status}, attempt ${row.attempts})`
  if (row.status === 'failed') {
    return guard.status === 'failed' ? 'it was tried again and failed meanwhile' : 'it failed meanwhile'
  }
  return `its status is ${row.status} now`
}

const is = (statuses: readonly string[], status: string): boolean => statuses.includes(status)

/** The same change as plain SQL, for people whose login may do what this program's may not. */
export function requeueStatements(change: RequeueChange, tables: readonly JobTable[]): readonly string[] {
  return [...new Set(change.rows.map((row) => row.table))].sort().flatMap((name) => {
    const table = tables.find((candidate) => candidate.table === name)
    const policy = change.policies[name]
    if (!table || !policy) return []
    const rows = change.rows.filter((row) => row.table === name).map(valuesRow)
    const wanted = `SELECT * FROM (VALUES
    ${rows.join(',\n    ')}
  ) AS w(key, id, chain, batch, status, attempts, started, updated, class)`
    return [`${requeueSql(table, policy, wanted)};`]
  })
}

function valuesRow(row: RowGuard): string {
  const time = (value: string | null): string => (value === null ? 'NULL::timestamp' : `${quote(value)}::timestamp`)
  const id = row.id === null ? 'NULL::int8' : `${BigInt(row.id)}::int8`
  return `(${quote(row.key)}, ${id}, ${row.chainId}::int8, ${row.batch}::int8, ${quote(row.status)}, ${row.attempts}, ${time(row.startedAt)}, ${time(row.updatedAt)}, ${quote(row.class)})`
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
