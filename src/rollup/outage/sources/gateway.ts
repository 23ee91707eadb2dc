// Where a chain settles on a Gateway, its counters and events are there: that look replaces L1's, whose numbers stand still. Pure.

import type { L1Look, L1State } from './l1.ts'

export interface SettledState extends L1State {
  /** The stages were read there and not on L1; null: they are L1's own. */
  readonly gateway: { readonly chainId: number | null } | null
}

export interface SettledLook extends Omit<L1Look, 'state'> {
  readonly state: SettledState | null
}

/** L1 keeps the word on what it alone decides: whether it answers, freezes, and where the chain settles. */
export function settledLook(l1: L1Look | null, gateway: L1Look | null): SettledLook | null {
  if (l1 === null || l1.state === null) return l1 as SettledLook | null
  const there = gateway?.state ?? null
  // A move starts on the one and ends on the other.
  const moves = [...l1.state.moves, ...(there?.moves ?? [])]
  const here: SettledState = { ...l1.state, moves, gateway: null }
  const { settlesOn } = here
  // A Gateway that the chain has left again says so itself, by naming another settlement layer.
  const isThere = settlesOn !== null && there !== null && there.settlesOn === null
  const isIt = settlesOn?.chainId == null || settlesOn.chainId === gateway?.chainId
  if (!isThere || !isIt) return { ...l1, state: here }
  const { counters, executionDelay, committedAt, operators } = there
  const { protocolVersion, protocolActive } = there
  return {
    ...l1,
    state: {
      ...here,
      counters,
      executionDelay,
      committedAt,
      operators,
      protocolVersion,
      protocolActive,
      frozen: here.frozen === true || there.frozen === true ? true : here.frozen,
      // Requests still come in on L1; everything else happens there.
      events: withRequests(here.events, there.events),
      findings: [...here.findings, ...there.findings],
      gateway: { chainId: gateway?.chainId ?? null },
    },
  }
}

function withRequests(here: L1State['events'], there: L1State['events']): L1State['events'] {
  if (there === null) return here?.filter(({ event }) => event.kind === 'priority-request') ?? null
  const requests = (here ?? []).filter(({ event }) => event.kind === 'priority-request')
  return [...requests, ...there].toSorted((a, b) => (a.time ?? 0) - (b.time ?? 0))
}
