// Databases for tests: each caller gets one of its own, copied from a template in milliseconds.

import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { inject } from 'vitest'
import { applySchema, type SchemaName } from '../../sandbox/database/schema.ts'
import { withClient } from '../../sandbox/database/with-client.ts'

export interface TestDatabase {
  readonly url: string
  /** Ends every session in it and removes it. */
  drop(): Promise<void>
}

/** Empty without a schema. Roles are shared by the whole server: give those a unique name (`uniqueName`). */
export async function createTestDatabase(schema?: SchemaName): Promise<TestDatabase> {
  const name = uniqueName('test')
  await asOwner(async (owner) => {
    const template = schema === undefined ? 'template1' : await templateFor(owner, schema)
    await owner.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  })
  return {
    url: urlOf(name),
    drop: () => asOwner(async (owner) => void (await owner.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  }
}

export function uniqueName(stem: string): string {
  return `${stem}_${randomBytes(6).toString('hex')}`
}

/** Made on first use; the lock keeps two workers from making the same one. */
async function templateFor(owner: pg.Client, schema: SchemaName): Promise<string> {
  const name = `template_${schema.replace('-', '_')}`
  await owner.query('SELECT pg_advisory_lock(hashtext($1))', [name])
  try {
    const known = await owner.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
    if (known.rowCount === 0) await makeTemplate(owner, name, schema)
  } finally {
    await owner.query('SELECT pg_advisory_unlock(hashtext($1))', [name])
  }
  return name
}

/** Under its final name only when complete: a run that ends halfway leaves no half-made template behind. */
async function makeTemplate(owner: pg.Client, name: string, schema: SchemaName): Promise<void> {
  const draft = uniqueName('draft')
  await owner.query(`CREATE DATABASE ${draft}`)
  await withClient(urlOf(draft), (client) => applySchema(client, schema))
  await owner.query(`ALTER DATABASE ${draft} RENAME TO ${name}`)
}

function asOwner<T>(work: (owner: pg.Client) => Promise<T>): Promise<T> {
  return withClient(inject('postgresUrl'), work)
}

function urlOf(database: string): string {
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${database}`
  return url.href
}
