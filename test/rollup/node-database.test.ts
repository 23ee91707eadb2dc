// A node's database that hangs, refuses, lacks rights or lies behind a pooler: each failure is named, nothing leaks.
import { afterEach, describe, expect, it } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createNodeDatabase, type DatabaseFailure, type NodeDatabase } from '../../src/rollup/node-database.ts'
import { createTestDatabase, type TestDatabase, uniqueName } from '../support/postgres.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const log = { warn: () => undefined }
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function made(): Promise<TestDatabase> {
  const database = await createTestDatabase('2023')
  cleanups.push(() => database.drop())
  return database
}

function open(url: string, settings = {}): NodeDatabase {
  const database = createNodeDatabase({ name: 'core database', url, log, ...settings })
  cleanups.push(() => database.end())
  return database
}

async function proxied(url: string): Promise<TcpProxy> {
  const proxy = await startTcpProxy(url)
  cleanups.push(() => proxy.close())
  return proxy
}

async function failure(work: Promise<unknown>): Promise<DatabaseFailure> {
  return work.then(
    () => expect.unreachable('it should have failed'),
    (error: DatabaseFailure) => error,
  )
}

describe('a session', () => {
  it('is read only, in UTC and limited in time, though this process runs in Shanghai', async () => {
    const database = open((await made()).url, { statementTimeoutMs: 1234 })
    const [row] = await database.read(
      `SELECT current_setting('TimeZone') AS zone, current_setting('transaction_read_only') AS read_only,
         current_setting('statement_timeout') AS limit`,
      [],
    )
    expect(row).toEqual({ zone: 'UTC', read_only: 'on', limit: '1234ms' })
  })

  it('leaves nothing behind for whoever gets the server session next', async () => {
    const database = open((await made()).url, { maxConnections: 1 })
    await database.read('SELECT 1', [])
    await failure(database.read('CREATE TABLE written (id int)', []))
    const settings = `SELECT current_setting('transaction_read_only') AS value`
    expect(await database.read(settings, [])).toEqual([{ value: 'on' }])
  })

  it('keeps microseconds and UTC of a timestamp without zone', async () => {
    const [row] = await open((await made()).url).read(`SELECT '2023-09-18 03:50:19.059576'::timestamp AS at`, [])
    expect(row).toEqual({ at: '2023-09-18T03:50:19.059576Z' })
  })

  it('goes on without prepared statements behind a pooler that loses them', async () => {
    const database = open((await made()).url, { maxConnections: 1 })
    const question = () => database.read<{ pid: number }>('SELECT pg_backend_pid() AS pid', [])
    await question()
    // What a transaction pooler does: the next question reaches a server session that never saw the statement.
    await database.read('DEALLOCATE ALL', [])
    expect(await question()).toHaveLength(1)
    await database.read('DEALLOCATE ALL', [])
    expect(await question()).toHaveLength(1)
  })
})

describe('a failure', () => {
  it.each([
    ['a table that is not there', 'SELECT * FROM nowhere', 'missing-table'],
    ['a column that is not there', 'SELECT nothing FROM eth_txs', 'missing-table'],
    ['a write', 'DELETE FROM eth_txs', 'failed'],
    ['a statement beyond its time', 'SELECT pg_sleep(5)', 'timed-out'],
  ])('names %s', async (_, statement, kind) => {
    const database = open((await made()).url, { statementTimeoutMs: 200 })
    expect(await failure(database.read(statement, []))).toMatchObject({ name: 'DatabaseFailure', kind })
    expect(await database.read('SELECT 1 AS still', [])).toEqual([{ still: 1 }])
  })

  it('names a missing right', async () => {
    const { url } = await made()
    const role = uniqueName('reader')
    await withClient(url, (client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret-word'`))
    cleanups.push(() => withClient(url, async (client) => void (await client.query(`DROP ROLE ${role}`))))
    const login = new URL(url)
    login.username = role
    login.password = 'secret-word'
    const database = open(login.href)
    expect(await failure(database.read('SELECT * FROM eth_txs', []))).toMatchObject({ kind: 'no-right' })
    const columns = await database.columns()
    expect(columns.has('eth_txs')).toBe(false)
    expect(columns.forbidden).toContain('eth_txs')
  })

  it.each([
    [
      'a database that does not exist',
      (url: URL) => {
        url.pathname = '/nowhere'
      },
      'login-refused',
    ],
    [
      'a login that does not exist',
      (url: URL) => {
        url.username = 'nobody_here'
      },
      'login-refused',
    ],
    [
      'a server that is not there',
      (url: URL) => {
        url.port = '1'
      },
      'unreachable',
    ],
    [
      'a host nobody knows',
      (url: URL) => {
        url.hostname = 'nowhere.invalid'
      },
      'unreachable',
    ],
  ] as const)('names %s without showing its address', async (_, change, kind) => {
    const url = new URL((await made()).url)
    url.password = 'secret-word'
    change(url)
    const error = await failure(open(url.href).read('SELECT 1', []))
    expect(error).toMatchObject({ kind })
    expect(error.message).not.toMatch(/secret-word|nowhere|127\.0\.0\.1|nobody/)
  })

  it('names a server that accepts the connection and then says nothing', async () => {
    const proxy = await proxied((await made()).url)
    proxy.fallSilent()
    const database = open(proxy.url((await made()).url), { connectTimeoutMs: 200 })
    expect(await failure(database.read('SELECT 1', []))).toMatchObject({ kind: 'timed-out' })
  })

  it('names a server that falls silent in the middle, and uses a new connection afterwards', async () => {
    const { url } = await made()
    const proxy = await proxied(url)
    const database = open(proxy.url(url), { statementTimeoutMs: 100, connectTimeoutMs: 500 })
    await database.read('SELECT 1', [])
    proxy.fallSilent()
    expect(await failure(database.read('SELECT 1', []))).toMatchObject({ kind: 'timed-out' })
  })

  it('ends at once when the question is aborted', async () => {
    const database = open((await made()).url)
    const abort = new AbortController()
    const waiting = failure(database.read('SELECT pg_sleep(20)', [], { signal: abort.signal }))
    abort.abort()
    expect(await waiting).toMatchObject({ kind: 'timed-out' })
    expect(await database.read('SELECT 1 AS still', [])).toEqual([{ still: 1 }])
  })

  it('of an idle connection is no end of the process', async () => {
    const { url } = await made()
    const database = open(url, { maxConnections: 1 })
    const [row] = await database.read<{ pid: number }>('SELECT pg_backend_pid() AS pid', [])
    await withClient(url, (client) => client.query('SELECT pg_terminate_backend($1)', [row?.pid]))
    const outcome = await database.read('SELECT 1 AS still', []).catch(() => database.read('SELECT 1 AS still', []))
    expect(outcome).toEqual([{ still: 1 }])
  })
})
