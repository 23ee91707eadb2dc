// /gpu: which CUDA version a driver runs, and which image a prover on that host starts from.

import { readCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { text } from '../src/core/options.ts'
import { type CudaImages, cudaImages, readAsked } from '../src/knowledge/cuda-images.ts'
import { presentGpu } from '../src/present/gpu.ts'

export default readCommand({
  name: 'gpu',
  summary: 'CUDA version and prover image for an NVIDIA driver',
  example: '/gpu 525',
  role: 'viewer',
  visibility: 'public',
  chains: 'none',
  options: { version: text('A driver version (525, 535.104.05) or “cuda 12.1”', { rest: true }) },

  async run({ version }): Promise<CudaImages> {
    const asked = readAsked(version)
    if (!asked) {
      throw new UserError(
        'That is neither a driver nor a CUDA version.\nTry: /gpu 525, /gpu 535.104.05, /gpu cuda 12.1',
      )
    }
    return cudaImages(asked)
  },
  present: presentGpu,
})
