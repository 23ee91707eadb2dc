// From when on a silence is a fault, per chain: configured, else learned from the chain's own last days, else the default. Pure.

import type { OutageSettings } from '../../config.ts'
import type { Thresholds } from './facts.ts'
import type { LearnedGaps } from './usual.ts'

export interface ChosenThresholds {
  readonly thresholds: Thresholds
  readonly from: Readonly<
    Record<'commit' | 'prove' | 'execute' | 'sequencer' | 'rpcLag' | 'explorerLag', ThresholdSource>
  >
}

export type ThresholdSource = 'configured' | 'learned' | 'default'

export const defaultThresholds: Thresholds = {
  sequencer: 300,
  commit: 3 * 3600,
  prove: 12 * 3600,
  execute: 6 * 3600,
  rpcLag: 30,
  rpcLagBlocks: 30,
  explorerLag: 300,
  l1Stale: 120,
  demandGrace: 60,
  priorityGrace: 1200,
}

/**
 * A stage is overdue after three times what 99 of 100 batches took. Never below a floor, because a busy hour on L1 is no
 * fault, and never far above the default, because last week's outage must not hide today's. When blocks stand still is
 * not learned: a quiet chain's gaps say nothing about its sequencer.
 */
const learnedFrom = 3
const floors = { commit: 1800, prove: 3600, execute: 3600 } as const
const ceiling = 4

export function chooseThresholds(
  settings: OutageSettings,
  gaps: LearnedGaps | null,
  executionDelay: number | null,
): ChosenThresholds {
  const learned = gaps && { ...gaps, execute: withoutDelay(gaps, executionDelay) }
  const stage = (name: 'commit' | 'prove' | 'execute', configured: number | null) => {
    const usual = learned?.[name]
    if (configured !== null) return { value: configured, from: 'configured' as const }
    if (usual == null) return { value: defaultThresholds[name], from: 'default' as const }
    const value = Math.min(
      Math.max(Math.round(usual.p99 * learnedFrom), floors[name]),
      defaultThresholds[name] * ceiling,
    )
    return { value, from: 'learned' as const }
  }
  const plain = (name: 'sequencer' | 'rpcLag' | 'explorerLag', configured: number | null) =>
    configured === null
      ? { value: defaultThresholds[name], from: 'default' as const }
      : { value: configured, from: 'configured' as const }
  const chosen = {
    sequencer: plain('sequencer', settings.sequencerSeconds),
    commit: stage('commit', settings.commitSeconds),
    prove: stage('prove', settings.proveSeconds),
    execute: stage('execute', settings.executeSeconds),
    rpcLag: plain('rpcLag', settings.rpcLagSeconds),
    explorerLag: plain('explorerLag', settings.explorerLagSeconds),
  }
  return {
    thresholds: {
      ...defaultThresholds,
      sequencer: chosen.sequencer.value,
      commit: chosen.commit.value,
      prove: chosen.prove.value,
      execute: chosen.execute.value,
      rpcLag: chosen.rpcLag.value,
      explorerLag: chosen.explorerLag.value,
    },
    from: {
      sequencer: chosen.sequencer.from,
      commit: chosen.commit.from,
      prove: chosen.prove.from,
      execute: chosen.execute.from,
      rpcLag: chosen.rpcLag.from,
      explorerLag: chosen.explorerLag.from,
    },
  }
}

/** A batch waits for its execution only when its delay is over; what of it still runs at its proof is no wait. */
function withoutDelay({ prove, execute }: LearnedGaps, delay: number | null): LearnedGaps['execute'] {
  if (execute === null) return null
  const left = Math.max(0, (delay ?? 0) - (prove?.median ?? 0))
  return { ...execute, median: Math.max(0, execute.median - left), p99: Math.max(0, execute.p99 - left) }
}
