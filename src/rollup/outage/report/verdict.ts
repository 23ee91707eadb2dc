// Was the chain down when a report says so? The rule of the outage reports, over what the chain shows of that time. Pure.

import { describeSeconds } from '../../../core/notes.ts'
import { isoOfSeconds } from '../../rpc/rpc-values.ts'
import type { Headline, Verdict } from '../facts.ts'

export interface Moment {
  readonly number: number
  /** Unix seconds. */
  readonly time: number
}

export interface ReportEvidence {
  /** The block the chain is said to have stopped at: the named one, else the last one before the claimed span. */
  readonly block: Moment | null
  readonly next: Moment | null
  /** The longest time between two blocks that still counts as usual around there, in seconds. */
  readonly usualLimit: number
  readonly pausedSeconds: number | null
  /** Age from which a head counts as stalled. */
  readonly threshold: number
  /** L1 block time of the commit of the next block's batch, proved on L1. */
  readonly nextCommitted: number | null
  /** After a named block: the longest time without a block until the claimed pause was over; null: not told or not readable. */
  readonly later: { readonly after: Moment; readonly seconds: number } | null
  /** Where no number was named, the claimed span decides; null where one was. */
  readonly span: ReportSpan | null
  /** Seconds since the newest block, where that ends what can be compared; null where the chain went on. */
  readonly openSeconds: number | null
}

export interface ReportSpan {
  /** Unix seconds. */
  readonly until: number
  /** Exact from `searchedFrom` on, else an upper bound; null: the span could not be searched whole. */
  readonly longest: { readonly after: Moment; readonly seconds: number } | null
  readonly searchedFrom: number
}

export interface ReportConclusion {
  readonly headline: Extract<Headline, 'report-refuted' | 'report-confirmed' | 'report-undecided'>
  readonly verdict: Verdict
  readonly why: string
  /** The claimed pause may last to this moment: whether the chain is down now decides (`settleOpen`). */
  readonly open: boolean
}

/**
 * Refuted: the next block came as usual, and its batch was committed on L1 before the claimed pause was over. Confirmed: no
 * block for half the claimed pause or the sequencer's threshold, whichever is longer. Anything else is undecided (design
 * section 6). Without a named number, the longest gap of the claimed span stands for the gap after the named block. A pause
 * that began a little after the named block is not refuted either: the number people noted is seldom the very last one.
 */
export function concludeReport(seen: ReportEvidence): ReportConclusion {
  const limit = confirmedFrom(seen)
  const { block, next, span } = seen
  if (block === null) return undecided('The named block or batch could not be read, so nothing was compared.')
  if (span !== null) return concludeSpan(seen, block, span, limit)
  if (next === null) {
    const text = seen.openSeconds === null ? 'The block after it could not be read' : `It is the newest one I can see`
    return { ...undecided(`Block ${block.number} is of ${isoOfSeconds(block.time)}. ${text}.`), open: isOpen(seen) }
  }
  const gap = next.time - block.time
  const between = `Block ${next.number} came ${describeSeconds(gap)} after block ${block.number}`
  if (gap > seen.usualLimit) {
    if (gap >= limit) return confirmed(block, gap)
    return undecided(`${between}: longer than usual, and too short for ${shortOf(seen, gap)}.`)
  }
  const until = block.time + (seen.pausedSeconds ?? Number.POSITIVE_INFINITY)
  const { committed, text } = committedBefore(seen.nextCommitted, until)
  if (committed && seen.later !== null && seen.later.seconds >= limit) {
    const { after, seconds } = seen.later
    const stop = `no block came for ${describeSeconds(seconds)} after block ${after.number} of ${isoOfSeconds(after.time)}`
    return undecided(`${between}, as usual, but a little later ${stop}. Ask with block ${after.number}.`)
  }
  if (committed) return refuted(`${between}, as usual, and ${text}: the chain kept running.`)
  return gap >= limit ? confirmed(block, gap) : undecided(`${between}, as usual, but ${text}.`)
}

/** A pause that is not over: what is the case now decides whether it is one. */
export function settleOpen(conclusion: ReportConclusion, isDownNow: boolean): ReportConclusion {
  if (!conclusion.open || !isDownNow) return conclusion
  const why = `${conclusion.why} No block has followed, and the chain is down now.`
  return { headline: 'report-confirmed', verdict: 'down', why, open: false }
}

/** From how long on a time without a block confirms the claim, in seconds. */
export function confirmedFrom({
  pausedSeconds,
  threshold,
}: Pick<ReportEvidence, 'pausedSeconds' | 'threshold'>): number {
  return Math.max((pausedSeconds ?? 0) / 2, threshold)
}

/** A pause that was told rightly may still be shorter than what counts as an outage here. */
function shortOf({ pausedSeconds, threshold }: ReportEvidence, gap: number): string {
  const isAsTold = pausedSeconds !== null && gap >= pausedSeconds / 2
  return isAsTold ? `an outage: that is from ${describeSeconds(threshold)} on` : 'the claimed pause'
}

function isOpen(seen: ReportEvidence): boolean {
  return seen.openSeconds !== null && seen.openSeconds >= confirmedFrom(seen)
}

function concludeSpan(seen: ReportEvidence, block: Moment, span: ReportSpan, limit: number): ReportConclusion {
  const { longest, until, searchedFrom } = span
  if (longest !== null && longest.seconds >= limit) return confirmed(longest.after, longest.seconds)
  if (isOpen(seen)) {
    const text = `The newest block I can see is ${describeSeconds(seen.openSeconds ?? 0)} old, so the claimed span is not over.`
    return { ...undecided(text), open: true }
  }
  if (longest === null) return undecided('The claimed span could not be searched whole. Name a block or a batch.')
  const usual = longest.seconds <= Math.max(seen.usualLimit, searchedFrom)
  const gap = `No two blocks of the claimed span are more than ${describeSeconds(Math.max(longest.seconds, searchedFrom))} apart`
  if (!usual) {
    return undecided(
      `The longest time between two blocks of the claimed span is ${describeSeconds(longest.seconds)}: longer than usual, and too short for ${shortOf(seen, longest.seconds)}.`,
    )
  }
  if (seen.next === null) return undecided(`${gap}, but no block follows block ${block.number}.`)
  const { committed, text } = committedBefore(seen.nextCommitted, until)
  const batch = text.replace('its batch', `the batch of block ${seen.next.number}`)
  if (committed) return refuted(`${gap}, and ${batch}: the chain kept running.`)
  return undecided(`${gap}, but ${batch}.`)
}

function committedBefore(at: number | null, until: number) {
  if (at === null) return { committed: false, text: 'that its batch was committed could not be proved on L1' }
  const text = `its batch was committed on L1 at ${isoOfSeconds(at)}`
  return at < until ? { committed: true, text } : { committed: false, text: `${text}, after the claimed pause` }
}

function refuted(why: string): ReportConclusion {
  return { headline: 'report-refuted', verdict: 'up', why, open: false }
}

function confirmed(after: Moment, seconds: number): ReportConclusion {
  const why = `No block came for ${describeSeconds(seconds)} after block ${after.number} of ${isoOfSeconds(after.time)}.`
  return { headline: 'report-confirmed', verdict: 'down', why, open: false }
}

function undecided(why: string): ReportConclusion {
  return { headline: 'report-undecided', verdict: 'unknown', why, open: false }
}
