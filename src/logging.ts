// Log lines as data, one JSON object a line to stderr; no secret can pass, wherever in a value, error or stack it stands.

import { type Logger, pino } from 'pino'
import { createRedactor, isSecretName, type Redact } from './redaction.ts'

export type { Logger } from 'pino'

export interface LogSettings {
  readonly level: string
  /** Values of the secret settings. */
  readonly secrets: readonly string[]
  /** Where lines go; stderr unless given, because stdout carries facts. */
  readonly write?: (line: string) => void
}

export function createLogger({ level, secrets, write = toStderr }: LogSettings): Logger {
  const redact = createRedactor(secrets)
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => fieldsOf(fields) },
      // pino's own serializer would run after `log` and find a plain object; this one keeps it.
      serializers: { err: (error: unknown) => error },
    },
    { write: (line) => write(redactLine(line, redact)) },
  )
}

function toStderr(line: string): void {
  process.stderr.write(line)
}

/** Longest text of one field: job errors of a megabyte exist, and the log is read by people. */
const longest = 8_000

/**
 * Cleans every text and number of a line that is already JSON. What pino made is complete (bindings, errors, stacks), so
 * nothing can come into the log beside this.
 */
export function redactLine(line: string, redact: Redact): string {
  let field: string | null = null
  return line.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.eE+-]*/g, (token, colon: string | undefined) => {
    if (!token.startsWith('"')) {
      field = null
      const shown = redact(token)
      return shown === token ? token : JSON.stringify(shown)
    }
    const text = readText(colon === undefined ? token : token.slice(0, token.length - colon.length))
    if (colon !== undefined) {
      field = text
      return JSON.stringify(redact(text)) + colon
    }
    const isHidden = field !== null && isSecretName(field)
    field = null
    return JSON.stringify(isHidden ? '***' : clean(text, redact))
  })
}

function readText(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return literal
  }
}

function clean(text: string, redact: Redact): string {
  if (text.length <= longest) return redact(text)
  // More than will be shown is cleaned, and the end of that left out: the cut may have split a secret.
  const start = redact(text.slice(0, 3 * longest))
  return `${start.slice(0, Math.min(longest, start.length - 1_000))}… (${text.length} characters)`
}

/** Errors anywhere in the fields become data; JSON alone would print them as `{}`. */
function fieldsOf(fields: object): Record<string, unknown> {
  return plain(fields, 0, new Set()) as Record<string, unknown>
}

function plain(value: unknown, depth: number, above: ReadonlySet<unknown>): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth > 6 || above.has(value)) return '[…]'
  const inside = new Set(above).add(value)
  const next = (inner: unknown) => plain(inner, depth + 1, inside)
  if (Array.isArray(value)) return value.slice(0, 100).map(next)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), next(inner)]))
  if (value instanceof Set) return [...value].map(next)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof URL) return value.href
  const entries = ownEntries(value).map(([key, inner]) => [key, next(inner)])
  if (!(value instanceof Error)) return Object.fromEntries(entries)
  const { name, message, stack, cause } = value
  return {
    type: name,
    message,
    stack,
    ...Object.fromEntries(entries),
    ...(cause === undefined ? {} : { cause: next(cause) }),
  }
}

/** A getter may throw; the log line must come all the same. */
function ownEntries(value: object): readonly (readonly [string, unknown])[] {
  return Object.keys(value).map((key) => {
    try {
      return [key, (value as Record<string, unknown>)[key]]
    } catch (error) {
      return [key, `[unreadable: ${error instanceof Error ? error.message : String(error)}]`]
    }
  })
}
