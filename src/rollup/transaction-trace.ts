// Follows one transaction, batch or block from L2 to finality on L1.
import type { TraceFacts } from './trace-facts.ts'

export type * from './trace-facts.ts'

export interface TransactionTrace {
  /**
   * Always answers, also with nothing found or every source down: `found`, `looked` and the findings say which.
   * @throws UserError when the text is neither a hash, a batch nor a block
   */
  trace(input: string, settings: { readonly signal: AbortSignal }): Promise<TraceFacts>
}
