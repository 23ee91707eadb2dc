// Facts of /trace as a reply: a title that says it all, the way to L1 stage by stage, and what to do about trouble.

import { gwei } from '../core/gas.ts'
import { describeSeconds } from '../core/notes.ts'
import {
  type Block,
  bold,
  code,
  type Inline,
  link,
  paragraph,
  type Reply,
  type Text,
  type Tone,
  time,
} from '../core/reply.ts'
import type { Deposit, TracedMessage, TraceFacts, TraceStage, Verification } from '../services.ts'
import { runbookActions, runbookBlocks, runbookFor } from './runbook-for.ts'
import { type Milestone, milestoneNoun, nextMilestone, progress, type Step, stageTime } from './trace-progress.ts'

export type TraceAnswer = TraceFacts & {
  /** `notify` was asked for: what will be announced; null when nothing is left to wait for. */
  readonly notify?: { readonly next: Milestone | null; readonly recorded: boolean }
  /** Nothing was found: as scripts expect a failure, beside the facts that say where it was looked for. */
  readonly error?: { readonly code: 'not-found' | 'unreachable'; readonly text: string }
}

/** Data of the `trace-timeline` picture. */
export interface TraceTimeline {
  readonly title: string
  readonly steps: readonly Step[]
}

export function presentTrace(facts: TraceAnswer): Reply {
  const runbook = runbookFor(facts.findings)
  return {
    tone: toneOf(facts),
    title: titleOf(facts),
    blocks: [
      ...overview(facts),
      ...stageList(facts),
      ...messageList(facts.messages),
      ...findingList(facts),
      ...runbookBlocks(runbook),
      ...notice(facts),
      ...picture(facts),
    ],
    ...runbookActions(runbook),
  }
}

function toneOf({ found, transaction, stages, findings }: TraceFacts): Tone {
  const worst = (severity: string) => findings.some((finding) => finding.severity === severity)
  if (worst('critical') || stages.some(({ state }) => state === 'failed')) return 'bad'
  const ended = transaction?.status === 'rejected' || transaction?.status === 'failed'
  if (!found || ended || worst('warning')) return 'warning'
  const executed = stages.find(({ stage }) => stage === 'execute')
  return executed?.verification?.result === 'verified' ? 'good' : 'neutral'
}

/** Complete in itself: a phone shows nothing else. */
export function titleOf(facts: TraceFacts): string {
  const { found, looked, transaction, deposit, batch, batches, settled } = facts
  const name = nameOf(facts)
  if (!found) {
    const asked = looked.some(({ outcome }) => outcome === 'not-found')
    return asked ? `${name} is not known here` : `${name} could not be looked up`
  }
  if (batches && settled) return `${name} ${settlingVerb[settled.stage]} ${rangeOf(batches)}`
  if (transaction?.status === 'rejected') return `${name} was rejected and is in no block`
  if (transaction?.status === 'pending') return `${name} is waiting for a block`
  if (deposit && !transaction) return `${name} is on L1, and not on L2 yet`
  const reverted = transaction?.status === 'failed' ? ' failed on L2 and' : ''
  const of = transaction && batch ? ` (batch ${batch.number})` : ''
  return `${name}${reverted} ${whereOf(facts)}${of}`
}

function nameOf({ input, transaction, deposit, batch, block, batches, settled }: TraceFacts): string {
  if (deposit) return `Deposit ${short(deposit.l1Hash)}`
  if (transaction) return short(transaction.hash)
  if (settled && (batches || !batch)) return `L1 transaction ${short(settled.hash)}`
  if (block) return `Block ${block.number}`
  if (batch) return `Batch ${batch.number}`
  return /^0x[0-9a-f]{64}$/i.test(input) ? short(input) : input.charAt(0).toUpperCase() + input.slice(1, 40)
}

const settlingVerb = { precommit: 'precommitted', commit: 'committed', prove: 'proved', execute: 'executed' } as const

function whereOf(facts: TraceFacts): string {
  const { stages } = facts
  if (stages.length === 0) return 'was included; its block has been pruned here'
  const failed = stages.find(({ state }) => state === 'failed')
  if (failed) return `is stuck: its ${failed.stage} transaction failed`
  const sent = stages.find(({ state }) => state !== 'done')
  const last = stages.findLast(({ state }) => state === 'done')
  if (!sent) return last ? doneText(last) : 'is on its way'
  const reached = last ? `is ${settlingVerb[last.stage]}` : 'is included'
  if (sent.state === 'sent') return `${reached}; ${milestoneNoun[sent.stage]} is sent, not confirmed`
  const next = nextMilestone(facts)
  return `${reached}; waiting for ${milestoneNoun[next ?? sent.stage]}`
}

