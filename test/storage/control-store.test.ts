// Approvals on the real server: proposing, claiming once, cancelling, expiring, and the records left behind.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import type { Applied } from '../../src/core/command.ts'
import { UserError } from '../../src/core/errors.ts'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import {
  type JobChanging,
  jobChanging,
  jobsTable,
  newApproval,
  patientLimits,
  press,
  silentLog,
} from '../support/storage.ts'

let database: TestDatabase
const stores: OpenControlStore<JobChanging>[] = []

function openStore(settings: { readonly connections?: number } = {}): OpenControlStore<JobChanging> {
  const store = createControlStore({
    name: 'era',
    url: database.url,
    log: silentLog,
    changing: jobChanging,
    limits: { ...patientLimits, ...settings },
  })
  stores.push(store)
  return store
}

const sql = (text: string) => withClient(database.url, (client) => client.query(text))

const applied = (moved: readonly string[], left: Applied['left'] = []): Applied => ({
  moved,
  left,
  before: [{ key: 'jobs/7', status: 'failed', attempts: 3 }],
  after: [{ key: 'jobs/7', status: 'queued', attempts: 0 }],
})

beforeAll(async () => {
  database = await createTestDatabase()
  await sql(jobsTable)
})

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await sql('TRUNCATE jobs')
})

afterAll(() => database?.drop())

test('what was proposed is read back as it was, with an id that fits every button', async () => {
  const store = openStore()
  const approval = newApproval({ facts: { z: 1, a: ['\u0000', '\ud800', '🧯'], big: 2n ** 70n } })
  const kept = await store.propose(approval)
  expect(kept).toMatchObject({ ...approval, facts: kept.facts, state: 'pending', moved: [], left: [], decidedBy: null })
  expect(JSON.stringify(kept.facts)).toBe(JSON.stringify({ z: 1, a: ['�', '�', '🧯'], big: '1180591620717411303424' }))
  expect(kept.id.length).toBeLessThanOrEqual(40)
  expect(kept.id.split('.')[0]).toBe(await store.id())
  expect(kept.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(Date.parse(kept.expiresAt) - Date.parse(kept.createdAt)).toBe(600_000)
  expect(await store.read(kept.id)).toEqual(kept)
  expect(await store.pending()).toContainEqual(kept)
})

test('an id nobody made is unknown, also a hostile one', async () => {
  const store = openStore()
  for (const id of ['none', "x'; DROP TABLE jobs; --", '\u0000', 'é'.repeat(1000)]) {
    expect(await store.read(id)).toBeNull()
    expect(await store.cancel(id, press)).toEqual({ claimed: false, approval: null })
  }
})

test.each([
  [['jobs/7'], [], 'applied'],
  [['jobs/7'], [{ key: 'jobs/8', why: 'a prover finished it' }], 'partial'],
  [[], [{ key: 'jobs/8', why: 'a prover finished it' }], 'changed'],
] as const)('moved %j and left %j is recorded as %s', async (moved, left, outcome) => {
  const store = openStore()
  await sql("INSERT INTO jobs VALUES (7, 'failed')")
  const { id } = await store.propose(newApproval())
  const claim = await store.withClaim(id, press, async (approval, changing) => {
    expect(approval).toMatchObject({ id, change: newApproval().change, decidedBy: 'ola' })
    if (moved.length > 0) expect(await changing.requeue(7)).toBe(true)
    return applied(moved, left)
  })
  expect(claim).toMatchObject({ claimed: true, approval: { id, state: outcome, moved, left, decidedBy: 'ola' } })
  expect(await store.read(id)).toEqual(claim.approval)
  const [change] = await store.changes({ limit: 1 })
  expect(change).toMatchObject({
    ...applied(moved, left),
    approval: id,
    command: 'requeue',
    chain: 'era',
    askedBy: 'mei',
    approvedBy: 'ola',
    outcome,
  })
  const { rows } = await sql('SELECT status FROM jobs WHERE id = 7')
  expect(rows).toEqual([{ status: moved.length > 0 ? 'queued' : 'failed' }])
})

test('a second press gets the outcome of the first and does nothing', async () => {
  const store = openStore()
  const { id } = await store.propose(newApproval())
  await store.withClaim(id, press, async () => applied(['jobs/7']))
  const second = await store.withClaim(id, press, () => Promise.reject(new Error('called twice')))
  expect(second).toMatchObject({ claimed: false, approval: { state: 'applied', decidedBy: 'ola' } })
  expect(await store.cancel(id, press)).toMatchObject({ claimed: false, approval: { state: 'applied' } })
})

test('when the work throws, its rows are rolled back and the approval is still open', async () => {
  const store = openStore()
  await sql("INSERT INTO jobs VALUES (7, 'failed')")
  const { id } = await store.propose(newApproval())
  const failed = store.withClaim(id, press, async (_, changing) => {
    await changing.requeue(7)
    throw new UserError('The guards did not hold.')
  })
  await expect(failed).rejects.toThrow('The guards did not hold.')
  expect(await store.read(id)).toMatchObject({ state: 'pending', decidedBy: null })
  expect((await sql("SELECT 1 FROM jobs WHERE status = 'queued'")).rows).toEqual([])
  expect(await store.withClaim(id, press, async () => applied([]))).toMatchObject({ claimed: true })
})

test('a failed statement that the work hides is no success', async () => {
  const store = openStore()
  const { id } = await store.propose(newApproval())
  const hidden = store.withClaim(id, press, async (_, changing) => {
    await changing.requeue(2 ** 40).catch(() => false)
    return applied(['jobs/7'])
  })
  await expect(hidden).rejects.toThrow()
  expect(await store.read(id)).toMatchObject({ state: 'pending' })
})

test('a statement that comes after the transaction is refused, not run outside it', async () => {
  const store = openStore()
  await sql("INSERT INTO jobs VALUES (7, 'failed')")
  const { id } = await store.propose(newApproval())
  let kept: JobChanging | undefined
  await store.withClaim(id, press, async (_, changing) => {
    kept = changing
    return applied([])
  })
  await expect(kept?.requeue(7)).rejects.toThrow('over')
  expect((await sql("SELECT 1 FROM jobs WHERE status = 'queued'")).rows).toEqual([])
})

test('a cancelled approval can no longer be claimed, and leaves no change record', async () => {
  const store = openStore()
  const { id } = await store.propose(newApproval())
  expect(await store.cancel(id, press)).toMatchObject({
    claimed: true,
    approval: { state: 'cancelled', decidedBy: 'ola' },
  })
  expect(await store.withClaim(id, press, () => Promise.reject(new Error('called')))).toMatchObject({
    claimed: false,
    approval: { state: 'cancelled' },
  })
  expect((await store.changes({ limit: 100 })).some((change) => change.approval === id)).toBe(false)
})

test('past its time an approval is expired, before and after anybody wrote that down', async () => {
  const store = openStore()
  const { id } = await store.propose(newApproval({ minutes: 0 }))
  const gone = { state: 'expired', decidedBy: null }
  expect(await store.read(id)).toMatchObject(gone)
  expect(await store.withClaim(id, press, () => Promise.reject(new Error('called')))).toMatchObject({
    claimed: false,
    approval: gone,
  })
  expect((await store.pending()).some((approval) => approval.id === id)).toBe(false)
  const [first, again] = [await store.expireDue(), await store.expireDue()]
  expect(first.find((approval) => approval.id === id)).toMatchObject(gone)
  expect(again).toEqual([])
  const read = await store.read(id)
  expect(read).toMatchObject(gone)
  expect(read?.decidedAt).toBe(read?.expiresAt)
})

test('two hundred presses at once on two pools: one claims, all others learn the outcome', async () => {
  const pools = [openStore({ connections: 10 }), openStore({ connections: 10 })] as const
  await sql("INSERT INTO jobs VALUES (7, 'failed')")
  const { id } = await pools[0].propose(newApproval())
  let worked = 0
  const claims = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      pools[index % 2 === 0 ? 0 : 1].withClaim(
        id,
        { ...press, requestId: `press:${index}` },
        async (_approval, changing) => {
          worked += 1
          expect(await changing.requeue(7)).toBe(true)
          return applied(['jobs/7'])
        },
      ),
    ),
  )
  expect(worked).toBe(1)
  expect(claims.filter((claim) => claim.claimed)).toHaveLength(1)
  expect(claims.every((claim) => claim.approval?.state === 'applied')).toBe(true)
})

