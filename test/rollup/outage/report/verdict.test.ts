// The rule of outage reports as a table of cases: refuted, confirmed, undecided.

import { describe, expect, it } from 'vitest'
import { concludeReport, type ReportEvidence, settleOpen } from '../../../../src/rollup/outage/report/verdict.ts'

const start = 1_694_499_280
const minutes = (count: number) => count * 60
const block = { number: 100, time: start }
const block101 = (seconds: number) => ({ number: 101, time: start + seconds })

/** Claimed: stopped at block 100 for 37 minutes. */
const seen = (more: Partial<ReportEvidence>): ReportEvidence => ({
  block,
  next: block101(1),
  usualLimit: 30,
  pausedSeconds: minutes(37),
  threshold: 300,
  nextCommitted: start + 100,
  later: null,
  span: null,
  openSeconds: null,
  ...more,
})
const span = (longest: number | null, more: Partial<ReportEvidence> = {}) =>
  seen({
    span: {
      until: start + minutes(74),
      longest: longest === null ? null : { after: block, seconds: longest },
      searchedFrom: 74,
    },
    ...more,
  })

describe('a named block', () => {
  it.each<[string, Partial<ReportEvidence>, string]>([
    ['the next came as usual, and was committed meanwhile', {}, 'refuted'],
    ['committed in the last second of the pause', { nextCommitted: start + minutes(37) - 1 }, 'refuted'],
    ['committed only when the pause was over', { nextCommitted: start + minutes(37) }, 'undecided'],
    ['its commit could not be proved', { nextCommitted: null }, 'undecided'],
    [
      'no pause was told, and it was committed at some time',
      { pausedSeconds: null, nextCommitted: start + 1e6 },
      'refuted',
    ],
    ['committed, and a short stop a little later', { later: { after: block101(9), seconds: 60 } }, 'refuted'],
    [
      'committed, and half the claimed pause without a block a little later',
      { later: { after: block101(9), seconds: minutes(18.5) } },
      'undecided',
    ],
    ['half the claimed pause without a block', { next: block101(minutes(18.5)) }, 'confirmed'],
    ['the whole claimed pause, and more', { next: block101(minutes(300)) }, 'confirmed'],
    ['less than half of it', { next: block101(minutes(18)) }, 'undecided'],
    ['no pause told: the threshold decides', { pausedSeconds: null, next: block101(300) }, 'confirmed'],
    ['no pause told: longer than usual, and too short', { pausedSeconds: null, next: block101(299) }, 'undecided'],
    ['a claimed pause below twice the threshold', { pausedSeconds: 60, next: block101(240) }, 'undecided'],
    ['longer than usual by a second', { next: block101(31) }, 'undecided'],
    [
      'a gap that is usual there, and a pause as claimed',
      { usualLimit: 900, next: block101(600), pausedSeconds: 700, nextCommitted: start + 650 },
      'refuted',
    ],
    [
      'a gap that is usual there, and no commit in it',
      { usualLimit: 900, next: block101(600), pausedSeconds: 700, nextCommitted: null },
      'confirmed',
    ],
    ['the block could not be read', { block: null }, 'undecided'],
    ['the next one could not be read', { next: null }, 'undecided'],
  ])('%s', (_, more, expected) => {
    expect(concludeReport(seen(more)).headline).toBe(`report-${expected}`)
  })

  it('that is the newest one is open until the answer to “is it down now” decides', () => {
    const open = concludeReport(seen({ next: null, openSeconds: minutes(20) }))
    expect(open).toMatchObject({ headline: 'report-undecided', open: true })
    expect(settleOpen(open, true)).toMatchObject({ headline: 'report-confirmed', verdict: 'down' })
    expect(settleOpen(open, false)).toMatchObject({ headline: 'report-undecided', verdict: 'unknown' })
  })

  it('that is the newest one and young is not confirmed by anything', () => {
    const young = concludeReport(seen({ next: null, openSeconds: minutes(10) }))
    expect(settleOpen(young, true).headline).toBe('report-undecided')
  })

  it('is not confirmed by a chain that is down now but went on then', () => {
    expect(settleOpen(concludeReport(seen({})), true).headline).toBe('report-refuted')
  })
})

describe('a claimed span without a number', () => {
  it.each<[string, ReportEvidence, string]>([
    ['blocks all along, and a commit meanwhile', span(1), 'refuted'],
    ['a real gap in it', span(minutes(19)), 'confirmed'],
    ['a gap that is unusual and too short', span(minutes(10)), 'undecided'],
    ['blocks all along, but no commit is proved', span(1, { nextCommitted: null }), 'undecided'],
    ['blocks all along, committed after the span', span(1, { nextCommitted: start + minutes(75) }), 'undecided'],
    ['it could not be searched', span(null), 'undecided'],
    ['it is not over', span(1, { openSeconds: minutes(19) }), 'undecided'],
  ])('%s', (_, evidence, expected) => {
    expect(concludeReport(evidence).headline).toBe(`report-${expected}`)
  })
})
