// Staff and pace that the scenarios about provers share.

import type { WorkerPlan } from '../provers/fleet.ts'

const witnessStages = ['basic', 'leaf', 'node', 'tip', 'scheduler'] as const

/** Two witness generators, a compressor where there is one, and this many provers. */
export function staff(versions: readonly string[], provers: number, seconds = 15): readonly WorkerPlan[] {
  const tag = versions[0] ?? ''
  const named = (name: string, takes: WorkerPlan['takes'], takesSeconds: number): WorkerPlan => ({
    name: `${name}-v${tag}`,
    takes,
    versions,
    seconds: takesSeconds,
  })
  return [
    ...[1, 2].map((number) => named(`witness-${number}`, witnessStages, 4)),
    named('compressor-1', ['compressor'], 10),
    ...Array.from({ length: provers }, (_, index) => named(`prover-${index + 1}`, ['prover'], seconds)),
  ]
}

/** A batch every two minutes, so that provers of a quarter of a minute a job keep up and a reader can watch them. */
export const watchablePace = {
  block: 6,
  blocksPerBatch: 20,
  l1Block: 12,
  commitDelay: 30,
  proveDelay: 30,
  executionDelay: 120,
}

/** Batches sealed before the start. */
export const watchableHistory = 12

export const today = '29.4'
