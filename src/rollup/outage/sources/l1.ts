// What L1 says about the chain: the newest endpoint of the right chain is pinned to one block and asked for everything at once.
//
// Three round trips: heads of all endpoints; state and events at the pinned block; the times that belong to them. Where the
// timelock is and who sends has to be found once and is then kept. A Gateway is read the same way.

import type { Finding } from '../../../core/finding.ts'
import { type Log, readGetter } from '../../l1/contracts.ts'
import type { DiamondSource } from '../../l1/diamond.ts'
import type { FoundTimelock, TimelockFinder } from '../../l1/l1-timelock.ts'
import { blockCall, type L1Block } from '../../l1/settlement-reading.ts'
import { commitTimeCall } from '../../l1/timelock.ts'
import { type RpcAnswer, type RpcCall, type RpcEndpoint, valueIn } from '../../rpc/json-rpc.ts'
import { isZero } from '../../rpc/rpc-values.ts'
import type { Head, Trouble } from '../facts.ts'
import {
  blocksSearched,
  eventFindings,
  type L1Event,
  logCalls,
  logRanges,
  type ReadLogs,
  readLogs,
  timed,
  worthATime,
} from './l1-events.ts'
import { askHeads, judgeHeads, type L1Source } from './l1-heads.ts'
import { createOperators, type OperatorMemory, type OperatorState, type Operators } from './l1-operators.ts'
import { describeFailure } from './l2.ts'

export interface L1Counters {
  readonly committed: number
  readonly verified: number
  readonly executed: number
}

/** Of the endpoint that was pinned. */
export interface L1State {
  readonly head: Head
  readonly counters: L1Counters
  readonly frozen: boolean | null
  /** Where it settles, as far as L1 tells; null: here. */
  readonly settlesOn: { readonly chainId: number | null } | null
  readonly protocolVersion: number | null
  /** False: the deadline of its version has passed, and every commit reverts. */
  readonly protocolActive: boolean | null
  readonly executionDelay: number | null
  /** By batch number: when it was committed, Unix seconds. */
  readonly committedAt: ReadonlyMap<number, number>
  /** Newest last; null: the events of the last hours could not be searched. */
  readonly events: readonly L1Event[] | null
  /** Where the search for events began; `short`: later than wanted, because the endpoint allows no more. */
  readonly eventsSince: { readonly time: number | null; readonly short: boolean } | null
  readonly operators: readonly OperatorState[]
  readonly findings: readonly Finding[]
}

/** On ZKsync OS each commit says which blocks it took; after a revert only what is still committed counts. */
export function lastCommittedBlock({ events, counters }: Pick<L1State, 'events' | 'counters'>): number | null {
  const range = events?.findLast(({ event }) => event.kind === 'range' && event.batch === counters.committed)?.event
  return range?.kind === 'range' ? range.lastBlock : null
}

export interface L1Look {
  readonly sources: readonly L1Source[]
  readonly trouble: Trouble | null
  readonly chainId: number | null
  readonly head: Head | null
  readonly state: L1State | null
}

export interface L1Question {
  readonly signal: AbortSignal
  /** Leave out what a report does not need: it has calls of its own. */
  readonly brief?: boolean
  /** Told as soon as the counters are there: what others do with them need not wait for the rest. */
  readonly onCounters?: (counters: L1Counters & { readonly committedBlock: number | null }) => void
}

export interface OutageL1 {
  look(question: L1Question): Promise<L1Look>
}

/** Where what was learned outlives the process. */
export interface L1Memory extends OperatorMemory {
  logSpan(endpoint: string): number | null
  keepLogSpan(endpoint: string, span: number): void
}

export interface OutageL1Settings {
  readonly endpoints: readonly { readonly endpoint: RpcEndpoint; readonly operator: string }[]
  readonly diamond: DiamondSource
  readonly timelocks: TimelockFinder
  /** What eth_chainId must answer; null where nobody knows: then all endpoints must agree. */
  readonly chainId: (limits: { readonly signal: AbortSignal }) => Promise<number | null>
  readonly l2ChainId: () => number | null
  readonly memory: L1Memory
}

const timesAsked = 18
const timesAskedBriefly = 2

