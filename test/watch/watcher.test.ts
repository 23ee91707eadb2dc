// The watcher's beats, on a clock the test moves.

import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createWatcher } from '../../src/watch/watcher.ts'

const log = pino({ level: 'silent' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

it('runs each check on its own beat, and goes on after one that fails', async () => {
  const ran: string[] = []
  const watcher = createWatcher({
    log,
    mayRun: () => true,
    checks: [
      { name: 'fast', everyMs: 10, run: async () => void ran.push('fast') },
      {
        name: 'broken',
        everyMs: 25,
        run: async () => {
          ran.push('broken')
          throw new Error('no')
        },
      },
    ],
  })
  watcher.start()
  await vi.advanceTimersByTimeAsync(50)
  expect(ran.filter((name) => name === 'fast')).toHaveLength(5)
  expect(ran.filter((name) => name === 'broken')).toHaveLength(2)
  await watcher.stop()
  await vi.advanceTimersByTimeAsync(100)
  expect(ran).toHaveLength(7)
})

it('does nothing while another copy holds the lease', async () => {
  let mine = false
  let runs = 0
  const count = async () => {
    runs += 1
  }
  const check = { name: 'one', everyMs: 10, run: count }
  const watcher = createWatcher({ log, mayRun: () => mine, checks: [check] })
  watcher.start()
  await vi.advanceTimersByTimeAsync(30)
  expect(runs).toBe(0)
  mine = true
  await vi.advanceTimersByTimeAsync(10)
  expect(runs).toBe(1)
  await watcher.stop()
})

it('never runs a check twice at once, and aborts it when stopping', async () => {
  let started = 0
  let aborted = false
  const watcher = createWatcher({
    log,
    mayRun: () => true,
    checks: [
      {
        name: 'slow',
        everyMs: 1_000_000,
        run: (signal) =>
          new Promise((resolve) => {
            started += 1
            signal.addEventListener('abort', () => {
              aborted = true
              resolve()
            })
          }),
      },
    ],
  })
  watcher.start()
  await vi.advanceTimersByTimeAsync(3_000_000)
  expect(started).toBe(1)
  await watcher.stop()
  expect(aborted).toBe(true)
})
