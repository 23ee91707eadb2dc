// /prover-status and /requeue speak of the same stuck jobs: over generated tables of every generation.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../../sandbox/database/with-client.ts'
import { createRandom, type Random } from '../../../sandbox/model/random.ts'
import type { JobRow, ProverStatusFacts, RequeueQuestion } from '../../../src/services.ts'
import { settleUpTo } from '../../support/notes-provers.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { type ProverOn, proverOn, soon } from '../../support/prover-on.ts'
import type { JobFixture } from '../../support/prover-rows.ts'

const tables = {
  '2023': [
    'prover_jobs',
    'witness_inputs',
    'leaf_aggregation_witness_jobs',
    'node_aggregation_witness_jobs',
    'scheduler_witness_jobs',
  ],
  '2023-fri': ['prover_jobs_fri', 'witness_inputs_fri', 'scheduler_witness_jobs_fri', 'proof_compression_jobs_fri'],
  prover: [
    'prover_jobs_fri',
    'witness_inputs_fri',
    'recursion_tip_witness_jobs_fri',
    'scheduler_witness_jobs_fri',
    'proof_compression_jobs_fri',
  ],
} as const

const own = 271
const statuses = [
  'queued',
  'in_progress',
  'in_gpu_proof',
  'failed',
  'successful',
  'skipped',
  'waiting_for_proofs',
  'sent_to_server',
  'a later one',
]
/** Far above what is sealed, beyond int4, and below zero's neighbour: numbers are the node's affair. */
const batches = [0, 1, 7, 1139, 1140, 90_000, 3_000_000_000]

function generated(table: string, chains: boolean, random: Random): readonly JobFixture[] {
  const pick = <T>(from: readonly T[]): T => from[random.between(0, from.length - 1)] as T
  const seen = new Set<string>()
  return Array.from({ length: 10 }, () => {
    const chain = pick([0, own])
    const startedAgo = pick([null, 1, 590, 610, 890, 910, 2690, 2710, 3610, 100_000])
    return {
      batch: pick(batches),
      // No index by status tells of a GPU proof in a table whose jobs never get there.
      status: pick(statuses.filter((status) => status !== 'in_gpu_proof' || table.startsWith('prover_jobs'))),
      attempts: pick([0, 1, 2, 4, 5, 9, 10, 11, 19]),
      startedAgo,
      updatedAgo: startedAgo ?? pick([5, 5000]),
      more: chains ? { chain_id: chain } : {},
    }
  }).filter((job) => {
    const key = `${job.batch}:${JSON.stringify(job.more)}`
    if (table.startsWith('prover_jobs')) return true
    return seen.has(key) ? false : seen.add(key)
  })
}

type Counts = Readonly<Record<string, number>>

function counted(entries: readonly (readonly [key: string, jobs: number])[]): Counts {
  const counts: Record<string, number> = {}
  for (const [key, jobs] of entries) counts[key] = (counts[key] ?? 0) + jobs
  return counts
}

const shown = (facts: ProverStatusFacts): Counts =>
  counted(
    facts.stuck
      .filter((group) => group.class === 'exhausted' && !group.settled)
      .map(({ chainId, batch, stage, jobs }) => [`${chainId}:${batch} ${stage}`, jobs]),
  )

const planned = (rows: readonly JobRow[]): Counts =>
  counted(rows.map(({ chainId, batch, stage }) => [`${chainId}:${batch} ${stage}`, 1]))

describe.each(['2023', '2023-fri', 'prover'] as const)('%s', (schema) => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn(schema)
  })
  afterAll(() => on.end())

  it('shows what it would requeue, and requeues what it shows', async () => {
    const chains = schema === 'prover'
    const jobs = on.jobs({ chainId: async () => own, l1Verified: async () => 1 })
    let stuck = 0
    for (let round = 0; round < 12; round += 1) {
      await on.empty()
      const random = createRandom(`${schema} ${round}`)
      for (const table of tables[schema]) await on.insert(table, generated(table, chains, random))
      const overview = await jobs.overview(soon())
      const ask = async (question: RequeueQuestion) => (await jobs.plan(question, soon())).facts.rows
      const rows: JobRow[] = []
      for (const chainId of chains ? [0, own] : [undefined])
        rows.push(...(await ask({ what: { kind: 'stuck' }, chainId })))
      expect(overview.stuckMore).toBe(0)
      expect(shown(overview)).toEqual(planned(rows))
      stuck += rows.length
      for (const batch of [7, 3_000_000_000]) {
        const { chains: found } = await jobs.batch(batch, soon())
        for (const { chainId, stages } of found) {
          const named = await ask({
            what: { kind: 'batches', from: batch, to: batch },
            chainId: chains ? chainId : undefined,
          })
          const held = stages.reduce((sum, stage) => sum + stage.exhausted + stage.expired, 0)
          expect(named).toHaveLength(held)
        }
      }
    }
    expect(stuck).toBeGreaterThan(10)
  })
})

describe('prover', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('prover')
  })
  afterAll(() => on.end())

  it('names stuck jobs of chain 0 far above the sealed batches, and in the title too', async () => {
    const core = await createTestDatabase('core')
    try {
      await withClient(core.url, (client) => settleUpTo(client, 1138))
      await on.insert('prover_jobs_fri', [{ batch: 90_000, status: 'failed', attempts: 5, more: { chain_id: 0 } }])
      const jobs = on.jobs({ chainId: async () => own, l1Verified: async () => 1138 })
      const facts = await jobs.overview(soon())
      expect(facts.next).toMatchObject({ batch: 1139, state: 'none' })
      expect(shown(facts)).toEqual({ '0:90000 prover': 1 })
      expect(planned((await jobs.plan({ what: { kind: 'stuck' } }, soon())).facts.rows)).toEqual(shown(facts))
    } finally {
      await core.drop()
    }
  })

  it('requeues what it shows of the batch that L1 needs, though no index by status has it', async () => {
    await on.empty()
    await on.insert('prover_jobs_fri', [{ batch: 5, status: 'failed', attempts: 25, more: { chain_id: own } }])
    const jobs = on.jobs({ chainId: async () => own, l1Verified: async () => 4 })
    expect(shown(await jobs.overview(soon()))).toEqual({ '271:5 prover': 1 })
    const { change } = await jobs.plan({ what: { kind: 'stuck' } }, soon())
    expect(change?.rows.map(({ batch, attempts }) => [batch, attempts])).toEqual([[5, 25]])
  })
})
