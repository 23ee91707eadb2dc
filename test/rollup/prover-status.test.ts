// /prover-status over real databases of all three generations: the notes' case, every finding, order, pace, chains.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createNodeDatabase } from '../../src/rollup/node-database.ts'
import type { ProverStatusFacts } from '../../src/services.ts'
import { mainNode, range, secondNode, settleUpTo } from '../support/notes-provers.ts'
import { uniqueName } from '../support/postgres.ts'
import { type ProverOn, policyOf, proverOn, soon } from '../support/prover-on.ts'
import type { JobFixture } from '../support/prover-rows.ts'
import { silentLog } from '../support/storage.ts'

const day = 86_400
/** The rows grow older while the test runs. */
const about = (seconds: number) => expect.closeTo(seconds, -1.5)
const codes = (facts: ProverStatusFacts): readonly string[] => facts.findings.map((finding) => finding.code)
const found = (facts: ProverStatusFacts, code: string) => {
  const finding = facts.findings.find((candidate) => candidate.code === code)
  if (!finding) throw new Error(`no finding ${code} among ${codes(facts).join(', ')}`)
  return finding
}
describe('2023', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('2023')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  const gpuJob = (batch: number, ago: number): JobFixture => ({
    batch,
    status: 'in_gpu_proof',
    attempts: 1,
    startedAgo: ago,
  })

  it('tells the notes’ main node: 1139–1143 exhausted at max 1, later ones proven, and the settings to change', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    const facts = await on.jobs().overview(soon())
    expect(facts.generation).toBe('2023')
    expect(facts.next).toMatchObject({
      batch: 1139,
      stage: 'prover',
      state: 'exhausted',
      ageSeconds: about(13 * day),
      known: 'database',
    })
    expect(facts.outOfOrder).toEqual({ blockedBatches: range(1139, 1143), provenAhead: range(1144, 1147) })
    expect(facts.stuck.map((group) => [group.batch, group.class, group.attempts, group.maxAttempts])).toEqual(
      range(1139, 1143).map((batch) => [batch, 'exhausted', 1, 1]),
    )
    const finding = found(facts, 'attempts-exhausted')
    expect(finding.severity).toBe('critical')
    expect(finding.values).toMatchObject({
      jobs: 5,
      batches: range(1139, 1143),
      maxAttempts: 1,
      assumed: true,
      tries: 1,
      suggestedAttempts: 5,
      suggestedTries: 3,
    })
    expect(finding.text).toBe(
      "5 prover jobs of batches 1139–1143 have used up their attempts (the maximum is 1, assumed: 1 real try), so nothing automatic will ever touch them again. Raise PROVER_NON_GPU_MAX_ATTEMPTS to 5 (3 real tries) and set PROVER_NON_GPU_GENERATION_TIMEOUT_IN_SECS above the slowest card's proof time (3600). Or /requeue 1139-1143 now.",
    )
    expect(found(facts, 'out-of-order').severity).toBe('critical')
  })

  it('tells the notes’ second node: 1139–1147 all in GPU proof', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', secondNode)
    const facts = await on.jobs().overview(soon())
    expect(found(facts, 'attempts-exhausted').values).toMatchObject({ batches: range(1139, 1147), jobs: 9 })
    expect(facts.outOfOrder).toEqual({ blockedBatches: [], provenAhead: [] })
    expect(facts.stages.find((stage) => stage.stage === 'prover')).toMatchObject({
      inGpuProof: 9,
      exhausted: 9,
      queued: 0,
    })
  })

  it('sees jobs of circuits nobody listed', async () => {
    await on.insert('prover_jobs', [
      { ...gpuJob(7, day), more: { circuit_type: 'Something a fork added' } },
      gpuJob(8, day),
    ])
    expect((await on.jobs().overview(soon())).stages.find((stage) => stage.stage === 'prover')?.inGpuProof).toBe(2)
  })

  it('says what an old in_progress and an old in_gpu_proof with attempts left mean', async () => {
    await on.insert('prover_jobs', [
      { batch: 5, status: 'in_progress', attempts: 1, startedAgo: 3000 },
      gpuJob(6, 3000),
    ])
    const facts = await on.jobs({ policy: policyOf(5, 2700) }).overview(soon())
    expect(codes(facts)).toContain('gpu-proof-expired')
    expect(facts.stuck.map((group) => group.class)).toEqual(['expired', 'expired'])
  })

  it('says which instance to restart when a GPU prover could not be reached', async () => {
    await on.insert('prover_jobs', [
      { batch: 5, status: 'failed', attempts: 1, startedAgo: 100, more: { error: 'prover instance unreachable' } },
    ])
    expect(found(await on.jobs({ policy: policyOf(5, 2700) }).overview(soon()), 'gpu-unreachable').text).toContain(
      'Restart',
    )
  })

  it('warns that requeueing only burns attempts while every GPU prover is dead or full', async () => {
    await on.insert('prover_jobs', [{ batch: 5, status: 'queued', more: { protocol_version: 1 } }])
    await on.client.query(`INSERT INTO gpu_prover_queue (instance_host, instance_port, instance_status, created_at, updated_at, region, zone, queue_free_slots, num_gpu)
      VALUES ('10.0.0.1', 3316, 'dead', now(), now() AT TIME ZONE 'UTC' - interval '2 hours', 'r', 'z', 0, 1), ('10.0.0.2', 3316, 'full', now(), now() AT TIME ZONE 'UTC', 'r', 'z', 0, 2)`)
    const facts = await on.jobs().overview(soon())
    expect(found(facts, 'no-gpu-available').values).toEqual({ instances: 2, dead: 1, full: 1 })
    expect(facts.gpus).toMatchObject([
      { host: '10.0.0.2:3316', status: 'full', gpus: 2 },
      { host: '10.0.0.1:3316', status: 'dead', updatedSeconds: about(7200) },
    ])
  })

  it('takes old witness rows past the time-out for expired, whatever their attempts, and failed ones for exhausted', async () => {
    await on.insert('witness_inputs', [
      { batch: 5, status: 'in_progress', attempts: 9, startedAgo: 1000 },
      { batch: 6, status: 'failed', attempts: 1, startedAgo: 10, more: { error: 'boom' } },
    ])
    const facts = await on.jobs().overview(soon())
    expect(facts.stuck.map((group) => [group.batch, group.stage, group.class])).toEqual([
      [5, 'basic-witness', 'expired'],
      [6, 'basic-witness', 'exhausted'],
    ])
  })

  it('counts waiting rows of the old witness tables', async () => {
    await on.insert('node_aggregation_witness_jobs', [{ batch: 5, status: 'waiting_for_artifacts' }])
    await on.insert('leaf_aggregation_witness_jobs', [{ batch: 5, status: 'waiting_for_proofs' }])
    const facts = await on.jobs().overview(soon())
    expect(facts.stages.map((stage) => [stage.stage, stage.waiting])).toEqual([
      ['basic-witness', 0],
      ['leaf-witness', 1],
      ['node-witness', 1],
      ['scheduler-witness', 0],
      ['prover', 0],
    ])
  })

  it('says when nobody re-queues although the rows are long due', async () => {
    await on.insert('prover_jobs', [gpuJob(5, 2700 + 3000)])
    const facts = await on.jobs({ policy: policyOf(5, 2700) }).overview(soon())
    expect(found(facts, 'nothing-requeueing').values).toMatchObject({ stage: 'prover', jobs: 1, intervalSeconds: 300 })
    await on.empty()
    await on.insert('prover_jobs', [gpuJob(5, 2700 + 2900)])
    expect(codes(await on.jobs({ policy: policyOf(5, 2700) }).overview(soon()))).not.toContain('nothing-requeueing')
  })

  it('notices attempts above the configured maximum, but not the one that an automatic re-queue may add', async () => {
    await on.insert('prover_jobs', [{ batch: 5, status: 'in_progress', attempts: 3, startedAgo: 10 }])
    expect(codes(await on.jobs({ policy: policyOf(2, 2700) }).overview(soon()))).not.toContain('attempts-above-max')
    await on.insert('prover_jobs', [{ batch: 5, status: 'in_progress', attempts: 4, startedAgo: 10 }])
    expect(
      found(await on.jobs({ policy: policyOf(2, 2700) }).overview(soon()), 'attempts-above-max').values,
    ).toMatchObject({ attempts: 4, maxAttempts: 2 })
  })

  it('tells settled batches apart', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', [gpuJob(1137, day)])
    const facts = await on.jobs().overview(soon())
    expect(facts.stuck).toMatchObject([{ batch: 1137, settled: true }])
    expect(codes(facts)).toContain('settled-leftovers')
    expect(codes(facts)).not.toContain('attempts-exhausted')
  })

  it('says that a job in the queue has its last try before it', async () => {
    await on.insert('prover_jobs', [
      { batch: 5, status: 'queued', attempts: 1, startedAgo: 5, more: { protocol_version: 1 } },
    ])
    expect(found(await on.jobs().overview(soon()), 'last-try-pending').values).toMatchObject({
      jobs: 1,
      maxAttempts: 1,
    })
  })

  it('names jobs of a version that nobody works on, and jobs without a version', async () => {
    await on.insert('prover_jobs', [
      { batch: 5, status: 'queued', updatedAgo: 7200, more: { protocol_version: 13 } },
      { batch: 6, status: 'queued', updatedAgo: 7200, more: { protocol_version: null } },
      {
        batch: 4,
        status: 'successful',
        startedAgo: 300,
        updatedAgo: 100,
        more: { protocol_version: 14, proccesed_by: 'gpu-1' },
      },
    ])
    const facts = await on.jobs().overview(soon())
    expect(found(facts, 'no-prover-for-version').values).toMatchObject({ version: '13', queued: 1 })
    expect(codes(facts)).toContain('version-missing')
    expect(facts.workers).toMatchObject([{ name: 'gpu-1', version: '14', lastSeenSeconds: about(300) }])
  })
})

