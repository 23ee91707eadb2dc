// Which updates are requests, whose they are, and what they ask for.

import type { Update } from 'telegraf/types'
import { describe, expect, it } from 'vitest'
import { readUpdate } from '../../../src/platforms/telegram/read.ts'

const known = {
  botName: 'Rollcall_bot',
  commands: ['trace', 'prover-status', 'is-chain-down', 'requeue', 'help'],
  receivedAt: new Date(1_700_000_005_000),
}
const group = { id: -1001, type: 'supergroup', title: 'Ops' }
const mei = { id: 7, is_bot: false, first_name: 'Mei', last_name: 'Lin' }

function message(fields: object, kind = 'message'): Update {
  const base = { message_id: 11, date: 1_700_000_000, chat: group, from: mei }
  return { update_id: 77, [kind]: { ...base, ...fields } } as unknown as Update
}

function askOf(text: string, fields: object = {}) {
  const arrival = readUpdate(message({ text, ...fields }), known)
  if (arrival?.kind !== 'request' || arrival.request.ask.kind !== 'command') return null
  const { name, input } = arrival.request.ask
  return [name, 'text' in input ? input.text : null]
}

const privately = { chat: { id: 7, type: 'private', first_name: 'Mei' } }

describe('a typed line', () => {
  it.each([
    ['/prover-status 5', 'prover-status', '5'],
    ['/prover_status 5', 'prover-status', '5'],
    ['/proverstatus 5', 'prover-status', '5'],
    ['/Prover-Status 5', 'prover-status', '5'],
    ['/PROVER_STATUS', 'prover-status', ''],
    ['/prover–status 5', 'prover-status', '5'],
    ['/prover@rollcall_bot-status 5', 'prover-status', '5'],
    ['/prover@Rollcall_Bot_status 5', 'prover-status', '5'],
    ['/prover_status@rollcall_bot 5', 'prover-status', '5'],
    ['/prover-status@rollcall_bot', 'prover-status', ''],
    ['/is@rollcall_bot-chain-down', 'is-chain-down', ''],
    ['/is_chain-down report="it stopped"', 'is-chain-down', 'report="it stopped"'],
    ['/is-chain-down\nstuck since\n14:14', 'is-chain-down', 'stuck since\n14:14'],
    ["/trace it's 0xabc", 'trace', "it's 0xabc"],
    ['/\u2060trace 0xabc\u2060', 'trace', '0xabc'],
  ])('%j asks for %s', (text, name, rest) => {
    expect(askOf(text)).toEqual([name, rest])
  })

  it.each([
    ['ordinary text', 'the chain is down'],
    ['a command in the middle', 'try /trace 0xabc'],
    ['another bot’s command', '/trace@other_bot 0xabc'],
    ['another bot’s that is named like ours', '/trace@rollcall_bot2 0xabc'],
    ['another bot’s whose name begins with ours', '/trace@rollcall_bot_dev 0xabc'],
    ['an unknown command, which may be another bot’s', '/weather berlin'],
    ['a path', '/etc/passwd'],
    ['a slash', '/ trace'],
  ])('%s is nothing of ours', (_, text) => {
    expect(askOf(text)).toBeNull()
  })

  it('that is unknown but addressed to us, or said in private, gets an answer', () => {
    expect(askOf('/weather@rollcall_bot berlin')).toEqual(['weather', 'berlin'])
    expect(askOf('/weather berlin', privately)).toEqual(['weather', 'berlin'])
    expect(askOf('/start', privately)).toEqual(['help', ''])
    expect(askOf('/start')).toBeNull()
  })
})

