// Several endpoints of one chain asked one after the other, for questions that may cost few calls.
//
// An endpoint is first asked which chain it is on: one that is ill then costs a call or two, not the whole question.

import { within } from '../../core/deadline.ts'
import { deferred } from '../../core/deferred.ts'
import { type Asked, agreedChain, type EndpointSet, type Voice } from './endpoint-set.ts'
import {
  type CallAllowance,
  type CallLimits,
  type RpcAnswers,
  type RpcCall,
  type RpcEndpoint,
  rpcCall,
  valueIn,
} from './json-rpc.ts'
import { isAnswer, type RpcFailure } from './rpc-failure.ts'
import { quantity } from './rpc-values.ts'

/** At most so many calls, whoever makes them. */
export function createAllowance(most: number): CallAllowance {
  let left = most
  return {
    take(calls) {
      if (calls > left) return false
      left -= calls
      return true
    },
  }
}

/** The same endpoint; what it is asked counts. */
export function counted(endpoint: RpcEndpoint, allowance: CallAllowance): RpcEndpoint {
  const within = (limits: CallLimits) => ({ ...limits, allowance })
  return {
    name: endpoint.name,
    call: (call, limits) => endpoint.call(call, within(limits)),
    batch: (calls, limits) => endpoint.batch(calls, within(limits)),
  }
}

export interface FrugalSetSettings {
  readonly endpoints: readonly RpcEndpoint[]
  /** What eth_chainId must answer; null where nobody knows: then the endpoints must agree. */
  readonly chainId: () => number | null
  /** The next one is asked beside an endpoint that takes longer. */
  readonly patienceMs: number
}

const chainIdCall = rpcCall('eth_chainId', [], quantity)

/** For one question: an endpoint that failed in it is not asked again. */
export function createFrugalSet({ endpoints, chainId, patienceMs }: FrugalSetSettings): EndpointSet {
  const ids = new Map<RpcEndpoint, Promise<number | null>>()
  const ill = new Set<RpcEndpoint>()
  const idOf = (endpoint: RpcEndpoint, signal: AbortSignal) => {
    const asked = ids.get(endpoint) ?? endpoint.call(chainIdCall, { signal }).then(valueIn)
    ids.set(endpoint, asked)
    return asked
  }

  async function wantedId(signal: AbortSignal): Promise<number | null> {
    const known = chainId()
    if (known !== null) return known
    const all = await Promise.all(endpoints.map((endpoint) => idOf(endpoint, signal)))
    return agreedChain(
      all.flatMap((id) => id ?? []),
      endpoints.length,
    )
  }

  return {
    names: endpoints.map(({ name }) => name),
    chainId,
    async ask<const C extends readonly RpcCall<unknown>[]>(
      calls: C,
      question: { readonly signal: AbortSignal; readonly isComplete?: (answers: RpcAnswers<C>) => boolean },
    ): Promise<Asked<C>> {
      const voices: Voice<C>[] = []
      const failures: RpcFailure[] = []
      const stop = new AbortController()
      const abort = () => stop.abort()
      if (question.signal.aborted) abort()
      else question.signal.addEventListener('abort', abort, { once: true })
      const wanted = await wantedId(stop.signal)

      async function isAnswered(endpoint: RpcEndpoint): Promise<boolean> {
        const id = await idOf(endpoint, stop.signal)
        const answers = id === null || id !== wanted ? null : await endpoint.batch(calls, { signal: stop.signal })
        const isUsable = answers?.some((answer) => answer.ok || isAnswer(answer.failure.kind)) ?? false
        if (id === null || answers === null || !isUsable) {
          if (!stop.signal.aborted) ill.add(endpoint)
          failures.push(failureOf(endpoint.name, id, wanted))
          return false
        }
        voices.push({ endpoint, chainId: id, answers })
        return question.isComplete?.(answers) ?? true
      }

      await untilOne(
        endpoints.filter((endpoint) => !ill.has(endpoint)),
        isAnswered,
        patienceMs,
      )
      question.signal.removeEventListener('abort', abort)
      stop.abort()
      return { voices, failures }
    },
  }
}

/** One after the other, the next one also where this one is late; done with the first yes, or when all have said no. */
export async function untilOne<T>(items: readonly T[], isDone: (item: T) => Promise<boolean>, patienceMs: number) {
  const running: Promise<boolean>[] = []
  const found = deferred<true>()
  for (const item of items) {
    const run = isDone(item)
    void run.then((done) => done && found.resolve(true))
    running.push(run)
    if ((await within(Promise.race([found.value, run]), patienceMs, null)) === true) return
  }
  await Promise.race([found.value, Promise.all(running)])
}

function failureOf(endpoint: string, id: number | null, wanted: number | null): RpcFailure {
  const isWrong = id !== null && id !== wanted
  const text = isWrong
    ? `${endpoint} is on chain ${id}, not on ${wanted ?? 'the others’'}`
    : `${endpoint} gave no answer`
  return { endpoint, kind: isWrong ? 'wrong-chain' : 'timeout', method: null, text, code: null, retryAfterMs: null }
}
