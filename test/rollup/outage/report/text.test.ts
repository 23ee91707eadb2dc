// Reported outages as people paste them: what is understood, what is left alone, and that no number is ever invented.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../../src/core/errors.ts'
import { meantTime, zoneName } from '../../../../src/rollup/outage/report/clock.ts'
import { readClaimedTime, readReport, readReported } from '../../../../src/rollup/outage/report/text.ts'

describe('batch and block', () => {
  it.each<[string, number | null, number | null]>([
    ['最新批次为#208455,区块高度已暂停于#13641404', 208_455, 13_641_404],
    ['最新批次为#208,455,区块高度已暂停于13641404', 208_455, 13_641_404],
    ['latest batch #208,455, stuck at block 13,641,404', 208_455, 13_641_404],
    ['Batch: 208455. Block height: 13641404', 208_455, 13_641_404],
    ['the block explorer shows batch 208455', 208_455, null],
    ['the blockchain has 7 nodes', null, null],
    ['no blocks for 37 minutes', null, null],
    ['blocks stopped at 14:14', null, null],
    ['no block since 2023-09-12', null, null],
    ['#13641404 block is the last one', null, 13_641_404],
    ['区块链浏览器显示第 13641404 区块', null, 13_641_404],
    ['block 99999999999999999999', null, null],
    ['block time is 1.5 s', null, null],
    ['3 validators, 12 gwei', null, null],
    ['latest batch: №208455; height № 13641404', 208_455, 13_641_404],
    ['最新批次为＃２０８４５５，区块高度暂停于＃１３，６４１，４０４', 208_455, 13_641_404],
    ['批次 208,455，最新区块 13,641,404', 208_455, 13_641_404],
    ['Block 13.641.404 of batch 208.455', 208_455, 13_641_404],
    ['block 13 641 404', null, 13_641_404],
    ['stuck at #13641404 since 14:14 Beijing time', null, 13_641_404],
    ['停在 13641404', null, 13_641_404],
    ['stopped at 14:14', null, null],
    ['the last block at 14:14 was #13641404', null, 13_641_404],
    ['Last L2 block 13641404, L1 batch 208455, 37m ago', 208_455, 13_641_404],
    ['Block 12.5 of 13', null, null],
  ])('%s', (text, batch, block) => {
    expect(readReport(text)).toMatchObject({ batch, block })
  })
})

describe('how long', () => {
  it.each<[string, number | null]>([
    ['已暂停出块37分钟', 2220],
    ['no blocks for 37 minutes', 2220],
    ['paused for 1 hour and 20 min', 4800],
    ['down 2h', 7200],
    ['宕机半小时', 1800],
    ['halted for 1.5 hours', 5400],
    ['暂停出块约 37 分钟', 2220],
    ['暂停出块约３７分钟', 2220],
    ['停了三十七分钟', 2220],
    ['宕机十分钟', 600],
    ['宕机两小时', 7200],
    ['宕机1小时20分钟', 4800],
    ['down for half an hour', 1800],
    ['halted at block height of 13641404 on Sep 12 at 06:14:40 UTC for 37 mins', 2220],
    ['blocks have not been produced for 37 minutes', 2220],
    ['No blocks in the last 37 minutes', 2220],
    ['一天前发布', null],
    ['a block every 2 seconds', null],
    ['the report is 3 days old', null],
  ])('%s', (text, seconds) => {
    expect(readReport(text).pausedSeconds).toBe(seconds)
  })
})

describe('when', () => {
  it.each<[string, object | null]>([
    ['2023-09-12 14:14', { year: 2023, month: 9, day: 12, hour: 14, minute: 14, offsetMinutes: null }],
    ['9月12日 时间为14:14', { year: null, month: 9, day: 12, hour: 14, minute: 14 }],
    ['Sep-12-2023 06:15:59 AM +UTC', { year: 2023, month: 9, day: 12, hour: 6, second: 59, offsetMinutes: 0 }],
    ['12 September 2023, 2:14 pm UTC+8', { year: 2023, month: 9, day: 12, hour: 14, offsetMinutes: 480 }],
    ['2023-09-12T06:14:40Z', { hour: 6, minute: 14, second: 40, offsetMinutes: 0 }],
    ['2023-09-12T14:14:40+08:00', { hour: 14, offsetMinutes: 480 }],
    ['北京时间14:14', { hour: 14, month: null, offsetMinutes: 480 }],
    ['下午2点14分', { hour: 14, minute: 14 }],
    ['14:14 CST', { offsetMinutes: null }],
    ['2:14 pm', { hour: 14, minute: 14 }],
    ['2:14 pm (UTC+8)', { hour: 14, offsetMinutes: 480 }],
    ['下午2:14', { hour: 14, minute: 14 }],
    ['9月12日14时14分', { month: 9, day: 12, hour: 14, minute: 14 }],
    ['北京时间 2023年9月12日 14:14', { year: 2023, month: 9, day: 12, offsetMinutes: 480 }],
    ['2023/09/12 14:14:40 +08:00', { year: 2023, second: 40, offsetMinutes: 480 }],
    ['on Sept 12 at 06:14 UTC', { year: null, month: 9, day: 12, offsetMinutes: 0 }],
    ['2023-02-30 10:00', { year: null, month: null, day: null, hour: 10 }],
    ['25:10', null],
    ['10:61', null],
    ['ratio 3:1', null],
    ['yesterday', { daysAgo: 1, wholeDay: true }],
    ['2023-09-12', { year: 2023, month: 9, day: 12, wholeDay: true }],
    ['sometime', null],
  ])('%s', (text, time) => {
    const found = readClaimedTime(text)
    if (time === null) expect(found).toBeNull()
    else expect(found).toMatchObject(time)
  })
})

