// Who may do what where, as a table of cases.

import { describe, expect, it } from 'vitest'
import {
  type AccessQuestion,
  type AccessSettings,
  decide,
  dependsOnChatAdmins,
  rolesHeld,
} from '../../src/core/access.ts'
import { secondPerson } from '../../src/core/people.ts'
import type { Caller, Place } from '../../src/core/request.ts'

const people = [
  { name: 'mei', accounts: ['discord-user:1', 'telegram-user:2'] },
  { name: 'ada', accounts: ['discord-user:7', 'telegram-user:8'] },
]
const settings: AccessSettings = {
  roles: new Map([
    [
      'era',
      {
        viewer: ['everyone-here'],
        responder: ['discord-role:50', 'telegram-admins', 'terminal:sam'],
        operator: ['discord-user:1'],
      },
    ],
    ['testnet', { viewer: [], responder: [], operator: ['discord-user:9'] }],
  ]),
  people,
  discordGuilds: ['100'],
  discordChannels: ['200'],
  telegramChats: ['-300'],
}
const closed: AccessSettings = {
  ...settings,
  roles: new Map([['era', { viewer: [], responder: [], operator: [] }]]),
}

const person = (account: string, roles: readonly string[] = []): Caller => ({
  account,
  name: 'x',
  standing: 'person',
  roles,
})
const channel: Place = { platform: 'discord', id: '200', guild: '100', kind: 'channel' }
const thread: Place = { platform: 'discord', id: '201', parent: '200', guild: '100', kind: 'channel' }
const chat: Place = { platform: 'telegram', id: '-300', kind: 'group' }
const terminal: Place = { platform: 'terminal', id: 'terminal', kind: 'terminal' }
const noSender: Caller = { account: null, name: '', standing: 'no-sender', roles: [] }
const anonymous: Caller = { account: 'telegram-user:1087968824', name: '', standing: 'anonymous-admin', roles: [] }

const ask = (question: Partial<AccessQuestion>): AccessQuestion => ({
  need: 'viewer',
  change: false,
  caller: person('discord-user:5'),
  place: channel,
  chain: 'era',
  ...question,
})
const verdict = (question: Partial<AccessQuestion>, used = settings) => {
  const access = decide(ask(question), used)
  return access.allowed ? access.role : access.refusal
}

describe('access', () => {
  it.each<[string, Partial<AccessQuestion>, string | null]>([
    ['anyone in an allowed channel may read where everyone-here is a viewer', {}, 'viewer'],
    ['a thread counts as its parent channel', { place: thread }, 'viewer'],
    ['a thread under another channel is refused', { place: { ...thread, parent: '999' } }, 'place-not-allowed'],
    [
      'another guild is refused even when the channel id fits',
      { place: { ...channel, guild: '666' } },
      'place-not-allowed',
    ],
    [
      'a direct message on Discord is refused',
      { place: { platform: 'discord', id: '5', kind: 'private' } },
      'place-not-allowed',
    ],
    [
      'a Discord role gives the responder role',
      { need: 'responder', change: true, caller: person('discord-user:5', ['discord-role:50']) },
      'responder',
    ],
    ['a viewer may not ask for a change', { need: 'responder', change: true }, 'role-missing'],
    [
      'an operator by account carries over to Telegram through PEOPLE',
      { need: 'operator', caller: person('telegram-user:2'), place: chat },
      'operator',
    ],
    [
      'a Discord role does not carry over to Telegram',
      { need: 'responder', caller: person('telegram-user:8'), place: chat },
      'role-missing',
    ],
    [
      'an operator of the testnet is not one of mainnet',
      { need: 'operator', caller: person('discord-user:9') },
      'role-missing',
    ],
    [
      'chat administrators are responders once it is established',
      { need: 'responder', caller: person('telegram-user:5', ['telegram-admins']), place: chat },
      'responder',
    ],
    [
      'an anonymous administrator may not ask for a change',
      { need: 'responder', change: true, caller: anonymous, place: chat },
      'anonymous-admin',
    ],
    ['an anonymous administrator may read as everybody here', { caller: anonymous, place: chat }, 'viewer'],
    ['a channel post may read where everybody here may', { caller: noSender, place: chat }, 'viewer'],
    [
      'a channel post holds no stronger role',
      { need: 'responder', change: true, caller: noSender, place: chat },
      'role-missing',
    ],
    [
      'a post in a channel, where only administrators post, may ask where they may',
      { need: 'responder', change: true, caller: noSender, place: { ...chat, kind: 'channel' } },
      'responder',
    ],
    [
      'the person at the shell is always a viewer',
      { caller: person('terminal:nobody'), place: terminal, chain: 'testnet' },
      'viewer',
    ],
    [
      'the person at the shell needs a configured role for a change',
      { need: 'responder', change: true, caller: person('terminal:nobody'), place: terminal },
      'role-missing',
    ],
    [
      'a configured terminal account is a responder',
      { need: 'responder', change: true, caller: person('terminal:sam'), place: terminal },
      'responder',
    ],
    ['anyone may ask what anyone may, anywhere', { need: 'anyone', place: { ...channel, guild: '666' } }, null],
    [
      'no chain named: any chain’s role counts',
      { need: 'operator', chain: null, caller: person('discord-user:9') },
      'operator',
    ],
  ])('%s', (_, question, expected) => {
    expect(verdict(question)).toBe(expected)
  })

  it('is closed by default, and says that nobody is configured', () => {
    expect(verdict({}, closed)).toBe('nobody-configured')
    expect(verdict({}, { ...settings, discordGuilds: [] })).toBe('place-not-allowed')
  })

  it('allows every channel of an allowed guild when no channel is named', () => {
    expect(verdict({ place: { ...channel, id: '999' } }, { ...settings, discordChannels: [] })).toBe('viewer')
  })

  it('names who can help', () => {
    const access = decide(ask({ need: 'responder', change: true }), settings)
    expect(access).toMatchObject({
      allowed: false,
      helpers: ['discord-role:50', 'telegram-admins', 'terminal:sam', 'discord-user:1'],
    })
  })

  it('holds every weaker role too', () => {
    expect(rolesHeld(ask({ caller: person('discord-user:1') }), settings)).toEqual(['viewer', 'responder', 'operator'])
  })

  it('asks Telegram about administrators only where that could help', () => {
    expect(dependsOnChatAdmins(ask({ caller: person('telegram-user:5'), place: chat }), settings)).toBe(true)
    expect(dependsOnChatAdmins(ask({ caller: noSender, place: chat }), settings)).toBe(false)
    expect(dependsOnChatAdmins(ask({}), settings)).toBe(false)
    expect(
      dependsOnChatAdmins(ask({ caller: person('telegram-user:5'), place: chat, chain: 'testnet' }), settings),
    ).toBe(false)
  })
})

describe('the second person', () => {
  it.each([
    ['another account on the same platform', 'discord-user:5', 'discord-user:6', 'ok'],
    ['the same account', 'discord-user:5', 'discord-user:5', 'same-person'],
    ['the same human on another platform', 'discord-user:1', 'telegram-user:2', 'same-person'],
    ['another known human on another platform', 'discord-user:1', 'telegram-user:8', 'ok'],
    ['an unknown account on another platform', 'discord-user:1', 'telegram-user:99', 'not-comparable'],
    ['nobody known asked', null, 'telegram-user:2', 'asker-unknown'],
    ['a terminal account presses', 'discord-user:1', 'terminal:sam', 'terminal-may-not-approve'],
  ])('%s', (_, asker, presser, expected) => {
    expect(secondPerson(asker, presser, people)).toBe(expected)
  })
})
