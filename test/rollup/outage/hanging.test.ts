// An answer within six seconds whichever sources hang: every subset of a full configuration, on a clock that is moved by hand.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { createNodeDatabase, type NodeDatabase } from '../../../src/rollup/node-database.ts'
import type { OutageFacts } from '../../../src/services.ts'
import { createStillNetwork, type Hang, type StillNetwork } from '../../support/still-network.ts'
import { silentLog } from '../../support/storage.ts'

let sandbox: Sandbox
let database: NodeDatabase
let network: StillNetwork
let kept: string

beforeAll(async () => {
  sandbox = await createSandbox({ sources: 'all', historyBatches: 4, speed: 12, postgresUrl: inject('postgresUrl') })
  const url = sandbox.environment.CORE_DATABASE_URL as string
  database = createNodeDatabase({ name: 'core database', url, log: silentLog, statementTimeoutMs: 60_000 })
  await database.columns()
  network = createStillNetwork({ database, databaseMs: 3500 })
  kept = await mkdtemp(join(tmpdir(), 'rollcall-hang-'))
  // What a bot knows that has run for a while.
  await ask({ how: 'silent', start: 'warm', block: null }, [])
}, 120_000)
afterAll(async () => {
  await database?.end()
  await sandbox?.stop()
  await rm(kept, { recursive: true, force: true })
})
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** By layer, as the answer's table names them. */
const layers = {
  l1: ['first-l1', 'second-l1'],
  l2: ['main-rpc', 'external-rpc', 'balancer'],
  explorer: ['explorer', 'second-explorer'],
  database: ['core database'],
} as const
type Layer = keyof typeof layers
const everySource: readonly string[] = Object.values(layers).flat()

/** All of them, that none hangs too. */
const subsets = Array.from({ length: 2 ** everySource.length }, (_, bits) =>
  everySource.filter((_, at) => (bits >> at) % 2 === 1),
)

interface Scene {
  readonly how: Hang
  /** `warm`: what was learned earlier is there. */
  readonly start: 'cold' | 'warm'
  /** Of a report, which asks more of the same sources; null: only now is asked about. */
  readonly block: number | null
}

interface Told {
  readonly hanging: readonly string[]
  readonly facts: OutageFacts
}

/** Each by a chain of its own. */
async function ask({ how, start, block }: Scene, hanging: readonly string[]): Promise<Told> {
  const facts = await answer({ start, block, unwell: Object.fromEntries(hanging.map((name) => [name, how])) })
  return { hanging, facts }
}

interface Question extends Pick<Scene, 'start' | 'block'> {
  /** By name; a number: milliseconds until it answers. */
  readonly unwell: Readonly<Record<string, Hang | number>>
  readonly environment?: Readonly<Record<string, string | undefined>>
}

async function answer({ start, block, unwell, environment = {} }: Question): Promise<OutageFacts> {
  const [settings] = readConfig({ ...sandbox.environment, ...environment }, { readFile: () => '' }).chains
  if (settings === undefined) throw new Error('no chain')
  const sites = [...settings.l1Rpc, ...settings.l2Rpc, ...settings.explorerApi]
  const fates = sites.flatMap(({ name, url }) => {
    const how = unwell[name]
    return how === undefined ? [] : [[url, how] as const]
  })
  const chain = createChain({
    settings,
    log: silentLog,
    now: () => new Date(sandbox.now() * 1000),
    reportTimeZone: 'UTC',
    ...(start === 'warm' && { stateDirectory: kept }),
    outside: {
      fetch: network.fetch(new Map(fates)),
      openDatabase: network.openDatabase('core database' in unwell),
    },
  })
  const reported = { batch: null, block, at: null, text: null }
  const facts = await chain.outage.check({ tx: null, reported, signal: new AbortController().signal })
  await chain.close()
  return facts
}

const patient = { timeout: 300_000 }
const stepMs = 100
const limitMs = 6000

/** More at once cost more: each step looks at every timer. */
const atOnce = 32

/** What has been answered when six seconds are over. */
async function answersOf(scene: Scene): Promise<readonly Told[]> {
  const told: Told[] = []
  for (let at = 0; at < subsets.length; at += atOnce) {
    for (const hanging of subsets.slice(at, at + atOnce)) void ask(scene, hanging).then((one) => told.push(one))
    await pass()
  }
  return told
}

/** What each has answered when six seconds are over; null: nothing. */
async function inTime(questions: readonly Question[]): Promise<readonly (OutageFacts | null)[]> {
  const told: (OutageFacts | null)[] = questions.map(() => null)
  for (const [at, question] of questions.entries()) void answer(question).then((facts) => (told[at] = facts))
  await pass()
  return told
}

async function pass(): Promise<void> {
  await network.settled()
  for (let ms = 0; ms < limitMs; ms += stepMs) {
    vi.advanceTimersByTime(stepMs)
    await network.settled()
  }
}

const textOf = ({ findings }: OutageFacts, code: string) => findings.find((one) => one.code === code)?.text

