// /trace: follows a transaction, batch, block or deposit from L2 to finality on L1.

import { readCommand } from '../src/core/command.ts'
import { exitCodeOf, UserError } from '../src/core/errors.ts'
import { flag, integer, named, optional, text } from '../src/core/options.ts'
import { presentTrace, type TraceAnswer, titleOf } from '../src/present/trace.ts'
import { bestOf } from '../src/present/trace-chains.ts'
import { nextMilestone, progress } from '../src/present/trace-progress.ts'
import type { ChainReading, Reading, TraceFacts } from '../src/services.ts'

/** A stage takes minutes at the least; asking more often would only load the node. */
const firstLookSeconds = 30

export default readCommand({
  name: 'trace',
  summary: 'Where a transaction, batch or deposit is on its way to finality on L1',
  example: '/trace 0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a',
  role: 'viewer',
  visibility: 'public',
  chains: 'all',
  options: {
    transaction: optional(
      text('a transaction hash (L2 or L1) or its explorer address', { complete: 'recent-transactions' }),
    ),
    batch: named(optional(integer('an L1 batch number'))),
    block: named(optional(integer('an L2 block number'))),
    notify: flag('post here when the next stage is done'),
  },

  async run({ transaction, batch, block, notify }, reading): Promise<TraceAnswer> {
    const input = wanted({ transaction, batch, block })
    const facts = await traceEverywhere(input, reading)
    if (!facts.found) return { ...facts, error: { code: failureOf(facts), text: titleOf(facts) } }
    return notify ? { ...facts, notify: await remind(facts, reading) } : facts
  },
  present: presentTrace,

  exitCode: ({ error }) => (error === undefined ? 0 : exitCodeOf(error.code)),
})

/** Somebody was asked and does not know it; or nobody could be asked. */
function failureOf({ looked }: TraceFacts): 'not-found' | 'unreachable' {
  return looked.some(({ outcome }) => outcome === 'not-found') ? 'not-found' : 'unreachable'
}

/** @throws UserError unless exactly one thing is asked for */
function wanted({
  transaction,
  batch,
  block,
}: {
  transaction?: string | undefined
  batch?: number | undefined
  block?: number | undefined
}): string {
  const given = [
    transaction,
    batch === undefined ? undefined : `batch ${batch}`,
    block === undefined ? undefined : `block ${block}`,
  ].filter((input) => input !== undefined)
  const [input] = given
  if (input === undefined) {
    throw new UserError('What shall I follow? Type /trace and a transaction hash, batch 7670, or block 15841.')
  }
  if (given.length > 1) throw new UserError(`One thing at a time: ${given.map((one) => `/trace ${one}`).join(' or ')}`)
  return input
}

/** Without a named chain all are asked at once, and the one that knows it answers. */
async function traceEverywhere(input: string, { chain, chains, chainNamed, signal }: Reading): Promise<TraceFacts> {
  const asked: readonly ChainReading[] = chainNamed ? [chain] : chains
  const answers = await Promise.allSettled(asked.map(({ trace }) => trace.trace(input, { signal })))
  const facts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const failed = answers.find((answer) => answer.status === 'rejected')
  // The same text is bad input on every chain; a chain that is not configured for it does not silence the others.
  if (facts.length === 0 && failed) throw failed.reason
  return bestOf(facts)
}

async function remind(facts: TraceFacts, { reminders, request }: Reading): Promise<NonNullable<TraceAnswer['notify']>> {
  const next = nextMilestone(facts)
  if (next === null) return { next: null, recorded: false }
  const done = progress(facts).flatMap(({ milestone, state }) => (state === 'done' ? [milestone] : []))
  const { recorded } = await reminders.add({
    kind: 'trace-notify',
    chain: facts.chain,
    place: request.place,
    payload: { input: subject(facts), done, askedAt: facts.checkedAt },
    firstInSeconds: firstLookSeconds,
  })
  return { next, recorded }
}

/** What to look for again: the L2 hash even where an L1 hash led to it, so that the next look is one question. */
function subject({ transaction, deposit, batch, input }: TraceFacts): string {
  return transaction?.hash ?? deposit?.l2Hash ?? (batch ? `batch ${batch.number}` : input)
}
