// The statement that reads a sample of the last days' batches and blocks from the node's database, by indexes alone.

import type { NodeColumns } from '../../node-database.ts'
import { type BatchTimes, type BlockGap, type LearnedGaps, learnedDays, usualOf } from '../usual.ts'

/** Times of batches, and of blocks with the gap to the next one; Unix seconds. */
export interface SampledRow {
  readonly batches: readonly (readonly [
    opened: number,
    next: number | null,
    ended: number | null,
    committed: number | null,
    proven: number | null,
    executed: number | null,
  ])[]
  readonly blocks: readonly (readonly [time: number, seconds: number])[]
}

/** Thirty batches and forty blocks of each day: some thousand look-ups, however long the chain is. */
const sampledBatches = 30 * learnedDays
const sampledBlocks = 40 * learnedDays
/** On a chain that makes few batches further back than the last days. */
const fewestBatches = 50

export function usualInDatabase({ batches, blocks }: SampledRow): LearnedGaps {
  return usualOf(
    batches.map(
      ([opened, next, ended, committed, proven, executed]): BatchTimes => ({
        ...{ opened, next, ended, committed, proven, executed },
      }),
    ),
    blocks.map(([time, seconds]): BlockGap => ({ time, seconds })),
  )
}

/** When the node noted that batch `b` has passed the stage on L1; Unix seconds. */
export function confirmedAt(stage: 'commit' | 'prove' | 'execute'): string {
  return `(SELECT extract(epoch FROM h.confirmed_at)::float8 FROM eth_txs e
      JOIN eth_txs_history h ON h.id = e.confirmed_eth_tx_history_id WHERE e.id = b.eth_${stage}_tx_id)`
}

/**
 * Neither table has an index by time, so the first row of the last days is found by halving the numbers. Each row is looked
 * up for itself (LATERAL with a limit): a join would tempt the planner to read the tables whole.
 */
export function usualStatement(columns: NodeColumns): string {
  const sealed = ['is_sealed', 'is_finished'].find((column) => columns.has('l1_batches', column)) ?? 'true'
  const ended = columns.has('l1_batches', 'sealed_at') ? 'extract(epoch FROM sealed_at)::float8' : 'NULL::float8'
  return `WITH RECURSIVE ${spread('l1_batches', sealed, sampledBatches, fewestBatches)},
  ${spread('miniblocks', 'true', sampledBlocks, sampledBlocks)}
SELECT json_build_object(
  'batches', (SELECT coalesce(json_agg(json_build_array(b.timestamp,
      (SELECT timestamp FROM l1_batches WHERE number = picked.number + 1), b.ended,
      ${confirmedAt('commit')}, ${confirmedAt('prove')}, ${confirmedAt('execute')})), '[]')
    FROM l1_batches_picked picked CROSS JOIN LATERAL (
      SELECT timestamp, ${ended} AS ended, eth_commit_tx_id, eth_prove_tx_id, eth_execute_tx_id
      FROM l1_batches WHERE number = picked.number LIMIT 1) b),
  'blocks', (SELECT coalesce(json_agg(json_build_array(b.timestamp, next.timestamp - b.timestamp)), '[]')
    FROM miniblocks_picked picked
    CROSS JOIN LATERAL (SELECT timestamp FROM miniblocks WHERE number = picked.number LIMIT 1) b
    CROSS JOIN LATERAL (SELECT timestamp FROM miniblocks WHERE number = picked.number + 1 LIMIT 1) next)
) AS sampled`
}

/** Numbers spread evenly over the last days before the table's newest row; a node that began with a snapshot lacks the oldest. */
function spread(table: string, condition: string, count: number, fewest: number): string {
  return `${table}_newest AS MATERIALIZED (
    SELECT number, timestamp FROM ${table} WHERE ${condition} ORDER BY number DESC LIMIT 1),
  ${table}_search AS (
    SELECT (SELECT min(number) FROM ${table}) AS low, number AS high, timestamp - ${learnedDays * 86_400} AS since
      FROM ${table}_newest
    UNION ALL
    SELECT CASE WHEN found.timestamp < since THEN middle ELSE low END,
      CASE WHEN found.timestamp < since THEN high ELSE middle END, since
    FROM ${table}_search, LATERAL (SELECT (low + high) / 2 AS middle) half,
      LATERAL (SELECT timestamp FROM ${table} WHERE number >= middle ORDER BY number LIMIT 1) found
    WHERE high - low > 1),
  ${table}_picked AS MATERIALIZED (
    SELECT DISTINCT first + (last - first) * step / ${count - 1} AS number
    FROM (SELECT least(min(high), max(high) - ${fewest}) AS first, max(high) AS last FROM ${table}_search) span,
      generate_series(0, ${count - 1}) step)`
}