describe('who asks', () => {
  const standing = (fields: object, kind?: string) => {
    const arrival = readUpdate(message({ text: '/requeue 5', ...fields }, kind), known)
    return arrival?.kind === 'request' ? [arrival.request.caller.standing, arrival.request.caller.account] : null
  }
  const anonymous = { id: 1087968824, is_bot: true, first_name: 'Group' }
  const channel = { id: -1002, type: 'channel', title: 'News' }
  it.each([
    ['a person', {}, 'person', 'telegram-user:7'],
    ['an anonymous administrator', { from: anonymous, sender_chat: group }, 'anonymous-admin', null],
    ['the anonymous account alone', { from: anonymous }, 'anonymous-admin', null],
    ['a person who speaks as a channel', { sender_chat: channel }, 'anonymous-admin', null],
    ['another bot', { from: { ...mei, is_bot: true } }, 'bot', 'telegram-user:7'],
    ['Telegram itself', { from: { ...mei, id: 777000 }, sender_chat: channel }, 'service', 'telegram-user:777000'],
    ['a forwarded message', { forward_origin: { type: 'user' } }, 'forwarded', 'telegram-user:7'],
    ['a message without a sender', { from: undefined }, 'no-sender', null],
  ])('%s', (_, fields, expected, account) => {
    expect(standing(fields)).toEqual([expected, account])
  })

  it('is nobody in a channel, whatever the post carries', () => {
    expect(standing({ chat: channel, sender_chat: channel }, 'channel_post')).toEqual(['no-sender', null])
  })
})

describe('where and when', () => {
  const requestOf = (update: Update) => {
    const arrival = readUpdate(update, known)
    return arrival?.kind === 'request' ? arrival : null
  }

  it('keeps chat, topic and message, and counts lateness by Telegram’s clock', () => {
    const arrival = requestOf(message({ text: '/trace', is_topic_message: true, message_thread_id: 4 }))
    expect(arrival?.request).toMatchObject({
      id: 'telegram-update:77',
      place: { platform: 'telegram', id: '-1001', kind: 'group', thread: '4', name: 'Ops' },
      lateSeconds: 5,
    })
    expect(arrival?.target).toEqual({ chat: '-1001', thread: '4', message: '11' })
  })

  it('takes no thread from a reply outside of topics', () => {
    expect(requestOf(message({ text: '/trace', message_thread_id: 4 }))?.request.place.thread).toBeUndefined()
  })

  it('reads a press with the message it was made on', () => {
    const update = {
      update_id: 78,
      callback_query: { id: '9', from: mei, data: 'a:x.y', message: { message_id: 12, chat: group, photo: [] } },
    } as unknown as Update
    expect(requestOf(update)).toMatchObject({
      request: {
        id: 'telegram-update:78',
        caller: { account: 'telegram-user:7', standing: 'person', name: 'Mei Lin' },
        ask: { kind: 'press', action: 'a:x.y', message: { place: '-1001', message: '12', shape: 'photo' } },
      },
      target: { chat: '-1001', message: '12', query: '9' },
    })
  })

  it('ignores edited messages, captions, guest queries, inline presses and what else there is', () => {
    expect(readUpdate(message({ text: '/trace' }, 'edited_message'), known)).toBeNull()
    expect(readUpdate(message({ text: '/trace' }, 'edited_channel_post'), known)).toBeNull()
    expect(readUpdate(message({ caption: '/trace', photo: [] }), known)).toBeNull()
    expect(readUpdate(message({ text: '/trace', guest_query_id: '1' }), known)).toBeNull()
    expect(readUpdate(message({ text: '/trace', business_connection_id: '1' }), known)).toBeNull()
    const inline = { update_id: 1, callback_query: { id: '9', from: mei, data: 'x', inline_message_id: '1' } }
    expect(readUpdate(inline as unknown as Update, known)).toBeNull()
    expect(readUpdate({ update_id: 1, poll: {} } as unknown as Update, known)).toBeNull()
  })

  it('tells that a group moved, and that the bot was added or thrown out', () => {
    expect(readUpdate(message({ migrate_to_chat_id: -1009 }), known)).toEqual({
      kind: 'moved',
      from: '-1001',
      to: '-1009',
    })
    expect(readUpdate(message({ migrate_from_chat_id: -5 }), known)).toEqual({ kind: 'moved', from: '-5', to: '-1001' })
    const member = { update_id: 1, my_chat_member: { chat: group, new_chat_member: { status: 'kicked' } } }
    expect(readUpdate(member as unknown as Update, known)).toMatchObject({ kind: 'membership', status: 'kicked' })
  })
})