test('changes are found by person, command, batch and time, newest first', async () => {
  const store = openStore()
  const ids: string[] = []
  for (const [person, what] of [
    ['ana', '2001'],
    ['ben', '2001-2003'],
  ] as const) {
    const askedBy = { account: person === 'ana' ? 'discord-user:9' : null, person, known: true }
    const { id } = await store.propose(newApproval({ askedBy, options: { what }, facts: {}, change: [] }))
    await store.withClaim(id, { ...press, person: `${person}-boss` }, async () => applied(['jobs/7']))
    ids.push(id)
  }
  const found = async (filter: object) =>
    (await store.changes({ limit: 10, ...filter })).map((change) => ids.indexOf(change.approval))
  expect(await found({ batch: 2001 })).toEqual([1, 0])
  expect(await found({ batch: 2003 })).toEqual([1])
  expect(await found({ batch: 2001, limit: 1 })).toEqual([1])
  expect(await found({ person: 'ana' })).toEqual([0])
  expect(await found({ person: 'ben-boss' })).toEqual([1])
  expect(await found({ person: 'discord-user:9' })).toEqual([0])
  expect(await found({ batch: 2001, command: 'trace' })).toEqual([])
  expect(await found({ batch: 2001, since: new Date(Date.now() - 60_000) })).toEqual([1, 0])
  expect(await found({ batch: 2001, until: new Date(Date.now() - 60_000) })).toEqual([])
})

test('a record of a change can be neither altered nor removed in the database', async () => {
  const store = openStore()
  const { id } = await store.propose(newApproval())
  await store.withClaim(id, press, async () => applied(['jobs/7']))
  for (const statement of [
    "UPDATE rollcall.changes SET outcome = 'changed'",
    'DELETE FROM rollcall.changes',
    'TRUNCATE rollcall.changes',
    'TRUNCATE rollcall.approvals CASCADE',
    'DELETE FROM rollcall.approvals',
  ]) {
    await expect(sql(statement)).rejects.toThrow(/append-only|foreign key/)
  }
  expect((await store.changes({ limit: 1 }))[0]).toMatchObject({ approval: id, outcome: 'applied' })
})
