// Real discord.js against the fake Discord: asking, answering, pressing, and what can go wrong on the way.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Reply } from '../../../src/core/reply.ts'
import { buttonsOf } from '../../fakes/discord/people.ts'
import { messageText } from '../../fakes/discord/transcript.ts'
import { answering, type Bot, type Core, done, proposal, ready, type Stage, setStage, unguarded, up } from './bot.ts'
import { samples } from './sample-replies.ts'

let stage: Stage

beforeEach(async () => {
  stage = await setStage()
})

afterEach(async () => {
  expect(unguarded(stage.fake)).toEqual([])
  await stage.end()
})

const start = async (core: Core, more = {}): Promise<Bot> => ready(stage, await stage.start(core, more))
const ask = (options: Record<string, string | number> = { transaction: '0x0b' }) =>
  stage.fake.command({ user: stage.mei, roles: ['555555555555555555'], channel: stage.channel, name: 'trace', options })

/** The references the core was given, once there are so many. */
const told = (bot: Bot, count = 1) => stage.fake.until(() => bot.refs.length === count && bot.refs)

describe('a command', () => {
  test('reaches the core as a request and its answer the channel', async () => {
    const bot = await start(answering(up))
    const sent = ask({ transaction: '0x0b', batch: 7670 })
    const message = await sent.answer()
    expect(bot.requests).toEqual([
      {
        id: `discord-interaction:${sent.interaction.id}`,
        caller: {
          account: `discord-user:${stage.mei.id}`,
          name: 'Mei',
          standing: 'person',
          roles: ['discord-role:555555555555555555'],
        },
        place: { platform: 'discord', id: stage.channel.id, kind: 'group', guild: stage.guild.id, name: 'incidents' },
        sentAt: expect.any(Date),
        lateSeconds: expect.any(Number),
        ask: { kind: 'command', name: 'trace', input: { values: { transaction: '0x0b', batch: 7670 } } },
      },
    ])
    expect(await told(bot)).toEqual([{ platform: 'discord', place: stage.channel.id, message: message.id }])
    expect(stage.fake.transcript(stage.channel)).toBe(
      'Mei: /trace transaction: 0x0b batch: 7670\nRollcall [app]\n  g| ✅ era is up\n  g| All well.\n',
    )
  })

  test('asked for privately is answered for the asker only', async () => {
    const bot = await start(answering(up, 'private'))
    const message = await ask().answer()
    expect(message.onlyFor).toEqual(stage.mei)
    expect(await told(bot)).toEqual([null])
  })

  test('in a thread names the thread and the channel it belongs to', async () => {
    const bot = await start(answering(up))
    const thread = stage.fake.addChannel(stage.guild, { name: 'outage', type: 11, parent: stage.channel.id })
    const sent = stage.fake.command({ user: stage.mei, channel: thread, name: 'trace' })
    expect((await sent.answer()).channel).toBe(thread.id)
    expect(bot.requests[0]?.place).toMatchObject({ id: thread.id, parent: stage.channel.id, name: 'outage' })
  })

  test('in a direct message or another server still becomes a request, for the core to refuse', async () => {
    const bot = await start(answering(up))
    const direct = stage.fake.addChannel(null)
    await stage.fake.command({ user: stage.mei, channel: direct, name: 'trace' }).answer()
    const other = stage.fake.addChannel(stage.fake.addGuild({ name: 'elsewhere' }))
    await stage.fake.command({ user: stage.mei, channel: other, name: 'trace' }).answer()
    expect(bot.requests.map(({ place }) => [place.kind, place.guild])).toEqual([
      ['private', undefined],
      ['group', other.guild],
    ])
  })

  test.each(Object.entries(samples))('is answered with every kind of reply: %s', async (_, reply) => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47])
    const bot = await start(answering(reply), { draw: async () => png })
    const message = await ask().answer()
    expect(bot.errors).toEqual([])
    expect(message.pinged).toEqual([])
    const pictures = reply.blocks.filter((block) => block.kind === 'image')
    expect(message.files.filter((file) => file.filename.endsWith('.png')).map((file) => file.bytes)).toEqual(
      pictures.map(() => png),
    )
  })

  test('whose picture fails is answered with its description', async () => {
    const broken = async () => {
      throw new Error('no font')
    }
    await start(answering(samples.everyKind as Reply), { draw: broken })
    await ask().answer()
    expect(stage.fake.transcript(stage.channel)).toContain('Lag of the last hour')
  })
})

