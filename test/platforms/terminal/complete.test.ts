// What Tab offers at each place of a line.

import { describe, expect, it } from 'vitest'
import { readCommand } from '../../../src/core/command.ts'
import { choice, flag, integer, named, optional, text } from '../../../src/core/options.ts'
import { accountOf } from '../../../src/platforms/terminal/adapter.ts'
import { completionAt, createCompleter } from '../../../src/platforms/terminal/complete.ts'

const trace = readCommand({
  name: 'trace',
  summary: 'Follow a transaction',
  example: '/trace 0xab',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  options: {
    what: text('A hash', { complete: 'recent-transactions' }),
    batch: optional(named(integer('A batch'))),
    stage: optional(named(choice('A stage', ['commit', 'prove']))),
    notify: flag('Tell me later'),
  },
  run: async () => ({}),
  present: () => ({ tone: 'good', title: '', blocks: [] }),
})
const status = { ...trace, name: 'prover-status' }
const commands = [trace, status]

describe('Tab', () => {
  it.each<[string, readonly string[], string | null]>([
    ['', ['trace', 'prover-status'], null],
    ['/', ['/trace', '/prover-status'], null],
    ['/PR', ['/prover-status'], null],
    ['/trace ', ['batch', 'stage', 'notify'], 'what'],
    ['/trace 0xab no', ['notify'], null],
    ['/trace 0xab stage ', [], 'stage'],
    ['/trace 0xab stage=co', [], 'stage'],
    ['/unknown x', [], null],
  ])('after %j offers %j and values of %j', (line, words, option) => {
    const found = completionAt(line, commands, ['main'])
    expect(found.words).toEqual(words)
    expect(found.option?.name ?? null).toBe(option)
  })

  it('offers the chain where there are several', () => {
    expect(completionAt('/trace 0xab ch', commands, ['era', 'testnet']).words).toEqual(['chain'])
  })

  it.each([
    ['/trace chain=testnet 0x', { chain: 'testnet' }],
    ['/trace chain testnet 0x', { chain: 'testnet' }],
    ['/trace 0x', {}],
  ])('asks for values on the chain that %j names', (line, given) => {
    expect(completionAt(line, commands, ['era', 'testnet']).option).toMatchObject({ name: 'what', typed: '0x', given })
  })

  it('puts the values the command suggests in place of what is typed', async () => {
    const hooks = { complete: async () => [{ name: 'commit', value: 'commit' }] }
    const complete = createCompleter(hooks, commands, ['main'], accountOf('mei'))
    expect(await complete('/trace 0xab stage=co')).toEqual([['stage=commit'], 'stage=co'])
  })
})
