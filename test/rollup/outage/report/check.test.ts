// The reported outage of 2023-09-12 against servers that replay its published facts; and reports nothing can be said of.

import { afterEach, describe, expect, it } from 'vitest'
import type { Chain } from '../../../../src/chains.ts'
import { presentOutage } from '../../../../src/present/is-chain-down.ts'
import type { Reported } from '../../../../src/rollup/outage/report/text.ts'
import { claimed, commits, type OtherDay } from '../../../incidents/september-2023.ts'
import { quickSamples } from '../../../support/quick-samples.ts'
import { replyText } from '../../../support/reply-text.ts'
import { openSeptember, type SeptemberChain } from '../../../support/september-chain.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function chainThen(changes: OtherDay = {}, outside = quickSamples): Promise<SeptemberChain> {
  const opened = await openSeptember(changes, outside)
  open.push(opened.close)
  return opened
}

const nothing: Reported = { batch: null, block: null, at: null, text: null }
const check = (chain: Chain, reported: Partial<Reported>) =>
  chain.outage.check({ tx: null, reported: { ...nothing, ...reported }, signal: new AbortController().signal })

const chinese =
  '9月12日消息,据zkSync Era区块链浏览器显示,zkSync Era主网疑似出现宕机情况,zkSync Era提交给以太坊的最新批次为#208455,时间为14:14,区块高度已暂停于#13641404,已暂停出块37分钟。'
const english =
  'According to the zkSync Era block explorer, the newest batch committed to Ethereum is #208,455 at 14:14, the block height is stuck at #13,641,404, and no blocks were produced for 37 minutes.'

