// From the rows of the one statement to facts. Pure.

import type { StageName, Traced, TracedBatch, TracedTransaction, TraceStage } from './facts.ts'
import { readMessages } from './messages.ts'
import type { TraceRow } from './query.ts'
import { addWaits, stageFromRow, stageNameOf, stageOrder, unixTime, utc, waitingStage } from './stages.ts'

/** Null: the database does not know it. */
export function tracedFromRow(row: TraceRow): Traced | null {
  if (!row.transaction && row.logs.length === 0 && !row.block && !row.batch && !row.sent) return null
  const several = row.settled.length > 1 && !row.transaction && row.logs.length === 0
  const batch = several ? null : batchOf(row)
  const transaction = transactionOf(row)
  const block = row.block && {
    number: row.block.number,
    hash: row.block.hash,
    timestamp: unixTime(row.block.timestamp),
  }
  const [first] = row.settled
  const settledBy = row.sent && !row.transaction ? (first?.stage ?? stageNameOf(row.sent.type)) : null
  const stages = several ? onlyStage(row, settledBy) : stagesOf(row, batch)
  const waits = { now: utc(row.now), heads: row.heads, proofs: row.proofs, block }
  const timed = transaction?.status === 'rejected' ? [] : addWaits(stages, batch, waits)
  return {
    source: 'database',
    transaction,
    block,
    batch,
    ...(several && {
      batches: row.settled.map(({ number, sealed, timestamp }) => ({ number, sealed, timestamp: unixTime(timestamp) })),
    }),
    ...(settledBy && { settled: { stage: settledBy, hash: hashOf(row, settledBy) } }),
    stages: timed,
    messages: readMessages(row.logs, timed),
    findings: [],
  }
}

function transactionOf(row: TraceRow): TracedTransaction | null {
  const { transaction, logs, block } = row
  if (transaction) {
    const { error, batch, ...rest } = transaction
    return {
      ...rest,
      status:
        error === null ? (rest.block === null ? 'pending' : 'included') : rest.block === null ? 'rejected' : 'failed',
      // The block's batch is what the node itself joins; the transaction's own column is filled at the same moment.
      batch: block?.batch ?? batch,
      receivedAt: utc(rest.receivedAt),
      ...(error !== null && { error }),
    }
  }
  const [log] = logs
  return log ? loggedTransaction(row, log.block) : null
}

/** Some forks drop rows of `transactions`: a log proves that the transaction was included, and no more. */
function loggedTransaction(row: TraceRow, block: number): TracedTransaction {
  return {
    hash: row.asked ?? '',
    status: 'included',
    block,
    batch: row.block?.batch ?? null,
    receivedAt: null,
    from: null,
    to: null,
    fromL1: null,
    pruned: false,
  }
}

function batchOf(row: TraceRow): TracedBatch | null {
  const { batch } = row
  if (batch) {
    return {
      number: batch.number,
      sealed: batch.sealed,
      timestamp: unixTime(batch.timestamp),
      sealedAt: batch.sealed ? (utc(batch.sealedAt) ?? unixTime(batch.lastBlockTimestamp)) : null,
      rootHash: batch.hash,
      commitment: batch.commitment,
      skipProof: batch.skipProof,
      settlement: batch.settlementLayer === null ? null : settlementOf(batch.settlementLayer, batch.settlementChainId),
    }
  }
  // A block without a batch lies in the one being filled, which may have no row yet.
  if (!row.block || row.block.batch !== null || row.openBatch === null) return null
  const timestamp = unixTime(row.openBatchTimestamp)
  const unknown = { sealedAt: null, rootHash: null, commitment: null, skipProof: null, settlement: null }
  return { number: row.openBatch, sealed: false, timestamp, ...unknown }
}

/** Chain id 1 is what a migration filled in for every old batch, whatever L1 the chain has. */
function settlementOf(layer: string, chainId: string | null): NonNullable<TracedBatch['settlement']> {
  return { layer, chainId: layer === 'L1' || chainId === null ? null : Number(chainId) }
}

function stagesOf(row: TraceRow, batch: TracedBatch | null): readonly TraceStage[] {
  if (!batch && !row.transaction && row.sent) return onlyStage(row, stageNameOf(row.sent.type))
  // Its batch was pruned: what became of the stages is not known here.
  if (!batch && row.transaction?.batch != null) return []
  return stageOrder.flatMap((stage) => {
    const stageRow = row.stages.find((candidate) => candidate.stage === stage)
    if (stageRow) return [withUsual(row, stageFromRow(stage, stageRow, chainOf(stageRow.isGateway, batch)))]
    if (stage === 'precommit' && !row.precommits) return []
    return [withUsual(row, { ...waitingStage(stage), settlementChainId: batch?.settlement?.chainId ?? null })]
  })
}

function onlyStage(row: TraceRow, name: StageName | null): readonly TraceStage[] {
  const found = row.stages.find(({ stage }) => stage === name || stage === 'sent')
  return name && found ? [withUsual(row, stageFromRow(name, found, null))] : []
}

function chainOf(isGateway: boolean, batch: TracedBatch | null): number | null {
  return isGateway || batch?.settlement?.layer === 'Gateway' ? (batch?.settlement?.chainId ?? null) : null
}

function withUsual(row: TraceRow, stage: TraceStage): TraceStage {
  const usual = row.usual?.find((candidate) => candidate.stage === stage.stage)
  if (!usual || usual.median === null || usual.p90 === null) return stage
  const { batches, median, p90 } = usual
  return { ...stage, usual: { medianSeconds: Math.round(median), p90Seconds: Math.round(p90), batches } }
}

function hashOf(row: TraceRow, stage: StageName): string {
  return row.asked ?? row.stages.find((candidate) => candidate.stage === stage)?.newestSend?.hash ?? ''
}
