// A database that restarts, has no free connection, or holds a row locked: said plainly, and over when it is over.

import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { type PostgresServer, startPostgresServer } from '../../src/storage/postgres-server.ts'
import { uniqueName } from '../support/postgres.ts'
import { createKeptLog, newApproval, newRequest, press } from '../support/storage.ts'
import { useStores } from '../support/stores.ts'

const { url: ownUrl, sql, after, openControl, openState } = useStores()
const nothingMoved = { moved: [], left: [], before: null, after: null }

/** A server of its own, to be stopped and started again on the same port. */
async function startOwnServer(directory: string, port?: number): Promise<PostgresServer> {
  const server = await startPostgresServer({
    directory,
    settings: { fsync: 'off' },
    ...(port !== undefined && { port }),
  })
  after(server.stop)
  return server
}

test('a restart of the database costs the requests of that moment, and both stores find it again by themselves', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'rollcall-restart-'))
  after(() => rm(directory, { recursive: true, force: true }))
  const server = await startOwnServer(directory)
  const { log, lines } = createKeptLog()
  const [state, control] = [openState(server.url(), { log, retryMs: 50 }), openControl(server.url())]
  const { id } = await control.propose(newApproval())
  expect(await state.audit.start(newRequest('before'))).toMatchObject({ recorded: true })
  await server.stop()
  expect(await state.audit.start(newRequest('during'))).toEqual({ recorded: false, duplicate: false })
  expect(await state.lease.renew()).toBe('unknown')
  await expect(control.withClaim(id, press, async () => nothingMoved)).rejects.toThrow(/Nothing was changed/)
  await startOwnServer(directory, server.port)
  await vi.waitFor(() => expect(state.health()).toEqual({ ready: true }), 60_000)
  expect(await state.audit.start(newRequest('after'))).toMatchObject({ recorded: true })
  expect(await control.withClaim(id, press, async () => nothingMoved)).toMatchObject({ claimed: true })
  expect((await state.audit.list({ limit: 9 })).map((entry) => entry.id)).toEqual(['after', 'before'])
  expect(lines.some((line) => line.includes('the state store is back'))).toBe(true)
}, 180_000)

test('sessions ended by an administrator are replaced without anybody noticing', async () => {
  const [state, control] = [openState(ownUrl()), openControl(ownUrl())]
  await state.open()
  await control.id()
  await sql(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  )
  expect(await state.audit.start(newRequest('a'))).toEqual({ recorded: true, duplicate: false })
  expect(await control.pending()).toEqual([])
})

test('a session ended in the middle of a change leaves nothing of it', async () => {
  const control = openControl(ownUrl())
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
  const name = new URL(ownUrl()).pathname.slice(1)
  await sql(
    `CREATE ROLE ${role} LOGIN PASSWORD '${password}' CONNECTION LIMIT 1; GRANT CREATE ON DATABASE ${name} TO ${role}`,
  )
  after(() => sql(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`))
  const url = new URL(ownUrl())
  url.username = role
  url.password = password
  const [state, control] = [openState(url.href, { retryMs: 50 }), openControl(url.href)]
  await withClient(url.href, async () => {
    expect(await state.audit.start(newRequest('a'))).toMatchObject({ recorded: false })
    expect(state.health().why).toMatch(/no free connection/)
    await expect(control.id()).rejects.toThrow(/no free connection/)
  })
  await vi.waitFor(() => expect(state.health()).toEqual({ ready: true }), 60_000)
  expect(await state.audit.start(newRequest('a'))).toMatchObject({ recorded: true })
})

test('an approval that another session holds locked is refused after a bounded wait, and still open', async () => {
  const control = openControl(ownUrl(), { limits: { lockMs: 100 } })
  const { id } = await control.propose(newApproval())
  await withClient(ownUrl(), async (other) => {
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
  const state = openState(ownUrl(), { limits: { lockMs: 50 } })
  await state.audit.start(newRequest('a'))
  await withClient(ownUrl(), async (other) => {
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
    ownUrl().replace(/:[^:@]*@/, ':sesame@'),
    ownUrl()
      .replace(/:[^:@]*@/, ':sesame@')
      .replace(/[^/]*$/, 'none'),
  ]) {
    const state = openState(url, { log })
    await state.open()
    texts.push(state.health().why ?? '')
    const control = openControl(url, { log })
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
