// One JSON-RPC endpoint: calls and batches with our own limits, failures told apart, and no secret in any text.
//
// Node's fetch and not an ethers provider: a provider detects the network by itself, logs to stdout and retries for
// ever; its FetchRequest waits 300 s and repeats a 429 silently. Here every limit is ours.

import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ZodType } from 'zod'
import { createGate } from './gate.ts'
import { readHttpAnswer, readRpcAnswers, type WireAnswer } from './json-rpc-wire.ts'
import { createOtherNames } from './other-names.ts'
import { cleanText, type RpcFailure, type RpcFailureKind, transportText } from './rpc-failure.ts'
import { betterOf, mayPass, retryAfter } from './second-try.ts'
import { type Target, targetOf } from './target.ts'

/** One question and how its answer is checked: `read` throws when the answer is not what the method promises. */
export interface RpcCall<T> {
  readonly method: string
  readonly params: readonly unknown[]
  readonly read: (raw: unknown) => T
  /** The same question by another name, for contracts that know only that: asked where this one has no answer. */
  readonly otherwise?: RpcCall<T>
}

export type RpcAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: RpcFailure }

export type RpcAnswers<C extends readonly RpcCall<unknown>[]> = {
  readonly [K in keyof C]: C[K] extends RpcCall<infer T> ? RpcAnswer<T> : never
}

/** Answered, and with something: nodes say null for what they don't know. */
export function isThere(answer: RpcAnswer<unknown> | undefined): boolean {
  return answer?.ok === true && answer.value !== null
}

export function valueIn<T>(answer: RpcAnswer<T> | undefined): T | null {
  return answer?.ok ? answer.value : null
}

/** How many calls one question may still cost, every try and every call of a batch counted. */
export interface CallAllowance {
  /** False: they would be too many, and must not be made. */
  take(calls: number): boolean
}

export interface CallLimits {
  readonly signal: AbortSignal
  readonly allowance?: CallAllowance | undefined
  /** For this question instead of the endpoint's own limit. */
  readonly timeoutMs?: number | undefined
}

export interface RpcEndpoint {
  /** As shown to people: the configured name, else the host. */
  readonly name: string
  /** Never throws: what went wrong is part of the answer. */
  call<T>(call: RpcCall<T>, limits: CallLimits): Promise<RpcAnswer<T>>
  /** All calls in one HTTP request; an endpoint that refuses batches is asked one by one from then on. Never throws. */
  batch<const C extends readonly RpcCall<unknown>[]>(calls: C, limits: CallLimits): Promise<RpcAnswers<C>>
}

export interface RpcEndpointSettings {
  readonly name: string
  readonly url: string
  /** For one call or batch as a whole, second try and waiting for a free slot included. */
  readonly timeoutMs: number
  readonly maxAnswerBytes?: number
  /** HTTP requests under way at the same time. */
  readonly concurrency?: number
  /** Calls in one HTTP request; public endpoints refuse long batches. */
  readonly maxBatch?: number
  /** Numbers in [0, 1): spreads second tries. */
  readonly random?: () => number
  readonly fetch?: typeof fetch
}

/** The same endpoint for questions that have more time, or less. */
export function withTimeout(endpoint: RpcEndpoint, timeoutMs: number): RpcEndpoint {
  return {
    name: endpoint.name,
    call: (call, limits) => endpoint.call(call, { timeoutMs, ...limits }),
    batch: (calls, limits) => endpoint.batch(calls, { timeoutMs, ...limits }),
  }
}

export function rpcCall<T>(method: string, params: readonly unknown[], schema: ZodType<T>): RpcCall<T> {
  return { method, params, read: (raw) => schema.parse(raw) }
}

/** How an endpoint without a configured name is called: its host, without key, path or password. */
export function endpointName(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an endpoint whose address is not a URL'
}

