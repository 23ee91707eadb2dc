// The one grammar of typed lines: names, values, positions, flags, the untouched rest, and clear sentences for mistakes.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/core/errors.ts'
import { choice, flag, integer, named, optional, readLine, readValues, text } from '../../src/core/options.ts'

const trace = {
  what: optional(text('a transaction hash')),
  batch: optional(named(integer('an L1 batch number'))),
  notify: flag('post when the next stage is done'),
}
const report = {
  batch: optional(named(integer('a batch'))),
  block: optional(named(integer('a block'))),
  at: optional(named(text('a time'))),
  report: { ...optional(text('the pasted report')), rest: true },
}
const requeue = {
  what: text('1143, 1139-1143 or stuck'),
  class: optional(choice('which jobs', ['expired', 'exhausted'])),
}

describe('typed lines', () => {
  it.each([
    ['0xabc', { what: '0xabc', batch: undefined, notify: false }],
    ['batch 7670', { what: undefined, batch: 7670, notify: false }],
    ['Batch=7,670', { what: undefined, batch: 7670, notify: false }],
    ['batch #208455', { what: undefined, batch: 208455, notify: false }],
    ['0xabc notify', { what: '0xabc', batch: undefined, notify: true }],
    ['notify 0xabc', { what: '0xabc', batch: undefined, notify: true }],
    ['"two words"', { what: 'two words', batch: undefined, notify: false }],
    ['what="two words" notify=yes', { what: 'two words', batch: undefined, notify: true }],
    ['https://x/tx/0xabc?tab=1', { what: 'https://x/tx/0xabc?tab=1', batch: undefined, notify: false }],
    ['"batch"', { what: 'batch', batch: undefined, notify: false }],
    ['', { what: undefined, batch: undefined, notify: false }],
  ])('%j', (line, expected) => {
    expect(readLine(trace, line, '/trace 0x…')).toEqual(expected)
  })

  it('gives the rest untouched to the option that takes it', () => {
    const pasted = 'batch 208455 It\'s "down", block #13641404  since 14:14'
    expect(readLine(report, pasted, '')).toEqual({
      batch: 208455,
      block: undefined,
      at: undefined,
      report: 'It\'s "down", block #13641404  since 14:14',
    })
  })

  it('does not mistake an ordinary word of a pasted text for an option', () => {
    expect(readLine(report, 'Block explorer shows nothing new', '')).toMatchObject({
      block: undefined,
      report: 'Block explorer shows nothing new',
    })
  })

  it('reads options beside a quoted time', () => {
    expect(readLine(report, 'batch 208455 block 13641404 at "2023-09-12 14:14"', '')).toEqual({
      batch: 208455,
      block: 13641404,
      at: '2023-09-12 14:14',
      report: undefined,
    })
  })

  it.each([
    [trace, 'batch seven', '“batch” should be a whole number, not “seven”.'],
    [trace, 'batch -3', '“batch” should be a whole number, not “-3”.'],
    [trace, 'batch 99999999999999999999', '“batch” should be a whole number, not “99999999999999999999”.'],
    [trace, '0xabc 0xdef', "I don't understand “0xdef” here."],
    [requeue, '', '“what” is missing: 1143, 1139-1143 or stuck.'],
    [requeue, 'stuck class=late', '“class” should be one of expired, exhausted, not “late”.'],
  ])('%# says what is wrong and shows the example', (options, line, sentence) => {
    expect(() => readLine(options, line, '/example 1')).toThrow(new UserError(`${sentence}\nTry: /example 1`))
  })

  it('never shows control or direction characters of a mistake back', () => {
    expect(() => readLine(trace, 'a b\u202E\u0007c', '')).toThrow(/“bc”/)
  })

  it('answers or explains any line, and never throws anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (line) => {
        for (const options of [trace, report, requeue]) {
          try {
            readLine(options, line, '/example')
          } catch (error) {
            expect(error).toBeInstanceOf(UserError)
            expect((error as Error).message.split('\n')).toHaveLength(2)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('accepts values that a platform already took apart', () => {
    expect(readValues(trace, { batch: 7, notify: true }, '')).toEqual({ what: undefined, batch: 7, notify: true })
    expect(() => readValues(trace, { batch: 7.5 }, '/t')).toThrow('whole number')
  })
})
