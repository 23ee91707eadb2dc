// What came back over HTTP turned into answers to the calls sent, whatever a misbehaving server made of it; pure but for reading the body.

import { classifyRpcError, type RpcFailure, type RpcFailureKind } from './rpc-failure.ts'

export type WireAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: RpcFailure }

export interface HttpAnswer {
  readonly status: number
  /** Null: longer than we are willing to read. */
  readonly body: string | null
  readonly retryAfterMs: number | null
}

export interface Sent {
  readonly endpoint: string
  readonly sent: readonly { readonly id: number; readonly method: string }[]
  readonly asArray: boolean
  /** Makes a server's own words fit to show. */
  readonly clean: (text: string) => string
}

export async function readHttpAnswer(maxBytes: number, request: () => Promise<Response>): Promise<HttpAnswer> {
  const response = await request()
  return {
    status: response.status,
    body: await readBody(response, maxBytes),
    retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
  }
}

async function readBody(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    // Leaving the loop cancels the rest of the body.
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readRetryAfter(header: string | null): number | null {
  return header !== null && /^\d{1,5}$/.test(header.trim()) ? Number(header) * 1000 : null
}

/** One answer per call, in the order of the calls. */
export function readRpcAnswers(sent: Sent, http: HttpAnswer): { answers: WireAnswer[]; batchRefused: boolean } {
  const whole = (failure: Omit<RpcFailure, 'method' | 'endpoint'>, batchRefused: boolean) => ({
    answers: sent.sent.map(
      ({ method }): WireAnswer => ({ ok: false, failure: { ...failure, method, endpoint: sent.endpoint } }),
    ),
    batchRefused: batchRefused && sent.asArray,
  })
  const fail = (kind: RpcFailureKind, what: string, batchRefused: boolean, code: number | null = http.status) =>
    whole({ kind, text: `${sent.endpoint} ${what}`, code, retryAfterMs: http.retryAfterMs }, batchRefused)

  if (http.status === 429) return fail('rate-limited', 'limits how often we may ask (HTTP 429)', false)
  if (http.body === null) return fail('too-large', 'sent a longer answer than we read', sent.asArray)
  if (http.status === 413)
    return fail('too-large', 'finds the question or its answer too large (HTTP 413)', sent.asArray)
  const parsed = parseJson(http.body)
  // Nodes answer errors with HTTP 4xx and 5xx too; only a body that is no JSON-RPC leaves the status to speak.
  if (!isRpc(parsed)) {
    if (http.status < 200 || http.status > 299) return fail('http', httpText(http.status), isRefusal(http.status))
    if (parsed === undefined) return fail('not-json', notJsonText(http.body), false)
    return fail('bad-answer', 'answered with JSON that is no JSON-RPC answer', sent.asArray)
  }
  if (!sent.asArray) return { answers: matchIds(sent, [parsed].flat(1)), batchRefused: false }
  if (Array.isArray(parsed)) {
    const answers = matchIds(sent, parsed)
    return { answers, batchRefused: answers.every((answer) => !answer.ok && /batch/i.test(answer.failure.text)) }
  }
  // One object for a whole batch: an error about the request itself, or the answer to its first call.
  const error = readError(parsed)
  if (error === null) return fail('bad-answer', 'answered a batch with a single answer', true)
  const failure = rpcFailure(sent, null, error)
  return whole({ ...failure, retryAfterMs: http.retryAfterMs }, failure.kind !== 'rate-limited')
}

function matchIds(sent: Sent, received: readonly unknown[]): WireAnswer[] {
  return sent.sent.map(({ id, method }): WireAnswer => {
    const mine = received.filter((one) => isRecord(one) && one.id === id)
    const [answer] = mine
    const only = !sent.asArray && received.length === 1 ? received[0] : undefined
    // An error that could not be tied to a request carries a null id.
    const fit = answer ?? (isRecord(only) && only.id === null && readError(only) !== null ? only : undefined)
    const failed = (what: string): WireAnswer => {
      const text = `${sent.endpoint} ${what}`
      const kind = 'bad-answer'
      return { ok: false, failure: { endpoint: sent.endpoint, kind, method, text, code: null, retryAfterMs: null } }
    }
    if (!isRecord(fit))
      return failed(received.length === 0 ? 'sent no answer' : `answered something else than ${method}`)
    if (mine.length > 1) return failed(`answered ${method} more than once`)
    const error = readError(fit)
    if (error !== null) return { ok: false, failure: rpcFailure(sent, method, error) }
    return 'result' in fit
      ? { ok: true, value: fit.result }
      : failed(`answered ${method} with neither result nor error`)
  })
}

interface RpcError {
  readonly code: number
  readonly message: string
}

function rpcFailure(sent: Sent, method: string | null, { code, message }: RpcError): RpcFailure {
  const kind = classifyRpcError(method ?? '', code, message)
  const words = sent.clean(message)
  const asked = method ?? 'a batch'
  const text =
    kind === 'rate-limited'
      ? `${sent.endpoint} limits how often we may ask (${words || `code ${code}`})`
      : kind === 'method-missing'
        ? `${sent.endpoint} does not have the method ${asked}`
        : `${sent.endpoint} refused ${asked}: ${words || 'no reason given'} (code ${code})`
  return { endpoint: sent.endpoint, kind, method, text, code, retryAfterMs: null }
}

function readError(answer: Readonly<Record<string, unknown>>): RpcError | null {
  const { error } = answer
  if (error === undefined || error === null) return null
  if (!isRecord(error)) return { code: 0, message: typeof error === 'string' ? error : '' }
  const code = Number(error.code)
  return { code: Number.isInteger(code) ? code : 0, message: typeof error.message === 'string' ? error.message : '' }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined // no JSON value parses to undefined: the caller tells the cases apart
  }
}

function isRpc(value: unknown): value is Readonly<Record<string, unknown>> | unknown[] {
  if (Array.isArray(value)) return value.length === 0 || value.some(isRpc)
  return isRecord(value) && ('result' in value || readError(value) !== null)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRefusal(status: number): boolean {
  return status >= 400 && status !== 401 && status !== 403 && status !== 404 && status < 501
}

function httpText(status: number): string {
  if (status >= 300 && status < 400) return `sends us to another address (HTTP ${status}), which we don't follow`
  if (status === 401 || status === 403) return `refuses us (HTTP ${status}): check the key in its address`
  return `answered HTTP ${status}`
}

function notJsonText(body: string): string {
  if (body.trim() === '') return 'sent an empty answer'
  return /^\s*<(!doctype|html|\?xml)/i.test(body)
    ? 'answered with a web page instead of JSON'
    : 'sent an answer that is not JSON, or was cut off'
}
