// Provers that follow a chain of the model: every sealed batch is theirs to prove, and L1 asks whether it is.

import type { ClientBase } from 'pg'
import type { Generation } from '../database/rows.ts'
import type { Changes } from '../model/facts.ts'
import type { ScenarioProvers } from '../scenarios/scenario.ts'
import { createFleet, type Fleet, provenKey } from './fleet.ts'
import type { Policy, ProverGeneration } from './queues.ts'

export interface ProverFollower {
  readonly fleet: Fleet
  readonly policy: Policy
  hasProof(batch: number): boolean
  /** Queues the batches sealed since the last call, and lets the provers work until then. */
  take(changes: Changes, now: number): Promise<void>
}

export interface FollowerSettings {
  readonly scenario: ScenarioProvers
  readonly client: ClientBase
  readonly generation: Generation
  readonly chainId: number
  readonly protocolVersion: number
  readonly protocolPatch: number
  readonly now: number
}

export async function createFollower(settings: FollowerSettings): Promise<ProverFollower> {
  const { scenario, client, chainId, protocolVersion, protocolPatch, now } = settings
  const generation: ProverGeneration = settings.generation === 'core' ? 'prover-db' : settings.generation
  const own = generation === 'prover-db' ? `${protocolVersion}.${protocolPatch}` : String(protocolVersion)
  const versionOf = scenario.versionOf ?? (() => own)
  const chains = generation === 'prover-db' ? [chainId, ...(scenario.secondChain ? [scenario.secondChain] : [])] : [0]
  const fleet = await createFleet({ ...scenario, client, generation, now })
  const seen = new Set<number>()
  const known = new Set<string>()

  async function queue(batch: number, sealedAt: number): Promise<void> {
    const version = versionOf(batch)
    if (!known.has(version)) await addVersion(client, generation, version)
    known.add(version)
    for (const chain of chains) await fleet.add({ batch, chain, version, sealedAt })
  }
  return {
    fleet,
    policy: scenario.policy,
    hasProof: (batch) => fleet.proven.has(provenKey(batch, chains[0])),
    async take({ batches }, until) {
      const sealed = [...batches].filter(({ number, sealedAt }) => sealedAt !== null && !seen.has(number))
      for (const { number, sealedAt } of sealed.sort((one, other) => one.number - other.number)) {
        seen.add(number)
        // The first batch of a chain has nothing to prove.
        if (number > 0) await queue(number, sealedAt ?? until)
      }
      await fleet.advanceTo(until)
    },
  }
}

/** Jobs name a protocol version that the prover's database must know. */
async function addVersion(client: ClientBase, generation: ProverGeneration, version: string): Promise<void> {
  const [minor, patch = '0'] = version.split('.')
  const keys = `'\\x', '\\x', '\\x', '\\x', '2023-06-01'`
  if (generation === 'prover-db') {
    await client.query(
      `INSERT INTO prover_fri_protocol_versions (id, protocol_version_patch, recursion_scheduler_level_vk_hash,
        recursion_node_level_vk_hash, recursion_leaf_level_vk_hash, recursion_circuits_set_vks_hash, created_at,
        snark_wrapper_vk_hash) VALUES ($1, $2, ${keys}, '\\x') ON CONFLICT DO NOTHING`,
      [minor, patch],
    )
  } else if (generation === '2023-fri') {
    await client.query(
      `INSERT INTO prover_fri_protocol_versions (id, recursion_scheduler_level_vk_hash, recursion_node_level_vk_hash,
        recursion_leaf_level_vk_hash, recursion_circuits_set_vks_hash, created_at) VALUES ($1, ${keys})
      ON CONFLICT DO NOTHING`,
      [minor],
    )
  }
}
