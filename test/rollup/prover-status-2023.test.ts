// /prover-status on the schema of 2023: the notes' case, what the old prover's rows mean, GPU provers, settled batches.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mainNode, range, secondNode, settleUpTo } from '../support/notes-provers.ts'
import { about, codes, found, type ProverOn, policyOf, proverOn, soon } from '../support/prover-on.ts'
import type { JobFixture } from '../support/prover-rows.ts'

const day = 86_400

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
      [6, 'basic-witness', 'exhausted'],
      [5, 'basic-witness', 'expired'],
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
