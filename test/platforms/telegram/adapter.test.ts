// A person asks in each kind of chat; the real client answers through the fake Telegram.

import { afterEach, describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/core/reply.ts'
import type { MessageRef } from '../../../src/core/request.ts'
import { everyBlock, longTable, longText } from './sample-replies.ts'
import { ManualTiming, ok, type Stage, startStage } from './setup.ts'

let stage: Stage
afterEach(() => stage.stop())

describe('an answer', () => {
  it('comes after the typing action, as a new message in reply to the question', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    const asked = fake.text({ chat, user: fake.user('Mei'), text: '/prover-status 5' })
    const answer = await fake.waitForMessage(chat, () => true)
    expect(answer).toMatchObject({ text: '✅ All is well', replyTo: asked.id, silent: false })
    const methods = fake.calls.map(({ method }) => method).filter((method) => method.startsWith('send'))
    expect(methods).toEqual(['sendChatAction', 'sendMessage'])
    expect(stage.requests).toMatchObject([{ ask: { kind: 'command', name: 'prover-status', input: { text: '5' } } }])
  })

  it('stays in the topic it was asked in, and in the channel it was asked in', async () => {
    stage = await startStage()
    const { fake } = stage
    const forum = fake.chat('supergroup', 'Rollup', { topics: { 7: 'Alerts' } })
    fake.text({ chat: forum, user: fake.user('Mei'), thread: 7, text: '/trace' })
    expect(await fake.waitForMessage(forum, () => true)).toMatchObject({ thread: 7 })
    const channel = fake.chat('channel', 'News')
    fake.channelPost(channel, '/trace 0xabc')
    await fake.waitForMessage(channel, () => true)
    expect(stage.requests.at(-1)).toMatchObject({ caller: { standing: 'no-sender' }, place: { kind: 'channel' } })
  })

  it('goes to the chat itself when its topic was closed', async () => {
    stage = await startStage()
    const { fake } = stage
    const forum = fake.chat('supergroup', 'Rollup', { topics: { 7: 'Alerts' } })
    const topic = forum.topics.get(7)
    if (topic) topic.closed = true
    fake.text({ chat: forum, user: fake.user('Mei'), thread: 7, text: '/trace' })
    const answer = await fake.waitForMessage(forum, () => true)
    expect(answer.thread).toBeUndefined()
  })

  it('is one photo with its text, or text and a silent picture where the text is long', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    const replies: Reply[] = [
      everyBlock,
      { ...everyBlock, blocks: [...longText.blocks.slice(0, 2), ...everyBlock.blocks] },
    ]
    stage.onRequest = async (_, conversation) => {
      await conversation.answer(replies.shift() as Reply)
    }
    const user = fake.user('Mei')
    const first = fake.text({ chat, user, text: '/trace' })
    const photo = await fake.waitForMessage(chat, ({ kind }) => kind === 'photo')
    expect(photo).toMatchObject({
      replyTo: first.id,
      silent: false,
      keyboard: [[{ text: 'Confirm', style: 'danger' }, {}], [{}]],
    })
    expect(photo.text).toContain('Batch 7670')
    expect(photo.entities.map(({ type }) => type)).toContain('text_link')
    fake.text({ chat, user, text: '/trace' })
    const picture = await fake.waitForMessage(chat, ({ kind, silent }) => kind === 'photo' && silent)
    expect(fake.sent(chat).find(({ id }) => id === picture.replyTo)).toMatchObject({ kind: 'text', previews: false })
  })

  it('says what the picture shows when it can’t be drawn', async () => {
    stage = await startStage({ draw: () => Promise.reject(new Error('no font')) })
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    stage.onRequest = async (_, conversation) => {
      await conversation.answer(everyBlock)
    }
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    expect((await fake.waitForMessage(chat, () => true)).text).toContain('Commits per hour')
  })

  it('too long to show comes as a summary and a silent file', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('supergroup', 'Ops', { topics: { 7: 'Alerts' } })
    stage.onRequest = async (_, conversation) => {
      await conversation.answer(longTable)
    }
    fake.text({ chat, user: fake.user('Mei'), thread: 7, text: '/trace' })
    const file = await fake.waitForMessage(chat, ({ kind }) => kind === 'document')
    expect(file).toMatchObject({ silent: true, thread: 7, file: { name: 'stuck-1139.csv' } })
    expect(fake.sent(chat).find(({ id }) => id === file.replyTo)?.text).toContain('12 of 340 rows shown')
    expect(file.file?.bytes.toString('utf8').trim().split('\n')).toHaveLength(341)
  })

  it('that takes longer than 3 s is announced, and the announcement taken away', async () => {
    const timing = new ManualTiming()
    stage = await startStage({ timing })
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    let finish = () => {}
    stage.onRequest = async (_, conversation) => {
      await conversation.acknowledge('public')
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      await conversation.answer(ok)
    }
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    await fake.until(() => fake.callsOf('sendChatAction').length === 1, 'typing')
    timing.advance(2999)
    expect(fake.callsOf('sendMessage')).toEqual([])
    timing.advance(1)
    expect(await fake.waitForMessage(chat, () => true)).toMatchObject({ text: 'Working on it…', silent: true })
    finish()
    await fake.until(() => fake.callsOf('deleteMessage').length === 1, 'the removal')
    expect(fake.sent(chat).map(({ text }) => text)).toEqual(['✅ All is well'])
  })

  it('to nobody (blocked, thrown out) is no trouble', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('private', 'Mei')
    chat.forbidden = 'bot was blocked by the user'
    const answered = new Promise<MessageRef | null>((resolve) => {
      stage.onRequest = async (_, conversation) => resolve(await conversation.answer(ok))
    })
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    expect(await answered).toBeNull()
  })

  it('to a command typed while the bot was away is told how late it is', async () => {
    stage = await startStage()
    const { fake } = stage
    fake.world.advance(3_600_000)
    const chat = fake.chat('group', 'Ops')
    fake.text({ chat, user: fake.user('Mei'), text: '/trace', secondsAgo: 600 })
    await fake.waitForMessage(chat, () => true)
    // An hour between the two clocks does not count: lateness is judged by Telegram's.
    expect(stage.requests[0]?.lateSeconds).toBeGreaterThanOrEqual(600)
    expect(stage.requests[0]?.lateSeconds).toBeLessThan(605)
  })
})

