// The one statement behind /trace, composed from the columns that the database has, and the shape of its answer.

import type { NodeColumns } from '../node-database.ts'
import type { StageName } from './facts.ts'

/** `$1` hash as bytes, `$2` the same as text, `$3` batch, `$4` block; what was not asked for is NULL. */
export interface TraceQuestion {
  readonly hash: string | null
  readonly batch: number | null
  readonly block: number | null
}

export interface SendRow {
  readonly historyId: number
  readonly hash: string
  readonly at: string
  readonly confirmedAt: string | null
  readonly baseFee: string
  readonly priorityFee: string
  readonly blobBaseFee: string | null
  readonly finality: string | null
}

export interface StageRow {
  /** `sent`: an L1 hash whose row no batch refers to (any more). */
  readonly stage: StageName | 'sent'
  readonly ethTxId: number
  readonly nonce: string
  readonly from: string | null
  readonly to: string
  readonly type: string
  readonly hasFailed: boolean
  readonly chainId: string | null
  readonly isGateway: boolean
  readonly createdAt: string
  readonly sends: number
  /** Sends that were written down, whether or not a node accepted them. */
  readonly tries: number
  readonly firstSend: SendRow | null
  readonly newestSend: SendRow | null
  readonly confirmed: SendRow | null
  /** The first unconfirmed row of the same sender before this one: nothing behind it can be mined. */
  readonly earlier: { readonly ethTxId: number; readonly nonce: string } | null
}

export interface BatchRow {
  readonly number: number
  readonly sealed: boolean
  readonly timestamp: number
  readonly sealedAt: string | null
  readonly lastBlockTimestamp: number | null
  readonly hash: string | null
  readonly commitment: string | null
  readonly skipProof: boolean
  readonly settlementLayer: string | null
  readonly settlementChainId: string | null
}

export interface LogRow {
  readonly block: number
  readonly index: number
  readonly sender: string
  readonly key: string
  readonly value: string
}

export interface UsualRow {
  readonly stage: StageName
  readonly batches: number
  readonly median: number | null
  readonly p90: number | null
}

export interface TraceRow {
  /** The hash that was asked for. */
  readonly asked: string | null
  /** The database's clock. */
  readonly now: string
  /** Null on a primary. */
  readonly replicaLagSeconds: number | null
  readonly external: boolean | null
  readonly transaction: {
    readonly hash: string
    readonly block: number | null
    readonly batch: number | null
    readonly error: string | null
    readonly receivedAt: string
    readonly from: string
    readonly to: string | null
    readonly fromL1: boolean
    readonly pruned: boolean
  } | null
  readonly logs: readonly LogRow[]
  readonly block: {
    readonly number: number
    readonly batch: number | null
    readonly timestamp: number
    readonly hash: string
  } | null
  readonly batch: BatchRow | null
  /** The batch that is being filled now. */
  readonly openBatch: number | null
  readonly openBatchTimestamp: number | null
  readonly sent: { readonly ethTxId: number; readonly type: string; readonly isGateway: boolean } | null
  readonly settled: readonly {
    readonly stage: StageName
    readonly number: number
    readonly sealed: boolean
    readonly timestamp: number
  }[]
  readonly stages: readonly StageRow[]
  /** Does this chain precommit its blocks? */
  readonly precommits: boolean
  /** The newest batch that has a row of each kind. */
  readonly heads: { readonly commit: number | null; readonly prove: number | null; readonly execute: number | null }
  readonly failed: { readonly ethTxId: number; readonly type: string; readonly createdAt: string } | null
  readonly proofs: readonly { readonly batch: number; readonly status: string; readonly since: string }[]
  readonly oldestBlock: number | null
  readonly newestBlock: number | null
  /** Null when it was not asked for. */
  readonly usual: readonly UsualRow[] | null
}

/** Tables without which there is no trace at all. */
export const requiredTables = ['miniblocks', 'l1_batches', 'eth_txs', 'eth_txs_history'] as const
/** Either of these resolves a transaction; the other enriches it. */
export const lookupTables = ['transactions', 'l2_to_l1_logs'] as const

