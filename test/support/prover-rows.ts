// Job rows for tests: what the test is about is given, times as seconds ago; every other mandatory column gets a plain value.

import type pg from 'pg'

export interface JobFixture {
  readonly batch: number
  readonly status: string
  readonly attempts?: number
  /** Seconds since the pick; null: never picked. */
  readonly startedAgo?: number | null
  readonly updatedAgo?: number
  readonly createdAgo?: number
  /** Any further column, as the table names it. */
  readonly more?: Readonly<Record<string, unknown>>
}

const mandatory: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  prover_jobs: { circuit_type: 'Main VM', prover_input: '\\x', time_taken: '00:00:00' },
  witness_inputs: { time_taken: '00:00:00' },
  leaf_aggregation_witness_jobs: { basic_circuits: '\\x', basic_circuits_inputs: '\\x', number_of_basic_circuits: 1 },
  scheduler_witness_jobs: { scheduler_witness: '\\x' },
  prover_jobs_fri: { circuit_id: 1, circuit_blob_url: 'blob', aggregation_round: 0, sequence_number: 0 },
  leaf_aggregation_witness_jobs_fri: { circuit_id: 3 },
  node_aggregation_witness_jobs_fri: { circuit_id: 3 },
  scheduler_witness_jobs_fri: { scheduler_partial_input_blob_url: 'blob' },
  recursion_tip_witness_jobs_fri: { number_of_final_node_jobs: 1 },
}

/** Numbers that keep the unique keys of rows apart which the test does not tell apart. */
let sequence = 1_000_000

/** Returns the ids (or batches) in order. Foreign keys are not checked: a test needs no batches and versions. */
export async function insertJobs(
  client: Pick<pg.Client, 'query'>,
  table: string,
  jobs: readonly JobFixture[],
): Promise<readonly string[]> {
  await client.query("SET session_replication_role = 'replica'")
  const numbered = /^prover_jobs/.test(table)
  const rows = jobs.map((job) => {
    sequence += 1
    const updatedAgo = job.updatedAgo ?? job.startedAgo ?? 60
    return {
      ...mandatory[table],
      ...(numbered && { sequence_number: sequence }),
      l1_batch_number: job.batch,
      status: job.status,
      attempts: job.attempts ?? 0,
      ...job.more,
      started_ago: job.startedAgo ?? null,
      updated_ago: updatedAgo,
      created_ago: job.createdAgo ?? Math.max(updatedAgo, job.startedAgo ?? 0),
    }
  })
  const given = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !name.endsWith('_ago'))
  const names = given.map((name) => `"${name}"`)
  const utc = "now() AT TIME ZONE 'UTC'"
  const ago = (name: string): string => `${utc} - make_interval(secs => (j.value ->> '${name}_ago')::float8)`
  const { rows: inserted } = await client.query<{ key: string }>(
    `INSERT INTO ${table} (${names.join(', ')}, processing_started_at, updated_at, created_at)
     SELECT ${names.map((name) => `r.${name}`).join(', ')}, ${ago('started')}, ${ago('updated')}, ${ago('created')}
     FROM json_array_elements($1::json) WITH ORDINALITY j(value, place)
     CROSS JOIN LATERAL json_populate_record(NULL::${table}, j.value) r ORDER BY j.place
     RETURNING ${keyed(table) ? 'id::text' : 'l1_batch_number::text'} AS key`,
    [JSON.stringify(rows)],
  )
  await client.query("SET session_replication_role = 'origin'")
  return inserted.map(({ key }) => key)
}

const keyed = (table: string): boolean => /^(prover_jobs|leaf_\w+_fri|node_\w+_fri)/.test(table)
