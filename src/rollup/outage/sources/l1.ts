// What L1 says about the chain: the newest endpoint of the right chain is pinned to one block and asked for everything at once.
//
// Three round trips: heads of all endpoints; state and events at the pinned block; the times that belong to them. Where the
// timelock is and who sends has to be found once and is then kept. A Gateway is read the same way.

import { within } from '../../../core/deadline.ts'
import type { Finding } from '../../../core/finding.ts'
import type { DiamondSource } from '../../l1/diamond.ts'
import type { TimelockFinder } from '../../l1/l1-timelock.ts'
import type { Move } from '../../l1/moves.ts'
import { counted } from '../../rpc/frugal-set.ts'
import type { CallAllowance, CallLimits, RpcEndpoint } from '../../rpc/json-rpc.ts'
import type { Head, Trouble } from '../facts.ts'
import { firstAnswerMs } from '../limits.ts'
import type { L1Event } from './l1-events.ts'
import { readBest, type Usable } from './l1-fullest.ts'
import { askHeads, type JudgedHead, judgeHeads, type L1Source } from './l1-heads.ts'
import { createOperators, type OperatorMemory, type OperatorState } from './l1-operators.ts'
import type { L1Requests } from './l1-requests.ts'
import type { LastHashes } from './last-hashes.ts'

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
  readonly requests: L1Requests
  /** To another settlement layer: the newest of each step, newest last. */
  readonly moves: readonly Move[]
  /** Null: they were not asked about. */
  readonly operators: readonly OperatorState[] | null
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
  /** What a report may still ask L1. */
  readonly allowance?: CallAllowance | undefined
  /** Told as soon as the counters are there: what others do with them need not wait for the rest. */
  readonly onCounters?: (counters: FirstCounters) => void
  /** When the newest L2 block seen so far was made, once one is seen: requests since then may wait. Null: none is. */
  readonly newestL2?: () => Promise<number | null>
  /** What a node of L2 names, asked for where nobody is known who commits or executes. */
  readonly lastHashes?: (counters: L1Counters) => Promise<LastHashes>
}

export interface FirstCounters extends L1Counters {
  readonly committedBlock: number | null
  /** The chain that the diamond says it is of. */
  readonly l2ChainId: number | null
}

export interface OutageL1 {
  look(question: L1Question): Promise<L1Look>
}

/** Where what was learned outlives the process. */
export interface L1Memory extends OperatorMemory {
  logSpan(endpoint: string): number | null
  keepLogSpan(endpoint: string, span: number): void
  moves(): readonly Move[]
  keepMoves(moves: readonly Move[]): void
}

export interface OutageL1Settings {
  readonly endpoints: readonly { readonly endpoint: RpcEndpoint; readonly operator: string }[]
  readonly diamond: DiamondSource
  readonly timelocks: TimelockFinder
  /** What eth_chainId must answer; null where nobody knows: then all endpoints must agree. */
  readonly chainId: (limits: CallLimits) => Promise<number | null>
  readonly l2ChainId: () => number | null
  readonly memory: L1Memory
}

/** How much longer than heads and diamond the chain id may take that a node of L2 tells. */
const chainIdGraceMs = 300

export function createOutageL1(settings: OutageL1Settings): OutageL1 {
  const operators = createOperators(settings.memory)
  return {
    async look(question) {
      const { signal, allowance } = question
      const limits = { signal, timeoutMs: firstAnswerMs }
      if (question.brief !== true) operators.begin()
      const endpoints = settings.endpoints.map((one) =>
        allowance === undefined ? one : { ...one, endpoint: counted(one.endpoint, allowance) },
      )
      const asked = askHeads(endpoints, signal)
      const id = settings.chainId(limits)
      const [heads, found] = await Promise.all([asked.soon, settings.diamond.find(limits)])
      // A node that hangs must not keep L1 waiting: then L1's endpoints have to agree.
      const wanted = await within(id, chainIdGraceMs, null)
      const early = usableOf(judgeHeads(heads, wanted))
      const usable = early.length > 0 ? early : usableOf(judgeHeads(await asked.all, wanted))
      const [best] = usable
      const { state, limited } = await readBest(settings, question, { usable, found, operators })
      // Who is slow is a source all the same, if it is on the chain that was read.
      const sources = judgeHeads(await asked.all, wanted ?? best?.chainId ?? null).map(
        ({ source }): L1Source => ({ ...source, limited: limited.get(source.name) ?? null }),
      )
      if (best === undefined) return { sources, trouble: noHead(sources), chainId: null, head: null, state: null }
      const { chainId, head } = best
      if ('kind' in state) return { sources, trouble: state, chainId, head, state: null }
      return { sources, trouble: null, chainId, head: state.head, state }
    },
  }
}

/** Newest first. */
function usableOf(heads: readonly JudgedHead[]): readonly Usable[] {
  return heads
    .flatMap(({ endpoint, chainId, source }) =>
      source.head === null ? [] : [{ endpoint, chainId, head: source.head }],
    )
    .toSorted((a, b) => b.head.time - a.head.time)
}

function noHead(sources: readonly L1Source[]): Trouble {
  const texts = sources.map(({ name, trouble }) => `${name} ${trouble?.text ?? 'shows no block'}`)
  return { kind: sources[0]?.trouble?.kind ?? 'no-block', text: texts.join('; ') || 'no endpoint is configured' }
}
