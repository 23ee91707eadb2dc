// Writes rows into a node's database, many at once; a row that is there already takes the new values.

import type { ClientBase } from 'pg'
import type { Row, TableRows } from './rows.ts'

const rowsAtOnce = 2000

/** All of it or none: readers never see a batch without its blocks. */
export async function writeRows(client: ClientBase, tables: readonly TableRows[]): Promise<void> {
  await client.query('BEGIN')
  try {
    for (const { table, key, rows } of tables) await upsert(client, table, key, rows)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** Columns that no row names keep their defaults. */
async function upsert(client: ClientBase, table: string, key: readonly string[], rows: readonly Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const updates = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`)
  const statement = `INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${columns.join(', ')} FROM jsonb_populate_recordset(NULL::${table}, $1)
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${updates.join(', ')}`
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    await client.query(statement, [JSON.stringify(rows.slice(from, from + rowsAtOnce))])
  }
}
