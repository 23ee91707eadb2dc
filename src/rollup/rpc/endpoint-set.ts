// Several endpoints of one chain asked the same at once: the first good answer wins, the others are compared with it.
//
// All are asked at the same moment instead of one after the other: a proof that nobody could contradict is worth less,
// and a hung endpoint then costs its own line, not the answer.

import type { Finding } from '../../core/finding.ts'
import { type CallLimits, type RpcAnswers, type RpcCall, type RpcEndpoint, rpcCall } from './json-rpc.ts'
import { isAnswer, type RpcFailure } from './rpc-failure.ts'
import { quantity } from './rpc-values.ts'

/** What one endpoint of the right chain answered. */
export interface Voice<C extends readonly RpcCall<unknown>[]> {
  readonly endpoint: RpcEndpoint
  readonly chainId: number
  readonly answers: RpcAnswers<C>
}

export interface Asked<C extends readonly RpcCall<unknown>[]> {
  /** In the order in which they arrived. */
  readonly voices: readonly Voice<C>[]
  /** One per endpoint that gave nothing usable. */
  readonly failures: readonly RpcFailure[]
}

export interface EndpointSet {
  readonly names: readonly string[]
  /** Null while nothing says which chain it should be. */
  chainId(): number | null
  /**
   * One HTTP round trip per endpoint, the check of its chain id included. Waits for the others only a little after the
   * first complete answer (`isComplete`; default: anything usable). Never throws.
   */
  ask<const C extends readonly RpcCall<unknown>[]>(calls: C, question: SetQuestion<C>): Promise<Asked<C>>
}

export interface SetQuestion<C extends readonly RpcCall<unknown>[]> extends CallLimits {
  readonly isComplete?: (answers: RpcAnswers<C>) => boolean
}

export interface EndpointSetSettings {
  readonly endpoints: readonly RpcEndpoint[]
  /** What eth_chainId must answer; null where nobody knows: then the endpoints must agree. */
  readonly chainId: () => number | null
  /** How long the others may still contradict the first complete answer. */
  readonly graceMs: number
}

const chainIdCall = rpcCall('eth_chainId', [], quantity)

export function createEndpointSet({ endpoints, chainId, graceMs }: EndpointSetSettings): EndpointSet {
  return {
    names: endpoints.map(({ name }) => name),
    chainId,
    async ask<const C extends readonly RpcCall<unknown>[]>(calls: C, question: SetQuestion<C>) {
      const heard = await askAll(endpoints, calls, question, graceMs)
      const { voices, failures } = refuseOtherChains(heard, chainId(), endpoints.length)
      // In the configured order: the same trouble reads the same every time.
      const place = ({ endpoint }: RpcFailure) => endpoints.findIndex(({ name }) => name === endpoint)
      return { voices, failures: failures.toSorted((a, b) => place(a) - place(b)) }
    },
  }
}

async function askAll<C extends readonly RpcCall<unknown>[]>(
  endpoints: readonly RpcEndpoint[],
  calls: C,
  question: SetQuestion<C>,
  graceMs: number,
): Promise<Asked<C>> {
  const voices: Voice<C>[] = []
  const failures: RpcFailure[] = []
  const waitingFor = new Set(endpoints)
  const stop = new AbortController()
  let grace: NodeJS.Timeout | undefined
  const abort = () => stop.abort()
  if (question.signal.aborted) abort()
  else question.signal.addEventListener('abort', abort, { once: true })

  const hear = async (endpoint: RpcEndpoint) => {
    const [id, ...rest] = await endpoint.batch([chainIdCall, ...calls], { ...question, signal: stop.signal })
    if (!waitingFor.delete(endpoint)) return
    const answers = rest as unknown as RpcAnswers<C>
    if (!id.ok) failures.push(id.failure)
    else if (!isUsable(answers)) failures.push(...firstFailure(answers))
    else {
      voices.push({ endpoint, chainId: id.value, answers })
      if (question.isComplete?.(answers) ?? true) grace ??= setTimeout(abort, graceMs)
    }
  }
  await Promise.race([Promise.all(endpoints.map(hear)), aborted(stop.signal)])
  for (const { name } of waitingFor) failures.push(silent(name, question.signal.aborted))
  waitingFor.clear()
  clearTimeout(grace)
  question.signal.removeEventListener('abort', abort)
  // Whoever is still under way has been given up: its connection must not linger.
  stop.abort()
  return { voices, failures }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A node that says "no such method" has answered; one that limited every call has not. */
function isUsable(answers: readonly RpcAnswers<readonly RpcCall<unknown>[]>[number][]): boolean {
  return answers.length === 0 || answers.some((answer) => answer.ok || isAnswer(answer.failure.kind))
}

function firstFailure(answers: readonly RpcAnswers<readonly RpcCall<unknown>[]>[number][]): RpcFailure[] {
  return answers.flatMap((answer) => (answer.ok ? [] : [answer.failure])).slice(0, 1)
}

function silent(endpoint: string, ranOut: boolean): RpcFailure {
  const text = ranOut ? `${endpoint} did not answer in time` : `${endpoint} was still silent when another had answered`
  return { endpoint, kind: 'timeout', method: null, text, code: null, retryAfterMs: null }
}

function refuseOtherChains<C extends readonly RpcCall<unknown>[]>(
  heard: Asked<C>,
  expected: number | null,
  configured: number,
): Asked<C> {
  const answered = heard.voices.map(({ chainId }) => chainId)
  const ids = [...new Set(answered)]
  const wanted = expected ?? agreedChain(answered, configured)
  const fits = (voice: Voice<C>) => voice.chainId === wanted
  const refused = heard.voices
    .filter((voice) => !fits(voice))
    .map(({ endpoint, chainId }) => wrongChain(endpoint.name, chainId, expected, ids))
  return { voices: heard.voices.filter(fits), failures: [...heard.failures, ...refused] }
}

/**
 * Which chain the endpoints are on where no setting says so: the one that all who answered name, else the one that more
 * than half of all configured name, answering or not. Null: a proof from the wrong chain would be worse than none.
 */
export function agreedChain(answered: readonly number[], configured: number): number | null {
  const ids = [...new Set(answered)]
  if (ids.length === 1) return ids[0] as number
  return ids.find((id) => answered.filter((one) => one === id).length * 2 > configured) ?? null
}

function wrongChain(endpoint: string, chainId: number, expected: number | null, ids: readonly number[]): RpcFailure {
  const text =
    expected === null
      ? `${endpoint} is on chain ${chainId}, but the endpoints are on different chains (${ids.join(', ')})`
      : `${endpoint} is on chain ${chainId}, not on ${expected}`
  return { endpoint, kind: 'wrong-chain', method: 'eth_chainId', text, code: chainId, retryAfterMs: null }
}

/** Which chain is behind these endpoints; asked when nobody has said so, then kept. */
export async function learnChainId(set: EndpointSet, signal: AbortSignal): Promise<number | null> {
  const { voices } = await set.ask([], { signal })
  return voices[0]?.chainId ?? null
}

/** One finding per endpoint that failed; `setting` is what an operator has to look at. */
export function endpointFindings(failures: readonly RpcFailure[], setting: string): readonly Finding[] {
  return failures.map(({ endpoint, kind, text }) => ({
    code: kind === 'wrong-chain' ? 'wrong-chain' : 'endpoint-failed',
    severity: 'warning',
    values: { endpoint, kind, setting },
    text:
      kind === 'wrong-chain' ? `${text}: it was not used. Correct ${setting}.` : `${text}. Its word is missing here.`,
  }))
}