export function createOutageL1(settings: OutageL1Settings): OutageL1 {
  const operators = createOperators(settings.memory)
  return {
    async look(question) {
      const { signal } = question
      const [asked, found, wanted] = await Promise.all([
        askHeads(settings.endpoints, signal),
        settings.diamond.find({ signal }),
        settings.chainId({ signal }),
      ])
      const heads = judgeHeads(asked, wanted)
      const sources = heads.map(({ source }) => source)
      const usable = heads
        .flatMap(({ endpoint, chainId, source }) =>
          source.head === null ? [] : [{ endpoint, chainId, head: source.head }],
        )
        .toSorted((a, b) => b.head.time - a.head.time)
      const [best] = usable
      if (best === undefined) return { sources, trouble: noHead(sources), chainId: null, head: null, state: null }
      const { chainId, head } = best
      if (found.diamond === null) {
        return { sources, trouble: { kind: 'no-diamond', text: found.why }, chainId, head, state: null }
      }
      const { address, l2ChainId, bridgehub } = found.diamond
      const chain = { diamond: address, l2ChainId: l2ChainId ?? settings.l2ChainId(), bridgehub }
      let trouble: Trouble | null = null
      for (const one of usable) {
        const state = await readState({ ...settings, ...question, ...one, chain, operators })
        if (!('kind' in state)) return { sources, trouble: null, chainId, head: state.head, state }
        trouble ??= state
      }
      return { sources, trouble, chainId, head, state: null }
    },
  }
}

function noHead(sources: readonly L1Source[]): Trouble {
  const texts = sources.map(({ name, trouble }) => `${name} ${trouble?.text ?? 'shows no block'}`)
  return { kind: sources[0]?.trouble?.kind ?? 'no-block', text: texts.join('; ') || 'no endpoint is configured' }
}

interface StateQuestion extends L1Question {
  readonly endpoint: RpcEndpoint
  readonly chainId: number | null
  readonly head: Head
  readonly chain: { readonly diamond: string; readonly l2ChainId: number | null; readonly bridgehub: string | null }
  readonly timelocks: TimelockFinder
  readonly operators: Operators
  readonly memory: L1Memory
}

async function readState(question: StateQuestion): Promise<L1State | Trouble> {
  const { endpoint, head, chain, timelocks, operators, memory, signal, brief = false } = question
  const span = memory.logSpan(endpoint.name) ?? blocksSearched
  const ranges = logRanges(head.number, span)
  const parts = {
    pinned: pinnedCalls(chain, head.number),
    logs: logCalls(chain.diamond, ranges),
    watch: brief ? [] : timelocks.watch(chain),
    operators: brief ? [] : operators.calls(),
  }
  const [answers, found] = await Promise.all([
    askParts(endpoint, parts, signal),
    timelocks.find(endpoint, chain, { signal }),
  ])
  const [committed, verified, executed, frozen, layer, version, chainId, hub] = answers.pinned as unknown as Pinned
  if (!committed.ok || !verified.ok || !executed.ok) return noCounters(chain.diamond, [committed, verified, executed])
  if (chainId.ok && chain.l2ChainId !== null && chainId.value !== chain.l2ChainId) {
    return { kind: 'no-diamond', text: `the diamond at ${chain.diamond} belongs to chain ${chainId.value}` }
  }
  const counters = { committed: committed.value, verified: verified.value, executed: executed.value }
  const lock = answers.watch.length > 0 ? timelocks.heard(chain, answers.watch) : found
  if (!brief) operators.heard(answers.operators)
  const logs = readLogs(ranges, answers.logs as readonly RpcAnswer<readonly Log[]>[], chain.diamond)
  const seen = { events: logs?.events ?? null, counters }
  question.onCounters?.({ ...counters, committedBlock: lastCommittedBlock(seen) })
  const isTooLong = answers.logs.some((answer) => !answer.ok && answer.failure.kind === 'too-large')
  const more = await readTimes({ ...question, lock, counters, version: valueIn(version), logs, span, isTooLong })
  const events = more.logs?.events ?? null
  await operators.learn(events ?? [], endpoint, signal)
  return {
    head,
    counters,
    frozen: valueIn(frozen),
    settlesOn: settlementOf(valueIn(layer), valueIn(hub), question.chainId),
    protocolVersion: valueIn(version),
    protocolActive: more.protocolActive,
    executionDelay: lock?.executionDelay ?? null,
    committedAt: more.committedAt,
    events,
    eventsSince: more.since,
    operators: operators.states(),
    findings: [...operators.findings(), ...eventFindings(events ?? [])],
  }
}

type Pinned = readonly [
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<boolean>,
  RpcAnswer<string>,
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<number>?,
]

/** One request for all of them, and each part's own answers back. */
async function askParts<K extends string>(
  endpoint: RpcEndpoint,
  parts: Readonly<Record<K, readonly RpcCall<unknown>[]>>,
  signal: AbortSignal,
): Promise<Readonly<Record<K, readonly RpcAnswer<unknown>[]>>> {
  const names = Object.keys(parts) as K[]
  const answers: readonly RpcAnswer<unknown>[] = await endpoint.batch(
    names.flatMap((name) => [...parts[name]]),
    { signal },
  )
  const left = [...answers]
  return Object.fromEntries(names.map((name) => [name, left.splice(0, parts[name].length)])) as unknown as Record<
    K,
    readonly RpcAnswer<unknown>[]
  >
}

