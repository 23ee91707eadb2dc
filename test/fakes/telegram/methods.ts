// The Bot API's methods on the fake world, refusing what the real one refuses, in its words.

import { findLive, refuseText } from './entities.ts'
import { Refusal } from './parameters.ts'
import {
  type Button,
  chatBody,
  type Entity,
  type FakeChat,
  type FakeFile,
  type FakeMessage,
  messageBody,
  type World,
} from './world.ts'

type Params = Readonly<Record<string, unknown>>

export function callMethod(world: World, method: string, params: Params): unknown {
  const implementation = methods[method]
  if (!implementation) throw new Refusal(404, 'Not Found: method not found')
  return implementation(world, params)
}

const methods: Readonly<Record<string, (world: World, params: Params) => unknown>> = {
  getMe: (world) => ({
    ...world.bot,
    can_join_groups: true,
    can_read_all_group_messages: world.seesAllGroupMessages,
    supports_inline_queries: false,
  }),
  setWebhook: (world, params) => {
    if (!/^https:\/\//.test(String(params.url))) bad('bad webhook: an HTTPS URL must be provided for webhook')
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(String(params.secret_token ?? 'none')))
      bad('secret token contains unallowed characters')
    if (params.allowed_updates) world.allowed = params.allowed_updates as string[]
    world.webhook = { url: String(params.url), secret: String(params.secret_token ?? '') }
    return true
  },
  deleteWebhook: (world) => {
    world.webhook = null
    return true
  },
  getWebhookInfo: (world) => ({
    url: world.webhook?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: world.updates.length,
  }),
  sendMessage: (world, params) => send(world, params, 'text', String(params.text), params.entities),
  sendPhoto: (world, params) => {
    const file = params.photo as FakeFile
    if (!file.bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))) bad('IMAGE_PROCESS_FAILED')
    if (file.bytes.length > 10 * 1024 * 1024) bad('file is too big')
    return send(world, params, 'photo', String(params.caption ?? ''), params.caption_entities, file)
  },
  sendDocument: (world, params) => {
    const file = params.document as FakeFile
    if (file.bytes.length === 0) bad('file must be non-empty')
    if (file.bytes.length > 50 * 1024 * 1024) throw new Refusal(413, 'Request Entity Too Large')
    return send(world, params, 'document', String(params.caption ?? ''), params.caption_entities, file)
  },
  editMessageText: (world, params) => {
    const message = messageToEdit(world, params)
    if (message.kind !== 'text') bad('there is no text in the message to edit')
    return edit(world, message, params, String(params.text), params.entities)
  },
  editMessageCaption: (world, params) => {
    const message = messageToEdit(world, params)
    if (message.kind === 'text') bad('there is no caption in the message to edit')
    return edit(world, message, params, String(params.caption ?? ''), params.caption_entities)
  },
  editMessageReplyMarkup: (world, params) => {
    const message = messageToEdit(world, params)
    return edit(world, message, params, message.text, message.entities)
  },
  deleteMessage: (world, params) => {
    const chat = openChat(world, params)
    if (!chat.messages.delete(Number(params.message_id))) bad('message to delete not found')
    return true
  },
  answerCallbackQuery: (world, params) => {
    const query = world.queries.get(String(params.callback_query_id))
    if (!query || query.expired || query.answered || world.now() - query.at > 15_000) {
      bad('query is too old and response timeout expired or query ID is invalid')
    }
    if (String(params.text ?? '').length > 200) bad('MESSAGE_TOO_LONG')
    query.answered = { text: String(params.text ?? ''), alert: params.show_alert === true }
    return true
  },
  sendChatAction: (world, params) => {
    openThread(openChat(world, params), params)
    if (!['typing', 'upload_photo', 'upload_document'].includes(String(params.action)))
      bad('wrong parameter action in request')
    return true
  },
  setMyCommands: (world, params) => {
    const commands = params.commands as { command: string; description: string }[]
    if (commands.length > 100) bad('BOT_COMMANDS_TOO_MUCH')
    for (const { command, description } of commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) bad('BOT_COMMAND_INVALID')
      if (description.length < 1 || description.length > 256) bad('BOT_COMMAND_DESCRIPTION_INVALID')
    }
    world.menus.set(scopeKey(world, params), commands)
    return true
  },
  getMyCommands: (world, params) => world.menus.get(scopeKey(world, params)) ?? [],
  deleteMyCommands: (world, params) => {
    world.menus.delete(scopeKey(world, params))
    return true
  },
  getChatMember: (world, params) => {
    const chat = openChat(world, params)
    const user = world.users.get(Number(params.user_id))
    if (!user) bad('invalid user_id specified')
    return { status: chat.members.get(user.id) ?? (chat.type === 'private' ? 'member' : 'left'), user }
  },
  getChat: (world, params) => ({ ...chatBody(openChat(world, params)), accent_color_id: 0, max_reaction_count: 11 }),
}

function bad(description: string): never {
  throw new Refusal(400, `Bad Request: ${description}`)
}

