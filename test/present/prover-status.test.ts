// What people read after /prover-status: the notes' case and other situations, over real databases.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { drawPicture } from '../../src/charts/picture.ts'
import { presentProverStatus } from '../../src/present/prover-status.ts'
import { mainNode, secondNode, settleUpTo } from '../support/notes-provers.ts'
import { type ProverOn, proverOn, soon } from '../support/prover-on.ts'
import { replyText } from '../support/reply-text.ts'

const golden = (name: string): string => `../golden/prover-status-${name}.txt`

describe('2023', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('2023')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  it('names the stuck batches of the notes’ main node, the cause and the settings', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    const reply = presentProverStatus(await on.jobs().overview(soon()))
    expect(reply.tone).toBe('bad')
    expect(reply.title).toBe('L1 needs batch 1139 next: 1 prover job stuck for 13 d, only a human can free it')
    await expect(replyText(reply)).toMatchFileSnapshot(golden('notes-main-node'))
  })

  it('names them on the second node', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', secondNode)
    await expect(replyText(presentProverStatus(await on.jobs().overview(soon())))).toMatchFileSnapshot(
      golden('notes-second-node'),
    )
  })

  it('shows one batch as a tree', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    await expect(replyText(presentProverStatus(await on.jobs().batch(1139, soon())))).toMatchFileSnapshot(
      golden('batch-1139'),
    )
  })

  it('draws the queue by state from what the watcher kept, once that is enough', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    const facts = await on.jobs().overview(soon())
    const sample = (minutes: number) => ({
      at: new Date(Date.UTC(2023, 8, 18) + minutes * 60_000).toISOString(),
      queued: 0,
      running: 0,
      inGpuProof: 5,
      failed: 0,
      exhausted: 5,
    })
    const pictures = (count: number) =>
      presentProverStatus({
        ...facts,
        samples: Array.from({ length: count }, (_, index) => sample(5 * index)),
      }).blocks.flatMap((block) => (block.kind === 'image' ? [block] : []))
    expect(pictures(11).map(({ picture }) => picture)).not.toContain('prover-states')
    const [states] = pictures(12).filter(({ picture }) => picture === 'prover-states')
    expect(states?.description).toContain('5 in GPU proof, 0 failed, 5 of them stuck for good')
    expect(drawPicture('prover-states', states?.data).length).toBeGreaterThan(1000)
  })

  it('says that an empty prover is idle', async () => {
    await settleUpTo(on.client, 1138)
    const reply = presentProverStatus(await on.jobs().overview(soon()))
    expect(reply).toMatchObject({ tone: 'good', title: 'The prover is idle: batch 1139 has no jobs yet' })
  })
})

describe('prover-db', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('prover')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  const own = { chain_id: 271, protocol_version: 29, protocol_version_patch: 1 }

  async function halfway(): Promise<void> {
    const finished = { status: 'successful', attempts: 1, startedAgo: 3000, updatedAgo: 2900 }
    await on.insert('witness_inputs_fri', [{ batch: 5, ...finished, startedAgo: 4000, updatedAgo: 3900, more: own }])
    await on.insert('prover_jobs_fri', [
      { batch: 5, ...finished, more: { ...own, circuit_id: 1, time_taken: '00:00:30', picked_by: 'prover-a' } },
      { batch: 5, ...finished, more: { ...own, circuit_id: 255, time_taken: '00:00:20', picked_by: 'prover-a' } },
      {
        batch: 5,
        status: 'failed',
        attempts: 5,
        startedAgo: 2500,
        updatedAgo: 2400,
        more: { ...own, circuit_id: 8, error: 'CUDA error: out of memory', picked_by: 'prover-b' },
      },
      {
        batch: 5,
        status: 'in_progress',
        attempts: 1,
        startedAgo: 100,
        more: { ...own, circuit_id: 1, picked_by: 'prover-a' },
      },
      { batch: 5, status: 'queued', updatedAgo: 3900, more: { ...own, circuit_id: 1 } },
    ])
    await on.insert('leaf_aggregation_witness_jobs_fri', [
      {
        batch: 5,
        status: 'waiting_for_proofs',
        updatedAgo: 3900,
        more: { ...own, circuit_id: 3, number_of_basic_circuits: 3 },
      },
      {
        batch: 5,
        status: 'waiting_for_proofs',
        updatedAgo: 3900,
        more: { ...own, circuit_id: 10, number_of_basic_circuits: 1 },
      },
      {
        batch: 5,
        status: 'waiting_for_proofs',
        updatedAgo: 3900,
        more: { ...own, circuit_id: 18, number_of_basic_circuits: 1 },
      },
    ])
    await on.insert('recursion_tip_witness_jobs_fri', [
      { batch: 5, status: 'waiting_for_proofs', updatedAgo: 3900, more: own },
    ])
  }

  it('shows the queue with versions and workers', async () => {
    await halfway()
    const reply = presentProverStatus(
      await on.jobs({ chainId: async () => 271, l1Verified: async () => 4 }).overview(soon()),
    )
    await expect(replyText(reply)).toMatchFileSnapshot(golden('half-proven'))
  })

  it('names circuits by round: the same number is another circuit elsewhere', async () => {
    await halfway()
    const reply = presentProverStatus(
      await on.jobs({ chainId: async () => 271, l1Verified: async () => 4 }).batch(5, soon()),
    )
    await expect(replyText(reply)).toMatchFileSnapshot(golden('half-proven-batch'))
  })

  it('says that an old batch was archived', async () => {
    const reply = presentProverStatus(
      await on.jobs({ chainId: async () => 271, l1Verified: async () => 90 }).batch(5, soon()),
    )
    expect(reply.title).toBe('Batch 5 is settled; its jobs are archived')
  })

  it('tells the chains of one number apart', async () => {
    await on.insert('prover_jobs_fri', [
      { batch: 5, status: 'queued', more: own },
      { batch: 5, status: 'failed', attempts: 5, startedAgo: 900, more: { ...own, chain_id: 300 } },
    ])
    await expect(replyText(presentProverStatus(await on.jobs().batch(5, soon())))).toMatchFileSnapshot(
      golden('two-chains'),
    )
  })
})
