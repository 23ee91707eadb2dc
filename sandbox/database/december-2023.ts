// What changed in the node's single database between August and December 2023: the FRI prover grew up beside the old one.

const friTables = [
  'witness_inputs_fri',
  'leaf_aggregation_witness_jobs_fri',
  'node_aggregation_witness_jobs_fri',
  'scheduler_witness_jobs_fri',
  'prover_jobs_fri',
]

export const december2023 = `
ALTER TABLE miniblocks ADD virtual_blocks bigint DEFAULT 0 NOT NULL, ADD consensus jsonb;
CREATE INDEX ON miniblocks (number) INCLUDE (timestamp) WHERE l1_batch_number IS NULL;
ALTER TABLE l1_batches
  ADD system_logs bytea[] DEFAULT '{}' NOT NULL, ADD compressed_state_diffs bytea, ADD storage_refunds bigint[];

CREATE TABLE prover_fri_protocol_versions (
  id int PRIMARY KEY, recursion_scheduler_level_vk_hash bytea NOT NULL, recursion_node_level_vk_hash bytea NOT NULL,
  recursion_leaf_level_vk_hash bytea NOT NULL, recursion_circuits_set_vks_hash bytea NOT NULL,
  created_at timestamp NOT NULL
);

CREATE TABLE proof_compression_jobs_fri (
  l1_batch_number bigint PRIMARY KEY, attempts smallint DEFAULT 0 NOT NULL, status text NOT NULL,
  fri_proof_blob_url text, l1_proof_blob_url text, error text, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, processing_started_at timestamp, time_taken time, picked_by text
);
CREATE INDEX ON proof_compression_jobs_fri (processing_started_at, attempts) WHERE status IN ('in_progress', 'failed');
CREATE INDEX ON proof_compression_jobs_fri (l1_batch_number) WHERE status = 'queued';

${friTables.map(addVersionAndPicker).join('\n')}

ALTER TABLE prover_jobs_fri DROP CONSTRAINT prover_jobs_fri_l1_batch_number_fkey;
ALTER TABLE protocol_versions DROP CONSTRAINT protocol_versions_upgrade_tx_hash_fkey;
DROP INDEX prover_jobs_fri_place, prover_jobs_fri_unfinished, leaf_jobs_fri_place, node_jobs_fri_place;
CREATE UNIQUE INDEX ON node_aggregation_witness_jobs_fri (l1_batch_number, circuit_id, depth)
  INCLUDE (protocol_version);
CREATE UNIQUE INDEX ON scheduler_witness_jobs_fri (l1_batch_number) INCLUDE (protocol_version);
CREATE UNIQUE INDEX ON leaf_aggregation_witness_jobs_fri (l1_batch_number, circuit_id) INCLUDE (protocol_version);
CREATE UNIQUE INDEX ON prover_jobs_fri (l1_batch_number, aggregation_round, circuit_id, depth, sequence_number)
  INCLUDE (protocol_version);
CREATE INDEX ON prover_jobs_fri (circuit_id, aggregation_round, l1_batch_number)
  WHERE status IN ('queued', 'in_progress', 'in_gpu_proof', 'failed');
CREATE INDEX ON prover_jobs_fri (l1_batch_number, aggregation_round DESC, id) WHERE status = 'queued';
CREATE INDEX ON prover_jobs_fri (circuit_id, aggregation_round) WHERE status <> 'successful' AND status <> 'skipped';
CREATE INDEX ON prover_jobs_fri (status, processing_started_at) WHERE attempts < 20;
CREATE INDEX ON witness_inputs_fri (l1_batch_number) WHERE status = 'queued';
`

function addVersionAndPicker(table: string): string {
  return `ALTER TABLE ${table} ADD picked_by text,
  ADD protocol_version int REFERENCES prover_fri_protocol_versions(id);`
}
