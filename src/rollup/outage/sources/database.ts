// What the node's own database says: newest block, sealed batches, what waits to be sent to L1, and who waits for a block.

import { plural } from '../../../core/counts.ts'
import { within } from '../../../core/deadline.ts'
import type { Finding } from '../../../core/finding.ts'
import { DatabaseFailure, type NodeColumns, type NodeDatabase } from '../../node-database.ts'
import { replicaLag } from '../../trace/query.ts'
import type { DatabaseObservation, Demand } from '../facts.ts'
import type { LearnedGaps } from '../usual.ts'
import type { NodeWaits } from '../waits.ts'
import { type SampledRow, usualInDatabase, usualStatement } from './database-usual.ts'
import { askDatabase } from './database-waits.ts'
import type { L1Counters } from './l1.ts'

export interface DatabaseLook {
  readonly observation: DatabaseObservation
  readonly demand: readonly Demand[]
  readonly findings: readonly Finding[]
  readonly learned: LearnedGaps | null
}

export interface OutageDatabase {
  readonly name: string
  /** Never throws. */
  look(limits: { readonly signal: AbortSignal }): Promise<DatabaseLook>
  /** Where no node answers: since when the next batch waits for each stage. Null: it did not tell. Never throws. */
  waits(counters: L1Counters, limits: { readonly signal: AbortSignal }): Promise<NodeWaits | null>
}

interface Row {
  readonly head: { readonly number: number; readonly time: number; readonly hash: string } | null
  readonly sealedBatch: number | null
  readonly external: boolean | null
  readonly replicaLagSeconds: number | null
  readonly pending: { readonly count: number; readonly oldest: number | null; readonly newest: number | null }
  readonly unsent: number
  readonly unconfirmed: number
  readonly failed: { readonly id: number; readonly type: string } | null
}

const needed = ['miniblocks', 'l1_batches', 'eth_txs', 'eth_txs_history'] as const
/** What is usual moves slowly, and asking costs more than the rest. */
const learnedGoodForMs = 3 * 3_600_000
/** A young chain has too little to learn from, and more before long. */
const tooLittleGoodForMs = 10 * 60_000
/** A database that reads it slowly must not hold up what it shows of now: the next answer has it. */
const learnMs = 1400

export function createOutageDatabase(settings: {
  readonly database: NodeDatabase
  readonly now: () => Date
}): OutageDatabase {
  const { database, now } = settings
  let learned: { readonly gaps: LearnedGaps; readonly at: number } | null = null

  async function read(signal: AbortSignal): Promise<Row> {
    const columns = await database.columns({ signal })
    const missing = needed.filter((table) => !columns.has(table))
    if (missing.length > 0) {
      throw new DatabaseFailure(
        'missing-table',
        `The ${database.name} has no table ${missing.join(', ')} this login may read.`,
      )
    }
    const [first] = await database.read<{ look: Row }>(lookStatement(columns), [], { signal })
    return (first as { look: Row }).look
  }

  async function learn(signal: AbortSignal): Promise<LearnedGaps | null> {
    const goodForMs = learned?.gaps.commit === null ? tooLittleGoodForMs : learnedGoodForMs
    if (learned !== null && now().getTime() - learned.at < goodForMs) return learned.gaps
    const columns = await database.columns({ signal })
    const [first] = await database.read<{ sampled: SampledRow }>(usualStatement(columns), [], { signal })
    if (first !== undefined) learned = { gaps: usualInDatabase(first.sampled), at: now().getTime() }
    return learned?.gaps ?? null
  }

  return {
    name: database.name,
    waits: (counters, { signal }) => askDatabase(database, counters, signal),
    async look({ signal }) {
      try {
        const learning = learn(signal).catch(ignoreFailure)
        const [row, gaps] = await Promise.all([read(signal), within(learning, learnMs, null)])
        return lookOf(row, gaps ?? learned?.gaps ?? null)
      } catch (error) {
        if (!(error instanceof DatabaseFailure)) throw error
        if (error.kind === 'missing-table') database.forgetColumns()
        return { ...failedLook(error, database.name), learned: learned?.gaps ?? null }
      }
    },
  }
}

/** Without what is usual the defaults stand; the reason shows in the other question, asked at the same moment. */
function ignoreFailure(error: unknown): null {
  if (error instanceof DatabaseFailure) return null
  throw error
}

