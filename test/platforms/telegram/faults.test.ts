// What goes wrong between the bot and Telegram: nothing ends the listening, nothing is done twice, no token gets out.

import { afterEach, describe, expect, it } from 'vitest'
import { TelegramFake } from '../../fakes/telegram/fake.ts'
import type { Fault } from '../../fakes/telegram/server.ts'
import { everyBlock } from './sample-replies.ts'
import { hastyTiming, ManualTiming, ok, openStage, type Stage, startStage } from './setup.ts'

let stage: Stage
afterEach(() => stage.stop())

/** A command is asked and answered: the bot listens. */
async function expectAnswer(): Promise<void> {
  const { fake } = stage
  const chat = fake.chat('group', 'Ops')
  fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
  await fake.waitForMessage(chat, () => true)
}

describe('listening goes on', () => {
  const faults: readonly (readonly [what: string, fault: Fault])[] = [
    ['an internal error', { kind: 'status', code: 500 }],
    ['a bad gateway', { kind: 'status', code: 502 }],
    ['a proxy’s page with status 200', { kind: 'html' }],
    ['a proxy’s page with status 503', { kind: 'html', code: 503 }],
    ['a connection cut in the answer', { kind: 'cut' }],
    ['too many requests', { kind: 'flood', seconds: 3 }],
    [
      'another process that polls',
      { kind: 'refuse', code: 409, description: 'Conflict: terminated by other getUpdates request' },
    ],
    ['a refused token', { kind: 'refuse', code: 401, description: 'Unauthorized' }],
  ]
  it.each(faults)('after %s', async (_, fault) => {
    stage = await openStage({ timing: hastyTiming() })
    stage.fake.fault(fault, { on: ['getUpdates'], times: 3 })
    await stage.telegram.start()
    await expectAnswer()
    expect(stage.telegram.health().ready).toBe(true)
  })

  it.each(faults)('after %s when it first asks who it is', async (_, fault) => {
    stage = await openStage({ timing: hastyTiming() })
    stage.fake.fault(fault, { on: ['getMe'], times: 2 })
    await stage.telegram.start()
    await expectAnswer()
  })

  it('without asking ceaselessly a server that does not wait for news', async () => {
    stage = await openStage({ polling: { seconds: 0, graceMs: 5000 } })
    const began = performance.now()
    await stage.telegram.start()
    await stage.fake.until(() => stage.fake.callsOf('getUpdates').length >= 5, 'five polls')
    expect(performance.now() - began).toBeGreaterThan(390)
    await expectAnswer()
  })

  it('after the open poll was cut', async () => {
    stage = await startStage({ timing: hastyTiming() })
    stage.fake.cutConnections()
    await expectAnswer()
  })

  it('after a poll that nobody answers, within the poll’s own time limit', async () => {
    stage = await openStage({ timing: hastyTiming(), polling: { seconds: 0, graceMs: 100 } })
    stage.fake.fault({ kind: 'black-hole' }, { on: ['getUpdates'], times: 2 })
    await stage.telegram.start()
    await stage.fake.until(() => stage.fake.callsOf('getUpdates').length >= 3, 'a poll after the silence')
    expect(stage.logLines.join('')).toContain('did not answer getUpdates within')
  })

  it('after a handler that throws, and beside one that never ends', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    stage.onRequest = () => Promise.reject(new Error('a bug'))
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    await expect.poll(() => stage.requests.length).toBe(1)
    stage.onRequest = () => new Promise(() => {})
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    await expect.poll(() => stage.requests.length).toBe(2)
    stage.onRequest = async (_, conversation) => void (await conversation.answer(ok))
    await expectAnswer()
  })

  it('after a webhook was set for the same bot, which is taken away', async () => {
    stage = await openStage({ timing: hastyTiming() })
    stage.fake.world.webhook = { url: 'https://elsewhere.example', secret: '' }
    await stage.telegram.start()
    await expectAnswer()
    expect(stage.fake.callsOf('deleteWebhook')).toHaveLength(1)
  })
})