describe('which moment is meant', () => {
  const anchor = Date.parse('2023-09-12T06:14:40Z') / 1000
  const moment = (text: string, anchors: readonly number[], zone = 'UTC') => {
    const claimed = readClaimedTime(text)
    if (claimed === null) throw new Error('no time')
    const found = meantTime({ claimed, anchors, zone, now: Date.parse('2023-10-01T00:00:00Z') / 1000 })
    return { ...found, at: new Date(found.at * 1000).toISOString(), zone: zoneName(found.offsetMinutes) }
  }

  it('takes zone, year and day from the named numbers', () => {
    const meant = { at: '2023-09-12T06:14:00.000Z', zone: 'UTC+8', zoneFrom: 'anchor', yearFrom: 'anchor', fits: true }
    expect(moment('14:14', [anchor])).toMatchObject(meant)
    expect(moment('9月12日 14:14', [anchor])).toMatchObject(meant)
  })

  it('knows zones of a quarter of an hour', () => {
    expect(moment('11:59', [anchor])).toMatchObject({ zone: 'UTC+5:45', fits: true })
  })

  it('keeps a written zone, and says when it does not fit', () => {
    expect(moment('2023-09-12 14:14 UTC', [anchor])).toMatchObject({
      at: '2023-09-12T14:14:00.000Z',
      zoneFrom: 'written',
      fits: false,
    })
  })

  const now = Date.parse('2023-10-01T12:00:00Z') / 1000
  const without = (text: string) => {
    const claimed = readClaimedTime(text)
    if (claimed === null) throw new Error('no time')
    const { at, otherwise } = meantTime({ claimed, anchors: [], zone: 'UTC', now })
    const shown = (time: number) => new Date(time * 1000).toISOString().slice(0, 16)
    return otherwise === null ? shown(at) : [shown(at), shown(otherwise)]
  }

  it.each<[string, string | readonly string[]]>([
    ['14:14 zkSync stopped', '2023-09-30T14:14'],
    ['11:14 zkSync stopped', '2023-10-01T11:14'],
    ['yesterday at 11:14 zkSync stopped', '2023-09-30T11:14'],
    ['昨天 14:14 zkSync 停止出块', '2023-09-30T14:14'],
    ['tomorrow 10:00 the chain stops', '2023-10-02T10:00'],
    ['on Tuesday at 14:14', '2023-09-26T14:14'],
    ['December 25, 10:00 it stopped', '2022-12-25T10:00'],
    ['on December 25, 10:00 it will stop', '2023-12-25T10:00'],
    ['09/12/2023 14:14', '2023-09-12T14:14'],
    ['03/04/2023 14:14', ['2023-03-04T14:14', '2023-04-03T14:14']],
    ['2 am ET, September 12', '2023-09-12T06:00'],
    ['2 am ET, January 12 2023', '2023-01-12T07:00'],
    ['2023-09-12', '2023-09-12T00:00'],
  ])('without numbers, what is told has been: %s', (text, expected) => {
    expect(without(text)).toEqual(expected)
  })

  it('lets the named numbers decide between two orders of day and month', () => {
    expect(moment('12/09/2023 14:14', [anchor])).toMatchObject({ at: '2023-09-12T06:14:00.000Z', zone: 'UTC+8' })
  })

  it('falls back on the configured zone, summer time included', () => {
    expect(moment('2023-07-01 12:00', [], 'Europe/Berlin')).toMatchObject({
      at: '2023-07-01T10:00:00.000Z',
      zoneFrom: 'configured',
      fits: null,
    })
    expect(moment('2023-12-01 12:00', [], 'Europe/Berlin')).toMatchObject({ at: '2023-12-01T11:00:00.000Z' })
  })
})