describe('only what was acknowledged is done', () => {
  test('a late command is dropped', async () => {
    const acknowledged: boolean[] = []
    const bot = await start(async (_, conversation) => {
      stage.fake.clock.advance(3001)
      acknowledged.push(await conversation.acknowledge('public'))
    })
    const sent = ask()
    expect(await sent.acknowledged()).toBe(false)
    await stage.fake.until(() => acknowledged.length === 1)
    expect(acknowledged).toEqual([false])
    expect(bot.log()).toContain('Unknown interaction')
  })

  test('of two copies exactly one answers', async () => {
    const won: boolean[] = []
    const core: Core = async (_, conversation) => {
      const mine = await conversation.acknowledge('public')
      won.push(mine)
      if (mine) await conversation.answer(up)
    }
    await start(core)
    await start(core)
    for (let index = 0; index < 10; index += 1) await ask().answer()
    await stage.fake.until(() => won.length === 20)
    expect(won.filter((mine) => mine)).toHaveLength(10)
    expect(stage.fake.world.messages.size).toBe(10)
  })

  test('an acknowledgement whose answer was lost on the way back is found by a second try', async () => {
    await start(answering(up))
    stage.fake.faults.add({ on: /callback/, times: 1, effect: { kind: 'lost', status: 502 } })
    expect((await ask().answer()).thinking).toBe(false)
    expect(stage.fake.calls.filter(({ path }) => path.includes('callback'))).toHaveLength(2)
  })

  test('one that Discord answers late, but in time for the person, counts', async () => {
    await start(answering(up))
    stage.fake.faults.add({ on: /callback/, times: 1, effect: { kind: 'slow', ms: 2000 } })
    expect((await ask().answer()).thinking).toBe(false)
  })

  test('one refused by a proxy is tried once more', async () => {
    await start(answering(up))
    stage.fake.faults.add({ on: /callback/, times: 1, effect: { kind: 'status', status: 502, html: true } })
    await ask().answer()
  })

  test.each(['hang', 'cut'] as const)('when the connection is dead (%s) it is given up', async (kind) => {
    const won: boolean[] = []
    await start(async (_, conversation) => void won.push(await conversation.acknowledge('public')))
    stage.fake.faults.add({ on: /callback/, effect: { kind } })
    ask()
    await stage.fake.until(() => won.length === 1)
    expect(won).toEqual([false])
  })

  test('asking twice for the acknowledgement sends it once', async () => {
    await start(async (_, conversation) => {
      await conversation.acknowledge('private')
      if (await conversation.acknowledge('public')) await conversation.answer(up)
    })
    expect((await ask().answer()).onlyFor).toEqual(stage.mei)
  })
})

test('an answer of Discord that names the message only is one: nothing is said twice', async () => {
  const bot = await start(answering(up))
  const effect = { kind: 'status', status: 200, body: { id: '700000000000000001' } } as const
  stage.fake.faults.add({ on: /PATCH .*original/, effect })
  ask()
  expect(await told(bot)).toEqual([{ platform: 'discord', place: stage.channel.id, message: '700000000000000001' }])
  expect(openly()).toEqual([])
})

describe('an answer after 15 minutes', () => {
  const slow =
    (visibility: 'public' | 'private'): Core =>
    async (_, conversation) => {
      await conversation.acknowledge(visibility)
      stage.fake.clock.advance(15 * 60 * 1000)
      await conversation.answer(up)
    }

  test('comes as a message of the bot', async () => {
    const bot = await start(slow('public'))
    ask()
    await stage.fake.until(() => bot.refs.length === 1)
    const message = [...stage.fake.world.messages.values()].find((one) => !one.thinking)
    expect(bot.refs).toEqual([{ platform: 'discord', place: stage.channel.id, message: message?.id }])
  })

  test('to a private question is not given in the open, but the asker is told to ask again', async () => {
    const bot = await start(slow('private'))
    ask()
    await stage.fake.until(() => bot.refs.length === 1)
    expect(openly()).toEqual([expect.stringContaining('The answer for Mei could not be delivered')])
    expect(openly().join()).not.toContain(up.title)
  })
})

