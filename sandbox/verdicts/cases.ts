// The outages that are injected: faults alone and in pairs, and who is asked about each.

import type { FaultName, Faults } from '../faults.ts'
import type { Injected, View } from './truth.ts'

export interface Case extends Injected {
  readonly name: string
  readonly bots: readonly BotName[]
}

interface Bot {
  readonly view: View
  /** A running one has seen the chain well before; a fresh one is started after it went wrong. */
  readonly isFresh: boolean
}

const everything: View = {
  rpcs: ['main-rpc', 'external-rpc', 'balancer'],
  explorers: ['explorer', 'second-explorer'],
  l1: ['first-l1', 'second-l1'],
  database: true,
  operators: null,
}
const observer: View = { ...everything, database: false }
const oneOfEach: View = {
  rpcs: ['main-rpc'],
  explorers: ['explorer'],
  l1: ['first-l1'],
  database: false,
  operators: null,
}
const otherOfEach: View = {
  rpcs: ['external-rpc'],
  explorers: ['second-explorer'],
  l1: ['second-l1'],
  database: false,
  operators: null,
}
const twoOperators: View = {
  ...observer,
  rpcs: ['main-rpc', 'external-rpc'],
  operators: 'one=main-rpc+explorer,other=external-rpc+second-explorer',
}

export const bots = {
  operator: { view: everything, isFresh: false },
  'operator, just started': { view: everything, isFresh: true },
  observer: { view: observer, isFresh: false },
  'observer, just started': { view: observer, isFresh: true },
  'observer with one of each': { view: oneOfEach, isFresh: false },
  'observer with one of each, just started': { view: oneOfEach, isFresh: true },
  'observer with the others': { view: otherOfEach, isFresh: false },
  'observer of two operators': { view: twoOperators, isFresh: false },
} satisfies Readonly<Record<string, Bot>>

export type BotName = keyof typeof bots

const most: readonly BotName[] = ['operator', 'observer, just started', 'observer with one of each']

type Options = Partial<Pick<Case, 'chain' | 'namesTransaction' | 'bots'>>

function one(name: string, faults: Partial<Faults>, seconds: number, options: Options = {}): Case {
  return { name, faults, seconds, chain: 'era', namesTransaction: false, bots: most, ...options }
}

/** A request on L1 proves demand only after twenty minutes. */
const longHalt = 1500
const every: readonly BotName[] = [
  'operator',
  'operator, just started',
  'observer, just started',
  'observer with one of each',
  'observer with one of each, just started',
  'observer of two operators',
]
const others: readonly BotName[] = ['operator, just started', 'observer', 'observer with the others']
const operators: readonly BotName[] = ['operator', 'operator, just started']

