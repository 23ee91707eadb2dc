// The outages of real chains that people wrote about, each replayed as far as its facts are published, and asked about as
// somebody would have: while it lasted, and afterwards by a report. The report of 2023-09-12 is in
// test/rollup/outage/report/check.test.ts, over september-2023.ts beside this file.

import { afterEach, describe, expect, it } from 'vitest'
import { type Chain, createChain } from '../../src/chains.ts'
import { readConfig } from '../../src/config.ts'
import type { OutageFacts } from '../../src/rollup/outage/answer.ts'
import { quickSamples } from '../support/quick-samples.ts'
import { silentLog } from '../support/storage.ts'
import { type History, replay, waiting } from './past-chain.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

interface Question {
  readonly tx?: string
  readonly report?: string
}

async function chainOf(history: History): Promise<Chain> {
  const past = await replay(history)
  open.push(past.stop)
  const [settings] = readConfig(past.environment, { readFile: () => '' }).chains
  if (settings === undefined) throw new Error('no chain')
  const chain = createChain({
    settings,
    log: silentLog,
    now: () => past.now,
    reportTimeZone: 'UTC',
    outside: quickSamples,
  })
  open.push(() => chain.close())
  return chain
}

async function ask(history: History, { tx, report }: Question = {}): Promise<OutageFacts> {
  const chain = await chainOf(history)
  const reported = { batch: null, block: null, at: null, text: report ?? null }
  return chain.outage.check({ tx: tx ?? null, reported, signal: new AbortController().signal })
}

const said = ({ verdict, headline }: OutageFacts) => `${verdict} ${headline}`
const nothingBehind = { blocks: 0, batches: 0 }

/** An ordinary day of 2023: a block a second, a batch a minute, committed within minutes. */
const in2023 = {
  firstBlock: 10_000_000,
  blocksPerBatch: 60,
  uncommitted: 0,
  unproved: null,
  explorerBehind: nothingBehind,
} as const

describe('2023-04-01: the block queue’s database stopped block production; API and mempool went on', {
  timeout: 60_000,
}, () => {
  // chaincatcher.com/en/article/2090394; that it stopped is published, when is not: an hour is ours.
  const stopped: History = {
    ...in2023,
    now: '2023-04-01T06:40:00Z',
    runs: [{ from: '2023-04-01T04:00:00Z', to: '2023-04-01T05:40:00Z', secondsPerBlock: 1 }],
    waitingSince: '2023-04-01T06:00:00Z',
  }

  it('is an outage for whoever names a transaction that waits', async () => {
    expect(said(await ask(stopped, { tx: waiting }))).toBe('down sequencer-stalled')
  })

  it('cannot be told from a quiet chain without one: no monitor alerted then either', async () => {
    expect(said(await ask(stopped))).toBe('up idle')
  })
})

describe('2023-09-12: the explorer stood at block 13641404, no block for 37 minutes it was said', {
  timeout: 60_000,
}, () => {
  const lagging: History = {
    ...in2023,
    firstBlock: 13_641_404 - 7200,
    now: '2023-09-12T06:51:40Z',
    runs: [{ from: '2023-09-12T04:14:40Z', to: '2023-09-12T08:00:00Z', secondsPerBlock: 1 }],
    explorerBehind: { blocks: 37 * 60, batches: 37 },
  }

  it('is the explorer alone, asked at that minute', async () => {
    const facts = await ask(lagging)
    expect(said(facts)).toBe('up explorer-lagging')
    const explorer = facts.sources.find(({ kind }) => kind === 'explorer')
    expect(explorer).toMatchObject({ block: 13_641_404, blockTime: '2023-09-12T06:14:40Z' })
  })
})

describe('2023-12-16: inscriptions; the reports disagree, so both are kept', { timeout: 60_000 }, () => {
  const report = 'zkSync Era has produced no blocks for 1 hour since 2023-12-16 10:00 UTC'
  const halted = (until: string): History => ({
    ...in2023,
    now: '2023-12-16T14:00:00Z',
    runs: [
      { from: '2023-12-16T08:00:00Z', to: '2023-12-16T10:00:00Z', secondsPerBlock: 1 },
      { from: until, to: '2023-12-16T15:00:00Z', secondsPerBlock: 1 },
    ],
  })

  it('over an hour without blocks (cryptopotato.com, 2023-12-26): confirmed', async () => {
    const facts = await ask(halted('2023-12-16T11:05:00Z'), { report })
    expect(said(facts)).toBe('down report-confirmed')
    expect(facts.report?.cause).toBe('sequencer-stalled')
  })

  it('a quarter of an hour (azcoinnews.com): the hour is not confirmed, and nothing is called refuted', async () => {
    expect(said(await ask(halted('2023-12-16T10:15:00Z'), { report }))).toBe('unknown report-undecided')
  })

  it('a quarter of an hour, claimed as such: confirmed', async () => {
    const shorter = 'zkSync Era has produced no blocks for 15 minutes since 2023-12-16 10:00 UTC'
    expect(said(await ask(halted('2023-12-16T10:15:00Z'), { report: shorter }))).toBe('down report-confirmed')
  })
})

