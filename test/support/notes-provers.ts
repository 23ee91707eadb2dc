// The stuck proofs of September 2023, as the notes show them: one job per batch, on two nodes.

import type pg from 'pg'
import { insertRow } from './node-rows.ts'
import type { JobFixture } from './prover-rows.ts'

const day = 86_400
export const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

const stuck = (batch: number, ago: number): JobFixture => ({
  batch,
  status: 'in_gpu_proof',
  attempts: 1,
  startedAgo: ago,
  more: { protocol_version: 13 },
})
const done = (batch: number): JobFixture => ({
  batch,
  status: 'successful',
  attempts: 1,
  startedAgo: 12 * day,
  updatedAgo: 12 * day - 2400,
  more: { protocol_version: 13, time_taken: '00:40:00', proccesed_by: 'prover-1' },
})

export const mainNode: readonly JobFixture[] = [
  ...range(1139, 1143).map((batch) => stuck(batch, 13 * day)),
  ...range(1144, 1147).map(done),
]
export const secondNode: readonly JobFixture[] = range(1139, 1147).map((batch) => stuck(batch, 11 * day))

/** Batches of the core around `upTo`, the last one whose prove transaction L1 has confirmed. */
export async function settleUpTo(client: pg.Client, upTo: number): Promise<void> {
  await client.query("SET session_replication_role = 'replica'")
  await insertRow(client, 'eth_txs', { id: 1, tx_type: 'PublishProofBlocksOnchain', confirmed_eth_tx_history_id: 1 })
  for (const number of range(upTo - 1, upTo + 12)) {
    await insertRow(client, 'l1_batches', { number, ...(number <= upTo && { eth_prove_tx_id: 1 }) })
  }
  await client.query("SET session_replication_role = 'origin'")
}
