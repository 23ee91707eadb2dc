// From what the sources said to the answer's facts: observations for the verdict, and the tables people read. Pure.

import type { OutageSettings } from '../../config.ts'
import type { Finding } from '../../core/finding.ts'
import { isoOfSeconds } from '../rpc/rpc-values.ts'
import { judgeOutage } from '../verdict.ts'
import type { OutageFacts, OutageSource, StageProgress } from './answer.ts'
import type { DatabaseLook, UsualGap } from './database.ts'
import type { Demand, ExplorerObservation, Head, L1Observation, Observations, Trouble } from './facts.ts'
import type { SettledLook, SettledState } from './gateway.ts'
import { heightsOf } from './heights.ts'
import { type L1Look, lastCommittedBlock } from './l1.ts'
import { type BlockTime, highest, type L2Look } from './l2.ts'
import { bestLearned, type KeptLearned } from './learned.ts'
import { moreFindings } from './more-findings.ts'
import { namedDemand } from './named-transaction.ts'
import { type ProbeLook, probeDemand } from './probe.ts'
import type { CheckedReport } from './report-check.ts'
import { settleOpen } from './report-verdict.ts'
import { isoOf } from './shown.ts'
import { bestSample, situationOf } from './situation.ts'
import { type ChosenThresholds, chooseThresholds } from './thresholds.ts'
import type { Waits } from './waits.ts'

export interface Looks {
  readonly chain: string
  readonly settings: OutageSettings
  readonly tx: string | null
  readonly l2: readonly L2Look[]
  readonly explorers: readonly ExplorerObservation[]
  /** Null: not configured. */
  readonly l1: SettledLook | null
  readonly gateway: L1Look | null
  readonly database: DatabaseLook | null
  /** Null: not configured. */
  readonly probe: ProbeLook | null
  readonly waits: Waits | null
  readonly history: readonly BlockTime[]
  /** What the node's answers say is usual; null: too little. */
  readonly learned: KeptLearned | null
  /** When what is known beforehand was noted, where it came from an earlier run; null: it did not. */
  readonly notedAt: Date | null
  readonly checkedAt: Date
}

export function composeAnswer(looks: Looks): OutageFacts {
  const { l1, database, checkedAt } = looks
  const learned = bestLearned(database?.learned ?? null, looks.learned)
  const chosen = chooseThresholds(looks.settings, learned, l1?.state?.executionDelay ?? null)
  const seen = observationsOf(looks, chosen)
  const now = situationOf(seen)
  const judgement = judgeOutage(seen)
  const state = l1?.state ?? null
  const sources = sourcesOf(looks, now.clock)
  return {
    chain: looks.chain,
    verdict: judgement.verdict,
    headline: judgement.headline,
    findings: [...judgement.findings, ...moreFindings(looks, judgement.headline)],
    sources,
    l1: state === null ? null : { ...state.counters, block: state.head.number, time: isoOfSeconds(state.head.time) },
    progress: state === null ? [] : progressOf(state, looks, now.clock),
    executionDelaySeconds: state?.executionDelay ?? null,
    operators: (state?.operators ?? []).map(({ stage, address, balance, pending }) => ({
      stage,
      address,
      balance,
      pending,
    })),
    usual: usualOf({ ...learned, block: looks.learned?.block ?? null, batch: looks.learned?.batch ?? null }),
    demand: shownDemand(now.demand),
    thresholds: shownThresholds(chosen),
    notKnown: notKnown(looks, seen.l1?.waitsUnread ?? []),
    heights: heightsOf(looks, sources, now.clock),
    report: null,
    checkedAt: checkedAt.toISOString(),
  }
}

