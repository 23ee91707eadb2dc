// The menu of commands, and receiving by webhook.

import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { menuOf } from '../../../src/platforms/telegram/register.ts'
import { TelegramFake } from '../../fakes/telegram/fake.ts'
import { hastyTiming, openStage, type Stage, startStage } from './setup.ts'

let stage: Stage
afterEach(() => stage.stop())

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('the menu', () => {
  it('holds legal names, all of them in the configured chats and only what anyone may ask elsewhere', async () => {
    const fake = await TelegramFake.start()
    const group = fake.chat('supergroup', 'Ops')
    const channel = fake.chat('channel', 'News')
    stage = await startStage({ chats: [String(group.id), String(channel.id), '-404'] }, fake)
    await expect.poll(() => fake.world.menus.size).toBe(2)
    expect(fake.world.menus.get('default')?.map(({ command }) => command)).toEqual(['help'])
    expect(fake.world.menus.get(`chat:${group.id}`)?.map(({ command }) => command)).toEqual([
      'help',
      'trace',
      'prover_status',
    ])
    await expect.poll(() => stage.logLines.join('')).toContain('names a chat I can’t see')
  })

  it('is left alone when it is right already', async () => {
    const fake = await TelegramFake.start()
    stage = await startStage({}, fake)
    await expect.poll(() => fake.callsOf('setMyCommands').length).toBe(1)
    await stage.telegram.stop()
    const second = await startStage({}, fake)
    await fake.until(() => fake.callsOf('getMyCommands').length === 2, 'the second look')
    await second.telegram.stop()
    expect(fake.callsOf('setMyCommands')).toHaveLength(1)
  })

  it('keeps to Telegram’s limits', () => {
    const menu = menuOf([{ name: 'prover-status', summary: `a\nb ${'x'.repeat(300)}`, role: 'viewer' }])
    expect(menu[0]?.command).toBe('prover_status')
    expect(menu[0]?.description).toHaveLength(256)
    expect(menu[0]?.description.startsWith('a b x')).toBe(true)
  })
})

describe('a webhook', () => {
  it('takes posts with the secret only, answers at once, and handles a repeated post once', async () => {
    const port = await freePort()
    const webhook = { url: 'https://bot.example/telegram/hook', secret: 'a-secret_0123456789', port }
    stage = await openStage({ webhook, timing: hastyTiming() })
    const { fake, telegram } = stage
    await telegram.start()
    await fake.until(() => fake.world.webhook !== null, 'setWebhook')
    await expect.poll(() => telegram.health().ready).toBe(true)
    expect(fake.world.allowed).toEqual(['message', 'channel_post', 'callback_query', 'my_chat_member'])
    const chat = fake.chat('group', 'Ops')
    fake.text({ chat, user: fake.user('Mei'), text: '/trace', secondsAgo: 300 })
    const address = `http://127.0.0.1:${port}/telegram/hook`
    const [update] = fake.world.updates
    expect(await fake.postToWebhook(address, 'wrong')).toEqual([403])
    expect(await fake.postToWebhook(`${address}/other`, webhook.secret)).toEqual([403])
    expect(await fake.postToWebhook(address, webhook.secret)).toEqual([200])
    await fake.waitForMessage(chat, () => true)
    if (update) fake.world.updates.push(update)
    expect(await fake.postToWebhook(address, webhook.secret)).toEqual([200])
    await telegram.stop()
    expect(stage.requests).toHaveLength(1)
    expect(stage.requests[0]?.lateSeconds).toBeGreaterThanOrEqual(299)
  })

  it('says why it is not ready, and is set as soon as it can be', async () => {
    const port = await freePort()
    const timing = hastyTiming()
    stage = await openStage({ webhook: { url: 'https://bot.example/', secret: 'abc', port }, timing })
    const { fake, telegram } = stage
    const off = fake.fault({ kind: 'html' }, { on: ['setWebhook'] })
    await telegram.start()
    await expect.poll(() => telegram.health().why).toContain('not JSON')
    off()
    await expect.poll(() => telegram.health().ready).toBe(true)
  })
})
