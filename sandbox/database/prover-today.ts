// The prover's own database as of mid 2026. A batch is named by its number and its chain together.

/** What every job table keeps about its jobs. */
const bookkeeping = `status text NOT NULL, attempts smallint DEFAULT 0 NOT NULL, error text,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, processing_started_at timestamp, time_taken time,
  protocol_version int, protocol_version_patch int DEFAULT 0 NOT NULL, picked_by text,
  priority int DEFAULT 0 NOT NULL, batch_sealed_at timestamp DEFAULT now() NOT NULL, chain_id int DEFAULT 0 NOT NULL`

/** Job tables whose rows belong to a protocol version that the prover knows. */
const versioned = [
  'leaf_aggregation_witness_jobs_fri',
  'node_aggregation_witness_jobs_fri',
  'proof_compression_jobs_fri',
  'prover_jobs_fri',
  'recursion_tip_witness_jobs_fri',
  'scheduler_witness_jobs_fri',
  'witness_inputs_fri',
]

const versionKeys = versioned
  .map(
    (table) => `ALTER TABLE ${table} ADD FOREIGN KEY (protocol_version, protocol_version_patch)
  REFERENCES prover_fri_protocol_versions(id, protocol_version_patch);`,
  )
  .join('\n')

export const proverToday = `
CREATE TABLE prover_fri_protocol_versions (
  id int NOT NULL, recursion_scheduler_level_vk_hash bytea DEFAULT '\\x' NOT NULL,
  recursion_node_level_vk_hash bytea, recursion_leaf_level_vk_hash bytea,
  recursion_circuits_set_vks_hash bytea, created_at timestamp NOT NULL,
  protocol_version_patch int DEFAULT 0 NOT NULL, snark_wrapper_vk_hash bytea NOT NULL,
  fflonk_snark_wrapper_vk_hash bytea, PRIMARY KEY (id, protocol_version_patch)
);

CREATE TABLE witness_inputs_fri (
  l1_batch_number bigint NOT NULL, witness_inputs_blob_url text,
  ${bookkeeping},
  PRIMARY KEY (l1_batch_number, chain_id)
);
CREATE INDEX ON witness_inputs_fri (priority, batch_sealed_at) WHERE status = 'queued';
CREATE INDEX ON witness_inputs_fri (l1_batch_number) WHERE status = 'queued';
CREATE INDEX ON witness_inputs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');

CREATE TABLE leaf_aggregation_witness_jobs_fri (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL,
  closed_form_inputs_blob_url text, number_of_basic_circuits int,
  ${bookkeeping},
  PRIMARY KEY (id)
);
CREATE INDEX ON leaf_aggregation_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON leaf_aggregation_witness_jobs_fri (priority, batch_sealed_at) WHERE status = 'queued';
CREATE INDEX ON leaf_aggregation_witness_jobs_fri (l1_batch_number, id) WHERE status = 'queued';
CREATE UNIQUE INDEX ON leaf_aggregation_witness_jobs_fri (l1_batch_number, chain_id, circuit_id);

CREATE TABLE node_aggregation_witness_jobs_fri (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL, depth int DEFAULT 0 NOT NULL,
  aggregations_url text, number_of_dependent_jobs int,
  ${bookkeeping},
  PRIMARY KEY (id)
);
CREATE INDEX ON node_aggregation_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON node_aggregation_witness_jobs_fri (priority, batch_sealed_at) WHERE status = 'queued';
CREATE INDEX ON node_aggregation_witness_jobs_fri (l1_batch_number, depth, id) WHERE status = 'queued';
CREATE UNIQUE INDEX ON node_aggregation_witness_jobs_fri (l1_batch_number, chain_id, circuit_id, depth);

CREATE TABLE recursion_tip_witness_jobs_fri (
  l1_batch_number bigint NOT NULL, number_of_final_node_jobs int NOT NULL,
  ${bookkeeping},
  PRIMARY KEY (l1_batch_number, chain_id)
);
CREATE INDEX ON recursion_tip_witness_jobs_fri (priority, batch_sealed_at) WHERE status = 'queued';
CREATE INDEX ON recursion_tip_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');

CREATE TABLE scheduler_witness_jobs_fri (
  l1_batch_number bigint NOT NULL, scheduler_partial_input_blob_url text NOT NULL,
  ${bookkeeping},
  PRIMARY KEY (l1_batch_number, chain_id)
);
CREATE INDEX ON scheduler_witness_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON scheduler_witness_jobs_fri (priority, batch_sealed_at) WHERE status = 'queued';

CREATE TABLE prover_jobs_fri (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL, circuit_blob_url text NOT NULL,
  aggregation_round smallint NOT NULL, sequence_number int NOT NULL, depth int DEFAULT 0 NOT NULL,
  is_node_final_proof boolean DEFAULT false NOT NULL, proof_blob_url text,
  ${bookkeeping},
  PRIMARY KEY (id)
);
CREATE INDEX ON prover_jobs_fri (l1_batch_number, aggregation_round, circuit_id, id) WHERE status = 'queued';
CREATE INDEX ON prover_jobs_fri (priority, batch_sealed_at, aggregation_round, circuit_id) WHERE status = 'queued';
CREATE INDEX ON prover_jobs_fri (protocol_version, protocol_version_patch, priority DESC, batch_sealed_at, aggregation_round, circuit_id, id) INCLUDE (chain_id) WHERE status = 'queued';
CREATE INDEX ON prover_jobs_fri (l1_batch_number, is_node_final_proof, status) WHERE is_node_final_proof = true AND status = 'successful';
CREATE INDEX ON prover_jobs_fri (status, processing_started_at) WHERE attempts < 20;
CREATE UNIQUE INDEX ON prover_jobs_fri (l1_batch_number, chain_id, aggregation_round, circuit_id, depth, sequence_number);

CREATE TABLE prover_jobs_fri_archive (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_id smallint NOT NULL, circuit_blob_url text NOT NULL,
  aggregation_round smallint NOT NULL, sequence_number int NOT NULL, depth int DEFAULT 0 NOT NULL,
  is_node_final_proof boolean DEFAULT false NOT NULL, proof_blob_url text,
  ${bookkeeping},
  PRIMARY KEY (id)
);

CREATE TABLE proof_compression_jobs_fri (
  l1_batch_number bigint NOT NULL, fri_proof_blob_url text, l1_proof_blob_url text,
  ${bookkeeping},
  PRIMARY KEY (l1_batch_number, chain_id)
);
CREATE INDEX ON proof_compression_jobs_fri (priority, batch_sealed_at) WHERE status = 'queued';
CREATE INDEX ON proof_compression_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON proof_compression_jobs_fri (l1_batch_number) WHERE status = 'queued';

CREATE TABLE gpu_prover_queue_fri_archive (
  id bigserial, instance_host inet NOT NULL, instance_port int NOT NULL, instance_status text NOT NULL,
  specialized_prover_group_id smallint NOT NULL, zone text, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, processing_started_at timestamp, archived_at timestamp, protocol_version int,
  protocol_version_patch int DEFAULT 0 NOT NULL,
  CONSTRAINT valid_port CHECK (instance_port >= 0 AND instance_port <= 65535), PRIMARY KEY (id)
);

${versionKeys}
`
