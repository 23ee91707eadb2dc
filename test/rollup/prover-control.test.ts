// Requeueing on real databases with the login of docs/requeue.md: what is written, and every way a row may have moved.

import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Applied } from '../../src/core/command.ts'
import { createNodeDatabase, type NodeDatabase } from '../../src/rollup/node-database.ts'
import type { RequeueChange } from '../../src/rollup/prover/change.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import type { ProverJobs } from '../../src/rollup/prover-jobs.ts'
import type { RequeueQuestion } from '../../src/services.ts'
import { type ControlRole, createControlRole } from '../support/control-role.ts'
import { type ProverOn, policyOf, proverOn, soon } from '../support/prover-on.ts'
import type { JobFixture } from '../support/prover-rows.ts'
import { silentLog } from '../support/storage.ts'

const generations = [
  { schema: '2023', prover: 'prover_jobs', witness: 'witness_inputs', chain: null, worker: 'proccesed_by' },
  { schema: '2023-fri', prover: 'prover_jobs_fri', witness: 'witness_inputs_fri', chain: null, worker: 'picked_by' },
  { schema: 'prover', prover: 'prover_jobs_fri', witness: 'witness_inputs_fri', chain: 271, worker: 'picked_by' },
] as const

describe.each(generations)('$schema', ({ schema, prover, witness, chain, worker }) => {
  let on: ProverOn
  let role: ControlRole
  let control: pg.Client
  let reader: NodeDatabase
  let jobs: ProverJobs

  beforeAll(async () => {
    on = await proverOn(schema)
    role = await createControlRole(on.client, on.url)
    // The worst session there is: a requeue stored in local time would look eight hours old or young.
    await on.client.query(`ALTER ROLE ${role.name} SET timezone = 'Asia/Shanghai'`)
    control = new pg.Client({ connectionString: role.url })
    await control.connect()
    reader = createNodeDatabase({ name: 'control database', url: role.url, log: silentLog })
    jobs = on.jobs({ control: reader, policy: policyOf(2, 600) })
  })
  afterEach(() => on.empty())
  afterAll(async () => {
    await reader.end()
    await control.end()
    await role.drop()
    await on.end()
  })

  const more = (extra: Readonly<Record<string, unknown>> = {}) => ({
    ...(chain !== null && { chain_id: chain }),
    ...extra,
  })
  const job = (status: string, attempts: number, startedAgo: number, extra = {}): JobFixture => ({
    batch: 1139,
    status,
    attempts,
    startedAgo,
    more: more(extra),
  })

  const named: RequeueQuestion = { what: { kind: 'batches', from: 1139, to: 1139 } }

  async function planned(question: RequeueQuestion = named): Promise<RequeueChange> {
    const { change, facts } = await jobs.plan(question, soon())
    if (change === null) throw new Error(facts.cannotApply ?? 'nothing fits')
    return change
  }

  async function apply(change: RequeueChange): Promise<Applied> {
    await control.query('BEGIN')
    try {
      const done = await createProverControl(control).requeue(change)
      await control.query('COMMIT')
      return done
    } catch (error) {
      await control.query('ROLLBACK')
      throw error
    }
  }

  const rows = async (table: string = prover) => {
    const text = `SELECT status, attempts::int AS attempts, error,
        abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - processing_started_at)) < 30 AS started_now,
        abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - updated_at)) < 30 AS updated_now
      FROM ${table} ORDER BY ${table === prover ? 'id' : 'l1_batch_number'}`
    return (await on.client.query(text)).rows
  }

  it('puts back expired and exhausted rows of several tables, in UTC, and keeps what they were', async () => {
    await on.insert(prover, [
      job('failed', 2, 700, { error: 'out of memory', [worker]: 'gpu-7' }),
      job('in_gpu_proof', 1, 700),
      job('in_progress', 2, 599),
      job('successful', 1, 700),
      job('queued', 2, 700),
    ])
    await on.insert(witness, [job('failed', 2, 700, { error: 'no blob' })])
    const change = await planned()
    const done = await apply(change)
    expect(done.moved).toHaveLength(3)
    expect(done.left).toEqual([])
    const moved = { status: 'queued', attempts: 0, started_now: true, updated_now: true }
    expect(await rows()).toMatchObject([
      { ...moved, error: 'out of memory' },
      moved,
      { status: 'in_progress', attempts: 2, started_now: false },
      { status: 'successful', attempts: 1 },
      { status: 'queued', attempts: 2, updated_now: false },
    ])
    expect(await rows(witness)).toMatchObject([{ ...moved, error: 'no blob' }])
    expect(done.before).toContainEqual(
      expect.objectContaining({ status: 'failed', attempts: 2, error: 'out of memory', worker: 'gpu-7' }),
    )
    expect(done.after).toHaveLength(3)
  })

  const moves: readonly (readonly [string, string, RegExp])[] = [
    [
      'was picked by a worker',
      `status = 'in_progress', attempts = attempts + 1, updated_at = @now, processing_started_at = @now`,
      /picked it meanwhile/,
    ],
    ['finished', `status = 'successful', updated_at = @now`, /finished meanwhile/],
    ['failed again', `attempts = attempts + 1, updated_at = @now`, /failed meanwhile/],
    [
      'was put back by automation',
      `status = 'queued', updated_at = @now, processing_started_at = @now`,
      /put back in the queue meanwhile/,
    ],
    ['was skipped', `status = 'skipped'`, /finished meanwhile \(skipped\)/],
    ['got a status nobody knows', `status = 'frobnicated'`, /status is frobnicated now/],
    ['was touched by one microsecond', `updated_at = updated_at + interval '1 microsecond'`, /failed meanwhile/],
    ['lost its start time', `processing_started_at = NULL`, /failed meanwhile/],
  ]
  it.each(moves)('leaves a row that %s', async (_, set, why) => {
    await on.insert(prover, [job('failed', 2, 700), job('failed', 2, 700)])
    const change = await planned()
    const utc = `(now() AT TIME ZONE 'UTC')`
    await on.client.query(`UPDATE ${prover} SET ${set.replaceAll('@now', utc)} WHERE id = 1`)
    const before = (await on.client.query(`SELECT * FROM ${prover} WHERE id = 1`)).rows
    const done = await apply(change)
    expect(done.moved).toEqual([`${prover}/2`])
    expect(done.left).toEqual([{ key: `${prover}/1`, why: expect.stringMatching(why) }])
    expect((await on.client.query(`SELECT * FROM ${prover} WHERE id = 1`)).rows).toEqual(before)
  })

  it('leaves a row that was reset and picked again: same status and attempts, but a live worker', async () => {
    await on.insert(prover, [job('in_progress', 2, 700)])
    const change = await planned()
    const utc = `(now() AT TIME ZONE 'UTC')`
    await on.client.query(`UPDATE ${prover} SET processing_started_at = ${utc}, updated_at = ${utc}`)
    expect(await apply(change)).toMatchObject({
      moved: [],
      left: [{ why: expect.stringMatching(/picked it meanwhile/) }],
    })
    // Even a pick that long ago is another pick.
    await on.client.query(`UPDATE ${prover} SET processing_started_at = ${utc} - interval '650 seconds'`)
    expect((await apply(change)).moved).toEqual([])
  })

  it('leaves a row that is gone', async () => {
    await on.insert(prover, [job('failed', 2, 700)])
    const change = await planned()
    await on.client.query(`DELETE FROM ${prover}`)
    expect(await apply(change)).toMatchObject({
      moved: [],
      left: [{ key: `${prover}/1`, why: 'the row is gone (deleted or archived)' }],
    })
  })

  it('does not wait for a row that somebody holds, and names it', async () => {
    await on.insert(prover, [job('failed', 2, 700), job('failed', 2, 700)])
    const change = await planned()
    await on.client.query('BEGIN')
    await on.client.query(`SELECT 1 FROM ${prover} WHERE id = 1 FOR UPDATE`)
    const done = await apply(change)
    await on.client.query('ROLLBACK')
    expect(done).toMatchObject({
      moved: [`${prover}/2`],
      left: [{ key: `${prover}/1`, why: expect.stringContaining('lock') }],
    })
  })

  it('does nothing to a row whose class no longer holds by the database’s clock, whatever the change claims', async () => {
    await on.insert(prover, [job('in_progress', 2, 100)])
    const [guard] = (
      await on.client.query(
        `SELECT to_char(processing_started_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS updated FROM ${prover}`,
      )
    ).rows
    const forged: RequeueChange = {
      rows: [
        {
          key: `${prover}/1`,
          table: prover,
          id: '1',
          chainId: chain ?? 0,
          batch: 1139,
          status: 'in_progress',
          attempts: 2,
          startedAt: guard.at,
          updatedAt: guard.updated,
          class: 'exhausted',
        },
      ],
      policies: { [prover]: { maxAttempts: 2, timeoutSeconds: 600 } },
    }
    expect((await apply(forged)).moved).toEqual([])
  })

  it.skipIf(chain === null)('leaves the same batch of another chain alone', async () => {
    const other = { chain_id: 300 }
    await on.insert(witness, [job('failed', 2, 700), { ...job('failed', 2, 700), more: other }])
    await on.insert(prover, [{ ...job('failed', 2, 700), more: other }])
    const change = await planned({ ...named, chainId: 271 })
    const others = (await on.client.query(`SELECT * FROM ${witness} WHERE chain_id = 300`)).rows
    expect(await apply(change)).toMatchObject({ moved: [`${witness}/271:1139`], left: [] })
    expect((await on.client.query(`SELECT * FROM ${witness} WHERE chain_id = 300`)).rows).toEqual(others)
    // A guard that names the other chain's key does not fit this chain's row either.
    const [guard] = (await planned({ ...named, chainId: 300, stage: 'basic-witness' })).rows
    if (!guard) throw new Error('no row')
    await on.client.query(`UPDATE ${witness} SET updated_at = now() WHERE chain_id = 300`)
    expect((await apply({ ...change, rows: [guard] })).moved).toEqual([])
  })

  it('takes its second apply for changed', async () => {
    await on.insert(prover, [job('failed', 2, 700)])
    const change = await planned()
    expect((await apply(change)).moved).toHaveLength(1)
    expect(await apply(change)).toMatchObject({ moved: [], left: [{ why: 'it was put back in the queue meanwhile' }] })
  })

  it('gives the same effect by hand with the statements it shows', async () => {
    await on.insert(prover, [job('failed', 2, 700), job('in_progress', 2, 700)])
    await on.insert(witness, [job('failed', 2, 700)])
    const { change, facts } = await on.jobs({ control: null, policy: policyOf(2, 600) }).plan(named, soon())
    expect(change).toBeNull()
    expect(facts.cannotApply).toContain('PROVER_CONTROL_DATABASE_URL')
    for (const text of facts.statements ?? []) await control.query(text)
    expect(await rows()).toMatchObject([
      { status: 'queued', attempts: 0, started_now: true },
      { status: 'queued', attempts: 0 },
    ])
    expect(await rows(witness)).toMatchObject([{ status: 'queued', attempts: 0, started_now: true }])
  })

  it('may do nothing else with its login', async () => {
    await on.insert(prover, [job('failed', 2, 700)])
    const refused = (text: string) => expect(control.query(text)).rejects.toMatchObject({ code: '42501' })
    await refused(`DELETE FROM ${prover}`)
    await refused(`UPDATE ${prover} SET l1_batch_number = 1`)
    await refused(`UPDATE ${prover} SET error = NULL`)
    await refused(`SELECT * FROM ${prover}`)
    await refused(`CREATE TABLE public.mine (id int)`)
  })

  it('says which right is missing, and shows the statements instead of buttons', async () => {
    await on.insert(prover, [job('failed', 2, 700)])
    await on.client.query(`REVOKE UPDATE (attempts) ON ${prover} FROM ${role.name}`)
    const { change, facts } = await jobs.plan(named, soon())
    await on.client.query(`GRANT UPDATE (attempts) ON ${prover} TO ${role.name}`)
    expect(change).toBeNull()
    expect(facts.cannotApply).toContain(`may not update ${prover}.attempts`)
    expect(facts.statements).toHaveLength(1)
  })
})
