// Checks a reported outage by the chain's own blocks and by L1: the named numbers, their neighbours, and their commits.

import type { L2Node } from '../../l2/l2-node.ts'
import type { CallAllowance } from '../../rpc/json-rpc.ts'
import { isoOfSeconds } from '../../rpc/rpc-values.ts'
import { blocksAhead, type GapQuestion, type LongestGap, longestGap } from '../block-gaps.ts'
import type { BlockTime } from '../sources/l2.ts'
import { type ReportLinks, reportFacts, unread } from './answer.ts'
import { type Bridge, noBridge, readBlocks, readBridge } from './bridge.ts'
import { type ChainThen, readAt, readBatches, readNamed } from './chain.ts'
import { dayFrom, dayUntil, type MeantTime, meantTime } from './clock.ts'
import { type CommitSources, type ReadCommits, readCommits } from './commits.ts'
import type { ReportBlock, ReportClaim, ReportFacts } from './facts.ts'
import {
  concludeReport,
  confirmedFrom,
  type ReportConclusion,
  type ReportEvidence,
  type ReportSpan,
} from './verdict.ts'

export interface CheckedReport extends ReportConclusion {
  readonly report: ReportFacts
}

export interface ReportCheck {
  /** Never throws because of a source. */
  check(claim: ReportClaim, question: ReportQuestion): Promise<CheckedReport>
}

export interface ReportQuestion {
  readonly signal: AbortSignal
  /** Age from which a head counts as stalled. */
  readonly threshold: number
  /** What may still be asked of L1. */
  readonly allowance?: CallAllowance | undefined
}

export interface ReportCheckParts {
  /** For one report, which may ask L1 little. */
  readonly sources: (allowance: CallAllowance | undefined) => CommitSources
  readonly chain: string
  /** Null: no L2 endpoint is configured. */
  readonly node: L2Node | null
  readonly links: ReportLinks
  readonly timeZone: string
  readonly now: () => Date
}

/** A pause that is not told is looked for this long. */
const unknownPause = 3600

const seconds = (iso: string) => Date.parse(iso) / 1000

export function createReportCheck(parts: ReportCheckParts): ReportCheck {
  return {
    async check(claim, question) {
      if (claim.otherChain !== null)
        return unread(claim, `The report is about ${claim.otherChain}; I watch ${parts.chain}.`)
      if (claim.impossible !== null) return unread(claim, `${claim.impossible} is too large for a block or a batch.`)
      const read = await readNamed(claim, parts.node, question.signal)
      if ('why' in read) return unread(claim, read.why)
      const now = Math.max(parts.now().getTime() / 1000, seconds(read.head.time))
      const time = timeOf(claim, read, parts.timeZone, now)
      if (time !== null && read.named === null && time.at > now + question.threshold) {
        return unread(claim, `That time, ${isoOfSeconds(time.at)}, has not come yet.`, time)
      }
      if (time?.otherwise != null && read.named === null) {
        const [one, other] = [time.at, time.otherwise].map((at) => isoOfSeconds(at).slice(0, 10))
        return unread(claim, `The date can be read as ${one} or as ${other}. Ask with at "${one} …".`, time)
      }
      const then = await readThen(claim, read, time, now, question.signal)
      if ('why' in then) return unread(claim, then.why, time)
      const ahead = await aheadOf(then.chain, claim, then.span, question.signal)
      const [[chain, bridge, commits], [searched, gap]] = await Promise.all([
        readToTheEnd(then, claim, ahead, parts.sources(question.allowance), question.signal),
        searchGap(then, claim, ahead, question),
      ])
      const evidence = evidenceOf(claim, chain, commits, searched, question, now)
      const conclusion = concludeReport(evidence)
      const told = { claim, time, evidence, links: parts.links, batches: chain.batches, bridge, gap, ...commits }
      return { ...conclusion, report: { ...reportFacts(told), why: conclusion.why } }
    },
  }
}

