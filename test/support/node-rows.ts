// Rows of a node's tables for tests: what the test is about is given, every other mandatory column gets a plain value.

import type pg from 'pg'

const at = '2023-09-18 03:00:00'
const word = (digit: string) => Buffer.from(digit.repeat(64), 'hex')

/** Mandatory columns of every generation; those a generation lacks are left out on insert. */
const mandatory: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  transactions: {
    is_priority: false,
    initiator_address: Buffer.alloc(20, 7),
    data: { to: 'somewhere' },
    received_at: at,
    created_at: at,
    updated_at: at,
    paymaster: Buffer.alloc(20),
    paymaster_input: Buffer.alloc(0),
  },
  miniblocks: {
    timestamp: 1_695_008_880,
    hash: word('d'),
    l1_tx_count: 0,
    l2_tx_count: 1,
    base_fee_per_gas: 250_000_000,
    gas_per_pubdata_limit: 800,
    created_at: at,
    updated_at: at,
  },
  l2_to_l1_logs: {
    log_index_in_miniblock: 0,
    log_index_in_tx: 0,
    shard_id: 0,
    is_service: true,
    tx_index_in_miniblock: 0,
    tx_index_in_l1_batch: 0,
    sender: Buffer.from('8008'.padStart(40, '0'), 'hex'),
    key: Buffer.from('800a'.padStart(64, '0'), 'hex'),
    value: word('e'),
    created_at: at,
    updated_at: at,
  },
  l1_batches: {
    timestamp: 1_695_008_880,
    is_finished: true,
    is_sealed: true,
    l1_tx_count: 0,
    l2_tx_count: 1,
    fee_account_address: Buffer.alloc(20, 1),
    bloom: Buffer.alloc(256),
    priority_ops_onchain_data: [],
    created_at: at,
    updated_at: at,
    initial_bootloader_heap_content: '[]',
    used_contract_hashes: '[]',
  },
  eth_txs: {
    nonce: 1,
    raw_tx: Buffer.alloc(4),
    contract_address: '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8',
    tx_type: 'CommitBlocks',
    created_at: at,
    updated_at: at,
  },
  eth_txs_history: {
    created_at: at,
    updated_at: at,
    base_fee_per_gas: 12_000_000_000,
    priority_fee_per_gas: 1_000_000_000,
    sent_at_block: 1,
  },
  proof_generation_details: {
    status: 'picked_by_prover',
    proof_gen_data_blob_url: 'x',
    created_at: at,
    updated_at: at,
  },
}

export type Row = Readonly<Record<string, unknown>>

export async function insertRow(client: pg.Client, table: string, row: Row): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  )
  const exists = new Set(rows.map(({ name }) => name))
  const missing = Object.keys(row).filter((column) => !exists.has(column))
  if (missing.length > 0) throw new Error(`${table} has no column ${missing.join(', ')}`)
  const filler = Object.entries(mandatory[table] ?? {}).filter(([column]) => exists.has(column) && !(column in row))
  const entries = [...filler, ...Object.entries(row)]
  const columns = entries.map(([column]) => column).join(', ')
  const places = entries.map((_, index) => `$${index + 1}`).join(', ')
  await client.query(
    `INSERT INTO ${table} (${columns}) VALUES (${places})`,
    entries.map(([, value]) => value),
  )
}

/** Rows by table; history rows are inserted before `confirmed_eth_tx_history_id` may point at them. */
export async function insertRows(
  client: pg.Client,
  rows: readonly (readonly [table: string, row: Row])[],
): Promise<void> {
  const confirmed: [number, unknown][] = []
  for (const [table, row] of rows) {
    const { confirmed_eth_tx_history_id: confirmedId, ...rest } = row
    await insertRow(client, table, rest)
    if (confirmedId !== undefined) confirmed.push([rest.id as number, confirmedId])
  }
  for (const [id, historyId] of confirmed) {
    await client.query('UPDATE eth_txs SET confirmed_eth_tx_history_id = $2 WHERE id = $1', [id, historyId])
  }
}

export const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/^0x/, ''), 'hex')