describe('2023-12-25: a safety stop on a state mismatch, about five hours', { timeout: 60_000 }, () => {
  // forklog.com/en, bits.media, azcoinnews.com: last block 05:48, announced 07:36, over at about 10:53.
  const stop: Omit<History, 'now'> = {
    ...in2023,
    runs: [
      { from: '2023-12-22T00:00:00Z', to: '2023-12-25T05:48:00Z', secondsPerBlock: 1 },
      { from: '2023-12-25T10:53:00Z', to: '2023-12-29T14:00:00Z', secondsPerBlock: 1 },
    ],
    waitingSince: '2023-12-25T05:55:00Z',
  }

  it('is down an hour before it was announced', async () => {
    const facts = await ask({ ...stop, now: '2023-12-25T06:36:00Z' }, { tx: waiting })
    expect(said(facts)).toBe('down sequencer-stalled')
    expect(facts.findings[0]?.text).toMatch(/No block for 48 min/)
  })

  it('is confirmed afterwards, with the five hours that it took', async () => {
    const report = 'zkSync Era halted on December 25 2023 at 05:50 UTC and made no blocks for 5 hours'
    const facts = await ask({ ...stop, now: '2023-12-25T13:00:00Z' }, { report })
    expect(said(facts)).toBe('down report-confirmed')
    expect(facts.report?.why).toMatch(/5 h/)
    // What holds now is said beside it.
    expect(facts.findings.map(({ code }) => code)).toContain('healthy')
  })
})

describe('2023-12-25, told by its day alone', { timeout: 60_000 }, () => {
  const since: History = {
    ...in2023,
    now: '2023-12-29T13:00:00Z',
    runs: [
      { from: '2023-12-19T00:00:00Z', to: '2023-12-25T05:48:00Z', secondsPerBlock: 1 },
      { from: '2023-12-25T10:53:00Z', to: '2023-12-29T14:00:00Z', secondsPerBlock: 1 },
    ],
  }

  it('is confirmed for that day', async () => {
    const facts = await ask(since, { report: '2023 年 12 月 25 日，zkSync Era 停机约 5 小时' })
    expect(said(facts)).toBe('down report-confirmed')
    expect(facts.report?.claim).toMatchObject({ pausedSeconds: 18_000 })
    expect(facts.report?.gapSeconds).toBe(5 * 3600 + 5 * 60)
  })

  it('is not found on another day', async () => {
    const facts = await ask(since, { report: 'zkSync Era was down for about 5 hours on Dec 22' })
    expect(facts.report?.gapSeconds).toBeLessThan(600)
    // The replay holds no commits, which alone could refute it.
    expect(said(facts)).toBe('unknown report-undecided')
  })
})

describe('2025-05: the explorer of a stage chain stuck for two weeks', { timeout: 60_000 }, () => {
  // block-explorer #412: its batches stood still while the node had more.
  const stuck: History = {
    firstBlock: 1_000_000,
    blocksPerBatch: 100,
    now: '2025-05-20T12:00:00Z',
    runs: [{ from: '2025-05-01T00:00:00Z', to: '2025-05-21T00:00:00Z', secondsPerBlock: 10 }],
    uncommitted: 0,
    unproved: null,
    explorerBehind: { blocks: 0, batches: 1200 },
  }

  it('is the explorer alone: L1 has batches that it does not know', async () => {
    expect(said(await ask(stuck))).toBe('up explorer-lagging')
  })

  it('is the explorer alone where its blocks stand still as well', async () => {
    expect(said(await ask({ ...stuck, explorerBehind: { blocks: 120_000, batches: 1200 } }))).toBe(
      'up explorer-lagging',
    )
  })
})

describe('2025-07-30: the proof system was paused by hand, commits went on', { timeout: 60_000 }, () => {
  // L2BEAT's entry; for how long is not published, and thirteen hours are ours. It names no Gateway, so counters on L1.
  const paused: History = {
    firstBlock: 1_000_000,
    blocksPerBatch: 300,
    now: '2025-07-30T20:00:00Z',
    runs: [{ from: '2025-07-29T00:00:00Z', to: '2025-07-31T00:00:00Z', secondsPerBlock: 4 }],
    uncommitted: 0,
    unproved: { batches: 39, oldestCommitted: '2025-07-30T07:00:00Z' },
    explorerBehind: nothingBehind,
  }

  it('is degraded and not down: proofs are late', async () => {
    expect(said(await ask(paused))).toBe('degraded prove-stalled')
  })

  it('is nothing yet after two hours, which proofs may take', async () => {
    const early: History = { ...paused, unproved: { batches: 6, oldestCommitted: '2025-07-30T18:00:00Z' } }
    expect(said(await ask(early))).toBe('up healthy')
  })
})

describe('2026-05-14: one call in twenty stalled, and blocks came late', { timeout: 120_000 }, () => {
  // zksync-era #4810: 2 500 stalls in 27 hours, blocks 3.6 to 10.2 s apart.
  const slow: History = {
    firstBlock: 70_000_000,
    blocksPerBatch: 300,
    now: '2026-05-14T12:00:00Z',
    runs: [{ from: '2026-05-14T00:00:00Z', to: '2026-05-15T00:00:00Z', secondsPerBlock: 7 }],
    uncommitted: 0,
    unproved: null,
    explorerBehind: nothingBehind,
    stalls: 0.05,
  }

  it('is never down, however often one asks; what stalled is said', async () => {
    const chain = await chainOf(slow)
    const reported = { batch: null, block: null, at: null, text: null }
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        chain.outage.check({ tx: null, reported, signal: new AbortController().signal }),
      ),
    )
    expect(new Set(answers.map(({ verdict }) => verdict))).not.toContain('down')
    expect(answers.filter(({ verdict }) => verdict === 'up').length).toBeGreaterThan(8)
    const codes = answers.flatMap(({ findings }) => findings).map(({ code }) => code)
    expect(codes.filter((code) => code === 'source-failed' || code === 'source-unsteady').length).toBeGreaterThan(0)
  })
})
