// The node's core database as of mid 2026, after the prover tables moved to a database of their own.

export const coreToday = `
CREATE TYPE proving_mode AS ENUM ('proving_network', 'prover_cluster');
CREATE TYPE prune_type AS ENUM ('Soft', 'Hard');

CREATE TABLE transactions (
  hash bytea NOT NULL, is_priority boolean NOT NULL, full_fee numeric(80), layer_2_tip_fee numeric(80),
  initiator_address bytea NOT NULL, nonce bigint, signature bytea, input bytea, data jsonb NOT NULL,
  received_at timestamp NOT NULL, priority_op_id bigint, l1_batch_number bigint, index_in_block int,
  error varchar, gas_limit numeric(80), gas_per_storage_limit numeric(80), gas_per_pubdata_limit numeric(80),
  tx_format int, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  execution_info jsonb DEFAULT '{}' NOT NULL, contract_address bytea,
  in_mempool boolean DEFAULT false NOT NULL, l1_block_number int, value numeric(80) DEFAULT 0 NOT NULL,
  paymaster bytea NOT NULL, paymaster_input bytea NOT NULL, max_fee_per_gas numeric(80),
  max_priority_fee_per_gas numeric(80), effective_gas_price numeric(80), miniblock_number bigint,
  l1_batch_tx_index int, refunded_gas bigint DEFAULT 0 NOT NULL, l1_tx_mint numeric,
  l1_tx_refund_recipient bytea, upgrade_id int, timestamp_asserter_range_start timestamp,
  timestamp_asserter_range_end timestamp, PRIMARY KEY (hash)
);
CREATE INDEX ON transactions (miniblock_number, index_in_block) WHERE miniblock_number IS NOT NULL AND l1_batch_number IS NULL;
CREATE INDEX ON transactions (in_mempool) WHERE in_mempool = true;
CREATE INDEX ON transactions (l1_batch_number);
CREATE INDEX ON transactions (miniblock_number, index_in_block);
CREATE INDEX ON transactions (priority_op_id) WHERE priority_op_id IS NOT NULL;
CREATE INDEX ON transactions (received_at);
CREATE UNIQUE INDEX ON transactions (initiator_address, nonce);

CREATE TABLE miniblocks (
  number bigserial, l1_batch_number bigint, timestamp bigint NOT NULL, hash bytea NOT NULL,
  l1_tx_count int NOT NULL, l2_tx_count int NOT NULL, base_fee_per_gas numeric(80) NOT NULL,
  gas_per_pubdata_limit bigint NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  l1_gas_price bigint DEFAULT 0 NOT NULL, l2_fair_gas_price bigint DEFAULT 0 NOT NULL,
  bootloader_code_hash bytea, default_aa_code_hash bytea, protocol_version int,
  virtual_blocks bigint DEFAULT 0 NOT NULL,
  fee_account_address bytea DEFAULT '\\x0000000000000000000000000000000000000000' NOT NULL,
  fair_pubdata_price bigint, gas_limit bigint, logs_bloom bytea, evm_emulator_code_hash bytea,
  l2_da_validator_address bytea DEFAULT '\\x0000000000000000000000000000000000000000',
  pubdata_type text DEFAULT 'Rollup' NOT NULL, rolling_txs_hash bytea, eth_precommit_tx_id int,
  l2_da_commitment_scheme int, PRIMARY KEY (number)
);
CREATE INDEX ON miniblocks (number) INCLUDE (l1_batch_number, timestamp);
CREATE INDEX ON miniblocks (l1_batch_number, number);
CREATE INDEX ON miniblocks USING hash (hash);
CREATE INDEX ON miniblocks (l1_batch_number);
CREATE INDEX ON miniblocks (number) WHERE eth_precommit_tx_id IS NOT NULL;
CREATE INDEX ON miniblocks (number) INCLUDE (timestamp) WHERE l1_batch_number IS NULL;
CREATE INDEX ON miniblocks (eth_precommit_tx_id, number);

CREATE TABLE l2_to_l1_logs (
  miniblock_number bigint NOT NULL, log_index_in_miniblock int NOT NULL, log_index_in_tx int NOT NULL,
  tx_hash bytea NOT NULL, shard_id int NOT NULL, is_service boolean NOT NULL,
  tx_index_in_miniblock int NOT NULL, tx_index_in_l1_batch int NOT NULL, sender bytea NOT NULL,
  key bytea NOT NULL, value bytea NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  PRIMARY KEY (miniblock_number, log_index_in_miniblock)
);
CREATE INDEX ON l2_to_l1_logs USING hash (tx_hash);

CREATE TABLE l1_batches (
  number bigserial, timestamp bigint NOT NULL, is_sealed boolean DEFAULT true NOT NULL,
  l1_tx_count int NOT NULL, l2_tx_count int NOT NULL, bloom bytea NOT NULL,
  priority_ops_onchain_data bytea[] NOT NULL, hash bytea, commitment bytea, eth_prove_tx_id int,
  eth_commit_tx_id int, eth_execute_tx_id int, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  merkle_root_hash bytea, l2_to_l1_logs bytea[] DEFAULT '{}' NOT NULL,
  l2_to_l1_messages bytea[] DEFAULT '{}' NOT NULL, predicted_commit_gas_cost bigint DEFAULT 0 NOT NULL,
  predicted_prove_gas_cost bigint DEFAULT 0 NOT NULL, predicted_execute_gas_cost bigint DEFAULT 0 NOT NULL,
  initial_bootloader_heap_content jsonb NOT NULL, used_contract_hashes jsonb NOT NULL,
  compressed_initial_writes bytea, compressed_repeated_writes bytea, l2_l1_compressed_messages bytea,
  l2_l1_merkle_root bytea, rollup_last_leaf_index bigint, zkporter_is_available boolean,
  bootloader_code_hash bytea, default_aa_code_hash bytea, base_fee_per_gas numeric(80) DEFAULT 1 NOT NULL,
  aux_data_hash bytea, pass_through_data_hash bytea, meta_parameters_hash bytea,
  skip_proof boolean DEFAULT false NOT NULL, l1_gas_price bigint DEFAULT 0 NOT NULL,
  l2_fair_gas_price bigint DEFAULT 0 NOT NULL, protocol_version int,
  system_logs bytea[] DEFAULT '{}' NOT NULL, compressed_state_diffs bytea, storage_refunds bigint[],
  pubdata_input bytea, predicted_circuits int, predicted_circuits_by_type jsonb, pubdata_costs bigint[],
  tree_writes bytea, fair_pubdata_price bigint DEFAULT 0 NOT NULL,
  fee_address bytea DEFAULT '\\x0000000000000000000000000000000000000000' NOT NULL,
  evm_emulator_code_hash bytea, state_diff_hash bytea, aggregation_root bytea, local_root bytea,
  batch_chain_merkle_path bytea, sealed_at timestamp, final_precommit_eth_tx_id int, pubdata_limit bigint,
  blobs_amount bigint DEFAULT 0, settlement_layer_type text DEFAULT 'L1' NOT NULL,
  settlement_layer_chain_id bigint DEFAULT 1 NOT NULL, interop_fee numeric(80) DEFAULT 0 NOT NULL,
  batch_chain_merkle_path_until_msg_root bytea, PRIMARY KEY (number)
);
CREATE INDEX ON l1_batches (eth_commit_tx_id);
CREATE INDEX ON l1_batches (eth_execute_tx_id);
CREATE INDEX ON l1_batches (eth_prove_tx_id);
CREATE INDEX ON l1_batches USING hash (hash);
CREATE INDEX ON l1_batches (commitment);
CREATE INDEX ON l1_batches (number) WHERE is_sealed = false;

CREATE TABLE eth_txs (
  id serial, nonce bigint NOT NULL, raw_tx bytea NOT NULL, contract_address text NOT NULL,
  tx_type text NOT NULL, gas_used bigint, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  has_failed boolean DEFAULT false NOT NULL, sent_at_block int, confirmed_eth_tx_history_id int,
  predicted_gas_cost bigint DEFAULT 0, from_addr bytea, blob_sidecar bytea,
  is_gateway boolean DEFAULT false NOT NULL, chain_id bigint, status text, PRIMARY KEY (id)
);
CREATE INDEX ON eth_txs (from_addr, confirmed_eth_tx_history_id) WHERE is_gateway = true AND from_addr IS NOT NULL;
CREATE INDEX ON eth_txs (has_failed) WHERE has_failed = true;
CREATE INDEX ON eth_txs (from_addr, confirmed_eth_tx_history_id) WHERE is_gateway = false AND from_addr IS NOT NULL;
CREATE INDEX ON eth_txs ((confirmed_eth_tx_history_id IS NULL));

CREATE TABLE eth_txs_history (
  id serial, eth_tx_id serial, tx_hash text NOT NULL, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, base_fee_per_gas bigint NOT NULL, priority_fee_per_gas bigint NOT NULL,
  confirmed_at timestamp, signed_raw_tx bytea, sent_at_block int, sent_at timestamp,
  blob_base_fee_per_gas bigint, max_gas_per_pubdata bigint, predicted_gas_limit bigint,
  sent_successfully boolean DEFAULT true NOT NULL, finality_status text DEFAULT 'pending' NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ON eth_txs_history (eth_tx_id);
CREATE INDEX ON eth_txs_history (eth_tx_id) WHERE finality_status = 'finalized';
CREATE INDEX ON eth_txs_history (id) WHERE finality_status <> 'finalized';
CREATE UNIQUE INDEX ON eth_txs_history (tx_hash);

CREATE TABLE proof_generation_details (
  l1_batch_number bigint NOT NULL, status text NOT NULL, proof_gen_data_blob_url text, proof_blob_url text,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, prover_taken_at timestamp,
  vm_run_data_blob_url text, proving_mode proving_mode DEFAULT 'proving_network',
  PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON proof_generation_details (prover_taken_at) WHERE status = 'picked_by_prover';

CREATE TABLE protocol_versions (
  id int NOT NULL, timestamp bigint NOT NULL, recursion_scheduler_level_vk_hash bytea,
  recursion_node_level_vk_hash bytea, recursion_leaf_level_vk_hash bytea,
  recursion_circuits_set_vks_hash bytea, bootloader_code_hash bytea NOT NULL,
  default_account_code_hash bytea NOT NULL, verifier_address bytea, upgrade_tx_hash bytea,
  created_at timestamp NOT NULL, evm_emulator_code_hash bytea, PRIMARY KEY (id)
);

CREATE TABLE protocol_patches (
  minor int NOT NULL, patch int NOT NULL, recursion_scheduler_level_vk_hash bytea DEFAULT '\\x' NOT NULL,
  recursion_node_level_vk_hash bytea, recursion_leaf_level_vk_hash bytea,
  recursion_circuits_set_vks_hash bytea, created_at timestamp NOT NULL, snark_wrapper_vk_hash bytea NOT NULL,
  fflonk_snark_wrapper_vk_hash bytea, PRIMARY KEY (minor, patch)
);

CREATE TABLE airbender_proof_generation_details (
  l1_batch_number bigint NOT NULL, status text NOT NULL, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, prover_taken_at timestamp, proof_blob_url text, prover_id text,
  snark_proof_blob_url text, snark_prover_id text, snark_taken_at timestamp, protocol_version int,
  protocol_version_patch int DEFAULT 0 NOT NULL, attempts smallint DEFAULT 0 NOT NULL,
  snark_attempts smallint DEFAULT 0 NOT NULL, error text, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON airbender_proof_generation_details (l1_batch_number) WHERE status = 'generated' AND proof_blob_url IS NOT NULL;
CREATE INDEX ON airbender_proof_generation_details (snark_taken_at) WHERE status = 'picked_for_snark';
CREATE INDEX ON airbender_proof_generation_details (prover_taken_at) WHERE status = 'picked_by_prover';

CREATE TABLE airbender_batch_commitments (
  l1_batch_number bigint NOT NULL, commitment bytea NOT NULL, aux_data_hash bytea NOT NULL,
  events_queue_commitment bytea NOT NULL, bootloader_initial_content_commitment bytea NOT NULL,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, PRIMARY KEY (l1_batch_number)
);

CREATE TABLE eth_proof_manager (
  l1_batch_number bigint NOT NULL, assigned_to text, status text NOT NULL, witness_inputs_url text,
  proof_validation_result boolean, submit_proof_request_tx_hash bytea,
  submit_proof_request_tx_sent_at timestamp, validated_proof_request_tx_hash bytea,
  validated_proof_request_tx_sent_at timestamp, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  validation_tx_attempts int DEFAULT 0 NOT NULL, requested_reward bigint DEFAULT 0 NOT NULL,
  submission_started_at timestamp, PRIMARY KEY (l1_batch_number)
);

CREATE TABLE data_availability (
  l1_batch_number bigint NOT NULL, blob_id text, inclusion_data bytea, sent_at timestamp NOT NULL,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, client_type text,
  l2_da_validator_address bytea, dispatch_request_id text DEFAULT '' NOT NULL, PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON data_availability (blob_id, l1_batch_number);

CREATE TABLE pruning_log (
  pruned_l1_batch bigint NOT NULL, pruned_miniblock bigint NOT NULL, type prune_type NOT NULL,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL, pruned_l1_batch_root_hash bytea,
  PRIMARY KEY (type, pruned_l1_batch)
);

CREATE TABLE server_notifications (
  id serial, main_topic bytea NOT NULL, l1_block_number int NOT NULL, value json,
  created_at timestamp NOT NULL, PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ON server_notifications (main_topic, l1_block_number);

ALTER TABLE miniblocks
  ADD FOREIGN KEY (eth_precommit_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (protocol_version) REFERENCES protocol_versions(id);
ALTER TABLE l1_batches
  ADD FOREIGN KEY (eth_commit_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (eth_execute_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (eth_prove_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (final_precommit_eth_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (protocol_version) REFERENCES protocol_versions(id);
ALTER TABLE eth_txs
  ADD FOREIGN KEY (confirmed_eth_tx_history_id) REFERENCES eth_txs_history(id) ON DELETE SET NULL;
ALTER TABLE eth_txs_history
  ADD FOREIGN KEY (eth_tx_id) REFERENCES eth_txs(id) ON DELETE CASCADE;
ALTER TABLE proof_generation_details
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE;
ALTER TABLE protocol_patches
  ADD FOREIGN KEY (minor) REFERENCES protocol_versions(id);
ALTER TABLE airbender_batch_commitments
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE;
ALTER TABLE eth_proof_manager
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE;
ALTER TABLE data_availability
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE;
`
