// Facts of /gpu as a reply: the pair first, then the tags to copy and what they contain.

import { type Block, code, paragraph, type Reply, type Text } from '../core/reply.ts'
import { base, type CudaImages } from '../knowledge/cuda-images.ts'

export function presentGpu(facts: CudaImages): Reply {
  const { images, reason } = facts
  const why: readonly Block[] = reason === null ? [] : [paragraph(reason)]
  if (images.length === 0) return { tone: 'warning', title: titleOf(facts), blocks: why }
  const runtime = images.find(({ flavour }) => flavour === 'runtime')
  const items = images.map(({ tag, contains }): Text => [code(tag), ` ${contains}`])
  return {
    tone: facts.exact ? 'good' : 'neutral',
    title: titleOf(facts),
    blocks: [
      ...why,
      { kind: 'code', text: `docker pull ${runtime?.tag}` },
      { kind: 'list', items },
      paragraph(
        `Prover images stay on ${base}. NVIDIA deletes tags some time after their support ends: pull before you build on one. `,
        code('/runbook choosing-a-prover-image'),
        ' has the steps.',
      ),
    ],
  }
}

function titleOf({ asked, cuda, driver, imageCuda }: CudaImages): string {
  if (asked.kind === 'driver') {
    if (cuda === null) return `Driver ${asked.version} runs no CUDA release I know`
    return `Driver ${asked.version} runs CUDA ${cuda}${imageCuda === cuda ? '' : `; the image to take is ${imageCuda}`}`
  }
  if (cuda === null) return `No image for CUDA ${asked.version}`
  return `CUDA ${cuda} needs driver ${driver} or newer`
}
