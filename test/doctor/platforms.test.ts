// What the doctor says of Discord and Telegram, tried on the small servers that stand in for them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { checkDiscord, checkTelegram } from '../../src/doctor/platforms.ts'
import { type FakeDiscord, startFakeDiscord } from '../fakes/discord/server.ts'
import { TelegramFake } from '../fakes/telegram/fake.ts'

let discord: FakeDiscord
let telegram: TelegramFake

beforeAll(async () => {
  discord = await startFakeDiscord()
  telegram = await TelegramFake.start()
})

afterAll(async () => {
  await discord.stop()
  await telegram.stop()
})

function configure(environment: Record<string, string>) {
  const places = { DISCORD_API_URL: discord.apiUrl, TELEGRAM_API_URL: telegram.url }
  return readConfig({ CHAIN_PRESET: 'era-mainnet', ...places, ...environment }, { readFile: () => '' })
}

async function onDiscord(environment: Record<string, string>) {
  const config = configure({ DISCORD_TOKEN: discord.token, ...environment })
  if (config.discord === null) throw new Error('no token')
  return checkDiscord(config, config.discord, AbortSignal.timeout(20_000))
}

async function onTelegram(environment: Record<string, string>) {
  const config = configure({ TELEGRAM_TOKEN: telegram.token, ...environment })
  if (config.telegram === null) throw new Error('no token')
  return checkTelegram(config.telegram, AbortSignal.timeout(20_000))
}

describe('on Discord', () => {
  it('token, server and channel that are there are fine', async () => {
    const guild = discord.addGuild({ name: 'Rollup team' })
    const channel = discord.addChannel(guild, { name: 'incidents' })
    const checks = await onDiscord({ DISCORD_GUILD_IDS: guild.id, DISCORD_CHANNEL_IDS: channel.id })
    expect(checks.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    expect(checks[1]?.text).toBe(`${guild.id} is Rollup team.`)
    expect(checks[2]?.text).toContain('#incidents')
  })

  it('a refused token says where to get one, and is not repeated', async () => {
    const checks = await onDiscord({ DISCORD_TOKEN: 'wrong-token-123' })
    expect(checks).toEqual([{ setting: 'DISCORD_TOKEN', state: 'fix', text: expect.stringContaining('Bot page') }])
    expect(JSON.stringify(checks)).not.toContain('wrong-token-123')
  })

  it('servers to choose from are shown where none is set', async () => {
    const guild = discord.addGuild({ name: 'Elsewhere' })
    const checks = await onDiscord({})
    expect(checks.at(-1)).toMatchObject({ setting: 'DISCORD_GUILD_IDS', state: 'fix' })
    expect(checks.at(-1)?.text).toContain(`${guild.id} (Elsewhere)`)
  })

  it('a server the bot is not in, a channel it can’t see and a role nobody has are named', async () => {
    const guild = discord.addGuild()
    const away = await onDiscord({ DISCORD_GUILD_IDS: '999999999999999999', DISCORD_CHANNEL_IDS: '888888888888888888' })
    expect(away.slice(1).map(({ setting, state }) => [setting, state])).toEqual([
      ['DISCORD_GUILD_IDS', 'fix'],
      ['DISCORD_CHANNEL_IDS', 'fix'],
    ])
    const roles = await onDiscord({ DISCORD_GUILD_IDS: guild.id, OPERATORS: 'discord-role:777777777777777777' })
    expect(roles.at(-1)).toMatchObject({
      state: 'fix',
      text: expect.stringContaining('discord-role:777777777777777777'),
    })
  })

  it('a network that leads nowhere is a sentence', async () => {
    const checks = await onDiscord({ DISCORD_API_URL: 'http://127.0.0.1:1' })
    expect(checks).toEqual([
      { setting: 'DISCORD_TOKEN', state: 'fix', text: expect.stringContaining('DISCORD_API_URL') },
    ])
  })
})

describe('on Telegram', () => {
  it('token and chats that are there are fine, and privacy mode is said', async () => {
    const chat = telegram.chat('supergroup', 'Rollup team')
    const checks = await onTelegram({ TELEGRAM_CHAT_IDS: String(chat.id) })
    expect(checks.map(({ state }) => state)).toEqual(['ok', 'ok'])
    expect(checks[0]?.text).toContain('privacy mode')
    expect(checks[1]?.text).toContain('Rollup team (supergroup)')
  })

  it('a refused token says where to get one, and is not repeated', async () => {
    const checks = await onTelegram({ TELEGRAM_TOKEN: '1234567:wrong-token' })
    expect(checks).toEqual([{ setting: 'TELEGRAM_TOKEN', state: 'fix', text: expect.stringContaining('BotFather') }])
    expect(JSON.stringify(checks)).not.toContain('wrong-token')
  })

  it('a chat the bot is not in is named, and so is having none', async () => {
    const away = await onTelegram({ TELEGRAM_CHAT_IDS: '-1009999' })
    expect(away.at(-1)).toMatchObject({ setting: 'TELEGRAM_CHAT_IDS', state: 'fix' })
    expect((await onTelegram({})).at(-1)?.text).toContain('/whoami')
  })
})
