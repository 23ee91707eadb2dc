// Removes what must not be seen from a text: known secrets in every spelling, keys in URLs, and tokens by their shape.

export type Redact = (text: string) => string

const hidden = '***'

/** Hashes and addresses of the chain: long and random-looking, but public, and the very thing people ask about. */
const publicHex = /^0x(?:[0-9a-f]{40}|[0-9a-f]{64})$/i

/**
 * Does a word look like an access key? Errs towards yes: a path part wrongly left out of a log costs little. Words joined
 * by hyphens (`block-explorer-api`), with or without a number at the end, are not keys.
 */
export function isKeyLike(word: string): boolean {
  if (word.length < 12 || publicHex.test(word) || /^\d+$/.test(word)) return false
  if (!/^[\w.~+=%:-]+$/.test(word)) return false
  if (/\d/.test(word) && /[a-z]/i.test(word)) return !/^[a-z]+(?:[-.][a-z]+)*[-.]?v?\d{1,4}$/i.test(word)
  if (/[a-z]/.test(word) && /[A-Z]/.test(word)) return !/^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*$/.test(word)
  return word.split(/[-_.~+=%:]/).some((part) => part.length >= 20)
}

/** `secrets` are the values of the secret settings: tokens, URLs, lists of URLs. */
export function createRedactor(secrets: readonly string[]): Redact {
  const known = knownPattern(secrets.flatMap(partsOf))
  return (text) => hideShapes(hideUrls(known === null ? text : text.replace(known, hidden)))
}

/** Shorter words occur by chance in any line; inside a URL their place alone gets them removed. */
const shortest = 4
/** From this length on a match inside a longer word counts too. */
const unmistakable = 8

/** The parts of a secret setting that give access by themselves. */
function partsOf(setting: string): readonly string[] {
  // A database URL may hold a comma, a list of nodes is split at it: both readings count.
  const parts = [setting, ...setting.split(/[,\n]/)].flatMap((item) => {
    const url = item.trim().replace(/^[A-Za-z][\w.-]*=(?=[a-z]+:\/\/)/i, '')
    return URL.canParse(url) && url.includes('://') ? partsOfUrl(new URL(url)) : [url]
  })
  return parts.map((part) => part.trim()).filter((part) => part.length >= shortest)
}

function partsOfUrl(url: URL): readonly string[] {
  const isWeb = url.protocol.startsWith('http')
  const user = decode(url.username)
  const password = decode(url.password)
  const parts = [password]
  if (password === '' || isKeyLike(user)) parts.push(user)
  if (password !== '') parts.push(Buffer.from(`${user}:${password}`).toString('base64').replace(/=+$/, ''))
  for (const [name, value] of url.searchParams) {
    if (secretName.test(name) || (value.length >= unmistakable && /\d/.test(value)) || isKeyLike(value))
      parts.push(value)
    if (value === '' && isWeb) parts.push(name)
  }
  if (!isWeb) return parts
  parts.push(decode(url.hash.slice(1)), ...url.hostname.split('.').filter(isKeyLike))
  // `/v2` says nothing, the customer's path says everything, also when it is made of plain words.
  const path = url.pathname.replace(/\/+$/, '')
  if (path.length >= unmistakable) parts.push(path)
  const isSuspicious = (part: string) => (part.length >= unmistakable && /\d/.test(part)) || isKeyLike(part)
  return [...parts, ...path.split(/[/;=]/).map(decode).filter(isSuspicious)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return text
  }
}

function knownPattern(parts: readonly string[]): RegExp | null {
  const longestFirst = [...new Set(parts)].sort((one, other) => other.length - one.length)
  if (longestFirst.length === 0) return null
  const sources = longestFirst.map((part) => {
    const source = [...part].map(anySpelling).join('')
    return part.length >= unmistakable ? source : `(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`
  })
  return new RegExp(sources.join('|'), 'giu')
}

