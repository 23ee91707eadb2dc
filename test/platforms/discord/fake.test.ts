// The fake Discord refuses what the real one refuses; otherwise the tests that use it would prove nothing.

import { Client, GatewayIntentBits, REST } from 'discord.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeDiscord, startFakeDiscord } from '../../fakes/discord/server.ts'
import type { FakeChannel, FakeGuild } from '../../fakes/discord/world.ts'

const someId = '111111111111111111'
let fake: FakeDiscord
let guild: FakeGuild
let channel: FakeChannel
let rest: REST

beforeEach(async () => {
  fake = await startFakeDiscord()
  guild = fake.addGuild()
  channel = fake.addChannel(guild)
  rest = new REST({ api: fake.apiUrl, retries: 0 }).setToken(fake.token)
})

afterEach(async () => {
  await fake.stop()
})

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    (error: { code?: unknown; status?: unknown }) => error.code || error.status,
  )
const post = (body: unknown) => codeOf(rest.post(`/channels/${channel.id}/messages`, { body }))

describe('messages', () => {
  test.each([
    ['text', { content: 'hello' }, 'accepted'],
    ['2000 characters', { content: 'x'.repeat(2000) }, 'accepted'],
    ['2001 characters', { content: 'x'.repeat(2001) }, 50035],
    ['nothing', { content: '  ' }, 50006],
    ['an unknown field', { content: 'x', embed: {} }, 50035],
    ['a title of 257', { embeds: [{ title: 'x'.repeat(257) }] }, 50035],
    ['a description of 4097', { embeds: [{ description: 'x'.repeat(4097) }] }, 50035],
    ['an embed with nothing in it', { embeds: [{ color: 1 }] }, 50035],
    ['an empty field value', { embeds: [{ fields: [{ name: 'a', value: ' ' }] }] }, 50035],
    ['26 fields', { embeds: [{ fields: Array(26).fill({ name: 'a', value: 'b' }) }] }, 50035],
    [
      '6001 characters over two embeds',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      50035,
    ],
    ['a picture that was not sent along', { embeds: [{ image: { url: 'attachment://a.png' } }] }, 50035],
    ['two buttons with one id', { content: 'x', components: [row(button('a'), button('a'))] }, 50035],
    ['a label of 81', { content: 'x', components: [row({ ...button('a'), label: 'x'.repeat(81) })] }, 50035],
    ['six buttons in a row', { content: 'x', components: [row(...['a', 'b', 'c', 'd', 'e', 'f'].map(button))] }, 50035],
    ['parse and ids at once', { content: 'x', allowed_mentions: { parse: ['users'], users: [someId] } }, 50035],
  ])('%s', async (_, body, expected) => {
    expect(await post(body)).toBe(expected)
  })

  test('deleted, unknown and forbidden', async () => {
    const { id } = (await rest.post(`/channels/${channel.id}/messages`, { body: { content: 'x' } })) as { id: string }
    const edit = () => codeOf(rest.patch(`/channels/${channel.id}/messages/${id}`, { body: { content: 'y' } }))
    expect(await edit()).toBe('accepted')
    await rest.delete(`/channels/${channel.id}/messages/${id}`)
    expect(await edit()).toBe(10008)
    expect(await codeOf(rest.post('/channels/111111111111111111/messages', { body: { content: 'x' } }))).toBe(10003)
    channel.hidden = true
    expect(await post({ content: 'x' })).toBe(50001)
    const stranger = new REST({ api: fake.apiUrl, retries: 0 }).setToken('wrong')
    expect(await codeOf(stranger.get('/users/@me'))).toBe(401)
  })

  test('a message with the same enforced nonce is posted once', async () => {
    const body = { content: 'x', nonce: 'n1', enforce_nonce: true }
    expect([await post(body), await post(body)]).toEqual(['accepted', 'accepted'])
    expect(fake.world.messages.size).toBe(1)
  })

  test('the sixth message within a second waits as the rate limit says', async () => {
    for (let index = 0; index < 7; index += 1) expect(await post({ content: `${index}` })).toBe('accepted')
    expect(fake.world.messages.size).toBe(7)
  })
})

