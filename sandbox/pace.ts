// How fast a sandbox goes: real gaps are longer, these show every stage within minutes.

import type { Generation } from './database/rows.ts'
import type { Flavour } from './l2/node.ts'
import type { Pace } from './model/facts.ts'
import type { Scenario } from './scenarios/scenario.ts'

export interface PaceRequest {
  /** 1: a batch a minute. Divides every period. */
  readonly speed: number
  readonly generation: Generation
  readonly flavour: Flavour
  /** What the scenario has other than usual. */
  readonly other: Scenario['pace']
}

export function paceOf({ speed, generation, flavour, other }: PaceRequest): Pace {
  const scaled = (seconds: number) => Math.max(1, Math.round(seconds / speed))
  const old = generation !== 'core'
  const pace = {
    block: scaled(6),
    blocksPerBatch: 10,
    l1Block: scaled(12),
    commitDelay: scaled(60),
    proveDelay: scaled(240),
    executionDelay: scaled(600),
    batchesPerCommit: old ? 2 : 1,
    batchesPerExecute: 3,
    confirmations: 2,
    precommits: !old && flavour === 'era',
    ...other,
  }
  // However large its batches are: an ordinary one is full long before.
  return { ...pace, batchTimeout: 3 * pace.block * pace.blocksPerBatch }
}

/** Batches that are on their way while those before them are done. */
export function batchesInFlight(pace: Pace): number {
  return (
    Math.ceil((pace.commitDelay + pace.executionDelay + 12 * pace.l1Block) / (pace.block * pace.blocksPerBatch)) + 4
  )
}
