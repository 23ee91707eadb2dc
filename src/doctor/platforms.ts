// Tries tokens, servers, channels, chats and roles on Discord and Telegram, with plain calls of their HTTP APIs.

import type { Config, DiscordSettings, TelegramSettings } from '../config.ts'
import { transportText } from '../rollup/rpc/rpc-failure.ts'
import { type Check, fix, note, ok } from './check.ts'

const timeoutMs = 4000

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** The answer, or in words why there is none; never the URL, which holds Telegram's token. */
async function get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer | string> {
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const answer = await fetch(url, { headers, signal: limits })
    const body: unknown = await answer.json()
    return { status: answer.status, body: (typeof body === 'object' && body !== null ? body : {}) as Answer['body'] }
  } catch (error) {
    if (error instanceof SyntaxError) return 'gave an answer that is no JSON'
    if (error instanceof DOMException) return 'did not answer in time'
    return transportText(error)
  }
}

const text = (value: unknown): string =>
  String(value ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .slice(0, 100)

export async function checkDiscord(
  config: Config,
  discord: DiscordSettings,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const base = `${discord.apiUrl ?? 'https://discord.com/api'}/v10`
  const ask = (path: string) => get(base + path, { authorization: `Bot ${discord.token}` }, signal)
  const me = await ask('/users/@me')
  if (typeof me === 'string') return [fix('DISCORD_TOKEN', `Discord ${me}: check the network, or DISCORD_API_URL.`)]
  if (me.status === 401)
    return [fix('DISCORD_TOKEN', 'Discord refuses it: make a new one on the Bot page of the application.')]
  if (me.status !== 200) return [note('DISCORD_TOKEN', `Discord answered HTTP ${me.status}: try again later.`)]
  const checks: Check[] = [ok('DISCORD_TOKEN', `The bot is ${text(me.body.username)}.`)]
  const guilds = await Promise.all(discord.guildIds.map(async (id) => ({ id, answer: await ask(`/guilds/${id}`) })))
  const roles = new Set<string>()
  for (const { id, answer } of guilds) {
    if (typeof answer === 'string') checks.push(note('DISCORD_GUILD_IDS', `${id}: Discord ${answer}.`))
    else if (answer.status !== 200) {
      checks.push(
        fix(
          'DISCORD_GUILD_IDS',
          `The bot is not in the server ${id}: invite it with the scopes bot and applications.commands.`,
        ),
      )
    } else {
      checks.push(ok('DISCORD_GUILD_IDS', `${id} is ${text(answer.body.name)}.`))
      const listed = Array.isArray(answer.body.roles) ? answer.body.roles : []
      for (const role of listed) roles.add(text((role as { id?: unknown }).id))
    }
  }
  if (discord.guildIds.length === 0) checks.push(await guildsToChoose(await ask('/users/@me/guilds')))
  else if (checks.every(({ state }) => state === 'ok')) checks.push(...unknownRoles(config, roles))
  return [
    ...checks,
    ...(await Promise.all(discord.channelIds.map(async (id) => channelCheck(id, await ask(`/channels/${id}`))))),
  ]
}

async function guildsToChoose(answer: Answer | string): Promise<Check> {
  const guilds =
    typeof answer !== 'string' && Array.isArray(answer.body) ? (answer.body as { id?: unknown; name?: unknown }[]) : []
  const seen = guilds
    .map(({ id, name }) => `${text(id)} (${text(name)})`)
    .slice(0, 10)
    .join(', ')
  return fix(
    'DISCORD_GUILD_IDS',
    `Not set, so the bot answers nowhere. It is in: ${seen === '' ? 'no server yet, invite it' : seen}.`,
  )
}

function channelCheck(id: string, answer: Answer | string): Check {
  if (typeof answer === 'string') return note('DISCORD_CHANNEL_IDS', `${id}: Discord ${answer}.`)
  if (answer.status === 200) return ok('DISCORD_CHANNEL_IDS', `${id} is #${text(answer.body.name)}.`)
  return fix('DISCORD_CHANNEL_IDS', `The bot can't see the channel ${id}: correct the id, or let the bot view it.`)
}

/** Roles of the lists that exist in none of the servers give nobody a right, in silence. */
function unknownRoles(config: Config, roles: ReadonlySet<string>): readonly Check[] {
  if (roles.size === 0) return []
  const entries = [...config.access.roles.values()].flatMap((lists) => Object.values(lists).flat())
  const wanted = new Set(entries.filter((entry) => entry.startsWith('discord-role:')).map((entry) => entry.slice(13)))
  return [...wanted]
    .filter((id) => !roles.has(id))
    .map((id) =>
      fix('OPERATORS', `discord-role:${id} is a role of none of the servers: correct it where it is listed.`),
    )
}

export async function checkTelegram(telegram: TelegramSettings, signal: AbortSignal): Promise<readonly Check[]> {
  const base = `${telegram.apiUrl ?? 'https://api.telegram.org'}/bot${telegram.token}`
  const ask = (path: string) => get(`${base}/${path}`, {}, signal)
  const me = await ask('getMe')
  if (typeof me === 'string') return [fix('TELEGRAM_TOKEN', `Telegram ${me}: check the network, or TELEGRAM_API_URL.`)]
  if (me.status === 401 || me.status === 404)
    return [fix('TELEGRAM_TOKEN', 'Telegram refuses it: ask BotFather for a new one.')]
  if (me.status !== 200) return [note('TELEGRAM_TOKEN', `Telegram answered HTTP ${me.status}: try again later.`)]
  const bot = resultOf(me)
  const reads = bot.can_read_all_group_messages === true
  const privacy = reads
    ? 'sees all messages in groups'
    : 'privacy mode: in groups it sees commands and replies to it only'
  const checks: Check[] = [ok('TELEGRAM_TOKEN', `The bot is @${text(bot.username)}, ${privacy}.`)]
  if (telegram.chatIds.length === 0) {
    checks.push(
      fix(
        'TELEGRAM_CHAT_IDS',
        'Not set, so the bot answers nowhere. Send it /whoami where it should answer: it shows the id.',
      ),
    )
  }
  return [
    ...checks,
    ...(await Promise.all(telegram.chatIds.map(async (id) => chatCheck(id, await ask(`getChat?chat_id=${id}`))))),
  ]
}

function chatCheck(id: string, answer: Answer | string): Check {
  if (typeof answer === 'string') return note('TELEGRAM_CHAT_IDS', `${id}: Telegram ${answer}.`)
  const moved = (answer.body.parameters as { migrate_to_chat_id?: unknown } | undefined)?.migrate_to_chat_id
  if (moved !== undefined) return fix('TELEGRAM_CHAT_IDS', `${id} became a supergroup: its id is ${text(moved)} now.`)
  if (answer.status !== 200) {
    return fix(
      'TELEGRAM_CHAT_IDS',
      `The bot is not in the chat ${id}: add it there, or correct the id (groups are negative).`,
    )
  }
  const chat = resultOf(answer)
  return ok('TELEGRAM_CHAT_IDS', `${id} is ${text(chat.title ?? chat.first_name)} (${text(chat.type)}).`)
}

function resultOf({ body }: Answer): Record<string, unknown> {
  return (typeof body.result === 'object' && body.result !== null ? body.result : {}) as Record<string, unknown>
}
