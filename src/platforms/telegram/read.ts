// What a Telegram update asks for: a request, news of a chat, or nothing of ours. Pure.

import type { Chat, Message, Update, User } from 'telegraf/types'
import type { Caller, MessageRef, Place, Request, Standing } from '../../core/request.ts'
import { withoutJoiners } from './text.ts'

export interface Knowledge {
  /** Our username, without `@`. */
  readonly botName: string
  /** Command names as declared, with hyphens. */
  readonly commands: readonly string[]
  /** Privacy mode is off: everything said in a group reaches us. */
  readonly hearsAll?: boolean
  /** When the update arrived, by Telegram's clock. */
  readonly receivedAt: Date
}

/** Where an answer goes. */
export interface Target {
  readonly chat: string
  readonly thread?: string
  /** The message to answer to. */
  readonly message?: string
  /** The callback query of a press. */
  readonly query?: string
}

export type Arrival =
  | { readonly kind: 'request'; readonly request: Request; readonly target: Target }
  /** A group became a supergroup. */
  | { readonly kind: 'moved'; readonly from: string; readonly to: string }
  /** The bot was added to a chat, made an administrator, thrown out or blocked. */
  | { readonly kind: 'membership'; readonly chat: string; readonly title: string; readonly status: string }

type AnyMessage = Message &
  Partial<Message.TextMessage & Message.MigrateToChatIdMessage & Message.MigrateFromChatIdMessage> &
  NewFields

/** Fields younger than telegraf's types. */
interface NewFields {
  readonly guest_query_id?: string
  readonly business_connection_id?: string
}

/** Telegram shows every administrator who hides behind a group as this account. */
const anonymousAdmins = [1087968824, 136817688]
/** Telegram itself: posts of a linked channel, for one. */
const telegramItself = 777000

export function readUpdate(update: Update, known: Knowledge): Arrival | null {
  if ('message' in update) return readMessage(update.update_id, update.message as AnyMessage, known)
  if ('channel_post' in update) return readMessage(update.update_id, update.channel_post as AnyMessage, known)
  if ('callback_query' in update) return readPress(update, known)
  if ('my_chat_member' in update) {
    const { chat, new_chat_member } = update.my_chat_member
    return { kind: 'membership', chat: String(chat.id), title: titleOf(chat), status: new_chat_member.status }
  }
  return null
}

function readMessage(id: number, message: AnyMessage, known: Knowledge): Arrival | null {
  if (message.migrate_to_chat_id !== undefined) {
    return { kind: 'moved', from: String(message.chat.id), to: String(message.migrate_to_chat_id) }
  }
  if (message.migrate_from_chat_id !== undefined) {
    return { kind: 'moved', from: String(message.migrate_from_chat_id), to: String(message.chat.id) }
  }
  // A guest query calls the bot from a chat it is not in; a business connection speaks as somebody else.
  if (message.guest_query_id !== undefined || message.business_connection_id !== undefined) return null
  if (message.text === undefined) return null
  const line = readLine(message.text, known, message.chat.type === 'private')
  if (line === null) return null
  const sentAt = new Date(message.date * 1000)
  const place = placeOf(message.chat, message)
  const request: Request = {
    id: `telegram-update:${id}`,
    caller: senderOf(message),
    place,
    sentAt,
    lateSeconds: Math.max(0, Math.floor((known.receivedAt.getTime() - sentAt.getTime()) / 1000)),
    ...(place.kind === 'group' && { hears: known.hearsAll ? ('all' as const) : ('addressed' as const) }),
    ask: { kind: 'command', name: line.name, input: { text: line.rest } },
  }
  return { kind: 'request', request, target: { ...targetOf(place), message: String(message.message_id) } }
}

function readPress(update: Update.CallbackQueryUpdate, known: Knowledge): Arrival | null {
  const query = update.callback_query
  const { message, from } = query
  if (message === undefined || !('data' in query)) return null
  const place = placeOf(message.chat, message as Partial<AnyMessage>)
  const ref: MessageRef = {
    platform: 'telegram',
    place: place.id,
    message: String(message.message_id),
    ...(place.thread === undefined ? {} : { thread: place.thread }),
    ...('photo' in message ? { shape: 'photo' } : 'text' in message ? { shape: 'text' } : {}),
  }
  const request: Request = {
    id: `telegram-update:${update.update_id}`,
    caller: personOf(from, from.is_bot ? 'bot' : 'person'),
    place,
    // A press carries no time; Telegram keeps it for 150 s at most.
    sentAt: known.receivedAt,
    lateSeconds: 0,
    ask: { kind: 'press', action: query.data, message: ref },
  }
  return { kind: 'request', request, target: { ...targetOf(place), message: ref.message, query: query.id } }
}

