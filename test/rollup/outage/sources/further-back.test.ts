// Which blocks of L1 are still to be searched for requests, from the newest L2 block and the slots of L1.

import { expect, it } from 'vitest'
import { type BackQuestion, furtherBack, withoutDoubtful } from '../../../../src/rollup/outage/sources/l1-requests.ts'

const now = 1_700_000_000
const head = { number: 20_000, time: now }
const start = { number: 19_001, time: now - 999 * 12 }
const question = (stoppedSeconds: number | null, more: Partial<BackQuestion> = {}): BackQuestion => ({
  ...{ waiting: 3, start, head, from: start.number, span: 1000, brief: false },
  newestL2: async () => (stoppedSeconds === null ? null : now - stoppedSeconds),
  ...more,
})
const ranges = async (one: BackQuestion) => (await furtherBack(one)).ranges

it('is nothing where the usual search reaches the newest block, or nobody can wait', async () => {
  expect(await ranges(question(10))).toEqual([])
  expect(await ranges(question(999 * 12))).toEqual([])
  expect(await ranges(question(30_000, { waiting: 0 }))).toEqual([])
  expect(await ranges(question(null))).toEqual([])
  expect(await ranges(question(30_000, { start: null }))).toEqual([])
  expect(await ranges(question(30_000, { from: 0 }))).toEqual([])
})

it('reaches the newest block and a little more, without a gap, whatever a range may hold', async () => {
  for (const span of [1000, 250]) {
    const found = await ranges(question(6 * 3600, { span }))
    expect(found.at(-1)?.to).toBe(start.number - 1)
    for (const [at, { from }] of found.entries()) if (at > 0) expect(from).toBe((found[at - 1]?.to ?? 0) + 1)
    expect(Math.max(...found.map(({ from, to }) => to - from + 1))).toBeLessThanOrEqual(span)
    const lowest = found[0]?.from ?? 0
    expect(lowest).toBeLessThan(head.number - (6 * 3600) / 12)
    expect(lowest).toBeGreaterThan(head.number - (7 * 3600) / 12)
  }
})

it('stops after so many ranges, after fewer beside a report, and at the first block', async () => {
  expect(await ranges(question(1e6))).toHaveLength(10)
  expect(await ranges(question(1e6, { brief: true }))).toHaveLength(1)
  const young = { start: { number: 500, time: now - 999 * 12 }, head: { number: 1499, time: now }, from: 500 }
  expect(await ranges(question(1e6, young))).toEqual([{ from: 0, to: 499 }])
})

it('goes by the slots of this L1, not by those of Ethereum', async () => {
  const fast = { start: { number: 19_001, time: now - 999 } }
  const [first] = await ranges(question(1999, fast))
  expect(first?.from).toBeLessThan(head.number - 1999)
})

it('gives no time to a request that may have come just before the newest block or just after it', () => {
  const event = (block: number, time: number | null) => ({
    event: { kind: 'priority-request' as const, priorityId: '1', l2Hash: '0x', from: '0x', to: '0x', value: '0' },
    ...{ block, time, hash: null },
  })
  const told = [event(1, null), event(2, null), event(3, now + 5)]
  const timed = [event(1, now - 500), event(2, now + 5), event(3, now + 5)]
  expect(withoutDoubtful(timed, told, now).map(({ time }) => time)).toEqual([now - 500, null, now + 5])
})
