// The scenarios by name; a new one is a small file beside these and a line here.

import { commitsHalted } from './commits-halted.ts'
import { deadFleet } from './dead-fleet.ts'
import { executionsHalted } from './executions-halted.ts'
import { explorerStuck } from './explorer-stuck.ts'
import { frozen } from './frozen.ts'
import { gasSpike } from './gas-spike.ts'
import { gateway } from './gateway.ts'
import { golden } from './golden.ts'
import { hugeBatch } from './huge-batch.ts'
import { idle } from './idle.ts'
import { l1Down } from './l1-down.ts'
import { l1Old } from './l1-old.ts'
import { mixedFleet } from './mixed-fleet.ts'
import { operatorBroke } from './operator-broke.ts'
import { poisonedBatch } from './poisoned-batch.ts'
import { proofsHalted } from './proofs-halted.ts'
import { reverted } from './reverted.ts'
import { rpcLagging } from './rpc-lagging.ts'
import { rpcStuck } from './rpc-stuck.ts'
import { rpcsStuck } from './rpcs-stuck.ts'
import type { Scenario } from './scenario.ts'
import { senderFailed } from './sender-failed.ts'
import { sequencerHalted } from './sequencer-halted.ts'
import { sharedProver } from './shared-prover.ts'
import { slowBatches } from './slow-batches.ts'
import { steady } from './steady.ts'
import { stuckProofs, stuckProofsSecondNode } from './stuck-proofs.ts'

export const scenarios = {
  steady,
  'gas-spike': gasSpike,
  'sender-failed': senderFailed,
  'explorer-stuck': explorerStuck,
  'rpc-stuck': rpcStuck,
  'rpc-lagging': rpcLagging,
  'rpcs-stuck': rpcsStuck,
  'sequencer-halted': sequencerHalted,
  idle,
  'commits-halted': commitsHalted,
  'operator-broke': operatorBroke,
  'proofs-halted': proofsHalted,
  'executions-halted': executionsHalted,
  frozen,
  reverted,
  gateway,
  'l1-down': l1Down,
  'l1-old': l1Old,
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
