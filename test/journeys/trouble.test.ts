// What happens to the built program when something around it is missing or down, and what it leaves behind.

import { readdir, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { messageText } from '../fakes/discord/transcript.ts'
import { askOnDiscord, askOnTelegram } from './asking.ts'
import type { ChildBot } from './child.ts'
import { openStage, type Stage } from './stage.ts'

const patient = 120_000
let stage: Stage
let bot: ChildBot | undefined
let heal = () => {}

beforeAll(async () => {
  stage = await openStage()
}, 240_000)

afterEach(async () => {
  heal()
  stage.town.discord.faults.clear()
  stage.town.discord.gateway.faults.refuse = null
  await bot?.remove()
})

afterAll(() => stage?.end())

async function whoamiOnDiscord(): Promise<string> {
  const { town } = stage
  const { discord } = town
  return messageText(discord.world, await askOnDiscord(town, town.tom.discord, town.channel, 'whoami'))
}

async function whoamiOnTelegram(): Promise<string> {
  const { town } = stage
  return (await askOnTelegram(town, town.tom.telegram, town.group, '/whoami')).text
}

it(
  'without its records and without Telegram it answers on Discord, says so, and takes Telegram up again',
  async () => {
    const { discord, telegram, guild } = stage.town
    heal = telegram.fault({ kind: 'html', code: 502 })
    bot = await stage.start({ STATE_DATABASE_URL: 'postgres://rollcall@127.0.0.1:1/rollcall' })
    await discord.until(() => discord.world.commands.has(guild.id) && discord.gateway.connections() > 0, 60_000)
    const answer = await whoamiOnDiscord()
    expect(answer).toContain('discord-user:')
    expect(answer).toContain('Not recorded')
    heal()
    expect(await whoamiOnTelegram()).toContain('Not recorded')
  },
  patient,
)

it(
  'without Discord it answers on Telegram, and takes Discord up again',
  async () => {
    const { discord, telegram } = stage.town
    discord.faults.add({ effect: { kind: 'status', status: 503, html: true } })
    discord.gateway.faults.refuse = 503
    bot = await stage.start()
    await telegram.until(() => telegram.callsOf('getUpdates').length > 0, 'a poll', 60_000)
    expect(await whoamiOnTelegram()).toContain('telegram-user:')
    discord.faults.clear()
    discord.gateway.faults.refuse = null
    await discord.until(() => discord.gateway.connections() > 0, 60_000)
    expect(await whoamiOnDiscord()).toContain('discord-user:')
  },
  patient,
)

it(
  'without an allowed server or chat it names the servers it sees, and answers nothing but /whoami and /help',
  async () => {
    const { town } = stage
    bot = await stage.startReady({ DISCORD_GUILD_IDS: '', TELEGRAM_CHAT_IDS: '' })
    await bot.says(town.guild.id)
    expect(await whoamiOnDiscord()).toContain('You hold no role here yet')
    expect(await whoamiOnTelegram()).toContain('You hold no role here yet')
    const { discord, telegram } = town.people.mei
    const refused = await askOnDiscord(town, discord, town.channel, 'trace', { batch: 7 })
    expect(messageText(town.discord.world, refused)).toContain('DISCORD_GUILD_IDS')
    expect((await askOnTelegram(town, telegram, town.group, '/trace batch 7')).text).toContain('TELEGRAM_CHAT_IDS')
  },
  patient,
)

it(
  'ends when it is told to, with an answer under way, and leaves neither a process nor a file behind',
  async () => {
    const { town } = stage
    // No database is given: the bot starts one of its own for its records.
    bot = await stage.startReady({ STATE_DATABASE_URL: '', STATE_DIR: 'records' })
    expect(await whoamiOnTelegram()).not.toContain('Not recorded')
    const folder = await realpath(bot.folder)
    expect(await processesAt(folder)).not.toEqual([])
    town.telegram.fault({ kind: 'black-hole' }, { on: ['sendMessage'], times: 1 })
    town.telegram.text({ chat: town.group, user: town.tom.telegram, text: '/whoami' })
    const sends = () => town.telegram.callsOf('sendMessage').length
    const before = sends()
    await town.telegram.until(() => sends() > before, 'an answer under way', 60_000)
    expect(await bot.end('SIGTERM')).toBe(0)
    expect(await processesAt(folder)).toEqual([])
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  },
  patient,
)

/** Ids of the processes that work in a folder or below it. */
async function processesAt(folder: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  // A process may end while we look.
  const places = await Promise.all(ids.map((id) => readlink(`/proc/${id}/cwd`).catch(() => '')))
  return ids.filter((_, index) => places[index]?.startsWith(folder))
}
