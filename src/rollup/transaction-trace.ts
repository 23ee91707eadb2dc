// Follows one transaction, batch or block from L2 to finality on L1.
import type { Finding } from '../core/finding.ts'

export type StageName = 'precommit' | 'commit' | 'prove' | 'execute'

/** Keys of design section 3; more keys are welcome. Hashes lower-case `0x`, times ISO 8601 UTC text, int8 ids as text. */
export interface TraceFacts {
  readonly input: string
  readonly found: boolean
  readonly source: 'database' | 'rpc'
  readonly findings: readonly Finding[]
}

export interface TransactionTrace {
  trace(input: string, settings: { readonly signal: AbortSignal }): Promise<TraceFacts>
}
