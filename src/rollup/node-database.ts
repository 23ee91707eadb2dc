// A node's Postgres, read only: one transaction and one round trip per question, and what its columns say it can answer.

import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Logger } from 'pino'

/** Why a database gave no answer; `classify` makes it from whatever the driver threw. */
export type DatabaseFailureKind =
  | 'unreachable'
  | 'timed-out'
  | 'login-refused'
  | 'no-right'
  | 'missing-table'
  | 'busy'
  | 'failed'

/** The message holds no host, login or statement: it may be shown. The driver's own error is the `cause`, for logs. */
export class DatabaseFailure extends Error {
  readonly kind: DatabaseFailureKind
  constructor(kind: DatabaseFailureKind, text: string, cause?: unknown) {
    super(text, { cause })
    this.name = 'DatabaseFailure'
    this.kind = kind
  }
}

/** Tables and columns that exist and that this login may read. */
export interface NodeColumns {
  has(table: string, column?: string): boolean
  /** The table is there, but this login may not read it. */
  readonly forbidden: readonly string[]
}

export interface NodeDatabase {
  /** Shown to people: `core database`. */
  readonly name: string
  /**
   * Runs one statement in a read-only transaction in UTC, in one round trip.
   * @throws DatabaseFailure
   */
  read<R extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
    settings?: { readonly signal?: AbortSignal },
  ): Promise<readonly R[]>
  /**
   * The start-up check of the columns, asked once and remembered.
   * @throws DatabaseFailure
   */
  columns(settings?: { readonly signal?: AbortSignal }): Promise<NodeColumns>
  /** After an upgrade of the node the remembered columns may be wrong. */
  forgetColumns(): void
  end(): Promise<void>
}

export interface NodeDatabaseSettings {
  readonly name: string
  readonly url: string
  readonly log: Pick<Logger, 'warn'>
  readonly statementTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly maxConnections?: number
}

const timestampWithoutZone = 1114

/** The node stores UTC without a zone; the driver would read it in the local zone and drop the microseconds. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === timestampWithoutZone
      ? (text: string) => `${text.replace(' ', 'T')}Z`
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

export function createNodeDatabase(settings: NodeDatabaseSettings): NodeDatabase {
  const { name, log, statementTimeoutMs = 3000 } = settings
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: settings.maxConnections ?? 3,
    connectionTimeoutMillis: settings.connectTimeoutMs ?? 2000,
    query_timeout: statementTimeoutMs + 500,
    idleTimeoutMillis: 300_000,
    allowExitOnIdle: true,
    keepAlive: true,
    // Several messages go out before the first answer is awaited: begin, settings, statement, commit cost one round trip.
    pipeline: true,
    application_name: 'rollcall',
    types,
  })
  // Without a listener a connection that drops while idle would end the process.
  pool.on('error', (error) => log.warn({ err: error, database: name }, 'idle database connection lost'))
  let columns: Promise<NodeColumns> | null = null
  const session: Session = { name, statementTimeoutMs, prepares: true }

  const database: NodeDatabase = {
    name,
    read: (text, values, { signal } = {}) => readOnce(pool, session, text, values, signal),
    columns(options) {
      columns ??= readColumns(database, options?.signal).catch((error: unknown) => {
        columns = null
        throw error
      })
      return columns
    },
    forgetColumns() {
      columns = null
    },
    end: () => pool.end(),
  }
  return database
}

interface Session {
  readonly name: string
  readonly statementTimeoutMs: number
  /** Planning a trace costs more than running it, so statements are prepared, until a pooler shows that it can't. */
  prepares: boolean
}

/**
 * Transaction-local settings, because a pooler (PgBouncer) refuses start-up `options` and may hand the same server
 * session to the node itself next. Compiling a plan (jit) or starting parallel workers
 * would cost far more than these short statements.
 */
const localSettings = `SELECT set_config('TimeZone', 'UTC', true), set_config('statement_timeout', $1, true),
  set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`

async function readOnce<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  session: Session,
  text: string,
  values: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<readonly R[]> {
  let client: pg.PoolClient | null = null
  let broken = false
  try {
    client = await connect(pool, signal)
    return await abortable(exchange<R>(client, session, text, values), signal)
  } catch (error) {
    // After a time-out or an abort the answer may still arrive: such a connection must not serve the next question.
    broken = true
    if (session.prepares && isLostStatement(error)) {
      session.prepares = false
      return readOnce(pool, session, text, values, signal)
    }
    throw classify(error, session.name)
  } finally {
    client?.release(broken)
  }
}

