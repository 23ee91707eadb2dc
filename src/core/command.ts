// The command contract: a read answers, a change plans, waits for a yes, and applies. Facts stay apart from presentation.

import type { z } from 'zod'
import type { Changing, Reading } from '../services.ts'
import type { Role } from './access.ts'
import type { OptionRecord, OptionValues } from './options.ts'
import type { Approval } from './records.ts'
import type { Reply } from './reply.ts'

interface Declaration<R extends OptionRecord> {
  /** As typed, with hyphens: `prover-status`. Platforms derive their own spelling. */
  readonly name: string
  readonly summary: string
  readonly example: string
  readonly role: Role | 'anyone'
  /** Discord fixes it at the first acknowledgement, so it belongs to the declaration. */
  readonly visibility: 'public' | 'private'
  /**
   * `one`: works on one chain, and with several configured takes a `chain` option (left out: the first, and the answer
   * says so). `all`: looks at every chain itself unless one is named. `none`: not about a chain.
   */
  readonly chains: 'one' | 'all' | 'none'
  readonly options: R
  /** After this many milliseconds the work is aborted and the answer says so. Default 7000. */
  readonly deadlineMs?: number
}

export interface ReadCommand<R extends OptionRecord = OptionRecord, F = unknown> extends Declaration<R> {
  readonly kind: 'read'
  /** Asks the services and returns plain data: what `--json` prints and golden tests feed. */
  run(options: OptionValues<R>, reading: Reading): Promise<F>
  present(facts: F): Reply
  /** A change to show as it stands instead: with its buttons, and edited with its other messages from then on. */
  shows?(facts: F): Approval | null
  /** Exit code of the shell command; 0 unless given (design section 3). */
  exitCode?(facts: F): number
}

/** Facts of a plan as the asker sees them; core adds `id` and `approval`. */
export interface Proposal {
  readonly id: string | null
  readonly approval: { readonly role: Role; readonly by: string; readonly expiresAt: string } | null
}

/** One row that stayed as it was, and why. */
export interface Left {
  readonly key: string
  readonly why: string
}

export type Outcome = 'applied' | 'partial' | 'changed' | 'refused' | 'expired' | 'cancelled'

/** What became of a change: the facts of a press, of `rollcall approve`, and of every edited message. */
export interface ChangeResult {
  readonly id: string
  readonly outcome: Outcome
  readonly moved: readonly string[]
  readonly left: readonly Left[]
  /** The person who decided, as shown to people; null when nobody did (expired). */
  readonly by: string | null
  /** ISO 8601 UTC. */
  readonly at: string
  /** Why, where the outcome is `refused`. */
  readonly why?: string
}

/** What `apply` did, row by row; `before` and `after` go into the append-only change record. */
export interface Applied {
  readonly moved: readonly string[]
  readonly left: readonly Left[]
  readonly before: unknown
  readonly after: unknown
}

/** How a change goes on after it was applied: the new text of its message, and whether watching can end. */
export interface FollowUp {
  readonly reply: Reply
  readonly settled: boolean
  /** What went wrong again since it was applied; whenever it grows, the place is told by a new message. */
  readonly failed: number
}

export interface ChangeCommand<R extends OptionRecord = OptionRecord, C = unknown, F extends object = object>
  extends Declaration<R> {
  readonly kind: 'change'
  readonly approval: { readonly role: Role; readonly minutes: number }
  /** Checks the stored change when it is read back for `apply`. */
  readonly change: z.ZodType<C>
  /**
   * Reads only. `change: null` when there is nothing to approve (no row fits, or nobody here could apply it): the preview
   * then comes without buttons.
   */
  plan(options: OptionValues<R>, reading: Reading): Promise<{ readonly change: C | null; readonly facts: F }>
  preview(facts: F & Proposal): Reply
  /** Row work only, inside a transaction that storage opened; no second plan. */
  apply(change: C, changing: Changing): Promise<Applied>
  report(result: ChangeResult, facts: F): Reply
  follow?(change: C, result: ChangeResult, reading: Reading): Promise<FollowUp>
}

// biome-ignore lint/suspicious/noExplicitAny: the one list of commands with different options, changes and facts
export type Command = ReadCommand<any, any> | ChangeCommand<any, any, any>

export function readCommand<const R extends OptionRecord, F>(
  command: Omit<ReadCommand<R, F>, 'kind'>,
): ReadCommand<R, F> {
  return { kind: 'read', ...command }
}

export function changeCommand<const R extends OptionRecord, C, F extends object>(
  command: Omit<ChangeCommand<R, C, F>, 'kind'>,
): ChangeCommand<R, C, F> {
  return { kind: 'change', ...command }
}
