// What happened on the diamond in the last hours: which events are read, which get an exact time, and which are worth a sentence.

import { z } from 'zod'
import type { Finding } from '../../../core/finding.ts'
import {
  type DiamondEvent,
  type DiamondEventName,
  type Log,
  logSchema,
  type NoticeName,
  readDiamondEvents,
  topicOf,
} from '../../l1/contracts.ts'
import { type RpcAnswer, type RpcCall, rpcCall } from '../../rpc/json-rpc.ts'
import { isoOfSeconds, toHex } from '../../rpc/rpc-values.ts'

/** One thing that happened on the diamond; `time` is null where nothing tells it. */
export interface L1Event {
  readonly event: DiamondEvent
  readonly block: number
  readonly time: number | null
  readonly hash: string | null
}

/** About three hours; some providers allow no more, others less. */
export const blocksSearched = 1000
/** Where a provider allows only short ranges, as many of them as one request may hold. */
const rangesAtOnce = 8

const watched: readonly DiamondEventName[] = [
  'BlockCommit',
  'BlocksVerification',
  'BlockExecution',
  'BlocksRevert',
  'NewPriorityRequest',
  'ReportCommittedBatchRangeZKsyncOS',
  'Freeze',
  'Unfreeze',
  'ExecuteUpgrade',
  'NewProtocolVersion',
  'MigrationComplete',
  'PriorityModeActivated',
]
const logsAnswer = z.array(logSchema)

export interface LogRange {
  readonly from: number
  readonly to: number
}

/** The newest ranges of `span` blocks, oldest first. */
export function logRanges(head: number, span: number): readonly LogRange[] {
  const count = Math.min(rangesAtOnce, Math.ceil(blocksSearched / span))
  const ranges = Array.from({ length: count }, (_, at) => {
    const to = head - at * span
    return { from: Math.max(0, to - span + 1), to }
  })
  return ranges.filter(({ to }) => to >= 0).reverse()
}

export function logCalls(
  address: string,
  ranges: readonly LogRange[],
  names: readonly DiamondEventName[] = watched,
): readonly RpcCall<readonly Log[]>[] {
  const topics = [names.map(topicOf)]
  return ranges.map(({ from, to }) =>
    rpcCall('eth_getLogs', [{ address, topics, fromBlock: toHex(from), toBlock: toHex(to) }], logsAnswer),
  )
}

export interface ReadLogs {
  readonly events: readonly L1Event[]
  /** First block that was searched. */
  readonly from: number
}

/** Only as far back as every range up to now was answered; null: not even the newest was. */
export function readLogs(
  ranges: readonly LogRange[],
  answers: readonly RpcAnswer<readonly Log[]>[],
  diamond: string,
): ReadLogs | null {
  const firstGap = answers.findLastIndex((answer) => !answer.ok)
  const logs = answers.slice(firstGap + 1).flatMap((answer) => (answer.ok ? answer.value : []))
  const from = ranges[firstGap + 1]?.from
  return from === undefined ? null : { events: eventsIn(logs, diamond), from }
}

function eventsIn(logs: readonly Log[], diamond: string): readonly L1Event[] {
  return logs.flatMap((log) =>
    log.blockNumber === null
      ? []
      : readDiamondEvents([log], diamond).map((event) => ({
          event,
          block: log.blockNumber as number,
          time: log.blockTimestamp,
          hash: log.transactionHash,
        })),
  )
}

/** Blocks whose time the answer says: what is rare first, the proof of the next batch to execute, the newest of each kind, then requests of several ages. */
export function worthATime(
  events: readonly L1Event[],
  { head, nextToExecute, most }: { readonly head: number; readonly nextToExecute: number; readonly most: number },
): readonly number[] {
  const proof = proofOf(events, nextToExecute)
  const blocksOf = (kinds: readonly DiamondEvent['kind'][]) => [
    ...new Set(
      events.filter(({ event, time }) => time === null && kinds.includes(event.kind)).map(({ block }) => block),
    ),
  ]
  const blocks = [
    ...blocksOf(['revert', 'notice']).slice(-3),
    ...(proof === undefined || proof.time !== null ? [] : [proof.block]),
    ...blocksOf(['prove']).slice(-1),
    ...blocksOf(['execute']).slice(-1),
    ...requestsWorthATime(blocksOf(['priority-request']), head),
    ...blocksOf(['commit']).slice(-4),
  ]
  return [...new Set(blocks)].slice(0, most)
}

