// A stage that some source says was settled by an L1 transaction, and what the settlement chain itself says about it. Types only.

import type { Finding } from '../../core/finding.ts'

export type SettlementStage = 'precommit' | 'commit' | 'prove' | 'execute'

export interface SettlementClaim {
  readonly stage: SettlementStage
  readonly batch: number
  /** The transaction that is said to have done it. */
  readonly hash: string
  /** The batch's root hash, second topic of BlockCommit and BlockExecution; null where the source doesn't know it. */
  readonly batchHash: string | null
  /** Third topic of the same events; absent from older sources. */
  readonly commitment: string | null
  /** Chain the transaction was sent to; null on old batches: L1. */
  readonly settlementChainId: number | null
}

/**
 * `verified`: the receipt holds the diamond's event for this batch · `mismatch`: the receipt is there and says otherwise ·
 * `missing`: L1 was asked and does not know the transaction · `unreachable`: no endpoint gave a usable answer ·
 * `not-verifiable`: it is settled where we can't look, or the diamond is not known · `not-checked`: no L1 configured.
 */
export type ProofResult = 'verified' | 'mismatch' | 'missing' | 'unreachable' | 'not-verifiable' | 'not-checked'

export interface SettlementProof {
  readonly claim: SettlementClaim
  readonly result: ProofResult
  readonly l1Block: number | null
  /** ISO 8601 UTC: time of the block on the settlement chain. */
  readonly l1Time: string | null
  readonly confirmations: number | null
  readonly finalized: boolean | null
  readonly from: string | null
  readonly to: string | null
  /** Wei. Paid where there is a receipt; offered (max fee) where the transaction still waits in the mempool. */
  readonly gasPrice: string | null
  /** The mempool knows the transaction, no block has it yet. */
  readonly pending: boolean
  /** One plain sentence: what was seen, or who could not be asked. */
  readonly why: string
}

/** The diamond's own counters on L1; all null when they could not be read. */
export interface L1Progress {
  readonly committed: number | null
  readonly verified: number | null
  readonly executed: number | null
  readonly frozen: boolean | null
  /** Zero address: settles here. */
  readonly settlementLayer: string | null
}

export interface L1Head {
  readonly endpoint: string
  readonly chainId: number
  readonly number: number
  readonly time: string
  readonly finalized: number | null
  /** Wei per gas: what sending costs now. */
  readonly baseFeePerGas: string | null
}

export interface SettlementProofs {
  /** In the order of the claims. */
  readonly proofs: readonly SettlementProof[]
  readonly head: L1Head | null
  readonly progress: L1Progress | null
  readonly diamond: string | null
  readonly findings: readonly Finding[]
}

export interface ProofQuestion {
  readonly signal: AbortSignal
  /** Newest L2 or explorer time known (ms): tells an old L1 from a wrong local clock. */
  readonly newestL2TimeMs?: number | null
}

export interface SettlementVerifier {
  /** Never throws; with no L1 configured every result is `not-checked`. */
  verify(claims: readonly SettlementClaim[], question: ProofQuestion): Promise<SettlementProofs>
}

/** Batches that one L1 transaction took a step further. */
export interface SettledBatches {
  readonly stage: SettlementStage
  /** First and last batch; for a proof the range (previous, current]. */
  readonly from: number
  readonly to: number
  /** By batch number; empty for proofs, whose event carries no hash. */
  readonly hashes: readonly { readonly batch: number; readonly batchHash: string; readonly commitment: string | null }[]
}

export interface PriorityRequest {
  /** Position in the chain's priority queue. */
  readonly priorityId: string
  readonly l2Hash: string
  /** As it appears on L2: a contract's address is aliased. */
  readonly from: string
  readonly to: string
  /** Wei of the base token that arrive at `to`. */
  readonly value: string
}

export type L1TransactionState = 'success' | 'reverted' | 'pending' | 'unknown' | 'unreachable' | 'not-checked'

/** What a hash did on L1, judged by the diamond's own logs alone. */
export interface L1Transaction {
  readonly hash: string
  /** `unknown`: L1 was asked and has never heard of it. */
  readonly state: L1TransactionState
  readonly block: number | null
  readonly time: string | null
  readonly confirmations: number | null
  readonly finalized: boolean | null
  readonly from: string | null
  readonly to: string | null
  readonly settled: readonly SettledBatches[]
  readonly deposits: readonly PriorityRequest[]
  readonly why: string
  readonly findings: readonly Finding[]
}

export interface L1TransactionReader {
  /** Never throws. */
  read(hash: string, question: ProofQuestion): Promise<L1Transaction>
}

/** A message to L1 as the claim contracts know it: batch and place of its log in the batch's tree. */
export interface WithdrawalKey {
  readonly batch: number
  /** Index of the log among all of the batch (`id` of zks_getL2ToL1LogProof): not its place in the transaction. */
  readonly messageIndex: number
  /** The L2 contract it speaks for; only the base token and the known bridges have a claim L1 keeps book of. */
  readonly contract: string | null
}

export type ClaimState = 'claimable' | 'claimed' | 'not-yet' | 'not-checked'

export interface WithdrawalClaim {
  readonly state: ClaimState
  readonly why: string
}

export interface WithdrawalReader {
  /** In the order of the keys; `not-checked` with a reason whenever L1 leaves a doubt. Never throws. */
  claims(keys: readonly WithdrawalKey[], question: ProofQuestion): Promise<readonly WithdrawalClaim[]>
  /** The same by what a trace knows: the transaction, and each message's place among those of the transaction. */
  ofTransaction(
    hash: string,
    messages: readonly { readonly index: number; readonly contract: string | null }[],
    question: ProofQuestion,
  ): Promise<readonly WithdrawalClaim[]>
}
