// Old endpoint or wrong local clock: who may be believed about the time.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HeadAge, headFinding, judgeHead, knowsTheNewest, oldHeadMs } from '../../../src/rollup/l1/l1-head.ts'

const local = Date.parse('2026-01-01T12:00:00Z')
const minute = 60_000

describe('how old an L1 head is', () => {
  const cases: readonly (readonly [string, { head: number; l2?: number; l1?: number }, HeadAge])[] = [
    ['twelve seconds old', { head: -0.2 }, 'fresh'],
    ['two minutes old, the last moment that is still fresh', { head: -2 }, 'fresh'],
    ['an hour old, and L2 blocks are new', { head: -60, l2: -0.1 }, 'old'],
    [
      'an hour old, and the newest L2 block is as old: the local clock is wrong',
      { head: -60, l2: -60.5 },
      'local-clock',
    ],
    [
      'an hour old, and the newest L2 block is a little newer: still the local clock',
      { head: -60, l2: -59 },
      'local-clock',
    ],
    ['an hour old, and a quiet L2 made its last block long before: nobody can tell', { head: -60, l2: -600 }, 'unsure'],
    ['an hour old, and no L2 time is known', { head: -60 }, 'unsure'],
    ['from the future: blocks can’t be, the local clock is slow', { head: 5 }, 'local-clock'],
    ['half a minute ahead is tolerated', { head: 0.4 }, 'fresh'],
    ['an hour behind another L1 endpoint', { head: -60, l1: 0, l2: -60 }, 'old'],
    ['fresh by a local clock that is an hour slow, but behind another endpoint', { head: 0, l1: 60 }, 'old'],
  ]
  for (const [what, { head, l2, l1 }, age] of cases) {
    it(`${what}: ${age}`, () => {
      const headMs = local + head * minute
      const newestL2Ms = l2 === undefined ? null : local + l2 * minute
      const newestL1Ms = Math.max(headMs, local + (l1 ?? head) * minute)
      expect(judgeHead({ headMs, localMs: local, newestL2Ms, newestL1Ms })).toBe(age)
    })
  }

  const anyTime = fc.integer({ min: -1e9, max: 1e9 })

  it('is never called old on the local clock’s word alone', () => {
    fc.assert(
      fc.property(anyTime, fc.option(anyTime), (ago, l2) => {
        const headMs = local - ago
        const newestL2Ms = l2 === null ? null : local - l2
        const age = judgeHead({ headMs, localMs: local, newestL2Ms, newestL1Ms: headMs })
        if (age === 'old') expect((newestL2Ms ?? Number.NaN) - headMs).toBeGreaterThan(oldHeadMs)
      }),
    )
  })

  it('says what to do, with the time of the block', () => {
    const facts = { headMs: local - 60 * minute, localMs: local, newestL2Ms: local, newestL1Ms: local - 60 * minute }
    expect(headFinding('l1-a', 'old', facts)?.text).toContain('2026-01-01T11:00:00Z')
    expect(headFinding('l1-a', 'local-clock', facts)?.text).toContain('3600 s off')
    expect(headFinding('l1-a', 'fresh', facts)).toBeNull()
  })

  it('only a head that is surely not old may say that something is missing', () => {
    const ages: readonly HeadAge[] = ['fresh', 'local-clock', 'old', 'unsure']
    expect(ages.filter(knowsTheNewest)).toEqual(['fresh', 'local-clock'])
  })
})