export function createRpcEndpoint(settings: RpcEndpointSettings): RpcEndpoint {
  const target = readTarget(settings)
  const gate = createGate(settings.concurrency ?? 8)
  const maxBatch = settings.maxBatch ?? 100
  const random = settings.random ?? Math.random
  const names = createOtherNames()
  let refusesBatches = false

  /** One HTTP request for one call or one array of calls. */
  async function exchange(calls: readonly RpcCall<unknown>[], asArray: boolean, deadline: Deadline): Promise<Exchange> {
    const free = await gate.enter(deadline.signal)
    if (free === null) return broken(calls, timeoutFailure(settings.name, deadline.ms))
    try {
      if (deadline.allowance?.take(calls.length) === false) {
        return broken(calls, failureOf(settings.name, 'timeout', 'was not asked: the question had cost its calls'))
      }
      return await post(target, settings, calls, asArray, deadline)
    } finally {
      free()
    }
  }

  async function oneByOne(calls: readonly RpcCall<unknown>[], deadline: Deadline): Promise<WireAnswer[]> {
    const all = await Promise.all(calls.map((call) => exchange([call], false, deadline)))
    return all.flatMap((one) => one.answers)
  }

  async function send(calls: readonly RpcCall<unknown>[], deadline: Deadline, turn = 'first'): Promise<WireAnswer[]> {
    if (calls.length === 1 || refusesBatches) return oneByOne(calls, deadline)
    const chunks = chunk(calls, maxBatch)
    const parts = await Promise.all(
      chunks.map(async (part) => {
        const whole = await exchange(part, true, deadline)
        // An endpoint that is ill would be asked each call twice.
        if (!whole.batchRefused || deadline.signal.aborted || turn === 'second') return whole.answers
        const single = await oneByOne(part, deadline)
        // Remembered only when single calls do work: otherwise the endpoint is ill, not batch-shy.
        if (single.some((answer) => answer.ok)) refusesBatches = true
        return single
      }),
    )
    return parts.flat()
  }

  async function askAgain(calls: readonly RpcCall<unknown>[], deadline: Deadline): Promise<RpcAnswer<unknown>[]> {
    const answers = await send(calls, deadline)
    const again = calls.flatMap((call, at) => (mayPass(call.method, answers[at]) ? [at] : []))
    const waitMs = Math.max(150 + random() * 250, ...again.map((at) => retryAfter(answers[at])))
    // A second try that can't finish before the deadline would only turn a clear failure into "no answer in time".
    if (again.length > 0 && deadline.leftMs() > waitMs + 250) {
      await sleep(waitMs, undefined, { signal: deadline.signal }).catch(ignoreAbort)
      const asked = again.flatMap((at) => calls[at] ?? [])
      const second = deadline.signal.aborted ? [] : await send(asked, deadline, 'second')
      for (const [place, answer] of second.entries()) {
        const at = again[place] ?? 0
        answers[at] = betterOf(answers[at], answer)
      }
    }
    return calls.map((call, at) => readAnswer(settings.name, call, answers[at]))
  }

  async function ask(calls: readonly RpcCall<unknown>[], limits: CallLimits): Promise<RpcAnswer<unknown>[]> {
    const { timeoutMs = settings.timeoutMs, allowance } = limits
    const deadline = { ...startDeadline(timeoutMs, limits.signal), allowance }
    try {
      return await names.ask(calls, (some) => askAgain(some, deadline))
    } finally {
      deadline.stop()
    }
  }

  return {
    name: settings.name,
    async call<T>(call: RpcCall<T>, limits: CallLimits) {
      const [answer] = await ask([call], limits)
      return answer as RpcAnswer<T>
    },
    async batch<const C extends readonly RpcCall<unknown>[]>(calls: C, limits: CallLimits) {
      const answers = calls.length === 0 ? [] : await ask(calls, limits)
      return answers as unknown as RpcAnswers<C>
    },
  }
}

function readTarget({ name, url }: RpcEndpointSettings): Target {
  if (!URL.canParse(url)) throw new Error(`${name}: its address is not a URL`)
  const target = targetOf(url)
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  return { ...target, headers: { ...json, ...target.headers } }
}

