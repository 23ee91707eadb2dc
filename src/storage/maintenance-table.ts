// Planned pauses of a chain: who noted them, for when, and when they ended; all by the database's clock.

import type { MaintenanceNote, MaintenancePage } from '../core/maintenance.ts'
import type { NewMaintenance } from '../core/records.ts'
import type { Queryable } from './database.ts'
import { isoText, storable, storableOrNull } from './stored-values.ts'

/** People type these: so many are years of them, and older ones are about nothing that is asked. */
const pageLength = 1000

const columns = `id, chain, ${isoText('from_at')} AS "from", ${isoText('until_at')} AS "until", reason, person AS "by",
  ${isoText('noted_at')} AS "notedAt", ${isoText('ended_at')} AS "endedAt", ended_by AS "endedBy"`

const isOn = 'ended_at IS NULL AND from_at <= clock_timestamp() AND until_at > clock_timestamp()'

/** One that begins now ends what is on; trying again with the same request is no second note. */
export async function insertMaintenance(
  connection: Queryable,
  { chain, from, seconds, reason, by, account, requestId }: NewMaintenance,
): Promise<{ readonly note: MaintenanceNote; readonly inPlaceOf: readonly MaintenanceNote[] }> {
  const ended = await connection.query<MaintenanceNote>(
    `UPDATE rollcall.maintenance SET ended_at = clock_timestamp(), ended_by = $3
     WHERE chain = $1 AND $2::timestamptz IS NULL AND ${isOn} AND request_id <> $4 RETURNING ${columns}`,
    [storable(chain), from, storable(by), storable(requestId)],
  )
  const { rows } = await connection.query<MaintenanceNote>(
    `INSERT INTO rollcall.maintenance AS kept
       (chain, from_at, until_at, reason, person, account, request_id, noted_at)
     SELECT $1, start, start + make_interval(secs => $3), $4, $5, $6, $7, moment
     FROM clock_timestamp() AS moment, coalesce($2::timestamptz, moment) AS start
     ON CONFLICT (request_id) DO UPDATE SET request_id = kept.request_id
     RETURNING ${columns}`,
    [
      storable(chain),
      from,
      seconds,
      storableOrNull(reason),
      storable(by),
      storableOrNull(account),
      storable(requestId),
    ],
  )
  return { note: rows[0] as MaintenanceNote, inPlaceOf: ended.rows }
}

/** What is on; where nothing is, what is planned; with an id, that one if it is on or planned. */
export async function endMaintenance(
  connection: Queryable,
  { chain, id }: { readonly chain: string; readonly id: number | null },
  by: string,
): Promise<readonly MaintenanceNote[]> {
  const { rows } = await connection.query<MaintenanceNote>(
    `UPDATE rollcall.maintenance SET ended_at = clock_timestamp(), ended_by = $3
     WHERE chain = $1 AND ended_at IS NULL AND until_at > clock_timestamp()
       AND CASE WHEN $2::bigint IS NOT NULL THEN id = $2
                ELSE from_at <= clock_timestamp()
                  OR NOT EXISTS (SELECT FROM rollcall.maintenance WHERE chain = $1 AND ${isOn}) END
     RETURNING ${columns}`,
    [storable(chain), id, storable(by)],
  )
  return rows.toSorted((one, other) => one.from.localeCompare(other.from))
}

/** The newest start first. */
export async function selectMaintenance(connection: Queryable, chain: string): Promise<MaintenancePage> {
  const { rows } = await connection.query<MaintenancePage>(
    `SELECT ${isoText('clock_timestamp()')} AS now, (
       SELECT coalesce(json_agg(to_json(page)), '[]') FROM (
         SELECT ${columns} FROM rollcall.maintenance WHERE chain = $1 ORDER BY from_at DESC, id DESC LIMIT ${pageLength}
       ) page) AS notes`,
    [storable(chain)],
  )
  return rows[0] as MaintenancePage
}
