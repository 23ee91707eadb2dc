// The watcher keeps how the queue stands, from a real one, and one silent database costs the others nothing.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { QueueStates } from '../../src/core/records.ts'
import { createQueueSampling } from '../../src/watch/queue-sampling.ts'
import { type ProverOn, policyOf, proverOn, soon } from '../support/prover-on.ts'

let on: ProverOn
beforeAll(async () => {
  on = await proverOn('2023')
})
afterAll(() => on.end())

it('samples every chain that has a prover, also while another one does not answer', async () => {
  await on.insert('prover_jobs', [
    { batch: 7, status: 'queued' },
    { batch: 7, status: 'in_progress', attempts: 1, startedAgo: 10 },
    { batch: 7, status: 'in_gpu_proof', attempts: 1, startedAgo: 10 },
    { batch: 7, status: 'in_gpu_proof', attempts: 5, startedAgo: 9000 },
    { batch: 7, status: 'failed', attempts: 5 },
    { batch: 7, status: 'failed', attempts: 1 },
    { batch: 6, status: 'successful' },
  ])
  await on.insert('leaf_aggregation_witness_jobs', [{ batch: 7, status: 'waiting_for_proofs' }])
  const jobs = on.jobs({ policy: policyOf(3, 600) })
  const kept: [string, QueueStates][] = []
  const round = createQueueSampling({
    chains: [
      { name: 'silent', queueStates: () => Promise.reject(new Error('it does not answer')) },
      { name: 'observer', queueStates: null },
      { name: 'era', queueStates: (signal) => jobs.states({ signal }) },
    ],
    samples: {
      add: async (chain, states) => {
        kept.push([chain, states])
        return { recorded: true }
      },
    },
  })
  await expect(round(soon().signal)).rejects.toThrow('it does not answer')
  expect(kept).toEqual([['era', { queued: 1, running: 1, inGpuProof: 2, failed: 2, exhausted: 2 }]])
})
