// The scenarios by name; a new one is a small file beside these and a line here.

import { deadFleet } from './dead-fleet.ts'
import { golden } from './golden.ts'
import { hugeBatch } from './huge-batch.ts'
import { mixedFleet } from './mixed-fleet.ts'
import { outages } from './outages.ts'
import { poisonedBatch } from './poisoned-batch.ts'
import type { Scenario } from './scenario.ts'
import { sharedProver } from './shared-prover.ts'
import { slowBatches } from './slow-batches.ts'
import { steady } from './steady.ts'
import { stuckProofs, stuckProofsSecondNode } from './stuck-proofs.ts'

export const scenarios = {
  steady,
  ...outages,
  'slow-batches': slowBatches,
  golden,
  'stuck-proofs': stuckProofs,
  'stuck-proofs-second-node': stuckProofsSecondNode,
  'mixed-fleet': mixedFleet,
  'dead-fleet': deadFleet,
  'poisoned-batch': poisonedBatch,
  'shared-prover': sharedProver,
  'huge-batch': hugeBatch,
} satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof scenarios

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]

export const isScenarioName = (name: string): name is ScenarioName => Object.hasOwn(scenarios, name)
