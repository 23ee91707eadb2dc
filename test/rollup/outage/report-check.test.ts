// The reported outage of 2023-09-12 against servers that replay its published facts; and reports nothing can be said of.

import { afterEach, describe, expect, it } from 'vitest'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { presentOutage } from '../../../src/present/is-chain-down.ts'
import type { Reported } from '../../../src/rollup/outage/report-text.ts'
import { replyText } from '../../support/reply-text.ts'
import { claimed, commits, type September, startSeptember } from '../../support/september-2023.ts'
import { silentLog } from '../../support/storage.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function chainThen(
  changes: { readonly missing?: boolean } = {},
): Promise<{ readonly chain: Chain; readonly september: September }> {
  const september = await startSeptember(changes)
  open.push(september.stop)
  const [settings] = readConfig(september.environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const chain = createChain({
    settings: { ...settings, explorerApi: [] },
    log: silentLog,
    now: () => september.now,
    reportTimeZone: 'UTC',
  })
  open.push(() => chain.close())
  return { chain, september }
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
    expect(blocks?.map(({ number, batch }) => [number, batch])).toEqual([
      [13_641_404, 208_456],
      [13_641_405, 208_456],
      [13_641_406, 208_456],
    ])
    expect(seen?.map(({ batch, time, hash, from }) => ({ batch, time, hash, from }))).toEqual(
      commits.map((commit) => ({ ...commit, from: 'receipt' })),
    )
  })

  it('reads as the notes concluded', async () => {
    const facts = await check((await chainThen()).chain, { text: chinese })
    await expect(replyText(presentOutage({ ...facts, maintenance: { read: true, notes: [] } }))).toMatchFileSnapshot(
      '../../golden/is-chain-down-2023-09-12.txt',
    )
  })

  it('asks L1 at most forty times', async () => {
    const { chain, september } = await chainThen()
    await check(chain, { text: chinese })
    const calls = september.l1.requests.flatMap(({ messages }) => messages)
    expect(calls.length).toBeLessThanOrEqual(40)
  })

  it('is refuted by its numbers alone where the node shows no later blocks, and says what is missing', async () => {
    const facts = await check((await chainThen({ missing: true })).chain, { text: chinese })
    expect(facts).toMatchObject({ headline: 'report-refuted', verdict: 'up' })
    expect(facts.report?.missing).toEqual([expect.stringMatching(/whole claimed span/)])
  })
})

describe('a report that can’t be compared', { timeout: 60_000 }, () => {
  it.each<[string, Partial<Reported>, RegExp]>([
    ['a block of the future', { block: 99_999_999 }, /does not exist yet/],
    ['a batch of the future', { batch: 999_999 }, /not known here/],
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