describe('the report of 2023-09-12', { timeout: 60_000 }, () => {
  it.each<[string, Partial<Reported>, number | null]>([
    ['structured options', { ...claimed, at: '2023-09-12 14:14' }, null],
    ['the Chinese sentence', { text: chinese }, 2220],
    ['an English one', { text: english }, 2220],
  ])('is refuted from %s', async (_, reported, pausedSeconds) => {
    const { chain } = await chainThen()
    const facts = await check(chain, reported)
    expect(facts).toMatchObject({
      verdict: 'up',
      headline: 'report-refuted',
      report: {
        cause: 'explorer-lagging',
        claim: { ...claimed, from: '2023-09-12T06:14:40Z', pausedSeconds, zone: 'UTC+8' },
        gapSeconds: 1,
        usualGapSeconds: 1,
        missing: [],
      },
    })
    const { batches, blocks, commits: seen } = facts.report?.neighbours ?? {}
    expect(batches?.map(({ number }) => number)).toEqual([208_455, 208_456, 208_457])
    expect(blocks?.slice(0, 3).map(({ number, batch }) => [number, batch])).toEqual([
      [13_641_404, 208_456],
      [13_641_405, 208_456],
      [13_641_406, 208_456],
    ])
    expect(seen?.map(({ batch, time, hash, from }) => ({ batch, time, hash, from }))).toEqual(
      commits.map((commit) => ({ ...commit, from: 'receipt' })),
    )
  })

  it('shows blocks up to the end of the claimed pause, and the commit of the last one’s batch', async () => {
    const { chain } = await chainThen({ going: true })
    const facts = await check(chain, { text: english })
    const { batches, blocks, commits: seen } = facts.report?.neighbours ?? {}
    const ages = blocks?.map(({ time }) => (Date.parse(time) - Date.parse('2023-09-12T06:14:40Z')) / 1000) ?? []
    expect(ages.slice(0, 3)).toEqual([0, 1, 2])
    expect(ages).toHaveLength(6)
    // The last one is of the last seconds of the claimed thirty-seven minutes.
    expect(ages.at(-1)).toBeLessThan(2220)
    expect(ages.at(-1)).toBeGreaterThan(2200)
    const last = blocks?.at(-1)?.batch
    expect(last).toBeGreaterThan(208_457)
    expect(batches?.map(({ number }) => number)).toEqual([208_455, 208_456, 208_457, last])
    expect(seen?.map(({ batch, from }) => [batch, from])).toEqual([
      [208_455, 'receipt'],
      [208_456, 'receipt'],
      [208_457, 'receipt'],
      [last, 'receipt'],
    ])
  })

  it('reads as the notes concluded', async () => {
    // What is usual is never learned: a first question may end before or after that.
    const { chain } = await chainThen({}, { ...quickSamples, learningPauseMs: 600_000 })
    const facts = await check(chain, { text: chinese })
    await expect(replyText(presentOutage({ ...facts, maintenance: { read: true, notes: [] } }))).toMatchFileSnapshot(
      '../../../golden/is-chain-down-2023-09-12.txt',
    )
  })

  it('asks L1 at most forty times', async () => {
    const { chain, september } = await chainThen()
    await check(chain, { text: chinese })
    const calls = september.l1.requests.flatMap(({ messages }) => messages)
    expect(calls.length).toBeLessThanOrEqual(40)
  })

  it('is refuted by its numbers alone, where the node shows nothing of the hour after', async () => {
    const facts = await check((await chainThen({ missing: true })).chain, { text: chinese })
    const missing = ['Blocks up to the end of the claimed pause: the node did not show all of them.']
    expect(facts).toMatchObject({ headline: 'report-refuted', verdict: 'up', report: { missing } })
    expect(facts.report?.neighbours.blocks).toHaveLength(3)
  })

  it('says that block and batch don’t belong together', async () => {
    const { chain } = await chainThen()
    const facts = await check(chain, { batch: 208_000, block: claimed.block, text: '暂停出块37分钟' })
    expect(facts.report?.claim.understood.join('; ')).toMatch(/block 13641404 is in batch 208456, far from 208000/)
    const close = await check(chain, { ...claimed, text: '暂停出块37分钟' })
    expect(close.report?.claim.understood.join('; ')).not.toMatch(/far from/)
  })

  it('is refuted by L1 where the node has pruned its batches', async () => {
    const { chain } = await chainThen({ pruned: true })
    const facts = await check(chain, { block: claimed.block, text: '暂停出块37分钟' })
    expect(facts).toMatchObject({ headline: 'report-refuted', verdict: 'up' })
    const [, commit] = commits
    expect(facts.report?.neighbours.commits).toMatchObject([{ ...commit, from: 'event' }])
  })

  it.each([
    ['finds the commits itself', {}, 'report-refuted', 'event'],
    ['trusts no timelock for it', { timelock: true }, 'report-refuted', 'event'],
  ])('%s where the node names the transaction of another batch', async (_, more, headline, from) => {
    const { chain } = await chainThen({ ...more, misnamed: true })
    const facts = await check(chain, { text: chinese })
    expect(facts.headline).toBe(headline)
    const seen = facts.report?.neighbours.commits ?? []
    expect(seen.slice(0, 3).map(({ batch, time, hash }) => ({ batch, time, hash }))).toEqual(commits)
    expect(seen.slice(1, 3).map((one) => one.from)).toEqual([from, from])
    expect(seen[1]?.why).toMatch(/the node names another transaction/)
  })

  it('is refuted by L1’s own events where the node names no transaction', async () => {
    const { chain, september } = await chainThen({ unnamed: true })
    const facts = await check(chain, { text: chinese })
    expect(facts).toMatchObject({ headline: 'report-refuted', verdict: 'up' })
    expect(
      facts.report?.neighbours.commits.map(({ batch, time, hash, from }) => ({ batch, time, hash, from })),
    ).toEqual(commits.map((commit) => ({ ...commit, from: 'event' })))
    const calls = september.l1.requests.flatMap(({ messages }) => messages)
    expect(calls.length).toBeLessThanOrEqual(40)
  })

  it('is refuted from its time and pause alone, by the blocks and the commits of that span', async () => {
    const facts = await check((await chainThen()).chain, { text: '9月12日 14:14(UTC+8) zkSync Era 已暂停出块37分钟' })
    expect(facts).toMatchObject({ headline: 'report-undecided', report: { claim: { from: '2023-09-12T06:14:00Z' } } })
    // The replay has no batch details before 208455, where that span begins.
    expect(facts.report?.why).toMatch(/could not be proved on L1/)
    const late = await check((await chainThen()).chain, { at: '2023-09-12 06:14:41' })
    expect(late).toMatchObject({ headline: 'report-refuted', verdict: 'up' })
  })
})

