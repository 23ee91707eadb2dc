// From what was read about a report to its facts: what was understood, the neighbours, and what is missing. Pure.

import { describeSeconds } from '../../../core/notes.ts'
import { isoOfSeconds } from '../../rpc/rpc-values.ts'
import type { Bridge } from './bridge.ts'
import { type MeantTime, zoneName } from './clock.ts'
import type { ReportBatch, ReportBlock, ReportClaim, ReportCommit, ReportFacts } from './facts.ts'
import type { Moment, ReportConclusion, ReportEvidence } from './verdict.ts'

/** Only pages we know: a wrong link is worse than none. */
export interface ReportLinks {
  block(number: number): string | null
  batch(number: number): string | null
  l1Transaction(hash: string): string | null
}

const l1Pages: Readonly<Record<number, string>> = {
  1: 'https://etherscan.io/tx/',
  11155111: 'https://sepolia.etherscan.io/tx/',
}
const l2Pages: Readonly<Record<number, string>> = {
  324: 'https://explorer.zksync.io/',
  300: 'https://sepolia.explorer.zksync.io/',
}

export function linksOf({
  l1ChainId,
  l2ChainId,
}: {
  readonly l1ChainId: number | null
  readonly l2ChainId: number | null
}): ReportLinks {
  const l1 = l1Pages[l1ChainId ?? 0]
  const l2 = l2Pages[l2ChainId ?? 0]
  return {
    block: (number) => (l2 === undefined ? null : `${l2}block/${number}`),
    batch: (number) => (l2 === undefined ? null : `${l2}batch/${number}`),
    l1Transaction: (hash) => (l1 === undefined ? null : `${l1}${hash}`),
  }
}

/** A claim that nothing can be compared with: another chain, the future, an impossible number, no source. */
export function unread(
  claim: ReportClaim,
  why: string,
  time: MeantTime | null = null,
): ReportConclusion & { readonly report: ReportFacts } {
  const nothing = { neighbours: { batches: [], blocks: [], commits: [] }, gapSeconds: null, usualGapSeconds: null }
  const report = { claim: claimFacts(claim, time, null), cause: null, ...nothing, why, missing: [], links: [] }
  return { headline: 'report-undecided', verdict: 'unknown', why, open: false, report }
}

export interface ReportReading {
  readonly claim: ReportClaim
  readonly time: MeantTime | null
  readonly blocks: readonly ReportBlock[]
  readonly batches: readonly ReportBatch[]
  readonly commits: readonly ReportCommit[]
  /** From the neighbours to the end of the claimed pause. */
  readonly bridge: Bridge
  /** Before and after a gap that was found. */
  readonly gap: readonly ReportBlock[]
  readonly evidence: ReportEvidence & { readonly usualGap: number | null }
  readonly links: ReportLinks
}

export function reportFacts(reading: ReportReading): ReportFacts {
  const { claim, time, batches, commits, bridge, gap, evidence, links } = reading
  const { block, usualGap } = evidence
  const blocks = inOrder([...reading.blocks, ...bridge.blocks, ...gap])
  return {
    claim: claimFacts(claim, time, evidence.span === null ? (block ?? null) : null, batchOf(claim.block, blocks)),
    cause: null,
    neighbours: {
      batches: batches.map(({ number, time, firstBlock, lastBlock }) => ({ number, time, firstBlock, lastBlock })),
      blocks,
      commits,
    },
    gapSeconds: gapOf(evidence),
    usualGapSeconds: usualGap,
    why: '',
    missing: [
      ...commits.filter(({ time }) => time === null).map(({ batch, why }) => `The commit of batch ${batch}: ${why}`),
      ...(bridge.missing === null ? [] : [bridge.missing]),
      ...(evidence.span !== null && evidence.span.longest === null
        ? ['The blocks of the whole claimed span: the node did not show all of them.']
        : []),
    ],
    links: [
      ...batches.flatMap(({ number }) => named(`batch ${number}`, links.batch(number))),
      ...blocks.flatMap(({ number }) => named(`block ${number}`, links.block(number))),
      ...commits.flatMap(({ batch, hash }) =>
        hash === null ? [] : named(`commit of ${batch}`, links.l1Transaction(hash)),
      ),
    ],
  }
}

function inOrder(blocks: readonly ReportBlock[]): readonly ReportBlock[] {
  const byNumber = new Map(blocks.toReversed().map((block) => [block.number, block]))
  return [...byNumber.values()].toSorted((a, b) => a.number - b.number)
}

function gapOf({ block, next, span, openSeconds }: ReportEvidence): number | null {
  if (span !== null) return span.longest?.seconds ?? null
  return block === null || next === null ? openSeconds : next.time - block.time
}

function named(text: string, url: string | null): readonly { readonly text: string; readonly url: string }[] {
  return url === null ? [] : [{ text, url }]
}

/** In batches: more than an explorer that stands still for an hour falls behind. */
const farApart = 100

const batchOf = (block: number | null, blocks: readonly ReportBlock[]) =>
  blocks.find(({ number }) => number === block)?.batch ?? null

function claimFacts(
  claim: ReportClaim,
  time: MeantTime | null,
  anchor: Moment | null,
  batchOfBlock: number | null = null,
): ReportFacts['claim'] {
  const { batch, block, pausedSeconds, otherChain, besides } = claim
  const nowhere = [block, batch, claim.time, otherChain].every((said) => said === null)
  const said = [
    block === null ? null : `stopped at block ${block}`,
    batch === null ? null : `newest batch ${batch}`,
    // An explorer's newest batch is the one before the block's, or another few; far apart one of the two is a mistake.
    batch === null || batchOfBlock === null || Math.abs(batchOfBlock - batch) < farApart
      ? null
      : `block ${block} is in batch ${batchOfBlock}, far from ${batch}: one of the two is wrong, and the block is what I went by`,
    time === null
      ? null
      : `${whenOf(claim, time)}${claim.time?.wholeDay ? '' : `, ${zoneRead(time)}`}${dateRead(time)}`,
    pausedSeconds === null
      ? null
      : `no blocks for ${describeSeconds(pausedSeconds)}${nowhere ? ', up to now, as no time is named' : ''}`,
    besides.length === 0 ? null : `left aside: ${besides.join(', ')}`,
  ]
  return {
    batch,
    block,
    from: anchor === null ? (time === null ? null : isoOfSeconds(time.at)) : isoOfSeconds(anchor.time),
    pausedSeconds,
    zone: time === null ? null : zoneName(time.offsetMinutes),
    otherChain,
    understood: said.filter((line) => line !== null),
  }
}

function whenOf({ time: told, block, batch }: ReportClaim, { at, offsetMinutes }: MeantTime): string {
  if (!told?.wholeDay) return `at ${isoOfSeconds(at)}`
  const day = isoOfSeconds(at + offsetMinutes * 60).slice(0, 10)
  return block === null && batch === null ? `on ${day}, in whatever zone` : `on ${day}`
}

/** Said aloud, because a wrong zone would turn the answer round. */
function zoneRead({ offsetMinutes, zoneFrom }: MeantTime): string {
  return {
    written: `written as ${zoneName(offsetMinutes)}`,
    anchor: `read as ${zoneName(offsetMinutes)}, because that fits the named numbers`,
    configured: `read as ${zoneName(offsetMinutes)} (REPORT_TIME_ZONE)`,
  }[zoneFrom]
}

function dateRead({ yearFrom, fits }: MeantTime): string {
  const year = { written: '', anchor: '; the date is theirs', now: '; the date is the last that fits' }[yearFrom]
  return `${year}${fits === false ? '; it does not fit the named numbers' : ''}`
}
