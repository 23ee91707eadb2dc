// What is kept of a chain as each part wants to see it: the diamond, its timelock, who sends, explorers, usual gaps.

import type { DiamondMemory } from '../l1/diamond.ts'
import type { TimelockMemory } from '../l1/l1-timelock.ts'
import { commitTimeForms } from '../l1/timelock.ts'
import type { Kept } from './kept.ts'
import type { SampleMemory } from './learned.ts'
import type { FamilyMemory } from './sources/explorers.ts'
import type { FirstSeenMemory } from './sources/first-seen.ts'
import type { L1Memory } from './sources/l1.ts'

export interface Memory {
  /** `l1ChainId`: as the node that named the diamond says. */
  diamond(l1ChainId: () => number | null): DiamondMemory
  readonly timelock: TimelockMemory
  readonly l1: L1Memory
  readonly families: FamilyMemory
  readonly samples: SampleMemory
  readonly firstSeen: FirstSeenMemory
}

export function memoryOf(kept: Kept): Memory {
  const now = () => kept.facts()
  return {
    diamond: (l1ChainId) => ({
      read: () => now().diamond,
      write: ({ address, bridgehub, l2ChainId }) =>
        kept.note({
          diamond: { address, bridgehub, l2ChainId },
          l2ChainId: l2ChainId ?? now().l2ChainId,
          l1ChainId: l1ChainId() ?? now().l1ChainId,
        }),
    }),
    timelock: {
      read(diamond) {
        const { timelock } = now()
        if (timelock === null || timelock.diamond !== diamond) return null
        const { manager, address, executionDelay, moves } = timelock
        const form = commitTimeForms.find((known) => known === timelock.form) ?? null
        return { manager, address, executionDelay, form, moves }
      },
      write: (diamond, found) => kept.note({ timelock: found && { ...found, diamond } }),
    },
    l1: {
      operators: () => now().operators,
      keepOperators: (operators) => kept.note({ operators: [...operators] }),
      moves: () => now().moves,
      keepMoves: (moves) => kept.note({ moves: [...moves] }),
      logSpan: (endpoint) => now().logSpans[endpoint] ?? null,
      keepLogSpan: (endpoint, span) => kept.note({ logSpans: { ...now().logSpans, [endpoint]: span } }),
    },
    families: { read: () => now().families, write: (families) => kept.note({ families: { ...families } }) },
    samples: { read: () => now().samples, write: (samples) => kept.note({ samples }) },
    firstSeen: { read: () => now().firstSeen, write: (firstSeen) => kept.note({ firstSeen: { ...firstSeen } }) },
  }
}

/** For a chain beside the watched one, whose answers are asked for anew each time. */
export const nothingKept: L1Memory = {
  operators: () => [],
  keepOperators: () => undefined,
  moves: () => [],
  keepMoves: () => undefined,
  logSpan: () => null,
  keepLogSpan: () => undefined,
}