/** A character as itself, percent-encoded (once or more often), escaped in JSON, or as an entity. */
function anySpelling(character: string): string {
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => `%(?:25){0,3}${byte.toString(16).padStart(2, '0')}`)
  const units = [...Array(character.length).keys()].map(
    (index) => `\\\\{1,8}u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  )
  const spellings = [literal(character), bytes.join(''), units.join('')]
  if (/["\\/]/.test(character)) spellings.push(`\\\\{1,8}${literal(character)}`)
  if (character === ' ') spellings.push('\\+')
  if (character === '&') spellings.push('&amp;')
  return `(?:${spellings.join('|')})`
}

function literal(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}

const secretName = /pass|pwd|secret|token|key|auth|credential|signature|session/i

/** URLs lose userinfo, query values, fragment, and parts of host and path that look like keys. */
function hideUrls(text: string): string {
  const start = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)(\S*)/gi
  let clean = ''
  let done = 0
  for (let found = start.exec(text); found !== null; found = start.exec(text)) {
    const [, scheme = '', rest = ''] = found
    // Several addresses can stand together without a space, as in JSON: the search goes on behind each.
    const [address, after] = splitAddress(withoutUserinfo(scheme, rest))
    clean += text.slice(done, found.index) + hideInUrl(scheme, address)
    done = start.lastIndex - after.length
    start.lastIndex = done
  }
  return clean + text.slice(done)
}

function splitAddress(text: string): readonly [address: string, after: string] {
  const end = text.search(/["'<>\\^`{|}]/)
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)]
}

/** People forget to encode a password, so that it may hold any character: then the last `@` ends it. */
function withoutUserinfo(scheme: string, rest: string): string {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? ''
  if (authority.includes('@')) return rest.slice(authority.lastIndexOf('@') + 1)
  const hasPassword = /:(?!\d{1,5}$)/.test(authority) && !authority.startsWith('[')
  if (!hasPassword && !scheme.toLowerCase().startsWith('postgres')) return rest
  return rest.slice(rest.lastIndexOf('@') + 1)
}

function hideInUrl(scheme: string, address: string): string {
  const [, host = '', path = '', query = '', fragment = ''] = /^([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(address) ?? []
  const shownHost = host.replaceAll(/[^.:]+/g, (label) => (isKeyLike(label) ? hidden : label))
  const shownPath = path.split('/').map(hidePathPart).join('/')
  const shownQuery = query.replaceAll(
    /([?&;])([^=&;]*)(=?)[^&;]*/g,
    (_pair, mark: string, name: string, equals: string) =>
      equals === '' ? mark + (isKeyLike(name) ? hidden : name) : `${mark}${isKeyLike(name) ? hidden : name}=${hidden}`,
  )
  return scheme + shownHost + shownPath + shownQuery + (fragment.length > 1 ? `#${hidden}` : fragment)
}

function hidePathPart(part: string): string {
  const [, word = '', end = ''] = /^(.*?)([.,;:!)\]]*)$/s.exec(part) ?? []
  if (isKeyLike(decode(word))) return hidden + end
  return word.replaceAll(/(=)[^;]+/g, `$1${hidden}`) + end
}

function hideShapes(text: string): string {
  return (
    text
      // Telegram bot tokens; a proxy's error page can put one into a message as part of a path.
      .replace(/(?<![0-9])\d{5,}(?::|%3A)[\w-]{20,}/gi, hidden)
      // Discord: interaction tokens stand in the path of the calls that answer them.
      .replace(/(\/(?:interactions|webhooks)\/\d+\/)[^\s/?#"'<>]+/gi, `$1${hidden}`)
      .replace(/\baW50ZXJhY3Rpb246[\w+/=-]+/g, hidden)
      .replace(/(?<![\w.-])[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}/g, hidden)
      .replace(/\b(Bot|Bearer|Basic)\s+([\w.~+/=-]{8,})/gi, (all: string, kind: string, word: string) =>
        isKeyLike(word) || word.length >= 20 ? `${kind} ${hidden}` : all,
      )
      // password=…, "api_key": "…": in DSNs, headers and bodies quoted in messages.
      .replace(
        /\b(pass(?:word|wd)?|pwd|secret|token|api[-_]?key|access[-_]?key|dkey)(["']?\s*[=:]\s*["']?)[^\s"'&;,}]+/gi,
        `$1$2${hidden}`,
      )
  )
}

/** Is this the name of a field whose value must not be seen at all? */
export function isSecretName(name: string): boolean {
  return /^(?:.*[-_ ])?(?:pass(?:word|wd)?|pwd|secret|token|authorization|cookie|api[-_]?key|private[-_]?key)$/i.test(
    name.replaceAll(/([a-z])([A-Z])/g, '$1_$2'),
  )
}
