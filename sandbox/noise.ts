// What no real chain is without: blocks that come sooner or later, L1 slots without a block, slow answers, lost requests.

import { createRandom, type Random } from './model/random.ts'

export interface Noise {
  /** A block comes sooner or later than usual by up to this share of its usual time. */
  readonly jitter: number
  /** Share of L1's slots in which no block comes. */
  readonly missedSlots: number
  /** Share of requests whose connection breaks without an answer. */
  readonly lost: number
  /** Longest delay of an answer; every delay up to it is as likely. */
  readonly latencyMs: number
}

/** An ordinary day on public endpoints. */
export const ordinaryNoise: Noise = { jitter: 0.5, missedSlots: 0.03, lost: 0.02, latencyMs: 150 }

/** How long until the next block, in whole seconds. */
export interface BlockTimes {
  l2(usual: number): number
  l1(usual: number): number
}

export const evenBlockTimes: BlockTimes = { l2: (usual) => usual, l1: (usual) => usual }

export function unevenBlockTimes({ jitter, missedSlots }: Noise, seed: string): BlockTimes {
  const random = createRandom(`${seed}/block-times`)
  return {
    l2(usual) {
      const away = Math.floor(usual * jitter)
      return Math.max(1, random.between(usual - away, usual + away))
    },
    l1: (usual) => (random.next() < missedSlots ? 2 * usual : usual),
  }
}

/** What the network does to one request. */
export interface Weather {
  next(): { readonly lost: boolean; readonly delayMs: number }
}

export const clearWeather: Weather = { next: () => ({ lost: false, delayMs: 0 }) }

/** Each server has its own dice, so that what one is asked does not change what happens to another. */
export function roughWeather({ lost, latencyMs }: Noise, seed: string): Weather {
  const random: Random = createRandom(`${seed}/weather`)
  return { next: () => ({ lost: random.next() < lost, delayMs: random.between(0, latencyMs) }) }
}
