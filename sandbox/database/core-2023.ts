// The node's own tables as of August 2023: blocks, batches, their L1 transactions and the hand-off to the FRI prover.

export const core2023 = `
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
  l1_tx_refund_recipient bytea, upgrade_id int, PRIMARY KEY (hash)
);
CREATE INDEX ON transactions (miniblock_number, index_in_block) WHERE miniblock_number IS NOT NULL AND l1_batch_number IS NULL;
CREATE INDEX ON transactions (contract_address);
CREATE INDEX ON transactions (in_mempool) WHERE in_mempool = true;
CREATE INDEX ON transactions (miniblock_number, index_in_block);
CREATE INDEX ON transactions (priority_op_id) WHERE priority_op_id IS NOT NULL;
CREATE INDEX ON transactions (received_at);
CREATE UNIQUE INDEX ON transactions (initiator_address, nonce);

CREATE TABLE miniblocks (
  number bigserial, l1_batch_number bigint, timestamp bigint NOT NULL, hash bytea NOT NULL,
  l1_tx_count int NOT NULL, l2_tx_count int NOT NULL, base_fee_per_gas numeric(80) NOT NULL,
  gas_per_pubdata_limit bigint NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  l1_gas_price bigint DEFAULT 0 NOT NULL, l2_fair_gas_price bigint DEFAULT 0 NOT NULL,
  bootloader_code_hash bytea, default_aa_code_hash bytea, protocol_version int, PRIMARY KEY (number)
);
CREATE INDEX ON miniblocks (number) INCLUDE (l1_batch_number, timestamp);
CREATE INDEX ON miniblocks USING hash (hash);
CREATE INDEX ON miniblocks (l1_batch_number);

CREATE TABLE l2_to_l1_logs (
  miniblock_number bigint NOT NULL, log_index_in_miniblock int NOT NULL, log_index_in_tx int NOT NULL,
  tx_hash bytea NOT NULL, shard_id int NOT NULL, is_service boolean NOT NULL,
  tx_index_in_miniblock int NOT NULL, tx_index_in_l1_batch int NOT NULL, sender bytea NOT NULL,
  key bytea NOT NULL, value bytea NOT NULL, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  PRIMARY KEY (miniblock_number, log_index_in_miniblock)
);
CREATE INDEX ON l2_to_l1_logs USING hash (tx_hash);

CREATE TABLE l1_batches (
  number bigserial, timestamp bigint NOT NULL, is_finished boolean NOT NULL, l1_tx_count int NOT NULL,
  l2_tx_count int NOT NULL, fee_account_address bytea NOT NULL, bloom bytea NOT NULL,
  priority_ops_onchain_data bytea[] NOT NULL, hash bytea, parent_hash bytea, commitment bytea,
  compressed_write_logs bytea, compressed_contracts bytea, eth_prove_tx_id int, eth_commit_tx_id int,
  eth_execute_tx_id int, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, merkle_root_hash bytea,
  l2_to_l1_logs bytea[] DEFAULT '{}' NOT NULL, l2_to_l1_messages bytea[] DEFAULT '{}' NOT NULL,
  predicted_commit_gas_cost bigint DEFAULT 0 NOT NULL, predicted_prove_gas_cost bigint DEFAULT 0 NOT NULL,
  predicted_execute_gas_cost bigint DEFAULT 0 NOT NULL, initial_bootloader_heap_content jsonb NOT NULL,
  used_contract_hashes jsonb NOT NULL, compressed_initial_writes bytea, compressed_repeated_writes bytea,
  l2_l1_compressed_messages bytea, l2_l1_merkle_root bytea, gas_per_pubdata_byte_in_block int,
  rollup_last_leaf_index bigint, zkporter_is_available boolean, bootloader_code_hash bytea,
  default_aa_code_hash bytea, base_fee_per_gas numeric(80) DEFAULT 1 NOT NULL,
  gas_per_pubdata_limit bigint DEFAULT 0 NOT NULL, aux_data_hash bytea, pass_through_data_hash bytea,
  meta_parameters_hash bytea, skip_proof boolean DEFAULT false NOT NULL,
  l1_gas_price bigint DEFAULT 0 NOT NULL, l2_fair_gas_price bigint DEFAULT 0 NOT NULL, protocol_version int,
  PRIMARY KEY (number)
);
CREATE INDEX ON l1_batches (eth_commit_tx_id);
CREATE INDEX ON l1_batches (eth_execute_tx_id);
CREATE INDEX ON l1_batches (eth_prove_tx_id);
CREATE INDEX ON l1_batches USING hash (hash);

CREATE TABLE eth_txs (
  id serial, nonce bigint NOT NULL, raw_tx bytea NOT NULL, contract_address text NOT NULL,
  tx_type text NOT NULL, gas_used bigint, created_at timestamp NOT NULL, updated_at timestamp NOT NULL,
  has_failed boolean DEFAULT false NOT NULL, sent_at_block int, confirmed_eth_tx_history_id int,
  predicted_gas_cost bigint DEFAULT 0 NOT NULL, PRIMARY KEY (id)
);
CREATE INDEX ON eth_txs (has_failed) WHERE has_failed = true;
CREATE INDEX ON eth_txs ((confirmed_eth_tx_history_id IS NULL));

CREATE TABLE eth_txs_history (
  id serial, eth_tx_id serial, tx_hash text NOT NULL, created_at timestamp NOT NULL,
  updated_at timestamp NOT NULL, base_fee_per_gas bigint NOT NULL, priority_fee_per_gas bigint NOT NULL,
  confirmed_at timestamp, signed_raw_tx bytea, sent_at_block int, sent_at timestamp, PRIMARY KEY (id)
);
CREATE INDEX ON eth_txs_history (eth_tx_id);
CREATE UNIQUE INDEX ON eth_txs_history (tx_hash);

CREATE TABLE proof_generation_details (
  l1_batch_number bigint NOT NULL, status text NOT NULL, proof_gen_data_blob_url text NOT NULL,
  proof_blob_url text, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, prover_taken_at timestamp,
  PRIMARY KEY (l1_batch_number)
);
CREATE INDEX ON proof_generation_details (prover_taken_at) WHERE status = 'picked_by_prover';

CREATE TABLE protocol_versions (
  id int NOT NULL, timestamp bigint NOT NULL, recursion_scheduler_level_vk_hash bytea NOT NULL,
  recursion_node_level_vk_hash bytea NOT NULL, recursion_leaf_level_vk_hash bytea NOT NULL,
  recursion_circuits_set_vks_hash bytea NOT NULL, bootloader_code_hash bytea NOT NULL,
  default_account_code_hash bytea NOT NULL, verifier_address bytea NOT NULL, upgrade_tx_hash bytea,
  created_at timestamp NOT NULL, PRIMARY KEY (id)
);

ALTER TABLE transactions
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE SET NULL,
  ADD FOREIGN KEY (miniblock_number) REFERENCES miniblocks(number);
ALTER TABLE miniblocks
  ADD FOREIGN KEY (protocol_version) REFERENCES protocol_versions(id);
ALTER TABLE l2_to_l1_logs
  ADD FOREIGN KEY (miniblock_number) REFERENCES miniblocks(number) ON DELETE CASCADE;
ALTER TABLE l1_batches
  ADD FOREIGN KEY (eth_commit_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (eth_execute_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (eth_prove_tx_id) REFERENCES eth_txs(id) ON DELETE SET NULL,
  ADD FOREIGN KEY (protocol_version) REFERENCES protocol_versions(id);
ALTER TABLE eth_txs
  ADD FOREIGN KEY (confirmed_eth_tx_history_id) REFERENCES eth_txs_history(id) ON DELETE SET NULL;
ALTER TABLE eth_txs_history
  ADD FOREIGN KEY (eth_tx_id) REFERENCES eth_txs(id) ON DELETE CASCADE;
ALTER TABLE proof_generation_details
  ADD FOREIGN KEY (l1_batch_number) REFERENCES l1_batches(number) ON DELETE CASCADE;
ALTER TABLE protocol_versions
  ADD FOREIGN KEY (upgrade_tx_hash) REFERENCES transactions(hash);
`
