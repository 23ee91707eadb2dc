// The times between the blocks of a chain: of blocks that were read, and the longest of a span without reading all of it.

import type { RpcEndpoint } from '../rpc/json-rpc.ts'
import { type BlockTime, blockTimes } from './sources/l2.ts'

export interface GapQuestion {
  readonly endpoint: RpcEndpoint
  readonly from: BlockTime
  readonly head: BlockTime
  /** Unix seconds: where the span ends; the newest block ends it sooner. */
  readonly until: number
  /** Gaps shorter than this are not looked for. */
  readonly atLeast: number
  readonly signal: AbortSignal
  /** Of `blocksAhead`, where somebody has asked already. */
  readonly ahead?: readonly BlockTime[]
}

export interface LongestGap {
  readonly after: BlockTime
  /** Exact where it is `atLeast` or more, else an upper bound: no gap of the span is longer. */
  readonly seconds: number
}

/** In seconds, only between direct neighbours: a block that could not be read must not make one long gap. */
export function gapsBetween(points: readonly BlockTime[]): readonly number[] {
  const sorted = points.toSorted((a, b) => a.number - b.number)
  return stretches(sorted).flatMap(({ after, to, seconds }) => (to.number === after.number + 1 ? [seconds] : []))
}

/** Ever larger steps from a block to the head: hours of a chain in one round trip. */
export function blocksAhead({
  endpoint,
  from,
  head,
  signal,
}: Pick<GapQuestion, 'endpoint' | 'from' | 'head' | 'signal'>): Promise<readonly BlockTime[]> {
  const steps = Array.from({ length: 24 }, (_, step) => from.number + 2 ** step)
  const inside = steps.filter((number) => number < head.number)
  return blockTimes(endpoint, inside, signal)
}

const rounds = 14
const perRound = 80

/**
 * Splits whatever stretch takes at least as long as the gap looked for, until only neighbours are left: a stretch that is
 * shorter can't hide one. Null when the blocks could not be read or the span is too long for so few questions.
 */
export async function longestGap(question: GapQuestion): Promise<LongestGap | null> {
  const { endpoint, from, head, atLeast, signal } = question
  const until = Math.min(question.until, head.time)
  const ahead = [...(question.ahead ?? (await blocksAhead(question))), head]
  const beyond = ahead.find(({ time }) => time >= until)
  if (beyond === undefined) return null
  let known = [from, ...ahead.filter(({ number }) => number <= beyond.number)].toSorted((a, b) => a.number - b.number)
  for (let round = 0; round < rounds; round += 1) {
    const wide = stretches(known).filter(
      ({ seconds, after, to }) => after.time < until && seconds >= atLeast && to.number - after.number > 1,
    )
    if (wide.length === 0) return longestOf(known, until)
    const whole = wide.reduce((sum, { seconds }) => sum + seconds, 0)
    const asked = wide
      .flatMap(({ after, to, seconds }) =>
        between(after.number, to.number, piecesOf(seconds / whole, seconds / atLeast)),
      )
      .slice(0, perRound)
    const found = await blockTimes(endpoint, asked, signal)
    if (found.length < asked.length) return null
    known = [...known, ...found].toSorted((a, b) => a.number - b.number)
  }
  return null
}

/** In proportion to what is left to look at, and no finer than where no gap of that length can hide among even blocks. */
function piecesOf(share: number, gaps: number): number {
  return Math.max(2, Math.min(Math.floor(perRound * share), Math.ceil(gaps * 1.5)))
}

function between(low: number, high: number, pieces: number): readonly number[] {
  const points = Array.from({ length: pieces - 1 }, (_, at) => low + Math.round(((high - low) * (at + 1)) / pieces))
  return [...new Set(points)].filter((number) => number > low && number < high)
}

/** `known` by height. */
function stretches(known: readonly BlockTime[]) {
  return known
    .slice(1)
    .map((to, at) => ({ after: known[at] as BlockTime, to, seconds: to.time - (known[at] as BlockTime).time }))
}

function longestOf(known: readonly BlockTime[], until: number): LongestGap | null {
  const inside = stretches(known).filter(({ after }) => after.time < until)
  const [longest] = inside.toSorted((a, b) => b.seconds - a.seconds)
  return longest === undefined ? null : { after: longest.after, seconds: longest.seconds }
}
