// Since when the oldest batch of each stage waits: L1 has the counters, the node knows when a batch was full.

import { l2Methods } from '../l2/l2-methods.ts'
import { type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import type { Waiting } from './facts.ts'
import type { L1Counters, L1State } from './sources/l1.ts'
import { proofOf } from './sources/l1-events.ts'

export interface Waits {
  readonly commit: Waiting | null
  readonly prove: Waiting | null
  readonly execute: Waiting | null
  /** Proved, and its execution delay still runs until then; Unix seconds. */
  readonly eligibleAt: number | null
}

/** What the node knows of the oldest batches that wait: when they were full, and when they were proved. */
export interface NodeWaits {
  readonly commit: Waiting | null
  /** By the node's own notes, minutes late: the oldest batch that is proved, and those that wait for a proof or execution. */
  readonly provenAt: number | null
  readonly committedAt: ReadonlyMap<number, number>
}

export interface WaitsQuestion {
  readonly counters: L1Counters
  /** Where L1 itself tells how far it has taken the chain (ZKsync OS); null: it does not, or not yet. */
  readonly committedBlock: number | null
  readonly endpoint: RpcEndpoint
  readonly sealedBatch: number | null
  readonly signal: AbortSignal
}

const seconds = (iso: string | null | undefined) => (iso == null ? null : Date.parse(iso) / 1000)

/** From the end of the batch's last block on: before that there was nothing to commit (chain-signals 7.3). */
export async function askNode({
  counters,
  committedBlock,
  endpoint,
  sealedBatch,
  signal,
}: WaitsQuestion): Promise<NodeWaits> {
  if (sealedBatch === null) {
    return {
      commit: await waitWithoutBatches(endpoint, counters.committed, committedBlock, signal),
      provenAt: null,
      committedAt: new Map(),
    }
  }
  const batch = counters.committed + 1
  const oldest = [counters.executed + 1, counters.verified + 1]
  const [range, details, toExecute, toProve] = await endpoint.batch(
    [l2Methods.batchRange(batch), l2Methods.batchDetails(batch), ...oldest.map((one) => l2Methods.batchDetails(one))],
    { signal },
  )
  const noted = {
    provenAt: seconds(valueIn(toExecute)?.provenAt),
    committedAt: new Map(
      [toExecute, toProve].flatMap((answer, at): [number, number][] => {
        const time = seconds(valueIn(answer)?.committedAt)
        return time === null ? [] : [[oldest[at] as number, time]]
      }),
    ),
  }
  if (batch > sealedBatch) return { commit: null, ...noted }
  const last = valueIn(range)?.[1]
  const block = last === undefined ? null : valueIn(await endpoint.call(l2Methods.block(last), { signal }))
  const since = seconds(block?.time) ?? seconds(valueIn(details)?.timestamp)
  return { commit: since === null ? null : { batch, since }, ...noted }
}

/** `node` null: only what L1 itself tells. */
export function waitsOf(state: L1State, node: NodeWaits | null): Waits {
  const { counters } = state
  const committedAt = (batch: number) =>
    state.committedAt.get(batch) ?? timeOfCommit(state, batch) ?? node?.committedAt.get(batch) ?? null
  const toProve = counters.verified + 1
  const proveSince = toProve <= counters.committed ? committedAt(toProve) : null
  const toExecute = counters.executed + 1
  const provenAt = proofOf(state.events, toExecute)?.time ?? node?.provenAt ?? null
  return {
    commit: node?.commit ?? null,
    prove: proveSince === null ? null : { batch: toProve, since: proveSince },
    ...executeWait(state, committedAt(toExecute), provenAt),
  }
}

/**
 * ZKsync OS has no batch methods; its `safe` block is the last committed one it has heard of. What L1 itself says of the
 * last commit wins: to a node that lags everything since would seem to wait.
 */
async function waitWithoutBatches(
  endpoint: RpcEndpoint,
  committed: number,
  committedBlock: number | null,
  signal: AbortSignal,
): Promise<Waiting | null> {
  const [latest, safe] = await endpoint.batch([l2Methods.block('latest'), l2Methods.block('safe')], { signal })
  const [newest, done] = [valueIn(latest), valueIn(safe)]
  if (newest === null || done === null || newest.hasBatchField) return null
  const last = Math.max(done.number, committedBlock ?? 0)
  if (last >= newest.number) return null
  const next = valueIn(await endpoint.call(l2Methods.block(last + 1), { signal }))
  const since = seconds(next?.time)
  return since === null ? null : { batch: committed + 1, since }
}

/** As far as the events of the last hours reach; the last commit of a number counts. */
function timeOfCommit({ events }: L1State, batch: number): number | null {
  return events?.findLast(({ event }) => event.kind === 'commit' && event.batch === batch)?.time ?? null
}

/** A batch may be executed once it is proved and its delay since the commit is over; before, nothing waits. */
function executeWait(
  { counters, executionDelay, head }: L1State,
  committed: number | null,
  provenAt: number | null,
): Pick<Waits, 'execute' | 'eligibleAt'> {
  const batch = counters.executed + 1
  if (batch > counters.verified || committed === null) return { execute: null, eligibleAt: null }
  const eligibleAt = Math.max(committed + (executionDelay ?? 0), provenAt ?? 0)
  if (eligibleAt > head.time) return { execute: null, eligibleAt }
  // Without the time of its proof or the delay, its wait could be measured from too early.
  if (provenAt === null || executionDelay === null) return { execute: null, eligibleAt: null }
  return { execute: { batch, since: eligibleAt }, eligibleAt: null }
}
