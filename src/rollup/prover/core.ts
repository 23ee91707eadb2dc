// What the core's database knows about proofs: which batch L1 needs next, what is settled, and what may be skipped.

import type { ColumnRow } from './generation.ts'

export const coreTables: readonly string[] = ['l1_batches', 'eth_txs', 'proof_generation_details']

export interface CoreFacts {
  readonly sealed: number | null
  /** Highest batch with a prove transaction, sent or not: the next one is what L1 needs. */
  readonly proveSent: number | null
  readonly proveConfirmed: number | null
  readonly nextSkipsProof: boolean | null
  /** `proof_generation_details.status` of the next batch. */
  readonly nextHandOff: string | null
}

/** One statement, all by primary key from the newest batch backwards. */
export function coreSql(columns: readonly ColumnRow[]): string | null {
  const has = (table: string, column: string): boolean =>
    columns.some((row) => row.table_name === table && row.column_name === column)
  if (!has('l1_batches', 'eth_prove_tx_id')) return null
  const sealed = has('l1_batches', 'is_sealed')
    ? 'is_sealed'
    : has('l1_batches', 'is_finished')
      ? 'is_finished'
      : 'true'
  const handOff = has('proof_generation_details', 'status')
    ? '(SELECT d.status FROM proof_generation_details d WHERE d.l1_batch_number = p.number + 1)'
    : 'NULL'
  return `
    SELECT (SELECT b.number FROM l1_batches b WHERE b.${sealed === 'true' ? 'number IS NOT NULL' : sealed}
        ORDER BY b.number DESC LIMIT 1)::float8 AS sealed,
      p.number::float8 AS prove_sent,
      (SELECT b.number FROM l1_batches b JOIN eth_txs t ON t.id = b.eth_prove_tx_id
        WHERE t.confirmed_eth_tx_history_id IS NOT NULL AND b.number <= p.number ORDER BY b.number DESC LIMIT 1)::float8
        AS prove_confirmed,
      (SELECT b.skip_proof FROM l1_batches b WHERE b.number = p.number + 1) AS next_skips_proof,
      ${handOff} AS next_hand_off
    FROM (SELECT 1) one
    LEFT JOIN (SELECT number FROM l1_batches WHERE eth_prove_tx_id IS NOT NULL ORDER BY number DESC LIMIT 1) p ON true`
}

export interface CoreRow {
  readonly sealed: number | null
  readonly prove_sent: number | null
  readonly prove_confirmed: number | null
  readonly next_skips_proof: boolean | null
  readonly next_hand_off: string | null
}

/** Of some batches: skip_proof, hand-off status and whether their prove transaction is confirmed. */
export function coreBatchesSql(columns: readonly ColumnRow[]): string {
  const handOff = columns.some((row) => row.table_name === 'proof_generation_details')
    ? 'LEFT JOIN proof_generation_details d ON d.l1_batch_number = b.number'
    : 'CROSS JOIN (SELECT NULL::text AS status) d'
  return `
    SELECT b.number::float8 AS batch, b.skip_proof, d.status AS hand_off, t.confirmed_eth_tx_history_id IS NOT NULL AS confirmed
    FROM l1_batches b LEFT JOIN eth_txs t ON t.id = b.eth_prove_tx_id ${handOff}
    WHERE b.number = ANY ($1::int8[])`
}

export interface CoreBatchRow {
  readonly batch: number
  readonly skip_proof: boolean
  readonly hand_off: string | null
  readonly confirmed: boolean
}

/** Why a batch counts as settled already, so that nothing waits for its jobs; null when it does not. */
export function settledBy(
  batch: number,
  known: {
    readonly l1Verified: number | null
    /** Highest batch with a confirmed prove transaction. */
    readonly proveConfirmed: number | null
    readonly row: CoreBatchRow | undefined
  },
): string | null {
  if (known.l1Verified !== null && batch <= known.l1Verified) return `L1 has verified batches up to ${known.l1Verified}`
  if (known.row?.confirmed || (known.proveConfirmed !== null && batch <= known.proveConfirmed))
    return 'its prove transaction is confirmed on L1'
  if (known.row?.hand_off === 'generated') return 'the core already has its proof'
  if (known.row?.hand_off === 'skipped') return 'the core skips its proof'
  return null
}
