// How far each stage on L1 is: its backlog, since when the next batch waits, and where that could not be read. Pure.

import type { StageProgress } from './answer.ts'
import type { L1Observation } from './facts.ts'
import type { Looks } from './looks.ts'
import { isoOf } from './shown.ts'
import type { SettledState } from './sources/gateway.ts'
import { highest } from './sources/l2.ts'
import type { Waits } from './waits.ts'

function sealedBatch({ l2, database }: Looks): number | null {
  return highest([...l2.map(({ observation }) => observation.sealedBatch), database?.observation.sealedBatch ?? null])
}

/** With nothing waiting a stage is in time; with something, and no time, nobody can say so. */
export function unreadWaits(state: SettledState, looks: Looks): L1Observation['waitsUnread'] {
  if (standsStill(state)) return []
  const { waits } = looks
  const { committed, verified, executed } = state.counters
  // The nodes are who was asked since when it waits; the database may know of a batch that was sealed a moment later.
  const sealed = highest(looks.l2.map(({ observation }) => observation.sealedBatch)) ?? sealedBatch(looks) ?? 0
  const execute = executed < verified && waits?.execute == null && waits?.eligibleAt == null
  return [
    ...(sealed > committed && waits?.commit == null ? (['commit'] as const) : []),
    ...(verified < committed && waits?.prove == null ? (['prove'] as const) : []),
    // Where the delay is what could not be read, that is said by itself.
    ...(execute && state.executionDelay !== null ? (['execute'] as const) : []),
  ]
}

/** The chain settles elsewhere, and what L1 counts is of the day it left: nothing is said of the stages then. */
function standsStill({ settlesOn, gateway }: SettledState): boolean {
  return settlesOn !== null && gateway === null
}

export function progressOf(state: SettledState, looks: Looks, clock: number): readonly StageProgress[] {
  if (standsStill(state)) return []
  const { waits } = looks
  const { committed, verified, executed } = state.counters
  const sealed = sealedBatch(looks)
  const lastOf = (kind: 'commit' | 'prove' | 'execute', known?: number) => {
    const time = state.events?.findLast(({ event }) => event.kind === kind)?.time ?? known ?? null
    return time === null ? null : isoOf(time)
  }
  const waiting = (wait: Waits['commit'] | undefined) =>
    wait == null
      ? null
      : { batch: wait.batch, since: isoOf(wait.since), seconds: Math.max(0, Math.round(clock - wait.since)) }
  return [
    {
      stage: 'commit',
      batch: committed,
      backlog: sealed === null ? null : Math.max(0, sealed - committed),
      waiting: waiting(waits?.commit),
      eligibleAt: null,
      lastAt: lastOf('commit', state.committedAt.get(committed)),
    },
    {
      stage: 'prove',
      batch: verified,
      backlog: committed - verified,
      waiting: waiting(waits?.prove),
      eligibleAt: null,
      lastAt: lastOf('prove'),
    },
    {
      stage: 'execute',
      batch: executed,
      backlog: verified - executed,
      waiting: waiting(waits?.execute),
      eligibleAt: waits?.eligibleAt == null ? null : isoOf(waits.eligibleAt),
      lastAt: lastOf('execute'),
    },
  ]
}
