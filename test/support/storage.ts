// What the storage tests share: a silent log that remembers, approvals to propose, and a table that changes move rows in.

import { type Logger, pino } from 'pino'
import type { NewApproval, Press, RequestEntry } from '../../src/core/records.ts'
import type { Queryable } from '../../src/storage/database.ts'

export interface KeptLog {
  readonly log: Logger
  /** Every line as text. */
  readonly lines: readonly string[]
}

export function createKeptLog(): KeptLog {
  const lines: string[] = []
  return { log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }), lines }
}

export const silentLog: Logger = pino({ level: 'silent' })

/** A busy machine must not look like trouble; tests of trouble give limits of their own. */
export const patientLimits = { connectMs: 30_000, lockMs: 20_000, statementMs: 20_000, idleMs: 30_000 }

export function newApproval(changes: Partial<NewApproval> = {}): NewApproval {
  return {
    command: 'requeue',
    chain: 'era',
    options: { what: '1139-1143' },
    change: [{ key: 'prover_jobs/7', updatedAt: '2023-09-05 11:27:00.123456' }],
    facts: { rows: [{ key: 'prover_jobs/7', batch: 1139 }] },
    askedBy: { account: 'discord-user:1', person: 'mei', known: true },
    place: { platform: 'discord', id: '10', kind: 'group', guild: '9' },
    requestId: 'discord-interaction:100',
    role: 'operator',
    secondPerson: false,
    minutes: 10,
    ...changes,
  }
}

export const press: Press = { account: 'telegram-user:2', person: 'ola', requestId: 'telegram-update:200' }

export function newRequest(id: string, changes: Partial<RequestEntry> = {}): RequestEntry {
  return {
    id,
    account: 'discord-user:1',
    person: 'mei',
    platform: 'discord',
    place: '10',
    chain: 'era',
    command: 'trace',
    options: { what: 'batch 7670' },
    decision: 'started',
    ...changes,
  }
}

/** Stands for the node's job table: rows that a change moves in the claiming transaction. */
export const jobsTable = 'CREATE TABLE jobs (id int PRIMARY KEY, status text NOT NULL, moved_at timestamp)'

export interface JobChanging {
  /** Moves the row if it is still failed. */
  requeue(id: number): Promise<boolean>
}

export function jobChanging(connection: Queryable): JobChanging {
  return {
    requeue: async (id) => {
      const { rows } = await connection.query(
        "UPDATE jobs SET status = 'queued', moved_at = now() WHERE id = $1 AND status = 'failed' RETURNING id",
        [id],
      )
      return rows.length === 1
    },
  }
}