/** What everybody in the channel can read. */
const openly = () =>
  [...stage.fake.world.messages.values()]
    .filter((message) => !message.onlyFor && !message.thinking)
    .map((message) => messageText(stage.fake.world, message))

describe('an answer that the interaction no longer takes', () => {
  type Refusal = readonly [status: number, code: number, message: string]
  const refused: readonly Refusal[] = [
    [404, 10015, 'Unknown Webhook'],
    [404, 10062, 'Unknown interaction'],
    [401, 50027, 'Invalid Webhook Token'],
  ]
  const unknownWebhook: Refusal = [404, 10015, 'Unknown Webhook']
  const refuse = (on: RegExp, [status, code, message]: Refusal) =>
    stage.fake.faults.add({ on, effect: { kind: 'status', status, body: { code, message } } })

  test.each(refused)('(%i, %i %s) comes as a message of the bot', async (...how) => {
    const bot = await start(answering(up))
    refuse(/ \/webhooks\//, how)
    ask()
    await stage.fake.until(() => bot.refs.length === 1)
    expect(openly()).toEqual([expect.stringContaining(up.title)])
    expect(bot.refs[0]).toMatchObject({ place: stage.channel.id })
  })

  test.each(refused)(
    '(%i, %i %s), if private, is not given in the open: the asker is told to ask again',
    async (...how) => {
      const bot = await start(answering(up, 'private'))
      refuse(/ \/webhooks\//, how)
      ask()
      await stage.fake.until(() => bot.refs.length === 1)
      expect(bot.refs).toEqual([null])
      expect(openly()).toEqual([expect.stringContaining('The answer for Mei could not be delivered')])
      expect(openly().join()).not.toContain(up.title)
    },
  )

  test('in a direct message comes as a message of the bot, because nobody else is there', async () => {
    const bot = await start(answering(up, 'private'))
    refuse(/ \/webhooks\//, unknownWebhook)
    stage.fake.command({ user: stage.mei, channel: stage.fake.addChannel(null), name: 'trace' })
    await stage.fake.until(() => bot.refs.length === 1)
    expect(openly()).toEqual([expect.stringContaining(up.title)])
  })

  test('to a press, only for the one who pressed, tells them to press again', async () => {
    const bot = await start(async (request, conversation) => {
      await conversation.acknowledge('public')
      const isPress = request.ask.kind === 'press'
      await conversation.answer(isPress ? done : proposal, isPress ? { onlyForAsker: true } : {})
    })
    const message = await ask().answer()
    refuse(/ \/webhooks\//, unknownWebhook)
    stage.fake.press({ user: stage.ana, message, customId: 'approve:1' })
    await stage.fake.until(() => bot.refs.length === 2)
    expect(openly()[1]).toContain('The answer for Ana could not be delivered')
  })

  test('in its form is given as plain words', async () => {
    await start(answering(samples.everyKind as Reply))
    const body = { code: 50035, message: 'Invalid Form Body' }
    stage.fake.faults.add({ on: /PATCH .*original/, times: 1, effect: { kind: 'status', status: 400, body } })
    const message = await ask().answer()
    expect(message).toMatchObject({ embeds: [], pinged: [] })
    expect(message.content).toContain(samples.everyKind?.title)
    expect(message.content.length).toBeLessThanOrEqual(2000)
  })
})

describe('a press', () => {
  const propose = async (more = {}) => {
    const bot = await start(async (request, conversation) => {
      await conversation.acknowledge('public')
      if (request.ask.kind === 'command') return void (await conversation.answer(proposal))
      if (request.ask.message) await bot.platform.edit(request.ask.message, done)
      await conversation.answer(done)
    }, more)
    const message = await ask().answer()
    return { bot, message, press: (customId = 'approve:1') => stage.fake.press({ user: stage.ana, message, customId }) }
  }

  test('edits the message it was on, takes the buttons away and answers with a new one', async () => {
    const { bot, message, press } = await propose()
    await press().answer()
    expect(bot.requests[1]).toMatchObject({
      caller: { account: `discord-user:${stage.ana.id}` },
      ask: { kind: 'press', action: 'approve:1', message: bot.refs[0] },
    })
    expect(buttonsOf(message)).toEqual([])
    expect(stage.fake.transcript(stage.channel)).toBe(
      [
        'Mei: /trace transaction: 0x0b\nRollcall [app] (edited)\n  g| ✅ Batch 1139 is back in the queue\n\n',
        '┌ Rollcall: ✅ Batch 1139 is back in the queue\nRollcall [app]\n  g| ✅ Batch 1139 is back in the queue\n',
      ].join(''),
    )
  })

  test('works on a message of an earlier process', async () => {
    const { bot, press } = await propose()
    await bot.platform.stop()
    const next = await start(answering(done))
    await press('cancel:1').answer()
    expect(next.requests.map(({ ask: { kind } }) => kind)).toEqual(['press'])
  })

  test('answered for the asker only stays between the two', async () => {
    await start(async (request, conversation) => {
      await conversation.acknowledge('public')
      const isPress = request.ask.kind === 'press'
      await conversation.answer(isPress ? done : proposal, isPress ? { onlyForAsker: true } : {})
    })
    const message = await ask().answer()
    const answer = await stage.fake.press({ user: stage.ana, message, customId: 'approve:1' }).answer()
    expect(answer.onlyFor).toEqual(stage.ana)
    expect(buttonsOf(message)).toHaveLength(2)
  })

  test('refused in private leaves the message as it is', async () => {
    const bot = await start(async (request, conversation) => {
      await conversation.acknowledge(request.ask.kind === 'press' ? 'private' : 'public')
      await conversation.answer(request.ask.kind === 'press' ? done : proposal)
    })
    const message = await ask().answer()
    const answer = await stage.fake.press({ user: stage.ana, message, customId: 'approve:1' }).answer()
    expect(answer.onlyFor).toEqual(stage.ana)
    expect(buttonsOf(message)).toHaveLength(2)
    expect(await told(bot, 2)).toMatchObject([{}, null])
  })

  test('on a private answer is answered in private', async () => {
    const bot = await start(async (request, conversation) => {
      await conversation.acknowledge(request.ask.kind === 'press' ? 'public' : 'private')
      await conversation.answer(proposal)
    })
    const message = await ask().answer()
    const answer = await stage.fake.press({ user: stage.mei, message, customId: 'approve:1' }).answer()
    expect(answer.onlyFor).toEqual(stage.mei)
    expect(bot.requests[1]?.ask).toEqual({ kind: 'press', action: 'approve:1' })
  })
})

describe('suggestions', () => {
  const typing = (option: string, typed: string) =>
    stage.fake.autocomplete({ user: stage.mei, channel: stage.channel, name: 'trace', option, typed })

  test('are asked with the option and the text so far', async () => {
    const bot = await start(answering(up))
    bot.suggest = [{ name: 'batch 7670', value: '0x0b' }]
    expect(await typing('transaction', '0x')).toEqual([{ name: 'batch 7670', value: '0x0b' }])
    expect(bot.questions[0]).toMatchObject({ command: 'trace', option: 'transaction', typed: '0x' })
  })

  test('are numbers for a number, 25 at most, and never longer than Discord takes', async () => {
    const bot = await start(answering(up))
    bot.suggest = Array.from({ length: 40 }, (_, index) => ({ name: `\u202E${'x'.repeat(200)}`, value: String(index) }))
    const choices = await typing('batch', '1')
    expect(choices).toHaveLength(25)
    expect(choices[3]).toEqual({ name: `${'x'.repeat(99)}…`, value: 3 })
    bot.suggest = [
      { name: 'too long', value: 'x'.repeat(101) },
      { name: 'not a number', value: 'x' },
    ]
    expect(await typing('batch', '1')).toEqual([])
  })

  test('that come too late hurt nobody', async () => {
    const bot = await start(answering(up))
    stage.fake.faults.add({
      on: /callback/,
      times: 1,
      effect: { kind: 'status', status: 404, body: { code: 10062, message: 'x' } },
    })
    const waiting = typing('batch', '1')
    await stage.fake.until(() => bot.log().includes('too late'))
    stage.fake.clock.advance(3001)
    expect(await waiting).toEqual([])
    await ask().answer()
  })
})

test('a core that fails does not stop the next command', async () => {
  let count = 0
  const bot = await start(async (request, conversation) => {
    count += 1
    if (count === 1) throw new Error('broken')
    await answering(up)(request, conversation)
  })
  ask()
  await ask().answer()
  expect(bot.platform.health()).toEqual({ ready: true })
})
