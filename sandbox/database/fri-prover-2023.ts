// The FRI prover's tables in the node's database as of August 2023; december-2023.ts adds what came after.

/** One column per base circuit: the scheduler runs once all of them are filled. */
const finalProofColumns = Array.from({ length: 13 }, (_, index) => `circuit_${index + 1}_final_prover_job_id`)

export const friProver2023 = `
CREATE TABLE witness_inputs_fri (
  l1_batch_number bigint NOT NULL, merkle_tree_paths_blob_url text, attempts smallint DEFAULT 0 NOT NULL,
  status text NOT NULL, error text, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  processing_started_at timestamp, time_taken time, is_blob_cleaned boolean, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON witness_inputs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');

CREATE TABLE leaf_aggregation_witness_jobs_fri (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL,
  closed_form_inputs_blob_url text, attempts smallint DEFAULT 0 NOT NULL, status text NOT NULL, error text,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, processing_started_at timestamp,
  time_taken time, is_blob_cleaned boolean, number_of_basic_circuits int, PRIMARY KEY (id)
);
CREATE INDEX ON leaf_aggregation_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON leaf_aggregation_witness_jobs_fri (l1_batch_number, id) WHERE status = 'queued';
CREATE UNIQUE INDEX leaf_jobs_fri_place ON leaf_aggregation_witness_jobs_fri (l1_batch_number, circuit_id);

CREATE TABLE node_aggregation_witness_jobs_fri (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL, depth int DEFAULT 0 NOT NULL,
  status text NOT NULL, attempts smallint DEFAULT 0 NOT NULL, aggregations_url text,
  processing_started_at timestamp, time_taken time, error text, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, number_of_dependent_jobs int, PRIMARY KEY (id)
);
CREATE INDEX ON node_aggregation_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON node_aggregation_witness_jobs_fri (l1_batch_number, depth, id) WHERE status = 'queued';
CREATE UNIQUE INDEX node_jobs_fri_place ON node_aggregation_witness_jobs_fri (l1_batch_number, circuit_id, depth);

CREATE TABLE scheduler_witness_jobs_fri (
  l1_batch_number bigint NOT NULL, scheduler_partial_input_blob_url text NOT NULL, status text NOT NULL,
  processing_started_at timestamp, time_taken time, error text, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, attempts smallint DEFAULT 0 NOT NULL, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON scheduler_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');

CREATE TABLE prover_jobs_fri (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL, circuit_blob_url text NOT NULL,
  aggregation_round smallint NOT NULL, sequence_number int NOT NULL, status text NOT NULL, error text,
  attempts smallint DEFAULT 0 NOT NULL, processing_started_at timestamp, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, time_taken time, is_blob_cleaned boolean, depth int DEFAULT 0 NOT NULL,
  is_node_final_proof boolean DEFAULT false NOT NULL, proof_blob_url text, PRIMARY KEY (id)
);
CREATE INDEX ON prover_jobs_fri (aggregation_round DESC, l1_batch_number, id) WHERE status = 'queued';
CREATE INDEX prover_jobs_fri_unfinished ON prover_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE UNIQUE INDEX prover_jobs_fri_place ON prover_jobs_fri (l1_batch_number, aggregation_round, circuit_id, depth, sequence_number);

CREATE TABLE scheduler_dependency_tracker_fri (
  l1_batch_number bigint NOT NULL, status text NOT NULL, ${finalProofColumns.map((column) => `${column} bigint`).join(', ')}, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON scheduler_dependency_tracker_fri (${finalProofColumns.join(', ')}) WHERE status <> 'queued';

CREATE TABLE gpu_prover_queue_fri (
  id bigserial, instance_host inet NOT NULL, instance_port int NOT NULL, instance_status text NOT NULL,
  specialized_prover_group_id smallint NOT NULL, zone text, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, processing_started_at timestamp,
  CONSTRAINT valid_port CHECK (instance_port >= 0 AND instance_port <= 65535), PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ON gpu_prover_queue_fri (instance_host, instance_port, zone);

ALTER TABLE prover_jobs_fri
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE;
`
