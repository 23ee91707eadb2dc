// What a job row is: waiting, queued, running, expired or exhausted. One list of rules, evaluated here or rendered as SQL.

import type { JobTable } from './generation.ts'
import type { StagePolicy } from './policy.ts'

/**
 * `expired`: failed or past its time-out, and automation takes it by itself. `exhausted`: failed or past its time-out, and
 * nothing automatic ever will. `unknown`: a status this program does not know; it is never touched.
 */
export type JobClass = 'waiting' | 'queued' | 'running' | 'expired' | 'exhausted' | 'finished' | 'unknown'

/** Why automation leaves an exhausted row alone. */
export type ExhaustedBecause = 'attempts' | 'not-covered' | 'no-start-time'

export const runningStatuses = ['in_progress', 'in_gpu_proof'] as const
export const waitingStatuses = ['waiting_for_proofs', 'waiting_for_artifacts'] as const
export const finishedStatuses = ['successful', 'sent_to_server', 'skipped', 'ignored'] as const

/** All given parts must hold. Ages are in seconds by the database's clock. */
export interface Condition {
  readonly status: readonly string[]
  readonly attemptsBelow?: number
  /** Since `processing_started_at`; never holds where that is NULL, as in the node's own statements. */
  readonly startedAgo?: { readonly seconds: number; readonly orExactly: boolean }
  /** Without a start time for so long: counted from the last update instead. */
  readonly unstartedFor?: number
}

export interface ClassRule {
  readonly class: JobClass
  readonly because: ExhaustedBecause | null
  readonly when: Condition
}

/** The facts of one row that decide its class. */
export interface ClassFacts {
  readonly status: string
  readonly attempts: number
  /** Seconds since `processing_started_at` and `updated_at` by the database's clock. */
  readonly startedAgo: number | null
  readonly updatedAgo: number
}

/** The first rule that holds gives the class; none: unknown. */
export function classRules(
  table: Pick<JobTable, 'covered' | 'automation'>,
  policy: Pick<StagePolicy, 'maxAttempts' | 'timeoutSeconds'>,
): readonly ClassRule[] {
  const { maxAttempts, timeoutSeconds: seconds } = policy
  const rule = (name: JobClass, when: Condition, because: ExhaustedBecause | null = null): ClassRule => ({
    class: name,
    because,
    when,
  })
  const uncovered = runningStatuses.filter((status) => !table.covered.includes(status))
  // Workers of the old witness tables take an old row over whatever its attempts; the house keeper never looks at them.
  const pastTime: Condition =
    table.automation === 'takeover'
      ? { status: table.covered, startedAgo: { seconds, orExactly: false } }
      : { status: table.covered, startedAgo: { seconds, orExactly: true }, attemptsBelow: maxAttempts }
  return [
    rule('finished', { status: finishedStatuses }),
    rule('waiting', { status: waitingStatuses }),
    rule('queued', { status: ['queued'] }),
    rule('expired', { status: ['failed'], attemptsBelow: maxAttempts }),
    rule('expired', pastTime),
    rule('exhausted', { status: ['failed'] }, 'attempts'),
    ...(table.automation === 'requeue'
      ? [rule('exhausted', { status: table.covered, startedAgo: { seconds, orExactly: true } }, 'attempts')]
      : []),
    rule('exhausted', { status: uncovered, startedAgo: { seconds, orExactly: true } }, 'not-covered'),
    rule('exhausted', { status: runningStatuses, unstartedFor: seconds }, 'no-start-time'),
    rule('running', { status: runningStatuses }),
  ].filter((candidate) => candidate.when.status.length > 0)
}

export function classify(
  row: ClassFacts,
  rules: readonly ClassRule[],
): { readonly class: JobClass; readonly because: ExhaustedBecause | null } {
  const rule = rules.find((candidate) => holds(candidate.when, row))
  return rule ? { class: rule.class, because: rule.because } : { class: 'unknown', because: null }
}

function holds(when: Condition, row: ClassFacts): boolean {
  if (!when.status.includes(row.status)) return false
  if (when.attemptsBelow !== undefined && row.attempts >= when.attemptsBelow) return false
  if (when.unstartedFor !== undefined && (row.startedAgo !== null || row.updatedAgo < when.unstartedFor)) return false
  if (!when.startedAgo) return true
  const { seconds, orExactly } = when.startedAgo
  return row.startedAgo !== null && (orExactly ? row.startedAgo >= seconds : row.startedAgo > seconds)
}

/** The database's clock as a UTC `timestamp`, whatever the session's zone. */
export const utcNow = `(now() AT TIME ZONE 'UTC')`

/** `CASE … END` over a row of the table (alias optional) that yields its class. */
export function classSql(rules: readonly ClassRule[], alias = ''): string {
  return caseOf(rules, alias, (rule) => rule.class)
}

/** Class and reason in one, so that a row is judged once: `exhausted/attempts`. Read it with `classOf` and `becauseOf`. */
export function judgementSql(rules: readonly ClassRule[], alias = ''): string {
  return caseOf(rules, alias, (rule) => (rule.because === null ? rule.class : `${rule.class}/${rule.because}`))
}

export const classOf = (column: string): string => `split_part(${column}, '/', 1)`
export const becauseOf = (column: string): string => `nullif(split_part(${column}, '/', 2), '')`

function caseOf(rules: readonly ClassRule[], alias: string, value: (rule: ClassRule) => string): string {
  const branches = rules.map((rule) => `WHEN ${conditionSql(rule.when, alias)} THEN ${literal(value(rule))}`)
  return `CASE ${branches.join('\n    ')}\n    ELSE 'unknown' END`
}

export function conditionSql(when: Condition, alias = ''): string {
  const column = (name: string): string => (alias === '' ? name : `${alias}.${name}`)
  const parts = [`${column('status')} IN (${when.status.map(literal).join(', ')})`]
  if (when.attemptsBelow !== undefined) parts.push(`${column('attempts')} < ${whole(when.attemptsBelow)}`)
  if (when.startedAgo) {
    const { seconds, orExactly } = when.startedAgo
    parts.push(`${column('processing_started_at')} ${orExactly ? '<=' : '<'} ${before(seconds)}`)
  }
  if (when.unstartedFor !== undefined) {
    parts.push(`${column('processing_started_at')} IS NULL AND ${column('updated_at')} <= ${before(when.unstartedFor)}`)
  }
  return parts.join(' AND ')
}

function before(seconds: number): string {
  return `${utcNow} - make_interval(secs => ${whole(seconds)})`
}

/** Policy numbers are written into the statement, so nothing but a whole number may pass. */
function whole(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a whole number: ${value}`)
  return String(value)
}

function literal(word: string): string {
  if (!/^[a-z_/-]+$/.test(word)) throw new RangeError(`not a plain word: ${word}`)
  return `'${word}'`
}
