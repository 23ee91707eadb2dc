// When what L1 shows happened, and what was left to be searched: the last round trip of a look at L1.

import { type Log, readGetter } from '../../l1/contracts.ts'
import type { BlockAt } from '../../l1/l1-search.ts'
import type { FoundTimelock } from '../../l1/l1-timelock.ts'
import { type Move, moveLogCalls, readMoves } from '../../l1/moves.ts'
import { blockCall, type L1Block } from '../../l1/settlement-reading.ts'
import { commitTimeCall } from '../../l1/timelock.ts'
import { type RpcAnswer, valueIn } from '../../rpc/json-rpc.ts'
import { askParts } from './ask-parts.ts'
import type { L1Counters, L1State } from './l1.ts'
import {
  blocksSearched,
  type L1Event,
  logCalls,
  logRanges,
  type ReadLogs,
  readLogs,
  timed,
  timeOf,
  worthATime,
} from './l1-events.ts'
import { newestMoves } from './l1-moves.ts'
import { type FurtherBack, furtherBack, withoutDoubtful } from './l1-requests.ts'
import { rangesBriefly, type StateQuestion } from './l1-state.ts'

export interface TimesQuestion extends StateQuestion {
  readonly lock: FoundTimelock | null
  readonly counters: L1Counters
  readonly version: number | null
  /** Requests in the chain's queue; null: not known. */
  readonly waiting: number | null
  /** Where the search for events was to begin; null: the endpoint did not say when that was. */
  readonly start: BlockAt | null
  readonly logs: ReadLogs | null
  /** Blocks asked for at once, and that it was too much. */
  readonly span: number
  readonly isTooLong: boolean
}

export interface Times {
  readonly protocolActive: boolean | null
  readonly committedAt: ReadonlyMap<number, number>
  readonly events: readonly L1Event[] | null
  readonly eventsSince: L1State['eventsSince']
  /** From when on every priority request was read; null: none was. */
  readonly requestsSince: number | null
  readonly moves: readonly Move[]
}

const timesAsked = 18
const timesAskedBriefly = 2
/** Shorter ranges for a provider that refused: what works is kept for the next time. */
const shorter = 4

export async function readTimes(question: TimesQuestion): Promise<Times> {
  const { endpoint, head, chain, lock, counters, version, start, logs, isTooLong, memory, signal } = question
  const { brief = false } = question
  const { committed, verified, executed } = counters
  const form = lock?.form ?? null
  const movers =
    lock === null || chain.l2ChainId === null ? null : { contracts: lock.moves, l2ChainId: chain.l2ChainId }
  const batches = [...new Set([executed + 1, verified + 1, committed])].filter((batch) => batch <= committed)
  const span = isTooLong ? Math.max(1, Math.floor(question.span / shorter)) : question.span
  const usual = logRanges(head.number, span)
  const ranges = isTooLong ? usual.slice(brief ? -rangesBriefly : 0) : []
  const from = isTooLong ? ranges[0]?.from : logs?.from
  const back = from === undefined ? nothingBack : await furtherBack({ ...question, from, span, brief })
  const numbers = worthATime(logs?.events ?? [], {
    head: head.number,
    nextToExecute: executed + 1,
    most: brief ? timesAskedBriefly : timesAsked,
  })
  const marks = [...(from === undefined ? [] : [from]), ...back.ranges.map((range) => range.from)]
  const answers = await askParts(
    endpoint,
    {
      active: lock === null || version === null ? [] : [readGetter(lock.manager, 'protocolVersionIsActive', [version])],
      commits:
        lock === null || form === null ? [] : batches.map((batch) => commitTimeCall(lock.address, form, chain, batch)),
      blocks: [...new Set([...marks, ...numbers])]
        .filter((number) => number !== start?.number)
        .map((number) => blockCall(number)),
      logs: logCalls(chain.diamond, ranges),
      moves: brief || movers === null ? [] : moveLogCalls(movers.contracts, movers.l2ChainId, usual),
      requests: logCalls(chain.diamond, back.ranges, ['NewPriorityRequest']),
    },
    signal,
  )
  if (isTooLong) memory.keepLogSpan(endpoint.name, span)
  const read = (isTooLong ? readLogs(ranges, asLogs(answers.logs), chain.diamond) : null) ?? logs
  const earlier = readLogs(back.ranges, asLogs(answers.requests), chain.diamond)
  const known = new Map([
    ...(answers.blocks as readonly RpcAnswer<L1Block | null>[])
      .flatMap((answer) => valueIn(answer) ?? [])
      .map(({ number, timestamp }): [number, number] => [number, timestamp]),
    ...[head, ...(start === null ? [] : [start])].map(({ number, time }): [number, number] => [number, time]),
  ])
  const told =
    movers === null
      ? []
      : readMoves(
          asLogs(answers.moves).flatMap((answer) => valueIn(answer) ?? []),
          movers.contracts,
          movers.l2ChainId,
        )
  const moves = newestMoves([...memory.moves(), ...timed(told, known)], head.time)
  memory.keepMoves(moves)
  return {
    moves,
    protocolActive: valueIn(answers.active[0] as RpcAnswer<boolean> | undefined),
    committedAt: new Map(
      (answers.commits as readonly RpcAnswer<number>[]).flatMap((answer, at): [number, number][] => {
        const time = valueIn(answer)
        return time === null || time === 0 ? [] : [[batches[at] as number, time]]
      }),
    ),
    ...placeInTime(read, earlier, { back, known, head: head.number }),
  }
}

const nothingBack: FurtherBack = { ranges: [], until: Number.POSITIVE_INFINITY }
const asLogs = (answers: readonly RpcAnswer<unknown>[]) => answers as readonly RpcAnswer<readonly Log[]>[]

interface Placing {
  readonly back: FurtherBack
  readonly known: ReadonlyMap<number, number>
  readonly head: number
}

/** `earlier`: only requests, of the ranges before `read`. */
function placeInTime(
  read: ReadLogs | null,
  earlier: ReadLogs | null,
  { back, known, head }: Placing,
): Pick<Times, 'events' | 'eventsSince' | 'requestsSince'> {
  if (read === null) return { events: null, eventsSince: null, requestsSince: null }
  const before = earlier === null ? [] : withoutDoubtful(timed(earlier.events, known), earlier.events, back.until)
  const joins = earlier !== null && (back.ranges.at(-1)?.to ?? 0) + 1 >= read.from
  const first = joins ? earlier.from : read.from
  return {
    events: [...before, ...timed(read.events, known)],
    eventsSince: { time: timeOf(read.from, known), short: read.from > 0 && head - read.from + 1 < blocksSearched },
    requestsSince: first === 0 ? 0 : timeOf(first, known),
  }
}
