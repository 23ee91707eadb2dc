// How a JSON-RPC call can fail, told apart by what it means for the answer, in words that never carry a secret.

/**
 * `timeout`, `transport`, `http`, `not-json`, `bad-answer`, `too-large` and `rate-limited` say that the endpoint is in
 * trouble, never that the chain is. `method-missing` and `pruned` say that this node can't tell. `reverted` is an answer
 * of a contract; `rpc-error` any other error the node itself gave. `wrong-chain`: a healthy endpoint of another chain.
 */
export type RpcFailureKind =
  | 'timeout'
  | 'transport'
  | 'http'
  | 'not-json'
  | 'bad-answer'
  | 'too-large'
  | 'rate-limited'
  | 'method-missing'
  | 'pruned'
  | 'reverted'
  | 'rpc-error'
  | 'wrong-chain'

export interface RpcFailure {
  /** The endpoint's name as shown to people: never its URL. */
  readonly endpoint: string
  readonly kind: RpcFailureKind
  readonly method: string | null
  /** One plain sentence without URL, key or password. */
  readonly text: string
  /** HTTP status or JSON-RPC error code, where there was one. */
  readonly code: number | null
  /** What the server asked us to wait before the next try. */
  readonly retryAfterMs: number | null
}

/** The node gave a real answer about the call; asking it again would not help. */
export function isAnswer(kind: RpcFailureKind): boolean {
  return kind === 'method-missing' || kind === 'pruned' || kind === 'reverted' || kind === 'rpc-error'
}

/** Only of eth_getLogs: every provider says in its own words that the range was too long for it. */
const rangePattern =
  /returned more than|range|response size|too (large|big|wide)|length limit|too many (results|logs|blocks)|limited to|exceeds (the )?(limit|max)|timed? ?out/i
const ratePattern = /too many requests|rate.?limit|request limit|throttl|quota|compute units|capacity exceeded/i
const prunedPattern = /pruned|missing trie node|state is not available|historical state|header for hash not found/i
const missingPattern =
  /method .*(not found|does ?n.t exist|does not exist|not available|not supported|not allowed|unsupported)|unknown method|unsupported method/i
const revertPattern = /execution reverted|revert|invalid opcode|vm execution error/i

/** What a JSON-RPC error object means; servers agree on few codes, so the words count as well. */
export function classifyRpcError(method: string, code: number, message: string): RpcFailureKind {
  // Before the rate limit: "query returned more than 10000 results" comes with -32005, the code of a rate limit.
  if (method === 'eth_getLogs' && rangePattern.test(message)) return 'too-large'
  if (method === 'eth_getLogs' && code === -32005 && !ratePattern.test(message)) return 'too-large'
  if (code === 429 || ratePattern.test(message)) return 'rate-limited'
  if (code === -32601 || code === -32004 || missingPattern.test(message)) return 'method-missing'
  if (prunedPattern.test(message)) return 'pruned'
  if (code === 3 || revertPattern.test(message)) return 'reverted'
  return 'rpc-error'
}

/** Node's and undici's error codes in words; anything else is shown as the bare code. */
const transportWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection before the answer was complete',
  ENOTFOUND: 'is a host name nobody knows',
  EAI_AGAIN: 'could not be looked up (DNS)',
  EHOSTUNREACH: 'is not reachable from here',
  ENETUNREACH: 'is not reachable from here',
  UND_ERR_CONNECT_TIMEOUT: 'did not accept the connection in time',
  ETIMEDOUT: 'did not accept the connection in time',
  CERT_HAS_EXPIRED: 'has an expired TLS certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a self-signed TLS certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a self-signed TLS certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a TLS certificate for another host',
}

/** Only the error's code is used: the message of a failed fetch can repeat the whole URL. */
export function transportText(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : null
    if (code !== null) return transportWords[code] ?? `could not be reached (${code})`
  }
  return 'closed the connection before the answer was complete'
}

/**
 * Parts of an endpoint's URL that must not be repeated when a server echoes them ("invalid key abc…"): everything but
 * the host. Short path words (`v2`, `rpc`) are no secrets, and cutting them out would garble the text.
 */
export function secretsOf(url: URL): readonly string[] {
  const parts = [url.username, url.password, ...url.pathname.split('/'), ...url.searchParams.values()]
  const spellings = parts.flatMap((part) => [part, decode(part)])
  return [...new Set(spellings)].filter((part) => part.length >= 6).sort((a, b) => b.length - a.length)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // not percent-encoded after all: the part itself is already in the list
  }
}

/** A server's own words made fit to show: one line, no URL, no secret, no control or direction characters, not long. */
export function cleanText(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) clean = clean.replaceAll(secret, '…')
  clean = clean
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '(address removed)')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  const letters = [...clean]
  return letters.length > 160 ? `${letters.slice(0, 160).join('')}…` : clean
}