/** With a report the verdict is about the claimed time; what holds now stays among the findings, and is the cause. */
export function withReport(now: OutageFacts, checked: CheckedReport): OutageFacts {
  const { headline, verdict, why: concluded } = settleOpen(checked, now.verdict === 'down')
  const why = aheadOfNodes(now, checked.report) ?? concluded
  const report = { ...checked.report, why }
  const lags = now.headline === 'rpc-lagging' || now.headline === 'explorer-lagging'
  const causes = {
    // The chain kept running, so whoever saw it stand still looked at something that lagged.
    'report-refuted': lags ? now.headline : ('explorer-lagging' as const),
    'report-confirmed': 'sequencer-stalled' as const,
    'report-undecided': now.headline,
  }
  const severity = headline === 'report-confirmed' ? 'critical' : headline === 'report-refuted' ? 'info' : 'warning'
  const finding: Finding = {
    code: headline,
    severity,
    values: { now: now.headline, verdictNow: now.verdict },
    text: why,
  }
  return {
    ...now,
    verdict,
    headline,
    findings: [finding, ...now.findings],
    report: { ...report, cause: causes[headline] },
  }
}

/** A block that the nodes don't have and another source does is not of the future: the nodes are behind. */
function aheadOfNodes({ sources }: OutageFacts, { claim, neighbours }: CheckedReport['report']): string | null {
  const { block } = claim
  if (block === null || neighbours.blocks.length > 0) return null
  const other = sources.find(({ kind, block: height }) => kind !== 'l1-rpc' && height !== null && height >= block)
  if (other === undefined) return null
  return `My L2 nodes don’t show block ${block}, but ${other.name} is at ${other.block}: they are behind, so nothing was compared.`
}

export function observationsOf(looks: Looks, { thresholds }: ChosenThresholds): Observations {
  const { l1, l2, explorers, database, checkedAt } = looks
  const local = checkedAt.getTime() / 1000
  const demand: Demand[] = [
    ...(database?.demand ?? []),
    ...namedDemand(looks),
    ...priorityDemand(looks),
    ...probeDemand(looks.probe, l1?.trouble === null && l1.head !== null ? l1.head.time : local, thresholds),
  ]
  return {
    local,
    l2: l2.map(({ observation }) => observation),
    explorers,
    database: database?.observation ?? null,
    l1: l1 === null ? null : l1Observation(l1, looks),
    demand,
    thresholds,
  }
}

function l1Observation({ trouble, head, state }: SettledLook, looks: Looks): L1Observation {
  const { waits } = looks
  return {
    trouble,
    head,
    counters: state?.counters ?? null,
    committedBlock: state === null ? null : lastCommittedBlock(state),
    requestsUnread: state?.events?.findLast(({ event }) => event.kind === 'priority-request')?.time === null,
    frozen: state?.frozen ?? null,
    settlesOn:
      state?.settlesOn == null
        ? null
        : { chainId: state.gateway?.chainId ?? state.settlesOn.chainId, readable: state.gateway !== null },
    commitWaiting: waits?.commit ?? null,
    proveWaiting: waits?.prove ?? null,
    executeWaiting: waits?.execute ?? null,
    waitsUnread: state === null ? [] : unreadWaits(state, looks),
    reverted: state === null ? null : revertOf(state),
  }
}

/** A revert counts until as many batches as before are committed again; one that undid none is no news. */
function revertOf({ events, counters }: SettledState): L1Observation['reverted'] {
  const at = events?.findLastIndex(({ event }) => event.kind === 'revert') ?? -1
  const revert = events?.[at]
  if (events === null || revert?.event.kind !== 'revert') return null
  const before = events.slice(0, at).flatMap(({ event }) => (event.kind === 'commit' ? [event.batch] : []))
  // None in sight before it: at least one batch more than it left.
  const highest = before.length === 0 ? revert.event.committed + 1 : Math.max(...before)
  if (counters.committed >= highest) return null
  return { at: revert.time, committed: revert.event.committed, hash: revert.hash }
}

/**
 * Every request of L1 that is newer than the newest block is unserved; the verdict decides which are old enough. Where the
 * node's operator keeps them out, they wait for that and not for a block.
 */
