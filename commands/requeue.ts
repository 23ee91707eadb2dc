// /requeue: puts stuck prover jobs back in the queue, after a preview of every row and an operator's yes.

import { z } from 'zod'
import { changeCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { choice, integer, named, optional, text } from '../src/core/options.ts'
import { presentFollow, presentPreview, presentReport } from '../src/present/requeue.ts'
import type { RequeueChange, RequeueQuestion } from '../src/services.ts'

const example = '/requeue 1139-1143'
/** PostgreSQL's int8 and JSON's exact numbers, whichever ends first. */
const longestNumber = 15

const rowGuard = z.object({
  key: z.string(),
  table: z.string(),
  id: z.string().regex(/^\d+$/).nullable(),
  chainId: z.number().int(),
  batch: z.number().int(),
  status: z.string(),
  attempts: z.number().int(),
  startedAt: z.string().nullable(),
  updatedAt: z.string(),
  class: z.enum(['expired', 'exhausted']),
})

const change: z.ZodType<RequeueChange> = z.object({
  rows: z.array(rowGuard),
  policies: z.record(z.string(), z.object({ maxAttempts: z.number().int(), timeoutSeconds: z.number().int() })),
})

export default changeCommand({
  name: 'requeue',
  summary: 'Put stuck prover jobs back in the queue',
  example,
  role: 'responder',
  visibility: 'public',
  chains: 'one',
  approval: { role: 'operator', minutes: 10 },
  options: {
    what: text('1143, 1139-1143 or stuck (all exhausted jobs of batches not settled yet)', {
      complete: 'stuck-batches',
    }),
    stage: optional(
      named(
        choice('Only jobs of this stage', [
          'basic-witness',
          'leaf-witness',
          'node-witness',
          'recursion-tip-witness',
          'scheduler-witness',
          'prover',
          'compressor',
        ]),
      ),
    ),
    class: optional(named(choice('Only expired or only exhausted jobs', ['expired', 'exhausted']))),
    chain: optional(named(text('Numeric id of the chain whose jobs are meant, where several share the prover'))),
    reason: optional(named(text('Why, for the record'))),
    count: optional(named(integer('Confirms the number of rows where there are more than 500'))),
  },
  change,

  plan({ what, stage, class: wanted, chain, reason, count }, reading) {
    const question: RequeueQuestion = {
      what: readWhat(what),
      stage,
      class: wanted,
      chainId: readChain(
        chain,
        reading.chains.map(({ name }) => name),
      ),
      reason,
      count,
    }
    return reading.chain.proverJobs.plan(question, { signal: reading.signal })
  },
  preview: presentPreview,

  apply: (planned, { proverControl }) => proverControl.requeue(planned),
  report: presentReport,

  async follow(planned, result, { chain, signal }) {
    const progress = await chain.proverJobs.progress(planned, result.moved, { signal })
    return {
      reply: presentFollow(result, progress),
      settled: progress.counts.queued + progress.counts.running === 0,
      failed: progress.counts.failed,
    }
  },
})

/** @throws UserError that shows the three forms */
export function readWhat(what: string): RequeueQuestion['what'] {
  const words = what.trim().toLowerCase()
  if (words === 'stuck') return { kind: 'stuck' }
  const range = /^#?(\d+)(?:\s*[-–—]\s*#?(\d+))?$/.exec(words)
  const [first, last = first] = [range?.[1], range?.[2]]
  if (first !== undefined && last !== undefined && first.length <= longestNumber && last.length <= longestNumber) {
    const [from, to] = [Number(first), Number(last)]
    if (from <= to) return { kind: 'batches', from, to }
    throw new UserError(`The range ${from}-${to} runs backwards.\nTry: /requeue ${to}-${from}`)
  }
  throw new UserError(`“what” should be a batch (1143), a range (1139-1143) or stuck.\nTry: ${example}`)
}

/** A configured chain's name means that chain's own id; otherwise only a number names a chain. */
function readChain(chain: string | undefined, names: readonly string[]): RequeueQuestion['chainId'] {
  if (chain === undefined) return undefined
  if (names.includes(chain)) return 'own'
  if (/^\d{1,10}$/.test(chain)) return Number(chain)
  throw new UserError(`“chain” should be the numeric id of a chain, such as chain=271.\nTry: ${example} chain=271`)
}
