// Making our tables: by several processes at once, by a login that owns only its schema, and not where they don't belong.

import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createControlStore } from '../../src/storage/control-store.ts'
import { createDatabase } from '../../src/storage/database.ts'
import { migrate, steps } from '../../src/storage/migrations.ts'
import { startPostgresServer } from '../../src/storage/postgres-server.ts'
import { uniqueName } from '../support/postgres.ts'
import { jobsTable, newApproval, newRequest, patientLimits, press, silentLog } from '../support/storage.ts'
import { useStores } from '../support/stores.ts'

const { url: ownUrl, sql, after, openControl, openState } = useStores()

function open(url: string) {
  const opened = createDatabase({ url, log: silentLog, limits: patientLimits })
  after(opened.close)
  return opened
}

/** The role of docs/storage.md, under a name of its own: roles belong to the whole server. */
async function documentedLogin(): Promise<string> {
  const page = await readFile(path.join(import.meta.dirname, '../../docs/storage.md'), 'utf8')
  const statements = /```sql\n(CREATE ROLE[^`]*)```/.exec(page)?.[1] ?? ''
  const [role, password] = [uniqueName('control'), randomBytes(8).toString('hex')]
  await sql(statements.replaceAll('rollcall_control', role).replace('change-me', password))
  after(async () => {
    await sql(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`)
  })
  const url = new URL(ownUrl())
  url.username = role
  url.password = password
  return url.href
}

const roleOf = (url: string) => new URL(url).username

test('many processes starting at once make the tables once, for both stores in one database', async () => {
  const parts = ['state', 'control'] as const
  await Promise.all(Array.from({ length: 10 }, (_, index) => migrate(open(ownUrl()), parts[index % 2] ?? 'state')))
  const { rows } = await sql('SELECT part, step FROM rollcall.migrations ORDER BY part DESC, step')
  expect(rows).toEqual(parts.flatMap((part) => steps[part].map((_, index) => ({ part, step: index + 1 }))))
})

test('a start whose steps fail leaves no half-made tables', async () => {
  await sql('CREATE SCHEMA rollcall; CREATE TABLE rollcall.changes (mine text)')
  await expect(migrate(open(ownUrl()), 'control')).rejects.toThrow('already exists')
  const { rows } = await sql(
    "SELECT relname FROM pg_class WHERE relnamespace = 'rollcall'::regnamespace AND relkind = 'r'",
  )
  expect(rows).toEqual([{ relname: 'changes' }])
})

test('tables made by a newer Rollcall are left alone, and the reason says what to do', async () => {
  await migrate(open(ownUrl()), 'control')
  await migrate(open(ownUrl()), 'state')
  await sql("INSERT INTO rollcall.migrations (part, step, name) VALUES ('control', 99, 'x'), ('state', 99, 'x')")
  await expect(openControl(ownUrl()).pending()).rejects.toThrow(/newer Rollcall .*upgrade this copy/)
  const state = openState(ownUrl())
  await state.open()
  expect(state.health().why).toMatch(/newer Rollcall .*upgrade this copy/)
})

test('the login of the docs, which owns nothing but its schema, is enough for both stores', async () => {
  const url = await documentedLogin()
  await sql(
    `${jobsTable}; GRANT SELECT, UPDATE (status, moved_at) ON jobs TO ${roleOf(url)}; INSERT INTO jobs VALUES (7, 'failed')`,
  )
  const control = openControl(url)
  const { id } = await control.propose(newApproval())
  const claim = await control.withClaim(id, press, async (_, changing) => {
    const moved = (await changing.requeue(7)) ? ['jobs/7'] : []
    return { moved, left: [], before: null, after: null }
  })
  expect(claim).toMatchObject({ claimed: true, approval: { state: 'applied' } })
  expect(await openState(url).audit.start(newRequest('a'))).toEqual({ recorded: true, duplicate: false })
  await expect(withClient(url, (client) => client.query('DELETE FROM jobs'))).rejects.toThrow('permission denied')
})

test('without a right on the rows nothing is changed, and the answer names the right', async () => {
  const url = await documentedLogin()
  await sql(`${jobsTable}; INSERT INTO jobs VALUES (7, 'failed')`)
  const control = openControl(url)
  const { id } = await control.propose(newApproval())
  const work = control.withClaim(id, press, async (_, changing) => {
    await changing.requeue(7)
    return { moved: [], left: [], before: null, after: null }
  })
  await expect(work).rejects.toThrow(/lacks a right .*permission denied for table jobs.* Nothing was changed/)
  expect(await control.read(id)).toMatchObject({ state: 'pending' })
})

test('a login without a schema of its own is told what is missing', async () => {
  const url = await documentedLogin()
  await sql('DROP SCHEMA rollcall')
  await expect(openControl(url).id()).rejects.toThrow(/lacks a right .*permission denied for database/)
})