/** Final only when L1 itself says so. */
function doneText({ stage, verification }: TraceStage): string {
  if (stage !== 'execute') return `is ${settlingVerb[stage]}`
  if (verification?.result !== 'verified') return 'is executed, says the node'
  return verification.finalized ? 'is final on L1' : 'is executed on L1, not final yet'
}

function overview(facts: TraceFacts): readonly Block[] {
  const { transaction, block, batch, batches, deposit, found } = facts
  if (!found) return facts.input === '' ? [] : [{ kind: 'facts', facts: [['Looked for', code(facts.input)]] }]
  const rows: (readonly [string, Text])[] = deposit ? [...depositRows(deposit)] : []
  if (transaction) {
    rows.push(['Transaction', code(transaction.hash)])
    rows.push(['Status', transaction.status])
    if (transaction.error !== undefined) rows.push(['Error', transaction.error])
    if (transaction.receivedAt !== null) rows.push(['Received', time(transaction.receivedAt)])
  }
  const blockNumber = block?.number ?? transaction?.block ?? null
  if (blockNumber !== null) {
    rows.push(['Block', block ? [`${blockNumber}, `, time(block.timestamp)] : String(blockNumber)])
  }
  if (batch) {
    const sealed: Text = batch.sealedAt ? ['sealed ', time(batch.sealedAt)] : batch.sealed ? 'sealed' : 'still open'
    rows.push(['Batch', [`${batch.number}, `, ...[sealed].flat()]])
  }
  if (batches) rows.push(['Batches', rangeOf(batches).replace('batches ', '')])
  return rows.length > 0 ? [{ kind: 'facts', facts: rows }] : []
}

function depositRows({ l1Hash, l1Time, priorityId }: Deposit): readonly (readonly [string, Text])[] {
  const at: Inline[] = l1Time === null ? [] : [', ', time(l1Time)]
  return [['Deposit on L1', [code(l1Hash), ...at, `, priority request ${priorityId}`]]]
}

/** `batches 7668 to 7670` */
function rangeOf(batches: NonNullable<TraceFacts['batches']>): string {
  const numbers = batches.map(({ number }) => number)
  const [from, to] = [Math.min(...numbers), Math.max(...numbers)]
  return to - from + 1 === numbers.length ? `batches ${from} to ${to}` : `batches ${numbers.join(', ')}`
}

function stageList({ stages }: TraceFacts): readonly Block[] {
  if (stages.length === 0) return []
  return [{ kind: 'list', items: stages.map(stageText) }]
}

function stageText(stage: TraceStage): Text {
  const name = bold(stage.stage.charAt(0).toUpperCase() + stage.stage.slice(1))
  const head = stage.state === 'done' ? doneHead(stage) : waitingHead(stage)
  return [name, ...head, ...hashPart(stage), ...proofPart(stage.verification), ...senderPart(stage)]
}

function doneHead(stage: TraceStage): readonly Inline[] {
  const at = stageTime(stage)
  const after = stage.afterPreviousSeconds
  const took = after === null || after < 0 ? '' : `, ${describeSeconds(after)} after ${stageBefore[stage.stage]}`
  return at === null ? [' done', took] : [' ', time(at), took]
}

/** What the time of a stage is counted from; `timeStages` does the counting. */
const stageBefore = {
  precommit: 'the block',
  commit: 'sealing',
  prove: 'the commit',
  execute: 'the proof',
} as const

function waitingHead(stage: TraceStage): readonly Inline[] {
  const { waits, usual, state } = stage
  const word = { sent: ' sent,', queued: ' queued,', waiting: '', failed: ' FAILED,', done: '' }[state]
  const cause = waits ? ` waits for ${causes[waits.for]}` : ' is still to come'
  const since: Inline[] = waits?.since ? [', since ', time(waits.since)] : []
  const long = waits?.seconds == null ? '' : ` (${describeSeconds(waits.seconds)})`
  const often = usual
    ? `; usually takes ${describeSeconds(usual.medianSeconds)}, 9 of 10 within ${describeSeconds(usual.p90Seconds)}`
    : ''
  return [word, cause, ...since, long, often]
}

const causes: Record<NonNullable<TraceStage['waits']>['for'], string> = {
  'batch-sealed': 'the batch to be sealed',
  precommit: 'the precommit',
  commit: 'the commit',
  prove: 'the proof on L1',
  proof: 'the prover',
  'earlier-batch': 'an earlier batch',
  aggregation: 'the sender to take it up',
  sending: 'being sent',
  confirmation: 'confirmation',
  operator: 'an operator',
}

