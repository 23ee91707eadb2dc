// How many requests may be under way at the same time: who comes later waits for a slot, first come first served.

export interface Gate {
  /** A function that frees the slot again, or null when the deadline came first. */
  enter(signal: AbortSignal): Promise<(() => void) | null>
}

export function createGate(slots: number): Gate {
  let free = slots
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    // The slot goes straight to whoever waits longest; nobody can slip in between.
    if (next === undefined) free += 1
    else next()
  }
  return {
    enter(signal) {
      if (signal.aborted) return Promise.resolve(null)
      if (free > 0) {
        free -= 1
        return Promise.resolve(leave)
      }
      return new Promise((resolve) => {
        const take = () => {
          signal.removeEventListener('abort', giveUp)
          resolve(leave)
        }
        const giveUp = () => {
          waiting.splice(waiting.indexOf(take), 1)
          resolve(null)
        }
        waiting.push(take)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
