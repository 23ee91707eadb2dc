// What a diagnosis looks at, and the shape of what it says; shared by the detectors.

import type { Finding, Severity } from '../../core/finding.ts'
import type { ProverStatusFacts, StageCounts, StuckGroup } from './facts.ts'
import type { ProverSchema } from './generation.ts'
import type { BatchRow, CountRow, IdleRow, VersionRow, WaitingRow } from './queries.ts'
import type { TreeRow } from './rows.ts'
import type { Servers } from './servers.ts'

export interface Observed {
  readonly facts: Omit<ProverStatusFacts, 'findings'>
  readonly schema: ProverSchema
  readonly counts: readonly CountRow[]
  /** What is left to do by stage, version and chain. */
  readonly versionRows: readonly VersionRow[]
  /** Seconds since a prover of each version picked a job, as far as was looked back. */
  readonly lastPicks: ReadonlyMap<string | null, number>
  readonly waiting: readonly WaitingRow[]
  /** Batches where nothing is left to do although a stage waits. */
  readonly idle: readonly IdleRow[]
  readonly batches: readonly BatchRow[]
  readonly nextTree: readonly TreeRow[]
  readonly nextHandOff: string | null
  /** Is it known from the core or from L1 which batch is needed? */
  readonly coreKnown: boolean
  readonly servers: Servers
  readonly troubles: readonly { readonly source: string; readonly trouble: string }[]
}

export type Detector = (seen: Observed) => readonly Finding[]

export function finding(
  code: string,
  severity: Severity,
  values: Finding['values'],
  ...sentences: readonly string[]
): Finding {
  return { code, severity, values, text: sentences.filter((sentence) => sentence !== '').join(' ') }
}

export interface Pile {
  readonly stage: StageCounts
  readonly groups: readonly StuckGroup[]
  readonly jobs: number
  readonly batches: readonly number[]
  /** To be named, because it is not simply ours; null: it is, or there is only one. */
  readonly chain: number | null
  /** There are more groups than were read. */
  readonly more: boolean
}

/** Stuck groups that still matter, by stage and chain. */
export function piles(seen: Observed, wanted: (group: StuckGroup) => boolean): readonly Pile[] {
  const open = seen.facts.stuck.filter((group) => !group.settled && wanted(group))
  const chains = [...new Set(open.map((group) => group.chainId))]
  const plain = chains.length < 2 && (chains[0] === 0 || chains[0] === seen.facts.chainId || !seen.schema.hasChain)
  const heaps = seen.facts.stages.flatMap((stage) => chains.map((chain) => ({ stage, chain })))
  return heaps.flatMap(({ stage, chain }) => {
    const groups = open.filter((group) => group.stage === stage.stage && group.chainId === chain)
    if (groups.length === 0) return []
    const batches = [...new Set(groups.map((group) => group.batch))].sort((one, other) => one - other)
    const jobs = groups.reduce((total, group) => total + group.jobs, 0)
    return [{ stage, groups, batches, jobs, chain: plain ? null : chain, more: seen.facts.stuckMore > 0 }]
  })
}

const order: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((one, other) => order[one.severity] - order[other.severity])
}