const hex = (column: string) => `'0x' || encode(${column}, 'hex')`

/** An expression when the column is there, else its stand-in. */
type Optional = (table: string, column: string, expression: string, otherwise?: string) => string

export function traceStatement(columns: NodeColumns, wants: { readonly usual: boolean }): string {
  const optional: Optional = (table, column, expression, otherwise = 'NULL') =>
    columns.has(table, column) ? expression : otherwise
  const precommits = columns.has('miniblocks', 'eth_precommit_tx_id')
  const ctes = [
    lookups(columns),
    sentAndSettled(precommits, optional),
    blockAndBatch(precommits, optional),
    stages(precommits, optional),
  ]
  return `WITH ${ctes.join(',\n')}
SELECT json_build_object(
  'asked', $2::text,
  'now', timezone('UTC', clock_timestamp()),
  'replicaLagSeconds', ${replicaLag},
  'external', (SELECT contract_address = '' AND nonce = 0 FROM eth_txs ORDER BY id DESC LIMIT 1),
  'transaction', (SELECT to_json(t) FROM (SELECT ${hex('hash')} AS hash, miniblock_number AS block,
     l1_batch_number AS batch, error, received_at AS "receivedAt", ${hex('initiator_address')} AS "from",
     ${hex('contract_address')} AS "to", is_priority AS "fromL1", pruned FROM tx) t),
  'logs', (SELECT coalesce(json_agg(json_build_object('block', miniblock_number, 'index', log_index_in_tx,
     'sender', ${hex('sender')}, 'key', ${hex('key')}, 'value', ${hex('value')}) ORDER BY log_index_in_tx), '[]') FROM logs),
  'block', (SELECT json_build_object('number', number, 'batch', l1_batch_number, 'timestamp', timestamp,
     'hash', ${hex('hash')}) FROM block),
  'batch', (SELECT to_json(b) FROM batch_facts b),
  ${openBatch(columns)},
  'sent', (SELECT json_build_object('ethTxId', e.id, 'type', e.tx_type, 'isGateway',
     ${optional('eth_txs', 'is_gateway', 'e.is_gateway', 'false')}) FROM sent JOIN eth_txs e ON e.id = sent.eth_tx_id),
  'settled', (SELECT coalesce(json_agg(s ORDER BY s.number), '[]') FROM settled s),
  'stages', (SELECT coalesce(json_agg(s), '[]') FROM stage_facts s),
  'precommits', ${precommits ? precommitsUsed : 'false'},
  'heads', json_build_object('commit', ${head('commit')}, 'prove', ${head('prove')}, 'execute', ${head('execute')}),
  'failed', (SELECT json_build_object('ethTxId', id, 'type', tx_type, 'createdAt', created_at)
     FROM eth_txs WHERE has_failed ORDER BY id LIMIT 1),
  'proofs', ${proofs(columns)},
  'oldestBlock', (SELECT min(number) FROM miniblocks),
  'newestBlock', (SELECT max(number) FROM miniblocks),
  'usual', ${wants.usual ? usual(optional) : 'NULL'}
) AS trace`
}

/** The columns alone don't say that the chain precommits: its newest committed batch does. */
const precommitsUsed = `coalesce((SELECT bool_or(final_precommit_eth_tx_id IS NOT NULL) FROM l1_batches
     WHERE eth_commit_tx_id = (SELECT max(eth_commit_tx_id) FROM l1_batches)), false)`

/** A replica whose receiver runs and has replayed all it got is not behind, however long ago the last change was. */
export const replicaLag = `CASE WHEN pg_is_in_recovery() THEN
     CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
               AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
     ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END END`