async function exchange<R extends pg.QueryResultRow>(
  client: pg.PoolClient,
  session: Session,
  text: string,
  values: readonly unknown[],
): Promise<readonly R[]> {
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
  const [, , result] = await Promise.all([
    client.query('BEGIN READ ONLY'),
    client.query({
      ...(session.prepares && { name: 'rollcall_settings' }),
      text: localSettings,
      values: [String(session.statementTimeoutMs)],
    }),
    client.query<R>({ ...(session.prepares && { name: `rollcall_${name}` }), text, values: [...values] }),
    client.query('COMMIT'),
  ])
  return result.rows
}

/** A transaction pooler without support for prepared statements: the name is unknown there, or somebody else's. */
function isLostStatement(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '26000' || error.code === '42P05')
}

/** A connection that arrives after the abort goes back to the pool unused. */
async function connect(pool: pg.Pool, signal: AbortSignal | undefined): Promise<pg.PoolClient> {
  const arriving = pool.connect()
  try {
    return await abortable(arriving, signal)
  } catch (error) {
    if (signal?.aborted) arriving.then((client) => client.release()).catch(() => undefined)
    throw error
  }
}

function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(new DatabaseAborted())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

class DatabaseAborted extends Error {}

const wanted = [
  'transactions',
  'miniblocks',
  'l1_batches',
  'l2_to_l1_logs',
  'eth_txs',
  'eth_txs_history',
  'proof_generation_details',
]

async function readColumns(database: NodeDatabase, signal: AbortSignal | undefined): Promise<NodeColumns> {
  // pg_attribute, because information_schema hides what the login may not read: absent and forbidden need different advice.
  const rows = await database.read<{ table: string; column: string; readable: boolean }>(
    `SELECT c.relname AS table, a.attname AS column, has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relname = ANY($1) AND pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped`,
    [wanted],
    signal ? { signal } : {},
  )
  const readable = new Set<string>()
  const forbidden = new Set<string>()
  for (const { table, column, readable: allowed } of rows) {
    if (allowed) readable.add(table).add(`${table}.${column}`)
    else forbidden.add(table)
  }
  return {
    has: (table, column) => readable.has(column === undefined ? table : `${table}.${column}`),
    forbidden: [...forbidden].sort(),
  }
}

const byCode: readonly (readonly [RegExp, DatabaseFailureKind])[] = [
  [/^57014$/, 'timed-out'],
  [/^(28|3D000)/, 'login-refused'],
  [/^42501$/, 'no-right'],
  [/^42(P01|703)$/, 'missing-table'],
  // Too many connections; a replica that cancels a query because the primary's changes must be replayed.
  [/^(53|40)/, 'busy'],
  [/^(08|57P|E[A-Z])/, 'unreachable'],
]

const sentences: Record<DatabaseFailureKind, string> = {
  unreachable: 'could not be reached: check that it runs, and its URL in the settings',
  'timed-out': 'did not answer in time: look for locks or load there, or ask a replica',
  'login-refused': 'refused the login or has no such database: check the URL in the settings',
  'no-right': 'does not let this login read a table: grant SELECT on it',
  'missing-table': 'lacks a table or column that the node has: check that the URL is the right database',
  busy: 'is too busy to answer (connections used up, or a replica that is catching up): try again',
  failed: 'gave an error: the log has it',
}

/** From anything the driver throws to a failure whose text may be shown. */
export function classify(error: unknown, name: string): DatabaseFailure {
  if (error instanceof DatabaseFailure) return error
  const kind = kindOf(error)
  return new DatabaseFailure(kind, `The ${name} ${sentences[kind]}.`, error)
}

function kindOf(error: unknown): DatabaseFailureKind {
  if (error instanceof DatabaseAborted) return 'timed-out'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = byCode.find(([pattern]) => pattern.test(code))
  if (known) return known[1]
  const text = error instanceof Error ? error.message : ''
  if (/timeout/i.test(text)) return 'timed-out'
  return /terminated|closed|ended|socket/i.test(text) ? 'unreachable' : 'failed'
}
