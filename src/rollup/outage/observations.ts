// What the looks at the sources mean for the verdict: who shows which head, what waits on L1, who wants a block. Pure.

import type { Demand, L1Observation, Observations } from './facts.ts'
import type { Looks } from './looks.ts'
import { namedDemand } from './named-transaction.ts'
import { unreadWaits } from './progress.ts'
import type { SettledLook, SettledState } from './sources/gateway.ts'
import { lastCommittedBlock } from './sources/l1.ts'
import { moveOf } from './sources/l1-moves.ts'
import { probeDemand } from './sources/probe-account.ts'
import { depositDemand } from './sources/waiting-deposits.ts'
import type { ChosenThresholds } from './thresholds.ts'

export function observationsOf(looks: Looks, { thresholds }: ChosenThresholds): Observations {
  const { l1, l2, explorers, database, checkedAt } = looks
  const local = checkedAt.getTime() / 1000
  const clock = chainClock(looks)
  const demand: Demand[] = [
    ...(database?.demand ?? []),
    ...namedDemand(looks),
    ...priorityDemand(looks),
    ...probeDemand(looks.probe, clock, thresholds),
    ...(keepsRequestsOut(looks) ? [] : depositDemand(l2, clock, thresholds)),
  ]
  return {
    local,
    l2: l2.map(({ observation }) => observation),
    explorers,
    database: database?.observation ?? null,
    l1: l1 === null ? null : l1Observation(l1, looks),
    demand,
    thresholds,
  }
}

/** For what was timed by this machine alone; Unix seconds. */
export function chainClock({ l1, checkedAt }: Looks): number {
  return l1?.trouble === null && l1.head !== null ? l1.head.time : checkedAt.getTime() / 1000
}

function l1Observation({ trouble, head, state }: SettledLook, looks: Looks): L1Observation {
  const { waits } = looks
  return {
    trouble,
    head,
    counters: state?.counters ?? null,
    committedBlock: state === null ? null : lastCommittedBlock(state),
    requests: keepsRequestsOut(looks) ? null : requestsOf(state),
    frozen: state?.frozen ?? null,
    settlesOn:
      state?.settlesOn == null
        ? null
        : { chainId: state.gateway?.chainId ?? state.settlesOn.chainId, readable: state.gateway !== null },
    moving: looks.l2.some(({ migrating }) => migrating === true) || moveOf(looks.l1)?.isUnderWay === true,
    commitWaiting: waits?.commit ?? null,
    proveWaiting: waits?.prove ?? null,
    executeWaiting: waits?.execute ?? null,
    waitsUnread: state === null ? [] : unreadWaits(state, looks),
    lastCommit: state === null ? null : lastCommitOf(state),
    reverted: state === null ? null : revertOf(state),
  }
}

function requestsOf(state: SettledState | null): L1Observation['requests'] {
  return {
    // The diamond that a chain has left for a Gateway keeps no book of what is served there.
    queue: state?.settlesOn === null ? state.requests.waiting : null,
    since: state?.requests.since ?? null,
    undated: state?.events?.findLast(({ event }) => event.kind === 'priority-request')?.time === null,
  }
}

function lastCommitOf({ counters, committedAt, events }: SettledState): L1Observation['lastCommit'] {
  const event = events?.findLast(({ event }) => event.kind === 'commit' && event.batch === counters.committed)
  const at = event?.time ?? committedAt.get(counters.committed) ?? null
  return at === null ? null : { batch: counters.committed, at }
}

const keepsRequestsOut = ({ l2 }: Looks) => l2.some(({ depositsPaused }) => depositsPaused === true)

/** A revert counts until as many batches as before are committed again; one that undid none is no news. */
function revertOf({ events, counters }: SettledState): L1Observation['reverted'] {
  const at = events?.findLastIndex(({ event }) => event.kind === 'revert') ?? -1
  const revert = events?.[at]
  if (events === null || revert?.event.kind !== 'revert') return null
  const before = events.slice(0, at).flatMap(({ event }) => (event.kind === 'commit' ? [event.batch] : []))
  // None in sight before it: at least one batch more than it left.
  const highest = before.length === 0 ? revert.event.committed + 1 : Math.max(...before)
  if (counters.committed >= highest) return null
  return { at: revert.time, committed: revert.event.committed, hash: revert.hash }
}

/**
 * Every request of L1 that is newer than the newest block is unserved; the verdict decides which are old enough. Where the
 * node's operator keeps them out, they wait for that and not for a block.
 */
function priorityDemand(looks: Looks): readonly Demand[] {
  if (keepsRequestsOut(looks)) return []
  const requests = looks.l1?.state?.events?.filter(
    ({ event, time }) => event.kind === 'priority-request' && time !== null,
  )
  const text = 'a priority request on L1 (a deposit or forced transaction) is not served'
  return (requests ?? []).map(({ time }) => ({ kind: 'priority-request', witness: 'l1', since: time as number, text }))
}
