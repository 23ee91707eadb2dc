// A reported outage: what was claimed, what the chain shows for that time, and the conclusion. Types only.

import type { Headline } from '../facts.ts'
import type { DateParts } from './written-date.ts'

/** What was understood of a report; null: not said. */
export interface ReportClaim {
  readonly batch: number | null
  readonly block: number | null
  /** Clock time as written, without a zone; parts that were not written are null. */
  readonly time: ClaimedTime | null
  readonly pausedSeconds: number | null
  /** The chain that the text is about, where it is not ours. */
  readonly otherChain: string | null
  /** What the text names besides, and what may have been meant: said, so that nobody takes it for understood. */
  readonly besides: readonly string[]
  /** Digits that name a block or batch and can be none. */
  readonly impossible: string | null
}

export interface ClaimedTime extends DateParts {
  readonly hour: number
  readonly minute: number
  readonly second: number | null
  /** `2 pm`: an hour, and no minute. */
  readonly isRough: boolean
  /** A day without a clock time; the clock shows its beginning. */
  readonly wholeDay: boolean
  /** It is told of what is to come. */
  readonly ahead: boolean
  /** Minutes east of UTC as written; null: no zone was written, or one with summer time. */
  readonly offsetMinutes: number | null
  /** A place whose summer time has to be known: `America/New_York`. */
  readonly zone: string | null
}

export interface ReportBatch {
  readonly number: number
  readonly time: string
  readonly firstBlock: number | null
  readonly lastBlock: number | null
}

export interface ReportBlock {
  readonly number: number
  readonly time: string
  readonly batch: number | null
}

export interface ReportCommit {
  readonly batch: number
  /** L1 block time; null: not found. */
  readonly time: string | null
  readonly hash: string | null
  /** Where the time comes from: a checked receipt, the diamond's event found on L1, or the timelock's own record. */
  readonly from: 'receipt' | 'event' | 'timelock' | null
  readonly why: string
}

export interface ReportFacts {
  readonly claim: {
    readonly batch: number | null
    readonly block: number | null
    /** ISO 8601 UTC: when the chain is said to have stopped. */
    readonly from: string | null
    readonly pausedSeconds: number | null
    /** How the claimed time was read: `UTC+8`, and where the zone and the year come from. */
    readonly zone: string | null
    readonly otherChain: string | null
    /** What was understood, in sentences. */
    readonly understood: readonly string[]
  }
  readonly cause: Headline | null
  readonly neighbours: {
    readonly batches: readonly ReportBatch[]
    readonly blocks: readonly ReportBlock[]
    readonly commits: readonly ReportCommit[]
  }
  readonly gapSeconds: number | null
  readonly usualGapSeconds: number | null
  /** One sentence: why this conclusion. */
  readonly why: string
  readonly missing: readonly string[]
  readonly links: readonly { readonly text: string; readonly url: string }[]
}
