// Deposits that a node has taken from L1 into its pool and not put into a block: a count without a time, so only what is seen to stay is evidence.

import { plural } from '../../../core/counts.ts'
import type { Finding } from '../../../core/finding.ts'
import { describeSeconds } from '../../../core/notes.ts'
import type { Demand, L2Observation, Thresholds } from '../facts.ts'
import { bestSample } from '../situation.ts'

/** What one endpoint says at one look. */
export interface PoolCount {
  readonly endpoint: string
  /** Null: it does not tell. External nodes have no such pool and say 0. */
  readonly count: number | null
  /** Its operator keeps deposits out: they wait for that and not for a block. */
  readonly paused: boolean
  /** Its newest block of this look. */
  readonly head: number
}

export interface WaitingDeposits {
  readonly count: number
  /** How long this process has seen some waiting, at each look, behind the same newest block. */
  readonly seenSeconds: number
}

export interface DepositWatch {
  /** Null: none waits, or nobody tells. */
  note(count: PoolCount): WaitingDeposits | null
}

interface Standing {
  readonly head: number
  readonly since: number
}

export function createDepositWatch(now: () => Date): DepositWatch {
  const standing = new Map<string, Standing>()
  return {
    note({ endpoint, count, paused, head }) {
      if (count === null || count === 0 || paused) {
        standing.delete(endpoint)
        return null
      }
      const at = now().getTime() / 1000
      const before = standing.get(endpoint)
      // With every block others may wait than before: that is a chain at work.
      const known = before?.head === head ? before : { head, since: at }
      standing.set(endpoint, known)
      return { count, seenSeconds: at - known.since }
    },
  }
}

interface Look {
  readonly observation: L2Observation
  readonly deposits: WaitingDeposits | null
}

/** A node behind another one may still show as waiting what the other one has in a block. */
function furthest(
  looks: readonly Look[],
): readonly (WaitingDeposits & { readonly name: string; readonly time: number })[] {
  const heads = looks.flatMap(({ observation }) => bestSample(observation) ?? [])
  const highest = Math.max(-1, ...heads.map(({ number }) => number))
  return looks.flatMap(({ observation, deposits }) => {
    const head = bestSample(observation)
    if (deposits === null || head === null || head.number < highest) return []
    return [{ ...deposits, name: observation.name, time: head.time }]
  })
}

const waitText = (count: number) => `${plural(count, 'deposit')} ${count === 1 ? 'waits' : 'wait'}`

/** `clock`: the chain's, Unix seconds. */
export function depositDemand(looks: readonly Look[], clock: number, { demandGrace }: Thresholds): readonly Demand[] {
  return furthest(looks).map(({ count, seenSeconds }) => ({
    kind: 'waiting-deposit' as const,
    witness: 'l2-rpc' as const,
    since: clock - seenSeconds,
    text: `${waitText(count)} in the node's pool`,
    ...(seenSeconds < demandGrace && { doubt: `seen for only ${describeSeconds(seenSeconds)}: ask again in a minute` }),
  }))
}

/** Only beside a block that is no longer young: on a chain at work some always wait for the next one. */
export function depositFinding(looks: readonly Look[], clock: number, { demandGrace }: Thresholds): readonly Finding[] {
  const [longest] = furthest(looks)
    .filter(({ time }) => clock - time >= demandGrace)
    .toSorted((a, b) => b.seenSeconds - a.seenSeconds)
  if (longest === undefined) return []
  const { name, count, seenSeconds } = longest
  const isEvidence = seenSeconds >= demandGrace
  const doubt = isEvidence
    ? ''
    : ` It is evidence once I have seen them wait behind one block for ${demandGrace} s: ask again then.`
  return [
    {
      code: 'waiting-deposits',
      severity: 'info',
      values: { name, waiting: count, seenSeconds: Math.round(seenSeconds), evidence: isEvidence },
      text: `${waitText(count)} in the pool of ${name}, seen for ${Math.round(seenSeconds)} s.${doubt}`,
    },
  ]
}
