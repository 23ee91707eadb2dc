// Outages with a known truth: injects faults into a moving sandbox, asks whether the chain is down, and compares.

import pino from 'pino'
import { type Chain, createChain } from '../src/chains.ts'
import { readConfig } from '../src/config.ts'
import type { Headline, Verdict } from '../src/rollup/outage/facts.ts'
import type { FaultName, Faults } from './faults.ts'
import { createRandom } from './model/random.ts'
import { createSandbox, type Sandbox, type SandboxSettings } from './sandbox.ts'

export interface Injected {
  readonly faults: Partial<Faults>
  /** Until it shows, at speed 1. */
  readonly seconds: number
}

export interface Answered {
  readonly name: string
  readonly expected: { readonly verdict: Verdict; readonly headline: Headline }
  readonly got: { readonly verdict: Verdict; readonly headline: Headline }
}

/** One thing at a time. Whatever else is `healthy` must stay so: a raised delay, one dead endpoint of several. */
export const single: Readonly<Record<string, Injected>> = {
  nothing: { faults: {}, seconds: 60 },
  'explorer stuck': { faults: { explorer: 'stuck' }, seconds: 180 },
  'explorer fails': { faults: { explorer: 'error' }, seconds: 30 },
  'explorer shows a web page': { faults: { explorer: 'web-page' }, seconds: 30 },
  'explorer silent': { faults: { explorer: 'hanging' }, seconds: 30 },
  'explorer pages behind its lists': { faults: { explorer: 'watermark' }, seconds: 180 },
  'one RPC stuck': { faults: { 'external-rpc': 'stuck' }, seconds: 400 },
  'one RPC down': { faults: { 'external-rpc': 'down' }, seconds: 30 },
  'one RPC limited': { faults: { 'external-rpc': 'rate-limited' }, seconds: 30 },
  'every RPC stuck': { faults: { rpcs: 'stuck' }, seconds: 300 },
  'every RPC down': { faults: { rpcs: 'down' }, seconds: 30 },
  'sequencer halted': { faults: { sequencer: 'halted' }, seconds: 240 },
  'nobody sends': { faults: { traffic: 'quiet' }, seconds: 700 },
  'commits paused': { faults: { commits: 'paused' }, seconds: 700 },
  'gas too dear': { faults: { commits: 'gas' }, seconds: 700 },
  'operator without ether': { faults: { commits: 'balance' }, seconds: 700 },
  'proofs halted': { faults: { proofs: 'halted' }, seconds: 1200 },
  'executions halted': { faults: { execution: 'halted' }, seconds: 1000 },
  'delay raised': { faults: { execution: 'delayed' }, seconds: 1000 },
  frozen: { faults: { frozen: true }, seconds: 60 },
  reverted: { faults: { reverted: true }, seconds: 60 },
  gateway: { faults: { gateway: true }, seconds: 60 },
  'one L1 old': { faults: { 'second-l1': 'old' }, seconds: 300 },
  'one L1 elsewhere': { faults: { 'second-l1': 'wrong-chain' }, seconds: 30 },
  'L1 down': { faults: { l1: 'down' }, seconds: 30 },
  'L1 reorganised': { faults: { l1: 'reorg' }, seconds: 30 },
}

const onL1: readonly FaultName[] = ['frozen', 'reverted', 'gateway', 'commits', 'proofs', 'execution']

/** Every two that do not turn the same switch and leave the truth clear. */
export const pairs: Readonly<Record<string, Injected>> = Object.fromEntries(
  Object.entries(single).flatMap(([one, first], at, all) =>
    all.slice(at + 1).flatMap(([other, second]): [string, Injected][] => {
      const faults = { ...first.faults, ...second.faults }
      if (one === 'nothing' || !isClear(first.faults, second.faults)) return []
      return [[`${one} + ${other}`, { faults, seconds: Math.max(first.seconds, second.seconds) }]]
    }),
  ),
)

