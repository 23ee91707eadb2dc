// The change a requeue stores with its approval: every row exactly as it was previewed. Types only.
import type { Applied } from '../../core/command.ts'

/** One row as previewed. Without the times, a row that was reset and picked again by a live worker looks the same. */
export interface RowGuard {
  readonly key: string
  readonly table: string
  /** int8 as text; null where the batch is the key. */
  readonly id: string | null
  readonly chainId: number
  readonly batch: number
  readonly status: string
  readonly attempts: number
  /** As the database writes them, microseconds included. */
  readonly startedAt: string | null
  readonly updatedAt: string
  readonly class: 'expired' | 'exhausted'
}

export interface RequeueChange {
  readonly rows: readonly RowGuard[]
  /** The policy the classes were decided by, per table. */
  readonly policies: Readonly<Record<string, { readonly maxAttempts: number; readonly timeoutSeconds: number }>>
}

/** The only writes to a prover database, bound to the transaction that claimed the approval. */
export interface ProverControl {
  requeue(change: RequeueChange): Promise<Applied>
}
