// Telegram groups that became supergroups: the configuration still names the old id after a restart.

import type { Queryable } from './database.ts'
import { storable } from './stored-values.ts'

export async function insertMovedPlace(connection: Queryable, from: string, to: string): Promise<void> {
  await connection.query(
    `INSERT INTO rollcall.moved_places (platform, old_place, new_place) VALUES ('telegram', $1, $2)
     ON CONFLICT (platform, old_place) DO UPDATE SET new_place = excluded.new_place, moved_at = clock_timestamp()`,
    [storable(from), storable(to)],
  )
}

/** Old id → new id. */
export async function selectMovedPlaces(connection: Queryable): Promise<ReadonlyMap<string, string>> {
  const { rows } = await connection.query<{ readonly old_place: string; readonly new_place: string }>(
    `SELECT old_place, new_place FROM rollcall.moved_places WHERE platform = 'telegram'`,
  )
  return new Map(rows.map((row) => [row.old_place, row.new_place]))
}