/** Two faults that act on one thing have no order of their own: which one shows is chance. */
function isClear(one: Partial<Faults>, other: Partial<Faults>): boolean {
  const [first, second] = [Object.keys(one) as FaultName[], Object.keys(other) as FaultName[]]
  const both = [...first, ...second]
  const clash = (names: readonly FaultName[]) => both.filter((name) => names.includes(name)).length > 1
  return !(
    clash(onL1) ||
    clash(['explorer']) ||
    clash(['rpcs', 'external-rpc']) ||
    clash(['l1', 'second-l1']) ||
    // Without blocks nothing new is there to settle, and stuck nodes show the same as the others.
    clash(['sequencer', 'traffic', ...onL1.filter((name) => name !== 'frozen' && name !== 'gateway')]) ||
    (clash(['sequencer', 'traffic', 'rpcs', 'external-rpc']) && !both.includes('l1'))
  )
}

/** What is true of a chain with these faults, as the project's design orders the headlines. */
export function truthOf(faults: Partial<Faults>): Answered['expected'] {
  const moves = faults.sequencer !== 'halted' && faults.traffic !== 'quiet'
  const rows: readonly (readonly [boolean, Verdict, Headline])[] = [
    [faults.l1 === 'down', moves ? 'up' : 'unknown', 'l1-unreachable'],
    [faults.rpcs === 'down', moves ? 'degraded' : 'unknown', 'l2-unreachable'],
    [faults.gateway === true, 'unknown', 'settles-elsewhere'],
    [faults.frozen === true, faults.sequencer === 'halted' ? 'down' : 'degraded', 'frozen'],
    [faults.reverted === true, 'degraded', 'reverted'],
    [faults.rpcs === 'stuck', 'unknown', 'rpc-lagging'],
    [faults.sequencer === 'halted', 'down', 'sequencer-stalled'],
    [faults.traffic === 'quiet', 'up', 'idle'],
    [(faults.commits ?? 'none') !== 'none', 'degraded', 'commit-stalled'],
    [faults.proofs === 'halted', 'degraded', 'prove-stalled'],
    [faults.execution === 'halted', 'degraded', 'execute-stalled'],
    [faults['external-rpc'] === 'stuck', 'degraded', 'rpc-lagging'],
    [faults.explorer === 'stuck', 'up', 'explorer-lagging'],
  ]
  const [, verdict, headline] = rows.find(([holds]) => holds) ?? [true, 'up', 'healthy']
  return { verdict, headline }
}

const well: Faults = {
  explorer: 'none',
  'second-explorer': 'none',
  rpcs: 'none',
  'main-rpc': 'none',
  'external-rpc': 'none',
  balancer: 'none',
  l1: 'none',
  'first-l1': 'none',
  'second-l1': 'none',
  sequencer: 'none',
  traffic: 'busy',
  commits: 'none',
  proofs: 'none',
  execution: 'none',
  reverted: false,
  frozen: false,
  gateway: false,
}

/** Until whatever waited on L1 has been caught up with. */
const recovery = 420

export async function injectAll(
  cases: Readonly<Record<string, Injected>>,
  settings: SandboxSettings & { readonly seed: string },
): Promise<readonly Answered[]> {
  const random = createRandom(`verdicts/${settings.seed}`)
  const sandbox = await createSandbox({ historyBatches: 30, ...settings, speed: 1, sources: 'all' })
  // One bot for all of it, which has seen the chain well before anything goes wrong.
  const chain = watch(sandbox)
  try {
    await ask(chain)
    const answers: Answered[] = []
    for (const [name, { faults, seconds }] of Object.entries(cases)) {
      for (const [fault, value] of Object.entries(faults)) await sandbox.set(fault as FaultName, value as never)
      await sandbox.advance(seconds + random.between(0, 40))
      answers.push({ name, expected: truthOf(faults), got: await ask(chain) })
      for (const fault of Object.keys(faults) as FaultName[]) await sandbox.set(fault, well[fault])
      await sandbox.advance(seconds > 100 ? recovery : random.between(30, 70))
    }
    return answers
  } finally {
    await chain.close()
    await sandbox.stop()
  }
}

/** As the bot looks at it, by the sandbox's clock. */
function watch(sandbox: Sandbox): Chain {
  const config = readConfig(sandbox.environment, { readFile: () => '' })
  const [settings] = config.chains
  if (settings === undefined) throw new Error('the sandbox offers no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const log = pino({ level: 'silent' })
  return createChain({ settings, log, now, reportTimeZone: config.reportTimeZone })
}

async function ask(chain: Chain): Promise<Answered['got']> {
  const reported = { batch: null, block: null, at: null, text: null }
  const { verdict, headline } = await chain.outage.check({ tx: null, reported, signal: new AbortController().signal })
  return { verdict, headline }
}