const onEra: readonly Case[] = [
  one('nothing', {}, 60, { bots: every }),
  one('explorer stuck', { explorer: 'stuck' }, 500, { bots: every }),
  one('other explorer stuck', { 'second-explorer': 'stuck' }, 500, { bots: others }),
  one('explorer cached', { explorer: 'cached' }, 500),
  one('explorer behind a watermark', { explorer: 'watermark' }, 500),
  one('explorer slow', { explorer: 'slow' }, 20),
  one('explorer silent', { explorer: 'hanging' }, 20),
  one('explorer down', { explorer: 'down' }, 20),
  one('explorer with errors', { explorer: 'error' }, 20),
  one('explorer with a web page', { explorer: 'web-page' }, 20),
  one('explorer limited', { explorer: 'rate-limited' }, 20),
  one('main RPC stuck', { 'main-rpc': 'stuck' }, 500, { bots: every }),
  one('external RPC stuck', { 'external-rpc': 'stuck' }, 500, { bots: others }),
  one('main RPC lagging', { 'main-rpc': 'lagging' }, 60, { bots: ['operator', 'observer, just started'] }),
  one('external RPC lagging', { 'external-rpc': 'lagging' }, 60),
  one('balancer uneven', { balancer: 'uneven' }, 60),
  // Two tries of one endpoint may both fail, so that only who has others is asked.
  one('main RPC flapping', { 'main-rpc': 'flapping' }, 20, { bots: ['operator', 'observer, just started'] }),
  one('external RPC flapping', { 'external-rpc': 'flapping' }, 20, { bots: ['operator, just started', 'observer'] }),
  one('main RPC on another chain', { 'main-rpc': 'wrong-chain' }, 20, { bots: ['operator', 'observer'] }),
  one('external RPC on another chain', { 'external-rpc': 'wrong-chain' }, 20),
  one('main RPC down', { 'main-rpc': 'down' }, 20),
  one('external RPC down', { 'external-rpc': 'down' }, 20, { bots: others }),
  one('main RPC limited', { 'main-rpc': 'rate-limited' }, 20),
  one('main RPC slow', { 'main-rpc': 'slow' }, 20),
  one('external RPC silent', { 'external-rpc': 'hanging' }, 20, { bots: others }),
  one('external RPC with errors', { 'external-rpc': 'error' }, 20, { bots: others }),
  one('every RPC stuck', { rpcs: 'stuck' }, 600, { bots: every }),
  one('every RPC down', { rpcs: 'down' }, 20, { bots: every }),
  one('every RPC limited', { rpcs: 'rate-limited' }, 20),
  one('every RPC silent', { rpcs: 'hanging' }, 20),
  one('every RPC lagging', { rpcs: 'lagging' }, 600, { bots: operators }),
  one('sequencer halted', { sequencer: 'halted' }, 500, { bots: every }),
  one('sequencer halted for long', { sequencer: 'halted' }, longHalt, { bots: every }),
  one('mempool accepting', { sequencer: 'accepting' }, 500, { bots: operators }),
  one('mempool accepting, named', { sequencer: 'accepting' }, 500, { namesTransaction: true, bots: every }),
  one('halted and unwanted', { sequencer: 'unwanted' }, 900, { bots: every }),
  one('sequencer slow', { sequencer: 'slow' }, 300),
  one('nobody sends', { traffic: 'quiet' }, 900, { bots: every }),
  one('commits paused', { commits: 'paused' }, 700, { bots: every }),
  one('gas too dear', { commits: 'gas' }, 700),
  one('operator without ether', { commits: 'balance' }, 700),
  one('proofs halted', { proofs: 'halted' }, 1200, { bots: every }),
  one('executions halted', { execution: 'halted' }, 1200, { bots: every }),
  one('execution delay raised', { execution: 'delayed' }, 1000),
  one('frozen', { frozen: true }, 60, { bots: every }),
  one('reverted', { reverted: true }, 60, { bots: every }),
  one('on a Gateway', { gateway: true }, 60, { bots: every }),
  one('first L1 old', { 'first-l1': 'old' }, 300, { bots: every }),
  one('second L1 old', { 'second-l1': 'old' }, 300, { bots: others }),
  one('first L1 on another chain', { 'first-l1': 'wrong-chain' }, 20),
  one('second L1 down', { 'second-l1': 'down' }, 20, { bots: others }),
  one('first L1 limited', { 'first-l1': 'rate-limited' }, 20),
  one('first L1 silent', { 'first-l1': 'hanging' }, 20),
  one('first L1 flapping', { 'first-l1': 'flapping' }, 20, { bots: ['operator', 'observer, just started'] }),
  one('first L1 reorganised', { 'first-l1': 'reorg' }, 20),
  one('every L1 old', { l1: 'old' }, 300),
  one('every L1 down', { l1: 'down' }, 20, { bots: every }),
  one('every L1 limited', { l1: 'rate-limited' }, 20),
  one('every L1 silent', { l1: 'hanging' }, 20),
  one('every L1 reorganised', { l1: 'reorg' }, 20),
  one('clock ahead', { clock: 'ahead' }, 20, { bots: every }),
  one('clock behind', { clock: 'behind' }, 20, { bots: every }),
  // It cannot be undone, so that it comes last.
  one('commit failed', { commits: 'failed' }, 800, { bots: every }),
]