test('whatever a role or database has set, times are UTC and a claim is read committed', async () => {
  const url = await documentedLogin()
  await sql(`${jobsTable}; GRANT SELECT, UPDATE ON jobs TO ${roleOf(url)}; INSERT INTO jobs VALUES (7, 'failed')`)
  for (const setting of [
    "timezone = 'Asia/Shanghai'",
    "datestyle = 'German, DMY'",
    "default_transaction_isolation = 'serializable'",
    "intervalstyle = 'sql_standard'",
    "search_path = 'public'",
    "lc_messages = 'C'",
    "lock_timeout = '1ms'",
  ]) {
    await sql(`ALTER ROLE ${roleOf(url)} SET ${setting}`)
  }
  const store = openControl(url)
  const { id, createdAt } = await store.propose(newApproval())
  expect(Math.abs(Date.parse(createdAt) - Date.now())).toBeLessThan(60_000)
  await store.withClaim(id, press, async (_, changing) => {
    await changing.requeue(7)
    return { moved: ['jobs/7'], left: [], before: null, after: null }
  })
  const { rows } = await sql(
    "SELECT abs(extract(epoch FROM moved_at - now() AT TIME ZONE 'UTC')) < 60 AS utc FROM jobs",
  )
  expect(rows).toEqual([{ utc: true }])
  expect(await store.changes({ limit: 1, since: new Date(Date.now() - 60_000) })).toHaveLength(1)
})

test('timestamps of either kind reach a change as text, to the microsecond and in UTC', async () => {
  const store = openControl(ownUrl())
  const { id } = await store.propose(newApproval())
  const connection = createControlStore({
    name: 'the control database of era',
    url: ownUrl(),
    log: silentLog,
    changing: (to) => to,
  })
  after(connection.close)
  await connection.withClaim(id, press, async (_, to) => {
    const { rows } = await to.query(
      "SELECT timestamp '2023-09-05 11:27:00.123456' AS plain, timestamptz '2023-09-05 11:27:00.1+08' AS zoned",
    )
    expect(rows).toEqual([{ plain: '2023-09-05 11:27:00.123456', zoned: '2023-09-05 03:27:00.1+00' }])
    return { moved: [], left: [], before: null, after: null }
  })
})

test('a database made read-only is refused with that reason, at the start and later', async () => {
  const store = openControl(ownUrl())
  const { id } = await store.propose(newApproval())
  await sql(`ALTER DATABASE ${new URL(ownUrl()).pathname.slice(1)} SET default_transaction_read_only = on`)
  await expect(openControl(ownUrl()).cancel(id, press)).rejects.toThrow(/read-only .*primary.* Nothing was changed/)
  const state = openState(ownUrl())
  expect(await state.audit.start(newRequest('a'))).toEqual({ recorded: false, duplicate: false })
  expect(state.health().why).toMatch(/read-only/)
})

test('a replica is refused with that reason, whether or not it has the tables', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'rollcall-replica-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const primary = await startPostgresServer({ directory: folder, settings: { wal_level: 'replica', fsync: 'off' } })
  try {
    const store = openControl(primary.url())
    await store.propose(newApproval())
    await store.close()
  } finally {
    await primary.stop()
  }
  await writeFile(path.join(folder, 'data', 'standby.signal'), '')
  const replica = await startPostgresServer({ directory: folder, settings: { hot_standby: 'on' } })
  after(replica.stop)
  for (const name of ['postgres', 'template1']) {
    await expect(openControl(replica.url(name)).pending()).rejects.toThrow(/replica.*primary/)
    const state = openState(replica.url(name))
    await state.open()
    expect(state.health().why).toMatch(/replica.*primary/)
  }
}, 180_000)

test('a copy of a control database gets a store id of its own, so that no button reaches the wrong one', async () => {
  const original = openControl(ownUrl())
  const id = await original.id()
  await original.close()
  const copied = uniqueName('copy')
  const name = new URL(ownUrl()).pathname.slice(1)
  const elsewhere = new URL(ownUrl())
  elsewhere.pathname = '/postgres'
  await withClient(elsewhere.href, (client) => client.query(`CREATE DATABASE ${copied} TEMPLATE ${name}`))
  after(() => withClient(elsewhere.href, (client) => client.query(`DROP DATABASE ${copied} WITH (FORCE)`)))
  const copyUrl = new URL(ownUrl())
  copyUrl.pathname = `/${copied}`
  const other = await openControl(copyUrl.href).id()
  expect(other).not.toBe(id)
  expect(await openControl(copyUrl.href).id()).toBe(other)
  expect(await openControl(ownUrl()).id()).toBe(id)
})
