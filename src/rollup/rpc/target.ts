// Where requests of one configured address go: the address without its login, which travels in a header, and paths joined to it.

import { secretsOf } from './rpc-failure.ts'

export interface Target {
  readonly url: URL
  /** What belongs to this host alone. */
  readonly headers: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

/** fetch refuses a URL that carries a user name, and repeats it in the error: credentials go into a header instead. */
export function targetOf(text: string): Target {
  const url = new URL(text)
  const secrets = secretsOf(url)
  const headers: Record<string, string> = {}
  if (url.username !== '' || url.password !== '') {
    const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(login).toString('base64')}`
    url.username = ''
    url.password = ''
  }
  return { url, headers, secrets }
}

/** A key in the configured address stays where it is: in the path before ours, in the query beside ours, as it was written. */
export function below({ url }: Target, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const joined = new URL(url)
  joined.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  joined.search = [url.search.slice(1), new URLSearchParams(query).toString()].filter((part) => part !== '').join('&')
  joined.hash = ''
  return joined
}