function lookups(columns: NodeColumns): string {
  // A login without the right to one of the two still gets what the other knows.
  const tx = columns.has('transactions')
    ? `SELECT hash, miniblock_number, l1_batch_number, error, received_at, initiator_address, contract_address,
         is_priority, data = '{}'::jsonb AS pruned FROM transactions WHERE hash = $1::bytea`
    : `SELECT NULL::bytea AS hash, NULL::int8 AS miniblock_number, NULL::int8 AS l1_batch_number, NULL::text AS error,
         NULL::timestamp AS received_at, NULL::bytea AS initiator_address, NULL::bytea AS contract_address,
         false AS is_priority, false AS pruned WHERE false`
  const logs = columns.has('l2_to_l1_logs')
    ? `SELECT miniblock_number, log_index_in_tx, sender, key, value FROM l2_to_l1_logs WHERE tx_hash = $1::bytea
         ORDER BY miniblock_number, log_index_in_tx LIMIT 50`
    : `SELECT NULL::int8 AS miniblock_number, NULL::int4 AS log_index_in_tx, NULL::bytea AS sender, NULL::bytea AS key,
         NULL::bytea AS value WHERE false`
  return `tx AS MATERIALIZED (${tx}),\nlogs AS MATERIALIZED (${logs})`
}

/** From an L1 hash to the batches whose commit, proof or execution it was. */
function sentAndSettled(precommits: boolean, optional: Optional): string {
  const sealed = sealedColumn(optional)
  const stage = (name: StageName) =>
    `SELECT '${name}' AS stage, number, ${sealed} AS sealed, timestamp FROM l1_batches
       WHERE eth_${name}_tx_id = (SELECT eth_tx_id FROM sent)`
  const parts = [stage('commit'), stage('prove'), stage('execute')]
  if (precommits) {
    parts.push(`SELECT 'precommit', number, ${sealed}, timestamp FROM l1_batches WHERE number IN
      (SELECT l1_batch_number FROM miniblocks WHERE eth_precommit_tx_id = (SELECT eth_tx_id FROM sent))`)
  }
  return `sent AS MATERIALIZED (SELECT eth_tx_id FROM eth_txs_history WHERE tx_hash = $2::text),
settled AS MATERIALIZED (${parts.join(' UNION ALL ')})`
}

function blockAndBatch(precommits: boolean, optional: Optional): string {
  const precommit = precommits ? 'eth_precommit_tx_id' : 'NULL::int4 AS eth_precommit_tx_id'
  const byPrecommit = precommits
    ? ', (SELECT min(number) FROM miniblocks WHERE eth_precommit_tx_id = (SELECT eth_tx_id FROM sent))'
    : ''
  const finalPrecommit = optional(
    'l1_batches',
    'final_precommit_eth_tx_id',
    'b.final_precommit_eth_tx_id',
    'NULL::int4',
  )
  return `block AS MATERIALIZED (SELECT number, l1_batch_number, timestamp, hash, ${precommit} FROM miniblocks
    WHERE number = coalesce($4::int8, (SELECT miniblock_number FROM tx), (SELECT min(miniblock_number) FROM logs),
      (SELECT max(number) FROM miniblocks WHERE hash = $1::bytea)${byPrecommit})),
batch AS MATERIALIZED (SELECT b.number, ${sealedColumn(optional, 'b.')} AS sealed, b.timestamp, b.hash, b.commitment,
    b.skip_proof, b.eth_commit_tx_id, b.eth_prove_tx_id, b.eth_execute_tx_id,
    coalesce(${precommits ? '(SELECT eth_precommit_tx_id FROM block)' : 'NULL::int4'}, ${finalPrecommit}) AS precommit_id,
    ${optional('l1_batches', 'sealed_at', 'b.sealed_at', 'NULL::timestamp')} AS sealed_at,
    ${optional('l1_batches', 'settlement_layer_type', 'b.settlement_layer_type', 'NULL::text')} AS settlement_layer,
    ${optional('l1_batches', 'settlement_layer_chain_id', 'b.settlement_layer_chain_id', 'NULL::int8')} AS settlement_chain
  FROM l1_batches b
  WHERE b.number = coalesce($3::int8, (SELECT l1_batch_number FROM block), (SELECT l1_batch_number FROM tx),
    (SELECT min(number) FROM settled), (SELECT max(number) FROM l1_batches WHERE hash = $1::bytea))),
batch_facts AS (SELECT number, sealed, timestamp, sealed_at AS "sealedAt",
    (SELECT to_json(m.newest) FROM (SELECT count(*), max(timestamp) AS newest FROM miniblocks
       WHERE l1_batch_number = batch.number) m) AS "lastBlockTimestamp",
    ${hex('hash')} AS hash, ${hex('commitment')} AS commitment, skip_proof AS "skipProof",
    settlement_layer AS "settlementLayer", settlement_chain::text AS "settlementChainId" FROM batch)`
}

