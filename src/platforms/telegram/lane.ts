// A lane of handlers running beside the polling: so many at once, the others wait in line.

export interface Lane {
  /** Starts the job now, or when one before it ends. Jobs must not reject. */
  run(job: () => Promise<void>): void
  /** Resolves when the line is short enough to take more. */
  room(): Promise<void>
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>
}

export function createLane(width: number, longestLine: number): Lane {
  const line: (() => Promise<void>)[] = []
  let running = 0
  let watchers: { ready(): boolean; resolve(): void }[] = []

  function start(job: () => Promise<void>): void {
    running += 1
    void job().finally(() => {
      running -= 1
      const next = line.shift()
      if (next) start(next)
      const done = watchers.filter((watcher) => watcher.ready())
      watchers = watchers.filter((watcher) => !done.includes(watcher))
      for (const watcher of done) watcher.resolve()
    })
  }

  function until(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve()
    return new Promise((resolve) => {
      watchers.push({ ready, resolve })
    })
  }

  return {
    run(job) {
      if (running < width) start(job)
      else line.push(job)
    },
    room: () => until(() => line.length < longestLine),
    idle: () => until(() => running === 0),
  }
}
