// When something was seen for the first time: for waits whose beginning no source tells. Kept, so that asking twice from the shell counts.

export interface FirstSeen {
  /** Unix seconds of the first call with this name. */
  since(name: string): number
}

/** Where it outlives the process: Unix seconds by name. */
export interface FirstSeenMemory {
  read(): Readonly<Record<string, number>>
  write(seen: Readonly<Record<string, number>>): void
}

/** More than people ask about in one incident; then the oldest goes. */
const mostNames = 100
/** What somebody waited for yesterday is another incident. */
const goodForSeconds = 86_400

export function createFirstSeen(now: () => Date, memory: FirstSeenMemory = inProcess()): FirstSeen {
  return {
    since(name) {
      const at = now().getTime() / 1000
      const fresh = Object.entries(memory.read()).filter(([, since]) => at - since < goodForSeconds && since <= at)
      const known = fresh.find(([seen]) => seen === name)
      if (known !== undefined) return known[1]
      const newestFirst = [[name, at] as const, ...fresh.toSorted(([, a], [, b]) => b - a)]
      memory.write(Object.fromEntries(newestFirst.slice(0, mostNames)))
      return at
    },
  }
}

function inProcess(): FirstSeenMemory {
  let seen: Readonly<Record<string, number>> = {}
  return {
    read: () => seen,
    write(next) {
      seen = next
    },
  }
}
