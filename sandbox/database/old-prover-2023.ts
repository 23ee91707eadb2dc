// The prover of 2023 whose proofs went to L1: jobs by circuit, witness jobs by batch, and the queue of GPU machines.

/** Each pair of circuits has a queue index of its own, as each group of provers asks for such a pair only. */
const circuitPairs = [
  '"Scheduler","L1 messages merklizer"',
  '"Node aggregation","Decommitts sorter"',
  '"Leaf aggregation","Code decommitter"',
  '"Log demuxer","Keccak"',
  '"SHA256","ECRecover"',
  '"RAM permutation","Storage sorter"',
  '"Storage application","Initial writes pubdata rehasher"',
  '"Repeated writes pubdata rehasher","Events sorter"',
  '"L1 messages sorter","L1 messages rehasher"',
  '"Main VM"',
]

interface Variant {
  /** The table whose rows name the protocol versions that provers know. */
  readonly versions: string
  readonly queueIndex: string
}

const august: Variant = {
  versions: 'protocol_versions',
  queueIndex: '(protocol_version, aggregation_round DESC, l1_batch_number, id)',
}

const december: Variant = {
  versions: 'prover_protocol_versions',
  queueIndex: '(aggregation_round DESC, l1_batch_number, id) INCLUDE (protocol_version)',
}

const versionsOfDecember = `
CREATE TABLE prover_protocol_versions (
  id int PRIMARY KEY, timestamp bigint NOT NULL, recursion_scheduler_level_vk_hash bytea NOT NULL,
  recursion_node_level_vk_hash bytea NOT NULL, recursion_leaf_level_vk_hash bytea NOT NULL,
  recursion_circuits_set_vks_hash bytea NOT NULL, verifier_address bytea NOT NULL, created_at timestamp NOT NULL
);
`

export const oldProver2023 = tables(august)
export const oldProverDecember2023 = versionsOfDecember + tables(december)

function queuedByCircuit({ queueIndex }: Variant): string {
  const statement = (circuits: string) =>
    `CREATE INDEX ON prover_jobs ${queueIndex} WHERE status = 'queued' AND circuit_type = ANY ('{${circuits}}');`
  return circuitPairs.map(statement).join('\n')
}

function tables(variant: Variant): string {
  return `
CREATE TABLE prover_jobs (
  id bigserial, l1_batch_number bigint NOT NULL, circuit_type text NOT NULL, prover_input bytea NOT NULL,
  status text NOT NULL, error text, processing_started_at timestamp, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, time_taken time DEFAULT '00:00:00' NOT NULL,
  aggregation_round int DEFAULT 0 NOT NULL, result bytea, sequence_number int DEFAULT 0 NOT NULL,
  attempts int DEFAULT 0 NOT NULL, circuit_input_blob_url text, proccesed_by text,
  is_blob_cleaned boolean DEFAULT false NOT NULL, protocol_version int, PRIMARY KEY (id)
);
${queuedByCircuit(variant)}
CREATE INDEX ON prover_jobs (aggregation_round DESC, l1_batch_number, id) WHERE status IN ('queued', 'in_progress', 'failed');
CREATE INDEX ON prover_jobs (l1_batch_number, aggregation_round) WHERE status = 'successful' OR aggregation_round < 3;
CREATE INDEX ON prover_jobs (aggregation_round, l1_batch_number) WHERE status = 'successful';
CREATE INDEX ON prover_jobs (status, is_blob_cleaned);
CREATE INDEX ON prover_jobs (circuit_type, status);
CREATE UNIQUE INDEX ON prover_jobs (l1_batch_number, aggregation_round, sequence_number);

CREATE TABLE witness_inputs (
  l1_batch_number bigint NOT NULL, merkle_tree_paths bytea, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, status text NOT NULL, time_taken time DEFAULT '00:00:00' NOT NULL,
  processing_started_at timestamp, error varchar, attempts int DEFAULT 0 NOT NULL,
  merkel_tree_paths_blob_url text, is_blob_cleaned boolean DEFAULT false NOT NULL, protocol_version int,
  PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON witness_inputs (status, is_blob_cleaned);

CREATE TABLE leaf_aggregation_witness_jobs (
  l1_batch_number bigint NOT NULL, basic_circuits bytea NOT NULL, basic_circuits_inputs bytea NOT NULL,
  number_of_basic_circuits int NOT NULL, status text NOT NULL, processing_started_at timestamp,
  time_taken time, error text, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  attempts int DEFAULT 0 NOT NULL, basic_circuits_blob_url text, basic_circuits_inputs_blob_url text,
  is_blob_cleaned boolean DEFAULT false NOT NULL, protocol_version int, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON leaf_aggregation_witness_jobs (status, is_blob_cleaned);

CREATE TABLE node_aggregation_witness_jobs (
  l1_batch_number bigint NOT NULL, leaf_layer_subqueues bytea, aggregation_outputs bytea,
  number_of_leaf_circuits int, status text NOT NULL, processing_started_at timestamp, time_taken time,
  error text, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, attempts int DEFAULT 0 NOT NULL,
  leaf_layer_subqueues_blob_url text, aggregation_outputs_blob_url text,
  is_blob_cleaned boolean DEFAULT false NOT NULL, protocol_version int, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON node_aggregation_witness_jobs (status, is_blob_cleaned);

CREATE TABLE scheduler_witness_jobs (
  l1_batch_number bigint NOT NULL, scheduler_witness bytea NOT NULL, final_node_aggregations bytea,
  status text NOT NULL, processing_started_at timestamp, time_taken time, error text,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, attempts int DEFAULT 0 NOT NULL,
  aggregation_result_coords bytea, scheduler_witness_blob_url text, final_node_aggregations_blob_url text,
  is_blob_cleaned boolean DEFAULT false NOT NULL, protocol_version int, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON scheduler_witness_jobs (status, is_blob_cleaned);

CREATE TABLE gpu_prover_queue (
  id bigserial, instance_host inet NOT NULL, instance_port int NOT NULL, instance_status text NOT NULL,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, processing_started_at timestamp,
  queue_free_slots int, queue_capacity int, specialized_prover_group_id smallint, region text NOT NULL,
  zone text NOT NULL, num_gpu smallint,
  CONSTRAINT valid_port CHECK (instance_port >= 0 AND instance_port <= 65535), PRIMARY KEY (id),
  UNIQUE (instance_host, instance_port, region, zone)
);
CREATE INDEX ON gpu_prover_queue (region, zone);

ALTER TABLE prover_jobs
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE,
  ADD FOREIGN KEY (protocol_version) REFERENCES ${variant.versions}(id);
ALTER TABLE witness_inputs
  ADD FOREIGN KEY (protocol_version) REFERENCES ${variant.versions}(id);
ALTER TABLE leaf_aggregation_witness_jobs
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE,
  ADD FOREIGN KEY (protocol_version) REFERENCES ${variant.versions}(id);
ALTER TABLE node_aggregation_witness_jobs
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE,
  ADD FOREIGN KEY (protocol_version) REFERENCES ${variant.versions}(id);
ALTER TABLE scheduler_witness_jobs
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE,
  ADD FOREIGN KEY (protocol_version) REFERENCES ${variant.versions}(id);
`
}
