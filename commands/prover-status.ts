// /prover-status: what L1 waits for, the prover's queue, what is stuck and why; or one batch as a tree of stages.

import { readCommand } from '../src/core/command.ts'
import { integer, optional } from '../src/core/options.ts'
import { presentProverStatus } from '../src/present/prover-status.ts'

export default readCommand({
  name: 'prover-status',
  summary: 'What L1 waits for, the prover’s queue, and what is stuck',
  example: '/prover-status 1143',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  options: { batch: optional(integer('An L1 batch number; left out: the whole queue', { complete: 'stuck-batches' })) },

  run({ batch }, { chain, signal }) {
    return batch === undefined ? chain.proverJobs.overview({ signal }) : chain.proverJobs.batch(batch, { signal })
  },
  present: presentProverStatus,
})
