// How far a traced transaction or batch has come: the milestones in order, for titles, notices and the timeline picture.

import type { StageName, TraceFacts, TraceStage } from '../services.ts'

export type Milestone = 'included' | 'sealed' | StageName

export interface Step {
  readonly milestone: Milestone
  readonly state: 'done' | 'under-way' | 'open' | 'failed'
  /** The settlement layer's time where it is known, else the source's. */
  readonly at: string | null
  readonly afterSeconds: number | null
}

export function stageTime(stage: TraceStage): string | null {
  return stage.verification?.l1Time ?? stage.confirmedAt
}

export function progress({ transaction, block, batch, stages }: TraceFacts): readonly Step[] {
  const included = block !== null || transaction?.block != null
  const start: Step[] = transaction
    ? [{ milestone: 'included', state: included ? 'done' : 'open', at: block?.timestamp ?? null, afterSeconds: null }]
    : []
  const sealed = batch?.sealed ?? stages.some(({ stage, state }) => stage !== 'precommit' && state !== 'waiting')
  const sealing: Step = {
    milestone: 'sealed',
    state: sealed ? 'done' : 'open',
    at: batch?.sealedAt ?? null,
    afterSeconds: null,
  }
  const settling = stages.map((stage): Step => {
    const state = stageStep[stage.state]
    return { milestone: stage.stage, state, at: stageTime(stage), afterSeconds: stage.afterPreviousSeconds }
  })
  const precommits = settling.filter(({ milestone }) => milestone === 'precommit')
  const rest = settling.filter(({ milestone }) => milestone !== 'precommit')
  return [...start, ...precommits, sealing, ...rest]
}

const stageStep: Record<TraceStage['state'], Step['state']> = {
  done: 'done',
  sent: 'under-way',
  queued: 'under-way',
  waiting: 'open',
  failed: 'failed',
}

/** What comes next; null when everything is done or can't go on by itself. */
export function nextMilestone(facts: TraceFacts): Milestone | null {
  if (!facts.found || facts.batches || facts.transaction?.status === 'rejected') return null
  const steps = progress(facts)
  // Only the transaction's own row is left after pruning: nothing can be said about its stages.
  if (facts.stages.length === 0) return null
  return steps.find(({ state }) => state !== 'done')?.milestone ?? null
}

export const milestoneDone: Record<Milestone, string> = {
  included: 'is in a block',
  sealed: 'is in a sealed batch',
  precommit: 'is precommitted',
  commit: 'is committed on the settlement layer',
  prove: 'is proved on the settlement layer',
  execute: 'is executed on the settlement layer',
}

export const milestoneNoun: Record<Milestone, string> = {
  included: 'its block',
  sealed: 'the sealing of its batch',
  precommit: 'the precommit',
  commit: 'the commit',
  prove: 'the proof',
  execute: 'the execution',
}
