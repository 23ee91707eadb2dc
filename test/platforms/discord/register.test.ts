// Declared commands in Discord's shape, and when they count as different from what a server has.

import { describe, expect, test } from 'vitest'
import { type Command, changeCommand } from '../../../src/core/command.ts'
import { choice, flag, integer, optional } from '../../../src/core/options.ts'
import { differences, discordCommands } from '../../../src/platforms/discord/register.ts'
import { checked } from '../../fakes/discord/problems.ts'
import { commandList } from '../../fakes/discord/shapes.ts'
import { trace } from './bot.ts'

const requeue = changeCommand({
  name: 'requeue',
  summary: `Put the stuck prover jobs of one batch back in the queue, ${'very '.repeat(30)}carefully`,
  example: '/requeue 4211',
  role: 'responder',
  visibility: 'public',
  chains: 'one',
  approval: { role: 'operator', minutes: 10 },
  options: {
    stage: optional(choice('Only this stage', ['witness', 'proof', 'compression'])),
    all: flag('Also what is settled'),
    batch: integer('L1 batch number', { complete: 'stuck-batches' }),
  },
  change: undefined as never,
  plan: async () => ({ change: null, facts: {} }),
  preview: () => ({ tone: 'neutral', title: '', blocks: [] }),
  apply: async () => ({ moved: [], left: [], before: null, after: null }),
  report: () => ({ tone: 'neutral', title: '', blocks: [] }),
})

const both: readonly Command[] = [trace, requeue]

test('declared commands become typed options within the limits, required ones first', () => {
  const [first, second] = discordCommands(both, ['era'])
  expect(first).toEqual({
    type: 1,
    name: 'trace',
    description: 'Follow a transaction from L2 to finality on L1',
    default_member_permissions: null,
    options: [
      {
        type: 3,
        name: 'transaction',
        description: 'Transaction hash',
        required: true,
        autocomplete: true,
        max_length: 6000,
      },
      { type: 4, name: 'batch', description: 'L1 batch number', required: false, autocomplete: true, min_value: 0 },
    ],
  })
  expect(second?.description).toHaveLength(100)
  expect(second?.default_member_permissions).toBe('8192')
  expect(second?.options?.map(({ name, type, required }) => [name, type, required])).toEqual([
    ['batch', 4, true],
    ['stage', 3, false],
    ['all', 5, false],
  ])
})

test('with several chains each command about a chain offers them', () => {
  const [first] = discordCommands(both, ['era', 'testnet'])
  expect(first?.options?.at(-1)).toEqual({
    type: 3,
    name: 'chain',
    description: 'Which chain',
    required: false,
    choices: [
      { name: 'era', value: 'era' },
      { name: 'testnet', value: 'testnet' },
    ],
  })
})

test('more chains than Discord offers as choices are suggested instead', () => {
  const chains = Array.from({ length: 30 }, (_, index) => `chain${index}`)
  const commands = discordCommands([trace], chains)
  expect(commands[0]?.options?.at(-1)).toMatchObject({ name: 'chain', autocomplete: true })
  checked(commandList, commands)
})

describe('compared with what a server has', () => {
  const wanted = discordCommands(both, ['era', 'testnet'])
  /** As the server gives it back. */
  const stored = wanted.map((command) => ({
    ...JSON.parse(JSON.stringify(command)),
    id: '1',
    application_id: '2',
    guild_id: '3',
    version: '4',
    nsfw: false,
    name_localizations: null,
    description_localizations: null,
    contexts: null,
    integration_types: [0],
    options: command.options?.map((option) => ({
      ...option,
      required: option.required || undefined,
      autocomplete: ('autocomplete' in option && option.autocomplete) || undefined,
      ...('choices' in option && {
        choices: option.choices?.map((one) => ({ ...one, name_localizations: null })),
      }),
    })),
  }))

  test('what the server fills in itself is no difference', () => {
    expect(differences(stored, wanted)).toEqual([])
    expect(differences([...stored].reverse(), wanted)).toEqual([])
    expect(
      differences([{ name: 'bare', description: 'x' }], [{ name: 'bare', description: 'x', options: [] }]),
    ).toEqual([])
  })

  test.each([
    ['a new one', stored.slice(1), ['/trace is new']],
    ['one we no longer have', [...stored, { ...stored[0], name: 'old' }], ['/old is no longer offered']],
    [
      'a context menu of the same name',
      [...stored, { ...stored[0], type: 2 }],
      ['/trace (type 2) is no longer offered'],
    ],
    ['a description', [{ ...stored[0], description: 'x' }, stored[1]], ['/trace: description changed']],
    [
      'the hint',
      [stored[0], { ...stored[1], default_member_permissions: '8' }],
      ['/requeue: default_member_permissions changed'],
    ],
    ['an option less', [{ ...stored[0], options: [] }, stored[1]], ['/trace: number of options changed']],
    [
      'a choice',
      [{ ...stored[0], options: withLast(stored[0].options, { choices: [{ name: 'era', value: 'era' }] }) }, stored[1]],
      ['/trace: option 3 (chain): choices changed'],
    ],
    [
      'an option’s kind',
      [{ ...stored[0], options: withLast(stored[0].options, { type: 5 }) }, stored[1]],
      ['/trace: option 3 (chain): type changed'],
    ],
  ])('%s', (_, existing, expected) => {
    expect(differences(existing, wanted)).toEqual(expected)
  })
})

function withLast(options: readonly object[], change: object): readonly object[] {
  return [...options.slice(0, -1), { ...options.at(-1), ...change }]
}
