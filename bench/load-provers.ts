// Fills a prover's job tables the way a long-running node does: finished batches of the past and an unfinished tail.

import type { Client } from 'pg'

export type ProverKind = '2023' | '2023-fri' | 'prover'

export interface Load {
  /** Prover jobs that are done. */
  readonly finished: number
  readonly jobsPerBatch: number
  /** Prover jobs in the queue, at work, failed or stuck; in the newest batches. */
  readonly unfinished: number
  /** Between two batches. */
  readonly secondsPerBatch: number
}

/** The first batch number; earlier ones were pruned. */
const firstBatch = 1000

export async function loadProvers(client: Pick<Client, 'query'>, kind: ProverKind, load: Load): Promise<void> {
  const batches = Math.ceil(load.finished / load.jobsPerBatch)
  const open = Math.ceil(load.unfinished / load.jobsPerBatch)
  const last = firstBatch + batches - 1
  await client.query("SET session_replication_role = 'replica'")
  const values = [firstBatch, last, load.jobsPerBatch, load.secondsPerBatch]
  for (const text of finishedSql[kind]) await client.query(inline(text, values))
  const tail = [last + 1, last + open, load.jobsPerBatch, load.secondsPerBatch]
  for (const text of unfinishedSql[kind]) await client.query(inline(text, tail))
  await client.query("SET session_replication_role = 'origin'")
  await client.query('VACUUM (ANALYZE)')
}

/** $1..$4: first batch, last batch, jobs per batch, seconds per batch; utility statements take no parameters. */
const inline = (text: string, values: readonly number[]): string =>
  text.replaceAll(/\$([1-4])/g, (_, place) => String(values[Number(place) - 1]))

const utc = `(now() AT TIME ZONE 'UTC')`
/** A finished batch ended this long ago. */
const ended = `(($2 - b) * $4 + 60) * interval '1 second'`

const versioned = 'protocol_version, protocol_version_patch, chain_id'

function perBatch(table: string, status: string, columns = '', values = ''): string {
  return `INSERT INTO ${table} (l1_batch_number, status, attempts, created_at, updated_at, processing_started_at, time_taken${columns})
    SELECT b, '${status}', 1, ${utc} - ${ended} - interval '40 minutes', ${utc} - ${ended}, ${utc} - ${ended} - interval '10 minutes',
      '00:10:00'${values}
    FROM generate_series($1::int8, $2::int8) b`
}

function aggregation(table: string, status: string, columns: string, values: string): string {
  return `INSERT INTO ${table} (l1_batch_number, circuit_id, status, attempts, created_at, updated_at, processing_started_at${columns})
    SELECT b, c, '${status}', 1, ${utc} - ${ended} - interval '40 minutes', ${utc} - ${ended}, ${utc} - ${ended} - interval '10 minutes'${values}
    FROM generate_series($1::int8, $2::int8) b, generate_series(3, 15) c`
}

/** Those that failed are out of attempts. */
const attempts = `CASE WHEN n % 4 = 3 THEN 12 WHEN n % 4 = 0 THEN 0 ELSE 1 END`

const oldProver = (status: string, times: string): string => `
  INSERT INTO prover_jobs (l1_batch_number, circuit_type, prover_input, status, attempts, aggregation_round, sequence_number,
    created_at, updated_at, processing_started_at, time_taken, proccesed_by, protocol_version)
  SELECT b, (ARRAY['Main VM', 'Keccak', 'ECRecover', 'RAM permutation', 'Leaf aggregation', 'Scheduler'])[1 + n % 6], '', ${status},
    ${status.startsWith('(') ? attempts : '1'}, CASE WHEN n = $3 THEN 3 ELSE 0 END, n, ${times}, '00:01:00', 'prover-' || n % 20, 13
  FROM generate_series($1::int8, $2::int8) b, generate_series(1, $3) n`

const friProver = (status: string, times: string, columns: string, values: string): string => `
  INSERT INTO prover_jobs_fri (l1_batch_number, circuit_id, circuit_blob_url, aggregation_round, sequence_number, status,
    attempts, created_at, updated_at, processing_started_at, time_taken, picked_by, protocol_version${columns})
  SELECT b, 1 + n % 13, 'blob', CASE WHEN n = $3 THEN 3 ELSE 0 END, n, ${status}, ${status.startsWith('(') ? attempts : '1'}, ${times},
    '00:01:00', 'prover-' || n % 20, 24${values}
  FROM generate_series($1::int8, $2::int8) b, generate_series(1, $3) n`