describe('while Telegram is in trouble', () => {
  it('health says what holds it up and what to do', async () => {
    stage = await openStage({ timing: new ManualTiming() })
    stage.fake.fault({ kind: 'refuse', code: 401, description: 'Unauthorized' })
    await stage.telegram.start()
    await expect.poll(() => stage.telegram.health().why).toContain('TELEGRAM_TOKEN was refused (401)')
    expect(stage.telegram.health().ready).toBe(false)
  })

  it('pauses grow with every failure and end with the first success', async () => {
    const timing = hastyTiming()
    stage = await openStage({ timing })
    stage.fake.fault({ kind: 'status', code: 500 }, { on: ['getUpdates'], times: 6 })
    await stage.telegram.start()
    await expectAnswer()
    expect(timing.slept.slice(0, 6)).toEqual([1000, 2000, 5000, 10_000, 30_000, 30_000])
  })

  it('stopping is quick, also in the middle of a poll and of a pause', async () => {
    stage = await openStage({ timing: new ManualTiming() })
    stage.fake.fault({ kind: 'black-hole' }, { on: ['getUpdates'] })
    await stage.telegram.start()
    await stage.fake.until(() => stage.fake.callsOf('getUpdates').length === 1, 'the poll')
    await stage.telegram.stop()
    expect(stage.telegram.health()).toEqual({ ready: false, why: 'Telegram: stopped' })
  })
})

describe('two copies', () => {
  it('the one without the lease stands by and takes over when it gets it', async () => {
    let mayPoll = false
    stage = await openStage({ timing: hastyTiming(), mayPoll: () => mayPoll })
    await stage.telegram.start()
    await expect.poll(() => stage.telegram.health().why).toContain('standing by')
    expect(stage.fake.callsOf('getUpdates')).toEqual([])
    mayPoll = true
    await expectAnswer()
  })

  it('a conflict is told, so that the lease can be given up', async () => {
    let mayPoll = true
    stage = await startStage({
      timing: hastyTiming(),
      mayPoll: () => mayPoll,
      onConflict: () => {
        mayPoll = false
      },
    })
    stage.fake.rival()
    await expect.poll(() => stage.telegram.health().why).toContain('standing by')
  })
})

describe('an update', () => {
  it('that is delivered twice is handled once', async () => {
    stage = await startStage({ timing: hastyTiming() })
    const { fake } = stage
    // The answer that carried the update is lost on the way, so Telegram sends it again.
    const chat = fake.chat('group', 'Ops')
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    await fake.waitForMessage(chat, () => true)
    const again = { update_id: 700_000_001, message: fake.world.chats.get(chat.id)?.messages.get(1)?.raw }
    fake.world.updates.push(again, { ...again, update_id: 700_000_002 })
    fake.cutConnections()
    await expect.poll(() => stage.requests.length, { timeout: 5000 }).toBe(2)
    expect(stage.requests.map(({ id }) => id)).toEqual(['telegram-update:700000001', 'telegram-update:700000002'])
  })

  it('is confirmed only after it was taken over', async () => {
    stage = await startStage()
    const { fake } = stage
    const chat = fake.chat('group', 'Ops')
    let confirmedBefore = true
    stage.onRequest = async () => {
      confirmedBefore = fake.callsOf('getUpdates').some(({ params }) => params.offset !== undefined)
    }
    fake.text({ chat, user: fake.user('Mei'), text: '/trace' })
    await fake.until(() => fake.callsOf('getUpdates').at(-1)?.params.offset === 700_000_002, 'the confirmation')
    expect(confirmedBefore).toBe(false)
  })

  it('is asked for by kind, every time', async () => {
    stage = await startStage()
    const kinds = ['message', 'channel_post', 'callback_query', 'my_chat_member']
    expect(stage.fake.callsOf('getUpdates')[0]?.params.allowed_updates).toEqual(kinds)
  })
})

