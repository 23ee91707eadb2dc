// The facts of /prover-status and /requeue: plain data, printed by --json, shown by src/present.
import type { Finding } from '../../core/finding.ts'
import type { ExhaustedBecause, JobClass } from './classes.ts'
import type { Generation, ProverStage } from './generation.ts'
import type { StagePolicy } from './policy.ts'

/** One job row as read: int8 ids as text, times ISO 8601 UTC with microseconds, ages by the database's clock. */
export interface JobRow {
  /** `<table>/<id>`, or `<table>/<chainId>:<batch>` where the batch is the key. */
  readonly key: string
  readonly table: string
  /** int8 as text; null where the batch is the key. */
  readonly id: string | null
  /** 0 where the generation knows no chain ids. */
  readonly chainId: number
  readonly batch: number
  readonly stage: ProverStage
  readonly round: number | null
  readonly circuit: string | null
  readonly depth: number | null
  readonly status: string
  readonly attempts: number
  readonly ageSeconds: number
  readonly error: string | null
  readonly worker: string | null
  /** `24`, or `24.2` where patches exist. */
  readonly version: string | null
  readonly startedAt: string | null
  readonly updatedAt: string
  readonly class: JobClass
  readonly because: ExhaustedBecause | null
}

export interface StageCounts {
  readonly stage: ProverStage
  readonly queued: number
  readonly inProgress: number
  readonly inGpuProof: number
  readonly failed: number
  readonly waiting: number
  readonly expired: number
  readonly exhausted: number
  /** Of what is queued, running or failed; null when there is nothing. */
  readonly oldestSeconds: number | null
  readonly policy: StagePolicy
}

/** What is left to do for one protocol version and chain. */
export interface VersionCounts {
  readonly version: string | null
  readonly chainId: number
  readonly queued: number
  readonly running: number
  readonly oldestQueuedSeconds: number | null
  /** When a worker of this version last picked a job; null: not within what was looked at. */
  readonly lastPickSeconds: number | null
}

export interface StuckGroup {
  readonly chainId: number
  readonly batch: number
  readonly stage: ProverStage
  readonly jobs: number
  readonly class: 'expired' | 'exhausted'
  readonly because: ExhaustedBecause | null
  /** Statuses that occur, e.g. `in_gpu_proof`. */
  readonly statuses: readonly string[]
  readonly attempts: number
  readonly maxAttempts: number
  readonly oldestSeconds: number
  readonly since: string | null
  readonly worker: string | null
  readonly error: string | null
  /** Already settled on L1, so nothing waits for it. */
  readonly settled: boolean
}

export interface NextBatch {
  readonly batch: number
  readonly chainId: number
  readonly stage: ProverStage | 'settlement' | 'core'
  readonly state: 'none' | 'waiting' | 'queued' | 'running' | 'expired' | 'exhausted' | 'unknown' | 'proven' | 'skipped'
  readonly ageSeconds: number | null
  /** Jobs in that state. */
  readonly jobs: number
  /** Where the number comes from. */
  readonly known: 'database' | 'l1' | 'database+l1' | 'jobs'
  readonly skipProof: boolean | null
}

export interface Gpu {
  readonly host: string
  readonly status: string
  readonly updatedSeconds: number
  readonly freeSlots: number | null
  readonly gpus: number | null
  readonly group: number | null
  readonly zone: string | null
}

export interface Worker {
  readonly name: string
  readonly version: string | null
  readonly running: number
  readonly lastSeenSeconds: number
}

/** Data of the `prover-queue` picture: the last 24 hours by the database's clock. */
export interface QueuePicture {
  readonly hours: readonly {
    readonly hour: string
    readonly arrived: number
    readonly finished: number
    readonly open: number
  }[]
  readonly proofTimes: readonly { readonly batch: number; readonly finishedAt: string; readonly seconds: number }[]
  /** Estimated from so many of the window's rows; null: every row was read. */
  readonly sampled: { readonly rows: number; readonly of: number } | null
}

