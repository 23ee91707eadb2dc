// Interaction tokens by the message they can edit: the way in where the bot itself can't see the channel.

/** Discord keeps a token for 15 minutes; we stop trusting it a little earlier. */
const lifeMs = 14.5 * 60 * 1000
const mostMessages = 1000

export interface TokenEntry {
  readonly application: string
  readonly token: string
  /** `@original` for the message whose button was pressed, else the message's own id. */
  readonly target: string
}

export interface TokenBook {
  /** Starts the token's 15 minutes. */
  arrived(token: string): void
  isAlive(token: string): boolean
  remember(message: string, entry: TokenEntry): void
  /** Null when there is none, or its time is over. */
  find(message: string): TokenEntry | null
}

/** `now` in milliseconds; any clock that only goes forward. */
export function createTokenBook(now: () => number): TokenBook {
  const born = new Map<string, number>()
  const entries = new Map<string, TokenEntry>()
  const sweep = () => {
    for (const [token, at] of born) {
      if (now() - at <= lifeMs) break
      born.delete(token)
    }
  }
  const isAlive = (token: string) => now() - (born.get(token) ?? Number.NEGATIVE_INFINITY) <= lifeMs
  return {
    arrived(token) {
      sweep()
      born.set(token, now())
    },
    isAlive,
    remember(message, entry) {
      entries.delete(message)
      entries.set(message, entry)
      const oldest = entries.keys().next().value
      if (entries.size > mostMessages && oldest !== undefined) entries.delete(oldest)
    },
    find(message) {
      const entry = entries.get(message)
      return entry && isAlive(entry.token) ? entry : null
    },
  }
}
