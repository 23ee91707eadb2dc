// A contract that is frozen, and batches taken back by L1, from the moving sandbox through every source to the verdict and back to well.

import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import type { OutageFacts } from '../../../src/services.ts'
import { firstChain } from '../../sandbox/support.ts'
import { quickSamples } from '../../support/quick-samples.ts'
import { silentLog } from '../../support/storage.ts'

let sandbox: Sandbox

beforeAll(async () => {
  const small = { historyBatches: 30, speed: 12, now: new Date('2026-03-01T12:00:00Z') }
  sandbox = await createSandbox({ ...small, postgresUrl: inject('postgresUrl'), sources: 'all' })
}, 120_000)
afterAll(() => sandbox?.stop())

/** Nodes of two operators. */
const two = { ENDPOINT_OPERATORS: 'us=main-rpc,them=external-rpc+balancer' }
const one = { ENDPOINT_OPERATORS: 'us=main-rpc+external-rpc+balancer' }
const noDatabases = {
  CORE_DATABASE_URL: undefined,
  PROVER_DATABASE_URL: undefined,
  PROVER_CONTROL_DATABASE_URL: undefined,
}

interface Asked {
  readonly settings?: Readonly<Record<string, string | undefined>>
  readonly tx?: string
}

async function ask({ settings: changes = {}, tx }: Asked = {}): Promise<OutageFacts> {
  const [settings] = readConfig({ ...sandbox.environment, ...changes }, { readFile: () => '' }).chains
  if (settings === undefined) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', outside: quickSamples })
  onTestFinished(() => chain.close())
  const reported = { batch: null, block: null, at: null, text: null }
  return chain.outage.check({ tx: tx ?? null, reported, signal: new AbortController().signal })
}

const said = ({ verdict, headline }: OutageFacts) => `${verdict} ${headline}`
const valuesOf = ({ findings }: OutageFacts, code: string) => findings.find((found) => found.code === code)?.values
const newestBlock = () => firstChain(sandbox).rollup.blocks.at(-1)?.number ?? 0

/** Longer than a head may stand still here, and than a transaction may wait. */
const stalledSeconds = 200
/** Until every stage on L1 has caught up. */
const recoverySeconds = 200
const patient = { timeout: 120_000 }

describe('a frozen diamond', patient, () => {
  it('is degraded while blocks are made, and up again once governance has unfrozen it', async () => {
    expect(said(await ask())).toBe('up healthy')
    await sandbox.set('frozen', true)
    const before = newestBlock()
    await sandbox.advance(20)
    expect(newestBlock()).toBeGreaterThan(before)
    for (const settings of [{}, { ...noDatabases, ...two }, { ...noDatabases, ...one }]) {
      const facts = await ask({ settings })
      expect(said(facts)).toBe('degraded frozen')
      expect(facts.sources.every(({ reachable, lagSeconds }) => reachable && (lagSeconds ?? 99) < 30)).toBe(true)
    }
    await sandbox.set('frozen', false)
    await sandbox.advance(recoverySeconds)
    expect(said(await ask())).toBe('up healthy')
  })

  it('is down once no block comes although somebody waits, by the database, by two operators, or by one and late commits', async () => {
    await sandbox.set('frozen', true)
    await sandbox.set('sequencer', 'accepting')
    await sandbox.advance(stalledSeconds)
    const facts = await ask()
    expect(said(facts)).toBe('down frozen')
    expect(facts.demand.map(({ kind }) => kind)).toContain('pending-transaction')
    expect(valuesOf(facts, 'sequencer-stalled')).toMatchObject({ witnesses: { database: true } })
    const tx = waiting()
    const byTwo = await ask({ settings: { ...noDatabases, ...two }, tx })
    expect(said(byTwo)).toBe('down frozen')
    expect(valuesOf(byTwo, 'sequencer-stalled')).toMatchObject({
      demand: ['named-transaction'],
      witnesses: { database: false, operators: ['us', 'them'] },
    })
    const byOne = await ask({ settings: { ...noDatabases, ...one }, tx })
    expect(said(byOne)).toBe('down frozen')
    expect(valuesOf(byOne, 'sequencer-stalled')).toMatchObject({ witnesses: { operators: ['us'], l1: true } })
    const unhurried = { OUTAGE_COMMIT_SECONDS: '3600' }
    expect(said(await ask({ settings: { ...noDatabases, ...one, ...unhurried }, tx }))).toBe('degraded frozen')
    await sandbox.set('sequencer', 'none')
    await sandbox.set('frozen', false)
    await sandbox.advance(recoverySeconds)
    expect(said(await ask())).toBe('up healthy')
  })

  it('is degraded and no outage where no block comes because nobody wants one', async () => {
    await sandbox.set('frozen', true)
    await sandbox.set('traffic', 'quiet')
    await sandbox.advance(stalledSeconds)
    expect(said(await ask())).toBe('degraded frozen')
    await sandbox.set('traffic', 'busy')
    await sandbox.set('frozen', false)
    await sandbox.advance(recoverySeconds)
    expect(said(await ask())).toBe('up healthy')
  })
})

/** The next transaction of an account that has others in blocks, or its first. */
function waiting(): string {
  const { rollup } = firstChain(sandbox)
  const newest = rollup.blocks.at(-1)?.timestamp ?? 0
  const own = [...rollup.transactions.values()].filter(({ kind, priority }) => kind !== 'rejected' && priority === null)
  const next = own.find(
    ({ block, from, nonce, receivedAt }) =>
      block === null &&
      receivedAt > newest &&
      own.filter((other) => other.from === from && other.block !== null).length === nonce,
  )
  if (next === undefined) throw new Error('nobody waits')
  return next.hash
}

describe('batches that L1 took back', patient, () => {
  it('are told until all of them are committed again, and then the chain is up', async () => {
    expect(said(await ask())).toBe('up healthy')
    await sandbox.set('reverted', true)
    // L1 takes them back with its next block.
    const highest = (await ask()).l1?.committed ?? Number.NaN
    await sandbox.advance(20)
    const reverted = await ask()
    expect(said(reverted)).toBe('degraded reverted')
    const left = reverted.l1?.committed ?? 0
    expect(valuesOf(reverted, 'reverted')).toMatchObject({ committed: left, hash: expect.stringMatching(/^0x/) })
    expect(left).toBeLessThan(highest)
    expect(said(await ask({ settings: { ...noDatabases, ...one } }))).toBe('degraded reverted')

    await sandbox.set('reverted', false)
    const seen: [committed: number, said: string][] = []
    for (let step = 0; step < 40 && seen.at(-1)?.[1] !== 'up healthy'; step += 1) {
      await sandbox.advance(sandbox.pace.l1Block)
      const facts = await ask()
      seen.push([facts.l1?.committed ?? 0, said(facts)])
    }
    for (const [committed, text] of seen) {
      expect([committed, text]).toEqual([committed, committed < highest ? 'degraded reverted' : 'up healthy'])
    }
    expect(seen.at(-1)).toEqual([expect.any(Number), 'up healthy'])
    expect((await ask()).findings.map(({ code }) => code)).toContain('recent-revert')
  })
})
