// /prover-status: what L1 waits for, the prover's queue, what is stuck and why; or one batch as a tree of stages.

import { readCommand } from '../src/core/command.ts'
import { integer, optional } from '../src/core/options.ts'
import { type ProverStatusAnswer, presentProverStatus } from '../src/present/prover-status.ts'

const sampledHours = 24
/** More points than this no phone shows. */
const samplesShown = 96

/** Every so-manieth, the newest always. */
function thinned<T>(samples: readonly T[]): readonly T[] {
  const step = Math.ceil(samples.length / samplesShown)
  return samples.filter((_, index) => (samples.length - 1 - index) % step === 0)
}

export default readCommand({
  name: 'prover-status',
  summary: 'What L1 waits for, the prover’s queue, and what is stuck',
  example: '/prover-status 1143',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  options: { batch: optional(integer('An L1 batch number; left out: the whole queue', { complete: 'stuck-batches' })) },

  async run({ batch }, { chain, queueSamples, signal }): Promise<ProverStatusAnswer> {
    if (batch !== undefined) return chain.proverJobs.batch(batch, { signal })
    const [facts, samples] = await Promise.all([
      chain.proverJobs.overview({ signal }),
      queueSamples.of(chain.name, sampledHours),
    ])
    return { ...facts, samples: thinned(samples) }
  },
  present: presentProverStatus,
})
