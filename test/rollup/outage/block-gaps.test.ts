// The longest time between two blocks of a span, found with few questions: never shorter than it is, whatever the chain did.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { longestGap } from '../../../src/rollup/outage/block-gaps.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

const { signal } = new AbortController()
const began = 1_700_000_000
/** Time of each block, by number. */
let times: readonly number[] = []
let hidden: ReadonlySet<number> = new Set()
let server: RpcServer

beforeAll(async () => {
  server = await startRpcServer(
    answerWith({
      eth_getBlockByNumber: ([height]) => {
        const number = Number(height)
        const time = hidden.has(number) ? undefined : times[number]
        return time === undefined ? null : { number: height, timestamp: `0x${time.toString(16)}` }
      },
    }),
  )
})
afterAll(() => server?.stop())

function chainOf(gaps: readonly number[]): readonly number[] {
  let time = began
  return [
    time,
    ...gaps.map((gap) => {
      time += gap
      return time
    }),
  ]
}

const at = (number: number) => ({ number, time: times[number] as number })

function search(from: number, until: number, atLeast: number) {
  const endpoint = createRpcEndpoint({ name: 'node', url: server.url, timeoutMs: 5000 })
  return longestGap({ endpoint, from: at(from), head: at(times.length - 1), until, atLeast, signal })
}

/** By reading every block: gaps that begin in the span. */
function longestByHand(from: number, until: number): number {
  const gaps = times.slice(from + 1).map((time, index) => ({ time, after: times[from + index] as number }))
  return Math.max(0, ...gaps.filter(({ after }) => after < until).map(({ time, after }) => time - after))
}

it('finds the pause among thousands of blocks, where it began and how long it was, with few questions', async () => {
  const gaps = Array.from({ length: 5000 }, (_, number) => (number === 2345 ? 2220 : 1))
  times = chainOf(gaps)
  const before = server.requests.length
  const found = await search(100, began + 20_000, 600)
  expect(found).toEqual({ after: at(2345), seconds: 2220 })
  expect(server.requests.length - before).toBeLessThanOrEqual(9)
})

it('looks no further than the span', async () => {
  times = chainOf(Array.from({ length: 3000 }, (_, number) => (number === 2500 ? 4000 : 1)))
  expect((await search(100, began + 1000, 300))?.seconds).toBeLessThan(300)
})

it('says nothing when a block could not be read', async () => {
  times = chainOf(Array.from({ length: 3000 }, (_, number) => (number === 1500 ? 1200 : 1)))
  hidden = new Set(Array.from({ length: 400 }, (_, index) => 1400 + index))
  expect(await search(100, began + 4000, 300)).toBeNull()
  hidden = new Set()
})

it('agrees with reading every block', async () => {
  let compared = 0
  const gap = fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.integer({ min: 5, max: 3000 }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(gap, { minLength: 50, maxLength: 400 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 100, max: 5000 }),
      fc.integer({ min: 60, max: 900 }),
      async (gaps, from, seconds, atLeast) => {
        times = chainOf(gaps)
        const until = at(from).time + seconds
        const found = await search(from, until, atLeast)
        if (found === null) return
        compared += 1
        const longest = longestByHand(from, Math.min(until, times.at(-1) as number))
        if (longest >= atLeast) expect(found.seconds).toBe(longest)
        else expect(found.seconds).toBeGreaterThanOrEqual(longest)
      },
    ),
    { numRuns: 100 },
  )
  expect(compared).toBeGreaterThan(50)
}, 60_000)
