// Reading the prover's queue: overview, one batch as a stage tree, candidates for a requeue. Never writes.
import type { Choice } from '../core/completion.ts'
import type { RequeueChange } from './prover-change.ts'
import type {
  ProverBatchFacts,
  ProverStatusFacts,
  RequeueFacts,
  RequeueProgress,
  RequeueQuestion,
} from './prover-facts.ts'

interface Settings {
  readonly signal: AbortSignal
}

export interface ProverJobs {
  overview(settings: Settings): Promise<ProverStatusFacts>
  batch(batch: number, settings: Settings): Promise<ProverBatchFacts>
  /** `change: null` where nothing fits or nobody here could apply it; the facts say why. */
  plan(
    question: RequeueQuestion,
    settings: Settings,
  ): Promise<{ readonly change: RequeueChange | null; readonly facts: RequeueFacts }>
  /** What became of requeued rows since. */
  progress(change: RequeueChange, moved: readonly string[], settings: Settings): Promise<RequeueProgress>
  /** Batches with stuck jobs, for completion. */
  suggestions(typed: string, settings: Settings): Promise<readonly Choice[]>
}