function sealedColumn(optional: Optional, prefix = ''): string {
  return optional(
    'l1_batches',
    'is_sealed',
    `${prefix}is_sealed`,
    optional('l1_batches', 'is_finished', `${prefix}is_finished`, 'true'),
  )
}

/** Blocks without a batch belong to the one being filled: a row of its own since 2024, before that the next number. */
function openBatch(columns: NodeColumns): string {
  const number = columns.has('l1_batches', 'is_sealed')
    ? `coalesce((SELECT min(number) FROM l1_batches WHERE NOT is_sealed), (SELECT max(number) + 1 FROM l1_batches))`
    : '(SELECT max(number) + 1 FROM l1_batches)'
  return `'openBatch', ${number},
  'openBatchTimestamp', (SELECT min(timestamp) FROM miniblocks WHERE l1_batch_number IS NULL AND number > coalesce(
     (SELECT number FROM miniblocks WHERE l1_batch_number IS NOT NULL ORDER BY number DESC LIMIT 1), -1))`
}

function stages(precommits: boolean, optional: Optional): string {
  const history = (column: string, expression: string, otherwise?: string) =>
    optional('eth_txs_history', column, expression, otherwise)
  const accepted = history('sent_successfully', 'h.sent_successfully', 'h.sent_at_block IS NOT NULL')
  const sender = `${optional('eth_txs', 'from_addr', ' AND o.from_addr IS NOT DISTINCT FROM e.from_addr', '')}${optional('eth_txs', 'is_gateway', ' AND o.is_gateway = e.is_gateway', '')}`
  const send = `json_build_object('historyId', h.id, 'hash', h.tx_hash, 'at', coalesce(h.sent_at, h.created_at),
      'confirmedAt', h.confirmed_at, 'baseFee', h.base_fee_per_gas::text, 'priorityFee', h.priority_fee_per_gas::text,
      'blobBaseFee', ${history('blob_base_fee_per_gas', 'h.blob_base_fee_per_gas::text')},
      'finality', ${history('finality_status', 'h.finality_status')})`
  const precommit = precommits ? `SELECT 'precommit' AS stage, precommit_id AS id FROM batch UNION ALL ` : ''
  const precommitOpen = precommits
    ? ` UNION ALL SELECT 'precommit', eth_precommit_tx_id FROM block WHERE NOT EXISTS (SELECT FROM batch)`
    : ''
  return `wanted_stage AS (${precommit}SELECT 'commit' AS stage, eth_commit_tx_id AS id FROM batch
    UNION ALL SELECT 'prove', eth_prove_tx_id FROM batch UNION ALL SELECT 'execute', eth_execute_tx_id FROM batch
    ${precommitOpen} UNION ALL SELECT 'sent', eth_tx_id FROM sent WHERE NOT EXISTS (SELECT FROM batch)),
stage_facts AS (SELECT w.stage, e.id AS "ethTxId", e.nonce::text AS nonce,
    ${optional('eth_txs', 'from_addr', hex('e.from_addr'))} AS "from", e.contract_address AS "to", e.tx_type AS type,
    e.has_failed AS "hasFailed", ${optional('eth_txs', 'chain_id', 'e.chain_id::text')} AS "chainId",
    ${optional('eth_txs', 'is_gateway', 'e.is_gateway', 'false')} AS "isGateway", e.created_at AS "createdAt", s.*,
    (SELECT json_build_object('ethTxId', o.id, 'nonce', o.nonce::text) FROM eth_txs o
       WHERE e.confirmed_eth_tx_history_id IS NULL AND o.confirmed_eth_tx_history_id IS NULL
         AND o.id < e.id AND o.id >= e.id - 200${sender} ORDER BY o.id LIMIT 1) AS earlier
  FROM wanted_stage w JOIN eth_txs e ON e.id = w.id CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.accepted) AS sends, count(*) AS tries,
      (array_agg(x.send ORDER BY x.id) FILTER (WHERE x.accepted))[1] AS "firstSend",
      (array_agg(x.send ORDER BY x.id DESC) FILTER (WHERE x.accepted))[1] AS "newestSend",
      (array_agg(x.send ORDER BY x.id = e.confirmed_eth_tx_history_id DESC NULLS LAST, x.id DESC)
         FILTER (WHERE x.confirmed))[1] AS confirmed
    FROM (SELECT h.id, ${send} AS send, ${accepted} OR h.confirmed_at IS NOT NULL AS accepted,
            h.id = e.confirmed_eth_tx_history_id OR (h.confirmed_at IS NOT NULL AND e.confirmed_eth_tx_history_id IS NULL)
              AS confirmed
          FROM eth_txs_history h WHERE h.eth_tx_id = e.id) x) s)`
}