describe('on a day when it was right', { timeout: 60_000 }, () => {
  it.each<[string, number, Partial<Reported>, string, string]>([
    ['the whole pause', 2220, { text: chinese }, 'report-confirmed', 'down'],
    ['half of it', 1110, { text: english }, 'report-confirmed', 'down'],
    ['a part that is too short', 1000, { text: english }, 'report-undecided', 'unknown'],
    ['five minutes, where no pause was told', 300, { ...claimed }, 'report-confirmed', 'down'],
    ['a minute, where no pause was told', 60, { ...claimed }, 'report-undecided', 'unknown'],
    ['no number, but a time', 2220, { at: '2023-09-12 06:20' }, 'report-confirmed', 'down'],
    [
      'no number, a time and a pause',
      2220,
      { text: 'down for 37 minutes since 06:14 UTC, Sep 12' },
      'report-confirmed',
      'down',
    ],
  ])('%s', async (_, gap, reported, headline, verdict) => {
    const facts = await check((await chainThen({ gap })).chain, reported)
    expect(facts).toMatchObject({ headline, verdict, report: { gapSeconds: gap + 1 } })
    if (verdict === 'down') expect(facts.report?.cause).toBe('sequencer-stalled')
  })
})

it('does not refute a report whose pause began a few blocks after the one it names', async () => {
  const facts = await check((await chainThen({ gap: 2220, gapAfter: 10 })).chain, { text: english })
  expect(facts).toMatchObject({ headline: 'report-undecided', verdict: 'unknown' })
  expect(facts.report?.why).toMatch(/no block came for 37 min after block 13641414 .* Ask with block 13641414/)
  expect(facts.report?.neighbours.blocks.map(({ number, time }) => [number - 13_641_404, time])).toEqual([
    [0, '2023-09-12T06:14:40Z'],
    [1, '2023-09-12T06:14:41Z'],
    [2, '2023-09-12T06:14:42Z'],
    [5, '2023-09-12T06:14:45Z'],
    [7, '2023-09-12T06:14:47Z'],
    [10, '2023-09-12T06:14:50Z'],
    [11, '2023-09-12T06:51:51Z'],
  ])
  const asked = await check((await chainThen({ gap: 2220, gapAfter: 10 })).chain, { block: 13_641_414 })
  expect(asked).toMatchObject({ headline: 'report-confirmed', verdict: 'down' })
}, 60_000)

describe('a report that can’t be compared', { timeout: 60_000 }, () => {
  it.each<[string, Partial<Reported>, RegExp]>([
    ['a block of the future', { block: 99_999_999 }, /does not exist yet/],
    ['a batch of the future', { batch: 999_999 }, /does not exist yet: the last sealed one is 208457/],
    [
      'another chain',
      { text: 'Arbitrum has been down for 2 hours since 10:00' },
      /about Arbitrum; I watch era-mainnet/,
    ],
    ['a time to come', { at: '2031-01-01 10:00' }, /has not come yet/],
  ])('%s is answered as such', async (_, reported, why) => {
    const facts = await check((await chainThen()).chain, reported)
    expect(facts).toMatchObject({
      verdict: 'unknown',
      headline: 'report-undecided',
      report: { why: expect.stringMatching(why) },
    })
  })

  it('asks for something to check when the text has nothing', async () => {
    await expect(check((await chainThen()).chain, { text: 'is it broken again?' })).rejects.toThrow(
      /no batch, block or time/,
    )
  })
})
