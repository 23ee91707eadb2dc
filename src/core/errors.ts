// Two kinds of failure: one the person can act on (UserError), and one of ours that becomes a reference to look up.

/** Stable words for `--json` and tests. */
export type ErrorCode =
  | 'bad-input'
  | 'not-found'
  | 'unknown-command'
  | 'refused'
  | 'rate-limited'
  | 'gone'
  | 'not-configured'
  | 'unreachable'
  | 'timed-out'
  | 'internal'

/** Something the person can act on: what is wrong, then what to do, in at most two lines. Never logged as an error. */
export class UserError extends Error {
  readonly code: ErrorCode
  constructor(text: string, code: ErrorCode = 'bad-input') {
    super(text)
    this.name = 'UserError'
    this.code = code
  }
}

/** Exit codes of one shell command (design: section 3). */
export function exitCodeOf(code: ErrorCode): number {
  if (code === 'not-configured') return 2
  if (code === 'unreachable' || code === 'timed-out' || code === 'internal') return 3
  return 1
}

const referenceAlphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** A short reference a person can read aloud; `random` gives numbers in [0, 1). */
export function makeReference(random: () => number): string {
  return Array.from({ length: 4 }, () => referenceAlphabet[Math.floor(random() * referenceAlphabet.length)]).join('')
}

/** The text of anything thrown, for logs only. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
