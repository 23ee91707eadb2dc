// Indexes out of the way while millions of rows are made: built once at the end they cost a fraction.

import type pg from 'pg'

/** Returns the statements that build them again. Foreign keys stay away: a bench only reads, and checking millions proves nothing. */
export async function dropIndexes(client: pg.Client, tables: readonly string[]): Promise<readonly string[]> {
  const { rows: keys } = await client.query<{ table: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE conrelid::regclass::text = ANY($1) AND contype IN ('f', 'p', 'u')
     ORDER BY contype = 'f' DESC`,
    [tables],
  )
  for (const { table, name } of keys) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name} CASCADE`)
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY($1)`,
    [tables],
  )
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`)
  const primaryKeys = keys.filter(({ definition }) => !definition.startsWith('FOREIGN'))
  return [
    ...indexes.map(({ definition }) => definition),
    ...primaryKeys.map(({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`),
  ]
}
