// What is noteworthy about a trace, each with a stable code and a sentence that says what to do. Pure.

import type { Finding, Severity } from '../../core/finding.ts'
import { gwei } from '../../core/gas.ts'
import { describeSeconds } from '../../core/notes.ts'
import type { L1Progress } from '../l1/settlement-claim.ts'
import type { Traced, TraceStage } from './facts.ts'
import type { StageRow, TraceRow } from './query.ts'
import { stageNameOf } from './stages.ts'

/** Confirmation waits for L1 finality, about a quarter of an hour; only beyond that is a send noteworthy. */
const longUnconfirmedSeconds = 30 * 60
const manySends = 5
const replicaLagSeconds = 60

/** What judging needs besides the trace itself; whatever could not be asked is null. */
export interface Circumstances {
  readonly traced: Traced
  /** The database's answer, where it was the database that knew. */
  readonly row: TraceRow | null
  /** Tables this login may not read, or that are missing, with the trace working without them. */
  readonly unreadable: readonly string[]
  /** The other source's view, to compare. */
  readonly rpc: Traced | null
  readonly progress: L1Progress | null
  readonly l1ChainId: number | null
  /** Wei per gas on L1 now. */
  readonly baseFeePerGas: string | null
}

export function judge(circumstances: Circumstances): readonly Finding[] {
  return [
    ...circumstances.traced.stages.flatMap((stage) => judgeStage(stage, circumstances)),
    ...judgeSender(circumstances),
    ...judgeSettlement(circumstances),
    ...judgeSource(circumstances),
    ...disagreements(circumstances.traced, circumstances.rpc),
  ]
}

function finding(code: string, severity: Severity, values: Finding['values'], text: string): Finding {
  return { code, severity, values, text }
}

function judgeStage(stage: TraceStage, circumstances: Circumstances): readonly Finding[] {
  const { row } = circumstances
  const stageRow = row?.stages.find(({ ethTxId }) => ethTxId === stage.ethTxId) ?? null
  return [
    ...judgeFailed(stage),
    ...judgeUnconfirmed(stage, circumstances),
    ...judgeQueued(stage, stageRow),
    ...judgeProof(stage, circumstances),
    ...judgeEarlier(stage, row),
  ]
}

function judgeFailed({ stage, hasFailed, ethTxId, hash }: TraceStage): readonly Finding[] {
  if (!hasFailed) return []
  const text = `The ${stage} transaction (eth_txs ${ethTxId}) reverted on the settlement layer, and the node's sender has stopped. Find out why it reverted, then clear the failed transactions (clear-failed-transactions of the block reverter) and restart the sender; nothing is sent until then.`
  return [finding('has-failed', 'critical', { stage, ethTxId, hash }, text)]
}

function judgeUnconfirmed(stage: TraceStage, { baseFeePerGas }: Circumstances): readonly Finding[] {
  const found: Finding[] = []
  const { sends, hash, waits, verification } = stage
  const seconds = waits?.seconds ?? 0
  if (stage.state === 'sent' && verification?.result === 'verified') {
    const text = `L1 has already included the ${stage.stage} transaction; the node marks it confirmed once L1 has finalized it. Nothing to do.`
    found.push(finding('confirmed-on-l1-first', 'info', { stage: stage.stage, hash }, text))
  } else if (stage.state === 'sent' && seconds >= longUnconfirmedSeconds) {
    const values = { stage: stage.stage, hash, seconds, sends, gasThen: stage.lastGas, baseFeePerGasNow: baseFeePerGas }
    const text = `The ${stage.stage} transaction has been out for ${describeSeconds(seconds)} without confirmation${gasThenAndNow(stage, baseFeePerGas)}. Check the sender's balance and its limits for gas prices, and whether an earlier nonce is stuck.`
    found.push(finding('sent-unconfirmed-long', 'warning', values, text))
  }
  if (sends !== null && sends >= manySends) {
    const severity = stage.state === 'done' ? 'info' : 'warning'
    const text = `The ${stage.stage} transaction was sent ${sends} times${stage.state === 'done' ? ' before one was confirmed' : ' and none is confirmed'}: its fee was too low each time. Compare the sender's fee limits with L1's prices.`
    found.push(finding('resent-many', severity, { stage: stage.stage, sends, lastGas: stage.lastGas }, text))
  }
  return found
}