function failedLook({ kind, message }: DatabaseFailure, name: string): DatabaseLook {
  const text = message.replace(`The ${name} `, '').replace(/\.$/, '')
  const nothing = { head: null, sealedBatch: null, replicaLagSeconds: 0, own: false }
  return { observation: { trouble: { kind, text }, ...nothing }, demand: [], findings: [], learned: null }
}

function lookOf(row: Row, learned: LearnedGaps | null): DatabaseLook {
  const { head, sealedBatch, pending } = row
  const demand: Demand[] = []
  if (pending.oldest !== null && pending.count > 0) {
    const text = `${plural(pending.count, 'transaction')} that the sequencer could take ${pending.count === 1 ? 'waits' : 'wait'} in the node's pool`
    demand.push({ kind: 'pending-transaction', witness: 'database', since: pending.oldest, text })
  }
  return {
    observation: {
      trouble: null,
      head: head === null ? null : { ...head, hash: head.hash },
      sealedBatch,
      replicaLagSeconds: row.replicaLagSeconds ?? 0,
      // A main node that has sent nothing yet can't be told from a copy: not known is no witness.
      own: row.external === false,
    },
    demand,
    findings: senderFindings(row),
    learned,
  }
}

function senderFindings({ failed, unsent, unconfirmed, external }: Row): readonly Finding[] {
  if (external !== false) return []
  const findings: Finding[] = []
  if (failed !== null) {
    const text = `The node's L1 transaction eth_txs ${failed.id} (${failed.type}) has failed: nothing behind it is sent. See /trace for its batch.`
    findings.push({ code: 'sender-failed', severity: 'critical', values: failed, text })
  }
  if (unsent + unconfirmed > 0) {
    const text = `The node has ${plural(unsent, 'transaction')} to L1 unsent and ${unconfirmed} sent and unconfirmed.`
    findings.push({ code: 'sender-queue', severity: 'info', values: { unsent, unconfirmed }, text })
  }
  return findings
}

/**
 * A transaction counts as waiting only if the sequencer could take it now: newer than the newest block, its nonce the
 * next one of its account, and its fee enough. Anything else waits for its own reason.
 */
function lookStatement(columns: NodeColumns): string {
  const sealed = ['is_sealed', 'is_finished'].find((column) => columns.has('l1_batches', column))
  const pool = columns.has('transactions')
    ? `SELECT count(*), min(at) AS oldest, max(at) AS newest FROM (
         SELECT extract(epoch FROM t.received_at)::float8 AS at FROM transactions t, head
         WHERE t.received_at > to_timestamp(head.timestamp) AT TIME ZONE 'UTC' AND t.miniblock_number IS NULL
           AND t.error IS NULL AND (t.is_priority OR (coalesce(t.max_fee_per_gas, 0) >= head.base_fee_per_gas
             AND (t.nonce = 0 OR EXISTS (SELECT FROM transactions p WHERE p.initiator_address = t.initiator_address
               AND p.nonce = t.nonce - 1 AND p.miniblock_number IS NOT NULL))))
         ORDER BY t.received_at LIMIT 500) waiting`
    : 'SELECT 0 AS count, NULL::float8 AS oldest, NULL::float8 AS newest'
  return `WITH head AS MATERIALIZED (SELECT number, timestamp, hash, base_fee_per_gas FROM miniblocks
    ORDER BY number DESC LIMIT 1)
SELECT json_build_object(
  'head', (SELECT json_build_object('number', number, 'time', timestamp, 'hash', '0x' || encode(hash, 'hex')) FROM head),
  'sealedBatch', (SELECT max(number) FROM l1_batches ${sealed === undefined ? '' : `WHERE ${sealed}`}),
  'external', (SELECT contract_address = '' AND nonce = 0 FROM eth_txs ORDER BY id DESC LIMIT 1),
  'replicaLagSeconds', ${replicaLag},
  'pending', (SELECT to_json(p) FROM (${pool}) p),
  'unsent', (SELECT count(*) FROM eth_txs e WHERE e.confirmed_eth_tx_history_id IS NULL
     AND NOT EXISTS (SELECT FROM eth_txs_history h WHERE h.eth_tx_id = e.id)),
  'unconfirmed', (SELECT count(*) FROM eth_txs e WHERE e.confirmed_eth_tx_history_id IS NULL
     AND EXISTS (SELECT FROM eth_txs_history h WHERE h.eth_tx_id = e.id)),
  'failed', (SELECT json_build_object('id', id, 'type', tx_type) FROM eth_txs WHERE has_failed ORDER BY id LIMIT 1)
) AS look`
}
