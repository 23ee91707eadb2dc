// The connection to Discord breaks in every way it can, and the bot stays, comes back, or says why it can't.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answering, type Bot, ready, type Stage, setStage, trace, up } from './bot.ts'

let stage: Stage

beforeEach(async () => {
  stage = await setStage({ heartbeatMs: 150 })
})

afterEach(async () => {
  await stage.end()
})

const start = async (more = {}): Promise<Bot> => ready(stage, await stage.start(answering(up), more))
const ask = () => stage.fake.command({ user: stage.mei, channel: stage.channel, name: 'trace' })
const until: Stage['fake']['until'] = (probe) => stage.fake.until(probe, 20_000)

describe('a broken connection', () => {
  test.each([
    ['cut', () => stage.fake.gateway.drop()],
    ['asked to reconnect', () => stage.fake.gateway.askToReconnect()],
    ['closed with an unknown error', () => stage.fake.gateway.close(4000)],
    [
      'dead without heartbeats',
      () => {
        stage.fake.gateway.faults.zombie = true
      },
    ],
  ])('%s is resumed', async (_, breakIt) => {
    const bot = await start()
    breakIt()
    await until(() => stage.fake.gateway.seen.resumes > 0)
    stage.fake.gateway.faults.zombie = false
    await until(() => bot.platform.health().ready)
    await ask().answer()
    expect(stage.fake.gateway.seen.identifies).toBe(1)
  })

  test('while it is away health says so', async () => {
    const bot = await start()
    stage.fake.gateway.faults.refuse = 503
    stage.fake.gateway.drop()
    await until(() => !bot.platform.health().ready)
    expect(bot.platform.health().why).toContain('reconnecting')
    stage.fake.gateway.faults.refuse = null
    await until(() => bot.platform.health().ready)
    await ask().answer()
  })

  test('a command typed while it was away is delivered after it, once', async () => {
    const bot = await start()
    stage.fake.gateway.drop()
    const sent = ask()
    await until(() => bot.requests.length === 1)
    await sent.answer()
    stage.fake.redeliver(sent.interaction)
    await until(() => bot.requests.length === 2)
    expect(stage.fake.world.messages.size).toBe(1)
  })

  test('an ended session is begun anew', async () => {
    const bot = await start()
    stage.fake.gateway.invalidateSessions(false)
    await until(() => stage.fake.gateway.seen.identifies === 2 && bot.platform.health().ready)
    await ask().answer()
  })
})

describe('what can’t heal', () => {
  test.each([
    [4004, 'DISCORD_TOKEN'],
    [4013, '4013'],
    [4014, '4014'],
  ])('close %i at login: not ready, says why, tries no more', async (code, said) => {
    stage.fake.gateway.faults.closeOnIdentify = code
    const bot = await stage.start(answering(up))
    await until(() => bot.platform.health().why?.includes(said))
    expect(bot.platform.health().ready).toBe(false)
    expect(bot.log()).not.toContain(stage.fake.token)
    expect(stage.fake.gateway.seen.identifies).toBe(1)
  })

  test('close 4004 in the middle of work', async () => {
    const bot = await start()
    stage.fake.gateway.close(4004)
    await until(() => bot.platform.health().why?.includes('DISCORD_TOKEN'))
    expect(stage.fake.gateway.seen).toMatchObject({ identifies: 1, resumes: 0 })
  })

  test('a wrong token', async () => {
    const bot = await stage.start(answering(up), { token: 'wrong.token.entirely' })
    await until(() => bot.platform.health().why?.includes('DISCORD_TOKEN'))
    expect(bot.log()).not.toContain('wrong.token.entirely')
  })
})

describe('at the start', () => {
  test('an API that is down is tried until it answers', async () => {
    const fault = { on: /gateway/, times: 6, effect: { kind: 'status', status: 502, html: true } } as const
    stage.fake.faults.add(fault)
    await start()
    await ask().answer()
  })

  test('commands work although the servers have not reported yet', async () => {
    stage.fake.gateway.faults.withholdGuilds = true
    await start()
    await ask().answer()
  })

  test('only the Guilds intent is asked for', async () => {
    await start()
    expect(stage.fake.gateway.seen.intents).toEqual([1])
  })
})

describe('registering commands', () => {
  const writes = () => stage.fake.calls.filter(({ method }) => method === 'PUT')

  test('happens once, and again only when something differs', async () => {
    await start()
    await start()
    expect(writes()).toHaveLength(1)
    await start({ commands: [{ ...trace, summary: 'Follow a transaction' }] })
    expect(writes()).toHaveLength(2)
    await start({ commands: [{ ...trace, summary: 'Follow a transaction' }] })
    expect(writes()).toHaveLength(2)
  })

  test('happens where the list of commands can’t be read', async () => {
    const effect = { kind: 'status', status: 404, body: { code: 0, message: '404: Not Found' } } as const
    stage.fake.faults.add({ on: /GET .*guilds.*commands/, effect })
    await start()
    expect(stage.fake.world.commands.get(stage.guild.id)).not.toEqual([])
  })

  test('is only done in allowed servers', async () => {
    const other = stage.fake.addGuild({ name: 'elsewhere' })
    await start()
    expect([...stage.fake.world.commands.keys()]).toEqual([stage.guild.id])
    expect(other.id).not.toBe(stage.guild.id)
  })

  test('without the scope for it is told with the link that helps', async () => {
    stage.guild.withoutCommands = true
    const bot = await stage.start(answering(up))
    await until(() => bot.platform.health().why?.includes('applications.commands'))
    expect(bot.platform.health().ready).toBe(true)
    expect(bot.platform.health().why).toContain(`client_id=${stage.fake.world.applicationId}`)
  })

  test('finds commands of the same name that are there for all servers, and says so', async () => {
    stage.fake.world.commands.set('', [{ id: '1', name: 'trace', description: 'x' }])
    const bot = await start()
    await until(() => bot.log().includes('Discord shows commands twice'))
  })

  test('is tried again after trouble', async () => {
    stage.fake.faults.add({ on: /guilds.*commands/, times: 4, effect: { kind: 'status', status: 500 } })
    const bot = await start()
    expect(bot.platform.health()).toEqual({ ready: true })
  })

  test('in a server the bot is not in waits for the invitation', async () => {
    const missing = '999999999999999999'
    const bot = await stage.start(answering(up), { guildIds: [missing] })
    await until(() => bot.platform.health().why?.includes(`not in the server ${missing}`))
    stage.fake.addGuild({ id: missing, name: 'new' })
    await until(() => writes().length === 1)
    await until(() => bot.platform.health().why === undefined)
  })

  test('without any allowed server names those it sees', async () => {
    const bot = await stage.start(answering(up), { guildIds: [] })
    await until(() => bot.log().includes(`DISCORD_GUILD_IDS=${stage.guild.id}`))
    expect(writes()).toHaveLength(0)
  })
})