function judgeQueued(stage: TraceStage, row: StageRow | null): readonly Finding[] {
  const found: Finding[] = []
  if (stage.state === 'queued' && row !== null && row.tries > 0) {
    const text = `The ${stage.stage} transaction was signed ${row.tries} times, and no node has accepted it. Look at the sender's log and its L1 endpoint.`
    found.push(finding('send-not-accepted', 'warning', { stage: stage.stage, tries: row.tries }, text))
  }
  if ((stage.state === 'queued' || stage.state === 'sent') && row?.earlier) {
    const { ethTxId, nonce } = row.earlier
    const text = `The ${stage.stage} transaction can't be mined before an earlier one of the same sender (eth_txs ${ethTxId}, nonce ${nonce}). Look at that one first.`
    found.push(finding('behind-earlier-send', 'info', { stage: stage.stage, ethTxId, nonce: Number(nonce) }, text))
  }
  return found
}

function judgeProof(stage: TraceStage, { traced, progress }: Circumstances): readonly Finding[] {
  const { verification, hash } = stage
  const { source, batch } = traced
  // Why it does not hold is then known, and said once.
  if (batch && isTakenBack(stage, batch.number, progress)) return []
  const says = source === 'database' ? 'The database' : 'The L2 node'
  const values = { stage: stage.stage, hash, why: verification?.why ?? null }
  if (verification?.result === 'missing' && stage.state === 'done') {
    const text = `${says} says that the ${stage.stage} is done, and L1 does not know its transaction. An L1 reorganisation may have dropped it, or the settings mix two chains: check the L1 endpoints, then the sender.`
    return [finding(`${source}-says-done-l1-unknown`, 'critical', values, text)]
  }
  if (verification?.result === 'mismatch') {
    const text = `${says} names an L1 transaction for the ${stage.stage} that did not do it${verification.why ? `: ${verification.why}` : ''}. Don't rely on the ${stage.stage} until this is explained: a revert, a reorganisation, or the wrong diamond address.`
    return [finding('l1-mismatch', 'critical', values, text)]
  }
  return []
}

function judgeEarlier(stage: TraceStage, row: TraceRow | null): readonly Finding[] {
  if (stage.waits?.for !== 'earlier-batch' || row === null) return []
  const head = stage.stage === 'precommit' ? null : row.heads[stage.stage]
  if (head === null) return []
  const batch = head + 1
  const values = { stage: stage.stage, batch, waitsForBatch: batch }
  if (stage.stage === 'prove') {
    const text = `Batches are proved in order, and batch ${batch} is the next one. Look at it with /prover-status ${batch}.`
    return [finding('waiting-for-earlier-proof', 'info', values, text)]
  }
  const word = stage.stage === 'commit' ? 'committed' : 'executed'
  const text = `Batches are ${word} in order, and batch ${batch} is the next one. See what it waits for with /trace batch ${batch}.`
  return [finding('waiting-for-earlier-batch', 'info', values, text)]
}

/** One failed transaction stops everything that is still to be sent. */
function judgeSender({ traced, row }: Circumstances): readonly Finding[] {
  const failed = row?.failed
  const open = traced.stages.some(({ state }) => state !== 'done')
  if (!failed || !open || traced.stages.some(({ ethTxId }) => ethTxId === failed.ethTxId)) return []
  const stage = stageNameOf(failed.type) ?? failed.type
  const text = `The node's sender has stopped: eth_txs ${failed.ethTxId} (${stage}) reverted on the settlement layer. Nothing is sent until an operator has cleared the failed transactions.`
  return [finding('has-failed', 'critical', { stage, ethTxId: failed.ethTxId, hash: null }, text)]
}

function judgeSettlement({ traced, progress, l1ChainId }: Circumstances): readonly Finding[] {
  const found: Finding[] = []
  const { batch, stages } = traced
  const elsewhere = stages.find(({ settlementChainId: id }) => id !== null && l1ChainId !== null && id !== l1ChainId)
  if (elsewhere || batch?.settlement?.layer === 'Gateway') {
    const chainId = elsewhere?.settlementChainId ?? batch?.settlement?.chainId ?? null
    const text = `This batch settles on ${chainId === null ? 'a gateway' : `chain ${chainId}`}, not on L1: its hashes are not found on L1, and only an endpoint of that chain could check them.`
    found.push(finding('settles-elsewhere', 'info', { chainId }, text))
  } else if (batch && progress) {
    found.push(...judgeRevert(batch.number, stages, progress))
  }
  if (batch?.skipProof) {
    const text = `Batch ${batch.number} has skip_proof set: it is settled without a real proof. On a production chain, find out who set it.`
    found.push(finding('skip-proof', 'warning', { batch: batch.number }, text))
  }
  return found
}

const counterOf = { precommit: null, commit: 'committed', prove: 'verified', execute: 'executed' } as const