/** Through the highest id, so that its index answers at once however many batches wait. */
function head(stage: 'commit' | 'prove' | 'execute'): string {
  const column = `eth_${stage}_tx_id`
  return `(SELECT max(number) FROM l1_batches WHERE ${column} = (SELECT max(${column}) FROM l1_batches))`
}

function proofs(columns: NodeColumns): string {
  if (!columns.has('proof_generation_details')) return `'[]'::json`
  return `(SELECT coalesce(json_agg(json_build_object('batch', l1_batch_number, 'status', status, 'since', updated_at)), '[]')
     FROM proof_generation_details WHERE l1_batch_number IN ((SELECT number FROM batch), ${head('prove')} + 1))`
}

/** How long each stage took for the newest 50 batches that have passed it, from the stage before. */
function usual(optional: Optional): string {
  const confirmed = (column: string) => `(SELECT h.confirmed_at FROM eth_txs e
      JOIN eth_txs_history h ON h.id = e.confirmed_eth_tx_history_id WHERE e.id = b.${column})`
  const lastBlock = `(SELECT to_timestamp(m.newest) AT TIME ZONE 'UTC' FROM (SELECT count(*), max(timestamp) AS newest
      FROM miniblocks WHERE l1_batch_number = b.number) m)`
  const sealed = optional('l1_batches', 'sealed_at', `coalesce(b.sealed_at, ${lastBlock})`, lastBlock)
  const part = (stage: StageName, before: string) => `SELECT '${stage}' AS stage, count(seconds) AS batches,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median,
      percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90
    FROM (SELECT extract(epoch FROM ${confirmed(`eth_${stage}_tx_id`)} - ${before})::float8 AS seconds
      FROM (SELECT * FROM (SELECT number, eth_commit_tx_id, eth_prove_tx_id, eth_execute_tx_id${optional('l1_batches', 'sealed_at', ', sealed_at', '')}
          FROM l1_batches WHERE eth_${stage}_tx_id IS NOT NULL ORDER BY eth_${stage}_tx_id DESC LIMIT 400) newest
        WHERE ${confirmed(`eth_${stage}_tx_id`).replace('b.', 'newest.')} IS NOT NULL
        ORDER BY newest.eth_${stage}_tx_id DESC LIMIT 50) b) durations`
  return `(SELECT json_agg(u) FROM (${part('commit', sealed)}
    UNION ALL ${part('prove', confirmed('eth_commit_tx_id'))}
    UNION ALL ${part('execute', confirmed('eth_prove_tx_id'))}) u)`
}
