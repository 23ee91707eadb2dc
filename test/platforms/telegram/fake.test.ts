// The fake Telegram must refuse what the real one refuses, or the adapter's tests prove nothing.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findLive } from '../../fakes/telegram/entities.ts'
import { TelegramFake } from '../../fakes/telegram/fake.ts'

let fake: TelegramFake
beforeEach(async () => {
  fake = await TelegramFake.start()
})
afterEach(() => fake.stop())

async function call(method: string, params: unknown, token = fake.token) {
  const response = await fetch(`${fake.url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  return (await response.json()) as { ok: boolean; result: never; error_code?: number; description?: string }
}

describe('the fake Telegram', () => {
  const refused: readonly (readonly [what: string, method: string, params: object, description: string])[] = [
    ['a text over 4096', 'sendMessage', { text: 'x'.repeat(4097) }, 'message is too long'],
    ['an empty text', 'sendMessage', { text: ' \u200b ' }, 'text must be non-empty'],
    ['a misspelt parameter', 'sendMessage', { text: 'x', reply_to: 1 }, 'has no parameter "reply_to"'],
    ['an unknown chat', 'sendMessage', { chat_id: 404, text: 'x' }, 'chat not found'],
    ['an unknown topic', 'sendMessage', { text: 'x', message_thread_id: 9 }, 'message thread not found'],
    ['a reply to nothing', 'sendMessage', { text: 'x', reply_parameters: { message_id: 9 } }, 'message to be replied'],
    ['half a character', 'sendMessage', { text: 'a\ud800' }, 'encoded in UTF-8'],
    [
      'an entity past the end',
      'sendMessage',
      { text: 'abc', entities: [{ type: 'bold', offset: 1, length: 3 }] },
      'ends after the end',
    ],
    [
      'an entity that splits a character',
      'sendMessage',
      { text: '😀', entities: [{ type: 'bold', offset: 0, length: 1 }] },
      'middle of a UTF-16 symbol',
    ],
    [
      'callback data over 64 bytes',
      'sendMessage',
      { text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a', callback_data: 'é'.repeat(33) }]] } },
      'BUTTON_DATA_INVALID',
    ],
    ['an edit of nothing', 'editMessageText', { message_id: 9, text: 'x' }, 'message to edit not found'],
    ['a deletion of nothing', 'deleteMessage', { message_id: 9 }, 'message to delete not found'],
    ['an unknown press', 'answerCallbackQuery', { chat_id: undefined, callback_query_id: '1' }, 'query is too old'],
    [
      'a hyphen in a menu',
      'setMyCommands',
      { chat_id: undefined, commands: [{ command: 'a-b', description: 'x' }] },
      'BOT_COMMAND_INVALID',
    ],
  ]
  it.each(refused)('refuses %s', async (_, method, params, description) => {
    const chat = fake.chat('supergroup', 'Ops', { topics: { 7: 'Alerts' } })
    const answer = await call(method, { chat_id: chat.id, ...params })
    expect(answer).toMatchObject({ ok: false, error_code: 400 })
    expect(answer.description).toContain(description)
  })

  it('refuses an edit that changes nothing, and one of a message that was deleted', async () => {
    const chat = fake.chat('group', 'Ops')
    const { result } = await call('sendMessage', { chat_id: chat.id, text: 'up' })
    const message_id = (result as { message_id: number }).message_id
    const edit = { chat_id: chat.id, message_id, text: 'up' }
    expect((await call('editMessageText', edit)).description).toContain('message is not modified')
    chat.messages.delete(message_id)
    expect((await call('editMessageText', edit)).description).toContain('message to edit not found')
  })

  it('knows its own token only', async () => {
    expect(await call('getMe', {}, '4400000001:wrong')).toMatchObject({ error_code: 401 })
    expect(await call('getMe', {}, 'nonsense')).toMatchObject({ error_code: 404 })
    expect(await call('getNothing', {})).toMatchObject({ error_code: 404 })
  })

  it('sends a moved group away with its new id, and a blocked bot with 403', async () => {
    const chat = fake.chat('group', 'Ops')
    const moved = fake.migrate(chat)
    expect(await call('sendMessage', { chat_id: chat.id, text: 'x' })).toMatchObject({
      error_code: 400,
      parameters: { migrate_to_chat_id: moved.id },
    })
    moved.forbidden = 'bot was kicked from the supergroup chat'
    expect(await call('sendMessage', { chat_id: moved.id, text: 'x' })).toMatchObject({ error_code: 403 })
  })

  it('ends the older of two polls with 409, and forgets confirmed updates', async () => {
    const chat = fake.chat('group', 'Ops')
    const first = call('getUpdates', { timeout: 5, allowed_updates: ['message'] })
    await fake.until(() => fake.callsOf('getUpdates').length === 1, 'the first poll')
    const second = call('getUpdates', { timeout: 5 })
    expect(await first).toMatchObject({ error_code: 409 })
    fake.text({ chat, user: fake.user('Mei'), text: 'hello' })
    const [update] = (await second).result as { update_id: number }[]
    expect(fake.world.updates).toHaveLength(1)
    await call('getUpdates', { timeout: 0, offset: (update?.update_id ?? 0) + 1 })
    expect(fake.world.updates).toHaveLength(0)
  })

  it('drops updates of kinds the bot did not ask for', async () => {
    await call('getUpdates', { timeout: 0, allowed_updates: ['callback_query'] })
    fake.text({ chat: fake.chat('group', 'Ops'), user: fake.user('Mei'), text: 'hello' })
    expect((await call('getUpdates', { timeout: 0 })).result).toEqual([])
  })

  it.each([
    ['mention', 'ask @durov now'],
    ['bot_command', 'try /requeue'],
    ['hashtag', 'see #batch7670'],
    ['cashtag', 'costs $ETH'],
    ['url', 'open https://evil.example/x'],
    ['url', 'open evil.zip'],
    ['url', 'at 10.0.0.1'],
    ['email', 'a@evil.example'],
    ['phone_number', 'call +12025550123'],
    ['bank_card_number', 'pay 4111111111111111'],
  ])('finds a live %s in “%s”', (type, text) => {
    expect(findLive(text, []).map((entity) => entity.type)).toContain(type)
    const code = { type: 'code', offset: 0, length: text.length }
    expect(findLive(text, [code])).toEqual([])
  })

  it.each(['#208455 at 12.5 s', 'a/b', 'batch 7670', '0x0bbbcf153f17ec0e1f12d698bbc64f9d', '2023-09-18 03:50:19 UTC'])(
    'leaves “%s” alone',
    (text) => {
      expect(findLive(text, [])).toEqual([])
    },
  )
})
