// What /whoami says: the ids under the words of the configuration, why a role is held, and what of a group reaches the bot.

import { expect, it } from 'vitest'
import { presentWhoami, type WhoamiFacts } from '../../src/present/whoami.ts'
import { replyText } from '../support/reply-text.ts'

const facts: WhoamiFacts = {
  account: 'telegram-user:4',
  standing: 'person',
  person: 'mei',
  platform: 'telegram',
  place: '-1001',
  parent: null,
  guild: null,
  thread: '11',
  kind: 'group',
  hears: 'addressed',
  platformRoles: ['telegram-admins'],
  roles: [{ chain: 'era', role: 'responder', because: 'telegram-admins' }],
}
const said = (changes: Partial<WhoamiFacts> = {}) => replyText(presentWhoami({ ...facts, ...changes }))

it('names chat, topic, and the entry by which a role is held', () => {
  expect(said()).toContain('Chat: `-1001`, a group')
  expect(said()).toContain('Topic: `11`')
  expect(said()).toContain('Role: responder, by the entry telegram-admins')
})

it('names a thread and its channel on Discord, because DISCORD_CHANNEL_IDS wants the channel', () => {
  const text = said({ platform: 'discord', place: '8', parent: '1', thread: null, hears: null })
  expect(text).toContain('Thread: `8`')
  expect(text).toContain('Channel of this thread: `1`')
  expect(text).not.toContain('rivacy mode')
})

it.each([
  ['addressed', 'Privacy mode is on: in groups I get commands from the menu'],
  ['all', 'Privacy mode is off: everything written in this group reaches me'],
] as const)('says in words what privacy mode means (%s)', (hears, words) => {
  expect(said({ hears })).toContain(words)
})

it.each([
  ['place-not-allowed', 'none: this place is not allowed'],
  ['role-missing', 'none: no configured entry fits you here'],
  ['nobody-configured', 'none: nobody is configured'],
])('says why no role is held (%s)', (because, words) => {
  expect(said({ roles: [{ chain: 'era', role: null, because }] })).toContain(words)
})