function hashPart({ hash, settlementChainId }: TraceStage): readonly Inline[] {
  if (hash === null) return []
  const page = settlementChainId === null ? undefined : transactionPages[settlementChainId]
  return [', ', page === undefined ? code(hash) : link(short(hash), `${page}${hash}`)]
}

/** Only chains whose explorer we know: a wrong link is worse than the bare hash. */
const transactionPages: Readonly<Record<number, string>> = {
  1: 'https://etherscan.io/tx/',
  11155111: 'https://sepolia.etherscan.io/tx/',
}

function proofPart(verification: Verification | null): readonly Inline[] {
  switch (verification?.result) {
    case undefined:
      return []
    case 'verified':
      return [`, verified on L1${verification.finalized ? ', final' : confirmationsText(verification)}`]
    case 'mismatch':
      return [', ', bold('L1 says otherwise')]
    case 'missing':
      return [', ', bold('not found on L1')]
    case 'unreachable':
      return [', not verified: L1 could not be reached']
    case 'not-verifiable':
      return [', can’t be verified from here']
    case 'not-checked':
      return [', not verified: no L1 endpoint']
  }
}

function confirmationsText({ confirmations }: Verification): string {
  return confirmations === null ? '' : `, ${confirmations} confirmation${confirmations === 1 ? '' : 's'}`
}

function senderPart(stage: TraceStage): readonly Inline[] {
  const parts: string[] = []
  if (stage.ethTxId !== null) parts.push(`eth_txs ${stage.ethTxId}`)
  if (stage.nonce !== null) parts.push(`nonce ${stage.nonce}`)
  if (stage.type !== null) parts.push(stage.type)
  if (stage.to !== null) parts.push(`to ${short(stage.to)}`)
  if (stage.sends !== null && stage.state !== 'waiting')
    parts.push(`${stage.sends} send${stage.sends === 1 ? '' : 's'}`)
  if (stage.lastGas)
    parts.push(`last ${gwei(stage.lastGas.baseFeePerGas)} + ${gwei(stage.lastGas.priorityFeePerGas)} gwei`)
  return parts.length > 0 ? [` · ${parts.join(' · ')}`] : []
}

function messageList(messages: readonly TracedMessage[]): readonly Block[] {
  const shown = messages.filter(({ kind }) => kind !== 'deposit-result' && kind !== 'log')
  if (shown.length === 0) return []
  const items = shown.map(
    (message): Text => [messageNames[message.kind], contractPart(message), `: ${claims[message.claim]}`].join(''),
  )
  return [{ kind: 'list', items }]
}

const messageNames: Record<TracedMessage['kind'], string> = {
  withdrawal: 'Withdrawal of the base token',
  'token-withdrawal': 'Withdrawal through the bridge',
  message: 'Message to L1',
  'deposit-result': 'Result of a deposit',
  log: 'Log to L1',
}

const claims: Record<TracedMessage['claim'], string> = {
  claimable: 'can be claimed on L1 now',
  claimed: 'already claimed on L1',
  'not-yet': 'can be claimed on L1 once the batch is executed',
  'not-checked': 'whether it was claimed on L1 was not checked',
  'nothing-to-claim': 'nothing to claim',
}

function contractPart({ kind, contract }: TracedMessage): string {
  return kind === 'message' && contract !== null ? ` from ${short(contract)}` : ''
}

function findingList({ findings }: TraceFacts): readonly Block[] {
  if (findings.length === 0) return []
  const marks = { critical: 'Critical: ', warning: 'Warning: ', info: '' }
  return [{ kind: 'list', items: findings.map(({ severity, text }) => `${marks[severity]}${text}`) }]
}

function notice({ notify }: TraceAnswer): readonly Block[] {
  if (!notify) return []
  if (notify.next === null) return [paragraph('There is no next stage to wait for, so I won’t post anything.')]
  const text = `I’ll post here when ${milestoneNoun[notify.next]} is done.`
  const doubt = ' It could not be recorded, so don’t count on it: ask again later.'
  return [
    paragraph(notify.recorded ? text : `I can’t promise to post when ${milestoneNoun[notify.next]} is done.${doubt}`),
  ]
}

function picture(facts: TraceFacts): readonly Block[] {
  if (!facts.found || facts.stages.length === 0 || facts.batches) return []
  const steps = progress(facts)
  const data: TraceTimeline = { title: nameOf(facts), steps }
  const told = steps.map(({ milestone, state }) => `${milestone} ${state === 'under-way' ? 'under way' : state}`)
  return [{ kind: 'image', picture: 'trace-timeline', data, description: `Timeline: ${told.join(', ')}` }]
}

/** `0x0bbb…601a`: enough to recognise it by. */
function short(hash: string): string {
  return hash.length > 20 ? `${hash.slice(0, 6)}…${hash.slice(-4)}` : hash
}
