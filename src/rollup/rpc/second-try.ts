// Which failures pass by themselves: those calls deserve one more try, whatever is final is not asked again. Pure.

import type { WireAnswer } from './json-rpc-wire.ts'

/** A node's own trouble: internal errors, a backend behind it that was not there, a block that this one has not seen yet. */
const passingWords =
  /internal|unhealthy|unavailable|temporar|try again|retry|busy|overload|time.?d? ?out|upstream|no backend|header not found|connection/i

/** JSON-RPC leaves these to the server: what they mean is in the words. */
const isServerCode = (code: number) => code <= -32000 && code >= -32099

export function mayPass(method: string, answer: WireAnswer | undefined): boolean {
  if (answer === undefined || answer.ok || method.startsWith('eth_send')) return false
  const { kind, code, text } = answer.failure
  if (kind === 'http') return code !== null && code >= 500 && code !== 501
  if (kind === 'rpc-error')
    return code === -32603 || (code !== null && isServerCode(code) && passingWords.test(text.slice(text.indexOf(': '))))
  return kind === 'transport' || kind === 'rate-limited'
}

export function retryAfter(answer: WireAnswer | undefined): number {
  return answer === undefined || answer.ok ? 0 : (answer.failure.retryAfterMs ?? 0)
}

/** A second try that was cut off would only turn a clear failure into "no answer in time". */
export function betterOf(first: WireAnswer | undefined, second: WireAnswer): WireAnswer {
  return first !== undefined && !second.ok && second.failure.kind === 'timeout' ? first : second
}
