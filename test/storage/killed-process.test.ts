// `kill -9` before, in and after the transaction of a change: all of it is there, or nothing and the approval still open.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts'
import { type JobChanging, jobChanging, jobsTable, newApproval, press, silentLog } from '../support/storage.ts'

const program = path.join(import.meta.dirname, '../support/claiming-process.ts')

let database: TestDatabase
let store: OpenControlStore<JobChanging>
let nextJob = 0

const sql = (text: string, values: unknown[] = []) => withClient(database.url, (client) => client.query(text, values))

beforeAll(async () => {
  database = await createTestDatabase()
  await sql(jobsTable)
  store = createControlStore({
    name: 'the control database of era',
    url: database.url,
    log: silentLog,
    changing: jobChanging,
  })
  await store.id()
})

afterAll(async () => {
  await store?.close()
  await database?.drop()
})

/** An approval about three rows of its own. */
async function proposeThree(): Promise<{ readonly id: string; readonly jobs: readonly number[] }> {
  const jobs = [nextJob, nextJob + 1, nextJob + 2]
  nextJob += 3
  await sql("INSERT INTO jobs SELECT unnest($1::int[]), 'failed'", [jobs])
  const { id } = await store.propose(newApproval({ change: jobs }))
  return { id, jobs }
}

/** Where one run is killed: at which of the client's messages, and whether the server still gets it. */
interface Point {
  readonly message: number
  readonly when: 'before' | 'after'
}

/** Runs the program against the approval, kills it at the point, and answers how many messages it sent. */
async function runAndKill(id: string, point: Point | null): Promise<number> {
  const proxy = await startCuttingProxy(database.url)
  let child: ChildProcess | undefined
  let messages = 0
  proxy.onMessage = () => {
    messages += 1
    if (messages !== point?.message) return 'pass'
    child?.kill('SIGKILL')
    return point.when === 'before' ? 'cut-before' : 'cut-after'
  }
  try {
    child = spawn(process.execPath, ['--import', 'tsx', program, proxy.url, id], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code, signal] = await once(child, 'exit')
    expect([code, signal]).toEqual(point ? [null, 'SIGKILL'] : [0, null])
    return messages
  } finally {
    child?.kill('SIGKILL')
    await proxy.stop()
  }
}

/** What there is in the database once the dead process's transaction is over. */
async function truth(
  id: string,
  jobs: readonly number[],
): Promise<readonly [state: string, moved: number, records: number]> {
  const { rows } = await sql('SELECT state FROM rollcall.approvals WHERE id = $1 FOR UPDATE', [id])
  const moved = await sql("SELECT 1 FROM jobs WHERE id = ANY($1) AND status = 'queued'", [jobs])
  const records = await sql('SELECT 1 FROM rollcall.changes WHERE approval = $1', [id])
  return [rows[0].state, moved.rows.length, records.rows.length]
}

test('killed at any message it sends, a change is there whole or not at all, and goes through later', async () => {
  const undisturbed = await proposeThree()
  const messages = await runAndKill(undisturbed.id, null)
  expect(await truth(undisturbed.id, undisturbed.jobs)).toEqual(['applied', 3, 1])
  const points = pointsOf(messages)
  expect(points.length).toBeGreaterThanOrEqual(30)
  const seen = new Set<string>()
  const lane = async () => {
    for (let point = points.pop(); point; point = points.pop()) {
      const { id, jobs } = await proposeThree()
      await runAndKill(id, point)
      const [state, moved, records] = await truth(id, jobs)
      seen.add(state)
      expect([point, state, moved, records]).toEqual(
        state === 'applied' ? [point, 'applied', 3, 1] : [point, 'pending', 0, 0],
      )
      const claim = await store.withClaim(id, press, async (_, changing) => {
        for (const job of jobs) expect(await changing.requeue(job)).toBe(true)
        return { moved: ['all'], left: [], before: null, after: null }
      })
      expect(claim.claimed).toBe(state === 'pending')
      expect(await truth(id, jobs)).toEqual(['applied', 3, 1])
    }
  }
  await Promise.all([lane(), lane()])
  expect([...seen].sort()).toEqual(['applied', 'pending'])
}, 300_000)

/** Before each of the last messages, which are those of the transaction, and after COMMIT and the goodbye that follows. */
function pointsOf(messages: number): Point[] {
  const last = Array.from({ length: Math.min(messages, 32) }, (_, index) => messages - index)
  return [
    ...last.map((message): Point => ({ message, when: 'before' })),
    { message: messages - 1, when: 'after' },
    { message: messages, when: 'after' },
  ]
}
