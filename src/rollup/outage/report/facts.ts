// A reported outage: what was claimed, what the chain shows for that time, and the conclusion. Types only.

import type { Headline } from '../facts.ts'

/** What was understood of a report; null: not said. */
export interface ReportClaim {
  readonly batch: number | null
  readonly block: number | null
  /** Clock time as written, without a zone; parts that were not written are null. */
  readonly time: ClaimedTime | null
  readonly pausedSeconds: number | null
  /** Names of other chains in the text, when ours is not among them. */
  readonly otherChain: string | null
}

export interface ClaimedTime {
  readonly year: number | null
  readonly month: number | null
  readonly day: number | null
  readonly hour: number
  readonly minute: number
  readonly second: number | null
  /** Minutes east of UTC as written; null: no zone was written. */
  readonly offsetMinutes: number | null
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
