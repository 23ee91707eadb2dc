// What an explorer's API sends: one GET, a few redirects followed where that is safe, no secret in any text.

import { type HttpAnswer, readHttpAnswer } from '../../rpc/json-rpc-wire.ts'
import { transportText } from '../../rpc/rpc-failure.ts'
import { below, targetOf } from '../../rpc/target.ts'
import { operatorOf, ownNetwork } from './endpoint-operator.ts'

export interface ExplorerSite {
  readonly url: string
  readonly signal: AbortSignal
  readonly fetch?: typeof fetch
}

export interface SiteTrouble {
  readonly kind: 'timeout' | 'transport' | 'http' | 'rate-limited' | 'too-large' | 'not-json'
  /** Goes on from the site's name. */
  readonly text: string
  /** Of a proxy in between, or a connection that broke: another try may reach the site. */
  readonly isPassing: boolean
}

export interface SitePath {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

const longestAnswer = 2 * 1024 * 1024
const mostRedirects = 3
const redirects: readonly number[] = [301, 302, 303, 307, 308]

/** Never throws; `json` is whatever the site sent. */
export async function getJson(
  site: ExplorerSite,
  { path, query }: SitePath,
): Promise<{ readonly json: unknown } | SiteTrouble> {
  try {
    const answer = await follow(site, path, query)
    if (typeof answer === 'string') return trouble('http', answer)
    const { status, body } = answer
    if (status === 429) return trouble('rate-limited', 'limits how often we may ask (HTTP 429)')
    if (status !== 200) return trouble('http', `answered with HTTP ${status}`, status >= 500 && status !== 501)
    if (body === null) return trouble('too-large', 'sent a longer answer than we read')
    return readJson(body)
  } catch (error) {
    if (site.signal.aborted) return trouble('timeout', 'did not answer in time')
    return trouble('transport', transportText(error), true)
  }
}

function trouble(kind: SiteTrouble['kind'], text: string, isPassing = false): SiteTrouble {
  return { kind, text, isPassing }
}

/** A text: why a redirect was not followed. */
async function follow(site: ExplorerSite, path: string, query: SitePath['query']): Promise<HttpAnswer | string> {
  const target = targetOf(site.url)
  const request = site.fetch ?? fetch
  let at = below(target, path, query)
  for (let hops = 0; ; hops += 1) {
    // What proves who we are is for the configured host alone; what its redirect carries on is its own choice.
    const own = at.origin === target.url.origin ? target.headers : {}
    let location: string | null = null
    const answer = await readHttpAnswer(longestAnswer, async () => {
      const headers = { accept: 'application/json', ...own }
      const response = await request(at.href, { headers, redirect: 'manual', signal: site.signal })
      location = response.headers.get('location')
      return response
    })
    if (!redirects.includes(answer.status) || location === null) return answer
    const next = URL.canParse(location, at.href) ? new URL(location, at) : null
    const why = next === null ? 'that is none' : whyNot(at, next)
    if (next === null || why !== null) return `sends us to another address (HTTP ${answer.status}) ${why}`
    if (hops === mostRedirects) return `sends us from one address to the next (HTTP ${answer.status})`
    at = next
  }
}

/** The address itself is never said: it may hold a key. */
function whyNot(from: URL, to: URL): string | null {
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return 'that is not of the web'
  if (from.protocol === 'https:' && to.protocol === 'http:') return 'without encryption, which we don’t follow'
  // A site outside has no business to make us ask machines that only we can reach.
  const isOwn = ({ href }: URL) => operatorOf({ url: href }) === ownNetwork
  return isOwn(to) && !isOwn(from) ? 'inside our own network, which we don’t follow' : null
}

function readJson(body: string): { readonly json: unknown } | SiteTrouble {
  try {
    return { json: JSON.parse(body) as unknown }
  } catch {
    const what = /^\s*</.test(body) ? 'a web page' : 'something that is no JSON'
    return trouble('not-json', `answered with ${what} instead of data: is it the explorer’s API address?`)
  }
}
