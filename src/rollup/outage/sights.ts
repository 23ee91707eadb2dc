// Who has shown a block by now: what follows from a first sight need not wait for the other nodes.

import { deferred } from '../../core/deferred.ts'
import type { FirstSight } from './sources/l2.ts'

export interface Sights {
  see(sight: FirstSight): void
  end(): void
  /** Of those that have been seen by now, once there is one; null: there is none. */
  best(): Promise<FirstSight | null>
  /** Time of the newest block of those that have been seen by now. */
  newest(): Promise<number | null>
}

export function createSights(chainId: number | null): Sights {
  const seen: FirstSight[] = []
  const any = deferred<FirstSight>()
  return {
    see(sight) {
      if (chainId !== null && sight.chainId !== chainId) return
      seen.push(sight)
      any.resolve(sight)
    },
    end: any.end,
    async best() {
      await any.value
      const order = (a: FirstSight, b: FirstSight) =>
        (b.sealedBatch ?? -1) - (a.sealedBatch ?? -1) || b.head.number - a.head.number
      return seen.toSorted(order)[0] ?? null
    },
    async newest() {
      await any.value
      return seen.length === 0 ? null : Math.max(...seen.map(({ head }) => head.time))
    },
  }
}
