// Where to look on a chain of any length: over the last days, and at the same places the next time.

import { describe, expect, it } from 'vitest'
import { spreadOver, stepsBack, windowStart } from '../../../src/rollup/outage/spread.ts'

const day = 86_400
const steady = (newest: number, seconds: number) =>
  stepsBack(newest).map((number) => ({ number, time: 1_780_000_000 - (newest - number) * seconds }))

describe('the last days of a chain', () => {
  it.each([
    [70_000_000, 1],
    [500_000, 1200],
    [4_000, 600],
  ])('begin at the right one of %i, one each %i s', (newest, seconds) => {
    expect(windowStart(steady(newest, seconds), 7, 28)).toBe(newest - Math.round((7 * day) / seconds))
  })

  it('reach further back where there are few, and to the first where there are fewer', () => {
    expect(windowStart(steady(900, day), 7, 28)).toBe(900 - 28)
    expect(windowStart(steady(12, day), 7, 28)).toBe(1)
    expect(windowStart([], 7, 28)).toBeNull()
  })

  it('end where a node has pruned what was before', () => {
    const left = steady(500_000, 60).filter(({ number }) => number >= 499_000)
    expect(windowStart(left, 7, 28)).toBe(499_488)
  })
})

describe('numbers to look at', () => {
  it.each([
    [1, 12, 12],
    [1, 28, 28],
    [1000, 1060, 31],
    [480_000, 500_000, 39],
    [69_395_200, 70_000_000, 37],
  ])('from %i to %i are neither too few nor too many', (first, last, count) => {
    const numbers = spreadOver(first, last, 28)
    expect(numbers).toHaveLength(count)
    expect(new Set(numbers).size).toBe(count)
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(first)
    expect(Math.max(...numbers)).toBeLessThanOrEqual(last)
  })

  it('cover the whole span with their first half', () => {
    const numbers = spreadOver(480_000, 500_000, 28)
      .slice(0, 20)
      .toSorted((a, b) => a - b)
    const gaps = numbers.slice(1).map((number, at) => number - (numbers[at] as number))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1024)
    expect((numbers.at(-1) as number) - (numbers[0] as number)).toBeGreaterThan(18_000)
  })

  it('stay the same when the chain grows a little', () => {
    const before = spreadOver(480_000, 500_000, 28)
    const after = new Set(spreadOver(480_100, 500_100, 28))
    expect(before.filter((number) => !after.has(number)).length).toBeLessThanOrEqual(1)
  })
})
