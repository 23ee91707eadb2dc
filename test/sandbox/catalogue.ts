// Describes a database in plain lines, one per column, index, key and check, without the names that only we chose.

import type { Client } from 'pg'

const lines = `
  WITH tables AS (
    SELECT c.oid, c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  )
  SELECT format('%s.%s %s%s%s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
      CASE WHEN d.adbin IS NULL THEN ''
           ELSE ' = ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '^nextval.*', 'sequence') END) AS line
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
  UNION ALL
  SELECT format('%s index %s%s', t.relname, CASE WHEN i.indisunique THEN 'unique ' ELSE '' END,
      regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', ''))
  FROM tables t JOIN pg_index i ON i.indrelid = t.oid
  UNION ALL
  SELECT format('%s %s', t.relname, pg_get_constraintdef(k.oid))
  FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'f', 'u', 'c')
  UNION ALL
  SELECT format('type %s %s', y.typname, string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder))
  FROM pg_type y JOIN pg_enum e ON e.enumtypid = y.oid GROUP BY y.typname`

export async function readCatalogue(client: Client): Promise<readonly string[]> {
  const result = await client.query<{ line: string }>(
    `SELECT line FROM (${lines}) AS all_lines ORDER BY line COLLATE "C"`,
  )
  return result.rows.map(({ line }) => line)
}
