// One excited person or channel can't starve the rest, and is told once.

import { expect, it } from 'vitest'
import { createRateLimiter } from '../../src/core/rate-limit.ts'

const limits = { person: { burst: 3, refillMs: 1000 }, place: { burst: 5, refillMs: 1000 } }

it('tells a person who is over the limit once, then stays silent until the budget refills', () => {
  const limiter = createRateLimiter(limits)
  const decisions = [0, 1, 2, 3, 4, 5].map((at) => limiter.decide('mei', 'a', at))
  expect(decisions).toEqual(['go', 'go', 'go', 'tell', 'silent', 'silent'])
  expect(limiter.decide('mei', 'a', 2000)).toBe('go')
})

it('lets others go on in another place, and counts a place as a whole', () => {
  const limiter = createRateLimiter(limits)
  const crowd = ['a', 'b', 'c', 'd', 'e', 'f'].map((person) => limiter.decide(person, 'noisy', 0))
  expect(crowd).toEqual(['go', 'go', 'go', 'go', 'go', 'tell'])
  expect(limiter.decide('g', 'quiet', 0)).toBe('go')
})

it('does not break when the clock goes back', () => {
  const limiter = createRateLimiter(limits)
  expect(limiter.decide('mei', 'a', 10_000)).toBe('go')
  expect(limiter.decide('mei', 'a', 0)).toBe('go')
})
