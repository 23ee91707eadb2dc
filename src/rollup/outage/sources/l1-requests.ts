// Who may wait on L1: requests that are older than the usual search are looked for back to the chain's newest block.
//
// Blocks that stopped longer ago than the events of the last hours reach would otherwise make a chain that is down look
// idle, because nobody is seen to ask for one.

import { setTimeout as sleep } from 'node:timers/promises'
import { type BlockAt, slotSeconds } from '../../l1/l1-search.ts'
import type { L1Event, LogRange } from './l1-events.ts'

/** What is known of the chain's queue on L1. */
export interface L1Requests {
  /** Not executed on L1 yet, served ones too; null: not known. */
  readonly waiting: number | null
  /** From when on every request was read, Unix seconds; null: none was. */
  readonly since: number | null
}

/** More than a day of Ethereum: a queue that holds a served request for longer is rare. */
const rangesBack = 10
/** A report has calls of its own, forty of L1 in sum. */
const rangesBackBriefly = 1
/** The first sight of L2 is there long before L1 has searched its events, unless its nodes are in trouble. */
const patienceMs = 1500

export interface FurtherBack {
  /** Oldest first; empty: everything since the newest L2 block is searched already, or nobody can be waiting. */
  readonly ranges: readonly LogRange[]
  /** Time of the newest L2 block. */
  readonly until: number
}

export interface BackQuestion {
  readonly waiting: number | null
  /** Two blocks whose times are known: where the search for events was to begin, and the newest. */
  readonly start: BlockAt | null
  readonly head: BlockAt
  /** First block that was searched, and blocks in one range. */
  readonly from: number
  readonly span: number
  readonly brief: boolean
  /** See `L1Question`. */
  readonly newestL2?: () => Promise<number | null>
}

/** What is left to be searched, as far as it is worth it. */
export async function furtherBack(question: BackQuestion): Promise<FurtherBack> {
  const { waiting, start, head, from, span, brief, newestL2 } = question
  const nothing = { ranges: [], until: Number.POSITIVE_INFINITY }
  if (waiting === 0 || start === null || from === 0 || newestL2 === undefined) return nothing
  const until = await inTime(newestL2())
  if (until === null || timeAt(from, start, head) <= until) return nothing
  const most = brief ? rangesBackBriefly : rangesBack
  const lowest = Math.max(heightBefore(until, from, start, head), from - most * span)
  const count = Math.ceil((from - lowest) / span)
  const ranges = Array.from({ length: count }, (_, at) => {
    const to = from - 1 - at * span
    return { from: Math.max(lowest, to - span + 1), to }
  })
  return { ranges: ranges.reverse(), until }
}

/** Slots of L1 are even, so that two blocks tell of any other; missed ones are few. */
function timeAt(number: number, start: BlockAt, head: BlockAt): number {
  return head.time - (head.number - number) * slotOf(start, head)
}

function slotOf(start: BlockAt, head: BlockAt): number {
  return start.number < head.number ? (head.time - start.time) / (head.number - start.number) : slotSeconds
}

/** Some blocks more than the slots say: a few were missed, and a search that ends too early proves nothing. */
function heightBefore(time: number, from: number, start: BlockAt, head: BlockAt): number {
  const blocks = (timeAt(from, start, head) - time) / Math.max(1, slotOf(start, head))
  return Math.max(0, from - Math.ceil(blocks * 1.03) - 10)
}

/** A time between two known blocks is right to a slot or two: what it can't put before or after the newest block has none. */
const doubtSeconds = 60

/** `timed`: with the times that follow from known blocks; `told`: as the endpoint gave them. */
export function withoutDoubtful(
  timed: readonly L1Event[],
  told: readonly L1Event[],
  until: number,
): readonly L1Event[] {
  return timed.map((event, at) => {
    const isExact = told[at]?.time != null
    const isNear = event.time !== null && Math.abs(event.time - until) < doubtSeconds
    return isExact || !isNear ? event : { ...event, time: null }
  })
}

async function inTime<T>(promise: Promise<T | null>): Promise<T | null> {
  const stop = new AbortController()
  const late = sleep(patienceMs, null, { signal: stop.signal }).catch(() => null)
  const first = await Promise.race([promise, late])
  stop.abort()
  return first
}
