// The rows of the operators' notes of September 2023: one withdrawal, settled by three L1 transactions.

import type pg from 'pg'
import { bytes, insertRows, type Row } from '../support/node-rows.ts'

export const golden = {
  hash: '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a',
  commitHash: '0x0b01e199877faef52b95477119f53bf546a2915bc903132331f41542e58da53d',
  // The notes stop at the commit; these two only have to be found.
  proveHash: `0x${'5e'.repeat(32)}`,
  executeHash: `0x${'6f'.repeat(32)}`,
  rootHash: `0x${'a1'.repeat(32)}`,
  contract: '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8',
} as const

/** `inTransactions: false` is the notes' fork, where the hash is known from its message to L1 alone. */
export async function insertGoldenRows(client: pg.Client, { inTransactions = true } = {}): Promise<void> {
  const transaction: [string, Row] = [
    'transactions',
    { hash: bytes(golden.hash), miniblock_number: 15841, l1_batch_number: 7670, received_at: '2023-09-18 03:47:58.5' },
  ]
  await insertRows(client, [
    ...sent(41073, 43194, 'CommitBlocks', 41091, golden.commitHash, '03:49:35.118', '03:50:19.059576'),
    ...sent(41148, 43270, 'PublishProofBlocksOnchain', 41166, golden.proveHash, '07:12:00', '07:20:44.5'),
    ...sent(41151, 43273, 'ExecuteBlocks', 41169, golden.executeHash, '07:25:00', '07:31:02.000001'),
    [
      'l1_batches',
      {
        number: 7670,
        timestamp: 1_695_008_870,
        hash: bytes(golden.rootHash),
        eth_commit_tx_id: 41073,
        eth_prove_tx_id: 41148,
        eth_execute_tx_id: 41151,
      },
    ],
    ['miniblocks', { number: 15840, l1_batch_number: 7670, timestamp: 1_695_008_870, hash: bytes('c0'.repeat(32)) }],
    ['miniblocks', { number: 15841, l1_batch_number: 7670, timestamp: 1_695_008_880, hash: bytes('c1'.repeat(32)) }],
    ...(inTransactions ? [transaction] : []),
    ['l2_to_l1_logs', { miniblock_number: 15841, tx_hash: bytes(golden.hash) }],
  ])
}

function sent(
  id: number,
  historyId: number,
  type: string,
  nonce: number,
  hash: string,
  sentAt: string,
  confirmedAt: string,
): [string, Row][] {
  const day = '2023-09-18'
  return [
    [
      'eth_txs',
      {
        id,
        nonce,
        tx_type: type,
        contract_address: golden.contract,
        created_at: `${day} 03:49:30`,
        confirmed_eth_tx_history_id: historyId,
      },
    ],
    [
      'eth_txs_history',
      {
        id: historyId,
        eth_tx_id: id,
        tx_hash: hash,
        sent_at: `${day} ${sentAt}`,
        confirmed_at: `${day} ${confirmedAt}`,
      },
    ],
  ]
}