describe('sending', () => {
  const place = (chat: { id: number }) => ({ platform: 'telegram', id: String(chat.id), kind: 'group' }) as const

  it.each<readonly [string, Fault]>([
    ['a bad gateway', { kind: 'status', code: 502 }],
    ['a proxy’s page', { kind: 'html' }],
    ['a cut connection', { kind: 'cut' }],
  ])('tries again after %s', async (_, fault) => {
    stage = await startStage({ timing: hastyTiming() })
    const chat = stage.fake.chat('group', 'Ops')
    stage.fake.fault(fault, { on: ['sendMessage'], times: 2 })
    await stage.telegram.send(place(chat), ok)
    expect(stage.fake.sent(chat)).toHaveLength(1)
  })

  it('waits as long as Telegram says, and no longer than anybody would', async () => {
    const timing = new ManualTiming()
    stage = await startStage({ timing })
    const { fake, telegram } = stage
    const chat = fake.chat('group', 'Ops')
    fake.fault({ kind: 'flood', seconds: 7 }, { on: ['sendMessage'], times: 1 })
    const sent = telegram.send(place(chat), ok)
    await expect.poll(() => stage.logLines.join('')).toContain('asks for a pause')
    timing.advance(6999)
    expect(fake.callsOf('sendMessage')).toHaveLength(1)
    timing.advance(1)
    await sent
    fake.fault({ kind: 'flood', seconds: 3600 }, { on: ['sendMessage'], times: 1 })
    await expect(telegram.send(place(chat), ok)).rejects.toThrow('left alone for too long')
  })

  it('keeps the order of a chat, also when the first message has trouble', async () => {
    stage = await startStage({ timing: hastyTiming() })
    const { fake, telegram } = stage
    const chat = fake.chat('group', 'Ops')
    fake.fault({ kind: 'status', code: 500 }, { on: ['sendMessage'], times: 1 })
    await Promise.all(['one', 'two', 'three'].map((title) => telegram.send(place(chat), { ...ok, title })))
    expect(fake.sent(chat).map(({ text }) => text)).toEqual(['✅ one', '✅ two', '✅ three'])
  })

  it('falls back to plain text, still with nothing live, when the formatting is refused', async () => {
    stage = await startStage()
    const { fake, telegram } = stage
    const chat = fake.chat('group', 'Ops')
    fake.fault(
      { kind: 'refuse', code: 400, description: "Bad Request: can't parse entities: unsupported" },
      { on: ['sendMessage', 'sendPhoto'], times: 1 },
    )
    await telegram.send(place(chat), everyBlock)
    const [message] = fake.sent(chat)
    expect(message).toMatchObject({ entities: [], live: [] })
    expect(message?.text).toContain('Batch 7670')
  })

  it('fails in our own words when a chat is unknown or the bot was thrown out', async () => {
    stage = await startStage()
    const { fake, telegram } = stage
    await expect(telegram.send(place({ id: -404 }), ok)).rejects.toThrow(
      'refused sendMessage: 400 Bad Request: chat not found',
    )
    const chat = fake.chat('group', 'Ops')
    chat.forbidden = 'bot was kicked from the group chat'
    await expect(telegram.send(place(chat), ok)).rejects.toThrow('403')
  })
})

describe('the token', () => {
  it('is in no log line and no error, whatever answers', async () => {
    const fake = await TelegramFake.start()
    stage = await openStage({ timing: hastyTiming() }, fake)
    const { telegram } = stage
    const chat = fake.chat('group', 'Ops')
    const faults: readonly Fault[] = [
      { kind: 'html' },
      { kind: 'html', code: 404 },
      { kind: 'cut' },
      { kind: 'status', code: 502 },
      { kind: 'refuse', code: 400, description: `Bad Request: no /bot${fake.token}/x here` },
    ]
    await telegram.start()
    const errors: string[] = []
    for (const fault of faults) {
      const off = fake.fault(fault)
      const ref = { platform: 'telegram', place: String(chat.id), message: '1' } as const
      const attempts = [
        telegram.send({ platform: 'telegram', id: String(chat.id), kind: 'group' }, everyBlock),
        telegram.edit(ref, ok),
      ]
      for (const result of await Promise.allSettled(attempts)) {
        if (result.status === 'fulfilled') continue
        const { reason } = result
        errors.push(`${reason.stack} ${JSON.stringify(reason)} ${String(reason.cause)}`)
      }
      errors.push(JSON.stringify(telegram.health()))
      off()
    }
    await telegram.stop()
    await fake.stop()
    await telegram
      .send({ platform: 'telegram', id: '1', kind: 'group' }, ok)
      .catch((error: Error) => errors.push(String(error.stack)))
    expect(errors.length).toBeGreaterThan(faults.length * 2)
    const secret = fake.token.split(':')[1] as string
    expect(errors.join('\n')).not.toContain(secret)
    expect(stage.logLines.join('\n')).not.toContain(secret)
    stage = await openStage()
  })
})