describe('a short incident', () => {
  it('reads well in the chat', async () => {
    stage = await startStage()
    const { fake, telegram } = stage
    const chat = fake.chat('supergroup', 'Rollup', { topics: { 7: 'Alerts' } })
    stage.onRequest = async (request, conversation) => {
      await conversation.acknowledge('public')
      await conversation.answer(request.ask.kind === 'press' ? { ...ok, title: 'Confirmed by Ann' } : everyBlock)
    }
    fake.text({ chat, user: fake.user('Mei'), thread: 7, text: '/prover-status 7670' })
    const answer = await fake.waitForMessage(chat, ({ kind }) => kind === 'photo')
    fake.press(answer, 'Confirm', fake.user('Ann'))
    await fake.waitForMessage(chat, ({ text }) => text.includes('Confirmed'))
    await telegram.send(
      { platform: 'telegram', id: String(chat.id), kind: 'group', thread: '7' },
      { tone: 'bad', title: '340 jobs are stuck', blocks: longTable.blocks },
    )
    const transcript = `${fake.transcript(chat).replaceAll('\u2060', '')}\n`
    await expect(transcript).toMatchFileSnapshot('../../golden/telegram-incident.txt')
  })
})

describe('a press', () => {
  it('is answered at once and reaches the core with its message', async () => {
    stage = await startStage()
    const { fake, telegram } = stage
    const chat = fake.chat('group', 'Ops')
    const place = { platform: 'telegram', id: String(chat.id), kind: 'group' } as const
    const ref = await telegram.send(place, { ...everyBlock, blocks: [] })
    const message = await fake.waitForMessage(chat, () => true)
    const query = fake.press(message, 'Confirm', fake.user('Ann'))
    await fake.waitForMessage(chat, ({ replyTo }) => replyTo === message.id)
    expect(fake.world.queries.get(query)?.answered).not.toBeNull()
    expect(stage.requests[0]?.ask).toMatchObject({ kind: 'press', action: 'a:main.0123456789abcdef', message: ref })
  })

  it('that Telegram no longer knows is not acted on', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    const message = fake.text({ chat, user: fake.user('Mei'), text: 'hello' })
    const acknowledged = new Promise<boolean>((resolve) => {
      stage.onRequest = async (_, conversation) => resolve(await conversation.acknowledge('public'))
    })
    fake.fault(
      { kind: 'refuse', code: 400, description: 'Bad Request: query is too old and response timeout expired' },
      { on: ['answerCallbackQuery'] },
    )
    fake.press(message, { data: 'a:x.y' }, fake.user('Ann'))
    expect(await acknowledged).toBe(false)
  })

  it('counts although its acknowledgement met trouble that says nothing about it', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    const message = fake.text({ chat, user: fake.user('Mei'), text: 'hello' })
    fake.fault({ kind: 'html' }, { on: ['answerCallbackQuery'] })
    fake.press(message, { data: 'a:x.y' }, fake.user('Ann'))
    await fake.waitForMessage(chat, () => true)
  })

  it('does not wait for fifty slow commands', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    const user = fake.user('Mei')
    const message = fake.text({ chat, user, text: 'hello' })
    stage.onRequest = async (request, conversation) => {
      if (request.ask.kind === 'command') await new Promise((resolve) => setTimeout(resolve, 20_000).unref())
      else await conversation.answer(ok)
    }
    for (let count = 0; count < 50; count += 1) fake.text({ chat, user, text: '/trace' })
    await fake.until(() => stage.requests.length === 50, 'fifty commands')
    fake.press(message, { data: 'a:x.y' }, user)
    await fake.waitForMessage(chat, () => true)
  })

  it('by an administrator is known as such, asked once', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('supergroup', 'Ops')
    const [ann, bob] = [fake.user('Ann'), fake.user('Bob')]
    fake.member(chat, ann, 'administrator')
    const roles: (readonly string[])[] = []
    stage.onRequest = async (_, conversation) => {
      roles.push(await conversation.askRoles(1500))
    }
    for (const user of [ann, ann, bob]) {
      fake.text({ chat, user, text: '/trace' })
      const count = roles.length + 1
      await expect.poll(() => roles.length).toBe(count)
    }
    expect(roles).toEqual([['telegram-admins'], ['telegram-admins'], []])
    expect(fake.callsOf('getChatMember')).toHaveLength(2)
  })
})

