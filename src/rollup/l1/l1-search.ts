// Finding evidence on L1 cheaply: the block of a moment, and events from there on, within what providers allow.

import { z } from 'zod'
import { type RpcEndpoint, rpcCall } from '../rpc/json-rpc.ts'
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
 * first round trip looks at ever larger steps back from the head, since most questions are about the last days.
 */
export async function findBlockBefore({ endpoint, head, seconds, signal }: BlockQuestion): Promise<number | null> {
  let low = 0
  let high = head
  let points = Array.from({ length: probes }, (_, step) => head - closeEnough * 4 ** step).filter((point) => point > 0)
  while (high - low > closeEnough) {
    const asked = [...new Set(points)].filter((point) => point > low && point < high)
    if (asked.length === 0) asked.push(Math.floor((low + high) / 2))
    const answers = await endpoint.batch(
      asked.map((point) => blockCall(point)),
      { signal },
    )
    for (const answer of answers) {
      if (!answer.ok || answer.value === null) return null
      const { number, timestamp } = answer.value
      if (timestamp < seconds) low = Math.max(low, number)
      else high = Math.min(high, number)
    }
    const width = (high - low) / (probes + 1)
    points = Array.from({ length: probes }, (_, step) => Math.round(low + width * (step + 1)))
  }
  return low
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
}

export interface LogSearch {
  /** Oldest first. */
  readonly logs: readonly Log[]
  /** False: something was not looked at, so "not found" must not be read as "did not happen". */
  readonly complete: boolean
}

/** Providers allow from five blocks to a hundred thousand: start in the middle, halve when told so. */
const firstSpan = 2000
const chunksPerRequest = 4

const logsAnswer = z.array(logSchema)

/** Reads forward, oldest first, several ranges in one HTTP request. */
export async function searchLogs(question: LogQuestion): Promise<LogSearch> {
  const { toBlock, signal, isEnough, maxRequests = 12 } = question
  const logs: Log[] = []
  const waiting = [...question.endpoints]
  let next = question.fromBlock
  let span = firstSpan
  for (let requests = 0; next <= toBlock; requests += 1) {
    const [endpoint] = waiting
    if (endpoint === undefined || requests >= maxRequests || signal.aborted) return { logs, complete: false }
    const ranges = Array.from({ length: chunksPerRequest }, (_, at) => next + at * span)
      .filter((from) => from <= toBlock)
      .map((from) => ({ from, to: Math.min(from + span - 1, toBlock) }))
    const answers = await endpoint.batch(
      ranges.map((range) => logsCall(question, range)),
      { signal },
    )
    for (const [at, answer] of answers.entries()) {
      if (!answer.ok) {
        if (answer.failure.kind === 'too-large' && span > 1) span = Math.max(1, Math.floor(span / 2))
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
