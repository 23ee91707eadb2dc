// /requeue from its words to the changed rows, through the real control store and the login of docs/requeue.md.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import requeue, { readWhat } from '../../commands/requeue.ts'
import { readLine } from '../../src/core/options.ts'
import { createNodeDatabase, type NodeDatabase } from '../../src/rollup/node-database.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import type { Changing, Reading } from '../../src/services.ts'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { type ControlRole, createControlRole } from '../support/control-role.ts'
import { mainNode, settleUpTo } from '../support/notes-provers.ts'
import { type ProverOn, proverOn } from '../support/prover-on.ts'
import { newApproval, press, silentLog } from '../support/storage.ts'

describe('what', () => {
  it.each([
    ['1143', { kind: 'batches', from: 1143, to: 1143 }],
    ['#1143', { kind: 'batches', from: 1143, to: 1143 }],
    ['1139-1143', { kind: 'batches', from: 1139, to: 1143 }],
    ['1139–1143', { kind: 'batches', from: 1139, to: 1143 }],
    ['Stuck', { kind: 'stuck' }],
  ])('reads %s', (what, expected) => {
    expect(readWhat(what)).toEqual(expected)
  })

  it.each(['', 'all', '1143;', '-5', '1e3', '1143-', '1'.repeat(30), '1139-1143-1147'])(
    'refuses %j and shows the forms',
    (what) => {
      expect(() => readWhat(what)).toThrow('“what” should be a batch (1143), a range (1139-1143) or stuck.')
    },
  )

  it('turns a backwards range round in its answer', () => {
    expect(() => readWhat('1143-1139')).toThrow('Try: /requeue 1139-1143')
  })
})

describe('with a real store', () => {
  let on: ProverOn
  let role: ControlRole
  let reader: NodeDatabase
  let store: OpenControlStore<Changing>

  beforeAll(async () => {
    on = await proverOn('2023')
    role = await createControlRole(on.client, on.url)
    reader = createNodeDatabase({ name: 'control database', url: role.url, log: silentLog })
    store = createControlStore<Changing>({
      name: 'the control database',
      url: role.url,
      log: silentLog,
      changing: (connection) => ({ proverControl: createProverControl(connection) }),
    })
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    await on.client.query(`UPDATE prover_jobs SET error = 'old trouble' WHERE l1_batch_number = 1139`)
  })
  afterAll(async () => {
    await store.close()
    await reader.end()
    await role.drop()
    await on.end()
  })

  it('frees the notes’ five batches once, with the record of what they were', async () => {
    const jobs = on.jobs({ control: reader })
    const reading = {
      chain: { name: 'era', proverJobs: jobs },
      chains: [{ name: 'era' }],
      signal: AbortSignal.timeout(10_000),
    }
    const options = readLine(requeue.options, '1139-1143 reason="card swapped"', requeue.example)
    const { change, facts } = await requeue.plan(options, reading as unknown as Reading)
    const approval = await store.propose(newApproval({ change, facts, options }))
    const work = async (stored: typeof approval, changing: Changing) =>
      requeue.apply(requeue.change.parse(stored.change), changing)
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.withClaim(approval.id, press, work)))
    expect(claims.filter((claim) => claim.claimed)).toHaveLength(1)
    const { rows } = await on.client.query(
      'SELECT status, attempts, count(*)::int FROM prover_jobs GROUP BY 1, 2 ORDER BY 1',
    )
    expect(rows).toEqual([
      { status: 'queued', attempts: 0, count: 5 },
      { status: 'successful', attempts: 1, count: 4 },
    ])
    const [entry] = await store.changes({ limit: 5, batch: 1139 })
    expect(entry).toMatchObject({
      outcome: 'applied',
      moved: ['prover_jobs/1', 'prover_jobs/2', 'prover_jobs/3', 'prover_jobs/4', 'prover_jobs/5'],
    })
    expect(entry?.before).toMatchObject([
      { key: 'prover_jobs/1', status: 'in_gpu_proof', attempts: 1, error: 'old trouble' },
      ...Array.from({ length: 4 }, () => ({ status: 'in_gpu_proof' })),
    ])
  })

  it('refuses a chain that is neither configured nor a number', async () => {
    const reading = { chain: { proverJobs: on.jobs() }, chains: [{ name: 'era' }], signal: AbortSignal.timeout(10_000) }
    const options = readLine(requeue.options, '1139 chain=elsewhere', requeue.example)
    await expect(async () => requeue.plan(options, reading as unknown as Reading)).rejects.toThrow(
      'numeric id of a chain',
    )
  })
})