function priorityDemand({ l1, l2 }: Looks): readonly Demand[] {
  if (l2.some(({ depositsPaused }) => depositsPaused === true)) return []
  const requests = l1?.state?.events?.filter(({ event, time }) => event.kind === 'priority-request' && time !== null)
  const text = 'a priority request on L1 (a deposit or forced transaction) is not served'
  return (requests ?? []).map(({ time }) => ({ kind: 'priority-request', witness: 'l1', since: time as number, text }))
}

function sourcesOf(looks: Looks, clock: number): readonly OutageSource[] {
  const { database, l2, explorers, l1 } = looks
  const row = (kind: OutageSource['kind'], seen: Seen): OutageSource => ({
    kind,
    name: seen.name,
    operator: seen.operator,
    reachable: seen.trouble === null && seen.head !== null,
    block: seen.head?.number ?? null,
    blockTime: seen.head === null ? null : isoOf(seen.head.time),
    batch: seen.batch,
    lagSeconds: seen.head === null ? null : Math.max(0, Math.round(clock - seen.head.time)),
    error: seen.trouble?.text ?? null,
  })
  const core = database?.observation
  return [
    ...(core ? [row('database', { ...core, name: 'core database', operator: null, batch: core.sealedBatch })] : []),
    ...l2.map(({ observation }) =>
      row('l2-rpc', { ...observation, head: bestSample(observation), batch: observation.sealedBatch }),
    ),
    ...explorers.map((explorer) => row('explorer', { ...explorer, batch: explorer.sealedBatch })),
    ...(l1?.sources ?? []).map((source) => row('l1-rpc', { ...source, batch: null })),
  ]
}

interface Seen {
  readonly name: string
  readonly operator: string | null
  readonly trouble: Trouble | null
  readonly head: Head | null
  readonly batch: number | null
}

function sealedBatch({ l2, database }: Looks): number | null {
  return highest([...l2.map(({ observation }) => observation.sealedBatch), database?.observation.sealedBatch ?? null])
}

/** With nothing waiting a stage is in time; with something, and no time, nobody can say so. */
function unreadWaits(state: SettledState, looks: Looks): L1Observation['waitsUnread'] {
  if (state.settlesOn !== null && state.gateway === null) return []
  const { waits } = looks
  const { committed, verified, executed } = state.counters
  // The nodes are who was asked since when it waits; the database may know of a batch that was sealed a moment later.
  const sealed = highest(looks.l2.map(({ observation }) => observation.sealedBatch)) ?? sealedBatch(looks) ?? 0
  const execute = executed < verified && waits?.execute == null && waits?.eligibleAt == null
  return [
    ...(sealed > committed && waits?.commit == null ? (['commit'] as const) : []),
    ...(verified < committed && waits?.prove == null ? (['prove'] as const) : []),
    // Where the delay is what could not be read, that is said by itself.
    ...(execute && state.executionDelay !== null ? (['execute'] as const) : []),
  ]
}

function progressOf(state: SettledState, looks: Looks, clock: number): readonly StageProgress[] {
  const { waits } = looks
  const { committed, verified, executed } = state.counters
  const sealed = sealedBatch(looks)
  const lastOf = (kind: 'commit' | 'prove' | 'execute', known?: number) => {
    const time = state.events?.findLast(({ event }) => event.kind === kind)?.time ?? known ?? null
    return time === null ? null : isoOf(time)
  }
  const waiting = (wait: Waits['commit'] | undefined) =>
    wait == null
      ? null
      : { batch: wait.batch, since: isoOf(wait.since), seconds: Math.max(0, Math.round(clock - wait.since)) }
  return [
    {
      stage: 'commit',
      batch: committed,
      backlog: sealed === null ? null : Math.max(0, sealed - committed),
      waiting: waiting(waits?.commit),
      eligibleAt: null,
      lastAt: lastOf('commit', state.committedAt.get(committed)),
    },
    {
      stage: 'prove',
      batch: verified,
      backlog: committed - verified,
      waiting: waiting(waits?.prove),
      eligibleAt: null,
      lastAt: lastOf('prove'),
    },
    {
      stage: 'execute',
      batch: executed,
      backlog: verified - executed,
      waiting: waiting(waits?.execute),
      eligibleAt: waits?.eligibleAt == null ? null : isoOf(waits.eligibleAt),
      lastAt: lastOf('execute'),
    },
  ]
}

