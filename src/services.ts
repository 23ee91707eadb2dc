// Types only: what a command may use for reading, and what for changing. main.ts hands them over; nothing else does.

import type { Access, Role } from './core/access.ts'
import type { FoundApprovals } from './core/approval-search.ts'
import type { Command } from './core/command.ts'
import type { AuditEntry, AuditFilter, ChangeEntry, MaintenanceBook, QueueSamples, Reminders } from './core/records.ts'
import type { Request } from './core/request.ts'
import type { Runbooks } from './knowledge/runbooks.ts'
import type { OutageCheck } from './rollup/outage/check.ts'
import type { ProverControl } from './rollup/prover/change.ts'
import type { ProverJobs } from './rollup/prover-jobs.ts'
import type { TransactionTrace } from './rollup/transaction-trace.ts'

// Commands and presentation take the types of facts from here; the rooms that make them stay closed to them.
export type * from './rollup/outage/answer.ts'
export type * from './rollup/outage/report/facts.ts'
export type * from './rollup/prover/change.ts'
export type * from './rollup/prover/facts.ts'
export type * from './rollup/trace/facts.ts'

/** One chain's services. A part that is not configured throws a UserError (`not-configured`) that names the setting. */
export interface ChainReading {
  readonly name: string
  readonly trace: TransactionTrace
  readonly proverJobs: ProverJobs
  readonly outage: OutageCheck
}

/** What `run` and `plan` may use: nothing here can write to a node's database. */
export interface Reading {
  /** The chain it is about: the one named, else the first. */
  readonly chain: ChainReading
  readonly chains: readonly ChainReading[]
  /** Did the asker name the chain? */
  readonly chainNamed: boolean
  /** Aborts at the command's deadline. */
  readonly signal: AbortSignal
  readonly now: () => Date
  readonly request: Request
  /** The human behind the request, as shown to people. */
  readonly person: string
  readonly commands: readonly Command[]
  /** May the asker do this here? The same function that decides. */
  access(command: Command, chain: string | null): Access
  /** What the asker holds here, chain by chain, and by which configured entry. */
  rolesHere(): readonly { readonly chain: string; readonly role: Role | null; readonly because: string }[]
  readonly reminders: Reminders
  readonly maintenance: MaintenanceBook
  readonly queueSamples: Pick<QueueSamples, 'of'>
  readonly runbooks: Runbooks
  /** Changes of the chains the asker may see here. */
  readonly approvals: {
    pending(): Promise<FoundApprovals>
    /** By id or by the short name a preview shows; decided ones too. */
    matching(word: string): Promise<FoundApprovals>
  }
  readonly audit: {
    requests(filter: AuditFilter): Promise<readonly AuditEntry[]>
    /** Merged from every control store; the names of those that could not be reached come with it. */
    changes(
      filter: AuditFilter,
    ): Promise<{ readonly entries: readonly ChangeEntry[]; readonly unreachable: readonly string[] }>
  }
}

/** What `apply` may use, bound to the transaction that claimed the approval. */
export interface Changing {
  readonly proverControl: ProverControl
}
