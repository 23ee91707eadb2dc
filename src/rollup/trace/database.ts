// Asks the node's database for a trace: one round trip, and a finding instead of an exception when it can't answer.

import type { Logger } from 'pino'
import type { Finding } from '../../core/finding.ts'
import { DatabaseFailure, type NodeColumns, type NodeDatabase } from '../node-database.ts'
import type { Traced } from './facts.ts'
import { tracedFromRow } from './from-database.ts'
import type { TraceInput } from './input.ts'
import { lookupTables, requiredTables, type TraceRow, traceStatement, type UsualRow } from './query.ts'

export interface DatabaseAnswer {
  readonly outcome: 'found' | 'not-found' | 'failed'
  readonly traced: Traced | null
  readonly row: TraceRow | null
  /** Tables that would have added to the answer and may not be read. */
  readonly unreadable: readonly string[]
  readonly findings: readonly Finding[]
}

export interface TraceDatabase {
  readonly name: string
  /** Never throws. */
  ask(question: TraceInput, settings: { readonly signal: AbortSignal }): Promise<DatabaseAnswer>
}

/** How long the usual times of the stages stay good: they are about the last 50 batches, so they move slowly. */
const usualGoodForMs = 60_000

export function createTraceDatabase(settings: {
  readonly database: NodeDatabase
  readonly now: () => Date
  readonly log: Pick<Logger, 'warn'>
}): TraceDatabase {
  const { database, now, log } = settings
  let usual: { readonly rows: readonly UsualRow[]; readonly at: number } | null = null

  async function read(question: TraceInput, signal: AbortSignal): Promise<[TraceRow, NodeColumns]> {
    const columns = await database.columns({ signal })
    refuseWithout(columns, database.name)
    const known = usual !== null && now().getTime() - usual.at < usualGoodForMs ? usual : null
    const hash = question.kind === 'hash' ? question.hash : null
    const values = [
      hash === null ? null : Buffer.from(hash.slice(2), 'hex'),
      hash,
      question.kind === 'batch' ? question.number : null,
      question.kind === 'block' ? question.number : null,
    ]
    const rows = await database.read<{ trace: TraceRow }>(traceStatement(columns, { usual: !known }), values, {
      signal,
    })
    const row = (rows[0] as { trace: TraceRow }).trace
    if (row.usual) usual = { rows: row.usual, at: now().getTime() }
    return [{ ...row, usual: row.usual ?? known?.rows ?? null }, columns]
  }

  return {
    name: database.name,
    async ask(question, { signal }) {
      try {
        const [row, columns] = await read(question, signal).catch((error: unknown) => {
          if (!isOutdated(error)) throw error
          // The node was upgraded under us: its columns are looked at again, once.
          database.forgetColumns()
          return read(question, signal)
        })
        const traced = tracedFromRow(row)
        const unreadable = lookupTables.filter((table) => !columns.has(table))
        return { outcome: traced ? 'found' : 'not-found', traced, row, unreadable, findings: [] }
      } catch (error) {
        if (!(error instanceof DatabaseFailure)) throw error
        log.warn({ err: error.cause, database: database.name, kind: error.kind }, 'the database gave no trace')
        return { outcome: 'failed', traced: null, row: null, unreadable: [], findings: [failureFinding(error)] }
      }
    },
  }
}

function isOutdated(error: unknown): boolean {
  return error instanceof DatabaseFailure && error.kind === 'missing-table' && error.cause !== undefined
}

/** @throws DatabaseFailure that names the table */
function refuseWithout(columns: NodeColumns, name: string): void {
  const required = lookupTables.some((table) => columns.has(table))
    ? requiredTables
    : [...requiredTables, lookupTables[0]]
  const missing = required.filter((table) => !columns.has(table))
  if (missing.length === 0) return
  const forbidden = missing.filter((table) => columns.forbidden.includes(table))
  if (forbidden.length > 0) {
    throw new DatabaseFailure(
      'no-right',
      `The ${name}’s login may not read ${forbidden.join(', ')}: grant SELECT there.`,
    )
  }
  const text = `The ${name} has no table ${missing.join(', ')}: check that its URL is the node’s own database.`
  throw new DatabaseFailure('missing-table', text)
}

function failureFinding({ kind, message }: DatabaseFailure): Finding {
  return { code: `database-${kind}`, severity: 'warning', values: { kind }, text: message }
}
