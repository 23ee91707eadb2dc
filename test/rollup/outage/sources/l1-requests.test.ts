// Which priority requests on L1 are worth the question when they came, however many there are.

import { expect, it } from 'vitest'
import { requestsWorthATime } from '../../../../src/rollup/outage/sources/l1-events.ts'

const head = 1000

it('asks for the newest, and for the newest that a node must have served by now', () => {
  expect(requestsWorthATime([], head)).toEqual([])
  expect(requestsWorthATime([990], head)).toEqual([990])
  expect(requestsWorthATime([200, 890, 990], head)).toEqual([200, 890, 990, 890, 200, 200, 200, 200])
})

it('does not lose the old ones among many new ones: one a block for an hour', () => {
  const blocks = Array.from({ length: 300 }, (_, at) => head - 299 + at)
  expect(requestsWorthATime(blocks, head)).toEqual([998, 999, 1000, 900, 850, 750])
})
