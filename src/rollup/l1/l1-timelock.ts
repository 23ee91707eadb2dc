// Finds a chain's validator timelock on L1, once: the diamond names its manager, the manager names the timelock.

import { type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import {
  type ChainOnL1,
  type CommitTimeForm,
  commitTimeCall,
  commitTimeForms,
  executionDelayCall,
  firstAddress,
  managerCalls,
  timelockCalls,
} from './timelock.ts'

export interface FoundTimelock {
  readonly manager: string
  readonly address: string
  readonly executionDelay: number | null
  /** The getter of this generation. */
  readonly form: CommitTimeForm | null
}

export interface TimelockFinder {
  /** Null: a chain of 2023 names none, or nobody could be asked. Kept once found; asked again only after a while. */
  find(endpoint: RpcEndpoint, chain: ChainOnL1, limits: { readonly signal: AbortSignal }): Promise<FoundTimelock | null>
}

/** Operators move the delay, and a chain's timelock changes with upgrades. */
const keepMs = 10 * 60_000

export function createTimelockFinder(now: () => number = Date.now): TimelockFinder {
  let kept: { readonly found: FoundTimelock; readonly at: number } | null = null
  return {
    async find(endpoint, chain, { signal }) {
      if (kept !== null && now() - kept.at < keepMs) return kept.found
      const found = await search(endpoint, chain, signal)
      if (found !== null) kept = { found, at: now() }
      return found ?? kept?.found ?? null
    },
  }
}

async function search(endpoint: RpcEndpoint, chain: ChainOnL1, signal: AbortSignal): Promise<FoundTimelock | null> {
  const manager = firstAddress(await endpoint.batch(managerCalls(chain.diamond), { signal }))
  if (manager === null) return null
  const address = firstAddress(await endpoint.batch(timelockCalls(manager), { signal }))
  if (address === null) return null
  // A getter of another generation reverts; the right one answers, be it with 0.
  const tries = commitTimeForms.map((form) => commitTimeCall(address, form, chain, 1))
  const [delay, ...forms] = await endpoint.batch([executionDelayCall(address), ...tries], { signal })
  const form = commitTimeForms.find((_, at) => forms[at]?.ok) ?? null
  return { manager, address, executionDelay: delay === undefined ? null : valueIn(delay), form }
}
