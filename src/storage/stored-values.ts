// Values on their way into and out of our tables: JSON that survives hostile text, UTC times, batch numbers to filter by.

/** Postgres text can't hold NUL, and half a surrogate pair is no character: both become U+FFFD. */
export function storable(text: string): string {
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD')
}

export function storableOrNull(text: string | null | undefined): string | null {
  return text == null ? null : storable(text)
}

/** Big integers become decimal strings, as everywhere in facts. Null where JSON has no word for it. */
export function toJson(value: unknown): string | null {
  return JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? inner.toString() : plain(inner))) ?? null
}

function plain(value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value
}

/** Microseconds survive, whatever the session's zone and style. For columns of type timestamptz. */
export function isoText(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** More than this from one range is not worth an index entry each. */
const longestRange = 1000

const batchWords = /\bbatch(?:es)?[\s#:=]*(\d{1,15})(?:\s*-\s*(\d{1,15}))?/gi
const bareNumbers = /^\s*(\d{1,15})(?:\s*-\s*(\d{1,15}))?\s*$/

/**
 * The L1 batch numbers that a request or a change is about, so that `/audit batch 1143` finds it: numbers under a name
 * like `batch`, `batches` or `what`, ranges, and "batch 7670" inside a text.
 */
export function batchesIn(value: unknown): number[] {
  const found = new Set<number>()
  collect(value, false, found)
  return [...found].sort((a, b) => a - b)
}

function collect(value: unknown, named: boolean, found: Set<number>): void {
  if (typeof value === 'number') {
    if (named && Number.isSafeInteger(value) && value >= 0) found.add(value)
  } else if (typeof value === 'string') {
    const bare = named ? bareNumbers.exec(value) : null
    for (const match of bare ? [bare] : value.matchAll(batchWords)) addRange(match[1], match[2], found)
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, named, found)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value))
      collect(inner, /^(batch|batches|what)$|Batch(es)?$/.test(name), found)
  }
}

function addRange(first: string | undefined, last: string | undefined, found: Set<number>): void {
  const from = Number(first)
  const to = Math.min(last === undefined ? from : Number(last), from + longestRange - 1)
  for (let batch = from; batch <= to; batch += 1) found.add(batch)
}
