// The chain's own nodes: which stack they run, which chain they are, and where they say that it settles.

import type { Finding } from '../../core/finding.ts'
import {
  type Asked,
  createEndpointSet,
  type EndpointSet,
  endpointFindings,
  type SetQuestion,
} from '../rpc/endpoint-set.ts'
import type { CallLimits, RpcAnswer, RpcCall, RpcEndpoint } from '../rpc/json-rpc.ts'
import { isAnswer, type RpcFailure } from '../rpc/rpc-failure.ts'
import { isZero } from '../rpc/rpc-values.ts'
import { l2Methods } from './l2-methods.ts'
import type { RpcStack } from './rpc-trace.ts'

export interface L2Identity {
  readonly stack: RpcStack
  readonly chainId: number
  /** The diamond as the node names it; ZKsync OS nodes name only the Bridgehub. */
  readonly mainContract: string | null
  readonly bridgehub: string | null
  readonly l1ChainId: number | null
  /** Endpoints that have the batch methods; a public proxy in front of an Era node may hide them. */
  readonly withBatches: readonly string[]
}

export type L2IdentityAnswer =
  | { readonly known: true; readonly identity: L2Identity; readonly failures: readonly RpcFailure[] }
  | { readonly known: false; readonly failures: readonly RpcFailure[] }

export interface L2Node {
  readonly names: readonly string[]
  /** Asked once and kept; a later call costs nothing. Never throws. */
  identity(limits: CallLimits): Promise<L2IdentityAnswer>
  /** What is known already, without asking. */
  known(): L2Identity | null
  /** One per chain that the endpoints are on, where they don't agree and no setting says which is right. Never throws. */
  candidates(limits: CallLimits): Promise<readonly L2Identity[]>
  /** Which of them it is: the others' endpoints are refused from now on. */
  settle(identity: L2Identity): void
  ask<const C extends readonly RpcCall<unknown>[]>(calls: C, question: SetQuestion<C>): Promise<Asked<C>>
}

export interface L2NodeSettings {
  readonly endpoints: readonly RpcEndpoint[]
  /** Of a preset; null: the endpoints must agree with each other. */
  readonly chainId: number | null
  readonly graceMs: number
}

const identityCalls = [
  l2Methods.block('latest'),
  l2Methods.lastSealedBatch(),
  l2Methods.mainContract(),
  l2Methods.bridgehub(),
  l2Methods.l1ChainId(),
] as const

export function createL2Node({ endpoints, chainId, graceMs }: L2NodeSettings): L2Node {
  let identity: L2Identity | null = null
  /** A call that failed in passing may have left something out. */
  let isWhole = false
  const set: EndpointSet = createEndpointSet({
    endpoints,
    chainId: () => chainId ?? identity?.chainId ?? null,
    graceMs,
  })
  return {
    names: set.names,
    known: () => identity,
    async candidates(limits) {
      const alone = endpoints.map((one) => createEndpointSet({ endpoints: [one], chainId: () => null, graceMs }))
      const asked = await Promise.all(alone.map((one) => one.ask(identityCalls, limits)))
      const voices = asked.flatMap((one) => one.voices)
      const ids = [...new Set(voices.map((voice) => voice.chainId))]
      return ids.flatMap((id) => readIdentity(voices.filter((voice) => voice.chainId === id)) ?? [])
    },
    settle(settled) {
      identity = settled
      isWhole = true
    },
    async identity(limits) {
      if (identity !== null && isWhole) return { known: true, identity, failures: [] }
      const { voices, failures } = await set.ask(identityCalls, { ...limits, isComplete: ([, batch]) => batch.ok })
      identity = readIdentity(voices) ?? identity
      isWhole = isTold(voices)
      return identity === null ? { known: false, failures } : { known: true, identity, failures }
    },
    ask: (calls, question) => set.ask(calls, question),
  }
}

/** Every name was given by some endpoint, or all say that they have no such method. */
function isTold(voices: Asked<typeof identityCalls>['voices']): boolean {
  const names = voices.map(({ answers: [, , ...rest] }) => rest)
  return identityCalls.slice(2).every((_, at) => {
    const answers = names.map((one) => one[at])
    const isMissing = answers.every((answer) => answer?.ok === false && answer.failure.kind === 'method-missing')
    return isMissing || answers.some((answer) => answer?.ok)
  })
}

function readIdentity(voices: Asked<typeof identityCalls>['voices']): L2Identity | null {
  const stack = readStack(voices)
  const [first] = voices
  if (stack === null || first === undefined) return null
  const pick = <T>(read: (answers: (typeof voices)[number]['answers']) => RpcAnswer<T>): T | null => {
    for (const { answers } of voices) {
      const answer = read(answers)
      if (answer.ok && answer.value !== null) return answer.value
    }
    return null
  }
  const named = (text: string | null) => (text === null || isZero(text) ? null : text)
  return {
    stack,
    chainId: first.chainId,
    mainContract: named(pick(([, , main]) => main)),
    bridgehub: named(pick(([, , , bridgehub]) => bridgehub)),
    l1ChainId: pick(([, , , , l1]) => l1),
    withBatches: voices.flatMap(({ endpoint, answers: [, batch] }) => (batch.ok ? [endpoint.name] : [])),
  }
}

/** Era as soon as one endpoint shows it; ZKsync OS only when a node really said that it lacks the method. */
function readStack(voices: Asked<typeof identityCalls>['voices']): RpcStack | null {
  const isEra = voices.some(({ answers: [head, batch] }) => batch.ok || (head.ok && head.value?.hasBatchField === true))
  if (isEra) return 'era'
  const lacks = voices.some(
    ({ answers: [head, batch] }) => head.ok && !batch.ok && batch.failure.kind === 'method-missing',
  )
  return lacks ? 'zksync-os' : null
}

/** Failures of a whole endpoint, and of single calls where the node's own answer says "I can't tell". */
export function l2Findings(failures: readonly RpcFailure[]): readonly Finding[] {
  return endpointFindings(
    failures.filter(({ kind }) => !isAnswer(kind)),
    'L2_RPC_URLS',
  )
}
