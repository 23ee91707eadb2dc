// Was the chain down when a report says so? The rule of the outage reports, over what the chain shows of that time. Pure.

import { describeSeconds } from '../../core/notes.ts'
import { isoOfSeconds } from '../rpc/rpc-values.ts'
import type { Headline, Verdict } from './facts.ts'

export interface Moment {
  readonly number: number
  /** Unix seconds. */
  readonly time: number
}

export interface ReportEvidence {
  /** The block the chain is said to have stopped at, and the one after it. */
  readonly block: Moment | null
  readonly next: Moment | null
  /** The longest time between two blocks that still counts as usual around there, in seconds. */
  readonly usualLimit: number
  readonly pausedSeconds: number | null
  /** Age from which a head counts as stalled. */
  readonly threshold: number
  /** L1 block time of the commit of the next block's batch, proved on L1. */
  readonly nextCommitted: number | null
  /** The longest time between two blocks in the claimed span; null: the span could not be searched whole. */
  readonly longest: { readonly after: Moment; readonly seconds: number } | null
  /** True where no number was named, so that the span alone decides. */
  readonly spanOnly: boolean
}

export interface ReportConclusion {
  readonly headline: Extract<Headline, 'report-refuted' | 'report-confirmed' | 'report-undecided'>
  readonly verdict: Verdict
  readonly why: string
}

export function concludeReport(seen: ReportEvidence): ReportConclusion {
  const limit = Math.max((seen.pausedSeconds ?? 0) / 2, seen.threshold, seen.usualLimit)
  const { longest } = seen
  if (longest !== null && longest.seconds >= limit) return confirmed(longest.after, longest.seconds)
  if (seen.spanOnly) return concludeSpan(seen, limit)
  const { block, next } = seen
  if (block === null) return undecided('The named block or batch could not be read, so nothing was compared.')
  if (next === null)
    return undecided(`Block ${block.number} is still the newest one I can see: what it shows is said above, for now.`)
  const gap = next.time - block.time
  if (gap >= limit) return confirmed(block, gap)
  const between = `Block ${next.number} came ${describeSeconds(gap)} after block ${block.number}`
  if (gap > seen.usualLimit) return undecided(`${between}: longer than usual, and too short for the claimed pause.`)
  if (seen.nextCommitted === null)
    return undecided(`${between}, as usual, but that its batch was committed could not be proved on L1.`)
  const until = block.time + (seen.pausedSeconds ?? Number.POSITIVE_INFINITY)
  const committed = `its batch was committed on L1 at ${isoOfSeconds(seen.nextCommitted)}`
  if (seen.nextCommitted >= until) return undecided(`${between}, as usual, but ${committed}, after the claimed pause.`)
  return {
    headline: 'report-refuted',
    verdict: 'up',
    why: `${between}, as usual, and ${committed}: the chain kept running.`,
  }
}

function concludeSpan({ longest }: ReportEvidence, limit: number): ReportConclusion {
  if (longest === null) return undecided('The claimed span could not be searched whole. Name a block or a batch.')
  const text = `The longest time between two blocks of the claimed span is ${describeSeconds(longest.seconds)}, far from ${describeSeconds(limit)}`
  return { headline: 'report-refuted', verdict: 'up', why: `${text}: the chain kept running.` }
}

function confirmed(after: Moment, seconds: number): ReportConclusion {
  const why = `No block came for ${describeSeconds(seconds)} after block ${after.number} of ${isoOfSeconds(after.time)}.`
  return { headline: 'report-confirmed', verdict: 'down', why }
}

function undecided(why: string): ReportConclusion {
  return { headline: 'report-undecided', verdict: 'unknown', why }
}
