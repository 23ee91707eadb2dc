// What is usual on a chain whose database we don't have: gaps of its blocks, batches and stages, from a few answers of its node.

import { l2Methods } from '../l2/l2-methods.ts'
import { type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import { gapsBetween } from './block-gaps.ts'
import type { LearnedGaps, UsualGap } from './sources/database.ts'
import { type BlockTime, blockTimes } from './sources/l2.ts'

export interface KeptLearned {
  /** Unix seconds. */
  readonly at: number
  readonly block: UsualGap | null
  readonly batch: UsualGap | null
  readonly commit: UsualGap | null
  readonly prove: UsualGap | null
  readonly execute: UsualGap | null
}

export interface LearnedMemory {
  read(): KeptLearned | null
  write(learned: KeptLearned): void
}

export interface LearnQuestion {
  readonly endpoint: RpcEndpoint
  readonly head: BlockTime
  /** The newest executed batch: it and those before it have passed every stage. Null: not known, or there are no batches. */
  readonly executed: number | null
  readonly signal: AbortSignal
}

export interface Learner {
  /** What is known; asks the node only when that is old. Never throws. */
  learn(question: LearnQuestion): Promise<KeptLearned | null>
  known(): KeptLearned | null
}

/** What is usual moves slowly, and public nodes count how often they are asked. */
const goodForSeconds = 6 * 3600
const sampled = 24
/** Fewer tell nothing about the slowest of a hundred. */
const enough = 20

export function createLearner({ memory, now }: { readonly memory: LearnedMemory; readonly now: () => Date }): Learner {
  return {
    known: () => memory.read(),
    async learn(question) {
      const seconds = now().getTime() / 1000
      const kept = memory.read()
      if (kept !== null && Math.abs(seconds - kept.at) < goodForSeconds) return kept
      const learned = await ask(question)
      if (learned === null) return kept
      memory.write({ ...learned, at: seconds })
      return memory.read()
    },
  }
}

async function ask({ endpoint, head, executed, signal }: LearnQuestion): Promise<Omit<KeptLearned, 'at'> | null> {
  const blocks = Array.from({ length: sampled }, (_, at) => head.number - at).filter((number) => number >= 0)
  const batches =
    executed === null ? [] : Array.from({ length: sampled }, (_, at) => executed - at).filter((number) => number > 0)
  const [times, answers] = await Promise.all([
    blockTimes(endpoint, blocks, signal),
    endpoint.batch(
      batches.map((number) => l2Methods.batchDetails(number)),
      { signal },
    ),
  ])
  const details = answers.flatMap((answer) => valueIn(answer) ?? [])
  if (times.length < 2) return null
  const between = (from: string | null, to: string | null) =>
    from === null || to === null ? [] : [(Date.parse(to) - Date.parse(from)) / 1000]
  return {
    block: usual(gapsBetween(times)),
    batch: usual(gapsBetween(details.map(({ number, timestamp }) => ({ number, time: Date.parse(timestamp) / 1000 })))),
    // From the opening of the batch on, as the database's own figures count.
    commit: usual(details.flatMap(({ timestamp, committedAt }) => between(timestamp, committedAt))),
    prove: usual(details.flatMap(({ committedAt, provenAt }) => between(committedAt, provenAt))),
    execute: usual(details.flatMap(({ provenAt, executedAt }) => between(provenAt, executedAt))),
  }
}

function usual(gaps: readonly number[]): UsualGap | null {
  const sorted = gaps.filter((gap) => gap >= 0).toSorted((a, b) => a - b)
  if (sorted.length < enough) return null
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] as number
  return { median: at(0.5), p99: at(0.99), batches: sorted.length }
}

/** The stages of the database where there is one: it has every batch, and its own clock. */
export function bestLearned(database: LearnedGaps | null, rpc: KeptLearned | null): LearnedGaps {
  const pick = (name: keyof LearnedGaps) => database?.[name] ?? rpc?.[name] ?? null
  return { commit: pick('commit'), prove: pick('prove'), execute: pick('execute') }
}
