// A database that restarts, has no free connection, or holds a row locked: said plainly, and over when it is over.

import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { type PostgresServer, startPostgresServer } from '../../src/storage/postgres-server.ts'
import { createStateStore, type StateStore } from '../../src/storage/state-store.ts'
import { createTestDatabase, type TestDatabase, uniqueName, withClient } from '../support/postgres.ts'
import {
  createKeptLog,
  type JobChanging,
  jobChanging,
  newApproval,
  newRequest,
  press,
  silentLog,
} from '../support/storage.ts'

let database: TestDatabase
const cleanups: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await database.drop()
})

const sql = (text: string) => withClient(database.url, (client) => client.query(text))
const nothingMoved = { moved: [], left: [], before: null, after: null }

function openControl(url: string, lockMs = 2000): OpenControlStore<JobChanging> {
  const store = createControlStore({ name: 'era', url, log: silentLog, changing: jobChanging, limits: { lockMs } })
  cleanups.push(store.close)
  return store
}

function openState(url: string, log = silentLog): StateStore {
  const store = createStateStore({ url, log, retryMs: 50 })
  cleanups.push(store.close)
  return store
}

/** A server of its own, to be stopped and started again on the same port. */
async function startOwnServer(directory: string, port?: number): Promise<PostgresServer> {
  const server = await startPostgresServer({ directory, ...(port !== undefined && { port }) })
  cleanups.push(server.stop)
  return server
}

test('a restart of the database costs the requests of that moment, and both stores find it again by themselves', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'rollcall-restart-'))
  cleanups.push(() => rm(directory, { recursive: true, force: true }))
  const server = await startOwnServer(directory)
  const { log, lines } = createKeptLog()
  const [state, control] = [openState(server.url(), log), openControl(server.url())]
  const { id } = await control.propose(newApproval())
  expect(await state.audit.start(newRequest('before'))).toMatchObject({ recorded: true })
  await server.stop()
  expect(await state.audit.start(newRequest('during'))).toEqual({ recorded: false, duplicate: false })
  expect(await state.lease.renew()).toBe('unknown')
  await expect(control.withClaim(id, press, async () => nothingMoved)).rejects.toThrow(/Nothing was changed/)
  await startOwnServer(directory, server.port)
  await vi.waitFor(() => expect(state.health()).toEqual({ ready: true }), 20_000)
  expect(await state.audit.start(newRequest('after'))).toMatchObject({ recorded: true })
  expect(await control.withClaim(id, press, async () => nothingMoved)).toMatchObject({ claimed: true })
  expect((await state.audit.list({ limit: 9 })).map((entry) => entry.id)).toEqual(['after', 'before'])
  expect(lines.some((line) => line.includes('the state store is back'))).toBe(true)
}, 60_000)

test('sessions ended by an administrator are replaced without anybody noticing', async () => {
  const [state, control] = [openState(database.url), openControl(database.url)]
  await state.open()
  await control.id()
  await sql(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  expect(await state.audit.start(newRequest('a'))).toEqual({ recorded: true, duplicate: false })
  expect(await control.pending()).toEqual([])
})

test('a session ended in the middle of a change leaves nothing of it', async () => {
  const control = openControl(database.url)
  const { id } = await control.propose(newApproval())
  const claim = control.withClaim(id, press, async () => {
    await sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'",
    )
    return nothingMoved
  })
  await expect(claim).rejects.toThrow(/Nothing was changed/)
  expect(await control.read(id)).toMatchObject({ state: 'pending' })
  expect(await control.changes({ limit: 9 })).toEqual([])
})

test('a database out of connections is said, and used again once there are some', async () => {
  const [role, password] = [uniqueName('few'), 'sesame']
  const name = new URL(database.url).pathname.slice(1)
  await sql(
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}' CONNECTION LIMIT 1; GRANT CREATE ON DATABASE ${name} TO ${role}`,
  )
  cleanups.push(() => sql(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`))
  const url = new URL(database.url)
  url.username = role
  url.password = password
  const [state, control] = [openState(url.href), openControl(url.href)]
  await withClient(url.href, async () => {
    expect(await state.audit.start(newRequest('a'))).toMatchObject({ recorded: false })
    expect(state.health().why).toMatch(/no free connection/)
    await expect(control.id()).rejects.toThrow(/no free connection/)
  })
  await vi.waitFor(() => expect(state.health()).toEqual({ ready: true }), 20_000)
  expect(await state.audit.start(newRequest('a'))).toMatchObject({ recorded: true })
})

test('an approval that another session holds locked is refused after a bounded wait, and still open', async () => {
  const control = openControl(database.url, 100)
  const { id } = await control.propose(newApproval())
  await withClient(database.url, async (other) => {
    await other.query('BEGIN')
    await other.query('SELECT 1 FROM rollcall.approvals WHERE id = $1 FOR UPDATE', [id])
    await expect(control.withClaim(id, press, async () => nothingMoved)).rejects.toThrow(/locked.* Nothing was changed/)
    await expect(control.cancel(id, press)).rejects.toThrow(/locked/)
    expect(await control.read(id)).toMatchObject({ state: 'pending' })
    await other.query('ROLLBACK')
  })
  expect(await control.withClaim(id, press, async () => nothingMoved)).toMatchObject({ claimed: true })
})

test('a locked row of the state store costs that record alone', async () => {
  const state = createStateStore({ url: database.url, log: silentLog, limits: { lockMs: 50 } })
  cleanups.push(state.close)
  await state.audit.start(newRequest('a'))
  await withClient(database.url, async (other) => {
    await other.query('BEGIN')
    await other.query("SELECT 1 FROM rollcall.requests WHERE id = 'a' FOR UPDATE")
    expect(await state.audit.finish('a', 'answered', 1)).toEqual({ recorded: false })
    expect(await state.audit.start(newRequest('b'))).toEqual({ recorded: true, duplicate: false })
  })
})

test('no failure shows the password of the database', async () => {
  const { log, lines } = createKeptLog()
  const texts: string[] = []
  for (const url of [
    'postgres://mei:sesame@127.0.0.1:1/none',
    'postgres://mei:sesame#@[::/none',
    database.url.replace(/:[^:@]*@/, ':sesame@'),
    database.url.replace(/:[^:@]*@/, ':sesame@').replace(/[^/]*$/, 'none'),
  ]) {
    const state = openState(url, log)
    await state.open()
    texts.push(state.health().why ?? '')
    const control = createControlStore({ name: 'era', url, log, changing: jobChanging })
    cleanups.push(control.close)
    texts.push(String(await control.id().catch((error: unknown) => error)))
  }
  expect(texts).toEqual([
    expect.stringContaining('connection refused'),
    expect.stringContaining('connection refused'),
    expect.stringContaining('URL can not be read'),
    expect.stringContaining('URL can not be read'),
    expect.stringContaining('refuses the password'),
    expect.stringContaining('refuses the password'),
    expect.stringContaining('refuses the password'),
    expect.stringContaining('refuses the password'),
  ])
  expect(texts.join() + lines.join()).not.toContain('sesame')
})
