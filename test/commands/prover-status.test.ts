// /prover-status puts the watcher's samples beside what it reads now, thinned to what a phone shows.

import { afterAll, beforeAll, expect, it } from 'vitest'
import command from '../../commands/prover-status.ts'
import type { QueueSample } from '../../src/core/records.ts'
import type { Reading } from '../../src/services.ts'
import { type ProverOn, proverOn, soon } from '../support/prover-on.ts'

let on: ProverOn
beforeAll(async () => {
  on = await proverOn('prover')
})
afterAll(() => on.end())

const sample = (index: number): QueueSample => ({
  at: new Date(Date.UTC(2026, 0, 1) + index * 300_000).toISOString(),
  queued: index,
  running: 0,
  inGpuProof: 0,
  failed: 0,
  exhausted: 0,
})

it.each([
  [0, 0],
  [96, 96],
  [288, 96],
  [289, 73],
])('shows %d samples as %d, and the newest always', async (kept, shown) => {
  const asked: unknown[] = []
  const reading = {
    chain: { name: 'era', proverJobs: on.jobs() },
    queueSamples: {
      async of(...question: readonly unknown[]) {
        asked.push(question)
        return Array.from({ length: kept }, (_, index) => sample(index))
      },
    },
    signal: soon().signal,
  } as unknown as Reading
  const facts = await command.run({ batch: undefined }, reading)
  if (facts.kind !== 'overview') throw new Error('one batch was not asked for')
  expect(asked).toEqual([['era', 24]])
  expect(facts.samples).toHaveLength(shown)
  if (kept > 0) expect(facts.samples?.at(-1)).toEqual(sample(kept - 1))
})
