// The model as rows of the node's tables, in each generation.

import type { Changes, EthTransaction, ModelBatch, ModelBlock, ModelTransaction, Send, Stage } from '../model/facts.ts'
import { countByOrigin, logsOf, transactionsOf } from '../model/logs.ts'
import type { Random } from '../model/random.ts'

export type Generation = '2023' | '2023-fri' | 'core'

export type Row = Readonly<Record<string, unknown>>

export interface TableRows {
  readonly table: string
  /** The columns that say which row it is. */
  readonly key: readonly string[]
  readonly rows: readonly Row[]
}

export interface RowSettings {
  readonly generation: Generation
  readonly l1ChainId: number
  readonly protocolVersion: number
  readonly protocolPatch: number
  readonly random: Random
}

const zero = (bytes: number) => `\\x${'00'.repeat(bytes)}`
/** Bytes as PostgreSQL reads them. */
export const bytes = (hex: string) => `\\x${hex.slice(2)}`

/** A time as the node writes it: UTC, microseconds, no zone. */
export function stamp(seconds: number): string {
  const whole = Math.floor(seconds)
  const micros = Math.round((seconds - whole) * 1e6)
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}`
}

/** In an order that the foreign keys accept; eth_txs come twice because they and their history name each other. */
export function changedRows(changes: Changes, settings: RowSettings): readonly TableRows[] {
  const ethTransactions = [...changes.ethTransactions]
  const batches = [...changes.batches].filter((batch) => settings.generation === 'core' || batch.sealedAt !== null)
  const blocks = [...changes.blocks]
  const history = ethTransactions.flatMap((owner) => owner.sends.map((send) => historyRow(owner, send, settings)))
  return [
    { table: 'eth_txs', key: ['id'], rows: ethTransactions.map((one) => ethRow(one, settings)) },
    { table: 'eth_txs_history', key: ['id'], rows: history },
    { table: 'eth_txs', key: ['id'], rows: ethTransactions.map((one) => confirmedRow(one, settings)) },
    { table: 'l1_batches', key: ['number'], rows: batches.map((batch) => batchRow(batch, settings)) },
    { table: 'miniblocks', key: ['number'], rows: blocks.map((block) => blockRow(block, settings)) },
    { table: 'transactions', key: ['hash'], rows: [...changes.transactions].map(transactionRow) },
    { table: 'l2_to_l1_logs', key: ['miniblock_number', 'log_index_in_miniblock'], rows: blocks.flatMap(logRows) },
    { table: 'proof_generation_details', key: ['l1_batch_number'], rows: proofRows(batches, settings) },
  ]
}

/** What must be there before the first block: every block names its protocol version. */
export function versionRows({ generation, protocolVersion, protocolPatch, random }: RowSettings): readonly TableRows[] {
  const created = { created_at: '2023-06-01 00:00:00' }
  const version = {
    id: protocolVersion,
    timestamp: 1685577600,
    recursion_scheduler_level_vk_hash: bytes(random.hash('scheduler-key')),
    recursion_node_level_vk_hash: bytes(random.hash('node-key')),
    recursion_leaf_level_vk_hash: bytes(random.hash('leaf-key')),
    recursion_circuits_set_vks_hash: zero(32),
    bootloader_code_hash: bytes(random.hash('bootloader')),
    default_account_code_hash: bytes(random.hash('default-account')),
    verifier_address: bytes('0x0000000000000000000000000000000000001337'),
    ...created,
  }
  const versions: TableRows = { table: 'protocol_versions', key: ['id'], rows: [version] }
  if (generation !== 'core') return [versions]
  const patch = { minor: protocolVersion, patch: protocolPatch, snark_wrapper_vk_hash: bytes(random.hash('snark-key')) }
  return [versions, { table: 'protocol_patches', key: ['minor', 'patch'], rows: [{ ...patch, ...created }] }]
}

const types: Readonly<Record<Stage, string>> = {
  precommit: 'Precommit',
  commit: 'CommitBlocks',
  prove: 'PublishProofBlocksOnchain',
  execute: 'ExecuteBlocks',
}

function ethRow(one: EthTransaction, { generation, l1ChainId }: RowSettings): Row {
  const today = { from_addr: bytes(one.from), is_gateway: false, chain_id: l1ChainId }
  return {
    id: one.id,
    nonce: one.nonce,
    raw_tx: bytes(one.data),
    contract_address: one.to,
    tx_type: types[one.stage],
    created_at: stamp(one.createdAt),
    updated_at: stamp(one.confirmed?.at ?? one.sends.at(-1)?.sentAt ?? one.createdAt),
    has_failed: one.failed,
    predicted_gas_cost: 350000,
    gas_used: one.confirmed ? one.mined?.gasUsed : null,
    ...(generation === 'core' ? today : {}),
  }
}

function confirmedRow(one: EthTransaction, settings: RowSettings): Row {
  return { ...ethRow(one, settings), confirmed_eth_tx_history_id: one.confirmed?.send.id ?? null }
}

function historyRow(owner: EthTransaction, send: Send, { generation }: RowSettings): Row {
  const confirmedAt = owner.confirmed?.send === send ? owner.confirmed.at : null
  const today = {
    sent_successfully: true,
    finality_status: confirmedAt === null ? 'pending' : 'finalized',
    blob_base_fee_per_gas: owner.stage === 'commit' ? 1 : null,
  }
  return {
    id: send.id,
    eth_tx_id: owner.id,
    tx_hash: send.hash,
    created_at: stamp(send.sentAt),
    updated_at: stamp(confirmedAt ?? send.sentAt),
    base_fee_per_gas: String(send.baseFee),
    priority_fee_per_gas: String(send.priorityFee),
    confirmed_at: confirmedAt === null ? null : stamp(confirmedAt),
    signed_raw_tx: bytes(send.raw),
    sent_at_block: send.sentAtBlock,
    sent_at: stamp(send.sentAt),
    ...(generation === 'core' ? today : {}),
  }
}

function batchRow(batch: ModelBatch, { generation, l1ChainId, protocolVersion }: RowSettings): Row {
  const sealed = batch.sealedAt !== null
  const counts = countByOrigin(transactionsOf(batch.blocks))
  const today = {
    is_sealed: sealed,
    sealed_at: batch.sealedAt === null ? null : stamp(batch.sealedAt),
    final_precommit_eth_tx_id: batch.precommit?.id ?? null,
    settlement_layer_type: 'L1',
    settlement_layer_chain_id: l1ChainId,
  }
  const then = { is_finished: true, fee_account_address: zero(20) }
  return {
    number: batch.number,
    timestamp: batch.openedAt,
    l1_tx_count: counts.l1,
    l2_tx_count: counts.l2,
    bloom: zero(256),
    priority_ops_onchain_data: [],
    hash: sealed ? bytes(batch.hash) : null,
    commitment: sealed ? bytes(batch.commitment) : null,
    l2_l1_merkle_root: sealed ? bytes(batch.logsRoot) : null,
    eth_commit_tx_id: batch.commit?.id ?? null,
    eth_prove_tx_id: batch.prove?.id ?? null,
    eth_execute_tx_id: batch.execute?.id ?? null,
    created_at: stamp(batch.openedAt),
    updated_at: stamp(batch.sealedAt ?? batch.openedAt),
    initial_bootloader_heap_content: [],
    used_contract_hashes: [],
    protocol_version: protocolVersion,
    ...(generation === 'core' ? today : then),
  }
}

function blockRow(block: ModelBlock, { generation, protocolVersion }: RowSettings): Row {
  const counts = countByOrigin(block.transactions)
  return {
    number: block.number,
    l1_batch_number: block.batch.sealedAt === null ? null : block.batch.number,
    timestamp: block.timestamp,
    hash: bytes(block.hash),
    l1_tx_count: counts.l1,
    l2_tx_count: counts.l2,
    base_fee_per_gas: 100000000,
    gas_per_pubdata_limit: 50000,
    created_at: stamp(block.timestamp),
    updated_at: stamp(block.batch.sealedAt ?? block.timestamp),
    l1_gas_price: 20000000000,
    l2_fair_gas_price: 100000000,
    protocol_version: protocolVersion,
    ...(generation === 'core' ? { eth_precommit_tx_id: block.batch.precommit?.id ?? null } : {}),
  }
}

function transactionRow(transaction: ModelTransaction): Row {
  const { block, priority } = transaction
  const seenAt = stamp(transaction.receivedAt)
  return {
    hash: bytes(transaction.hash),
    is_priority: priority !== null,
    initiator_address: bytes(transaction.from),
    nonce: priority === null ? transaction.nonce : null,
    data: { contractAddress: transaction.to, calldata: '0x', value: `0x${transaction.value.toString(16)}` },
    received_at: seenAt,
    priority_op_id: priority?.id ?? null,
    l1_block_number: priority?.l1Block ?? null,
    l1_batch_number: block?.batch.sealedAt == null ? null : block.batch.number,
    miniblock_number: block?.number ?? null,
    index_in_block: block === null ? null : transaction.index,
    error: transaction.error,
    gas_limit: 10000000,
    gas_per_pubdata_limit: 50000,
    tx_format: priority === null ? 2 : 255,
    created_at: seenAt,
    updated_at: stamp(block?.timestamp ?? transaction.receivedAt),
    execution_info: {},
    contract_address: bytes(transaction.to),
    in_mempool: block === null && transaction.kind !== 'rejected',
    value: String(transaction.value),
    paymaster: zero(20),
    paymaster_input: '\\x',
    max_fee_per_gas: 250000000,
    max_priority_fee_per_gas: 0,
    effective_gas_price: block === null ? null : 100000000,
    refunded_gas: 0,
  }
}

function logRows(block: ModelBlock): readonly Row[] {
  return logsOf(block.batch)
    .filter(({ transaction }) => transaction.block === block)
    .map(({ transaction, log, indexInBlock, transactionIndexInBatch }) => ({
      miniblock_number: block.number,
      log_index_in_miniblock: indexInBlock,
      log_index_in_tx: 0,
      tx_hash: bytes(transaction.hash),
      shard_id: 0,
      is_service: log.isService,
      tx_index_in_miniblock: transaction.index,
      tx_index_in_l1_batch: transactionIndexInBatch,
      sender: bytes(log.sender),
      key: bytes(log.key),
      value: bytes(log.value),
      created_at: stamp(block.timestamp),
      updated_at: stamp(block.timestamp),
    }))
}

/** How far the proof of a batch is, as the core sees it: asked for after the commit, there when the prove transaction is. */
function proofRows(batches: readonly ModelBatch[], { generation }: RowSettings): readonly Row[] {
  const sealed = batches.filter(({ number, sealedAt }) => number > 0 && sealedAt !== null)
  return sealed.map((batch) => {
    const fresh = generation === 'core' ? 'unpicked' : 'ready_to_be_proven'
    const picked = batch.commit?.confirmed ? 'picked_by_prover' : fresh
    const created = stamp(batch.sealedAt ?? 0)
    return {
      l1_batch_number: batch.number,
      status: batch.prove === null ? picked : 'generated',
      proof_gen_data_blob_url: `witness_inputs_${batch.number}.bin`,
      proof_blob_url: batch.prove === null ? null : `l1_batch_proof_${batch.number}.bin`,
      created_at: created,
      updated_at: stamp(batch.prove?.createdAt ?? batch.commit?.confirmed?.at ?? batch.sealedAt ?? 0),
      prover_taken_at: batch.commit?.confirmed ? stamp(batch.commit.confirmed.at) : null,
    }
  })
}
