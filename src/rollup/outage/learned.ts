// Learns what is usual on a chain whose database we don't have, from samples of its node's answers about the last days.

import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchDetails, l2Methods } from '../l2/l2-methods.ts'
import { type RpcAnswer, type RpcCall, type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import { isAnswer } from '../rpc/rpc-failure.ts'
import { gapsBetween } from './block-gaps.ts'
import { type BlockTime, blockTimeCall } from './sources/l2.ts'
import { spreadOver, stepsBack, windowStart } from './spread.ts'
import { type BatchTimes, type LearnedGaps, learnedDays, usualOf } from './usual.ts'

export interface SampledBatch extends BatchTimes {
  readonly number: number
}

/** A block and the gaps after it. */
export interface SampledBlocks extends BlockTime {
  readonly gaps: readonly number[]
}

export interface KeptSamples {
  /** When the last days were covered, Unix seconds; 0: not yet. */
  readonly at: number
  readonly batches: readonly SampledBatch[]
  readonly blocks: readonly SampledBlocks[]
}

export interface SampleMemory {
  read(): KeptSamples | null
  write(samples: KeptSamples): void
}

export interface LearnQuestion {
  readonly endpoint: RpcEndpoint
  readonly head: BlockTime
  /** The newest executed batch: it and those before it have passed every stage. Null: not known, or there are no batches. */
  readonly executed: number | null
}

export interface Learner {
  /**
   * Begins to ask where what is known is old or not complete, and goes on by itself after this is done: that is once the
   * first answers, enough for a first judgement, are in. Never throws.
   */
  learn(question: LearnQuestion): Promise<void>
  known(): LearnedGaps | null
  /** What is under way ends; it goes on from there the next time. */
  close(): void
}

export interface LearnerParts {
  readonly memory: SampleMemory
  readonly now: () => Date
  /** Between two pieces. */
  readonly pauseMs?: number
}

/** What is usual moves slowly, and public nodes count how often they are asked. */
const goodForSeconds = 3 * 3600
/** After a refusal. */
const quietSeconds = 600
/** Public nodes allow ten requests a second and more, and some count each call of a JSON-RPC batch as one. */
const callsAtOnce = 10
/** The first pieces are asked for at once and are larger, so that even a single shell command has enough to judge by. */
const piecesAtOnce = 2
const firstBatches = 24
const leastBatches = 28
const leastBlocks = 16
const gapsPerSample = 3

export function createLearner({ memory, now, pauseMs = 1000 }: LearnerParts): Learner {
  const stopped = new AbortController()
  let running = false
  let quietUntil = 0
  const atNow = () => now().getTime() / 1000

  async function learnAll({ endpoint, head, executed }: LearnQuestion, onFirst: () => void): Promise<void> {
    const ask = createAsk(endpoint, pauseMs, stopped.signal)
    const complete =
      (executed === null || (await learnBatches(executed, ask, memory, onFirst))) &&
      (await learnBlocks(head.number, ask, memory))
    if (complete) memory.write({ ...samplesIn(memory), at: atNow() })
    else quietUntil = atNow() + quietSeconds
  }

  return {
    learn(question) {
      const at = memory.read()?.at ?? 0
      const isFresh = Math.abs(atNow() - at) < goodForSeconds
      if (running || isFresh || atNow() < quietUntil || stopped.signal.aborted) return Promise.resolve()
      running = true
      return new Promise((resolve) => {
        void learnAll(question, resolve).finally(() => {
          running = false
          resolve()
        })
      })
    },
    known() {
      const samples = memory.read()
      return samples && usualOf(samples.batches, samples.blocks.flatMap(gapsOf))
    },
    close: () => stopped.abort(),
  }
}

function gapsOf({ time, gaps }: SampledBlocks) {
  return gaps.map((seconds) => ({ time, seconds }))
}

function samplesIn(memory: SampleMemory): KeptSamples {
  return memory.read() ?? { at: 0, batches: [], blocks: [] }
}

async function learnBatches(executed: number, ask: Ask, memory: SampleMemory, onFirst: () => void): Promise<boolean> {
  const back = await ask(stepsBack(executed).map(l2Methods.batchDetails))
  if (back === null) return false
  const points = back.flatMap((one) =>
    one === null ? [] : [{ number: one.number, time: Date.parse(one.timestamp) / 1000 }],
  )
  const first = windowStart(points, learnedDays, leastBatches)
  if (first === null) return true
  const wanted = new Set(spreadOver(first, executed, leastBatches))
  const known = new Map(
    samplesIn(memory).batches.flatMap((one) => (wanted.has(one.number) ? [[one.number, one] as const] : [])),
  )
  const keep = (found: readonly (SampledBatch | null)[]) => {
    for (const one of found) if (one !== null) known.set(one.number, one)
    memory.write({ ...samplesIn(memory), batches: [...known.values()] })
  }
  const missing = [...wanted].filter((number) => !known.has(number))
  for (const piece of [missing.slice(0, firstBatches), ...pieces(missing.slice(firstBatches))]) {
    const details = await ask(piece.map(l2Methods.batchDetails))
    if (details === null) return false
    keep(details.map(sampledBatch))
    onFirst()
  }
  return (await learnNext(known, ask, keep)) && learnEnds(known, ask, keep)
}

type Known = ReadonlyMap<number, SampledBatch>
type Keep = (found: readonly (SampledBatch | null)[]) => void

async function learnNext(known: Known, ask: Ask, keep: Keep): Promise<boolean> {
  for (const piece of pieces([...known.values()].filter(({ next }) => next === null))) {
    const after = await ask(piece.map(({ number }) => l2Methods.batchDetails(number + 1)))
    if (after === null) return false
    keep(piece.map((one, at) => ({ ...one, next: timeOf(after[at]?.timestamp) })))
  }
  return true
}

async function learnEnds(known: Known, ask: Ask, keep: Keep): Promise<boolean> {
  for (const piece of pieces([...known.values()].filter(({ ended }) => ended === null))) {
    const ranges = await ask(piece.map(({ number }) => l2Methods.batchRange(number)))
    if (ranges === null) return false
    const told = piece.flatMap((batch, at) => {
      const last = ranges[at]?.[1]
      return last === undefined ? [] : [{ batch, last }]
    })
    const blocks = await ask(told.map(({ last }) => blockTimeCall(last)))
    if (blocks === null) return false
    keep(told.map(({ batch }, at) => ({ ...batch, ended: blocks[at]?.time ?? null })))
  }
  return true
}

/** Short runs of blocks: only neighbours tell of the time between two. */
async function learnBlocks(head: number, ask: Ask, memory: SampleMemory): Promise<boolean> {
  const points = await ask(stepsBack(head).map(blockTimeCall))
  if (points === null) return false
  const first = windowStart(
    points.filter((point) => point !== null),
    learnedDays,
    leastBlocks * (gapsPerSample + 1),
  )
  if (first === null) return true
  const wanted = new Set(spreadOver(first, head - gapsPerSample, leastBlocks))
  const known = new Map(
    samplesIn(memory).blocks.flatMap((one) => (wanted.has(one.number) ? [[one.number, one] as const] : [])),
  )
  const run = Array.from({ length: gapsPerSample + 1 }, (_, step) => step)
  for (const piece of pieces(
    [...wanted].filter((number) => !known.has(number)),
    run.length,
  )) {
    const found = await ask(piece.flatMap((number) => run.map((step) => blockTimeCall(number + step))))
    if (found === null) return false
    for (const [at, number] of piece.entries()) {
      const blocks = found.slice(at * run.length, (at + 1) * run.length).filter((block) => block !== null)
      const [block] = blocks
      if (block?.number === number) known.set(number, { ...block, gaps: gapsBetween(blocks) })
    }
    memory.write({ ...samplesIn(memory), blocks: [...known.values()] })
  }
  return true
}

function pieces<T>(items: readonly T[], callsEach = 1): readonly (readonly T[])[] {
  const size = Math.max(1, Math.floor(callsAtOnce / callsEach))
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

/** One piece, after a pause unless it is the first: what was answered, in order; null: refused, or nobody wants it any more. */
type Ask = <T>(calls: readonly RpcCall<T>[]) => Promise<readonly (T | null)[] | null>

function createAsk(endpoint: RpcEndpoint, pauseMs: number, signal: AbortSignal): Ask {
  let asked = 0
  return async <T>(calls: readonly RpcCall<T>[]) => {
    // A process that has nothing else to do must not stay for this.
    if (asked >= piecesAtOnce) await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
    asked += 1
    if (signal.aborted) return null
    const answers: readonly RpcAnswer<unknown>[] = await endpoint.batch(calls, { signal })
    const isRefused = answers.some((answer) => !answer.ok && !isAnswer(answer.failure.kind))
    return signal.aborted || isRefused ? null : (answers.map(valueIn) as (T | null)[])
  }
}

function timeOf(iso: string | null | undefined): number | null {
  return iso == null ? null : Date.parse(iso) / 1000
}

/** Null: L1 has executed it, and the node hasn't noticed yet; it will the next time. */
function sampledBatch(details: BatchDetails | null): SampledBatch | null {
  if (details === null || details.executedAt === null) return null
  const { number, timestamp, committedAt, provenAt, executedAt } = details
  const times = { committed: timeOf(committedAt), proven: timeOf(provenAt), executed: timeOf(executedAt) }
  return { number, opened: Date.parse(timestamp) / 1000, next: null, ended: null, ...times }
}