describe('2023-fri', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('2023-fri')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  it('reads the queue of the scheduler and what waits for proofs inside the window', async () => {
    await on.insert('prover_jobs_fri', [{ batch: 50, status: 'queued', more: { protocol_version: 18 } }])
    await on.insert('scheduler_witness_jobs_fri', [
      { batch: 49, status: 'queued' },
      { batch: 50, status: 'waiting_for_proofs' },
    ])
    await on.insert('leaf_aggregation_witness_jobs_fri', [{ batch: 50, status: 'waiting_for_proofs' }])
    const stages = (await on.jobs().overview(soon())).stages
    expect(stages.find((stage) => stage.stage === 'scheduler-witness')).toMatchObject({ queued: 1, waiting: 1 })
    expect(stages.find((stage) => stage.stage === 'leaf-witness')).toMatchObject({ queued: 0, waiting: 1 })
  })

  it('lists batches whose scheduler still lacks node proofs', async () => {
    await on.client.query(`INSERT INTO scheduler_dependency_tracker_fri (l1_batch_number, status, circuit_1_final_prover_job_id, created_at, updated_at)
      VALUES (50, 'waiting_for_proofs', 7, now(), now())`)
    expect((await on.jobs().overview(soon())).dependencies).toEqual([
      { batch: 50, status: 'waiting_for_proofs', missing: 12 },
    ])
  })

  it('names the settings of the FRI prover', async () => {
    await on.insert('prover_jobs_fri', [
      {
        batch: 5,
        status: 'failed',
        attempts: 10,
        startedAgo: 700,
        more: { error: 'out of memory', picked_by: 'fri-3' },
      },
    ])
    const facts = await on.jobs().overview(soon())
    expect(found(facts, 'attempts-exhausted').text).toContain('FRI_PROVER_MAX_ATTEMPTS is 10 already')
    expect(facts.stuck).toMatchObject([{ worker: 'fri-3', error: 'out of memory' }])
  })
})