function timeOf(claim: ReportClaim, { blocks, batches }: ChainThen, zone: string, now: number): MeantTime | null {
  const pause = claim.pausedSeconds ?? 0
  const starts = [blocks[0]?.time, batches[0]?.time].flatMap((time) => (time == null ? [] : [seconds(time)]))
  return claim.time && meantTime({ claimed: claim.time, anchors: starts, pause, zone, now })
}

const timed = ({ number, time }: Pick<ReportBlock, 'number' | 'time'>): BlockTime => ({ number, time: seconds(time) })

interface Span {
  readonly from: number
  readonly until: number
}

/** With a number the named block decides; only without one is the claimed span searched (design section 6). */
async function readThen(
  claim: ReportClaim,
  read: ChainThen,
  time: MeantTime | null,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly chain: ChainThen; readonly span: Span | null } | { readonly why: string }> {
  if (read.named !== null) return { chain: read, span: null }
  // The time may be when it stopped or when it was told; without one, it lasts until now.
  const at = time?.at ?? now
  const span = claim.time?.wholeDay
    ? { from: dayFrom(at), until: dayUntil(at) }
    : { from: at - (claim.pausedSeconds ?? 0), until: at + (claim.pausedSeconds ?? unknownPause) }
  const chain = await readAt(read, span.from, signal)
  if (chain !== null) return { chain, span }
  return { why: `The blocks around ${isoOfSeconds(span.from)} could not be read, or the chain had none yet.` }
}

type Then = { readonly chain: ChainThen; readonly span: Span | null }

/** The blocks that both the bridge and the search for a gap begin with; none where nothing tells how far. */
async function aheadOf(chain: ChainThen, claim: ReportClaim, span: Span | null, signal: AbortSignal) {
  const block = chain.blocks.find(({ number }) => number === chain.named)
  if (block === undefined || (span === null && claim.pausedSeconds === null)) return []
  return blocksAhead({ endpoint: chain.endpoint, from: timed(block), head: timed(chain.head), signal })
}

/** The bridge first: the commit of its last batch is asked for along with the others. */
async function readToTheEnd(
  { chain, span }: Then,
  claim: ReportClaim,
  ahead: readonly BlockTime[],
  sources: CommitSources,
  signal: AbortSignal,
): Promise<readonly [ChainThen, Bridge, ReadCommits]> {
  const [named] = chain.blocks
  const until =
    span?.until ??
    (named === undefined || claim.pausedSeconds === null ? null : seconds(named.time) + claim.pausedSeconds)
  const bridge = until === null ? noBridge : await readBridge(chain, ahead, until, signal)
  const last = bridge.blocks.at(-1)
  const isNew =
    last?.batch != null && chain.batches.length > 0 && !chain.batches.some(({ number }) => number === last.batch)
  const more = isNew ? await readBatches(chain.endpoint, [last.batch as number], signal) : []
  const whole = { ...chain, batches: [...chain.batches, ...more] }
  return [whole, bridge, await readCommits(whole, last === undefined ? [] : [last], sources, signal)]
}

/** And the two blocks of the gap, where there is one that counts. */
async function searchGap(
  { chain, span }: Then,
  claim: ReportClaim,
  ahead: readonly BlockTime[],
  question: ReportQuestion,
): Promise<readonly [Pick<ReportEvidence, 'span' | 'later'>, readonly ReportBlock[]]> {
  const searched =
    span === null
      ? { span: null, later: await searchLater(chain, claim, ahead, question) }
      : { span: await searchSpan(chain, span, ahead, question), later: null }
  const found = searched.later ?? searched.span?.longest ?? null
  const least = searched.span?.searchedFrom ?? confirmedFrom({ ...claim, threshold: question.threshold })
  if (found === null || found.seconds < least) return [searched, []]
  const { number } = found.after
  return [searched, await readBlocks(chain, [number, number + 1], question.signal)]
}

