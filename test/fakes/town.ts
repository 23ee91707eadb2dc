// Both fakes with a team in them: an allowed server and chats, places that are not allowed, and two people with accounts
// on each.

import { startFakeDiscord } from './discord/server.ts'
import { TelegramFake } from './telegram/fake.ts'

export interface TownSettings {
  /** Milliseconds since 1970 by Discord's clock; the real one unless given. */
  readonly discordNow?: () => number
  readonly keepCalls?: number
}

export type Town = Awaited<ReturnType<typeof createTown>>

export async function createTown({ discordNow, keepCalls }: TownSettings = {}) {
  const discord = await startFakeDiscord({
    ...(discordNow && { now: discordNow }),
    ...(keepCalls !== undefined && { keepCalls }),
  })
  const telegram = await TelegramFake.start()
  return {
    discord,
    telegram,
    people: {
      mei: {
        discord: discord.addUser('Mei', { id: '400000000000004001' }),
        telegram: telegram.user('Mei', { id: 4101 }),
      },
      ana: {
        discord: discord.addUser('Ana', { id: '400000000000004002' }),
        telegram: telegram.user('Ana', { id: 4102 }),
      },
    },
    /** Holds no role of their own. */
    tom: {
      discord: discord.addUser('Tom', { id: '400000000000004003' }),
      telegram: telegram.user('Tom', { id: 4103 }),
    },
    ...discordPlaces(discord),
    ...telegramPlaces(telegram),
    async end() {
      await Promise.all([discord.stop(), telegram.stop()])
    },
  }
}

function discordPlaces(discord: Awaited<ReturnType<typeof startFakeDiscord>>) {
  const guild = discord.addGuild({ id: '300000000000003001', name: 'Rollup team' })
  const elsewhere = discord.addGuild({ id: '300000000000003002', name: 'Somebody else' })
  const channel = discord.addChannel(guild, { id: '300000000000003101', name: 'incidents' })
  return {
    guild,
    channel,
    thread: discord.addChannel(guild, { id: '300000000000003102', name: 'batch 7', type: 11, parent: channel.id }),
    otherGuild: discord.addChannel(elsewhere, { id: '300000000000003103', name: 'general' }),
    direct: discord.addChannel(null, { id: '300000000000003104', name: 'Mei' }),
  }
}

const generalTopic = 11

function telegramPlaces(telegram: TelegramFake) {
  return {
    privateChat: telegram.chat('private', 'Mei', { id: 4101 }),
    group: telegram.chat('group', 'Rollup team', { id: -7001 }),
    forum: telegram.chat('supergroup', 'Rollup forum', {
      id: -1_001_000_000_001,
      topics: { [generalTopic]: 'Incidents' },
    }),
    topic: generalTopic,
    post: telegram.chat('channel', 'Rollup news', { id: -1_001_000_000_002 }),
    otherGroup: telegram.chat('group', 'Somebody else', { id: -7002 }),
  }
}

/** Settings for a bot in this town: anyone may read in its places, Mei and Ana may do everything. */
export function townSettings(town: Town): Record<string, string> {
  const { discord, telegram, people, guild, privateChat, group, forum, post } = town
  const accounts = ([name, { discord: one, telegram: other }]: [string, Town['people']['mei']]) =>
    [name, `discord-user:${one.id}`, `telegram-user:${other.id}`] as const
  const known = Object.entries(people).map(accounts)
  const all = known.flatMap(([, one, other]) => [one, other]).join(',')
  return {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_GUILD_IDS: guild.id,
    TELEGRAM_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_CHAT_IDS: [privateChat, group, forum, post].map(({ id }) => id).join(','),
    VIEWERS: 'everyone-here',
    RESPONDERS: all,
    OPERATORS: all,
    PEOPLE: known.map(([name, one, other]) => `${name}=${one}+${other}`).join(','),
  }
}

/** Call it before the bot has started: resolves when so many copies listen on Discord, and a new one on Telegram. */
export async function townReady({ discord, telegram, guild }: Town, copies = 1, telegramToo = true): Promise<void> {
  const polls = telegram.callsOf('getUpdates').length
  await discord.until(() => discord.world.commands.has(guild.id) && discord.gateway.connections() >= copies, 60_000)
  if (telegramToo) await telegram.until(() => telegram.callsOf('getUpdates').length > polls, 'a poll', 60_000)
}