function noCounters(diamond: string, answers: readonly RpcAnswer<number>[]): Trouble {
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.failure]))
  const isNoDiamond = failures.every(({ kind }) => kind === 'reverted' || kind === 'bad-answer')
  if (isNoDiamond) return { kind: 'no-diamond', text: `there is no diamond at ${diamond}; check DIAMOND_PROXY_ADDRESS` }
  const [first] = failures
  return first === undefined ? { kind: 'bad-answer', text: 'gave no counters' } : describeFailure(first)
}

function pinnedCalls({ diamond, bridgehub, l2ChainId }: StateQuestion['chain'], block: number) {
  return [
    readGetter(diamond, 'getTotalBlocksCommitted', [], block),
    readGetter(diamond, 'getTotalBlocksVerified', [], block),
    readGetter(diamond, 'getTotalBlocksExecuted', [], block),
    readGetter(diamond, 'isDiamondStorageFrozen', [], block),
    readGetter(diamond, 'getSettlementLayer', [], block),
    readGetter(diamond, 'getProtocolVersion', [], block),
    readGetter(diamond, 'getChainId', [], block),
    ...(bridgehub === null || l2ChainId === null ? [] : [readGetter(bridgehub, 'settlementLayer', [l2ChainId], block)]),
  ]
}

/** The diamond names the other chain's diamond, the Bridgehub its chain id; either alone is enough. */
function settlementOf(layer: string | null, hub: number | null, here: number | null): L1State['settlesOn'] {
  const byDiamond = layer !== null && !isZero(layer)
  const byHub = hub !== null && hub !== 0 && here !== null && hub !== here
  return byDiamond || byHub ? { chainId: hub === 0 || hub === here ? null : hub } : null
}

interface TimesQuestion extends StateQuestion {
  readonly lock: FoundTimelock | null
  readonly counters: L1Counters
  readonly version: number | null
  readonly logs: ReadLogs | null
  /** Blocks asked for at once, and that it was too much. */
  readonly span: number
  readonly isTooLong: boolean
}

/** Shorter ranges for a provider that refused: what works is kept for the next time. */
const shorter = 4

async function readTimes(question: TimesQuestion) {
  const { endpoint, head, chain, lock, counters, version, logs, span, isTooLong, memory, signal, brief } = question
  const { committed, verified, executed } = counters
  const form = lock?.form ?? null
  const batches = [...new Set([executed + 1, verified + 1, committed])].filter((batch) => batch <= committed)
  const ranges = isTooLong ? logRanges(head.number, Math.max(1, Math.floor(span / shorter))) : []
  const numbers = worthATime(logs?.events ?? [], {
    head: head.number,
    nextToExecute: executed + 1,
    most: brief ? timesAskedBriefly : timesAsked,
  })
  const answers = await askParts(
    endpoint,
    {
      active: lock === null || version === null ? [] : [readGetter(lock.manager, 'protocolVersionIsActive', [version])],
      commits:
        lock === null || form === null ? [] : batches.map((batch) => commitTimeCall(lock.address, form, chain, batch)),
      blocks: [...new Set([...(logs === null ? [] : [logs.from]), ...numbers])].map((number) => blockCall(number)),
      logs: logCalls(chain.diamond, ranges),
    },
    signal,
  )
  if (isTooLong) memory.keepLogSpan(endpoint.name, Math.max(1, Math.floor(span / shorter)))
  const again = isTooLong ? readLogs(ranges, answers.logs as readonly RpcAnswer<readonly Log[]>[], chain.diamond) : null
  const read = again ?? logs
  const found = (answers.blocks as readonly RpcAnswer<L1Block | null>[]).flatMap((answer) => valueIn(answer) ?? [])
  const known = new Map([
    ...found.map(({ number, timestamp }): [number, number] => [number, timestamp]),
    [head.number, head.time] as const,
  ])
  return {
    protocolActive: valueIn(answers.active[0] as RpcAnswer<boolean> | undefined),
    committedAt: new Map(
      (answers.commits as readonly RpcAnswer<number>[]).flatMap((answer, at): [number, number][] => {
        const time = valueIn(answer)
        return time === null || time === 0 ? [] : [[batches[at] as number, time]]
      }),
    ),
    logs: read === null ? null : { ...read, events: timed(read.events, known) },
    since:
      read === null
        ? null
        : {
            time: known.get(read.from) ?? null,
            short: read.from > 0 && head.number - read.from + 1 < blocksSearched,
          },
  }
}
