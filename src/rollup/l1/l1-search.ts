// Finding evidence on L1 cheaply: the block of a moment, and events from there on, within what providers allow.

import { z } from 'zod'
import { type RpcEndpoint, rpcCall, valueIn } from '../rpc/json-rpc.ts'
import { toHex } from '../rpc/rpc-values.ts'
import { type Log, logSchema } from './contracts.ts'
import { blockCall } from './settlement-reading.ts'

export interface BlockQuestion {
  readonly endpoint: RpcEndpoint
  /** Newest block of that endpoint. */
  readonly head: number
  readonly seconds: number
  readonly signal: AbortSignal
}

/** Close enough to start reading logs from: a few blocks cost nothing there, another round trip does. */
const closeEnough = 64
const probes = 12

/**
 * A block made before the given time, at most some dozens of blocks earlier; null when the endpoint can't tell. The
 * first round trip looks at ever larger steps back from the head, since most questions are about the last days. A node
 * that prunes, or began with a snapshot, lacks the oldest blocks: they were before the time, and are no answer.
 */
export async function findBlockBefore({ endpoint, head, seconds, signal }: BlockQuestion): Promise<number | null> {
  let low = 0
  let lowIsThere = true
  let high = head
  let points = Array.from({ length: probes }, (_, step) => head - closeEnough * 4 ** step).filter((point) => point > 0)
  while (high - low > closeEnough) {
    const asked = [...new Set(points)].filter((point) => point > low && point < high)
    if (asked.length === 0) asked.push(Math.floor((low + high) / 2))
    const answers = await endpoint.batch(
      asked.map((point) => blockCall(point)),
      { signal },
    )
    for (const [at, answer] of answers.entries()) {
      if (!answer.ok && answer.failure.kind !== 'pruned') return null
      const block = valueIn(answer)
      const number = asked[at] as number
      if (block !== null && block.timestamp >= seconds) high = Math.min(high, number)
      else if (number > low) [low, lowIsThere] = [number, block !== null]
    }
    const width = (high - low) / (probes + 1)
    points = Array.from({ length: probes }, (_, step) => Math.round(low + width * (step + 1)))
  }
  return lowIsThere ? low : null
}

export interface BlockAt {
  readonly number: number
  /** Unix seconds. */
  readonly time: number
}

export interface NearQuestion {
  readonly endpoint: RpcEndpoint
  readonly head: BlockAt
  readonly seconds: number
  readonly signal: AbortSignal
}

/** At most this many blocks earlier than the moment asked about. */
const nearEnoughSeconds = 600
const nearestCalls = 16
/** Of Ethereum; where it is wrong, the blocks that were read say what is right. */
export const slotSeconds = 12

/**
 * As `findBlockBefore`, with few calls one after the other instead of many at once: blocks come evenly, so that the time
 * tells the height but for missed slots. Null when the endpoint can't tell.
 */
export async function findBlockNear({ endpoint, head, seconds, signal }: NearQuestion): Promise<BlockAt | null> {
  if (head.time < seconds) return head
  let low: BlockAt | null = null
  let high = head
  for (let calls = 0; calls < nearestCalls; calls += 1) {
    if (low !== null && (seconds - low.time <= nearEnoughSeconds || high.number - low.number <= 1)) return low
    if (low === null && high.number === 0) return high
    const number = guess(low, high, seconds, calls)
    const block = valueIn(await endpoint.call(blockCall(number), { signal }))
    if (block === null) return null
    const at = { number, time: block.timestamp }
    if (at.time < seconds) low = at
    else high = at
  }
  return low
}

/** Between two known blocks in proportion; every third time in the middle, where blocks come unevenly. */
function guess(low: BlockAt | null, high: BlockAt, seconds: number, calls: number): number {
  const back = Math.ceil((high.time - seconds) / slotSeconds) + 8
  if (low === null) return Math.max(0, high.number - back * 2 ** Math.max(0, calls - 1))
  const middle = (low.number + high.number) / 2
  const share = (seconds - nearEnoughSeconds / 2 - low.time) / Math.max(1, high.time - low.time)
  const number = calls % 3 === 2 ? middle : low.number + (high.number - low.number) * share
  return Math.min(high.number - 1, Math.max(low.number + 1, Math.floor(number)))
}

export interface LogQuestion {
  /** Tried in this order; the next one takes over where one fails. */
  readonly endpoints: readonly RpcEndpoint[]
  readonly address: string
  readonly topics: readonly (string | readonly string[] | null)[]
  readonly fromBlock: number
  readonly toBlock: number
  readonly signal: AbortSignal
  /** Enough is found: no need to read on. */
  readonly isEnough: (logs: readonly Log[]) => boolean
  /** HTTP requests at most. */
  readonly maxRequests?: number
  /** Blocks in one range at first. */
  readonly firstSpan?: number
  readonly rangesPerRequest?: number
}

export interface LogSearch {
  /** Oldest first. */
  readonly logs: readonly Log[]
  /** False: something was not looked at, so "not found" must not be read as "did not happen". */
  readonly complete: boolean
}

/** Providers allow from five blocks to a hundred thousand: start in the middle, halve when told so. */
const usualSpan = 2000
const usualRanges = 4
/** A range that a provider did not finish in time is too long for it, once; after that it is not there. */
const patience = 1

const logsAnswer = z.array(logSchema)

/** Reads forward, oldest first, several ranges in one HTTP request. */
export async function searchLogs(question: LogQuestion): Promise<LogSearch> {
  const {
    toBlock,
    signal,
    isEnough,
    maxRequests = 12,
    firstSpan = usualSpan,
    rangesPerRequest = usualRanges,
  } = question
  const logs: Log[] = []
  const waiting = question.endpoints.map((endpoint) => ({ endpoint, late: 0 }))
  let next = question.fromBlock
  let span = firstSpan
  for (let requests = 0; next <= toBlock; requests += 1) {
    const [first] = waiting
    if (first === undefined || requests >= maxRequests || signal.aborted) return { logs, complete: false }
    const { endpoint } = first
    const ranges = Array.from({ length: rangesPerRequest }, (_, at) => next + at * span)
      .filter((from) => from <= toBlock)
      .map((from) => ({ from, to: Math.min(from + span - 1, toBlock) }))
    const answers = await endpoint.batch(
      ranges.map((range) => logsCall(question, range)),
      { signal },
    )
    for (const [at, answer] of answers.entries()) {
      if (!answer.ok) {
        const { kind } = answer.failure
        if (kind === 'timeout') first.late += 1
        const tooLong = kind === 'too-large' || (kind === 'timeout' && first.late <= patience)
        if (tooLong && span > 1) span = Math.max(1, Math.floor(span / 2))
        else waiting.shift()
        break
      }
      logs.push(...answer.value)
      next = (ranges[at]?.to ?? next) + 1
    }
    if (isEnough(logs)) return { logs, complete: true }
  }
  return { logs, complete: true }
}

function logsCall({ address, topics }: LogQuestion, { from, to }: { readonly from: number; readonly to: number }) {
  const filter = { address, topics, fromBlock: toHex(from), toBlock: toHex(to) }
  return rpcCall('eth_getLogs', [filter], logsAnswer)
}
