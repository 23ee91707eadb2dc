// The fake's clock and ids: time can be moved forward, and ids carry their time as Discord's do.

const discordEpoch = 1_420_070_400_000n

export interface FakeClock {
  now(): number
  advance(milliseconds: number): void
  /** A new id; later ones are greater. */
  snowflake(): string
}

export function createClock(start: () => number = Date.now): FakeClock {
  let ahead = 0
  let count = 0n
  const now = (): number => start() + ahead
  return {
    now,
    advance(milliseconds) {
      ahead += milliseconds
    },
    snowflake() {
      count += 1n
      return (((BigInt(Math.floor(now())) - discordEpoch) << 22n) | (count & 0x3fffffn)).toString()
    },
  }
}