/** Finer than this costs more questions than an answer has time for. */
const finestShare = 60

async function searchSpan(
  then: ChainThen,
  { from, until }: Span,
  ahead: readonly BlockTime[],
  { signal, threshold }: ReportQuestion,
): Promise<ReportSpan> {
  const { blocks, named, gapsBefore } = then
  const first = blocks.find(({ number }) => number === named)
  const searchedFrom = Math.min(threshold, Math.max(usualLimitOf(gapsBefore, threshold), (until - from) / finestShare))
  if (first === undefined) return { until, longest: null, searchedFrom }
  return {
    until,
    longest: await longestAfter(first, then, { until, atLeast: searchedFrom, ahead, signal }),
    searchedFrom,
  }
}

/** From the named block to the end of the claimed pause: did the chain stop a little later? */
async function searchLater(
  then: ChainThen,
  { pausedSeconds }: ReportClaim,
  ahead: readonly BlockTime[],
  { signal, threshold }: ReportQuestion,
): Promise<ReportEvidence['later']> {
  const block = then.blocks.find(({ number }) => number === then.named)
  if (block === undefined || pausedSeconds === null) return null
  const until = seconds(block.time) + pausedSeconds
  return longestAfter(block, then, { until, atLeast: confirmedFrom({ pausedSeconds, threshold }), ahead, signal })
}

function longestAfter(
  block: ReportBlock,
  { endpoint, head }: ChainThen,
  limits: Pick<GapQuestion, 'until' | 'atLeast' | 'ahead' | 'signal'>,
): Promise<LongestGap | null> {
  return longestGap({ endpoint, from: timed(block), head: timed(head), ...limits })
}

/** Three times the median still counts as usual, and what two of the last twenty were: batches are sealed in between. */
const usualFactor = 3
const usualAtLeast = 30

function usualLimitOf(gaps: readonly number[], threshold: number): number {
  const sorted = gaps.toSorted((a, b) => a - b)
  const [median = 0, high = 0] = [sorted[sorted.length >> 1], sorted[Math.floor(sorted.length * 0.9)]]
  return Math.max(Math.min(usualAtLeast, threshold / 2), median * usualFactor, high)
}

function evidenceOf(
  claim: ReportClaim,
  { head, named, batches, gapsBefore }: ChainThen,
  { commits, blocks }: ReadCommits,
  { span, later }: Pick<ReportEvidence, 'span' | 'later'>,
  { threshold }: ReportQuestion,
  now: number,
): ReportEvidence & { readonly usualGap: number | null } {
  const at = (number: number | null) => blocks.find((one) => one.number === number)
  const [block, next] = [at(named), named === null ? undefined : at(named + 1)]
  const moment = (one: ReportBlock | undefined) =>
    one === undefined ? null : { number: one.number, time: seconds(one.time) }
  const nextBatch =
    batches.find(({ firstBlock, lastBlock }) => isWithin(next?.number, firstBlock, lastBlock))?.number ?? next?.batch
  const committed = commits.find(({ batch }) => batch === nextBatch)?.time ?? null
  const ends = span === null ? named === head.number : span.until > seconds(head.time)
  return {
    block: moment(block),
    next: moment(next),
    usualGap: gapsBefore.length === 0 ? null : (gapsBefore.toSorted((a, b) => a - b)[gapsBefore.length >> 1] as number),
    usualLimit: usualLimitOf(gapsBefore, threshold),
    pausedSeconds: claim.pausedSeconds,
    threshold,
    nextCommitted: committed === null ? null : seconds(committed),
    span,
    later,
    openSeconds: ends ? Math.max(0, Math.min(span?.until ?? now, now) - seconds(head.time)) : null,
  }
}

function isWithin(number: number | undefined, first: number | null, last: number | null): boolean {
  return number !== undefined && first !== null && last !== null && first <= number && number <= last
}
