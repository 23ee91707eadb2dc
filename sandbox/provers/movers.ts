// Moves waiting jobs into the queue once the proofs they need are counted, and hands finished batches to the core.

import type { ClientBase } from 'pg'
import type { ProverGeneration } from './queues.ts'
import { updateAll } from './statements.ts'

/** How many rows were moved on. */
export async function moveOn(client: ClientBase, generation: ProverGeneration, now: number): Promise<number> {
  return updateAll(client, statements[generation], now)
}

/** One mover: the waiting rows of a table whose proofs are all there. */
function mover(table: string, proofs: string, needs: string, on: string): string {
  return `UPDATE ${table} w SET status = 'queued' WHERE status = 'waiting_for_proofs' AND ${needs} = (
    SELECT count(*) FROM ${proofs} p WHERE p.l1_batch_number = w.l1_batch_number AND p.status = 'successful' AND ${on})`
}

const old = [
  mover('leaf_aggregation_witness_jobs', 'prover_jobs', 'number_of_basic_circuits', 'p.aggregation_round = 0'),
  mover('node_aggregation_witness_jobs', 'prover_jobs', 'number_of_leaf_circuits', 'p.aggregation_round = 1'),
  mover('scheduler_witness_jobs', 'prover_jobs', '1', 'p.aggregation_round = 2'),
]

const baseOf = `CASE w.circuit_id WHEN 18 THEN 255 ELSE w.circuit_id - 2 END`

function fri(chain: string): string[] {
  const proofs = 'prover_jobs_fri'
  return [
    mover(
      'leaf_aggregation_witness_jobs_fri',
      proofs,
      'number_of_basic_circuits',
      `p.aggregation_round = 0 AND p.circuit_id = ${baseOf}${chain}`,
    ),
    // The proofs that a node job takes carry its own depth: leaf proofs 0, those of the node job above one more each.
    mover(
      'node_aggregation_witness_jobs_fri',
      proofs,
      'number_of_dependent_jobs',
      `p.circuit_id = w.circuit_id AND p.depth = w.depth
        AND p.aggregation_round = CASE w.depth WHEN 0 THEN 1 ELSE 2 END${chain}`,
    ),
  ]
}

const sameChain = ' AND p.chain_id = w.chain_id'
const finals = Array.from({ length: 13 }, (_, index) => `circuit_${index + 1}_final_prover_job_id`).join(', ')
const ready = `num_nulls(${finals}) = 0`

/** The core takes compressed proofs one by one: a batch only when every earlier one of its chain was taken. */
function handOver(chain: string, sameChain: string): string {
  return `UPDATE proof_compression_jobs_fri w SET status = 'sent_to_server', updated_at = $1
    WHERE status = 'successful' AND NOT EXISTS (SELECT 1 FROM witness_inputs_fri i
      WHERE i.l1_batch_number < w.l1_batch_number ${chain} AND NOT EXISTS (SELECT 1 FROM proof_compression_jobs_fri d
        WHERE d.l1_batch_number = i.l1_batch_number ${sameChain} AND d.status IN ('successful', 'sent_to_server', 'skipped')))`
}

const statements: Readonly<Record<ProverGeneration, readonly string[]>> = {
  '2023': old,
  '2023-fri': [
    ...fri(''),
    `UPDATE scheduler_dependency_tracker_fri SET status = 'queued' WHERE status <> 'queued' AND ${ready}`,
    `UPDATE scheduler_witness_jobs_fri w SET status = 'queued' WHERE status = 'waiting_for_proofs' AND EXISTS (
      SELECT 1 FROM scheduler_dependency_tracker_fri t WHERE t.l1_batch_number = w.l1_batch_number AND ${ready})`,
    handOver('', ''),
  ],
  'prover-db': [
    ...fri(sameChain),
    mover(
      'recursion_tip_witness_jobs_fri',
      'prover_jobs_fri',
      'number_of_final_node_jobs',
      `p.aggregation_round = 2 AND p.is_node_final_proof${sameChain}`,
    ),
    mover('scheduler_witness_jobs_fri', 'prover_jobs_fri', '1', `p.aggregation_round = 3${sameChain}`),
    handOver('AND i.chain_id = w.chain_id', 'AND d.chain_id = i.chain_id'),
  ],
}