/** Where L1 proved this batch, as far as its events are in sight. */
export function proofOf(events: readonly L1Event[] | null, batch: number): L1Event | undefined {
  return events?.findLast(({ event }) => event.kind === 'prove' && event.previous < batch && batch <= event.current)
}

/**
 * The newest requests, and the newest of those that a node must have served by now: if even that one is older than the
 * newest L2 block, all before it are. How long twenty minutes are in blocks depends on the slots, so a few ages are tried.
 */
export function requestsWorthATime(blocks: readonly number[], head: number): readonly number[] {
  const aged = requestAges.flatMap((age) => blocks.findLast((block) => block <= head - age) ?? [])
  return [...blocks.slice(-3), ...aged]
}

/** In blocks of L1; a hundred slots of twelve seconds are twenty minutes. */
const requestAges = [100, 150, 250, 400, 700]

/** What was not asked lies between what was: see `timeOf`. */
export function timed<E extends Pick<L1Event, 'block' | 'time'>>(
  events: readonly E[],
  known: ReadonlyMap<number, number>,
): readonly E[] {
  return events.map((one) => (one.time === null ? { ...one, time: timeOf(one.block, known) } : one))
}

/** L1 makes blocks evenly but for missed slots: between two known blocks time goes by share of the way. */
export function timeOf(block: number, known: ReadonlyMap<number, number>): number | null {
  const marks = [...known].toSorted(([a], [b]) => a - b)
  const before = marks.findLast(([mark]) => mark <= block)
  const after = marks.find(([mark]) => mark >= block)
  if (before === undefined || after === undefined) return null
  const width = Math.max(1, after[0] - before[0])
  return Math.round(before[1] + ((after[1] - before[1]) * (block - before[0])) / width)
}

const notices: Readonly<Record<NoticeName, readonly [code: string, severity: Finding['severity'], what: string]>> = {
  Freeze: ['recent-freeze', 'warning', 'The diamond was frozen'],
  Unfreeze: ['recent-unfreeze', 'info', 'The diamond was unfrozen'],
  ExecuteUpgrade: ['recent-upgrade', 'info', 'An upgrade of the chain’s contracts was executed'],
  NewProtocolVersion: ['recent-upgrade', 'info', 'The chain got a new protocol version'],
  MigrationComplete: ['recent-migration', 'warning', 'The chain’s move to another settlement layer was completed'],
  PriorityModeActivated: [
    'priority-mode',
    'critical',
    'The escape hatch was opened: anybody may commit, prove and execute now',
  ],
}

/** The newest of each kind, with its time and transaction. */
export function eventFindings(events: readonly L1Event[]): readonly Finding[] {
  const found = new Map<string, Finding>()
  for (const { event, time, hash, block } of events) {
    const at = time === null ? `in L1 block ${block}` : `at ${isoOfSeconds(time)}`
    const where = hash === null ? '' : ` by ${hash}`
    const values = { at: time === null ? null : isoOfSeconds(time), block, hash }
    if (event.kind === 'revert') {
      const text = `Batches above ${event.committed} were reverted on L1 ${at}${where}.`
      found.set('recent-revert', {
        code: 'recent-revert',
        severity: 'warning',
        values: { ...values, committed: event.committed },
        text,
      })
    } else if (event.kind === 'notice') {
      const [code, severity, what] = notices[event.name]
      found.set(code, {
        code,
        severity,
        values: { ...values, event: event.name },
        text: `${what} on L1 ${at}${where}.`,
      })
    }
  }
  return [...found.values()]
}
