// Approvals and what became of them, beside the rows they change: claim, row changes and record are one transaction.

import { randomBytes, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Applied, Outcome } from '../core/command.ts'
import { UserError } from '../core/errors.ts'
import type { Approval, Claim, ControlStore, Press } from '../core/records.ts'
import {
  decideApproval,
  expireApprovals,
  finishApproval,
  insertApproval,
  selectApproval,
  selectDecided,
  selectMatching,
  selectPending,
} from './approvals-table.ts'
import { insertChange, selectChanges } from './changes-table.ts'
import { createDatabase, type Database, type DatabaseLimits, type Queryable } from './database.ts'
import { CommitAnswerLost, describeTrouble, isDatabaseTrouble } from './database-trouble.ts'
import { migrate } from './migrations.ts'
import { keepStoreId } from './store-table.ts'

export interface ControlStoreSettings<Changing> {
  /** As it stands inside a sentence of an answer: `the control database of era`. */
  readonly name: string
  readonly url: string
  readonly log: Logger
  /** What apply may use, bound to the connection of the claiming transaction. */
  readonly changing: (connection: Queryable) => Changing
  readonly limits?: Partial<DatabaseLimits>
  /** How long to look for the outcome after the answer to COMMIT was lost. */
  readonly settleMs?: number
}

export interface OpenControlStore<Changing> extends ControlStore<Changing> {
  /** Resolves when changes could be made here right now, throws a UserError that says why not. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Opens at the first call, and again after trouble. Every failure of the database is a UserError that can be shown. */
export function createControlStore<Changing>(settings: ControlStoreSettings<Changing>): OpenControlStore<Changing> {
  const { name, changing, settleMs = 20_000 } = settings
  const database = createDatabase(settings)
  let opening: Promise<string> | undefined

  function open(): Promise<string> {
    opening ??= prepare(database).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function using<T>(work: (storeId: string) => Promise<T>): Promise<T> {
    try {
      return await work(await open())
    } catch (error) {
      throw isDatabaseTrouble(error) ? unreachable(name, error) : error
    }
  }

  async function decide(id: string, press: Press, decision: Decision): Promise<Claim> {
    const claim = randomUUID()
    try {
      return await database.transaction(async (connection) => {
        const approval = await decideApproval(connection, id, press, { state: decision.state, claim })
        if (!approval) return { claimed: false, approval: await selectApproval(connection, id) }
        return { claimed: true, approval: await decision.act(connection, approval) }
      })
    } catch (error) {
      if (!(error instanceof CommitAnswerLost)) throw error
      settings.log.warn({ approval: id }, 'the answer to COMMIT was lost; reading what became of it')
      return settle(database, name, { id, claim, settleMs })
    }
  }

  return {
    id: () => using((storeId) => Promise.resolve(storeId)),
    propose: (approval) =>
      using(async (storeId) => {
        const id = `${storeId}.${randomName()}`
        const kept = await database.write(async (connection) => {
          await insertApproval(connection, id, approval)
          return selectApproval(connection, id)
        })
        if (!kept) throw new Error(`The approval ${id} was not kept.`)
        return kept
      }),
    read: (id) => using(() => selectApproval({ query: database.read }, id)),
    withClaim: (id, press, work) =>
      using(() =>
        decide(id, press, {
          state: 'changed',
          act: (connection, approval) =>
            carryOut(connection, approval, press, () => work(approval, changing(connection))),
        }),
      ),
    cancel: (id, press) =>
      using(() => decide(id, press, { state: 'cancelled', act: (_connection, approval) => Promise.resolve(approval) })),
    expireDue: () => using(() => database.transaction(expireApprovals)),
    pending: () => using(() => selectPending({ query: database.read })),
    matching: (word) => using(() => selectMatching({ query: database.read }, word)),
    changes: (filter) => using(() => selectChanges({ query: database.read }, filter)),
    check: () =>
      using(async () => {
        await database.transaction((connection) => connection.query('SELECT 1'))
      }),
    close: () => database.close(),
  }
}

interface Decision {
  readonly state: Outcome
  /** Within the transaction that decided; throwing leaves the approval pending. */
  readonly act: (connection: Queryable, approval: Approval) => Promise<Approval>
}

async function prepare(database: Database): Promise<string> {
  await migrate(database, 'control')
  return database.write(keepStoreId)
}

async function carryOut(
  connection: Queryable,
  approval: Approval,
  press: Press,
  work: () => Promise<Applied>,
): Promise<Approval> {
  const applied = await work()
  const outcome = outcomeOf(applied)
  await insertChange(connection, approval, press, outcome, applied)
  return finishApproval(connection, approval.id, outcome, applied)
}

function outcomeOf({ moved, left }: Applied): Outcome {
  if (moved.length === 0) return 'changed'
  return left.length === 0 ? 'applied' : 'partial'
}

/**
 * Was it committed? The row is locked to read it, so a transaction that the server still holds open comes to its end
 * first (a silent one is ended by the server). The claim's token tells our decision from another's.
 */
async function settle(
  database: Database,
  name: string,
  { id, claim, settleMs }: { readonly id: string; readonly claim: string; readonly settleMs: number },
): Promise<Claim> {
  const startedAt = performance.now()
  for (;;) {
    try {
      const found = await database.transaction((connection) => selectDecided(connection, id), 4000)
      if (found?.claim === claim) return { claimed: true, approval: found.approval }
      if (found?.approval.state !== 'pending') return { claimed: false, approval: found?.approval ?? null }
      throw new UserError(
        `The connection to ${name} broke before the change was saved. Nothing was changed.\nPress the button again.`,
        'unreachable',
      )
    } catch (error) {
      if (!isDatabaseTrouble(error)) throw error
      if (performance.now() - startedAt > settleMs) throw outcomeUnknown(name, error)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The one failure after which something may have been done. */
function outcomeUnknown(name: string, error: unknown): UserError {
  return new UserError(
    `I lost ${name} while it was saving the change (${describeTrouble(error)}). It was made whole or not at all.\nWhen the database is back, /audit tells which.`,
    'unreachable',
  )
}

function unreachable(name: string, error: unknown): UserError {
  return new UserError(`I can't use ${name}: ${describeTrouble(error)}. Nothing was changed.`, 'unreachable')
}

/** 80 random bits in letters that survive being read aloud and typed. */
function randomName(): string {
  const letters = '0123456789abcdefghjkmnpqrstvwxyz'
  return Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join('')
}
