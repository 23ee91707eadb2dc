// Reading the prover's queue: overview, one batch as a stage tree, candidates for a requeue. Never writes.

import type { Choice } from '../core/completion.ts'
import { UserError } from '../core/errors.ts'
import type { QueueStates } from '../core/records.ts'
import { DatabaseFailure } from './node-database.ts'
import { readBatch } from './prover/batch.ts'
import type { RequeueChange } from './prover/change.ts'
import type {
  ProverBatchFacts,
  ProverStatusFacts,
  RequeueFacts,
  RequeueProgress,
  RequeueQuestion,
} from './prover/facts.ts'
import type { ProverSchema } from './prover/generation.ts'
import { gatherOverview } from './prover/overview.ts'
import { readPlan } from './prover/plan.ts'
import { readProgress } from './prover/progress.ts'
import { type CountRow, judgedTables, type OpenAnswer, openSql } from './prover/queries.ts'
import { createProverSchema, type ProverSources } from './prover/sources.ts'
import { statusFacts } from './prover/status.ts'

interface Settings {
  readonly signal: AbortSignal
}

export interface ProverJobs {
  overview(settings: Settings): Promise<ProverStatusFacts>
  /** How many jobs are in which state, in one statement: for the watcher. */
  states(settings: Settings): Promise<QueueStates>
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

export function createProverJobs(sources: ProverSources): ProverJobs {
  const schema = createProverSchema(sources.prover)

  /** After an upgrade of the node the remembered schema is wrong: the next question looks again. */
  async function withSchema<T>(signal: AbortSignal, work: (known: ProverSchema) => Promise<T>): Promise<T> {
    try {
      return await work(await schema.read(signal))
    } catch (error) {
      schema.forget()
      throw error instanceof DatabaseFailure
        ? new UserError(error.message, error.kind === 'timed-out' ? 'timed-out' : 'unreachable')
        : error
    }
  }

  return {
    overview: ({ signal }) =>
      withSchema(signal, async (known) => statusFacts(await gatherOverview(known, sources, signal))),
    states: ({ signal }) =>
      withSchema(signal, async (known) => {
        const text = openSql(judgedTables(known, sources.policy))
        return statesOf((await sources.prover.read<OpenAnswer>(text, [], { signal }))[0]?.counts ?? [])
      }),
    batch: (batch, { signal }) => withSchema(signal, (known) => readBatch(batch, known, sources, signal)),
    plan: (question, { signal }) => withSchema(signal, (known) => readPlan(question, known, sources, signal)),
    progress: (change, moved, { signal }) =>
      withSchema(signal, (known) => readProgress(change, moved, known, sources, signal)),
    suggestions: (typed, { signal }) =>
      withSchema(signal, async (known) => {
        const text = openSql(judgedTables(known, sources.policy))
        const [open] = await sources.prover.read<OpenAnswer>(text, [], { signal })
        return choicesOf(open?.stuck ?? [], typed)
      }),
  }
}

function statesOf(counts: OpenAnswer['counts']): QueueStates {
  const jobs = (wanted: (row: CountRow) => boolean): number =>
    counts.filter(wanted).reduce((sum, row) => sum + row.jobs, 0)
  return {
    queued: jobs((row) => row.status === 'queued'),
    running: jobs((row) => row.status === 'in_progress'),
    inGpuProof: jobs((row) => row.status === 'in_gpu_proof'),
    failed: jobs((row) => row.status === 'failed'),
    exhausted: jobs((row) => row.class === 'exhausted'),
  }
}

const choicesShown = 24

function choicesOf(stuck: OpenAnswer['stuck'], typed: string): readonly Choice[] {
  const batches = new Map<number, { jobs: number; exhausted: boolean }>()
  for (const row of stuck) {
    const known = batches.get(row.batch)
    const exhausted = row.class === 'exhausted' || known?.exhausted === true
    batches.set(row.batch, { jobs: (known?.jobs ?? 0) + row.jobs, exhausted })
  }
  const each = [...batches]
    .map(([batch, { jobs, exhausted }]) => ({
      name: `${batch} · ${jobs} ${exhausted ? 'exhausted' : 'expired'}`,
      value: String(batch),
    }))
    .filter((choice) => choice.value.startsWith(typed.trim()))
    .slice(0, choicesShown)
  const all = { name: 'stuck · all exhausted jobs of batches not settled yet', value: 'stuck' }
  return [...(batches.size > 0 && 'stuck'.startsWith(typed.trim().toLowerCase()) ? [all] : []), ...each]
}