function openChat(world: World, params: Params): FakeChat {
  const chat = world.chats.get(Number(params.chat_id))
  if (!chat) bad('chat not found')
  if (chat.movedTo !== null) {
    throw new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.movedTo,
    })
  }
  if (chat.forbidden) throw new Refusal(403, `Forbidden: ${chat.forbidden}`)
  return chat
}

function openThread(chat: FakeChat, params: Params): number | undefined {
  if (params.message_thread_id === undefined) return undefined
  const topic = chat.topics.get(Number(params.message_thread_id))
  if (!topic) bad('message thread not found')
  if (topic.closed) bad('TOPIC_CLOSED')
  return Number(params.message_thread_id)
}

function send(
  world: World,
  params: Params,
  kind: FakeMessage['kind'],
  text: string,
  entities: unknown,
  file?: FakeFile,
): unknown {
  const chat = openChat(world, params)
  const thread = openThread(chat, params)
  const checked = checkText(text, entities, kind)
  const reply = params.reply_parameters as { message_id: number; allow_sending_without_reply?: boolean } | undefined
  const answered = reply === undefined ? undefined : chat.messages.get(reply.message_id)
  if (reply && !answered && reply.allow_sending_without_reply !== true) bad('message to be replied not found')
  const message = world.addMessage(chat, {
    ...checked,
    kind,
    from: chat.type === 'channel' ? null : world.bot,
    silent: params.disable_notification === true,
    keyboard: readKeyboard(params.reply_markup),
    previews: wouldPreview(params, checked),
    ...(thread === undefined ? {} : { thread }),
    ...(answered === undefined ? {} : { replyTo: answered.id }),
    ...(file === undefined ? {} : { file }),
  })
  return messageBody(world, message)
}

function checkText(text: string, entities: unknown, kind: FakeMessage['kind']) {
  const given = (entities ?? []) as Entity[]
  if (kind === 'text' && text.replaceAll(/[\s\u200b-\u200f\ufeff]/gu, '') === '') bad('text must be non-empty')
  const problem = refuseText(text, given, kind === 'text' ? 4096 : 1024)
  if (problem) bad(problem)
  return { text, entities: given, live: findLive(text, given) }
}

function wouldPreview(params: Params, message: { entities: readonly Entity[]; live: readonly Entity[] }): boolean {
  const options = params.link_preview_options as { is_disabled?: boolean } | undefined
  const links = [...message.entities, ...message.live].some(({ type }) => type === 'text_link' || type === 'url')
  return links && options?.is_disabled !== true
}

function readKeyboard(markup: unknown): readonly (readonly Button[])[] {
  if (markup === undefined) return []
  const rows = (markup as { inline_keyboard?: Button[][] }).inline_keyboard
  if (!Array.isArray(rows)) bad('object expected as reply markup')
  for (const row of rows) {
    if (row.length === 0 || row.length > 8) bad('BUTTON_COUNT_INVALID')
    for (const button of row) checkButton(button)
  }
  if (rows.flat().length > 100) bad('reply markup is too long')
  return rows
}

function checkButton(button: Button): void {
  const { text, style, ...action } = button
  if (typeof text !== 'string' || text.trim() === '') bad('can\'t parse inline keyboard button: field "text" is empty')
  if (style !== undefined && !['danger', 'success', 'primary'].includes(style)) bad('invalid button style specified')
  const [kind, ...others] = Object.keys(action)
  if (others.length > 0) bad(`inline keyboard button has several actions: ${kind}, ${others.join(', ')}`)
  if (button.callback_data !== undefined) {
    const size = Buffer.byteLength(button.callback_data)
    if (size < 1 || size > 64) bad('BUTTON_DATA_INVALID')
  } else if (button.copy_text !== undefined) {
    if (button.copy_text.text.length < 1 || button.copy_text.text.length > 256) bad('BUTTON_COPY_TEXT_INVALID')
  } else if (button.url === undefined) {
    bad('text buttons are unallowed in the inline keyboard')
  }
}

function messageToEdit(world: World, params: Params): FakeMessage {
  const message = openChat(world, params).messages.get(Number(params.message_id))
  if (!message) bad('message to edit not found')
  if (message.raw) bad("message can't be edited")
  return message
}

function edit(world: World, message: FakeMessage, params: Params, text: string, entities: unknown): unknown {
  const checked = checkText(text, entities, message.kind)
  const keyboard = readKeyboard(params.reply_markup)
  const before = JSON.stringify([message.text, message.entities, message.keyboard])
  if (before === JSON.stringify([checked.text, checked.entities, keyboard])) {
    bad(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  Object.assign(message, checked, { keyboard, previews: wouldPreview(params, checked), edits: message.edits + 1 })
  return messageBody(world, message)
}

function scopeKey(world: World, params: Params): string {
  const scope = (params.scope ?? { type: 'default' }) as { type: string; chat_id?: number | string; user_id?: number }
  const plain = ['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators']
  if (plain.includes(scope.type)) return scope.type
  if (!['chat', 'chat_administrators', 'chat_member'].includes(scope.type)) bad('unsupported scope type specified')
  const chat = openChat(world, { chat_id: scope.chat_id })
  if (chat.type === 'channel') bad("can't change commands in channel chats")
  return [scope.type, chat.id, ...(scope.user_id === undefined ? [] : [scope.user_id])].join(':')
}
