// What the words on the command line mean.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCall, usage } from '../../src/cli/call.ts'
import { commandList } from '../../src/command-list.ts'
import { UserError } from '../../src/core/errors.ts'

const textOf = (words: readonly string[]) => {
  const call = readCall(words)
  if (call.kind !== 'once' || call.ask.kind !== 'command' || !('text' in call.ask.input)) throw new Error('no command')
  return call.ask.input.text
}

describe('the words', () => {
  it.each([
    [['--help'], { kind: 'usage' }],
    [['-h'], { kind: 'usage' }],
    [['--version'], { kind: 'version' }],
    [['start'], { kind: 'start' }],
    [['chat'], { kind: 'chat' }],
    [['doctor', '--json'], { kind: 'doctor', json: true }],
    [['demo'], { kind: 'demo', run: [], scenario: null, as: null, platforms: false }],
    [['demo', '--platforms'], { kind: 'demo', run: [], scenario: null, as: null, platforms: true }],
    [
      ['demo', '--run', '/trace 0xab', '--run=1', '--scenario', 'golden', '--as', 'mei'],
      { kind: 'demo', run: ['/trace 0xab', '1'], scenario: 'golden', as: 'mei', platforms: false },
    ],
    [
      ['approve', 's1.abc', '--json'],
      { kind: 'once', ask: { kind: 'press', action: 'a:s1.abc' }, json: true, chain: null },
    ],
    [['cancel', 's1.abc'], { kind: 'once', ask: { kind: 'press', action: 'c:s1.abc' }, json: false, chain: null }],
    [
      ['/trace', '0xab', '--chain', 'era'],
      { kind: 'once', ask: { kind: 'command', name: 'trace', input: { text: '0xab' } }, json: false, chain: 'era' },
    ],
  ])('%j make %j', (words, call) => {
    expect(readCall(words)).toEqual(call)
  })

  it.each<[string[], string]>([
    [['trace', '--json', 'batch', '7670'], 'batch 7670'],
    [['is-chain-down', 'no blocks for 37 minutes'], '"no blocks for 37 minutes"'],
    [['is-chain-down', 'at=2023-09-12 14:14'], 'at="2023-09-12 14:14"'],
    [['is-chain-down', 'it says "stuck" now'], 'it says "stuck" now'],
    [['trace', '--', '--json'], '--json'],
    [['trace', ''], '""'],
  ])('%j keep what was one word for the shell: %j', (words, text) => {
    expect(textOf(words)).toBe(text)
  })

  it.each<[string[], string]>([
    [[], 'Say what to do.'],
    [['--frobnicate'], 'There is no option --frobnicate.'],
    [['start', 'now'], 'rollcall start takes no word like “now”.'],
    [['trace', '--frobnicate'], 'frobnicate'],
    [['trace', '--chain'], '--chain'],
    [['approve'], 'takes the id of a change'],
    [['approve', 'x'], 'takes the id of a change'],
    [['approve', 's1.abc', 's1.abd'], 'takes the id of a change'],
    [['demo', '--as', 'mei,root'], '--as takes a name of one word.'],
  ])('%j are a mistake that says what to do', (words, text) => {
    expect(() => readCall(words)).toThrow(UserError)
    expect(() => readCall(words)).toThrow(text)
    expect(() => readCall(words)).toThrow('rollcall --help')
  })

  it('never fail in another way, whatever they are', () => {
    const known = fc.constantFrom('--json', '--chain', '--', '-x', 'trace', 'approve', 'demo', '--run')
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), known), { maxLength: 6 }), (words) => {
        try {
          readCall(words)
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
      }),
    )
  })
})

it('the usage names every call and command, in lines that fit', () => {
  const text = usage(commandList)
  for (const name of ['start', 'chat', 'demo', 'doctor', 'approve', 'cancel', '--json', '--chain']) {
    expect(text).toContain(name)
  }
  for (const { name, summary } of commandList) {
    expect(text).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 10)}`, 'm'))
  }
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110)
})