describe('prover-db', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('prover')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  const onChain = (chain: number, version = 29) => ({
    chain_id: chain,
    protocol_version: version,
    protocol_version_patch: 1,
  })
  const batchDone = async (
    batch: number,
    chain: number,
    status = 'sent_to_server',
    updatedAgo = 3000,
  ): Promise<void> => {
    await on.insert('witness_inputs_fri', [
      { batch, status: 'successful', startedAgo: 9000, updatedAgo: 8000, createdAgo: 9500, more: onChain(chain) },
    ])
    await on.insert('proof_compression_jobs_fri', [
      { batch, status, startedAgo: updatedAgo + 500, updatedAgo, more: onChain(chain) },
    ])
  }

  it('speaks of one chain where several share the database, and of none it cannot tell', async () => {
    await batchDone(100, 271)
    await on.insert('prover_jobs_fri', [
      { batch: 101, status: 'failed', attempts: 5, startedAgo: 900, more: onChain(271) },
      { batch: 7, status: 'failed', attempts: 5, startedAgo: 900, more: onChain(300) },
    ])
    const own = await on.jobs({ chainId: async () => 271 }).overview(soon())
    expect(own.next).toMatchObject({ batch: 101, chainId: 271, state: 'exhausted', known: 'jobs' })
    expect(own.stuck.map((group) => [group.chainId, group.batch])).toEqual([
      [300, 7],
      [271, 101],
    ])
    const unknown = await on.jobs().overview(soon())
    expect(unknown.next).toBeNull()
    expect(unknown.stuck).toHaveLength(2)
  })

  it('takes the batch that L1 needs from L1 itself when only that answers', async () => {
    await batchDone(100, 271, 'successful')
    const facts = await on.jobs({ chainId: async () => 271, l1Verified: async () => 99 }).overview(soon())
    expect(facts.next).toMatchObject({ batch: 100, state: 'proven', known: 'l1', stage: 'settlement' })
    expect(facts.l1).toEqual({ sealed: null, verified: 99, behind: null })
  })

  it('goes on when L1 or the core does not answer, and says so', async () => {
    await batchDone(100, 271)
    const facts = await on
      .jobs({ chainId: async () => 271, l1Verified: () => Promise.reject(new Error('L1 timed out')) })
      .overview(soon())
    expect(found(facts, 'source-unreachable').text).toContain('L1 timed out')
    expect(facts.throughput.batchesLastHour).toBe(1)
  })

  it('does not wait for an L1 that hangs', async () => {
    await batchDone(100, 271)
    const facts = await on
      .jobs({ chainId: async () => 271, l1Verified: () => new Promise<never>(() => undefined) })
      .overview(soon())
    expect(found(facts, 'source-unreachable').text).toBe(
      'L1 could not be asked which batches it has verified: it did not answer in time',
    )
  })

  it('says what it could not read for want of a right, and shows the rest', async () => {
    const name = uniqueName('reader')
    await on.client.query(
      `CREATE ROLE ${name} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`,
    )
    const url = new URL(on.url)
    url.username = name
    url.password = 'x'
    const reader = createNodeDatabase({ name: 'prover database', url: url.href, log: silentLog })
    try {
      await batchDone(100, 271)
      const forbidden = {
        read: () => Promise.reject(new Error('The core database does not let this login read a table')),
      }
      const facts = await on.jobs({ prover: reader, core: forbidden, chainId: async () => 271 }).overview(soon())
      expect(found(facts, 'source-unreachable').text).toContain('does not let this login read a table')
      await on.client.query(`REVOKE SELECT ON prover_jobs_fri FROM ${name}`)
      await expect(on.jobs({ prover: reader }).overview(soon())).rejects.toMatchObject({
        name: 'UserError',
        code: 'unreachable',
        message: expect.stringContaining('does not let this login read'),
      })
    } finally {
      await reader.end()
      await on.client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`)
    }
  })

  it('says so when the database is no prover’s, or does not answer at all', async () => {
    const reader = createNodeDatabase({
      name: 'prover database',
      url: 'postgres://x:secret@127.0.0.1:1/none',
      log: silentLog,
    })
    const refused = on.jobs({ prover: reader }).overview(soon())
    await expect(refused).rejects.toMatchObject({ name: 'UserError', code: 'unreachable' })
    await expect(refused).rejects.not.toThrow(/secret|127\.0\.0\.1/)
    await reader.end()
    const empty = { read: async () => [] }
    await expect(on.jobs({ prover: empty }).overview(soon())).rejects.toThrow('holds no prover tables')
  })

  it('says when the core has not fetched a proof, and why it may not', async () => {
    await batchDone(100, 271, 'successful', 900)
    expect(found(await on.jobs().overview(soon()), 'core-not-fetching')).toMatchObject({
      severity: 'critical',
      values: { batches: [100], olderMissing: false },
    })
    await on.insert('witness_inputs_fri', [{ batch: 99, status: 'in_progress', startedAgo: 5, more: onChain(271) }])
    expect(found(await on.jobs().overview(soon()), 'core-not-fetching')).toMatchObject({
      severity: 'info',
      values: { olderMissing: true },
    })
  })

  it('says when everything that can run is done and the next stage is not moved on', async () => {
    await on.insert('witness_inputs_fri', [
      { batch: 5, status: 'successful', startedAgo: 4000, updatedAgo: 3900, more: onChain(0) },
    ])
    await on.insert('prover_jobs_fri', [
      { batch: 5, status: 'successful', startedAgo: 3000, updatedAgo: 2900, more: onChain(0) },
    ])
    await on.insert('leaf_aggregation_witness_jobs_fri', [
      {
        batch: 5,
        status: 'waiting_for_proofs',
        updatedAgo: 3900,
        more: { ...onChain(0), number_of_basic_circuits: 1 },
      },
    ])
    expect(found(await on.jobs().overview(soon()), 'mover-stalled').values).toEqual({
      batches: [5],
      stage: 'leaf-witness',
    })
    await on.insert('prover_jobs_fri', [{ batch: 5, status: 'queued', more: onChain(0) }])
    expect(codes(await on.jobs().overview(soon()))).not.toContain('mover-stalled')
  })

  it('finds rows with 20 attempts or more in the batch that is needed, although no index has them', async () => {
    await on.insert('witness_inputs_fri', [
      { batch: 5, status: 'successful', startedAgo: 4000, updatedAgo: 3900, more: onChain(0) },
    ])
    await on.insert('prover_jobs_fri', [
      { batch: 5, status: 'failed', attempts: 25, startedAgo: 900, more: onChain(0) },
    ])
    const facts = await on.jobs().overview(soon())
    expect(facts.next).toMatchObject({ batch: 5, state: 'exhausted' })
    expect(facts.stuck).toMatchObject([{ batch: 5, attempts: 25 }])
    expect(found(facts, 'attempts-above-max').values).toMatchObject({ attempts: 25 })
  })

  it('counts what finished and arrived per hour, and how long batches took', async () => {
    await batchDone(100, 0)
    await on.insert('prover_jobs_fri', [
      { batch: 100, status: 'successful', startedAgo: 8000, updatedAgo: 7900, createdAgo: 8100, more: onChain(0) },
      { batch: 100, status: 'successful', startedAgo: 700, updatedAgo: 600, createdAgo: 3700, more: onChain(0) },
      { batch: 100, status: 'queued', updatedAgo: 100, more: onChain(0) },
    ])
    const { throughput, picture } = await on.jobs().overview(soon())
    expect(throughput).toMatchObject({
      batchesLastHour: 1,
      batchesLastDay: 1,
      jobsLastHour: 1,
      jobsLastDay: 2,
      arrivedLastHour: 1,
      openJobs: 1,
      estimated: false,
    })
    expect(picture?.hours).toHaveLength(24)
    expect(picture?.hours.slice(-3).map(({ arrived, finished, open }) => [arrived, finished, open])).toEqual([
      [1, 1, 0],
      [1, 0, 1],
      [1, 1, 1],
    ])
    expect(picture?.proofTimes).toMatchObject([{ batch: 100, seconds: about(6500) }])
  })
})
