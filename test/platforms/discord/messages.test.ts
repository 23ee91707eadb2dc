// Messages of the bot: whom they ring, what becomes of them when Discord or somebody in the channel is in the way.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DiscordFailure } from '../../../src/platforms/discord/rest.ts'
import { buttonsOf } from '../../fakes/discord/people.ts'
import { answering, type Bot, type Core, done, proposal, ready, type Stage, setStage, unguarded, up } from './bot.ts'

let stage: Stage

beforeEach(async () => {
  stage = await setStage()
})

afterEach(async () => {
  expect(unguarded(stage.fake)).toEqual([])
  await stage.end()
})

const start = async (core: Core, more = {}): Promise<Bot> => ready(stage, await stage.start(core, more))
const ask = () =>
  stage.fake.command({ user: stage.mei, channel: stage.channel, name: 'trace', options: { transaction: '0x0b' } })

describe('mentions', () => {
  const mentions = {
    approval: ['discord-role:666666666666666666', 'telegram-user:7'],
    alert: ['discord-user:777777777777777777'],
  }

  test('an answer that asks for approval rings the configured role by a message of its own', async () => {
    await start(answering({ ...proposal, title: '<@&888888888888888888> @everyone', mention: 'approval' }), {
      mentions,
    })
    ask()
    const ring = await stage.fake.until(() =>
      [...stage.fake.world.messages.values()].find((message) => message.pinged.length > 0),
    )
    expect(ring.pinged).toEqual(['role:666666666666666666'])
  })

  test('an alert rings once; editing it rings nobody', async () => {
    const bot = await start(answering(up), { mentions })
    const place = { platform: 'discord', id: stage.channel.id, kind: 'group' } as const
    const ref = await bot.platform.send(place, { ...up, mention: 'alert' })
    const message = stage.fake.world.messages.get(ref.message)
    expect(message?.pinged).toEqual(['user:777777777777777777'])
    expect(await bot.platform.edit(ref, { ...done, mention: 'alert' })).toBe('edited')
    expect(message?.content).toBe('')
  })

  test('nobody configured, nobody rung', async () => {
    const bot = await start(answering(up))
    const place = { platform: 'discord', id: stage.channel.id, kind: 'group' } as const
    const ref = await bot.platform.send(place, { ...up, mention: 'alert' })
    expect(stage.fake.world.messages.get(ref.message)?.content).toBe('')
  })
})

describe('sending and editing', () => {
  const place = () => ({ platform: 'discord', id: stage.channel.id, kind: 'group' }) as const

  test('waits a little where Discord asks to wait and does not say how long', async () => {
    const bot = await start(answering(up))
    const effect = { kind: 'status', status: 429, body: { message: 'Slow down', retry_after: 0.2 } } as const
    stage.fake.faults.add({ on: /POST .*\/messages/, times: 2, effect })
    const began = performance.now()
    await bot.platform.send(place(), up)
    expect(performance.now() - began).toBeGreaterThan(900)
  })

  test('goes on after a single 401, which the library takes for the end of the token', async () => {
    const bot = await start(answering(up))
    const effect = { kind: 'status', status: 401, body: { code: 0, message: '401: Unauthorized' } } as const
    stage.fake.faults.add({ on: /POST .*\/messages/, times: 1, effect })
    await expect(bot.platform.send(place(), up)).rejects.toThrow('401: Unauthorized')
    expect((await bot.platform.send(place(), up)).place).toBe(stage.channel.id)
  })

  test('a message whose answer was lost is posted once', async () => {
    const bot = await start(answering(up))
    stage.fake.faults.add({ on: /POST .*messages/, times: 1, effect: { kind: 'lost', status: 500 } })
    await bot.platform.send(place(), up)
    expect(stage.fake.world.messages.size).toBe(1)
  })

  test('waits as long as Discord asks, and not longer than makes sense', async () => {
    const bot = await start(answering(up))
    const limit = { on: /POST .*messages/, times: 1 }
    stage.fake.faults.add({ ...limit, effect: { kind: 'rate-limit', retryAfterSeconds: 0.2 } })
    await bot.platform.send(place(), up)
    stage.fake.faults.add({ ...limit, effect: { kind: 'rate-limit', retryAfterSeconds: 600 } })
    await expect(bot.platform.send(place(), up)).rejects.toThrow('Discord asks to wait')
  })

  test('replies to a message, also when that was deleted', async () => {
    const bot = await start(answering(up))
    const first = await bot.platform.send(place(), up)
    const second = await bot.platform.send(place(), done, { replyTo: first })
    expect(stage.fake.world.messages.get(second.message)?.replyTo).toBe(first.message)
    const message = stage.fake.world.messages.get(first.message)
    if (message) message.deleted = true
    await bot.platform.send(place(), done, { replyTo: first })
  })

  test('a deleted message, a deleted channel and a channel closed to the bot are gone', async () => {
    const bot = await start(answering(up))
    const ref = await bot.platform.send(place(), up)
    stage.channel.hidden = true
    expect(await bot.platform.edit(ref, done)).toBe('gone')
    stage.channel.hidden = false
    stage.fake.world.messages.delete(ref.message)
    expect(await bot.platform.edit(ref, done)).toBe('gone')
    stage.fake.world.channels.delete(stage.channel.id)
    expect(await bot.platform.edit(ref, done)).toBe('gone')
  })

  test('in a channel that the bot cannot see it answers and edits by the interaction, for its 15 minutes', async () => {
    const bot = await start(answering(proposal))
    stage.channel.hidden = true
    const message = await ask().answer()
    const [ref] = await stage.fake.until(() => bot.refs.length === 1 && bot.refs)
    if (!ref) throw new Error('no reference')
    expect(await bot.platform.edit(ref, done)).toBe('edited')
    expect(buttonsOf(message)).toEqual([])
    stage.fake.clock.advance(15 * 60 * 1000)
    expect(await bot.platform.edit(ref, up)).toBe('gone')
  })

  test('a message in an archived thread is edited after opening it', async () => {
    const bot = await start(answering(up))
    const thread = stage.fake.addChannel(stage.guild, { type: 11, parent: stage.channel.id })
    const ref = await bot.platform.send({ platform: 'discord', id: thread.id, kind: 'group' }, up)
    thread.archived = true
    expect(await bot.platform.edit(ref, done)).toBe('edited')
  })

  test.each([
    ['a page instead of JSON', { kind: 'status', status: 200, html: true }, 'the answer is no message'],
    ['a server error', { kind: 'status', status: 503, html: true }, 'Discord answered 503'],
    ['a cut connection', { kind: 'cut' }, 'Discord could not be reached'],
  ] as const)('%s is told without a token', async (_, effect, said) => {
    const bot = await start(async (_request, conversation) => {
      if (await conversation.acknowledge('private')) await conversation.answer(up)
    })
    stage.fake.faults.add({ on: /webhooks|POST .*messages/, effect })
    await expect(bot.platform.send(place(), up)).rejects.toThrow(said)
    const sent = ask()
    await stage.fake.until(() => bot.errors.length === 1)
    const [error] = bot.errors as DiscordFailure[]
    expect(error?.message).toContain(said)
    for (const text of [bot.log(), JSON.stringify(error), String(error?.stack), String(error?.cause)]) {
      expect(text).not.toContain(sent.interaction.token)
      expect(text).not.toContain(stage.fake.token)
    }
  })
})
