// Tries the databases: reachable, the right one, which generation, a replica or the primary, the rights, the clock.

import type { Logger } from 'pino'
import { createNodeDatabase, DatabaseFailure, type NodeDatabase } from '../rollup/node-database.ts'
import type { ProverSchema } from '../rollup/prover/generation.ts'
import { readProverSchema } from '../rollup/prover/sources.ts'
import { type Check, clockOff, fix, note, ok } from './check.ts'

export interface DatabaseQuestion {
  readonly setting: string
  readonly url: string
  readonly log: Pick<Logger, 'warn'>
  readonly signal: AbortSignal
  readonly now: () => Date
}

interface Server {
  readonly database: string
  readonly login: string
  readonly version: string
  readonly isReplica: boolean
  readonly readOnly: boolean
  readonly replicaLagSeconds: number | null
  readonly nowMs: number
  readonly isSuperuser: boolean
  readonly mayCreate: boolean
  readonly hasOurSchema: boolean
  readonly mayUseOurSchema: boolean
}

const serverSql = `
  SELECT current_database() AS database, current_user AS login,
    split_part(current_setting('server_version'), ' ', 1) AS version,
    pg_is_in_recovery() AS "isReplica",
    -- Of the session, not of this read-only transaction.
    (SELECT setting = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only') AS "readOnly",
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS "replicaLagSeconds",
    (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs",
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
    has_database_privilege(current_database(), 'CREATE') AS "mayCreate",
    EXISTS (SELECT FROM pg_namespace WHERE nspname = 'rollcall') AS "hasOurSchema",
    EXISTS (SELECT FROM pg_namespace WHERE nspname = 'rollcall' AND has_schema_privilege(oid, 'USAGE')
      AND has_schema_privilege(oid, 'CREATE')) AS "mayUseOurSchema"`

/** The node's core database: read only. */
export function checkCoreDatabase(question: DatabaseQuestion): Promise<readonly Check[]> {
  return visit(question, async (database, server) => {
    const { setting, signal } = question
    const columns = await database.columns({ signal })
    const generation = columns.has('l1_batches', 'is_sealed')
      ? 'today’s core database'
      : columns.has('l1_batches', 'is_finished')
        ? 'a core database of 2023 or 2024'
        : null
    const rights = columns.forbidden.map((table) =>
      fix(setting, `This login may not read ${table}: grant SELECT on it.`),
    )
    if (rights.length > 0) return rights
    if (generation === null || !columns.has('eth_txs')) {
      return [fix(setting, `${server.database} has none of the node's tables: check that it is the core database.`)]
    }
    return [ok(setting, `${describe(server)}, ${generation}.`), ...aboutLogin(setting, server)]
  })
}

/** The prover's database: read only. */
export function checkProverDatabase(question: DatabaseQuestion): Promise<readonly Check[]> {
  return visit(question, async (database, server) => {
    const schema = await proverSchema(database, question.signal)
    if (schema === null) {
      return [fix(question.setting, `${server.database} has no prover tables: check that it is the prover's database.`)]
    }
    const found = `${describe(server)}, ${generations[schema.generation]}.`
    return [ok(question.setting, found), ...aboutLogin(question.setting, server)]
  })
}

const generations: Readonly<Record<ProverSchema['generation'], string>> = {
  '2023': 'the old prover of 2023',
  '2023-fri': 'the FRI prover in the core database',
  'prover-db': 'a prover database of its own',
}

/** The login that may requeue: the primary, with rights on the job tables and a schema for its records. */
export function checkControlDatabase(question: DatabaseQuestion): Promise<readonly Check[]> {
  return visit(question, async (database, server) => {
    const { setting, signal } = question
    const schema = await proverSchema(database, signal)
    const problems = [...aboutWriting(setting, server)]
    if (schema === null)
      problems.push(
        fix(setting, `${server.database} has no prover tables: it must be the database whose jobs are requeued.`),
      )
    else {
      const lacking = await withoutRights(
        database,
        schema.tables.map(({ table }) => table),
        signal,
      )
      if (lacking.length > 0) {
        problems.push(fix(setting, `This login may not update ${lacking.join(', ')}: docs/requeue.md has the grants.`))
      }
    }
    if (problems.length > 0) return problems
    return [
      ok(setting, `${describe(server)}: may requeue, records go to the schema rollcall.`),
      ...aboutLogin(setting, server),
    ]
  })
}

/** The bot's own records. */
export function checkStateDatabase(question: DatabaseQuestion): Promise<readonly Check[]> {
  return visit(question, async (_database, server) => {
    const problems = aboutWriting(question.setting, server)
    return problems.length > 0
      ? problems
      : [ok(question.setting, `${describe(server)}: the bot's records can be kept.`)]
  })
}

async function visit(
  question: DatabaseQuestion,
  look: (database: NodeDatabase, server: Server) => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  const { setting, url, log, signal, now } = question
  const database = createNodeDatabase({ name: 'database', url, log, maxConnections: 1 })
  try {
    const [server] = await database.read<Server & Record<string, unknown>>(serverSql, [], { signal })
    if (!server) throw new Error('the server described itself with no row')
    const oursMs = now().getTime()
    return [...(await look(database, server)), ...clockOff(setting, server.nowMs, oursMs)]
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error
    return [fix(setting, error.message)]
  } finally {
    await database.end()
  }
}

function describe({ database, login, version, isReplica, replicaLagSeconds }: Server): string {
  const lag = replicaLagSeconds === null ? '' : ` ${Math.round(replicaLagSeconds)} s behind its last change`
  return `Answers: ${database} as ${login}, PostgreSQL ${version}${isReplica ? `, a replica${lag}` : ''}`
}

function aboutLogin(setting: string, server: Server): readonly Check[] {
  if (server.isSuperuser) {
    return [note(setting, `${server.login} is a superuser. Give the bot a login of its own with the rights it needs.`)]
  }
  return []
}

function aboutWriting(setting: string, server: Server): readonly Check[] {
  if (server.isReplica) return [fix(setting, 'This is a replica, which takes no changes: name the primary.')]
  if (server.readOnly)
    return [fix(setting, `Sessions of ${server.login} are read only: unset default_transaction_read_only for it.`)]
  if (server.mayUseOurSchema || (!server.hasOurSchema && server.mayCreate)) return []
  const grant = server.hasOurSchema
    ? `GRANT USAGE, CREATE ON SCHEMA rollcall TO ${server.login}`
    : `CREATE SCHEMA rollcall AUTHORIZATION ${server.login}`
  return [fix(setting, `There is no schema for the records. As the owner of ${server.database} run: ${grant}`)]
}

async function proverSchema(database: NodeDatabase, signal: AbortSignal): Promise<ProverSchema | null> {
  return readProverSchema(database, signal)
}

/** Tables in which the login may not write all that a requeue writes, by the columns that are there. */
async function withoutRights(database: NodeDatabase, tables: readonly string[], signal: AbortSignal) {
  const rows = await database.read<{ table: string }>(
    `SELECT DISTINCT c.relname AS table FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relname = ANY($1) AND pg_table_is_visible(c.oid)
       AND a.attname IN ('status', 'attempts', 'updated_at', 'processing_started_at')
       AND NOT has_column_privilege(c.oid, a.attnum, 'UPDATE') ORDER BY 1`,
    [tables],
    { signal },
  )
  return rows.map(({ table }) => table)
}
