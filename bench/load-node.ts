// Fills a node's database with many transactions on the server itself, in minutes instead of hours.

import type pg from 'pg'
import { dropIndexes } from './indexes.ts'

export interface Size {
  readonly transactions: number
  readonly batches: number
}

const blocksPerBatch = 10
const tables = ['transactions', 'miniblocks', 'l2_to_l1_logs', 'l1_batches', 'eth_txs', 'eth_txs_history']

/** Every tenth transaction left a message to L1; each batch has its three L1 transactions, sent once. */
export async function loadNode(client: pg.Client, { transactions, batches }: Size): Promise<void> {
  // Foreign keys and indexes are checked and built once at the end: row by row they cost most of the time.
  await client.query(`SET session_replication_role = replica; SET maintenance_work_mem = '512MB'`)
  const restore = await dropIndexes(client, tables)
  const blocks = batches * blocksPerBatch
  await client.query(`
    INSERT INTO eth_txs (id, nonce, raw_tx, contract_address, tx_type, created_at, updated_at, confirmed_eth_tx_history_id)
      SELECT i, i, '', '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8',
        (ARRAY['CommitBlocks', 'PublishProofBlocksOnchain', 'ExecuteBlocks'])[1 + i % 3], at, at, i
      FROM generate_series(1, ${batches * 3}) i, LATERAL (SELECT timestamp '2023-03-01' + i * interval '20 s' AS at) t;
    INSERT INTO eth_txs_history (id, eth_tx_id, tx_hash, created_at, updated_at, base_fee_per_gas, priority_fee_per_gas,
        confirmed_at, sent_at_block, sent_at)
      SELECT i, i, '0x' || encode(sha256(int8send(-i::int8)), 'hex'), at, at, 12000000000, 1000000000,
        at + interval '3 min', i, at
      FROM generate_series(1, ${batches * 3}) i, LATERAL (SELECT timestamp '2023-03-01' + i * interval '20 s' AS at) t;
    INSERT INTO l1_batches (number, timestamp, is_finished, l1_tx_count, l2_tx_count, fee_account_address, bloom,
        priority_ops_onchain_data, hash, created_at, updated_at, initial_bootloader_heap_content, used_contract_hashes,
        eth_commit_tx_id, eth_prove_tx_id, eth_execute_tx_id)
      SELECT i, 1677628800 + i * 60, true, 0, 100, '', '', '{}', sha256(int8send(i)), now(), now(), '[]', '[]',
        i * 3, i * 3 - 2, i * 3 - 1
      FROM generate_series(1::int8, ${batches}) i;
    INSERT INTO miniblocks (number, l1_batch_number, timestamp, hash, l1_tx_count, l2_tx_count, base_fee_per_gas,
        gas_per_pubdata_limit, created_at, updated_at)
      SELECT i, 1 + (i - 1) / ${blocksPerBatch}, 1677628800 + i * 6, sha256(int8send(i + 1000000000)), 0, 10, 250000000,
        800, now(), now()
      FROM generate_series(1::int8, ${blocks}) i;
    INSERT INTO transactions (hash, is_priority, initiator_address, nonce, data, received_at, created_at, updated_at,
        paymaster, paymaster_input, l1_batch_number, miniblock_number, index_in_block)
      SELECT ${hashOf('i')}, false, substr(sha256(int8send(i / 100)), 1, 20), i, '{"calldata": "0x"}', now(), now(), now(),
        '', '', 1 + (block - 1) / ${blocksPerBatch}, block, i % 100
      FROM generate_series(1::int8, ${transactions}) i, LATERAL (SELECT 1 + (i - 1) * ${blocks} / ${transactions} AS block) b;
    INSERT INTO l2_to_l1_logs (miniblock_number, log_index_in_miniblock, log_index_in_tx, tx_hash, shard_id, is_service,
        tx_index_in_miniblock, tx_index_in_l1_batch, sender, key, value, created_at, updated_at)
      SELECT 1 + (i - 1) * ${blocks} / ${transactions}, i % 1000, 0, ${hashOf('i')}, 0, true, 0, 0,
        decode(lpad('8008', 40, '0'), 'hex'), decode(lpad('800a', 64, '0'), 'hex'), sha256(''), now(), now()
      FROM generate_series(10::int8, ${transactions}, 10) i`)
  for (const statement of restore) await client.query(statement)
  await client.query('VACUUM ANALYZE')
}

/** SQL for the hash of the i-th transaction. */
export function hashOf(index: string): string {
  return `sha256(int8send(${index} + 5000000000))`
}
