// Which L1 transactions the L2 node names for the last steps on L1: a hint where to look, never a proof.

import { l2Methods } from '../../l2/l2-methods.ts'
import { valueIn } from '../../rpc/json-rpc.ts'
import type { FirstSight } from './l2.ts'

export interface LastHashes {
  readonly commit: string | null
  readonly execute: string | null
}

/** Nodes without batch methods (ZKsync OS) name none. */
export async function lastHashes(
  sight: FirstSight | null,
  { committed, executed }: { readonly committed: number; readonly executed: number },
  signal: AbortSignal,
): Promise<LastHashes> {
  if (sight === null || sight.sealedBatch === null) return { commit: null, execute: null }
  const calls = [l2Methods.batchDetails(committed), l2Methods.batchDetails(executed)] as const
  const [last, done] = await sight.endpoint.batch(calls, { signal })
  return { commit: valueIn(last)?.commitTxHash ?? null, execute: valueIn(done)?.executeTxHash ?? null }
}