const onOs: readonly Case[] = (
  [
    ['nothing', {}, 60],
    ['explorer stuck', { explorer: 'stuck' }, 500],
    ['main RPC stuck', { 'main-rpc': 'stuck' }, 600],
    ['every RPC stuck', { rpcs: 'stuck' }, 900],
    ['every RPC down', { rpcs: 'down' }, 20],
    ['sequencer halted for long', { sequencer: 'halted' }, longHalt],
    ['nobody sends', { traffic: 'quiet' }, 900],
    ['commits paused', { commits: 'paused' }, 900],
    ['proofs halted', { proofs: 'halted' }, 1200],
    ['executions halted', { execution: 'halted' }, 1200],
    ['frozen', { frozen: true }, 60],
    ['reverted', { reverted: true }, 60],
    ['on a Gateway', { gateway: true }, 60],
    ['every L1 down', { l1: 'down' }, 20],
    ['clock behind', { clock: 'behind' }, 20],
  ] as const
).map(([name, faults, seconds]) =>
  one(`ZKsync OS: ${name}`, faults, seconds, {
    chain: 'zksync-os',
    bots: ['observer', 'observer, just started', 'observer with one of each'],
  }),
)

const onSlowChain: readonly Case[] = (
  [
    ['nothing', {}, 600],
    ['explorer stuck', { explorer: 'stuck' }, 1200],
    ['external RPC lagging', { 'external-rpc': 'lagging' }, 600],
    ['sequencer halted for long', { sequencer: 'halted' }, 2400],
    ['nobody sends', { traffic: 'quiet' }, 3600],
    ['commits paused', { commits: 'paused' }, 20_000],
    ['every L1 down', { l1: 'down' }, 60],
  ] as const
).map(([name, faults, seconds]) =>
  one(`hour-long batches: ${name}`, faults, seconds, { chain: 'slow', bots: ['operator', 'observer, just started'] }),
)

export const singleFaults: readonly Case[] = [...onEra, ...onOs, ...onSlowChain]

const onL1: readonly FaultName[] = ['frozen', 'reverted', 'gateway', 'commits', 'proofs', 'execution']
const nodes: readonly FaultName[] = ['rpcs', 'main-rpc', 'external-rpc']

const paired = [
  'explorer stuck',
  'external RPC stuck',
  'main RPC down',
  'every RPC stuck',
  'every RPC down',
  'sequencer halted for long',
  'nobody sends',
  'commits paused',
  'proofs halted',
  'executions halted',
  'frozen',
  'reverted',
  'on a Gateway',
  'first L1 old',
  'every L1 down',
  'clock ahead',
]

/** Every two of these that leave the truth clear, asked of a running bot that sees everything and of a new one that sees less. */
export const faultPairs: readonly Case[] = paired.flatMap((first, at) =>
  paired.slice(at + 1).flatMap((second): Case[] => {
    const [a, b] = [named(first, singleFaults), named(second, singleFaults)]
    if (!isClear(a.faults, b.faults)) return []
    const both = { faults: { ...a.faults, ...b.faults }, seconds: Math.max(a.seconds, b.seconds) }
    // Stuck nodes and no commits: nothing moves that an observer could see.
    const hidden = both.faults.rpcs === 'stuck' && both.faults.commits !== undefined
    const asked: readonly BotName[] = hidden ? ['operator'] : ['operator', 'observer, just started']
    return [one(`${first} + ${second}`, both.faults, both.seconds, { bots: asked })]
  }),
)

export const caseNamed = (name: string): Case => named(name, [...singleFaults, ...faultPairs])

function named(name: string, cases: readonly Case[]): Case {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no case “${name}”`)
  return found
}

/** Two faults that act on one thing have no order of their own: which one shows would be chance. */
function isClear(one: Partial<Faults>, other: Partial<Faults>): boolean {
  const names = [...Object.keys(one), ...Object.keys(other)] as readonly FaultName[]
  const count = (some: readonly FaultName[]) => names.filter((name) => some.includes(name)).length
  const standsStill = count(['sequencer', 'traffic'])
  return (
    count(onL1) < 2 &&
    count(nodes) < 2 &&
    count(['explorer']) < 2 &&
    count(['l1', 'first-l1', 'second-l1']) < 2 &&
    count(['clock']) < 2 &&
    standsStill < 2 &&
    // Nothing new is there to settle, and what settles is over soon: how late it is depends on the moment.
    !(standsStill === 1 && count(['commits', 'proofs', 'execution', 'reverted']) === 1)
  )
}