const finishedTimes = `${utc} - ${ended} - interval '40 minutes', ${utc} - ${ended}, ${utc} - ${ended} - interval '1 minute'`
const openTimes = `${utc} - interval '3 hours', ${utc} - interval '2 hours', ${utc} - interval '2 hours'`
/** A quarter each: in the queue, at work for too long, on a GPU for too long, failed. */
const openStatus = `(ARRAY['queued', 'in_progress', 'in_gpu_proof', 'failed'])[1 + n % 4]`

const finishedSql: Readonly<Record<ProverKind, readonly string[]>> = {
  '2023': [
    perBatch('witness_inputs', 'successful'),
    perBatch(
      'leaf_aggregation_witness_jobs',
      'successful',
      ', basic_circuits, basic_circuits_inputs, number_of_basic_circuits',
      ", '', '', 1",
    ),
    perBatch('node_aggregation_witness_jobs', 'successful'),
    perBatch('scheduler_witness_jobs', 'successful', ', scheduler_witness', ", ''"),
    oldProver(`'successful'`, finishedTimes),
  ],
  '2023-fri': [
    perBatch('witness_inputs_fri', 'successful'),
    aggregation('leaf_aggregation_witness_jobs_fri', 'successful', '', ''),
    aggregation('node_aggregation_witness_jobs_fri', 'successful', '', ''),
    perBatch('scheduler_witness_jobs_fri', 'successful', ', scheduler_partial_input_blob_url', ", 'blob'"),
    friProver(`'successful'`, finishedTimes, '', ''),
    perBatch('proof_compression_jobs_fri', 'sent_to_server'),
  ],
  prover: [
    perBatch('witness_inputs_fri', 'successful', `, ${versioned}`, ', 24, 2, 271'),
    aggregation('leaf_aggregation_witness_jobs_fri', 'successful', `, ${versioned}`, ', 24, 2, 271'),
    aggregation('node_aggregation_witness_jobs_fri', 'successful', `, ${versioned}`, ', 24, 2, 271'),
    perBatch(
      'recursion_tip_witness_jobs_fri',
      'successful',
      `, number_of_final_node_jobs, ${versioned}`,
      ', 13, 24, 2, 271',
    ),
    perBatch(
      'scheduler_witness_jobs_fri',
      'successful',
      `, scheduler_partial_input_blob_url, ${versioned}`,
      ", 'blob', 24, 2, 271",
    ),
    friProver(`'successful'`, finishedTimes, ', protocol_version_patch, chain_id', ', 2, 271'),
    perBatch('proof_compression_jobs_fri', 'sent_to_server', `, ${versioned}`, ', 24, 2, 271'),
  ],
}

const waiting = 'waiting_for_proofs'

const unfinishedSql: Readonly<Record<ProverKind, readonly string[]>> = {
  '2023': [
    perBatch('witness_inputs', 'successful'),
    perBatch(
      'leaf_aggregation_witness_jobs',
      waiting,
      ', basic_circuits, basic_circuits_inputs, number_of_basic_circuits',
      ", '', '', 1",
    ),
    perBatch('node_aggregation_witness_jobs', 'waiting_for_artifacts'),
    perBatch('scheduler_witness_jobs', 'waiting_for_artifacts', ', scheduler_witness', ", ''"),
    oldProver(openStatus, openTimes),
  ],
  '2023-fri': [
    perBatch('witness_inputs_fri', 'successful'),
    aggregation('leaf_aggregation_witness_jobs_fri', waiting, '', ''),
    aggregation('node_aggregation_witness_jobs_fri', waiting, '', ''),
    perBatch('scheduler_witness_jobs_fri', waiting, ', scheduler_partial_input_blob_url', ", 'blob'"),
    friProver(openStatus, openTimes, '', ''),
  ],
  prover: [
    perBatch('witness_inputs_fri', 'successful', `, ${versioned}`, ', 24, 2, 271'),
    aggregation('leaf_aggregation_witness_jobs_fri', waiting, `, ${versioned}`, ', 24, 2, 271'),
    aggregation('node_aggregation_witness_jobs_fri', waiting, `, ${versioned}`, ', 24, 2, 271'),
    perBatch(
      'recursion_tip_witness_jobs_fri',
      waiting,
      `, number_of_final_node_jobs, ${versioned}`,
      ', 13, 24, 2, 271',
    ),
    perBatch(
      'scheduler_witness_jobs_fri',
      waiting,
      `, scheduler_partial_input_blob_url, ${versioned}`,
      ", 'blob', 24, 2, 271",
    ),
    friProver(openStatus, openTimes, ', protocol_version_patch, chain_id', ', 2, 271'),
  ],
}