/** Once per kind, with the longest wait. */
function shownDemand(demand: readonly Demand[]): OutageFacts['demand'] {
  const oldestFirst = demand.toSorted((a, b) => a.since - b.since)
  const firsts = oldestFirst.filter(({ text }, at) => oldestFirst.findIndex((one) => one.text === text) === at)
  return firsts.map(({ kind, since, text }) => ({ kind, since: isoOf(since), text }))
}

function usualOf(gaps: Readonly<Record<UsualName, UsualGap | null>>): OutageFacts['usual'] {
  return (['block', 'batch', 'commit', 'prove', 'execute'] as const).flatMap((name) => {
    const gap = gaps[name]
    return gap === null ? [] : [{ name, medianSeconds: Math.round(gap.median), p99Seconds: Math.round(gap.p99) }]
  })
}

type UsualName = OutageFacts['usual'][number]['name']

function shownThresholds({ thresholds, from }: ChosenThresholds): OutageFacts['thresholds'] {
  const names = ['sequencer', 'commit', 'prove', 'execute', 'rpcLag', 'explorerLag'] as const
  return names.map((name) => ({ name, seconds: thresholds[name], from: from[name] }))
}

/** Said aloud: an answer that keeps quiet about what it did not see would read as "all is well". */
const stepOf = { commit: 'commit', prove: 'proof', execute: 'execution' } as const

function notKnown(looks: Looks, unread: L1Observation['waitsUnread']): readonly string[] {
  const { l1, l2, explorers, database, probe, notedAt } = looks
  const state = l1?.state ?? null
  const stages = state === null && l1 !== null && l1.head !== null && l1.trouble !== null
  const said: (string | false)[] = [
    l1 === null && 'Whether batches reach L1: set L1_RPC_URLS.',
    stages && `Whether batches reach L1: ${l1.trouble?.text.replace(/\.$/, '')}.`,
    state !== null &&
      state.events === null &&
      'Reverts, upgrades and requests on L1 of the last hours: the endpoint refused the search.',
    state?.eventsSince?.short === true &&
      `Reverts, upgrades and requests on L1 ${state.eventsSince.time === null ? 'more than some minutes ago' : `before ${isoOf(state.eventsSince.time)}`}: the endpoint allows no longer search.`,
    state !== null &&
      state.executionDelay === null &&
      state.counters.executed < state.counters.verified &&
      'Whether executions are late: the execution delay could not be read.',
    unread.length > 0 &&
      `Whether the next ${unread.map((stage) => stepOf[stage]).join(' or ')} on L1 is late: since when a batch waits for it could not be read.`,
    l2.length === 0 && 'What the chain’s nodes show: set L2_RPC_URLS.',
    database === null && secondWitness(l2),
    probe !== null && probe.waits === null && 'Whether the probe account waits: no L2 node told its nonces.',
    notedAt !== null &&
      l2.every(({ observation }) => observation.trouble !== null) &&
      `Whether the chain’s contracts are where they were: no L2 node says, and I go by what I noted at ${isoOf(notedAt.getTime() / 1000)}.`,
    explorers.length === 0 && 'What the explorer shows: set EXPLORER_API_URLS.',
  ]
  return said.filter((line) => line !== false)
}

/** Nodes of one operator are one witness, and one is never enough (design section 5 rule 4). */
function secondWitness(l2: readonly L2Look[]): string | false {
  const operators = new Set(l2.map(({ observation }) => observation.operator))
  if (operators.size !== 1) return false
  const [operator] = operators
  return l2.length === 1
    ? 'Whether a second node agrees: one endpoint alone can’t prove an outage. Add one of another operator to L2_RPC_URLS.'
    : `Whether another operator’s node agrees: all L2 nodes here are of ${operator}, one witness. Add one to L2_RPC_URLS, or say in ENDPOINT_OPERATORS who runs which.`
}
