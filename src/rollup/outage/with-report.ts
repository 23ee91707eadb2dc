// The answer to "was it down then?": what was found out about the report, with what holds now as its cause. Pure.

import type { Finding } from '../../core/finding.ts'
import type { OutageFacts } from './answer.ts'
import type { CheckedReport } from './report/check.ts'
import { settleOpen } from './report/verdict.ts'

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
