// Facts of /is-chain-down as a reply: the verdict in one sentence, why, who shows what, how far L1 is, and what to do next.

import { plural } from '../core/counts.ts'
import type { Planned } from '../core/maintenance.ts'
import { describeSeconds } from '../core/notes.ts'
import {
  type Block,
  bold,
  code,
  type Inline,
  paragraph,
  type Reply,
  type Text,
  type Tone,
  time,
} from '../core/reply.ts'
import type { OutageFacts, OutageSource, ShownThreshold, StageProgress } from '../services.ts'
import { findingBlocks } from './findings.ts'
import { plannedBlocks } from './maintenance.ts'
import { reportBlocks } from './outage-report.ts'
import { runbookActions, runbookBlocks, runbookFor } from './runbook-for.ts'

/** What the sources say, and beside it what was planned. */
export interface OutageAnswer extends OutageFacts {
  readonly maintenance: Planned
}

export function presentOutage(facts: OutageAnswer): Reply {
  const [headline, ...others] = facts.findings.filter(({ code }) => code !== 'maintenance')
  const runbook = runbookFor(facts.findings)
  return {
    tone: tones[facts.verdict],
    title: titleOf(facts),
    blocks: [
      ...plannedBlocks(facts.maintenance),
      ...(headline ? [paragraph(headline.text)] : []),
      ...(facts.report
        ? [...reportBlocks(facts.report, facts.headline === 'report-refuted'), paragraph(bold('Now'))]
        : []),
      ...findingBlocks(others),
      ...nextSteps(facts),
      ...runbookBlocks(runbook),
      sourceTable(facts.sources),
      ...progressList(facts),
      ...unknownList(facts.notKnown),
      ...usualLine(facts),
      paragraph(thresholdText(facts.thresholds), ...learnedText(facts)),
      ...picture(facts),
    ],
    ...runbookActions(runbook),
  }
}

const tones: Readonly<Record<OutageFacts['verdict'], Tone>> = {
  up: 'good',
  degraded: 'warning',
  down: 'bad',
  unknown: 'warning',
}

/** Each makes sense alone: it is what a phone shows. */
const titles: Readonly<Record<OutageFacts['headline'], string>> = {
  healthy: 'The chain is up',
  idle: 'The chain is up: quiet, and nobody waits for a block',
  'explorer-lagging': 'The chain is up; only the explorer is behind',
  'l1-unreachable': 'L1 can’t be reached from here',
  'rpc-lagging': 'An L2 node is behind',
  'commit-stalled': 'The chain makes blocks, but its batches don’t reach L1',
  'prove-stalled': 'The chain makes blocks, but proofs on L1 are late',
  'execute-stalled': 'The chain makes blocks, but executions on L1 are late',
  reverted: 'Batches of the chain were reverted on L1',
  frozen: 'The chain’s contract on L1 is frozen',
  'l2-unreachable': 'No L2 node can be reached from here',
  'sequencer-stalled': 'The chain is DOWN: no blocks although somebody waits',
  'settles-elsewhere': 'Can’t tell: the chain settles on a chain I can’t read',
  'too-few-witnesses': 'Can’t tell whether the chain is down: too few witnesses',
  'report-refuted': 'The report is wrong: the chain kept running',
  'report-confirmed': 'The report is right: the chain stood still',
  'report-undecided': 'The report can be neither confirmed nor refuted',
}

function titleOf(facts: OutageFacts): string {
  const { headline, verdict } = facts
  if (verdict === 'down' && headline === 'frozen') return 'The chain is DOWN: frozen on L1, and no blocks'
  if (verdict === 'up' && headline === 'l1-unreachable') return 'The chain makes blocks; L1 could not be checked'
  if (verdict === 'degraded' && headline === 'l2-unreachable')
    return 'The chain makes blocks, but no L2 node answers here'
  if (headline === 'commit-stalled' && !showsFreshBlock(facts)) {
    return 'Batches of the chain don’t reach L1, and no block is made'
  }
  if (verdict === 'unknown' && headline === 'rpc-lagging') return 'Can’t tell: every L2 node asked is behind'
  const title = titles[headline]
  return verdict === 'unknown' && headline.endsWith('-unreachable')
    ? `Can’t tell: ${title.replace(/^No /, 'no ')}`
    : title
}

