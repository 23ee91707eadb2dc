// Since when the oldest batch of each stage waits: L1 has the counters, the node knows when a batch was full.

import { l2Methods } from '../l2/l2-methods.ts'
import { type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import type { Waiting } from './facts.ts'
import { type L1State, lastCommittedBlock, proofOf } from './l1.ts'

export interface Waits {
  readonly commit: Waiting | null
  readonly prove: Waiting | null
  readonly execute: Waiting | null
  /** Proved, and its execution delay still runs until then; Unix seconds. */
  readonly eligibleAt: number | null
}

export interface WaitsQuestion {
  readonly state: L1State
  /** An endpoint that answers; null: only what L1 itself tells. */
  readonly endpoint: RpcEndpoint | null
  readonly sealedBatch: number | null
  readonly signal: AbortSignal
}

const seconds = (iso: string | null | undefined) => (iso == null ? null : Date.parse(iso) / 1000)

export async function readWaits({ state, endpoint, sealedBatch, signal }: WaitsQuestion): Promise<Waits> {
  const { counters, committedAt } = state
  const [commit, provenAt] = await Promise.all([
    endpoint === null ? null : commitWait(endpoint, state, sealedBatch, signal),
    endpoint === null || counters.executed >= counters.verified
      ? null
      : timeOfProof(state, counters.executed + 1, endpoint, signal),
  ])
  const proveSince = counters.verified < counters.committed ? committedAt.get(counters.verified + 1) : undefined
  return {
    commit,
    prove: proveSince === undefined ? null : { batch: counters.verified + 1, since: proveSince },
    ...executeWait(state, provenAt),
  }
}

/** From the end of the batch's last block on: before that there was nothing to commit (chain-signals 7.3). */
async function commitWait(
  endpoint: RpcEndpoint,
  state: L1State,
  sealedBatch: number | null,
  signal: AbortSignal,
): Promise<Waiting | null> {
  if (sealedBatch === null) return waitWithoutBatches(endpoint, state, signal)
  const batch = state.counters.committed + 1
  if (batch > sealedBatch) return null
  const [range, details] = await endpoint.batch([l2Methods.batchRange(batch), l2Methods.batchDetails(batch)], {
    signal,
  })
  const last = valueIn(range)?.[1]
  const block = last === undefined ? null : valueIn(await endpoint.call(l2Methods.block(last), { signal }))
  const since = seconds(block?.time) ?? seconds(valueIn(details)?.timestamp)
  return since === null ? null : { batch, since }
}

/**
 * ZKsync OS has no batch methods; its `safe` block is the last committed one it has heard of. What L1 itself says of the
 * last commit wins: to a node that lags everything since would seem to wait.
 */
async function waitWithoutBatches(endpoint: RpcEndpoint, state: L1State, signal: AbortSignal): Promise<Waiting | null> {
  const [latest, safe] = await endpoint.batch([l2Methods.block('latest'), l2Methods.block('safe')], { signal })
  const [newest, done] = [valueIn(latest), valueIn(safe)]
  if (newest === null || done === null || newest.hasBatchField) return null
  const last = Math.max(done.number, lastCommittedBlock(state) ?? 0)
  if (last >= newest.number) return null
  const next = valueIn(await endpoint.call(l2Methods.block(last + 1), { signal }))
  const since = seconds(next?.time)
  return since === null ? null : { batch: state.counters.committed + 1, since }
}

/** From L1's own event where it is in sight; else what the node noted, which is late by minutes at most. */
async function timeOfProof(
  { events }: L1State,
  batch: number,
  endpoint: RpcEndpoint,
  signal: AbortSignal,
): Promise<number | null> {
  const proof = proofOf(events, batch)
  if (proof?.time != null) return proof.time
  return seconds(valueIn(await endpoint.call(l2Methods.batchDetails(batch), { signal }))?.provenAt)
}

/** A batch may be executed once it is proved and its delay since the commit is over; before, nothing waits. */
function executeWait(state: L1State, provenAt: number | null): Pick<Waits, 'execute' | 'eligibleAt'> {
  const { counters, committedAt, executionDelay, head } = state
  const batch = counters.executed + 1
  const committed = committedAt.get(batch)
  if (batch > counters.verified || committed === undefined) return { execute: null, eligibleAt: null }
  const eligibleAt = Math.max(committed + (executionDelay ?? 0), provenAt ?? 0)
  if (eligibleAt > head.time) return { execute: null, eligibleAt }
  // Without the time of its proof or the delay, its wait could be measured from too early.
  if (provenAt === null || executionDelay === null) return { execute: null, eligibleAt: null }
  return { execute: { batch, since: eligibleAt }, eligibleAt: null }
}
