// How long, from when on, and what a planned pause covers: as people type it, and to the minute.

import { describe, expect, it } from 'vitest'
import { covers, type MaintenanceNote, plannedFor, readPause, readStart, stateOf } from '../../src/core/maintenance.ts'

const example = '/maintenance 2h'
const note: MaintenanceNote = {
  id: 1,
  chain: 'era',
  from: '2026-05-14T22:00:00.000000Z',
  until: '2026-05-15T00:00:00.000000Z',
  reason: 'database upgrade',
  by: 'mei',
  notedAt: '2026-05-14T09:00:00.000000Z',
  endedAt: null,
  endedBy: null,
}
const ended = (endedAt: string): MaintenanceNote => ({ ...note, endedAt, endedBy: 'ana' })

describe('how long it takes', () => {
  it.each([
    ['45m', 2700],
    ['45min', 2700],
    ['2h', 7200],
    ['1h30m', 5400],
    ['1d', 86_400],
    ['1D12H', 129_600],
    ['7d', 604_800],
    ['168h', 604_800],
  ])('%s', (text, seconds) => {
    expect(readPause(text, example)).toBe(seconds)
  })

  it.each(['', '2', 'h', '30m1h', '1h 30m', '2h2h', '-2h', '1.5h', '0h', 'soon'])('“%s” is none', (text) => {
    expect(() => readPause(text, example)).toThrow(/lasts 45m, 2h, 1h30m or 1d/)
  })

  it.each(['8d', '7d1m', '169h', '9999d', '99999h'])('%s is too long', (text) => {
    expect(() => readPause(text, example)).toThrow('7 days at most')
  })
})

describe('from when on', () => {
  const read = (text: string, now = '2026-05-14T21:30:00Z') => readStart(text, new Date(now), example).toISOString()

  it.each([
    ['22:00', '2026-05-14T22:00:00.000Z'],
    ['3:05', '2026-05-15T03:05:00.000Z'],
    ['21:00', '2026-05-14T21:00:00.000Z'],
    ['20:00', '2026-05-15T20:00:00.000Z'],
    ['2026-05-16T22:00', '2026-05-16T22:00:00.000Z'],
    ['2026-05-16 22:00:30Z', '2026-05-16T22:00:30.000Z'],
    ['2026-05-10T22:00', '2026-05-10T22:00:00.000Z'],
  ])('%s', (text, start) => {
    expect(read(text)).toBe(start)
  })

  it('takes the hour just past for the one that is meant, also around midnight', () => {
    expect(read('23:50', '2026-05-15T00:10:00Z')).toBe('2026-05-14T23:50:00.000Z')
    expect(read('00:10', '2026-05-14T23:50:00Z')).toBe('2026-05-15T00:10:00.000Z')
  })

  it.each(['24:00', '22:60', 'tonight', '2026-02-30T10:00', '2026-05-16', '22:00+08:00'])('“%s” is refused', (text) => {
    expect(() => read(text)).toThrow(/it is UTC, 22:00 or 2026-01-31T22:00/)
  })

  it.each(['2026-05-01T10:00', '2026-07-01T10:00'])('%s is too far away', (text) => {
    expect(() => read(text)).toThrow('within the next 30 days')
  })
})

describe('what a note covers', () => {
  it.each([
    ['planned', note, '2026-05-14T21:59:59Z'],
    ['on', note, '2026-05-14T22:00:00Z'],
    ['on', note, '2026-05-14T23:59:59Z'],
    ['over', note, '2026-05-15T00:00:00Z'],
    ['over', ended('2026-05-14T22:30:00Z'), '2026-05-14T22:30:00Z'],
    ['on', ended('2026-05-15T00:30:00Z'), '2026-05-14T23:30:00Z'],
    ['called-off', ended('2026-05-14T21:00:00Z'), '2026-05-14T23:00:00Z'],
  ] as const)('is %s', (state, one, now) => {
    expect(stateOf(one, now)).toBe(state)
  })

  it.each([
    ['22:10', '22:47', true],
    ['21:30', '22:00', true],
    ['21:30', '21:59', false],
    ['23:59', '23:59', true],
    ['21:00', '23:59', true],
  ])('a reported pause from %s until %s', (from, until, covered) => {
    expect(covers(note, { from: `2026-05-14T${from}:00Z`, until: `2026-05-14T${until}:00Z` })).toBe(covered)
  })

  it('no moment after it was ended, and none at all when it was called off', () => {
    const after = { from: '2026-05-14T22:40:00Z', until: '2026-05-14T22:50:00Z' }
    expect(covers(ended('2026-05-14T22:30:00Z'), after)).toBe(false)
    const allNight = { from: '2026-05-14T20:00:00Z', until: '2026-05-15T06:00:00Z' }
    expect(covers(ended('2026-05-14T21:00:00Z'), allNight)).toBe(false)
  })

  it('is told of now and of the reported time, and an unread page is none', () => {
    const page = { now: '2026-05-14T23:00:00Z', notes: [note, { ...note, id: 2, from: '2026-05-20T22:00:00Z' }] }
    expect(plannedFor(page, null)).toEqual({ read: true, notes: [{ ...note, now: true, reported: false }] })
    const then = { from: '2026-05-14T22:00:00Z', until: '2026-05-14T22:00:00Z' }
    expect(plannedFor({ ...page, now: '2026-05-16T00:00:00Z' }, then).notes).toMatchObject([
      { id: 1, now: false, reported: true },
    ])
    expect(plannedFor(null, then)).toEqual({ read: false, notes: [] })
  })
})
