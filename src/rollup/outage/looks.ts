// Everything that was asked and what came back, as the answer is made of it. Types only.

import type { OutageSettings } from '../../config.ts'
import type { ExplorerObservation } from './facts.ts'
import type { DatabaseLook } from './sources/database.ts'
import type { SettledLook } from './sources/gateway.ts'
import type { L1Look } from './sources/l1.ts'
import type { BlockTime, L2Look } from './sources/l2.ts'
import type { ProbeLook } from './sources/probe-account.ts'
import type { LearnedGaps } from './usual.ts'
import type { Waits } from './waits.ts'

export interface Looks {
  readonly chain: string
  readonly settings: OutageSettings
  readonly tx: string | null
  readonly l2: readonly L2Look[]
  readonly explorers: readonly ExplorerObservation[]
  /** Null: not configured. */
  readonly l1: SettledLook | null
  readonly gateway: L1Look | null
  readonly database: DatabaseLook | null
  /** Null: not configured. */
  readonly probe: ProbeLook | null
  readonly waits: Waits | null
  readonly history: readonly BlockTime[]
  /** What the node's answers say is usual; null: nothing was asked. */
  readonly learned: LearnedGaps | null
  /** When what is known beforehand was noted, where it came from an earlier run; null: it did not. */
  readonly notedAt: Date | null
  readonly checkedAt: Date
}
