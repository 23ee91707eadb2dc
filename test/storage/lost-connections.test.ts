// What becomes of a change, and of a record, when the line to the database breaks at the worst moment.

import { beforeEach, expect, test } from 'vitest'
import type { Applied } from '../../src/core/command.ts'
import { type CuttingProxy, type Decision, isCommit, startCuttingProxy } from '../support/cutting-proxy.ts'
import { type JobChanging, jobsTable, newApproval, newRequest, press } from '../support/storage.ts'
import { useStores } from '../support/stores.ts'

const { url: ownUrl, sql, after, openControl, openState } = useStores()

let proxy: CuttingProxy

beforeEach(async () => {
  proxy = await startCuttingProxy(ownUrl())
  after(proxy.stop)
  await sql(jobsTable)
  await sql("INSERT INTO jobs VALUES (7, 'failed')")
})

const moveJob = async (_approval: unknown, changing: JobChanging): Promise<Applied> => {
  const moved = (await changing.requeue(7)) ? ['jobs/7'] : []
  return { moved, left: [], before: 'failed', after: 'queued' }
}

/** Treats the first COMMIT that follows in this way, and everything else as usual. */
function onFirstCommit(decision: Decision, then: () => void = () => undefined): void {
  let met = false
  proxy.onMessage = (letter, body) => {
    if (met || !isCommit(letter, body)) return 'pass'
    met = true
    then()
    return decision
  }
}

async function truth(): Promise<{ readonly jobs: number; readonly changes: number; readonly decided: number }> {
  const { rows } = await sql(`
    SELECT (SELECT count(*)::int FROM jobs WHERE status = 'queued') AS jobs,
           (SELECT count(*)::int FROM rollcall.changes) AS changes,
           (SELECT count(*)::int FROM rollcall.approvals WHERE state <> 'pending') AS decided`)
  return rows[0]
}

const allOfIt = { jobs: 1, changes: 1, decided: 1 }
const nothing = { jobs: 0, changes: 0, decided: 0 }

test('the line breaks after COMMIT reached the server: the store finds out that it was done', async () => {
  const store = openControl(proxy.url)
  const { id } = await store.propose(newApproval())
  onFirstCommit('cut-after')
  expect(await store.withClaim(id, press, moveJob)).toMatchObject({
    claimed: true,
    approval: { id, state: 'applied', moved: ['jobs/7'], decidedBy: 'ola' },
  })
  expect(await truth()).toEqual(allOfIt)
})

test('the line breaks before COMMIT reached the server: nothing was done, the next press does it', async () => {
  const store = openControl(proxy.url)
  const { id } = await store.propose(newApproval())
  onFirstCommit('cut-before')
  await expect(store.withClaim(id, press, moveJob)).rejects.toThrow(/Nothing was changed/)
  expect(await truth()).toEqual(nothing)
  expect(await store.withClaim(id, press, moveJob)).toMatchObject({ claimed: true })
  expect(await truth()).toEqual(allOfIt)
})

test('COMMIT vanishes on a line that stays open: the answer waits until the server has given the transaction up', async () => {
  const { id } = await openControl(ownUrl()).propose(newApproval())
  const store = openControl(proxy.url, { limits: { statementMs: 1000, idleMs: 4000 } })
  onFirstCommit('swallow')
  await expect(store.withClaim(id, press, moveJob)).rejects.toThrow(/Nothing was changed/)
  expect(await truth()).toEqual(nothing)
})

test('after a lost COMMIT somebody else decides first: theirs is reported, not ours', async () => {
  const store = openControl(proxy.url)
  const { id } = await store.propose(newApproval())
  const other = openControl(ownUrl())
  let cut = false
  let letIn: (value: unknown) => void = () => undefined
  const cancelled = new Promise((resolve) => {
    letIn = resolve
  })
  proxy.onMessage = async (letter, body) => {
    if (cut || !isCommit(letter, body)) return cut && letter === 'start' ? slow() : 'pass'
    cut = true
    return 'cut-before'
  }
  // The reconnecting store is let through only once the other one has cancelled.
  const slow = async (): Promise<Decision> => {
    await cancelled
    return 'pass'
  }
  const claim = store.withClaim(id, press, moveJob)
  const waitForCut = async () => {
    while (!cut) await new Promise((resolve) => setImmediate(resolve))
  }
  await waitForCut()
  expect(await other.cancel(id, { ...press, person: 'mei' })).toMatchObject({ claimed: true })
  letIn(undefined)
  expect(await claim).toMatchObject({ claimed: false, approval: { state: 'cancelled', decidedBy: 'mei' } })
  expect(await truth()).toEqual({ jobs: 0, changes: 0, decided: 1 })
})

test('the database stays away after a lost COMMIT: the answer says that it is not known, and later it is', async () => {
  const store = openControl(proxy.url, { settleMs: 300 })
  const { id } = await store.propose(newApproval())
  onFirstCommit('cut-after', () => {
    proxy.closed = true
  })
  await expect(store.withClaim(id, press, moveJob)).rejects.toThrow(/whole or not at all/)
  proxy.closed = false
  expect(await store.read(id)).toMatchObject({ state: 'applied' })
  expect(await truth()).toEqual(allOfIt)
})

test('a cancel whose COMMIT got lost is known to be ours', async () => {
  const store = openControl(proxy.url)
  const { id } = await store.propose(newApproval())
  onFirstCommit('cut-after')
  expect(await store.cancel(id, press)).toMatchObject({ claimed: true, approval: { state: 'cancelled' } })
})

test.each(['cut-before', 'cut-after'] as const)('a proposal is kept once when its COMMIT is %s', async (decision) => {
  const store = openControl(proxy.url)
  await store.id()
  onFirstCommit(decision)
  const { id } = await store.propose(newApproval())
  expect((await store.pending()).map((approval) => approval.id)).toEqual([id])
})

test.each(['cut-before', 'cut-after'] as const)(
  'a request whose COMMIT is %s is recorded once, and is no duplicate of itself',
  async (decision) => {
    const state = openState(proxy.url)
    await state.open()
    onFirstCommit(decision)
    expect(await state.audit.start(newRequest('r'))).toEqual({ recorded: true, duplicate: false })
    expect(await state.audit.start(newRequest('r'))).toEqual({ recorded: true, duplicate: true })
    expect(await state.audit.list({ limit: 9 })).toHaveLength(1)
  },
)

test('the session asks for no start-up option, so that PgBouncer lets it in', async () => {
  const asked: string[] = []
  proxy.onMessage = (letter, body) => {
    if (letter === 'start') asked.push(...body.subarray(8).toString().split('\0'))
    return 'pass'
  }
  const store = openControl(proxy.url)
  await store.id()
  expect(asked.filter((_, index) => index % 2 === 0)).toEqual(
    expect.arrayContaining(['user', 'database', 'application_name']),
  )
  expect(asked.join()).not.toMatch(/options|timeout|timezone/i)
})

test('a server that falls silent costs a time limit, not the answer', async () => {
  const { id } = await openControl(ownUrl()).propose(newApproval())
  const store = openControl(proxy.url, { limits: { connectMs: 2000, statementMs: 1000 } })
  expect(await store.read(id)).toMatchObject({ state: 'pending' })
  proxy.onMessage = () => 'swallow'
  await expect(store.withClaim(id, press, moveJob)).rejects.toThrow(/Nothing was changed/)
  await expect(store.read(id)).rejects.toThrow(/did not answer in time/)
  proxy.onMessage = () => 'pass'
  expect(await store.read(id)).toMatchObject({ state: 'pending' })
})
