// The id of a control store, kept in the store itself: a button's id names it, and chains on one database share it.

import type { Queryable } from './database.ts'

/**
 * Made at the first call. A copy of the database (a test network restored from a dump) brings the id along, but lives in
 * another server or under another number: it gets an id of its own, or buttons would reach the wrong one.
 */
export async function keepStoreId(connection: Queryable): Promise<string> {
  const { rows } = await connection.query<{ readonly id: string }>(
    `INSERT INTO rollcall.store AS kept (id, made_in)
     SELECT left(replace(gen_random_uuid()::text, '-', ''), 10),
            CASE WHEN has_function_privilege('pg_control_system()', 'execute')
                 THEN (SELECT system_identifier FROM pg_control_system()) || '/' || oid END
     FROM pg_database WHERE datname = current_database()
     ON CONFLICT (singleton) DO UPDATE
       SET id = CASE WHEN kept.made_in <> excluded.made_in THEN excluded.id ELSE kept.id END,
           made_in = coalesce(excluded.made_in, kept.made_in)
     RETURNING id`,
  )
  if (!rows[0]) throw new Error('The control store has no id.')
  return rows[0].id
}