/**
 * A command at the very beginning: Telegram's own mark ends at the first hyphen, so the text is read by us. `-`, `_` or
 * nothing, any case, `@ourbot` wherever it stands. Others' commands and ordinary text are nothing of ours.
 */
function readLine(text: string, known: Knowledge, isPrivate: boolean): { name: string; rest: string } | null {
  const match = /^\/([\w@\u2010-\u2015-]+)(?:\s+|$)/.exec(withoutJoiners(text))
  const word = match?.[1]
  if (!match || word === undefined) return null
  const rest = withoutJoiners(text).slice(match[0].length).trimEnd()
  const at = splitAddress(word, known)
  if (at === null) return null
  const name = known.commands.find((command) => squash(command) === squash(at.name))
  if (name !== undefined) return { name, rest }
  // Telegram's clients say this when a person opens the bot for the first time.
  if (isPrivate && squash(at.name) === 'start' && known.commands.includes('help')) return { name: 'help', rest: '' }
  // In a group an unknown word may be another bot's; addressed to us, it deserves an answer.
  return (isPrivate || at.addressed) && at.name !== '' ? { name: at.name.toLowerCase(), rest } : null
}

function squash(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\u2010-\u2015]/g, '')
}

/** The word without `@ourbot`; null when it is addressed to somebody else. */
function splitAddress(word: string, known: Knowledge): { name: string; addressed: boolean } | null {
  const match = /@(\w*)/.exec(word)
  if (!match) return { name: word, addressed: false }
  const address = (match[1] ?? '').toLowerCase()
  const ours = known.botName.toLowerCase()
  const name = word.slice(0, match.index) + word.slice(match.index + match[0].length)
  if (address === ours) return name.includes('@') ? null : { name, addressed: true }
  // `/prover@ourbot_status`: the rest of the name has run into ours.
  if (!address.startsWith(`${ours}_`)) return null
  const whole = word.slice(0, match.index) + address.slice(ours.length)
  return known.commands.some((command) => squash(command) === squash(whole)) ? { name: whole, addressed: true } : null
}

function senderOf(message: AnyMessage): Caller {
  const { from, chat } = message
  const senderChat = 'sender_chat' in message ? message.sender_chat : undefined
  if (chat.type === 'channel' || from === undefined) return nobody(titleOf(chat), 'no-sender')
  if (from.id === telegramItself) return personOf(from, 'service')
  if (senderChat !== undefined || anonymousAdmins.includes(from.id)) {
    return nobody(senderChat ? titleOf(senderChat) : titleOf(chat), 'anonymous-admin')
  }
  if (from.is_bot) return personOf(from, 'bot')
  const forwarded = 'forward_origin' in message || 'forward_date' in message
  return personOf(from, forwarded ? 'forwarded' : 'person')
}

function nobody(name: string, standing: Standing): Caller {
  return { account: null, name, standing, roles: [] }
}

function personOf(user: User, standing: Standing): Caller {
  const name = [user.first_name, user.last_name].filter((part) => part !== undefined).join(' ')
  return { account: `telegram-user:${user.id}`, name, standing, roles: [] }
}

function placeOf(chat: Chat, message: Partial<AnyMessage>): Place {
  const kind = chat.type === 'private' ? 'private' : chat.type === 'channel' ? 'channel' : 'group'
  // Replies outside of topics carry a thread id too, and sending to that one fails.
  const thread = message.is_topic_message === true ? message.message_thread_id : undefined
  return {
    platform: 'telegram',
    id: String(chat.id),
    kind,
    name: titleOf(chat),
    ...(thread === undefined ? {} : { thread: String(thread) }),
  }
}

function targetOf(place: Place): Target {
  return { chat: place.id, ...(place.thread === undefined ? {} : { thread: place.thread }) }
}

function titleOf(chat: Chat): string {
  return 'title' in chat ? chat.title : chat.first_name
}
