// The request audit: one row per request, written before it acts, completed after.

import type { AuditEntry, AuditFilter, RequestEntry } from '../core/records.ts'
import type { Queryable } from './database.ts'
import { batchesIn, isoText, storable, storableOrNull, toJson } from './stored-values.ts'

/** Which process and which try wrote a row: a repeated try is no duplicate, a row of another run was left by a crash. */
export interface Writer {
  readonly run: string
  readonly attempt: string
}

/** False when the request id is there already, written by somebody else. */
export async function insertRequest(connection: Queryable, entry: RequestEntry, writer: Writer): Promise<boolean> {
  const { rows } = await connection.query(
    `INSERT INTO rollcall.requests AS kept
       (id, run, attempt, account, person, platform, place, chain, command, options, batches, decision)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (id) DO UPDATE SET attempt = kept.attempt WHERE kept.attempt = excluded.attempt
     RETURNING id`,
    [
      storable(entry.id),
      writer.run,
      writer.attempt,
      storableOrNull(entry.account),
      storable(entry.person),
      entry.platform,
      storable(entry.place),
      entry.chain,
      storable(entry.command),
      toJson(entry.options),
      batchesIn(entry.options),
      storable(entry.decision),
    ],
  )
  return rows.length === 1
}

/** The first outcome stays; false when there is no such row. */
export async function finishRequest(
  connection: Queryable,
  id: string,
  outcome: string,
  durationMs: number,
): Promise<boolean> {
  const { rows } = await connection.query(
    `UPDATE rollcall.requests SET outcome = coalesce(outcome, $2), duration_ms = coalesce(duration_ms, $3)
     WHERE id = $1 RETURNING id`,
    [storable(id), storable(outcome), durationMs],
  )
  return rows.length === 1
}

/** Newest first. A row that is still open tells of a crash, unless this very run began it a moment ago. */
export async function selectRequests(
  connection: Queryable,
  filter: AuditFilter,
  run: string,
): Promise<readonly AuditEntry[]> {
  const { rows } = await connection.query<AuditEntry>(
    `SELECT id, account, person, platform, place, chain, command, options, decision,
            ${isoText('started_at')} AS "startedAt",
            CASE WHEN outcome IS NOT NULL THEN outcome
                 WHEN decision LIKE 'refused%' THEN 'refused'
                 WHEN run = $7 AND started_at > clock_timestamp() - interval '10 minutes' THEN 'in progress'
                 ELSE 'outcome unknown' END AS outcome,
            duration_ms AS "durationMs"
     FROM rollcall.requests
     WHERE ($1::text IS NULL OR person = $1 OR account = $1)
       AND ($2::text IS NULL OR command = $2)
       AND ($3::bigint IS NULL OR batches @> ARRAY[$3::bigint])
       AND ($4::timestamptz IS NULL OR started_at >= $4)
       AND ($5::timestamptz IS NULL OR started_at < $5)
     ORDER BY started_at DESC, id
     LIMIT $6`,
    [...filterValues(filter), run],
  )
  return rows
}

/** `$1` person, `$2` command, `$3` batch, `$4` since, `$5` until, `$6` limit. */
export function filterValues(filter: AuditFilter): unknown[] {
  return [
    storableOrNull(filter.person),
    storableOrNull(filter.command),
    filter.batch ?? null,
    filter.since?.toISOString() ?? null,
    filter.until?.toISOString() ?? null,
    filter.limit,
  ]
}