interface Exchange {
  readonly answers: WireAnswer[]
  /** The endpoint answered, but not with an array: it may not take batches. */
  readonly batchRefused: boolean
}

let lastId = 0

async function post(
  target: Target,
  settings: RpcEndpointSettings,
  calls: readonly RpcCall<unknown>[],
  asArray: boolean,
  deadline: Deadline,
): Promise<Exchange> {
  const messages = calls.map(({ method, params }) => ({ jsonrpc: '2.0', id: ++lastId, method, params }))
  const clean = (text: string) => cleanText(text, target.secrets)
  const request = settings.fetch ?? fetch
  const http = await readHttpAnswer(settings.maxAnswerBytes ?? 16 * 1024 * 1024, () =>
    request(target.url.href, {
      method: 'POST',
      headers: target.headers,
      body: JSON.stringify(asArray ? messages : messages[0]),
      // A redirect would carry the key of one host to another.
      redirect: 'manual',
      signal: deadline.signal,
    }),
  ).catch((error: unknown): RpcFailure => {
    if (deadline.signal.aborted) return timeoutFailure(settings.name, deadline.ms)
    return failureOf(settings.name, 'transport', transportText(error))
  })
  if ('kind' in http) return broken(calls, http)
  const sent = messages.map(({ id, method }) => ({ id, method }))
  return readRpcAnswers({ endpoint: settings.name, sent, asArray, clean }, http)
}

function broken(calls: readonly RpcCall<unknown>[], failure: RpcFailure): Exchange {
  return { answers: calls.map(({ method }) => ({ ok: false, failure: { ...failure, method } })), batchRefused: false }
}

function failureOf(endpoint: string, kind: RpcFailureKind, what: string): RpcFailure {
  return { endpoint, kind, method: null, text: `${endpoint} ${what}`, code: null, retryAfterMs: null }
}

function timeoutFailure(endpoint: string, timeoutMs: number): RpcFailure {
  return failureOf(endpoint, 'timeout', `did not answer in time (limit ${(timeoutMs / 1000).toFixed(1)} s)`)
}

function readAnswer(endpoint: string, call: RpcCall<unknown>, answer: WireAnswer | undefined): RpcAnswer<unknown> {
  const { method } = call
  if (answer === undefined) {
    return { ok: false, failure: { ...failureOf(endpoint, 'bad-answer', `left out the answer to ${method}`), method } }
  }
  if (!answer.ok) return answer
  try {
    return { ok: true, value: call.read(answer.value) }
  } catch (error) {
    // The checker's message can repeat what the server sent; the kind of fault is enough for people.
    const where = firstIssuePath(error)
    const what = `answered ${method} with something it should not${where === '' ? '' : ` (at “${where}”)`}`
    return { ok: false, failure: { ...failureOf(endpoint, 'bad-answer', what), method } }
  }
}

function firstIssuePath(error: unknown): string {
  const issues: unknown = error instanceof Error && 'issues' in error ? error.issues : []
  const path: unknown = Array.isArray(issues) ? issues[0]?.path : []
  return Array.isArray(path) ? path.map(String).join('.') : ''
}

interface Deadline {
  readonly ms: number
  readonly signal: AbortSignal
  readonly allowance?: CallAllowance | undefined
  leftMs(): number
  stop(): void
}

/** Own timer and listener instead of AbortSignal.any and .timeout: those keep timers and memory after the answer came. */
function startDeadline(timeoutMs: number, outer: AbortSignal): Deadline {
  const controller = new AbortController()
  const until = performance.now() + timeoutMs
  const abort = () => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  if (outer.aborted) abort()
  else outer.addEventListener('abort', abort, { once: true })
  return {
    ms: timeoutMs,
    signal: controller.signal,
    leftMs: () => (controller.signal.aborted ? 0 : until - performance.now()),
    stop() {
      clearTimeout(timer)
      outer.removeEventListener('abort', abort)
    },
  }
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
