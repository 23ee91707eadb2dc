// The menu of commands, per scope: all of it in the chats that are configured, only what anyone may ask elsewhere.

import type { Role } from '../../core/access.ts'
import type { Logger } from '../../logging.ts'
import { ApiFailure, type BotApi } from './api.ts'
import { oneLine, shorten } from './text.ts'

export interface MenuEntry {
  readonly name: string
  readonly summary: string
  readonly role: Role | 'anyone'
}

interface BotCommand {
  readonly command: string
  readonly description: string
}

type Scope = { readonly type: 'default' } | { readonly type: 'chat'; readonly chat_id: number }

interface RegisterParts {
  readonly api: BotApi
  readonly log: Logger
  readonly commands: readonly MenuEntry[]
  readonly chats: readonly string[]
}

const limits = { commands: 100, name: 32, description: 256 }
const callMs = 10_000

/** Telegram's names hold letters, digits and `_` only; what people type with a hyphen is read all the same. */
export function menuOf(commands: readonly MenuEntry[]): readonly BotCommand[] {
  return commands.slice(0, limits.commands).map(({ name, summary }) => ({
    command: name.toLowerCase().replaceAll('-', '_').slice(0, limits.name),
    description: shorten(oneLine(summary), limits.description) || name,
  }))
}

/** Sets each menu that differs from what Telegram has. Trouble is logged: without a menu, typing still works. */
export async function registerMenus({ api, log, commands, chats }: RegisterParts): Promise<void> {
  const forAnyone = menuOf(commands.filter(({ role }) => role === 'anyone'))
  await setMenu(api, log, { type: 'default' }, forAnyone)
  for (const chat of chats) {
    const type = await chatType(api, log, chat)
    // Channels have no menu: nobody types in them with one.
    if (type !== null && type !== 'channel')
      await setMenu(api, log, { type: 'chat', chat_id: Number(chat) }, menuOf(commands))
  }
}

async function setMenu(api: BotApi, log: Logger, scope: Scope, menu: readonly BotCommand[]): Promise<void> {
  try {
    if (JSON.stringify(await presentMenu(api, scope)) === JSON.stringify(menu.map(pick))) return
    await api.call('setMyCommands', { scope, commands: menu }, { timeoutMs: callMs })
    log.info({ scope, commands: menu.length }, 'the menu of commands was set')
  } catch (error) {
    log.warn({ scope, why: failureText(error) }, 'the menu of commands could not be set')
  }
}

/** Null where it can't be read: then it is set anew. @throws what is no failure of the API */
async function presentMenu(api: BotApi, scope: Scope): Promise<readonly BotCommand[] | null> {
  try {
    return (await api.call<readonly BotCommand[]>('getMyCommands', { scope }, { timeoutMs: callMs })).map(pick)
  } catch (error) {
    failureText(error)
    return null
  }
}

function pick({ command, description }: BotCommand): BotCommand {
  return { command, description }
}

async function chatType(api: BotApi, log: Logger, chat: string): Promise<string | null> {
  try {
    return (await api.call<{ type: string }>('getChat', { chat_id: Number(chat) }, { timeoutMs: callMs })).type
  } catch (error) {
    log.warn({ chat, why: failureText(error) }, 'TELEGRAM_CHAT_IDS names a chat I can’t see: add the bot to it')
    return null
  }
}

/** @throws what is no failure of the API */
function failureText(error: unknown): string {
  if (error instanceof ApiFailure) return error.message
  throw error
}
