// Interaction tokens by the message they can edit: the way in where the bot itself can't see the channel.

/** Discord keeps a token for 15 minutes; we stop trusting it a little earlier. */
const lifeMs = 14.5 * 60 * 1000
const mostMessages = 1000

export interface InteractionToken {
  readonly application: string
  readonly token: string
  /** When the interaction reached us, in milliseconds. */
  readonly receivedAt: number
}

export interface TokenEntry {
  readonly key: InteractionToken
  /** `@original` for the message whose button was pressed, else the message's own id. */
  readonly target: string
}

export interface TokenBook {
  isAlive(key: InteractionToken): boolean
  remember(message: string, entry: TokenEntry): void
  /** Null when there is none, or its time is over. */
  find(message: string): TokenEntry | null
}

export function createTokenBook(now: () => number): TokenBook {
  const entries = new Map<string, TokenEntry>()
  const isAlive = (key: InteractionToken) => now() - key.receivedAt <= lifeMs
  return {
    isAlive,
    remember(message, entry) {
      entries.delete(message)
      entries.set(message, entry)
      const oldest = entries.keys().next().value
      if (entries.size > mostMessages && oldest !== undefined) entries.delete(oldest)
    },
    find(message) {
      const entry = entries.get(message)
      return entry && isAlive(entry.key) ? entry : null
    },
  }
}
