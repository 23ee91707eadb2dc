// What a failed database call means: is the way there broken, and how to say it to a person without a secret.

import { DatabaseError } from 'pg'

/** The answer to COMMIT never came: it may have happened or not, and only reading again can tell. */
export class CommitAnswerLost extends Error {
  constructor(cause: unknown) {
    super('The connection broke after COMMIT was sent.', { cause })
    this.name = 'CommitAnswerLost'
  }
}

/** No connection was to be had: nothing was sent. Keeps the reason in words alone, since some errors carry the URL. */
export class NoConnection extends Error {
  constructor(cause: unknown) {
    super(describeTrouble(cause))
    this.name = 'NoConnection'
  }
}

/** The place can be reached, but our tables can't be kept there: no retry helps before a person acts. */
export class UnfitDatabase extends Error {
  constructor(text: string) {
    super(text)
    this.name = 'UnfitDatabase'
  }
}

/** By Node's or Postgres's code. */
const said: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name could not be looked up',
  ERR_INVALID_URL: 'its URL can not be read: special characters in a password are written %40 and the like',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'its host can not be reached',
  ENETUNREACH: 'its network can not be reached',
  '25006': 'it is read-only (a replica, or made read-only): give the URL of the primary',
  '28000': 'it refuses the login',
  '28P01': 'it refuses the password',
  '3D000': 'the database does not exist',
  '42501': 'the login lacks a right',
  '53100': 'its disk is full',
  '53300': 'it has no free connection (too many clients)',
  '55P03': 'another session holds the row locked',
  '57014': 'it took too long and was cancelled',
  '57P01': 'it is shutting down or restarting',
  '57P02': 'it crashed and is restarting',
  '57P03': 'it is starting up',
}

const networkCodes = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED']

/** How pg says, without a code, that a connection is of no use any more. */
const pgSays = /^(Query read timeout|Connection terminated|Client (has encountered|was closed)|Cannot use a pool after)/

/** True when this connection is over, or none was to be had; false for an answer, and for anything else that was thrown. */
export function isConnectionTrouble(error: unknown): boolean {
  if (error instanceof CommitAnswerLost || error instanceof NoConnection) return true
  if (error instanceof DatabaseError) return isServerGoing(error)
  return error instanceof Error && (networkCodes.includes(codeOf(error) ?? '') || pgSays.test(error.message))
}

/** Nothing can be kept there now, whichever statement comes next. */
export function isStoreDown(error: unknown): boolean {
  if (error instanceof UnfitDatabase || isConnectionTrouble(error)) return true
  return error instanceof DatabaseError && error.code === '25006'
}

/** Trouble of the database rather than a mistake of ours: worth saying, and worth another try later. */
export function isDatabaseTrouble(error: unknown): boolean {
  return isStoreDown(error) || (error instanceof DatabaseError && said[error.code ?? ''] !== undefined)
}

/** A server's own answer that says this connection is over, or that no new one is to be had. */
function isServerGoing(error: DatabaseError): boolean {
  const code = error.code ?? ''
  return error.severity === 'FATAL' || code.startsWith('08') || code.startsWith('57P') || code === '53300'
}

/** One clause for logs, health and answers. Server messages name columns and users, never passwords. */
export function describeTrouble(error: unknown): string {
  if (error instanceof CommitAnswerLost) return 'the connection broke while it was saving'
  if (error instanceof UnfitDatabase || error instanceof NoConnection) return error.message
  const known = said[codeOf(error) ?? '']
  if (error instanceof DatabaseError) {
    const detail = error.code === '42501' || known === undefined ? ` (${error.code}: ${error.message})` : ''
    return `${known ?? 'it answered with an error'}${detail}`
  }
  if (known !== undefined) return known
  const text = error instanceof Error ? error.message : ''
  if (/timeout/i.test(text)) return 'it did not answer in time'
  if (/terminated|not queryable|closed/i.test(text)) return 'the connection broke'
  if (/password must be/.test(text)) return 'it wants a password, and its URL has none'
  if (/support SSL/.test(text)) return 'it does not speak TLS: leave sslmode out of its URL, or switch TLS on there'
  // Not the text: that of an unknown failure may quote the URL.
  return `it could not be used (${codeOf(error) ?? 'unknown failure'})`
}

function codeOf(error: unknown): string | null {
  // Node wraps the attempts on several addresses of one host in an AggregateError that has a code but no message.
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}