export interface ProverStatusFacts {
  readonly kind: 'overview'
  readonly generation: Generation
  /** The chain's own id, where rows carry one and it is known. */
  readonly chainId: number | null
  readonly next: NextBatch | null
  readonly stages: readonly StageCounts[]
  readonly versions: readonly VersionCounts[]
  readonly stuck: readonly StuckGroup[]
  /** More stuck groups than listed. */
  readonly stuckMore: number
  readonly outOfOrder: { readonly blockedBatches: readonly number[]; readonly provenAhead: readonly number[] }
  readonly throughput: {
    readonly batchesLastHour: number
    readonly batchesLastDay: number
    readonly jobsLastHour: number
    readonly jobsLastDay: number
    readonly arrivedLastHour: number
    readonly openJobs: number
    /** Until everything open now is done at the last hour's pace; null: nothing finished, or it grows. */
    readonly drainSeconds: number | null
    readonly estimated: boolean
  }
  readonly l1: { readonly sealed: number | null; readonly verified: number | null; readonly behind: number | null }
  readonly gpus: readonly Gpu[] | null
  /** 2023-fri: batches whose scheduler still lacks final node proofs. */
  readonly dependencies: readonly { readonly batch: number; readonly status: string; readonly missing: number }[] | null
  readonly workers: readonly Worker[]
  readonly picture: QueuePicture | null
  readonly findings: readonly Finding[]
  readonly readAt: string
}

export interface BatchStage {
  readonly stage: ProverStage
  readonly round: number | null
  readonly roundName: string | null
  readonly counts: Readonly<Record<string, number>>
  readonly expired: number
  readonly exhausted: number
  readonly maxAttempts: number
  readonly seconds: { readonly slowest: number | null; readonly total: number | null }
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly circuits: readonly {
    readonly circuit: string
    readonly counts: Readonly<Record<string, number>>
    readonly slowestSeconds: number | null
  }[]
  /** What its waiting jobs still need before they may run, and how much of it is there. */
  readonly waitsFor: readonly { readonly circuit: string | null; readonly has: number; readonly needs: number }[]
  /** The rows that are stuck or running, worst first, a bounded number. */
  readonly jobs: readonly JobRow[]
}

export interface ProverBatchFacts {
  readonly kind: 'batch'
  readonly generation: Generation
  readonly batch: number
  readonly chains: readonly {
    readonly chainId: number
    readonly stages: readonly BatchStage[]
    /** Where it stands: the stage with its worst jobs; null when all are done. */
    readonly stand: { readonly stage: ProverStage; readonly state: JobClass; readonly ageSeconds: number } | null
  }[]
  /** The chain's own id, where rows carry one and it is known. */
  readonly chainId: number | null
  /** Does L1 wait for this batch? null: not known. */
  readonly l1Waits: boolean | null
  readonly nextNeeded: number | null
  readonly settled: { readonly by: string } | null
  readonly skipProof: boolean | null
  /** Finished rows of old batches move to the archive and are deleted from it later. */
  readonly archived: boolean
  readonly findings: readonly Finding[]
  readonly readAt: string
}

export interface RequeueFacts {
  readonly generation: Generation
  /** Class asked for; `any`: both. */
  readonly class: 'expired' | 'exhausted' | 'any'
  /** `stuck`, `1143` or `1139-1143`. */
  readonly what: string
  readonly rows: readonly JobRow[]
  readonly skipped: readonly { readonly key: string; readonly why: string }[]
  /** More rows stay than are listed. */
  readonly skippedMore: boolean
  readonly warnings: readonly { readonly code: string; readonly text: string }[]
  /** What to run by hand where this program may not; null where buttons can do it. */
  readonly statements: readonly string[] | null
  /** Why there are no buttons although rows fit; null otherwise. */
  readonly cannotApply: string | null
  readonly reason: string | null
  readonly policies: readonly {
    readonly stage: ProverStage
    readonly maxAttempts: number
    readonly timeoutSeconds: number
  }[]
  readonly readAt: string
}

/** What is asked of a requeue. */
export interface RequeueQuestion {
  readonly what: { readonly kind: 'stuck' } | { readonly kind: 'batches'; readonly from: number; readonly to: number }
  readonly stage?: ProverStage | undefined
  readonly class?: 'expired' | 'exhausted' | undefined
  /** Numeric chain id of the rows; `own`: whatever id the chain that was named has. */
  readonly chainId?: number | 'own' | undefined
  readonly reason?: string | undefined
  /** Confirms the number of rows where there are many. */
  readonly count?: number | undefined
}

/** What became of requeued rows since: for the message that showed them. */
export interface RequeueProgress {
  readonly generation: Generation
  readonly counts: {
    readonly queued: number
    readonly running: number
    readonly finished: number
    readonly failed: number
    readonly gone: number
  }
  readonly rows: readonly {
    readonly key: string
    readonly batch: number
    readonly status: string | null
    readonly error: string | null
  }[]
  readonly readAt: string
}