function showsFreshBlock({ sources, thresholds }: OutageFacts): boolean {
  const limit = thresholds.find(({ name }) => name === 'sequencer')?.seconds ?? Number.POSITIVE_INFINITY
  return sources.some(({ kind, lagSeconds }) => kind !== 'l1-rpc' && lagSeconds !== null && lagSeconds <= limit)
}

/** What to do, where the headline's own sentence does not say it already. */
const steps: Partial<Record<OutageFacts['headline'], readonly string[]>> = {
  'sequencer-stalled': [
    'Look at the sequencer first: its log, its disk, its database.',
    'Tell users that transactions wait and are not lost.',
    'Ask again in a minute: one fresh block anywhere ends it.',
  ],
  'commit-stalled': [
    'Look at the account that sends to L1: balance, gas price limit, a failed eth_txs row.',
    '/trace the oldest waiting batch for its L1 transaction.',
  ],
  'prove-stalled': ['/prover-status shows what the provers wait for; /requeue frees jobs that are stuck.'],
  'execute-stalled': ['/trace the oldest waiting batch for its L1 transaction; withdrawals wait for it.'],
  'rpc-lagging': ['Point users and services to an endpoint that is not behind.'],
  'explorer-lagging': [
    'Tell users to check an RPC or another explorer; watch the explorer’s indexer and the RPC it reads.',
  ],
  frozen: ['Only governance can unfreeze it: ask them what happened.'],
  'l2-unreachable': ['Try from another network, and look at the nodes themselves.'],
  'settles-elsewhere': ['Set GATEWAY_RPC_URLS to a node of the chain it settles on, and ask again.'],
}

function nextSteps({ headline, findings, notKnown }: OutageFacts): readonly Block[] {
  // A failed source is worth a look, but it is not what was asked.
  const failed = findings.some(({ code }) => code === 'source-failed')
  const items = [
    ...(steps[headline] ?? []),
    ...(headline === 'too-few-witnesses' && notKnown.length > 0 ? ['Add what is missing below, and ask again.'] : []),
    ...(failed ? ['rollcall doctor tries every configured source and says what is wrong with it.'] : []),
  ]
  return items.length === 0 ? [] : [paragraph(bold('What to do')), { kind: 'list', items }]
}

const kinds: Readonly<Record<OutageSource['kind'], string>> = {
  database: 'database',
  'l2-rpc': 'L2',
  explorer: 'explorer',
  'l1-rpc': 'L1',
}

function sourceTable(sources: readonly OutageSource[]): Block {
  const rows = sources.map((source) => [
    source.name,
    kinds[source.kind],
    source.block === null ? '–' : `${source.block}`,
    source.lagSeconds === null ? (source.error ?? 'no answer') : `${describeSeconds(source.lagSeconds)} old`,
    source.batch === null ? '' : `${source.batch}`,
  ])
  return { kind: 'table', columns: ['Source', 'Kind', 'Block', 'Newest block', 'Batch'], rows, name: 'sources' }
}

const stageNames: Readonly<Record<StageProgress['stage'], string>> = {
  commit: 'Committed',
  prove: 'Proved',
  execute: 'Executed',
}

function progressList({ progress, executionDelaySeconds, operators, headline }: OutageFacts): readonly Block[] {
  if (progress.length === 0) return []
  // Whose purse and queue they are matters where L1 gets nothing.
  const senders = headline === 'commit-stalled' || headline === 'execute-stalled' ? operators : []
  const items = progress.map((stage): Text => {
    const last: Inline[] = stage.lastAt === null ? [] : [', last ', time(stage.lastAt)]
    return [
      bold(stageNames[stage.stage]),
      ` to batch ${stage.batch}`,
      ...last,
      ...waitText(stage, executionDelaySeconds),
    ]
  })
  return [paragraph(bold('On L1')), { kind: 'list', items: [...items, ...senders.map(operatorText)] }]
}

