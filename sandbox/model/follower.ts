// How far somebody who copies the rollup has come: on time, a little late at each poll, far behind, or stopped.

import { asOf, type RollupView } from './as-of.ts'

export interface Follower {
  /** Everything up to this moment has been read; Unix seconds. */
  readUntil(): number
  view(): RollupView
  /** Stops where it is; goes on from the present when unset. */
  stuck(is: boolean): void
  /** Seconds it is behind on top of its ordinary delay. */
  lag(seconds: number): void
}

export interface FollowerSettings {
  readonly original: RollupView
  /** Until when the one it reads from has read: the clock, for who reads the chain itself. */
  readonly upstream: () => number
  readonly pollSeconds: number
  /** Between reading and showing. */
  readonly delaySeconds?: number
}

export function createFollower(settings: FollowerSettings): Follower {
  const { original, upstream, pollSeconds, delaySeconds = 0 } = settings
  let stuckAt: number | null = null
  let lag = 0
  let kept: { readonly at: number; readonly view: RollupView } | null = null
  const readUntil = () => stuckAt ?? Math.floor((upstream() - delaySeconds - lag) / pollSeconds) * pollSeconds
  return {
    readUntil,
    view() {
      const at = readUntil()
      if (kept?.at !== at) kept = { at, view: asOf(original, at) }
      return kept.view
    },
    stuck(is) {
      stuckAt = is ? (stuckAt ?? readUntil()) : null
    },
    lag(seconds) {
      lag = seconds
    },
  }
}
