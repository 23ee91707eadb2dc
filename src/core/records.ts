// What the core asks of storage: interfaces only. `src/storage/` implements them on Postgres.

import type { Applied, Outcome } from './command.ts'
import type { MaintenanceNote, MaintenancePage } from './maintenance.ts'
import type { MessageRef, Place } from './request.ts'

/** `recorded: false`: the state store could not be reached; the answer then says "not recorded". */
export interface Recorded {
  readonly recorded: boolean
}

/** Unfinished prover jobs of a chain, by state. */
export interface QueueStates {
  readonly queued: number
  readonly running: number
  readonly inGpuProof: number
  readonly failed: number
  /** Among running, in GPU proof and failed: those that nothing automatic will ever take. */
  readonly exhausted: number
}

export interface QueueSample extends QueueStates {
  /** ISO 8601 UTC. */
  readonly at: string
}

/** What the watcher kept of the prover's queue. */
export interface QueueSamples {
  /** Never throws. */
  add(chain: string, states: QueueStates): Promise<Recorded>
  /** Of the last hours, oldest first; none where the store is down. Never throws. */
  of(chain: string, hours: number): Promise<readonly QueueSample[]>
}

export interface RequestEntry {
  readonly id: string
  readonly account: string | null
  readonly person: string
  readonly platform: string
  readonly place: string
  readonly chain: string | null
  readonly command: string
  /** Options as read, without secrets. */
  readonly options: unknown
  /** `started`, or `refused: <why>`. */
  readonly decision: string
}

export interface AuditEntry extends RequestEntry {
  /** ISO 8601 UTC, microseconds. */
  readonly startedAt: string
  /** `outcome unknown` where a crash left the row open. */
  readonly outcome: string
  readonly durationMs: number | null
}

export interface AuditFilter {
  readonly person?: string
  readonly command?: string
  readonly batch?: number
  readonly since?: Date
  readonly until?: Date
  readonly limit: number
}

/** Every request leaves a row before it acts and its outcome after, refusals included. */
export interface RequestAudit {
  /** `duplicate: true` when this request id is already there: another copy, or a second delivery, has it. Never throws. */
  start(entry: RequestEntry): Promise<Recorded & { readonly duplicate: boolean }>
  /** Never throws. */
  finish(id: string, outcome: string, durationMs: number): Promise<Recorded>
  list(filter: AuditFilter): Promise<readonly AuditEntry[]>
}

export type ApprovalState = 'pending' | Outcome

export interface NewApproval {
  readonly command: string
  readonly chain: string
  readonly options: unknown
  /** Plain data of the plan: what `apply` gets. */
  readonly change: unknown
  /** The plan's facts: what report and edited messages need. */
  readonly facts: unknown
  readonly askedBy: { readonly account: string | null; readonly person: string; readonly known: boolean }
  readonly place: Place
  readonly requestId: string
  readonly role: string
  readonly secondPerson: boolean
  readonly minutes: number
}

export interface Approval extends NewApproval {
  /** At most 40 characters; names the store and the row. */
  readonly id: string
  readonly state: ApprovalState
  readonly createdAt: string
  readonly expiresAt: string
  readonly decidedBy: string | null
  readonly decidedAt: string | null
  readonly moved: readonly string[]
  readonly left: readonly { readonly key: string; readonly why: string }[]
}

export interface Press {
  readonly account: string
  readonly person: string
  readonly requestId: string
}

export interface ChangeEntry {
  readonly approval: string
  readonly command: string
  readonly chain: string
  readonly askedBy: string
  readonly approvedBy: string
  readonly outcome: Outcome
  readonly moved: readonly string[]
  readonly left: readonly { readonly key: string; readonly why: string }[]
  readonly before: unknown
  readonly after: unknown
  readonly at: string
}

export type Claim =
  | { readonly claimed: true; readonly approval: Approval }
  /** The approval as it is now: already decided, expired, or unknown (`null`). */
  | { readonly claimed: false; readonly approval: Approval | null }

/**
 * Approvals and append-only change records, in the database whose rows the change moves, so that claim, row changes and
 * record are one transaction (design section 5 rule 2). `Changing` is what apply may use, bound to that transaction.
 */
export interface ControlStore<Changing> {
  /** Kept in the store itself: chains that reach the same database share it. */
  id(): Promise<string>
  propose(approval: NewApproval): Promise<Approval>
  read(id: string): Promise<Approval | null>
  /**
   * Begins, claims by one conditional update (pending and not expired by the database's clock), calls `work`, writes the
   * change record, commits. Two hundred presses at once: one claims. When the answer to COMMIT is lost it reconnects and
   * reads the approval before saying anything.
   * @throws UserError when nothing was done; and (`unreachable`) when the outcome could not be learned in time: then it
   * was done whole or not at all, and the text says so
   */
  withClaim(
    id: string,
    press: Press,
    work: (approval: Approval, changing: Changing) => Promise<Applied>,
  ): Promise<Claim>
  /** pending → cancelled. */
  cancel(id: string, press: Press): Promise<Claim>
  /** Pending ones past their time become `expired`; returns those. */
  expireDue(): Promise<readonly Approval[]>
  pending(): Promise<readonly Approval[]>
  /** By whole id, or by how its own name begins where it is of the last day: at most five, pending ones first. */
  matching(word: string): Promise<readonly Approval[]>
  changes(filter: AuditFilter): Promise<readonly ChangeEntry[]>
}

/** Which messages show what (an approval id, an alert id): they are edited together, also after a restart. Never throws. */
export interface MessageBook {
  add(subject: string, message: MessageRef): Promise<Recorded>
  of(subject: string): Promise<readonly MessageRef[]>
  /**
   * Telegram moved a group: the move is remembered and reminders follow. References to its messages are forgotten,
   * because messages have other numbers in the new place: what is pending is to be sent anew.
   */
  move(from: string, to: string): Promise<void>
}

export interface Reminder {
  readonly id: string
  /** Who handles it: `trace-notify`, `change-follow`. */
  readonly kind: string
  readonly chain: string
  readonly place: Place
  readonly payload: unknown
  /** Since it was added, by the store's clock. */
  readonly ageSeconds: number
}

/** Things to come back to, surviving a restart: `/trace … notify`, following the rows of a requeue. */
export interface Reminders {
  add(reminder: Omit<Reminder, 'id' | 'ageSeconds'> & { readonly firstInSeconds: number }): Promise<Recorded>
  /** Those due now, each handed to one process only for the next minute. */
  due(limit: number): Promise<readonly Reminder[]>
  again(id: string, payload: unknown, inSeconds: number): Promise<void>
  done(id: string): Promise<void>
}

export interface NewMaintenance {
  readonly chain: string
  /** ISO 8601 UTC; null: now, by the store's clock. */
  readonly from: string | null
  readonly seconds: number
  readonly reason: string | null
  readonly by: string
  readonly account: string | null
  /** The same request noted twice is one note. */
  readonly requestId: string
}

/** Planned pauses, per chain. Nothing here throws: null means that the state store could not be reached. */
export interface MaintenanceBook {
  /** One that begins now takes the place of what is on: that ends, and is named. */
  add(
    entry: NewMaintenance,
  ): Promise<{ readonly note: MaintenanceNote; readonly inPlaceOf: readonly MaintenanceNote[] } | null>
  /** Ends what is on; where nothing is, calls off what is planned; with an id, that note only. Those ended. */
  end(
    question: { readonly chain: string; readonly id: number | null },
    by: string,
  ): Promise<readonly MaintenanceNote[] | null>
  of(chain: string): Promise<MaintenancePage | null>
}
