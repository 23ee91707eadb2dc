// One stage from its rows: its state, how long it took, and what it waits for. Pure.

import type { StageName, TracedBatch, TraceStage, WaitsFor } from './facts.ts'
import type { SendRow, StageRow, TraceRow } from './query.ts'

export const stageOrder: readonly StageName[] = ['precommit', 'commit', 'prove', 'execute']

/** The node's words for the four kinds of settlement transactions. */
const stageOfType: Readonly<Record<string, StageName>> = {
  Precommit: 'precommit',
  CommitBlocks: 'commit',
  PublishProofBlocksOnchain: 'prove',
  ExecuteBlocks: 'execute',
}

export function stageNameOf(type: string): StageName | null {
  return stageOfType[type] ?? null
}

/** A stage that nothing is known of yet. */
export function waitingStage(stage: StageName): TraceStage {
  return {
    stage,
    state: 'waiting',
    ethTxId: null,
    nonce: null,
    from: null,
    to: null,
    type: null,
    hash: null,
    confirmedHistoryId: null,
    confirmedAt: null,
    queuedAt: null,
    firstSentAt: null,
    lastSentAt: null,
    sends: null,
    lastGas: null,
    hasFailed: false,
    finality: null,
    settlementChainId: null,
    afterPreviousSeconds: null,
    waits: null,
    usual: null,
    verification: null,
  }
}

/** The database's times have no zone and are UTC. */
export function utc(text: string): string
export function utc(text: string | null): string | null
export function utc(text: string | null): string | null {
  return text === null ? null : `${text}Z`
}

export function unixTime(seconds: number): string
export function unixTime(seconds: number | null): string | null
export function unixTime(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

export function stageFromRow(stage: StageName, row: StageRow, settlementChainId: number | null): TraceStage {
  const state = stageState(row)
  const shown = state === 'done' ? row.confirmed : row.newestSend
  const last = row.newestSend ?? row.confirmed
  return {
    ...waitingStage(stage),
    state,
    ethTxId: row.ethTxId,
    nonce: Number(row.nonce),
    from: row.from,
    to: row.to === '' ? null : row.to.toLowerCase(),
    type: row.type,
    hash: shown?.hash.toLowerCase() ?? null,
    confirmedHistoryId: row.confirmed?.historyId ?? null,
    confirmedAt: utc(row.confirmed?.confirmedAt ?? null),
    queuedAt: utc(row.createdAt),
    firstSentAt: utc(row.firstSend?.at ?? null),
    lastSentAt: utc(row.newestSend?.at ?? null),
    sends: row.sends,
    lastGas: last && gasOf(last),
    hasFailed: row.hasFailed,
    finality: shown?.finality ?? null,
    settlementChainId: row.chainId === null ? settlementChainId : Number(row.chainId),
  }
}

/** `zksync-database.md` 7.2; a row whose sends no node accepted has not been sent. */
function stageState(row: StageRow): TraceStage['state'] {
  if (row.hasFailed) return 'failed'
  if (row.confirmed !== null) return 'done'
  return row.sends > 0 ? 'sent' : 'queued'
}

function gasOf(send: SendRow): NonNullable<TraceStage['lastGas']> {
  return {
    baseFeePerGas: send.baseFee,
    priorityFeePerGas: send.priorityFee,
    blobBaseFeePerGas: send.blobBaseFee,
  }
}

export function secondsBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null
  return Math.round((Date.parse(to) - Date.parse(from)) / 1000)
}

/**
 * How long each stage came after the one before. Settlement-layer times where both are known, else both from the source:
 * a difference between two clocks would be wrong by minutes (the node confirms long after inclusion).
 */
export function timeStages(stages: readonly TraceStage[], sealedAt: string | null): readonly TraceStage[] {
  return stages.map((stage, index) => {
    const before = index === 0 ? null : (stages[index - 1] as TraceStage)
    const l1Time = stage.verification?.l1Time ?? null
    // Blocks are precommitted before their batch is sealed, so neither precommit nor what follows it counts from there.
    if (before === null || before.stage === 'precommit') {
      const start = stage.stage === 'precommit' ? null : sealedAt
      return { ...stage, afterPreviousSeconds: secondsBetween(start, l1Time ?? stage.confirmedAt) }
    }
    const l1Before = before.verification?.l1Time ?? null
    const seconds =
      l1Time !== null && l1Before !== null
        ? secondsBetween(l1Before, l1Time)
        : secondsBetween(before.confirmedAt, stage.confirmedAt)
    return { ...stage, afterPreviousSeconds: seconds }
  })
}

export interface WaitCircumstances {
  /** The source's own clock. */
  readonly now: string
  /** Newest batch with a row of each kind; null where the source can't tell. */
  readonly heads: TraceRow['heads'] | null
  readonly proofs: TraceRow['proofs']
  readonly block: { readonly timestamp: string } | null
}

/** What each stage that is not done waits for, and since when. */
export function addWaits(
  stages: readonly TraceStage[],
  batch: TracedBatch | null,
  circumstances: WaitCircumstances,
): readonly TraceStage[] {
  return stages.map((stage, index) => {
    if (stage.state === 'done') return stage
    const { cause, since } = waitOf(stage, stages[index - 1] ?? null, batch, circumstances)
    const seconds = secondsBetween(since, circumstances.now)
    return { ...stage, waits: { for: cause, since, seconds: seconds === null ? null : Math.max(0, seconds) } }
  })
}

interface Wait {
  readonly cause: WaitsFor
  readonly since: string | null
}

function waitOf(
  stage: TraceStage,
  before: TraceStage | null,
  batch: TracedBatch | null,
  { heads, proofs, block }: WaitCircumstances,
): Wait {
  if (stage.state === 'failed') return { cause: 'operator', since: stage.lastSentAt ?? stage.queuedAt }
  if (stage.state === 'sent') return { cause: 'confirmation', since: stage.firstSentAt }
  if (stage.state === 'queued') return { cause: 'sending', since: stage.queuedAt }
  if (stage.stage === 'precommit') return { cause: 'aggregation', since: block?.timestamp ?? null }
  if (batch === null || !batch.sealed) {
    return { cause: 'batch-sealed', since: batch?.timestamp ?? block?.timestamp ?? null }
  }
  // The sender aggregates the next stage once the row of this one exists; it need not be confirmed.
  if (before?.state === 'waiting')
    return { cause: before.stage as WaitsFor, since: before.confirmedAt ?? batch.sealedAt }
  const since = before === null ? batch.sealedAt : (before.confirmedAt ?? before.firstSentAt ?? before.queuedAt)
  const head = heads === null ? null : heads[stage.stage]
  if (head !== null && head < batch.number - 1) return { cause: 'earlier-batch', since }
  const proof = stage.stage === 'prove' ? proofs.find((row) => row.batch === batch.number) : undefined
  const unproven = proof && proof.status !== 'generated' && proof.status !== 'skipped'
  return { cause: unproven ? 'proof' : 'aggregation', since }
}
