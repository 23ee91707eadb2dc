// The bot's own records on the real server: request audit, messages, moved chats, reminders and the lease.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { stateOf } from '../../src/core/maintenance.ts'
import { createStateStore, type StateStore } from '../../src/storage/state-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { createKeptLog, newRequest, patientLimits, silentLog } from '../support/storage.ts'

let database: TestDatabase
const stores: StateStore[] = []

function openStore(): StateStore {
  const store = createStateStore({ url: database.url, log: silentLog, patienceMs: 30_000, limits: patientLimits })
  stores.push(store)
  return store
}

const sql = (text: string, values?: unknown[]) => withClient(database.url, (client) => client.query(text, values))

beforeAll(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await sql(
    'TRUNCATE rollcall.requests, rollcall.messages, rollcall.reminders, rollcall.leases, rollcall.moved_places, rollcall.maintenance, rollcall.queue_samples',
  )
})

afterAll(() => database?.drop())

test('a request leaves a row before it acts and its outcome after', async () => {
  const { audit } = openStore()
  expect(await audit.start(newRequest('a'))).toEqual({ recorded: true, duplicate: false })
  expect(await audit.list({ limit: 5 })).toMatchObject([
    { ...newRequest('a'), outcome: 'in progress', durationMs: null },
  ])
  expect(await audit.finish('a', 'answered', 12.5)).toEqual({ recorded: true })
  const [entry] = await audit.list({ limit: 5 })
  expect(entry).toMatchObject({ ...newRequest('a'), outcome: 'answered', durationMs: 12.5 })
  expect(entry?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(Math.abs(Date.parse(entry?.startedAt ?? '') - Date.now())).toBeLessThan(60_000)
})

test('the second delivery of a request is a duplicate, on every copy at once', async () => {
  const copies = [openStore(), openStore(), openStore()]
  const answers = await Promise.all(copies.flatMap(({ audit }) => [1, 2, 3].map(() => audit.start(newRequest('b')))))
  expect(answers.every((answer) => answer.recorded)).toBe(true)
  expect(answers.filter((answer) => !answer.duplicate)).toHaveLength(1)
})

test('a row left open reads "outcome unknown" to the next run, and to this one after ten minutes', async () => {
  const before = openStore()
  await before.audit.start(newRequest('open'))
  await before.audit.start(newRequest('no', { decision: 'refused: role-missing' }))
  const outcomes = async (store: StateStore) =>
    Object.fromEntries((await store.audit.list({ limit: 9 })).map((entry) => [entry.id, entry.outcome]))
  expect(await outcomes(openStore())).toEqual({ open: 'outcome unknown', no: 'refused' })
  expect(await outcomes(before)).toEqual({ open: 'in progress', no: 'refused' })
  await sql("UPDATE rollcall.requests SET started_at = started_at - interval '11 minutes'")
  expect(await outcomes(before)).toEqual({ open: 'outcome unknown', no: 'refused' })
})

test('the first outcome stays, and an outcome without a row is not recorded', async () => {
  const { audit } = openStore()
  await audit.start(newRequest('c'))
  await audit.finish('c', 'answered', 1)
  await audit.finish('c', 'timed out', 2)
  expect(await audit.list({ limit: 1 })).toMatchObject([{ outcome: 'answered', durationMs: 1 }])
  expect(await audit.finish('nobody', 'answered', 1)).toEqual({ recorded: false })
})

test('requests are found by person, command, batch and time, newest first', async () => {
  const { audit } = openStore()
  await audit.start(newRequest('1', { options: { what: '1139-1143' }, command: 'requeue' }))
  await audit.start(newRequest('2', { options: { text: 'batch #7670' }, person: 'ola', account: 'telegram-user:2' }))
  await audit.start(newRequest('3', { options: { batch: 1143 }, account: null, person: 'unknown' }))
  await sql("UPDATE rollcall.requests SET started_at = timestamptz '2026-01-01 00:00Z' + id::int * interval '1 hour'")
  const found = async (filter: object) => (await audit.list({ limit: 10, ...filter })).map((entry) => entry.id)
  expect(await found({})).toEqual(['3', '2', '1'])
  expect(await found({ limit: 2 })).toEqual(['3', '2'])
  expect(await found({ person: 'mei' })).toEqual(['1'])
  expect(await found({ person: 'telegram-user:2' })).toEqual(['2'])
  expect(await found({ command: 'requeue' })).toEqual(['1'])
  expect(await found({ batch: 1143 })).toEqual(['3', '1'])
  expect(await found({ batch: 7670 })).toEqual(['2'])
  expect(await found({ since: new Date('2026-01-01T02:00:00Z') })).toEqual(['3', '2'])
  expect(await found({ until: new Date('2026-01-01T02:00:00Z') })).toEqual(['1'])
})

test('hostile text is kept as text', async () => {
  const { audit, messages } = openStore()
  const nasty = '\u0000\ud800 \u202e\'"; DROP SCHEMA rollcall; -- 🧯'
  expect(await audit.start(newRequest('d', { options: { nasty }, person: nasty, command: nasty }))).toMatchObject({
    recorded: true,
  })
  const kept = nasty.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd')
  expect(await audit.list({ limit: 1 })).toMatchObject([{ options: { nasty: kept }, person: kept, command: kept }])
  await messages.add(nasty, { platform: 'telegram', place: '1', message: '2' })
  expect(await messages.of(nasty)).toHaveLength(1)
})

test('messages are found by what they show, also by the next run, and once each', async () => {
  const first = { platform: 'discord', place: '1', message: '2', thread: '3', shape: 'text' } as const
  const second = { platform: 'telegram', place: '-4', message: '5' } as const
  const { messages } = openStore()
  for (const message of [first, second, first]) {
    expect(await messages.add('approval:x', message)).toEqual({ recorded: true })
  }
  expect(await openStore().messages.of('approval:x')).toEqual([first, second])
  expect(await messages.of('approval:y')).toEqual([])
})

test('when a group moves, its old messages are forgotten, its reminders follow, and the move is remembered', async () => {
  const { messages, reminders } = openStore()
  const old = { platform: 'telegram', place: '-4', message: '5' } as const
  const newer = { ...old, place: '-1004' }
  const elsewhere = { platform: 'discord', place: '-4', message: '7' } as const
  for (const message of [old, newer, elsewhere]) await messages.add('a', message)
  const place = { platform: 'telegram', id: '-4', kind: 'group' } as const
  await reminders.add({ kind: 'trace-notify', chain: 'era', place, payload: {}, firstInSeconds: 0 })
  await messages.move('-4', '-1004')
  await messages.move('-4', '-1004')
  expect(await messages.of('a')).toEqual([newer, elsewhere])
  expect(await openStore().movedPlaces()).toEqual(new Map([['-4', '-1004']]))
  expect(await reminders.due(5)).toMatchObject([{ place: { ...place, id: '-1004' } }])
})

test('a due reminder is handed to one copy, comes again when asked to, and ends when done', async () => {
  const copies = [openStore(), openStore()] as const
  const place = { platform: 'discord', id: '1', kind: 'group' } as const
  for (let index = 0; index < 20; index += 1) {
    await copies[0].reminders.add({
      kind: 'change-follow',
      chain: 'era',
      place,
      payload: { index },
      firstInSeconds: 0,
    })
  }
  await copies[0].reminders.add({ kind: 'change-follow', chain: 'era', place, payload: {}, firstInSeconds: 3600 })
  const handed = (await Promise.all([1, 2, 3, 4].map((turn) => copies[turn % 2 === 0 ? 0 : 1].reminders.due(6)))).flat()
  expect(new Set(handed.map((reminder) => reminder.id)).size).toBe(20)
  expect(handed).toHaveLength(20)
  expect(await copies[1].reminders.due(100)).toEqual([])
  const [one, two] = handed
  if (!one || !two) throw new Error('nothing was due')
  await copies[1].reminders.again(one.id, { stage: 'prove' }, 0)
  await copies[1].reminders.done(two.id)
  const [again, ...others] = await copies[0].reminders.due(100)
  expect(others).toEqual([])
  expect(again).toEqual({ ...one, payload: { stage: 'prove' }, ageSeconds: expect.any(Number) })
  expect(again?.ageSeconds).toBeGreaterThan(one.ageSeconds)
  expect(again?.ageSeconds).toBeLessThan(60)
  await sql("UPDATE rollcall.reminders SET taken_until = clock_timestamp() - interval '1 second'")
  expect(await copies[0].reminders.due(100)).toHaveLength(19)
})

test('the lease belongs to one copy, is kept by renewing, and passes on when released or run out', async () => {
  const [one, two] = [openStore(), openStore()]
  const answers = await Promise.all([one.lease.acquire(), two.lease.acquire()])
  expect([...answers].sort()).toEqual(['elsewhere', 'held'])
  const [holder, other] = answers[0] === 'held' ? [one, two] : [two, one]
  expect(await holder.lease.renew()).toBe('held')
  expect(await holder.lease.acquire()).toBe('held')
  expect(await other.lease.renew()).toBe('elsewhere')
  await holder.lease.release()
  expect(await holder.lease.renew()).toBe('elsewhere')
  expect(await other.lease.acquire()).toBe('held')
  await sql("UPDATE rollcall.leases SET expires_at = clock_timestamp() - interval '1 ms'")
  expect(await other.lease.renew()).toBe('held')
  await sql("UPDATE rollcall.leases SET expires_at = clock_timestamp() - interval '1 ms'")
  expect(await holder.lease.acquire()).toBe('held')
  expect(await other.lease.renew()).toBe('elsewhere')
  await other.lease.release()
  expect(await holder.lease.renew()).toBe('held')
})

const pause = {
  chain: 'era',
  from: null,
  seconds: 7200,
  reason: 'database upgrade',
  by: 'mei',
  account: 'discord-user:1',
  requestId: 'discord-interaction:1',
} as const

test('a planned pause is kept with who, when and why, per chain, and is there for the next run', async () => {
  const kept = await openStore().maintenance.add(pause)
  expect(kept).toMatchObject({ inPlaceOf: [], note: { chain: 'era', reason: 'database upgrade', by: 'mei' } })
  const page = await openStore().maintenance.of('era')
  expect(page?.notes).toEqual([kept?.note])
  const [note] = page?.notes ?? []
  if (!note || !page) throw new Error('nothing was kept')
  expect(Date.parse(note.until) - Date.parse(note.from)).toBe(7_200_000)
  expect(note.from).toBe(note.notedAt)
  expect(page.now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(stateOf(note, page.now)).toBe('on')
  expect((await openStore().maintenance.of('testnet'))?.notes).toEqual([])
})

test('the same request noted twice is one note, and a later one that begins now takes its place', async () => {
  const { maintenance } = openStore()
  const [first, again] = [await maintenance.add(pause), await maintenance.add(pause)]
  expect(again).toEqual(first)
  const planned = await maintenance.add({ ...pause, from: inHours(30), requestId: '2' })
  expect(planned?.inPlaceOf).toEqual([])
  const longer = await maintenance.add({ ...pause, reason: null, by: 'ana', requestId: '3' })
  expect(longer?.inPlaceOf).toMatchObject([{ id: first?.note.id, endedBy: 'ana' }])
  const page = await maintenance.of('era')
  const states = page?.notes.map((note) => [note.id, stateOf(note, page.now)])
  expect(states).toEqual([
    [planned?.note.id, 'planned'],
    [longer?.note.id, 'on'],
    [first?.note.id, 'over'],
  ])
})

test('ending ends what is on; where nothing is on, what is planned; with a number, that one; never another chain’s', async () => {
  const { maintenance } = openStore()
  await maintenance.add({ ...pause, requestId: 'on' })
  await maintenance.add({ ...pause, from: inHours(5), requestId: 'planned' })
  const later = await maintenance.add({ ...pause, from: inHours(50), requestId: 'later' })
  await maintenance.add({ ...pause, chain: 'testnet', requestId: 'elsewhere' })
  const ended = (id: number | null = null) => maintenance.end({ chain: 'era', id }, 'ana')
  expect(await maintenance.end({ chain: 'testnet', id: later?.note.id ?? 0 }, 'ana')).toEqual([])
  const [on] = (await maintenance.end({ chain: 'era', id: null }, 'ana')) ?? []
  expect(on).toMatchObject({ endedBy: 'ana', reason: 'database upgrade' })
  expect(await ended(later?.note.id)).toHaveLength(1)
  expect(await ended()).toHaveLength(1)
  expect(await ended()).toEqual([])
  expect(await ended(2 ** 40)).toEqual([])
  const page = await maintenance.of('era')
  expect(page?.notes.map((note) => stateOf(note, page.now))).toEqual(['called-off', 'called-off', 'over'])
  expect((await maintenance.of('testnet'))?.notes).toMatchObject([{ endedAt: null }])
})

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()

test('with the store down nothing throws, everything says so, and the log has the request instead', async () => {
  const { log, lines } = createKeptLog()
  const store = createStateStore({ url: 'postgres://mei:sesame@127.0.0.1:1/none', log, retryMs: 60_000 })
  stores.push(store)
  expect(await store.audit.start(newRequest('e'))).toEqual({ recorded: false, duplicate: false })
  expect(await store.audit.finish('e', 'answered', 1)).toEqual({ recorded: false })
  expect(await store.messages.add('a', { platform: 'discord', place: '1', message: '2' })).toEqual({ recorded: false })
  expect(await store.messages.of('a')).toEqual([])
  await store.messages.move('1', '2')
  expect(await store.movedPlaces()).toEqual(new Map())
  expect(await store.reminders.due(1)).toEqual([])
  expect(await store.maintenance.of('era')).toBeNull()
  expect(await store.maintenance.add(pause)).toBeNull()
  expect(await store.maintenance.end({ chain: 'era', id: null }, 'mei')).toBeNull()
  await store.reminders.again('none', {}, 1)
  await store.reminders.done('none')
  expect([await store.lease.acquire(), await store.lease.renew()]).toEqual(['unknown', 'unknown'])
  await store.lease.release()
  expect(store.health()).toEqual({ ready: false, why: expect.stringContaining('connection refused') })
  await expect(store.audit.list({ limit: 1 })).rejects.toThrow('connection refused')
  expect(lines.filter((line) => line.includes('request not recorded') && line.includes('batch 7670'))).toHaveLength(1)
  expect(lines.filter((line) => line.includes('state store is down'))).toHaveLength(1)
  expect(lines.join()).not.toContain('sesame')
})

test('samples of the queue are kept by chain for a week, and read for the hours asked for', async () => {
  const { queueSamples } = openStore()
  const states = { queued: 4, running: 3, inGpuProof: 2, failed: 1, exhausted: 1 }
  expect(await queueSamples.add('era', states)).toEqual({ recorded: true })
  await sql(`INSERT INTO rollcall.queue_samples SELECT chain, at - make_interval(hours => h), 9, 9, 9, 9, 9
    FROM rollcall.queue_samples CROSS JOIN unnest(ARRAY[2, 30, 24 * 8]) h`)
  expect(await queueSamples.add('testnet', { ...states, queued: 7 })).toEqual({ recorded: true })
  const day = await queueSamples.of('era', 24)
  expect(day.map(({ queued }) => queued)).toEqual([9, 4])
  expect(day[1]).toEqual({ ...states, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) })
  // Another chain's sample removes nothing of this one; its own does.
  expect(await queueSamples.of('era', 24 * 30)).toHaveLength(4)
  await queueSamples.add('era', states)
  expect((await queueSamples.of('era', 24 * 30)).map(({ queued }) => queued)).toEqual([9, 9, 4, 4])
  expect(await queueSamples.of('testnet', 24)).toMatchObject([{ queued: 7 }])
})

test('without the store there is no history, and nobody waits for it', async () => {
  const url = new URL(database.url)
  url.port = '1'
  const store = createStateStore({ url: url.href, log: silentLog, patienceMs: 200 })
  stores.push(store)
  expect(await store.queueSamples.of('era', 24)).toEqual([])
  expect(
    await store.queueSamples.add('era', { queued: 0, running: 0, inGpuProof: 0, failed: 0, exhausted: 0 }),
  ).toEqual({
    recorded: false,
  })
})
