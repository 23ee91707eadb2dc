// From what the sources said to the answer's facts: the verdict, and the tables people read. Pure.

import { isoOfSeconds } from '../rpc/rpc-values.ts'
import { judgeOutage } from '../verdict.ts'
import type { OutageFacts } from './answer.ts'
import type { Demand } from './facts.ts'
import { heightsOf } from './heights.ts'
import type { Looks } from './looks.ts'
import { moreFindings } from './more-findings.ts'
import { notKnown } from './not-known.ts'
import { observationsOf } from './observations.ts'
import { progressOf } from './progress.ts'
import { isoOf } from './shown.ts'
import { situationOf } from './situation.ts'
import { sourceRows } from './source-rows.ts'
import { type ChosenThresholds, chooseThresholds } from './thresholds.ts'
import { bestLearned, type LearnedGaps } from './usual.ts'

export function composeAnswer(looks: Looks): OutageFacts {
  const { l1, database, checkedAt } = looks
  const learned = bestLearned(database?.learned ?? null, looks.learned)
  const chosen = chooseThresholds(looks.settings, learned, l1?.state?.executionDelay ?? null)
  const seen = observationsOf(looks, chosen)
  const now = situationOf(seen)
  const judgement = judgeOutage(seen)
  const state = l1?.state ?? null
  const sources = sourceRows(looks, now.clock)
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
    usual: shownUsual(learned),
    demand: shownDemand(now.demand),
    thresholds: shownThresholds(chosen),
    notKnown: notKnown(looks, {
      waits: seen.l1?.waitsUnread ?? [],
      request: now.unseenRequest && !now.blocksMove,
    }),
    heights: heightsOf(looks, sources, now.clock),
    report: null,
    checkedAt: checkedAt.toISOString(),
  }
}

/** Once per kind, with the longest wait. */
function shownDemand(demand: readonly Demand[]): OutageFacts['demand'] {
  const oldestFirst = demand.toSorted((a, b) => a.since - b.since)
  const firsts = oldestFirst.filter(({ text }, at) => oldestFirst.findIndex((one) => one.text === text) === at)
  return firsts.map(({ kind, since, text }) => ({ kind, since: isoOf(since), text }))
}

function shownUsual(gaps: LearnedGaps): OutageFacts['usual'] {
  return (['block', 'batch', 'commit', 'prove', 'execute'] as const).flatMap((name) => {
    const gap = gaps[name]
    if (gap === null) return []
    const { median, p99, samples, from, to } = gap
    const seconds = { medianSeconds: Math.round(median), p99Seconds: Math.round(p99) }
    return [{ name, ...seconds, samples, from: isoOf(from), to: isoOf(to) }]
  })
}

function shownThresholds({ thresholds, from }: ChosenThresholds): OutageFacts['thresholds'] {
  const names = ['sequencer', 'commit', 'prove', 'execute', 'rpcLag', 'explorerLag'] as const
  return names.map((name) => ({ name, seconds: thresholds[name], from: from[name] }))
}