function answering(hanging: readonly string[]): Readonly<Record<Layer, boolean>> {
  const some = (layer: Layer) => layers[layer].some((name) => !hanging.includes(name))
  return { l1: some('l1'), l2: some('l2'), explorer: some('explorer'), database: some('database') }
}

/** By the table of design section 3: nothing is wrong with the chain, so what is said depends only on who answers. */
function trueNow(hanging: readonly string[]): Pick<OutageFacts, 'verdict' | 'headline'> {
  const { l1, l2, explorer, database } = answering(hanging)
  if (!l1) return { verdict: l2 || database ? 'up' : 'unknown', headline: 'l1-unreachable' }
  if (!l2) return { verdict: explorer || database ? 'degraded' : 'unknown', headline: 'l2-unreachable' }
  return { verdict: 'up', headline: 'healthy' }
}

/** A report is refuted by the node's blocks and L1's commits: without either it stays open. */
function trueThen(hanging: readonly string[]): Pick<OutageFacts, 'verdict' | 'headline'> {
  const { l1, l2 } = answering(hanging)
  return l1 && l2 ? { verdict: 'up', headline: 'report-refuted' } : { verdict: 'unknown', headline: 'report-undecided' }
}

/** Each source that hangs costs its own line and its own finding, and nobody else's. */
function expectOwnLines({ hanging, facts }: Told): void {
  const failed = facts.findings.filter(({ code }) => code === 'source-failed')
  const shown = {
    lines: facts.sources.map(({ name, reachable, block }) => [name, reachable, block !== null]),
    failed: failed.map(({ values }) => [values.name, values.trouble]).sort(),
  }
  const silent = facts.sources.filter(({ reachable }) => !reachable)
  const lines = ['core database', ...layers.l2, ...layers.explorer, ...layers.l1]
  expect(shown, `while ${hanging.join(', ') || 'none'} hang`).toEqual({
    lines: lines.map((name) => [name, !hanging.includes(name), !hanging.includes(name)]),
    failed: hanging.map((name) => [name, name === 'core database' ? 'timed-out' : 'timeout']).sort(),
  })
  for (const { error } of silent) expect(error).toMatch(/answer in time/)
}

const scenes: readonly Scene[] = [
  { how: 'silent', start: 'cold', block: null },
  { how: 'trickling', start: 'warm', block: null },
  { how: 'trickling', start: 'cold', block: 3 },
]

describe.each(scenes)('any sources that are $how, asked $start about block $block', (scene) => {
  it('are answered for within six seconds, each on its own line, and never called an outage', patient, async () => {
    const told = await answersOf(scene)
    expect(told).toHaveLength(subsets.length)
    for (const one of told) {
      const { hanging, facts } = one
      const truth = scene.block === null ? trueNow(hanging) : trueThen(hanging)
      expect({ hanging, verdict: facts.verdict, headline: facts.headline }).toEqual({ hanging, ...truth })
      expectOwnLines(one)
      if (!answering(hanging).l1) expectNothingOfL1(facts)
    }
  })
})

/** Blocks may be seen, and what L1 has may not be claimed. */
function expectNothingOfL1(facts: OutageFacts): void {
  const { l1, progress, findings } = facts
  expect({ l1, progress }).toEqual({ l1: null, progress: [] })
  expect(findings.map(({ text }) => text).join(' ')).not.toMatch(/keeps pace/)
  expect(textOf(facts, 'l1-unreachable')).toMatch(/could not be asked/)
}

describe('sources that are slow and not silent', () => {
  const slow = (names: readonly string[], ms: number) => Object.fromEntries(names.map((name) => [name, ms]))
  const rpcs = [...layers.l1, ...layers.l2, ...layers.explorer]
  const asked = { start: 'warm', block: null } as const

  it('are shown: each alone 3.6 s late, the rest well', patient, async () => {
    const told = await inTime(rpcs.map((name) => ({ ...asked, unwell: slow([name], 3600) })))
    for (const [at, facts] of told.entries()) {
      expect(facts, rpcs[at]).toMatchObject({ verdict: 'up', headline: 'healthy' })
      expect(facts?.sources.map(({ name, reachable }) => [name, reachable])).not.toContainEqual([rpcs[at], false])
    }
  })

  it.each([1200, 2500])('are shown with L1’s counters: all of them %i ms late', patient, async (ms) => {
    const [facts] = await inTime([{ ...asked, unwell: slow(rpcs, ms) }])
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts?.sources.every(({ reachable }) => reachable)).toBe(true)
    expect(facts?.l1?.committed).toBeGreaterThan(0)
  })

  it('are asked on while every node of L2 hangs, as far as they need none', patient, async () => {
    const [{ diamond } = { diamond: '' }] = sandbox.chains
    const hung = Object.fromEntries(layers.l2.map((name) => [name, 'silent' as const]))
    const unwell = { ...hung, ...slow(layers.l1, 1500) }
    const environment = { DIAMOND_PROXY_ADDRESS: diamond }
    const [facts] = await inTime([{ start: 'cold', block: null, unwell, environment }])
    expect(facts).toMatchObject({ headline: 'l2-unreachable' })
    expect(facts?.l1?.committed).toBeGreaterThan(0)
  })
})
