// Which endpoint's word on L1 counts: the newest that tells everything, else the one that tells most, pieced out by the others.

import type { DiamondAnswer } from '../../l1/diamond.ts'
import { untilOne } from '../../rpc/frugal-set.ts'
import type { RpcAnswer, RpcEndpoint } from '../../rpc/json-rpc.ts'
import type { RpcFailure, RpcFailureKind } from '../../rpc/rpc-failure.ts'
import { limitedBy } from '../../rpc/time-limit.ts'
import type { Head, Trouble } from '../facts.ts'
import type { L1Question, L1State, OutageL1Settings } from './l1.ts'
import { blocksSearched } from './l1-events.ts'
import type { Operators } from './l1-operators.ts'
import { readState } from './l1-state.ts'
import { describeFailure } from './l2.ts'

export interface Usable {
  readonly endpoint: RpcEndpoint
  readonly chainId: number | null
  readonly head: Head
}

export interface Reading {
  readonly usable: readonly Usable[]
  readonly found: DiamondAnswer
  readonly operators: Operators
}

export interface BestReading {
  readonly state: L1State | Trouble
  /** By endpoint: what else it refused for being asked too often. */
  readonly limited: ReadonlyMap<string, Trouble>
}

/** The next endpoint is asked beside one that takes longer; a report has few calls, and asks it only after one that failed. */
const patienceMs = 1500
const patienceBrieflyMs = 10_000
/** Heads this close are the same moment: the state of the one is as good as that of the other. */
const sameMomentSeconds = 60

export async function readBest(
  settings: OutageL1Settings,
  question: L1Question,
  { usable, found, operators }: Reading,
): Promise<BestReading> {
  if (found.diamond === null) return { state: { kind: 'no-diamond', text: found.why }, limited: new Map() }
  const { brief = false } = question
  const { address, l2ChainId, bridgehub } = found.diamond
  const chain = { diamond: address, l2ChainId: l2ChainId ?? settings.l2ChainId(), bridgehub }
  const newest = usable[0]?.head.time ?? 0
  const isOfTheMoment = ({ head }: Usable) => newest - head.time <= sameMomentSeconds
  const span = ({ endpoint }: Usable) => settings.memory.logSpan(endpoint.name) ?? blocksSearched
  const [near, far] = [usable.filter(isOfTheMoment), usable.filter((one) => !isOfTheMoment(one))]
  const states: L1State[] = []
  const troubles: Trouble[] = []
  const limited = new Map<string, Trouble>()
  const stop = limitedBy(question.signal, patienceBrieflyMs)

  async function isTold(one: Usable): Promise<boolean> {
    const heard = listening(one.endpoint)
    const endpoint = heard.endpoint
    const state = await readState({ ...settings, ...question, ...one, endpoint, signal: stop.signal, chain, operators })
    const tooOften = heard.failures.find(({ kind }) => kind === 'rate-limited')
    if (tooOften !== undefined) limited.set(one.endpoint.name, describeFailure(tooOften))
    if ('kind' in state) {
      const { kind, text } = state
      troubles.push(kind === 'no-diamond' ? state : { kind, text: `${one.endpoint.name} ${text}` })
      return false
    }
    states.push(state)
    return brief || isWhole(state, heard.failures)
  }

  const wait = brief ? patienceBrieflyMs : patienceMs
  await untilOne(
    near.toSorted((a, b) => span(b) - span(a)),
    isTold,
    wait,
  )
  // An old head is better than none, and no better than a short search.
  if (states.length === 0) await untilOne(far, isTold, wait)
  stop.stop()
  const state = fullest(states) ?? troubles[0] ?? { kind: 'no-block', text: 'shows no block' }
  return { state, limited }
}

/** What a node or contract says for good is an answer; the rest left something out. */
const answers: readonly RpcFailureKind[] = ['method-missing', 'reverted', 'bad-answer', 'pruned', 'too-large']

function isWhole({ events, eventsSince, executionDelay }: L1State, failures: readonly RpcFailure[]): boolean {
  if (events === null || eventsSince?.short === true) return false
  return executionDelay !== null || failures.every(({ kind }) => answers.includes(kind))
}

/** Whose events reach back furthest; the others may know the delay that this one did not tell. */
function fullest(states: readonly L1State[]): L1State | null {
  const reach = ({ events, eventsSince, head }: L1State) =>
    events === null ? Number.POSITIVE_INFINITY : (eventsSince?.time ?? head.time)
  const isKnown = ({ executionDelay }: L1State) => (executionDelay === null ? 1 : 0)
  const [best] = states.toSorted((a, b) => {
    const further = reach(a) - reach(b)
    return Math.abs(further) > sameMomentSeconds ? further : isKnown(a) - isKnown(b)
  })
  if (best === undefined) return null
  const delay = states.find(({ executionDelay }) => executionDelay !== null)?.executionDelay ?? null
  return { ...best, executionDelay: best.executionDelay ?? delay }
}

/** The same endpoint, and what it did not answer. */
function listening(endpoint: RpcEndpoint): { readonly endpoint: RpcEndpoint; readonly failures: RpcFailure[] } {
  const failures: RpcFailure[] = []
  const note = (answer: RpcAnswer<unknown>) => {
    if (!answer.ok) failures.push(answer.failure)
  }
  return {
    failures,
    endpoint: {
      name: endpoint.name,
      async call(call, limits) {
        const answer = await endpoint.call(call, limits)
        note(answer)
        return answer
      },
      async batch(calls, limits) {
        const answers = await endpoint.batch(calls, limits)
        for (const answer of answers as readonly RpcAnswer<unknown>[]) note(answer)
        return answers
      },
    },
  }
}
