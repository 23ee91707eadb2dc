// The rows of September 2023 that the project's golden trace is about, on a fork whose eth_txs has a tx_status column.

import type { ClientBase } from 'pg'
import { bytes, type TableRows } from '../database/rows.ts'
import { writeRows } from '../database/writer.ts'
import { createRandom } from '../model/random.ts'
import type { Scenario } from './scenario.ts'

export const goldenTransaction = '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a'

export const golden: Scenario = {
  summary: 'the golden trace of 2023-09-18, in rows that only the database knows',
  generation: '2023',
  historyBatches: 1,
  still: true,
  async setUp({ database }) {
    if (database !== null) await writeGoldenRows(database)
  },
}

const contractAddress = '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8'
const commitHash = '0x0b01e199877faef52b95477119f53bf546a2915bc903132331f41542e58da53d'
const zero = (count: number) => `\\x${'00'.repeat(count)}`
const opened = '2023-09-18 03:40:02'
const random = createRandom('golden')

interface L1Row {
  readonly id: number
  readonly nonce: number
  readonly type: string
  readonly history: number
  readonly hash: string
  readonly createdAt: string
  readonly confirmedAt: string
}

/** Of the two later stages only the ids are known; their sends are made up and look alike. */
const l1Rows: readonly L1Row[] = [
  {
    id: 41073,
    nonce: 41091,
    type: 'CommitBlocks',
    history: 43194,
    hash: commitHash,
    createdAt: '2023-09-18 03:47:30.512004',
    confirmedAt: '2023-09-18 03:50:19.059576',
  },
  {
    id: 41148,
    nonce: 41166,
    type: 'PublishProofBlocksOnchain',
    history: 43271,
    hash: random.hash('prove'),
    createdAt: '2023-09-18 05:02:11.118230',
    confirmedAt: '2023-09-18 05:04:43.770125',
  },
  {
    id: 41151,
    nonce: 41169,
    type: 'ExecuteBlocks',
    history: 43274,
    hash: random.hash('execute'),
    createdAt: '2023-09-18 05:05:02.004417',
    confirmedAt: '2023-09-18 05:07:31.226903',
  },
]

/** For a database with the schema `2023`. */
export async function writeGoldenRows(client: ClientBase): Promise<void> {
  await client.query('ALTER TABLE eth_txs ADD COLUMN IF NOT EXISTS tx_status text')
  await writeRows(client, [
    { table: 'eth_txs', key: ['id'], rows: l1Rows.map((row) => ethRow(row, null)) },
    { table: 'eth_txs_history', key: ['id'], rows: l1Rows.map(historyRow) },
    { table: 'eth_txs', key: ['id'], rows: l1Rows.map((row) => ethRow(row, row.history)) },
    batch,
    block,
    transaction,
  ])
}

function ethRow(row: L1Row, confirmed: number | null) {
  return {
    id: row.id,
    nonce: row.nonce,
    raw_tx: '\\x',
    contract_address: contractAddress,
    tx_type: row.type,
    has_failed: false,
    gas_used: 412000,
    predicted_gas_cost: 400000,
    confirmed_eth_tx_history_id: confirmed,
    tx_status: 'Done',
    created_at: row.createdAt,
    updated_at: row.confirmedAt,
  }
}

function historyRow(row: L1Row) {
  return {
    id: row.history,
    eth_tx_id: row.id,
    tx_hash: row.hash,
    base_fee_per_gas: 12000000000,
    priority_fee_per_gas: 1000000000,
    confirmed_at: row.confirmedAt,
    sent_at_block: 1000000 + row.id,
    sent_at: row.createdAt,
    created_at: row.createdAt,
    updated_at: row.confirmedAt,
  }
}

const batch: TableRows = {
  table: 'l1_batches',
  key: ['number'],
  rows: [
    {
      number: 7670,
      timestamp: 1695008402,
      is_finished: true,
      l1_tx_count: 0,
      l2_tx_count: 1,
      fee_account_address: zero(20),
      bloom: zero(256),
      priority_ops_onchain_data: [],
      hash: bytes(random.hash('batch')),
      commitment: bytes(random.hash('commitment')),
      eth_commit_tx_id: 41073,
      eth_prove_tx_id: 41148,
      eth_execute_tx_id: 41151,
      created_at: opened,
      updated_at: '2023-09-18 03:47:30',
      initial_bootloader_heap_content: [],
      used_contract_hashes: [],
    },
  ],
}

const block: TableRows = {
  table: 'miniblocks',
  key: ['number'],
  rows: [
    {
      number: 15841,
      l1_batch_number: 7670,
      timestamp: 1695008402,
      hash: bytes(random.hash('block')),
      l1_tx_count: 0,
      l2_tx_count: 1,
      base_fee_per_gas: 250000000,
      gas_per_pubdata_limit: 50000,
      created_at: opened,
      updated_at: opened,
    },
  ],
}

const transaction: TableRows = {
  table: 'transactions',
  key: ['hash'],
  rows: [
    {
      hash: bytes(goldenTransaction),
      is_priority: false,
      initiator_address: bytes(random.address('initiator')),
      nonce: 7,
      data: { contractAddress: random.address('receiver'), calldata: '0x', value: '0x0' },
      received_at: '2023-09-18 03:40:01.204519',
      l1_batch_number: 7670,
      miniblock_number: 15841,
      index_in_block: 0,
      l1_batch_tx_index: 0,
      created_at: '2023-09-18 03:40:01.204519',
      updated_at: opened,
      tx_format: 2,
      paymaster: zero(20),
      paymaster_input: '\\x',
    },
  ],
}
