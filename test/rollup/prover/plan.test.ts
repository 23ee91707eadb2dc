// What a requeue would move, what it leaves alone and why, what it refuses and warns of; over real databases.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { applySchema } from '../../../sandbox/database/schema.ts'
import { withClient } from '../../../sandbox/database/with-client.ts'
import { createNodeDatabase } from '../../../src/rollup/node-database.ts'
import type { RequeueFacts, RequeueQuestion } from '../../../src/services.ts'
import { startPostgresServer } from '../../../src/storage/postgres-server.ts'
import { mainNode, range, settleUpTo } from '../../support/notes-provers.ts'
import { type ProverOn, policyOf, proverOn, soon } from '../../support/prover-on.ts'
import { insertJobs } from '../../support/prover-rows.ts'
import { silentLog } from '../../support/storage.ts'

const stuck: RequeueQuestion = { what: { kind: 'stuck' } }
const batches = (from: number, to = from): RequeueQuestion => ({ what: { kind: 'batches', from, to } })
const warnings = (facts: RequeueFacts): readonly string[] => facts.warnings.map(({ code }) => code)
const keys = (facts: RequeueFacts): readonly string[] => facts.rows.map(({ key }) => key)

describe('2023', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('2023')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  it('plans the notes’ five batches, and warns that max 1 gives one more try only', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    const { change, facts } = await on.jobs().plan(stuck, soon())
    expect(facts.rows.map((row) => [row.batch, row.class, row.status])).toEqual(
      range(1139, 1143).map((batch) => [batch, 'exhausted', 'in_gpu_proof']),
    )
    expect(change?.rows).toHaveLength(5)
    expect(warnings(facts)).toEqual(['l1-waits', 'no-gpu-available', 'no-prover-for-version', 'one-try'])
  })

  it('moves a settled batch only when it is named, with a warning', async () => {
    await settleUpTo(on.client, 1140)
    await on.insert('prover_jobs', mainNode)
    const all = (await on.jobs().plan(stuck, soon())).facts
    expect(all.rows.map((row) => row.batch)).toEqual([1141, 1142, 1143])
    expect(all.skipped).toMatchObject([
      { key: 'prover_jobs/1', why: expect.stringContaining('settled') },
      { key: 'prover_jobs/2' },
    ])
    const named = (await on.jobs().plan(batches(1139, 1140), soon())).facts
    expect(named.rows).toHaveLength(2)
    expect(warnings(named)).toContain('settled')
    expect(warnings(named)).toContain('l1-waits-elsewhere')
  })

  it('takes batches for settled that L1 or the core’s hand-off say so of', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    await on.client.query(
      `INSERT INTO proof_generation_details (l1_batch_number, status, proof_gen_data_blob_url, created_at, updated_at) VALUES (1143, 'generated', 'x', now(), now())`,
    )
    const facts = (await on.jobs({ l1Verified: async () => 1141 }).plan(stuck, soon())).facts
    expect(facts.rows.map((row) => row.batch)).toEqual([1142])
  })

  it('says of every row it leaves alone why', async () => {
    await on.insert('prover_jobs', [
      { batch: 7, status: 'failed', attempts: 1, startedAgo: 100 },
      { batch: 7, status: 'queued', more: { protocol_version: 1 } },
      { batch: 7, status: 'in_progress', attempts: 1, startedAgo: 100 },
      { batch: 7, status: 'successful', startedAgo: 100 },
      { batch: 7, status: 'frobnicated' },
    ])
    await on.insert('node_aggregation_witness_jobs', [{ batch: 7, status: 'waiting_for_artifacts' }])
    const { facts } = await on.jobs().plan(batches(7), soon())
    expect(keys(facts)).toEqual(['prover_jobs/1'])
    expect(facts.skipped).toEqual([
      { key: 'node_aggregation_witness_jobs/0:7', why: expect.stringContaining('would crash the witness generator') },
      { key: 'prover_jobs/2', why: 'it is in the queue already' },
      { key: 'prover_jobs/3', why: 'a worker has it (in_progress) and is within the time-out' },
      { key: 'prover_jobs/5', why: 'its status is "frobnicated", which I don\'t know: it is never touched' },
    ])
  })

  it('takes one class or one stage when asked', async () => {
    await on.insert('prover_jobs', [
      { batch: 7, status: 'failed', attempts: 1, startedAgo: 100 },
      { batch: 7, status: 'failed', attempts: 5, startedAgo: 100 },
    ])
    await on.insert('witness_inputs', [{ batch: 7, status: 'failed', attempts: 5, startedAgo: 100 }])
    const jobs = on.jobs({ policy: policyOf(3, 600) })
    expect(keys((await jobs.plan({ ...batches(7), class: 'expired' }, soon())).facts)).toEqual(['prover_jobs/1'])
    expect(keys((await jobs.plan({ ...stuck }, soon())).facts)).toEqual(['witness_inputs/0:7', 'prover_jobs/2'])
    expect(keys((await jobs.plan({ ...stuck, stage: 'basic-witness' }, soon())).facts)).toEqual(['witness_inputs/0:7'])
    const both = (await jobs.plan(batches(7), soon())).facts
    expect(both.rows).toHaveLength(3)
    expect(warnings(both)).toContain('automation-would')
  })

  it('asks for the number of rows where there are more than 500', async () => {
    await on.insert(
      'prover_jobs',
      range(1, 501).map(() => ({ batch: 9, status: 'failed', attempts: 1, startedAgo: 100 })),
    )
    await expect(on.jobs().plan(stuck, soon())).rejects.toThrow(
      'It would move 501 rows.\nConfirm the number: /requeue stuck count=501',
    )
    await expect(on.jobs().plan({ ...stuck, count: 500 }, soon())).rejects.toThrow('501 rows, not 500')
    expect((await on.jobs().plan({ ...stuck, count: 501 }, soon())).change?.rows).toHaveLength(501)
  })

  it('refuses a range that can only be a slip', async () => {
    await expect(on.jobs().plan(batches(1, 1001), soon())).rejects.toThrow('1001 batches are too many at once')
  })

  it('warns of a GPU prover that may still hold the job, and of a worker seen lately', async () => {
    await on.insert('prover_jobs', [
      {
        batch: 7,
        status: 'in_gpu_proof',
        attempts: 1,
        startedAgo: 9000,
        more: { proccesed_by: 'gpu-1', protocol_version: 1 },
      },
      {
        batch: 8,
        status: 'successful',
        startedAgo: 200,
        updatedAgo: 100,
        more: { proccesed_by: 'gpu-1', protocol_version: 1 },
      },
    ])
    await on.client.query(`INSERT INTO gpu_prover_queue (instance_host, instance_port, instance_status, created_at, updated_at, region, zone)
      VALUES ('10.0.0.1', 3316, 'available', now(), now() AT TIME ZONE 'UTC', 'r', 'z')`)
    const { facts } = await on.jobs().plan(batches(7), soon())
    expect(warnings(facts)).toEqual(expect.arrayContaining(['worker-alive', 'gpu-alive']))
    expect(warnings(facts)).not.toContain('no-prover-for-version')
  })

  it('warns of skip_proof on the batch that L1 waits for', async () => {
    await settleUpTo(on.client, 1138)
    await on.client.query('UPDATE l1_batches SET skip_proof = true WHERE number = 1139')
    await on.insert('prover_jobs', mainNode)
    expect(warnings((await on.jobs().plan(batches(1139), soon())).facts)).toContain('skip-proof')
  })

  it('finds nothing to do in a healthy queue', async () => {
    await on.insert('prover_jobs', [{ batch: 7, status: 'in_progress', attempts: 1, startedAgo: 100 }])
    const { change, facts } = await on.jobs().plan(stuck, soon())
    expect(change).toBeNull()
    expect(facts).toMatchObject({ rows: [], cannotApply: null, statements: null })
  })

  it('follows what became of the rows', async () => {
    await on.insert(
      'prover_jobs',
      range(1, 5).map((batch) => ({ batch, status: 'failed', attempts: 1, startedAgo: 100 })),
    )
    const { change } = await on.jobs().plan(stuck, soon())
    if (!change) throw new Error('no change')
    await on.client.query(
      `UPDATE prover_jobs SET status = (ARRAY['queued', 'in_progress', 'successful', 'failed'])[id], error = 'boom' WHERE id < 5`,
    )
    await on.client.query('DELETE FROM prover_jobs WHERE id = 5')
    const progress = await on.jobs().progress(
      change,
      change.rows.map(({ key }) => key),
      soon(),
    )
    expect(progress.counts).toEqual({ queued: 1, running: 1, finished: 1, failed: 1, gone: 1 })
    expect(progress.rows.find((row) => row.status === 'failed')?.error).toBe('boom')
  })

  it('suggests the batches that have stuck jobs', async () => {
    await on.insert('prover_jobs', mainNode)
    expect((await on.jobs().suggestions('', soon())).map(({ value }) => value)).toEqual([
      'stuck',
      '1139',
      '1140',
      '1141',
      '1142',
      '1143',
    ])
    expect((await on.jobs().suggestions('1142', soon())).map(({ value }) => value)).toEqual(['1142'])
  })
})

