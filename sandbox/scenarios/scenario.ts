// What a scenario may do: choose how things start, and what happens once the history is there.

import type { ClientBase } from 'pg'
import type { Generation } from '../database/rows.ts'
import type { Faults } from '../faults.ts'
import type { L1Contracts } from '../l1/contracts.ts'
import type { Clockwork, ClockworkChain } from '../model/clockwork.ts'
import type { Pace } from '../model/facts.ts'
import type { FateOf, Fleet, FleetSettings } from '../provers/fleet.ts'
import type { Policy } from '../provers/queues.ts'

export interface Stage {
  readonly clockwork: Clockwork
  readonly contracts: L1Contracts
  readonly pace: Pace
  readonly chains: readonly ClockworkChain[]
  /** The provers of the first chain; null where the scenario has none. */
  readonly fleet: Fleet | null
  /** The node's database of the first chain, as its owner; none on ZKsync OS. */
  readonly database: ClientBase | null
  /** Lets this many seconds of the sandbox's time pass. */
  advance(seconds: number): Promise<void>
  set<Name extends keyof Faults>(fault: Name, value: Faults[Name]): Promise<void>
}

/** What the provers of a scenario are; the sandbox adds the database, the clock and the batches. */
export interface ScenarioProvers {
  readonly policy: Policy
  readonly workers: FleetSettings['workers']
  readonly circuitsOf: FleetSettings['circuitsOf']
  readonly fate?: FateOf
  /** Protocol version of a batch, as rows name it. Left out: the chain's. */
  readonly versionOf?: (batch: number) => string
  /** A chain of another number in the same prover database; its batches are this chain's over again. */
  readonly secondChain?: number
}

export interface Scenario {
  readonly summary: string
  /** Left out: whatever was asked for. */
  readonly generation?: Generation
  /** Batches that were sealed before the start. Left out: enough to show every stage and fill medians. */
  readonly historyBatches?: number
  /** Seconds before now at which it begins: the history ends there. */
  lasts?(pace: Pace): number
  /** Other than the usual gaps. */
  readonly pace?: Partial<Omit<Pace, 'batchTimeout'>>
  readonly sources?: 'few' | 'all'
  /** Switched on when the history ends, in this order. */
  readonly faults?: Partial<Faults>
  /** Left out: 0, as on a new chain. Batches up to this one are settled and pruned. */
  readonly firstBatch?: number
  /** Provers that follow the chain from its first batch on; L1 then takes only batches whose proof is there. */
  readonly provers?: ScenarioProvers
  /** Lines worth typing here first, and what they are for. */
  readonly tips?: readonly (readonly [line: string, what: string])[]
  /** Nothing happens any more once it is set up. */
  readonly still?: boolean
  /** Runs after the history was made and the faults were switched on. */
  setUp?(stage: Stage): Promise<void>
}
