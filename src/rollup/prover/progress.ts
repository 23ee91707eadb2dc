// What became of rows that were put back: counted for the message that follows them.

import type { RequeueChange } from './change.ts'
import { finishedStatuses, runningStatuses } from './classes.ts'
import type { RequeueProgress } from './facts.ts'
import type { JobTable, ProverSchema } from './generation.ts'
import type { ProverSources } from './sources.ts'

interface ProgressRow {
  readonly key: string
  readonly batch: number
  readonly status: string | null
  readonly error: string | null
}

export async function readProgress(
  change: RequeueChange,
  moved: readonly string[],
  schema: ProverSchema,
  sources: ProverSources,
  signal: AbortSignal,
): Promise<RequeueProgress> {
  const keys = new Set(moved)
  const rows = change.rows.filter((row) => keys.has(row.key))
  const reader = sources.control ?? sources.prover
  const answers = await Promise.all(
    schema.tables.map(async (table) => {
      const own = rows.filter((row) => row.table === table.table)
      if (own.length === 0) return []
      const values = [
        own.map((row) => row.key),
        own.map((row) => row.id),
        own.map((row) => row.chainId),
        own.map((row) => row.batch),
      ]
      return reader.read<ProgressRow>(progressSql(table), values, { signal })
    }),
  )
  const found = answers.flat()
  const count = (statuses: readonly (string | null)[]): number =>
    found.filter((row) => statuses.includes(row.status)).length
  const counted = {
    queued: count(['queued']),
    running: count(runningStatuses),
    finished: count(finishedStatuses),
    gone: count([null]),
  }
  const failed = found.length - counted.queued - counted.running - counted.finished - counted.gone
  return {
    generation: schema.generation,
    counts: { ...counted, failed },
    rows: found,
    readAt: new Date().toISOString(),
  }
}

function progressSql(table: JobTable): string {
  const same =
    table.key === 'id'
      ? 't.id = w.id'
      : `t.l1_batch_number = w.batch${table.hasChain ? ' AND t.chain_id = w.chain' : ''}`
  return `
    SELECT w.key, w.batch::float8 AS batch, t.status, CASE WHEN t.status = 'failed' THEN left(t.error, 300) END AS error
    FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[]) AS w(key, id, chain, batch)
    LEFT JOIN ${table.table} t ON ${same}`
}
