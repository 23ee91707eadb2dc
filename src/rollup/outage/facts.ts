// What is looked at to tell whether a reported outage is real, and what is answered. Types only.
//
// Chain times are Unix seconds, as chains say them; ages are seconds. `null` means "not known", never "zero" or "no".

import type { Finding } from '../../core/finding.ts'

export type Verdict = 'up' | 'degraded' | 'down' | 'unknown'

export type Headline =
  | 'healthy'
  | 'idle'
  | 'explorer-lagging'
  | 'l1-unreachable'
  | 'rpc-lagging'
  | 'commit-stalled'
  | 'prove-stalled'
  | 'execute-stalled'
  | 'reverted'
  | 'frozen'
  | 'l2-unreachable'
  | 'sequencer-stalled'
  | 'settles-elsewhere'
  | 'too-few-witnesses'
  | 'report-refuted'
  | 'report-confirmed'
  | 'report-undecided'

/** Why a source gave no answer: a class of its own per source, never a verdict about the chain. */
export interface Trouble {
  readonly kind: string
  /** Shown to people; no URL, no key. */
  readonly text: string
}

export interface Head {
  readonly number: number
  readonly hash: string | null
  readonly time: number
}

/** One L2 endpoint, sampled at least three times. */
export interface L2Observation {
  readonly name: string
  /**
   * Who runs it, or whose chain data it copies: endpoints of one operator are one witness. The registrable domain of the
   * URL unless configured.
   */
  readonly operator: string
  readonly trouble: Trouble | null
  /** In the order taken; behind a load balancer they may go back. */
  readonly samples: readonly Head[]
  /** Last sealed batch; null on stacks without batch methods. */
  readonly sealedBatch: number | null
}

export interface ExplorerObservation {
  readonly name: string
  readonly operator: string
  readonly trouble: Trouble | null
  readonly head: Head | null
  /** Null where the explorer knows no batches. */
  readonly sealedBatch: number | null
}

/** The node's own database: the strongest witness for its operator. */
export interface DatabaseObservation {
  readonly trouble: Trouble | null
  readonly head: Head | null
  readonly sealedBatch: number | null
  /** Of a replica, behind its primary; 0 on a primary. */
  readonly replicaLagSeconds: number
  /** Is it the main node's? An external node's database only copies. */
  readonly own: boolean
}

/** One wait on L1: the oldest batch that has not passed a stage, and since when it could have. */
export interface Waiting {
  readonly batch: number
  readonly since: number
}

/** Deposits and forced transactions that L1 holds for the chain. */
export interface RequestsOnL1 {
  /** Not executed yet, served ones too: more than none is usual, none proves that nobody waits. Null: not known. */
  readonly queue: number | null
  /** From when on every one was read; null: none was. */
  readonly since: number | null
  /** There are some, and when the newest came could not be read. */
  readonly undated: boolean
}

/** L1 at one pinned block of the newest endpoint that answered with the right chain id. */
export interface L1Observation {
  readonly trouble: Trouble | null
  readonly head: Head | null
  readonly counters: { readonly committed: number; readonly verified: number; readonly executed: number } | null
  /** The last block of the last committed batch; null where L1 does not tell (EraVM) or it is out of sight. */
  readonly committedBlock: number | null
  /** Null: the node's operator keeps them out on purpose, so that they wait for that and not for a block. */
  readonly requests: RequestsOnL1 | null
  readonly frozen: boolean | null
  /** Null: it settles here. */
  readonly settlesOn: { readonly chainId: number | null; readonly readable: boolean } | null
  /** Null: none is in sight. */
  readonly lastCommit: { readonly batch: number; readonly at: number } | null
  /** To another settlement layer, as L1 or a node says: commits pause on purpose. */
  readonly moving: boolean
  /** Sealed and not committed. */
  readonly commitWaiting: Waiting | null
  /** Committed and not proved. */
  readonly proveWaiting: Waiting | null
  /** Proved, past the execution delay, and not executed. */
  readonly executeWaiting: Waiting | null
  /** Something waits for these stages, and since when could not be read: whether it is overdue is not known. */
  readonly waitsUnread: readonly ('commit' | 'prove' | 'execute')[]
  /** A recent BlocksRevert whose batches are not all committed again. */
  readonly reverted: { readonly at: number | null; readonly committed: number; readonly hash?: string | null } | null
}

/** Evidence that somebody wants blocks. It counts when it is newer than the newest head, and old enough to be served. */
export interface Demand {
  readonly kind: 'pending-transaction' | 'priority-request' | 'named-transaction' | 'probe' | 'waiting-deposit'
  /** L1 tells of priority requests; everything else comes from L2 sources. */
  readonly witness: 'l1' | 'database' | 'l2-rpc' | 'asker'
  readonly since: number
  readonly text: string
  /** Why it proves nothing, although somebody may well be waiting. Left out: it may count. */
  readonly doubt?: string
}

/** Seconds unless the name says otherwise; learned per chain or configured, and shown in the answer. */
export interface Thresholds {
  /** A head older than this with demand is stalled. */
  readonly sequencer: number
  readonly commit: number
  readonly prove: number
  readonly execute: number
  readonly rpcLag: number
  readonly rpcLagBlocks: number
  readonly explorerLag: number
  readonly l1Stale: number
  /** Demand of L2 counts after this long. */
  readonly demandGrace: number
  /** A priority request counts after this long: the node waits until L1 has confirmed it. */
  readonly priorityGrace: number
}

export interface Observations {
  /** This machine's clock. */
  readonly local: number
  readonly l2: readonly L2Observation[]
  readonly explorers: readonly ExplorerObservation[]
  /** Null: not configured. */
  readonly database: DatabaseObservation | null
  readonly l1: L1Observation | null
  readonly demand: readonly Demand[]
  readonly thresholds: Thresholds
}

export interface Judgement {
  readonly verdict: Verdict
  readonly headline: Headline
  /** Everything that holds, the headline's first. */
  readonly findings: readonly Finding[]
}