it('knows a sentence that begins like an option', () => {
  const reported = { batch: null, block: null, at: 'about', text: '14:14 (UTC+8) zkSync stopped at block 13641404' }
  expect(readReported(reported)).toMatchObject({ block: 13_641_404, time: { hour: 14, offsetMinutes: 480 } })
  const zoned = { batch: null, block: null, at: '14:14', text: 'UTC+8, batch 208455' }
  expect(readReported(zoned)).toMatchObject({ batch: 208_455, time: { hour: 14, offsetMinutes: 480 } })
})

it('lets typed options win over the pasted text, and asks when nothing can be checked', () => {
  const reported = { batch: 7, block: null, at: '10:00', text: 'batch 8, block 9 at 11:00' }
  expect(readReported(reported)).toMatchObject({ batch: 7, block: 9, time: { hour: 10 } })
  expect(readReported({ batch: null, block: null, at: null, text: null })).toBeNull()
  expect(() => readReported({ batch: null, block: null, at: 'noon', text: null })).toThrow(UserError)
  expect(() => readReported({ batch: null, block: null, at: null, text: 'help' })).toThrow(UserError)
})

describe('which chain', () => {
  const era = { name: 'mainnet', chainId: 324 }
  it.each<[string, string | null]>([
    ['zkSync Era is down', null],
    ['ZKsync halted for 2 hours', null],
    ['zkSync Era Mainnet stopped', null],
    ['zkSync 2.0 主网宕机', null],
    ['no block for 37 minutes', null],
    ['Arbitrum has been down for 2 hours', 'Arbitrum'],
    ['Unlike zkSync Era, Arbitrum has been down for 2 hours', 'Arbitrum'],
    ['zkSync Era is down; Arbitrum and Base are not affected', null],
    ['The bridge from zkSync Era to Arbitrum is down', null],
    ['Arbitrum enters a new era, and is down', 'Arbitrum'],
    ['Base 链宕机 40 分钟', 'Base'],
    ['based on block 13641404, the chain stopped', null],
    ['scroll down to block 13641404', null],
    ['zkSync Lite (zkSync 1.0) 停止出块', 'zkSync Lite'],
    ['Polygon zkEVM halted for 10 hours', 'Polygon zkEVM'],
    ['Starknet 宕机 4 小时', 'Starknet'],
    ['以太坊主网停止出块 37 分钟', 'Ethereum'],
    ['最新批次提交给以太坊，停在 13641404', null],
    ['zkSync Era testnet is down', 'zkSync Era’s testnet'],
    ['zkSync Sepolia 停止出块', 'zkSync Era’s testnet'],
    ['zkSync Era mainnet is down, the testnet is not', null],
  ])('%s', (text, other) => {
    expect(readReport(text, era).otherChain).toBe(other)
  })

  it('takes the configured name for ours', () => {
    expect(readReport('Sophon has been down for 2 hours', era).otherChain).toBe('Sophon')
    expect(readReport('Sophon has been down for 2 hours', { name: 'sophon', chainId: 50104 }).otherChain).toBeNull()
    expect(readReport('zkSync mainnet down', { name: 'testnet', chainId: 300 }).otherChain).toBe('zkSync Era’s mainnet')
  })
})

it('says what it left aside where more than one thing may have been meant', () => {
  const text =
    'Explorer stuck at block 13641404, RPC at block 13643624, 14:14; seen at 15:02; Arbitrum is fine, zkSync is down'
  expect(readReport(text).besides).toEqual(['block 13643624', '15:02', 'Arbitrum'])
  expect(readReport('block 99999999999999999999').impossible).toBe('99999999999999999999')
})

const pieces = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'batch',
    'block',
    '批次',
    '区块高度',
    '#',
    ' ',
    ':',
    ',',
    '14:14',
    '37分钟',
    'stopped for',
    'UTC+8',
    '9月12日',
    '2023-',
  ),
  fc.nat().map(String),
)

it('never throws and never invents a number, whatever is pasted', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join('')
      const claim = readReport(text)
      const digits = text.normalize('NFKC').replaceAll(/[.,_'’ ]/g, '')
      for (const value of [claim.batch, claim.block]) if (value !== null) expect(digits).toContain(String(value))
      if (claim.time !== null && !claim.time.wholeDay)
        expect(digits).toContain(String(claim.time.minute).padStart(2, '0'))
      if (claim.pausedSeconds !== null) expect(claim.pausedSeconds).toBeGreaterThan(0)
    }),
    { numRuns: 2000 },
  )
})
