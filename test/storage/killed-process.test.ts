// `kill -9` before, in and after the transaction of a change: all of it is there, or nothing and the approval still open.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import requeue from '../../commands/requeue.ts'
import { createNodeDatabase, type NodeDatabase } from '../../src/rollup/node-database.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import type { Changing } from '../../src/services.ts'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { builtProgram } from '../support/built-program.ts'
import { type ControlRole, createControlRole } from '../support/control-role.ts'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import { type ProverOn, proverOn, soon } from '../support/prover-on.ts'
import { newApproval, patientLimits, press, silentLog } from '../support/storage.ts'

const program = path.join(import.meta.dirname, '../support/claiming-process.mjs')

/** Where the built program lies: compiling it anew in each of the processes would cost most of the time. */
let dist: string
let on: ProverOn
let role: ControlRole
let control: NodeDatabase
let store: OpenControlStore<Changing>

beforeAll(async () => {
  dist = path.join(await builtProgram(inject('buildFolder')), '../..')
  on = await proverOn('2023')
  role = await createControlRole(on.client, on.url)
  control = createNodeDatabase({ name: 'control database', url: role.url, log: silentLog })
  store = createControlStore<Changing>({
    name: 'the control database of era',
    url: role.url,
    log: silentLog,
    changing: (connection) => ({ proverControl: createProverControl(connection) }),
  })
  await store.id()
})

afterAll(async () => {
  await store?.close()
  await control?.end()
  await role?.drop()
  await on?.end()
})

let nextBatch = 1000

/** A requeue of three exhausted jobs of a batch of its own. */
async function proposeThree(): Promise<{ readonly id: string; readonly batch: number }> {
  nextBatch += 1
  const batch = nextBatch
  const job = { batch, status: 'in_gpu_proof', attempts: 1, startedAgo: 90_000, more: { protocol_version: 13 } }
  await on.insert('prover_jobs', [job, job, job])
  const question = { what: { kind: 'batches', from: batch, to: batch } } as const
  const { change } = await on.jobs({ control }).plan(question, soon())
  expect(change?.rows).toHaveLength(3)
  const { id } = await store.propose(newApproval({ change }))
  return { id, batch }
}

/** Where one run is killed: at which of the client's messages, and whether the server still gets it. */
interface Point {
  readonly message: number
  readonly when: 'before' | 'after'
}

/** Runs the program against the approval, kills it at the point, and answers how many messages it sent. */
async function runAndKill(id: string, point: Point | null): Promise<number> {
  const proxy = await startCuttingProxy(role.url)
  let child: ChildProcess | undefined
  let messages = 0
  proxy.onMessage = () => {
    messages += 1
    if (messages !== point?.message) return 'pass'
    child?.kill('SIGKILL')
    return point.when === 'before' ? 'cut-before' : 'cut-after'
  }
  try {
    const words = JSON.stringify({ dist, url: proxy.url, approval: id, press, limits: patientLimits })
    child = spawn(process.execPath, [program, words], { stdio: ['ignore', 'ignore', 'inherit'] })
    const [code, signal] = await once(child, 'exit')
    expect([code, signal]).toEqual(point ? [null, 'SIGKILL'] : [0, null])
    return messages
  } finally {
    child?.kill('SIGKILL')
    await proxy.stop()
  }
}

/** What there is in the database once the dead process's transaction is over. */
async function truth(id: string, batch: number): Promise<readonly [state: string, moved: number, records: number]> {
  const { rows } = await on.client.query('SELECT state FROM rollcall.approvals WHERE id = $1 FOR UPDATE', [id])
  const moved = await on.client.query(
    "SELECT 1 FROM prover_jobs WHERE l1_batch_number = $1 AND status = 'queued' AND attempts = 0",
    [batch],
  )
  const records = await on.client.query('SELECT 1 FROM rollcall.changes WHERE approval = $1', [id])
  return [rows[0].state, moved.rows.length, records.rows.length]
}

test('killed at any message it sends, a requeue is there whole or not at all, and goes through later', async () => {
  const undisturbed = await proposeThree()
  const messages = await runAndKill(undisturbed.id, null)
  expect(await truth(undisturbed.id, undisturbed.batch)).toEqual(['applied', 3, 1])
  const points = pointsOf(messages)
  expect(points.length).toBeGreaterThanOrEqual(30)
  const seen = new Set<string>()
  const lane = async () => {
    for (let point = points.pop(); point; point = points.pop()) {
      const { id, batch } = await proposeThree()
      await runAndKill(id, point)
      const [state, moved, records] = await truth(id, batch)
      seen.add(state)
      expect([point, state, moved, records]).toEqual(
        state === 'applied' ? [point, 'applied', 3, 1] : [point, 'pending', 0, 0],
      )
      const claim = await store.withClaim(id, press, ({ change }, changing) =>
        requeue.apply(requeue.change.parse(change), changing),
      )
      expect(claim.claimed).toBe(state === 'pending')
      expect(await truth(id, batch)).toEqual(['applied', 3, 1])
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
