// /is-chain-down against injected faults: a few of the outages that `npm run verdicts` goes through in full.

import { expect, inject, it } from 'vitest'
import { injectAll, pairs, single, truthOf } from '../../sandbox/verdicts.ts'
import { fixedNow } from './support.ts'

const chosen = [
  'explorer stuck',
  'one RPC stuck',
  'sequencer halted',
  'L1 down',
  'frozen',
  'every RPC stuck',
  'every RPC down',
]

it('tells what was injected, one fault and two at a time', { timeout: 240_000 }, async () => {
  const cases = Object.fromEntries([
    ...chosen.map((name) => [name, single[name]]),
    ...['explorer stuck + one RPC stuck'].map((name) => [name, pairs[name]]),
  ])
  const answers = await injectAll(cases, { seed: 'fixed', now: fixedNow, postgresUrl: inject('postgresUrl') })
  expect(answers.map(({ name, got }) => [name, got])).toEqual(answers.map(({ name, expected }) => [name, expected]))
})

it('takes the truth from the faults, the more serious one first', () => {
  expect(truthOf({})).toEqual({ verdict: 'up', headline: 'healthy' })
  expect(truthOf({ sequencer: 'halted', explorer: 'stuck' })).toEqual({
    verdict: 'down',
    headline: 'sequencer-stalled',
  })
  expect(truthOf({ sequencer: 'halted', l1: 'down' })).toEqual({ verdict: 'unknown', headline: 'l1-unreachable' })
  expect(Object.keys(single).length).toBeGreaterThanOrEqual(20)
  expect(Object.keys(pairs).length).toBeGreaterThanOrEqual(60)
})
