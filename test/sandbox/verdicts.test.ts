// /is-chain-down against injected faults: a few of the outages that `npm run verdicts` goes through in full, and the truth itself.

import { describe, expect, inject, it } from 'vitest'
import type { Faults } from '../../sandbox/faults.ts'
import { type BotName, bots, caseNamed, faultPairs, singleFaults } from '../../sandbox/verdicts/cases.ts'
import { injectAll } from '../../sandbox/verdicts/run.ts'
import { type Injected, truthOf } from '../../sandbox/verdicts/truth.ts'
import { fixedNow } from './support.ts'

const chosen = [
  'explorer stuck',
  'external RPC stuck',
  'mempool accepting, named',
  'every L1 down',
  'frozen',
  'every RPC stuck',
  'every RPC down',
  'explorer stuck + external RPC stuck',
]

it('tells what was injected, one fault and two at a time', { timeout: 240_000 }, async () => {
  const settings = {
    seed: 'fixed',
    chain: 'era',
    now: fixedNow,
    postgresUrl: inject('postgresUrl'),
    calm: true,
    // Nothing moves while a bot asks.
    sampleSpacingMs: 5,
  } as const
  const answers = await injectAll(chosen.map(caseNamed), settings)
  expect(answers.length).toBeGreaterThan(30)
  const said = answers.map(({ name, bot, got }) => [name, bot, got])
  expect(said).toEqual(answers.map(({ name, bot, expected }) => [name, bot, expected[0]]))
})

describe('the truth that answers are measured against', () => {
  const truth = (faults: Partial<Faults>, seconds: number, bot: BotName, more: Partial<Injected> = {}) => {
    const injected = { faults, seconds, chain: 'era', namesTransaction: false, ...more } as const
    return truthOf(injected, bots[bot].view).map(({ verdict, headline }) => `${verdict} ${headline}`)
  }

  it.each<[string, Partial<Faults>, number, BotName, string]>([
    ['nothing', {}, 60, 'operator', 'up healthy'],
    ['an explorer stuck', { explorer: 'stuck' }, 500, 'observer', 'up explorer-lagging'],
    ['the other explorer stuck', { 'second-explorer': 'stuck' }, 500, 'observer with one of each', 'up healthy'],
    ['a halt, seen in the database', { sequencer: 'halted' }, 500, 'operator', 'down sequencer-stalled'],
    ['a halt, a deposit still young', { sequencer: 'halted' }, 500, 'observer', 'unknown too-few-witnesses'],
    ['a halt, a deposit left unserved', { sequencer: 'halted' }, 1500, 'observer', 'down sequencer-stalled'],
    [
      'a halt behind a stuck explorer',
      { sequencer: 'halted', explorer: 'stuck' },
      500,
      'operator',
      'down sequencer-stalled',
    ],
    ['a halt without L1', { sequencer: 'halted', l1: 'down' }, 1500, 'operator', 'unknown l1-unreachable'],
    ['a halt that nobody minds', { sequencer: 'unwanted' }, 900, 'operator', 'up idle'],
    ['the only RPC stuck', { 'main-rpc': 'stuck' }, 500, 'observer with one of each', 'unknown rpc-lagging'],
    ['one RPC of three stuck', { 'main-rpc': 'stuck' }, 500, 'observer', 'degraded rpc-lagging'],
    [
      'every RPC stuck as the chain went quiet',
      { rpcs: 'stuck', traffic: 'quiet' },
      900,
      'operator',
      'unknown rpc-lagging',
    ],
    ['frozen on a quiet chain', { frozen: true, traffic: 'quiet' }, 900, 'operator', 'degraded frozen'],
    ['no RPC, explorers are well', { rpcs: 'down' }, 20, 'observer', 'degraded l2-unreachable'],
    ['no RPC, nobody sends', { rpcs: 'down', traffic: 'quiet' }, 900, 'operator', 'unknown l2-unreachable'],
  ])('%s', (_, faults, seconds, bot, expected) => {
    expect(truth(faults, seconds, bot)).toEqual([expected])
  })

  it('depends on who asks: a named transaction is demand, and two operators are witnesses', () => {
    const named = { namesTransaction: true }
    expect(truth({ sequencer: 'accepting' }, 500, 'observer', named)).toEqual(['unknown too-few-witnesses'])
    expect(truth({ sequencer: 'accepting' }, 500, 'observer of two operators', named)).toEqual([
      'down sequencer-stalled',
    ])
    expect(truth({ sequencer: 'accepting' }, 500, 'operator')).toEqual(['down sequencer-stalled'])
  })

  it('leaves open whether an uneven balancer shows in one sample or in two', () => {
    expect(truth({ balancer: 'uneven' }, 60, 'observer')).toEqual(['up healthy', 'degraded rpc-lagging'])
  })

  it('has at least sixty single faults and sixty pairs, each with a name of its own', () => {
    expect(singleFaults.length).toBeGreaterThanOrEqual(60)
    expect(faultPairs.length).toBeGreaterThanOrEqual(60)
    const names = [...singleFaults, ...faultPairs].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
