// The facts of /is-chain-down: what scripts read and presentation shows. Types only; keys of design section 3 and more.

import type { Finding } from '../../core/finding.ts'
import type { Headline, Verdict } from './facts.ts'
import type { ReportFacts } from './report/facts.ts'

export interface OutageSource {
  readonly kind: 'database' | 'l2-rpc' | 'explorer' | 'l1-rpc'
  readonly name: string
  /** Sources of one operator are one witness. */
  readonly operator: string | null
  readonly reachable: boolean
  readonly block: number | null
  /** ISO 8601 UTC. */
  readonly blockTime: string | null
  readonly batch: number | null
  /** Age of its newest block by the clock of this answer. */
  readonly lagSeconds: number | null
  readonly error: string | null
}

export interface StageProgress {
  readonly stage: 'commit' | 'prove' | 'execute'
  /** Last batch that has passed it. */
  readonly batch: number
  /** Batches that passed the stage before and not this one; null: how many are sealed is not known. */
  readonly backlog: number | null
  readonly waiting: { readonly batch: number; readonly since: string; readonly seconds: number } | null
  /** When its time has not come yet: the execution delay ends then. */
  readonly eligibleAt: string | null
  readonly lastAt: string | null
}

export interface ShownThreshold {
  readonly name: 'sequencer' | 'commit' | 'prove' | 'execute' | 'rpcLag' | 'explorerLag'
  readonly seconds: number
  readonly from: 'configured' | 'learned' | 'default'
}

/** Data of the `outage-heights` picture. */
export interface OutageHeights {
  readonly title: string
  /** Oldest first: what the chain's own blocks say. */
  readonly chain: readonly { readonly at: string; readonly block: number }[]
  readonly sources: readonly {
    readonly name: string
    readonly at: string
    readonly block: number
    readonly behind: boolean
  }[]
  readonly commits: readonly { readonly at: string; readonly batch: number }[]
  readonly now: string
}

export interface OutageFacts {
  readonly chain: string
  readonly verdict: Verdict
  readonly headline: Headline
  readonly findings: readonly Finding[]
  readonly sources: readonly OutageSource[]
  readonly l1: {
    readonly committed: number
    readonly verified: number
    readonly executed: number
    readonly block: number
    readonly time: string
  } | null
  readonly progress: readonly StageProgress[]
  /** Null: not read. */
  readonly executionDelaySeconds: number | null
  /** The accounts that commit and execute: wei, and how many of their transactions are not mined yet. */
  readonly operators: readonly {
    readonly stage: 'commit' | 'execute'
    readonly address: string
    readonly balance: string | null
    readonly pending: number | null
  }[]
  /** Gaps of the chain's blocks, batches and stages in its last days, as far as they were learned. */
  readonly usual: readonly {
    readonly name: 'block' | 'batch' | 'commit' | 'prove' | 'execute'
    readonly medianSeconds: number
    readonly p99Seconds: number
    /** How many batches or pairs of blocks it rests on, and the times of the first and the last of them. */
    readonly samples: number
    readonly from: string
    readonly to: string
  }[]
  /** What somebody wants from the sequencer and has not got. */
  readonly demand: readonly { readonly kind: string; readonly since: string; readonly text: string }[]
  readonly thresholds: readonly ShownThreshold[]
  /** What could not be looked at, in sentences. */
  readonly notKnown: readonly string[]
  readonly heights: OutageHeights | null
  readonly report: ReportFacts | null
  readonly checkedAt: string
}