function operatorText({ stage, address, balance, pending }: OutageFacts['operators'][number]): Text {
  const purse = balance === null ? 'balance unknown' : `${etherText(balance)} ETH`
  const queue = pending === null ? '' : `, ${pending === 0 ? 'none' : pending} of its transactions unmined`
  return [stage === 'commit' ? 'Sender of commits ' : 'Sender of executions ', code(address), `: ${purse}${queue}`]
}

/** Three digits say enough of a purse: `12.3`, `0.0421`. */
function etherText(wei: string): string {
  return String(Number((Number(BigInt(wei) / 10n ** 9n) / 1e9).toPrecision(3)))
}

function waitText({ backlog, waiting, eligibleAt }: StageProgress, delay: number | null): readonly Inline[] {
  const count =
    backlog === null ? [] : [backlog === 0 ? '; none waits' : `; ${backlog} ${backlog === 1 ? 'waits' : 'wait'}`]
  if (waiting) return [...count, `, batch ${waiting.batch} for ${describeSeconds(waiting.seconds)}`]
  if (eligibleAt === null) return count
  const of = delay === null ? '' : ` of ${describeSeconds(delay)}`
  return [...count, `, the next one until its delay${of} ends `, time(eligibleAt)]
}

function unknownList(lines: readonly string[]): readonly Block[] {
  return lines.length === 0 ? [] : [paragraph(bold('Not known')), { kind: 'list', items: lines }]
}

const thresholdNames: Readonly<Record<ShownThreshold['name'], string>> = {
  sequencer: 'no block',
  commit: 'no commit',
  prove: 'no proof',
  execute: 'no execution',
  rpcLag: 'node behind',
  explorerLag: 'explorer behind',
}

const usualNames = {
  block: 'a block every',
  batch: 'a batch every',
  commit: 'batch to commit',
  prove: 'commit to proof',
  execute: 'proof to execution',
} as const

/** Where something is late: without trouble nobody asks what is usual. */
function usualLine({ usual, headline }: OutageFacts): readonly Block[] {
  if (usual.length === 0 || headline === 'healthy') return []
  const parts = usual.map(
    ({ name, medianSeconds, p99Seconds }) =>
      `${usualNames[name]} ${describeSeconds(medianSeconds)} (at most ${describeSeconds(p99Seconds)})`,
  )
  return [paragraph(`Usual here: ${parts.join(', ')}.`)]
}

function thresholdText(thresholds: readonly ShownThreshold[]): string {
  const parts = thresholds.map(({ name, seconds, from }) => {
    const source = from === 'default' ? '' : ` (${from})`
    return `${thresholdNames[name]} ${describeSeconds(seconds)}${source}`
  })
  return `Counts as a fault from: ${parts.join(', ')}.`
}

/** Whoever doubts a learned number sees first how much it rests on. */
function learnedText({ usual, thresholds }: OutageFacts): readonly Inline[] {
  const rests = usual.find(({ name }) => thresholds.some((one) => one.name === name && one.from === 'learned'))
  if (rests === undefined) return []
  const { samples, from, to } = rests
  return [` Learned from ${plural(samples, 'batch', 'batches')} between `, time(from), ' and ', time(to), '.']
}

function picture({ heights }: OutageFacts): readonly Block[] {
  if (heights === null) return []
  const told = heights.sources.map(({ name, block, behind }) => `${name} ${block}${behind ? ' (behind)' : ''}`)
  const commits = heights.commits.length === 0 ? '' : `; ${plural(heights.commits.length, 'commit')} on L1`
  const description = `Heights: ${told.join(', ')}${commits}`
  return [{ kind: 'image', picture: 'outage-heights', data: heights, description }]
}
