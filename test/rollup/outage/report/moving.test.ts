// Reports about a chain that moves: the sandbox's sequencer halts and goes on, its commits pause, L1 takes some back.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../../src/chains.ts'
import { readConfig } from '../../../../src/config.ts'
import { quickSamples } from '../../../support/quick-samples.ts'
import { silentLog } from '../../../support/storage.ts'

let sandbox: Sandbox
let chain: Chain

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 40, speed: 6, postgresUrl: inject('postgresUrl') })
  const [settings] = readConfig({ ...sandbox.environment }, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', outside: quickSamples })
}, 120_000)
afterAll(async () => {
  await chain?.close()
  await sandbox?.stop()
})

const ask = (text: string) =>
  chain.outage.check({
    tx: null,
    reported: { batch: null, block: null, at: null, text },
    signal: new AbortController().signal,
  })
const newestBlock = async () => {
  const facts = await ask('zkSync down for 1 minute')
  return Math.max(...facts.sources.flatMap(({ kind, block }) => (kind === 'l2-rpc' ? (block ?? []) : [])))
}
const utc = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** Blocks stop for ten minutes, and come again for four. */
async function halt(): Promise<{ readonly block: number; readonly at: number }> {
  const before = { block: await newestBlock(), at: sandbox.now() }
  await sandbox.set('sequencer', 'halted')
  await sandbox.advance(600)
  await sandbox.set('sequencer', 'none')
  await sandbox.advance(240)
  return before
}

describe('a sequencer that halted and went on', { timeout: 120_000 }, () => {
  it('confirms the report that names its last block and the pause, and shows both sides of the gap', async () => {
    const { block } = await halt()
    const facts = await ask(`zkSync Era 区块高度停在 #${block}，已暂停出块 10 分钟`)
    expect(facts).toMatchObject({
      verdict: 'down',
      headline: 'report-confirmed',
      report: { cause: 'sequencer-stalled' },
    })
    expect(facts.report?.gapSeconds).toBeGreaterThanOrEqual(600)
    expect(facts.report?.neighbours.blocks.slice(0, 2).map(({ number }) => number)).toEqual([block, block + 1])
    // What holds now is another matter.
    expect(facts.findings.map(({ code }) => code)).toContain('healthy')
  })

  it('confirms the one that tells only when and how long, and refutes it for the minutes before', async () => {
    const { at } = await halt()
    const right = await ask(`zkSync Era was down for 10 minutes since ${utc(at)}`)
    expect(right).toMatchObject({ verdict: 'down', headline: 'report-confirmed' })
    const { neighbours, gapSeconds } = right.report ?? {}
    const times = neighbours?.blocks.map(({ time }) => Date.parse(time) / 1000) ?? []
    expect(times.some((time, index) => time - (times[index - 1] ?? time) === gapSeconds)).toBe(true)
    const wrong = await ask(`zkSync Era was down for 1 minute since ${utc(at - 70)}`)
    expect(wrong).toMatchObject({ verdict: 'up', headline: 'report-refuted' })
  })
})

it('leaves a report open whose block was committed after the claimed pause, or not yet, and says which', async () => {
  await sandbox.set('commits', 'paused')
  await sandbox.advance(30)
  const block = await newestBlock()
  await sandbox.advance(60)
  const early = await ask(`zkSync stuck at block ${block} for 30 seconds`)
  expect(early).toMatchObject({ verdict: 'unknown', headline: 'report-undecided' })
  expect(early.report?.why).toMatch(/could not be proved on L1/)
  expect(early.report?.missing.join(' ')).toMatch(/The commit of batch \d+: /)
  await sandbox.set('commits', 'none')
  await sandbox.advance(180)
  const late = await ask(`zkSync stuck at block ${block} for 30 seconds`)
  expect(late).toMatchObject({ verdict: 'unknown', headline: 'report-undecided' })
  expect(late.report?.why).toMatch(/committed on L1 at .*, after the claimed pause/)
}, 120_000)

it('refutes a report about the time before batches were reverted on L1: theirs were not', async () => {
  await sandbox.advance(300)
  const at = sandbox.now() - 240
  await sandbox.set('reverted', true)
  await sandbox.advance(5)
  const facts = await ask(`zkSync Era was down for 1 minute since ${utc(at)}`)
  expect(facts).toMatchObject({ verdict: 'up', headline: 'report-refuted' })
  expect(facts.findings.map(({ code }) => code)).toContain('reverted')
  await sandbox.set('reverted', false)
}, 120_000)
