// What /trace answers with: plain data, the same whether the node's database or an RPC endpoint told it. Types only.
//
// Hashes and addresses are lower-case `0x`; times are ISO 8601 UTC text with the source's own precision; heights, counts
// and int4 ids are numbers, amounts and int8 ids decimal text. `null` means "not known", never "zero".

import type { Finding } from '../../core/finding.ts'

export type StageName = 'precommit' | 'commit' | 'prove' | 'execute'

/**
 * `done`: confirmed · `sent`: a send is out, none confirmed · `queued`: the sender has a row and has not sent it ·
 * `waiting`: nothing yet · `failed`: the transaction reverted on the settlement layer and the sender halted.
 */
export type StageState = 'done' | 'sent' | 'queued' | 'waiting' | 'failed'

export type VerificationResult = 'verified' | 'mismatch' | 'missing' | 'unreachable' | 'not-verifiable' | 'not-checked'

/** What the settlement layer itself says about one stage. */
export interface Verification {
  readonly result: VerificationResult
  readonly l1Block: number | null
  readonly l1Time: string | null
  readonly confirmations: number | null
  readonly finalized: boolean | null
  /** One plain sentence where the result is not `verified`: what differs, or who could not be asked. */
  readonly why?: string
}

export interface TraceStage {
  readonly stage: StageName
  readonly state: StageState
  /** Key of the node's `eth_txs` row. */
  readonly ethTxId: number | null
  readonly nonce: number | null
  readonly from: string | null
  readonly to: string | null
  /** The node's own word: `CommitBlocks`, `PublishProofBlocksOnchain`, … */
  readonly type: string | null
  /** Done: the confirmed hash. Sent: the newest send that the settlement layer's node accepted. */
  readonly hash: string | null
  readonly confirmedHistoryId: number | null
  /** The source's own clock; the settlement layer's time is `verification.l1Time`. */
  readonly confirmedAt: string | null
  readonly queuedAt: string | null
  readonly firstSentAt: string | null
  readonly lastSentAt: string | null
  /** How many sends, fee bumps included; null where the source can't see them (RPC). */
  readonly sends: number | null
  /** Fees of the newest send, in wei. */
  readonly lastGas: {
    readonly baseFeePerGas: string
    readonly priorityFeePerGas: string
    readonly blobBaseFeePerGas: string | null
  } | null
  readonly hasFailed: boolean
  /** As the node keeps it since 2025: `pending`, `fast_finalized`, `finalized`. */
  readonly finality: string | null
  readonly settlementChainId: number | null
  /** From the stage before (commit: from the batch's sealing) to this one. */
  readonly afterPreviousSeconds: number | null
  /** Not done yet: what it waits for, since when, and for how long by the source's clock. */
  readonly waits: { readonly for: WaitsFor; readonly since: string | null; readonly seconds: number | null } | null
  /** How long this stage took for the newest batches that have passed it. */
  readonly usual: { readonly medianSeconds: number; readonly p90Seconds: number; readonly batches: number } | null
  readonly verification: Verification | null
}

export type WaitsFor =
  | 'batch-sealed'
  | 'precommit'
  | 'commit'
  | 'prove'
  | 'proof'
  | 'earlier-batch'
  | 'aggregation'
  | 'sending'
  | 'confirmation'
  | 'operator'

export interface TracedTransaction {
  readonly hash: string
  readonly status: 'pending' | 'included' | 'failed' | 'rejected'
  readonly block: number | null
  readonly batch: number | null
  readonly error?: string
  readonly receivedAt: string | null
  readonly from: string | null
  readonly to: string | null
  /** It came from L1 (a deposit or another priority request). */
  readonly fromL1: boolean | null
  /** The node dropped its payload when it pruned old blocks. */
  readonly pruned: boolean
}

export interface TracedBlock {
  readonly number: number
  readonly hash: string | null
  readonly timestamp: string
}

export interface TracedBatch {
  readonly number: number
  readonly sealed: boolean
  /** When its first block was opened. */
  readonly timestamp: string | null
  /** When it was sealed: the node's own record, else the time of its last block. */
  readonly sealedAt: string | null
  readonly rootHash: string | null
  readonly commitment: string | null
  readonly skipProof: boolean | null
  /** Where the node says that it settles; null where the source does not say. */
  readonly settlement: { readonly layer: string; readonly chainId: number | null } | null
}

/** One batch of several that a single L1 transaction settled. */
export interface SettledBatch {
  readonly number: number
  readonly sealed: boolean
  readonly timestamp: string | null
}

/** A message to L1 that the transaction left; a withdrawal is one whose sender is the base token or the bridge. */
export interface TracedMessage {
  readonly kind: 'withdrawal' | 'token-withdrawal' | 'message' | 'deposit-result' | 'log'
  /** Place among the messages of the transaction. */
  readonly index: number
  /** The system contract that wrote the log. */
  readonly sender: string
  /** Whom the message speaks for. */
  readonly contract: string | null
  readonly key: string
  readonly value: string
  readonly claim: 'claimable' | 'claimed' | 'not-yet' | 'not-checked' | 'nothing-to-claim'
  /** Why it is so, as L1 was read; absent where L1 was not asked. */
  readonly why?: string
}

export interface Deposit {
  readonly l1Hash: string
  readonly l1Block: number | null
  readonly l1Time: string | null
  /** Position in the chain's priority queue. */
  readonly priorityId: string
  readonly l2Hash: string
  readonly from: string | null
  readonly to: string | null
  readonly value: string | null
}

/** One place where it was looked for, so that "not found" can say what that means. */
export interface Looked {
  readonly where: 'database' | 'l2-rpc' | 'l1-rpc'
  readonly name: string
  readonly outcome: 'found' | 'not-found' | 'failed' | 'not-configured'
}

/** What one source (the database, or an L2 endpoint) tells, before the settlement layer has been asked. */
export interface Traced {
  readonly source: 'database' | 'rpc'
  readonly transaction: TracedTransaction | null
  readonly block: TracedBlock | null
  readonly batch: TracedBatch | null
  readonly batches?: readonly SettledBatch[]
  /** Which stage an L1 hash carried out, where one was asked for. */
  readonly settled?: { readonly stage: StageName; readonly hash: string }
  readonly stages: readonly TraceStage[]
  readonly messages: readonly TracedMessage[]
  readonly findings: readonly Finding[]
}

export interface TraceFacts extends Traced {
  readonly input: string
  readonly found: boolean
  readonly chain: string
  readonly deposit?: Deposit
  readonly looked: readonly Looked[]
  readonly checkedAt: string
}
