// Since when the oldest batches wait, by the node's database: what its RPC would tell if one answered.

import { DatabaseFailure, type NodeDatabase } from '../../node-database.ts'
import type { NodeWaits } from '../waits.ts'
import { confirmedAt } from './database-usual.ts'
import type { L1Counters } from './l1.ts'

interface WaitRow {
  /** Unix seconds; null: not sealed, not yet, or no such batch. */
  readonly ended: number | null
  readonly provenAt: number | null
  readonly committedToExecute: number | null
  readonly committedToProve: number | null
}

/** Null: the database did not tell. How far L1 is, L1 says: the node's own notes of it are minutes late. */
export async function askDatabase(
  database: NodeDatabase,
  { committed, verified, executed }: L1Counters,
  signal: AbortSignal,
): Promise<NodeWaits | null> {
  try {
    const columns = await database.columns({ signal })
    const sealed = ['is_sealed', 'is_finished'].find((column) => columns.has('l1_batches', column)) ?? 'true'
    const values = [committed + 1, executed + 1, verified + 1]
    const [row] = await database.read<WaitRow>(statement(sealed), values, { signal })
    return row === undefined ? null : waitsIn(row, { committed, verified, executed })
  } catch (error) {
    if (error instanceof DatabaseFailure) return null
    throw error
  }
}

function waitsIn(row: WaitRow, { committed, verified, executed }: L1Counters): NodeWaits {
  const noted: (readonly [number, number | null])[] = [
    [executed + 1, row.committedToExecute],
    [verified + 1, row.committedToProve],
  ]
  return {
    // From the end of the batch's last block on: before that there was nothing to commit (chain-signals 7.3).
    commit: row.ended === null ? null : { batch: committed + 1, since: row.ended },
    provenAt: row.provenAt,
    committedAt: new Map(noted.flatMap(([batch, time]) => (time === null ? [] : [[batch, time] as const]))),
  }
}

function statement(sealed: string): string {
  const noted = (parameter: string, stage: 'commit' | 'prove') =>
    `(SELECT ${confirmedAt(stage)} FROM l1_batches b WHERE b.number = ${parameter}::int8)`
  return `SELECT
    (SELECT coalesce((SELECT max(m.timestamp) FROM miniblocks m WHERE m.l1_batch_number = b.number), b.timestamp)::float8
      FROM l1_batches b WHERE b.number = $1::int8 AND ${sealed}) AS ended,
    ${noted('$2', 'prove')} AS "provenAt",
    ${noted('$2', 'commit')} AS "committedToExecute",
    ${noted('$3', 'commit')} AS "committedToProve"`
}