function row(...components: object[]) {
  return { type: 1, components }
}

function button(id: string) {
  return { type: 2, style: 2, label: 'x', custom_id: id }
}

describe('commands', () => {
  const put = (body: unknown) =>
    codeOf(rest.put(`/applications/${fake.world.applicationId}/guilds/${guild.id}/commands`, { body }))
  const command = { name: 'trace', description: 'x' }
  const option = { type: 3, name: 'a', description: 'x' }
  test.each([
    ['a plain one', [command], 'accepted'],
    ['a capital in the name', [{ ...command, name: 'Trace' }], 50035],
    ['a description of 101', [{ ...command, description: 'x'.repeat(101) }], 50035],
    ['the same name twice', [command, command], 50035],
    ['required after optional', [{ ...command, options: [option, { ...option, name: 'b', required: true }] }], 50035],
    ['an option twice', [{ ...command, options: [option, option] }], 50035],
    [
      '26 choices',
      [
        {
          ...command,
          options: [{ ...option, choices: Array.from({ length: 26 }, (_, i) => ({ name: `${i}`, value: `${i}` })) }],
        },
      ],
      50035,
    ],
    [
      'choices and completion',
      [{ ...command, options: [{ ...option, autocomplete: true, choices: [{ name: 'a', value: 'a' }] }] }],
      50035,
    ],
  ])('%s', async (_, body, expected) => {
    expect(await put(body)).toBe(expected)
  })

  test('without the applications.commands scope nothing can be registered', async () => {
    guild.withoutCommands = true
    expect(await put([command])).toBe(50001)
  })
})

describe('interactions', () => {
  const mei = { id: '222222222222222222', name: 'Mei' }
  const respond = (sent: { interaction: { id: string; token: string } }, body: unknown) =>
    codeOf(rest.post(`/interactions/${sent.interaction.id}/${sent.interaction.token}/callback`, { body, auth: false }))
  const original = (sent: { interaction: { token: string } }, body: unknown) =>
    codeOf(
      rest.patch(`/webhooks/${fake.world.applicationId}/${sent.interaction.token}/messages/@original`, {
        body,
        auth: false,
      }),
    )
  const ask = () => fake.command({ user: mei, channel, name: 'trace' })

  test('the first answer within 3 s counts, a second is refused, a late one too', async () => {
    const sent = ask()
    expect(await respond(sent, { type: 5 })).toBe('accepted')
    expect(await respond(sent, { type: 5 })).toBe(40060)
    const late = ask()
    fake.clock.advance(3001)
    expect(await respond(late, { type: 5 })).toBe(10062)
    expect(await late.acknowledged()).toBe(false)
    expect(await respond(ask(), { type: 6 })).toBe(50035)
  })

  test('the token edits the answer for 15 minutes', async () => {
    const sent = ask()
    expect(await original(sent, { content: 'too early' })).toBe(10015)
    await respond(sent, { type: 5, data: { flags: 64 } })
    expect(await original(sent, { content: 'done' })).toBe('accepted')
    expect(fake.transcript(channel)).toBe('Mei: /trace\nRollcall [app] (only Mei sees this)\n  done\n')
    fake.clock.advance(15 * 60 * 1000)
    expect(await original(sent, { content: 'later' })).toBe(50027)
  })
})

describe('gateway', () => {
  test('identifies only with the right token and allowed intents', async () => {
    const connect = async (token: string, intents: GatewayIntentBits[]) => {
      const client = new Client({ intents, rest: { api: fake.apiUrl } })
      client.on('error', () => undefined)
      const ended = new Promise((resolve) => {
        client.on('shardDisconnect', ({ code }) => resolve(code))
        client.on('clientReady', () => resolve('ready'))
      })
      client.rest.setToken(fake.token)
      const login = client.login(token).catch((error) => error.message)
      const result = await Promise.race([ended, login])
      await client.destroy()
      return result
    }
    expect(await connect(fake.token, [GatewayIntentBits.Guilds])).toBe('ready')
    expect(await connect(fake.token, [GatewayIntentBits.MessageContent])).toBe(4014)
    expect(await connect('wrong', [GatewayIntentBits.Guilds])).toContain('token')
  })
})
