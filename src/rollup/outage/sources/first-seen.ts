// When something was seen for the first time by this process: for waits whose beginning no source tells.

export interface FirstSeen {
  /** Unix seconds of the first call with this name. */
  since(name: string): number
}

/** More than people ask about in one incident; then the oldest goes. */
const mostNames = 500

export function createFirstSeen(now: () => Date): FirstSeen {
  const seen = new Map<string, number>()
  return {
    since(name) {
      const known = seen.get(name)
      if (known !== undefined) return known
      const [oldest] = seen.keys()
      if (seen.size >= mostNames && oldest !== undefined) seen.delete(oldest)
      const at = now().getTime() / 1000
      seen.set(name, at)
      return at
    },
  }
}
