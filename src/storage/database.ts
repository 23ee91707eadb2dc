// Connections to our own tables: UTC sessions without start-up options, time limits, transactions that know how they ended.

import { DatabaseError, Pool, type PoolClient, type QueryResult, types } from 'pg'
import type { Logger } from 'pino'
import { CommitAnswerLost, describeTrouble, isConnectionTrouble, NoConnection } from './database-trouble.ts'

type Query = <R extends object>(text: string, values?: unknown[]) => Promise<{ readonly rows: readonly R[] }>

/** What a statement is run with: a transaction's connection, or one that reads. */
export interface Queryable {
  readonly query: Query
}

export interface DatabaseLimits {
  readonly connectMs: number
  /** Waiting for a lock, and one statement, by the server's clock. */
  readonly lockMs: number
  readonly statementMs: number
  /** A transaction whose owner fell silent is ended by the server, so that its locks go. */
  readonly idleMs: number
  readonly connections: number
}

const usualLimits: DatabaseLimits = { connectMs: 3000, lockMs: 2000, statementMs: 5000, idleMs: 10_000, connections: 4 }

export interface DatabaseSettings {
  readonly url: string
  readonly log: Logger
  readonly limits?: Partial<DatabaseLimits>
}

export interface Database {
  /** One reading statement, outside a transaction; tried once more when its connection turns out dead. */
  readonly read: Query
  /** A transaction that may run twice without harm: tried once more when its connection broke, at COMMIT too. */
  write<T>(work: (connection: Queryable) => Promise<T>): Promise<T>
  /**
   * Commits what `work` did, or throws and nothing was done. Only `CommitAnswerLost` leaves it open.
   * `lockMs` replaces the usual wait for locks.
   */
  transaction<T>(work: (connection: Queryable) => Promise<T>, lockMs?: number): Promise<T>
  close(): Promise<void>
}

const timestampText = 1114
const timestampWithZoneText = 1184

/** Both kinds of timestamp stay text: pg would read one in the local zone, and a Date has no microseconds. */
const textTimestamps = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === timestampText || oid === timestampWithZoneText
      ? (value: unknown) => value
      : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
}

export function createDatabase({ url, log, limits: given }: DatabaseSettings): Database {
  const limits = { ...usualLimits, ...given }
  const pool = new Pool({
    connectionString: url,
    application_name: 'rollcall',
    max: limits.connections,
    connectionTimeoutMillis: limits.connectMs,
    idleTimeoutMillis: 30_000,
    // Above the server's own limit, for a server that answers nothing any more.
    query_timeout: limits.statementMs + 1000,
    keepAlive: true,
    types: textTimestamps,
    // A statement, not a start-up option: PgBouncer refuses those, and it keeps track of these two.
    onConnect: (client) => client.query("SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'") as unknown as undefined,
  })
  const open = new Set<PoolClient>()
  pool.on('error', (error) => log.warn({ trouble: describeTrouble(error) }, 'an idle database connection broke'))
  pool.on('connect', (client) => {
    open.add(client)
    // Between two statements of a transaction nobody else listens, and an unheard 'error' ends the process.
    client.on('error', () => undefined)
  })
  pool.on('remove', (client) => open.delete(client))

  async function borrow<T>(use: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await connect(pool)
    let broken = true
    try {
      const result = await use(client)
      broken = client.getTransactionStatus() !== 'I'
      return result
    } catch (error) {
      broken = isConnectionTrouble(error) || !(await rollBack(client))
      throw error
    } finally {
      // A connection whose statement ran out of time may still get that answer: it must not be used again.
      client.release(broken)
    }
  }

  async function transaction<T>(work: (connection: Queryable) => Promise<T>, lockMs = limits.lockMs): Promise<T> {
    return borrow(async (client) => {
      await client.query(beginning({ ...limits, lockMs }))
      const lent = lend(client)
      let result: T
      try {
        result = await work(lent)
      } finally {
        lent.takeBack()
      }
      await commit(client)
      return result
    })
  }

  return {
    read: (text, values) => twice(() => borrow((client) => client.query(text, values))),
    write: (work) => twice(() => transaction(work)),
    transaction,
    close: () => end(pool, open),
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw new NoConnection(error)
  }
}

/** A pooled connection may have died unnoticed; that no new one is to be had won't change within the moment. */
async function twice<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!isConnectionTrouble(error) || error instanceof NoConnection) throw error
    return run()
  }
}

/**
 * What a role or database may have set otherwise, for this transaction only: behind PgBouncer a session belongs to nobody.
 * A default of read-only is left alone, because somebody meant it.
 */
function beginning({ lockMs, statementMs, idleMs }: DatabaseLimits): string {
  return [
    'BEGIN ISOLATION LEVEL READ COMMITTED',
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    `SET LOCAL lock_timeout = ${lockMs}`,
    `SET LOCAL statement_timeout = ${statementMs}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${idleMs}`,
  ].join('; ')
}

/** The connection for as long as the transaction lives; a late statement must not run outside it. */
function lend(client: PoolClient): Queryable & { takeBack(): void } {
  let lent = true
  return {
    query: (text, values) => {
      if (!lent) return Promise.reject(new Error('The transaction this statement belongs to is over.'))
      return client.query(text, values)
    },
    takeBack: () => {
      lent = false
    },
  }
}

async function commit(client: PoolClient): Promise<void> {
  let answer: QueryResult
  try {
    answer = await client.query('COMMIT')
  } catch (error) {
    // The server itself said no: that is an answer.
    if (error instanceof DatabaseError && !isConnectionTrouble(error)) throw error
    throw new CommitAnswerLost(error)
  }
  // A transaction with a failed statement in it answers COMMIT with ROLLBACK, and no error.
  if (answer.command !== 'COMMIT') throw new Error('A statement failed unnoticed, so the transaction was rolled back.')
}

async function rollBack(client: PoolClient): Promise<boolean> {
  if (client.getTransactionStatus() === 'I') return true
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  )
}

/** Ends politely, then by force: a server that fell silent would keep the process alive. */
async function end(pool: Pool, open: ReadonlySet<PoolClient>): Promise<void> {
  if (pool.ending) return
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 2000)
  })
  await Promise.race([pool.end(), enough])
  clearTimeout(timer)
  for (const client of open) destroy(client)
}

function destroy(client: PoolClient): void {
  // Not in pg's types, and the only way to let go of a socket that nobody answers on.
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }
  connection.stream.destroy()
}
