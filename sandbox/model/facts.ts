// What the sandbox knows of a rollup: everything that rows, RPC answers and L1 transactions are made from.

export type TransactionKind = 'transfer' | 'withdrawal' | 'deposit' | 'reverted' | 'rejected'

/** Times are Unix seconds everywhere in the model; hashes and addresses lower-case `0x`. */
export interface ModelTransaction {
  readonly hash: string
  readonly kind: TransactionKind
  readonly from: string
  readonly to: string
  readonly nonce: number
  readonly value: bigint
  readonly receivedAt: number
  readonly error: string | null
  /** Deposits: number in L1's priority queue and the L1 block of the request. */
  readonly priority: { readonly id: number; readonly l1Block: number; readonly l1Hash: string } | null
  readonly log: ModelLog | null
  /** Null while it waits, and for ever when it was rejected. */
  block: ModelBlock | null
  index: number
}

/** The L2→L1 log of a withdrawal or of a deposit's outcome. */
export interface ModelLog {
  readonly sender: string
  readonly key: string
  readonly value: string
  readonly isService: boolean
  /** The message whose hash is `value`; none for a deposit. */
  readonly message: string | null
}

export interface ModelBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  readonly timestamp: number
  readonly transactions: readonly ModelTransaction[]
  readonly batch: ModelBatch
}

export interface ModelBatch {
  readonly number: number
  readonly hash: string
  readonly commitment: string
  readonly logsRoot: string
  readonly openedAt: number
  readonly blocks: ModelBlock[]
  sealedAt: number | null
  precommit: EthTransaction | null
  commit: EthTransaction | null
  prove: EthTransaction | null
  execute: EthTransaction | null
}

export type Stage = 'precommit' | 'commit' | 'prove' | 'execute'

/** One thing that the node wants on L1, with every send of it. */
export interface EthTransaction {
  readonly id: number
  readonly stage: Stage
  readonly batches: readonly ModelBatch[]
  readonly nonce: number
  readonly from: string
  readonly to: string
  readonly data: string
  readonly createdAt: number
  readonly sends: Send[]
  /** Where the newest receipt put it; unset again never, the sandbox has no L1 reorgs of its own. */
  mined: { readonly block: number; readonly send: Send; readonly gasUsed: number; readonly succeeded: boolean } | null
  confirmed: { readonly send: Send; readonly at: number } | null
  failed: boolean
}

export interface Send {
  readonly id: number
  readonly hash: string
  readonly raw: string
  readonly sentAt: number
  readonly sentAtBlock: number
  readonly baseFee: bigint
  readonly priorityFee: bigint
}

/** What changed since the last look, for those who keep a copy (the database). */
export interface Changes {
  readonly transactions: ReadonlySet<ModelTransaction>
  readonly blocks: ReadonlySet<ModelBlock>
  readonly batches: ReadonlySet<ModelBatch>
  readonly ethTransactions: ReadonlySet<EthTransaction>
}

/** How fast things go, in seconds; the sandbox divides them by its speed. */
export interface Pace {
  readonly block: number
  readonly blocksPerBatch: number
  /** A batch that is not full is sealed this long after it was opened. */
  readonly batchTimeout: number
  readonly l1Block: number
  readonly commitDelay: number
  readonly proveDelay: number
  readonly executionDelay: number
  readonly batchesPerCommit: number
  readonly batchesPerExecute: number
  readonly confirmations: number
  readonly precommits: boolean
}
