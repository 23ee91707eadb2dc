// What a Discord interaction becomes: a request with its caller and place, a question for suggestions, or nothing.

import { type APIInteraction, InteractionType } from 'discord.js'
import { describe, expect, test } from 'vitest'
import { readInteraction, timeOf } from '../../../src/platforms/discord/read.ts'

const sentAt = new Date('2026-01-02T03:04:05.678Z')
const id = ((BigInt(sentAt.getTime()) - 1_420_070_400_000n) << 22n).toString()
const user = { id: '222222222222222222', username: 'mei', global_name: 'Mei', discriminator: '0', avatar: null }
const member = {
  user,
  roles: ['5', '6'],
  nick: null,
  joined_at: '',
  permissions: '0',
  deaf: false,
  mute: false,
  flags: 0,
}
const channel = { id: '1', type: 0, name: 'incidents' }
const command = { id: '9', name: 'trace', type: 1, options: [{ name: 'batch', type: 4, value: 7670 }] }
const base = { id, application_id: '3', token: 't', version: 1, guild_id: '4', channel, channel_id: '1', member }

const read = (more: object, at = sentAt) =>
  readInteraction(
    { ...base, type: InteractionType.ApplicationCommand, data: command, ...more } as unknown as APIInteraction,
    at,
  )
const request = (more: object, at = sentAt) => {
  const arrival = read(more, at)
  return arrival?.kind === 'request' ? arrival.request : null
}

test('an id tells when it was made', () => {
  expect(new Date(timeOf(id))).toEqual(sentAt)
})

test.each([
  ['1.5 s later', 1500, 1.5],
  ['with our clock behind', -60_000, 0],
  ['with our clock ahead: older than 3 s could not be acknowledged', 600_000, 3],
])('lateness %s', (_, waited, late) => {
  expect(request({}, new Date(sentAt.getTime() + waited))?.lateSeconds).toBe(late)
})

describe('the caller', () => {
  test.each([
    ['a member', {}, { name: 'Mei', standing: 'person', roles: ['discord-role:5', 'discord-role:6'] }],
    ['a member with a nickname', { member: { ...member, nick: 'Mei (on call)' } }, { name: 'Mei (on call)' }],
    ['somebody in a direct message', { member: undefined, user }, { name: 'Mei', roles: [] }],
    ['a bot', { member: { ...member, user: { ...user, bot: true } } }, { standing: 'bot' }],
    ['nobody', { member: undefined }, { account: null, standing: 'no-sender' }],
  ])('%s', (_, more, expected) => {
    expect(request(more)?.caller).toMatchObject(expected)
  })
})

describe('the place', () => {
  test.each([
    ['a channel', {}, { id: '1', kind: 'group', guild: '4', name: 'incidents' }],
    ['a thread', { channel: { id: '8', type: 11, name: 'outage', parent_id: '1' } }, { id: '8', parent: '1' }],
    ['a private thread', { channel: { id: '8', type: 12, parent_id: '1' } }, { id: '8', parent: '1' }],
    ['a channel in a category has no parent for us', { channel: { ...channel, parent_id: '7' } }, { id: '1' }],
    ['a direct message', { guild_id: undefined, channel: { id: '2', type: 1 } }, { kind: 'private', id: '2' }],
    ['a group of people', { guild_id: undefined, channel: { id: '2', type: 3, name: null } }, { kind: 'group' }],
  ])('%s', (_, more, expected) => {
    const place = request(more)?.place
    expect(place).toMatchObject({ platform: 'discord', ...expected })
    expect(place?.parent).toBe('parent' in expected ? expected.parent : undefined)
  })
})

test('typing an option tells which were given before', () => {
  const options = [
    { name: 'chain', type: 3, value: 'testnet' },
    { name: 'batch', type: 4, value: '11', focused: true },
  ]
  const arrival = read({ type: InteractionType.ApplicationCommandAutocomplete, data: { ...command, options } })
  expect(arrival).toMatchObject({
    kind: 'completion',
    question: { command: 'trace', option: 'batch', typed: '11', given: { chain: 'testnet' } },
    wantsNumber: true,
  })
})

describe('what was asked', () => {
  const message = { id: '10', channel_id: '1', flags: 0 }
  const press = { type: InteractionType.MessageComponent, data: { custom_id: 'a:1', component_type: 2 }, message }

  test('a command with typed values', () => {
    expect(request({})?.ask).toEqual({ kind: 'command', name: 'trace', input: { values: { batch: 7670 } } })
  })

  test('a command and a press that leave out their type', () => {
    const { type: _, ...bare } = command
    expect(request({ data: bare })?.ask).toMatchObject({ kind: 'command', name: 'trace' })
    expect(request({ ...press, data: { custom_id: 'a:1' } })?.ask).toMatchObject({ kind: 'press', action: 'a:1' })
  })

  test('a press names the button and its message', () => {
    expect(request(press)?.ask).toEqual({
      kind: 'press',
      action: 'a:1',
      message: { platform: 'discord', place: '1', message: '10' },
    })
  })

  test('a press on a private answer names no message, because it can’t be edited by its id', () => {
    const arrival = read({ ...press, message: { ...message, flags: 64 } })
    expect(arrival).toMatchObject({ fromPrivateMessage: true, request: { ask: { kind: 'press', action: 'a:1' } } })
    expect(arrival?.kind === 'request' && 'message' in arrival.request.ask).toBe(false)
  })

  test.each([
    ['a ping', { type: InteractionType.Ping }],
    ['a modal', { type: InteractionType.ModalSubmit, data: { custom_id: 'x', components: [] } }],
    ['a menu', { ...press, data: { custom_id: 'x', component_type: 3, values: [] } }],
    ['a context menu', { data: { ...command, type: 2 } }],
  ])('%s is not for us', (_, more) => {
    expect(read(more)).toBeNull()
  })
})