/** A revert takes the counters back; the transaction that settled the batch stays on L1 all the same. */
function isTakenBack({ stage, state, verification }: TraceStage, batch: number, progress: L1Progress | null): boolean {
  const counter = counterOf[stage]
  const height = counter === null || progress === null ? null : progress[counter]
  const onL1 = verification?.result === 'verified' || verification?.result === 'mismatch'
  return state === 'done' && onL1 && height !== null && height < batch
}

function judgeRevert(batch: number, stages: readonly TraceStage[], progress: L1Progress): readonly Finding[] {
  const reverted = stages.find((stage) => isTakenBack(stage, batch, progress))
  const name = reverted && counterOf[reverted.stage]
  if (!reverted || !name) return []
  const counter = progress[name]
  const values = { batch, stage: reverted.stage, counter }
  const text = `L1 has taken batch ${batch} back: its ${reverted.stage} is in an L1 block, and the chain's counter stands at ${counter}. The batch was reverted and will be settled again, possibly with other contents: trace the transaction anew later.`
  return [finding('batch-below-revert', 'critical', values, text)]
}

function judgeSource({ traced, row, unreadable }: Circumstances): readonly Finding[] {
  const found: Finding[] = []
  if (row?.external) {
    const text = `This is the database of an external node: its rows about L1 are copies from the main node, without nonces, fees and sends. What L1 itself says counts.`
    found.push(finding('external-node-database', 'info', {}, text))
  }
  const lag = row?.replicaLagSeconds ?? 0
  if (lag >= replicaLagSeconds) {
    const text = `The database is a replica and ${describeSeconds(lag)} behind its primary: newer progress is not in this answer.`
    found.push(finding('replica-lag', 'warning', { seconds: Math.round(lag) }, text))
  }
  if (row && !row.transaction && row.logs.length > 0) {
    const text = `The transactions table has no row for this hash; it was found through its message to L1. Status and sender are not known.`
    found.push(finding('only-in-logs', 'info', {}, text))
  }
  if (traced.transaction?.pruned || (row && traced.batch === null && traced.transaction?.batch != null)) {
    const text = `The node has pruned this transaction's block, so its way to L1 is no longer in the database. Ask an archive node's RPC.`
    found.push(finding('pruned', 'info', { oldestBlock: row?.oldestBlock ?? null }, text))
  }
  if (unreadable.length > 0) {
    const text = `The login may not read ${unreadable.join(', ')}: grant SELECT there for the whole answer.`
    found.push(finding('table-unreadable', 'warning', { tables: unreadable }, text))
  }
  if (row?.sent && traced.batch === null && !traced.batches && !traced.transaction) {
    const text = `The node sent this L1 transaction, and no batch refers to it any more: the batches were reverted, or an operator cleared failed transactions.`
    found.push(finding('no-batch-refers', 'warning', { ethTxId: row.sent.ethTxId }, text))
  }
  return found
}

/** An RPC that has no hash yet is only late; a different hash, batch or outcome is a contradiction. */
function disagreements(database: Traced, rpc: Traced | null): readonly Finding[] {
  if (rpc === null || database.source !== 'database') return []
  const differing: { readonly what: string; readonly database: unknown; readonly rpc: unknown }[] = []
  const compare = (what: string, ours: unknown, theirs: unknown) => {
    if (ours != null && theirs != null && ours !== theirs) differing.push({ what, database: ours, rpc: theirs })
  }
  compare('block', database.transaction?.block, rpc.transaction?.block)
  compare('outcome', outcome(database), outcome(rpc))
  if (database.batch?.sealed && rpc.batch?.sealed) {
    compare('batch', database.batch.number, rpc.batch.number)
    compare('batch hash', database.batch.rootHash, rpc.batch.rootHash)
  }
  for (const stage of database.stages) {
    const other = rpc.stages.find((candidate) => candidate.stage === stage.stage)
    if (stage.state === 'done' && other?.state === 'done') compare(`${stage.stage} transaction`, stage.hash, other.hash)
  }
  if (differing.length === 0) return []
  const text = `The database and the L2 endpoint contradict each other about the ${differing.map(({ what }) => what).join(' and the ')}. One of them belongs to another chain, or has not followed a revert: check both settings; what L1 says counts.`
  return [finding('database-and-rpc-disagree', 'critical', { differing }, text)]
}

function outcome({ transaction }: Traced): string | null {
  if (transaction?.status === 'included' || transaction?.status === 'failed') return transaction.status
  return null
}

function gasThenAndNow(stage: TraceStage, baseFeePerGas: string | null): string {
  if (!stage.lastGas) return ''
  const offered = `, last offered ${gwei(stage.lastGas.baseFeePerGas)} gwei base fee`
  return baseFeePerGas === null ? offered : `${offered} (L1 asks ${gwei(baseFeePerGas)} now)`
}
