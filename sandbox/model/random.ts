// Numbers and hashes that look random and are the same for the same seed.

import { id } from 'ethers'

export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [from, to]. */
  between(from: number, to: number): number
  /** 32 bytes that belong to a label. */
  hash(...label: readonly (string | number)[]): string
  /** 20 bytes that belong to a label. */
  address(...label: readonly (string | number)[]): string
}

export function createRandom(seed: string): Random {
  let state = Number.parseInt(id(seed).slice(2, 10), 16)
  const next = () => {
    // mulberry32: small, well spread, and nobody's money depends on it.
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const hash = (...label: readonly (string | number)[]) => id([seed, ...label].join('/'))
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    hash,
    address: (...label) => `0x${hash('address', ...label).slice(26)}`,
  }
}
