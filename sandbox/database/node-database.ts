// The databases of a sandbox chain: made by their owner, read and controlled through logins of their own.

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Changes } from '../model/facts.ts'
import { changedRows, type RowSettings, versionRows } from './rows.ts'
import { applySchema, type SchemaName } from './schema.ts'
import { writeRows } from './writer.ts'

export interface NodeDatabase {
  /** The owner's session; scenarios use it. */
  readonly client: pg.Client
  /** The same for the prover's tables: another database today, this one in 2023. */
  readonly proverClient: pg.Client
  /** May read the node's tables and nothing else. */
  readonly readUrl: string
  readonly proverReadUrl: string
  /** May read and update the prover's tables, and keep a schema of its own. */
  readonly controlUrl: string
  write(changes: Changes): Promise<void>
  close(): Promise<void>
}

/** One database in 2023, two today. Everything is dropped again on close, roles too. */
export async function createNodeDatabase(ownerUrl: string, settings: RowSettings): Promise<NodeDatabase> {
  const stem = `sandbox_${randomBytes(4).toString('hex')}`
  const owner = await connect(ownerUrl)
  const roles = { reader: `${stem}_reader`, control: `${stem}_control` }
  const password = randomBytes(12).toString('hex')
  const urlFor = (role: string, database: string) => {
    const url = new URL(ownerUrl)
    Object.assign(url, { username: role, password, pathname: `/${database}` })
    return url.href
  }
  for (const role of Object.values(roles)) await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`)
  const core = await createDatabase(owner, ownerUrl, stem, settings.generation)
  const separate =
    settings.generation === 'core' ? await createDatabase(owner, ownerUrl, `${stem}_prover`, 'prover') : null
  const prover = separate ?? core
  for (const database of separate ? [core, separate] : [core]) await grant(database, roles, database === prover)
  await writeRows(core.client, versionRows(settings))
  return {
    client: core.client,
    proverClient: prover.client,
    readUrl: urlFor(roles.reader, core.name),
    proverReadUrl: urlFor(roles.reader, prover.name),
    controlUrl: urlFor(roles.control, prover.name),
    write: (changes) => writeRows(core.client, changedRows(changes, settings)),
    async close() {
      for (const { client, name } of separate ? [core, separate] : [core]) {
        await client.end()
        await owner.query(`DROP DATABASE ${name} WITH (FORCE)`)
      }
      for (const role of Object.values(roles)) await owner.query(`DROP ROLE ${role}`)
      await owner.end()
    },
  }
}

interface Database {
  readonly name: string
  readonly client: pg.Client
}

async function createDatabase(owner: pg.Client, ownerUrl: string, name: string, schema: SchemaName): Promise<Database> {
  await owner.query(`CREATE DATABASE ${name}`)
  const url = new URL(ownerUrl)
  url.pathname = `/${name}`
  const client = await connect(url.href)
  await applySchema(client, schema)
  return { name, client }
}

async function grant({ client, name }: Database, roles: { reader: string; control: string }, prover: boolean) {
  await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${roles.reader}, ${roles.control}`)
  if (!prover) return
  await client.query(`GRANT CREATE ON DATABASE ${name} TO ${roles.control}`)
  await client.query(`GRANT UPDATE ON ALL TABLES IN SCHEMA public TO ${roles.control}`)
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  client.on('error', () => {})
  await client.connect()
  return client
}