describe('prover-db', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('prover')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  const failedOn = (chain: number, batch = 5, attempts = 5) => ({
    batch,
    status: 'failed',
    attempts,
    startedAgo: 900,
    more: { chain_id: chain },
  })

  it('refuses a batch number that exists on several chains until one is named', async () => {
    await on.insert('prover_jobs_fri', [failedOn(271), failedOn(300)])
    await expect(on.jobs().plan(batches(5), soon())).rejects.toThrow(
      'Batches of that number exist on chains 271, 300.\nName one: /requeue 5 chain=271',
    )
    expect(keys((await on.jobs().plan({ ...batches(5), chainId: 300 }, soon())).facts)).toEqual(['prover_jobs_fri/2'])
  })

  it('refuses it too when the other chain’s batch is done: the number alone names neither', async () => {
    await on.insert('prover_jobs_fri', [failedOn(271)])
    await on.insert('witness_inputs_fri', [
      { batch: 5, status: 'successful', startedAgo: 9000, more: { chain_id: 271 } },
      { batch: 5, status: 'successful', startedAgo: 9000, more: { chain_id: 300 } },
    ])
    await expect(on.jobs().plan(batches(5), soon())).rejects.toThrow('chains 271, 300')
    expect(keys((await on.jobs().plan({ ...batches(5), chainId: 271 }, soon())).facts)).toEqual(['prover_jobs_fri/1'])
  })

  it('takes the id of the chain that was named by its name', async () => {
    await on.insert('prover_jobs_fri', [failedOn(271), failedOn(300)])
    const jobs = on.jobs({ chainId: async () => 271 })
    expect(keys((await jobs.plan({ ...batches(5), chainId: 'own' }, soon())).facts)).toEqual(['prover_jobs_fri/1'])
    const blind = on.jobs({ chainId: () => Promise.reject(new Error('no answer')) })
    await expect(blind.plan({ ...batches(5), chainId: 'own' }, soon())).rejects.toThrow("can't tell this chain's id")
  })

  it('keys rows by chain and batch where the batch is the key', async () => {
    await on.insert('proof_compression_jobs_fri', [failedOn(271)])
    expect(keys((await on.jobs().plan(stuck, soon())).facts)).toEqual(['proof_compression_jobs_fri/271:5'])
  })

  it('finds rows with 20 attempts or more in a named batch', async () => {
    await on.insert('prover_jobs_fri', [failedOn(0, 5, 25)])
    expect(keys((await on.jobs().plan(batches(5), soon())).facts)).toEqual(['prover_jobs_fri/1'])
  })

  it('shows no buttons on a replica', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'replica-'))
    const first = await startPostgresServer({ directory })
    await withClient(first.url(), async (client) => {
      await applySchema(client, 'prover')
      await insertJobs(client, 'prover_jobs_fri', [failedOn(0)])
    })
    await first.stop()
    await writeFile(join(directory, 'data', 'standby.signal'), '')
    const standby = await startPostgresServer({ directory })
    const reader = createNodeDatabase({ name: 'control database', url: standby.url(), log: silentLog })
    try {
      const { change, facts } = await on.jobs({ control: reader }).plan(stuck, soon())
      expect(change).toBeNull()
      expect(keys(facts)).toEqual(['prover_jobs_fri/1'])
      expect(facts.cannotApply).toBe('PROVER_CONTROL_DATABASE_URL points at a replica: it must be the primary.')
    } finally {
      await reader.end()
      await standby.stop()
      await rm(directory, { recursive: true })
    }
  })
})
