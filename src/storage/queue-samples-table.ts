// The prover's queue as the watcher saw it, every few minutes for some days: history that no job row keeps.

import type { QueueSample, QueueStates } from '../core/records.ts'
import type { Queryable } from './database.ts'
import { isoText, storable } from './stored-values.ts'

const keptDays = 7

/** What is too old goes with what comes. */
export async function insertQueueSample(connection: Queryable, chain: string, states: QueueStates): Promise<void> {
  await connection.query(
    `INSERT INTO rollcall.queue_samples (chain, queued, running, in_gpu_proof, failed, exhausted)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [storable(chain), states.queued, states.running, states.inGpuProof, states.failed, states.exhausted],
  )
  await connection.query(
    `DELETE FROM rollcall.queue_samples WHERE chain = $1 AND at < clock_timestamp() - make_interval(days => $2)`,
    [storable(chain), keptDays],
  )
}

/** Of the last hours, oldest first. */
export async function selectQueueSamples(
  connection: Queryable,
  chain: string,
  hours: number,
): Promise<readonly QueueSample[]> {
  const { rows } = await connection.query<QueueSample>(
    `SELECT ${isoText('at')} AS at, queued, running, in_gpu_proof AS "inGpuProof", failed, exhausted
     FROM rollcall.queue_samples
     WHERE chain = $1 AND at > clock_timestamp() - make_interval(hours => $2) ORDER BY rollcall.queue_samples.at`,
    [storable(chain), hours],
  )
  return rows
}