describe('an edit', () => {
  async function sent(reply: Reply) {
    const { fake, telegram } = stage
    const chat = fake.chat('group', 'Ops')
    const ref = await telegram.send({ platform: 'telegram', id: String(chat.id), kind: 'group' }, reply)
    return { fake, telegram, chat, ref, message: await fake.waitForMessage(chat, () => true) }
  }

  it('changes text and takes the buttons away', async () => {
    stage = await startStage()
    const { telegram, ref, message } = await sent({ ...everyBlock, blocks: [] })
    expect(await telegram.edit(ref, { tone: 'good', title: 'Applied', blocks: [] })).toBe('edited')
    expect(message).toMatchObject({ text: '✅ Applied', keyboard: [], edits: 1 })
  })

  it('of a photo changes its caption', async () => {
    stage = await startStage()
    const { telegram, ref, message } = await sent(everyBlock)
    expect(ref.shape).toBe('photo')
    expect(await telegram.edit(ref, longText)).toBe('edited')
    expect(message.text.length).toBeLessThanOrEqual(1024)
  })

  it('that changes nothing is fine, and one of a deleted message is gone', async () => {
    stage = await startStage()
    const { telegram, chat, ref } = await sent(ok)
    expect(await telegram.edit(ref, ok)).toBe('edited')
    chat.messages.clear()
    expect(await telegram.edit(ref, { ...ok, title: 'Other' })).toBe('gone')
    chat.forbidden = 'bot was kicked from the group chat'
    expect(await telegram.edit({ ...ref, message: '99' }, ok)).toBe('gone')
  })

  it('while another is under way becomes one with those after it', async () => {
    stage = await startStage({ timing: new ManualTiming() })
    const { fake, telegram, ref, message } = await sent(ok)
    fake.fault({ kind: 'slow', ms: 100 }, { on: ['editMessageText'], times: 1 })
    const titles = ['one', 'two', 'three', 'four']
    const edits = titles.map((title) => telegram.edit(ref, { ...ok, title }))
    await edits[0]
    expect(message).toMatchObject({ text: '✅ four', edits: 1 })
    expect(await Promise.all(edits)).toEqual(['edited', 'edited', 'edited', 'edited'])
    expect(fake.callsOf('editMessageText')).toHaveLength(1)
  })
})

describe('a group that becomes a supergroup', () => {
  it('is followed: answers go to the new id, the core hears of it once, old messages count as gone', async () => {
    const moves: string[] = []
    stage = await startStage({ onMoved: (from, to) => moves.push(`${from} → ${to}`) })
    const { fake, telegram } = stage
    const chat = fake.chat('group', 'Ops')
    const place = { platform: 'telegram', id: String(chat.id), kind: 'group' } as const
    const ref = await telegram.send(place, ok)
    const moved = fake.chat('supergroup', 'Ops')
    chat.movedTo = moved.id
    const next = await telegram.send(place, ok, { replyTo: ref })
    expect(next.place).toBe(String(moved.id))
    expect((await fake.waitForMessage(moved, () => true)).replyTo).toBeUndefined()
    expect(await telegram.edit(ref, { ...ok, title: 'Other' })).toBe('gone')
    fake.update('message', {
      message_id: 9,
      date: 1,
      chat: { id: chat.id, type: 'group', title: 'Ops' },
      migrate_to_chat_id: moved.id,
    })
    fake.text({ chat: moved, user: fake.user('Mei'), text: '/trace' })
    await expect.poll(() => stage.requests.length).toBe(1)
    expect(moves).toEqual([`${chat.id} → ${moved.id}`])
  })
})
