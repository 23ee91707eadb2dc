// The parameters each Bot API method takes, and their types: a misspelt or misplaced one is refused here.

import type { FakeFile } from './world.ts'

type Kind = 'text' | 'integer' | 'chat' | 'flag' | 'json' | 'file'
type Shape = Readonly<Record<string, `${'' | '!'}${Kind}`>>

/** `!` marks what must be given. */
const sending: Shape = {
  chat_id: '!chat',
  message_thread_id: 'integer',
  disable_notification: 'flag',
  protect_content: 'flag',
  reply_parameters: 'json',
  reply_markup: 'json',
}
const editing: Shape = { chat_id: '!chat', message_id: '!integer', reply_markup: 'json' }
const menu: Shape = { scope: 'json', language_code: 'text' }

export const shapes: Readonly<Record<string, Shape>> = {
  getMe: {},
  getUpdates: { offset: 'integer', limit: 'integer', timeout: 'integer', allowed_updates: 'json' },
  setWebhook: {
    url: '!text',
    secret_token: 'text',
    allowed_updates: 'json',
    max_connections: 'integer',
    drop_pending_updates: 'flag',
  },
  deleteWebhook: { drop_pending_updates: 'flag' },
  getWebhookInfo: {},
  sendMessage: { ...sending, text: '!text', entities: 'json', link_preview_options: 'json' },
  sendPhoto: { ...sending, photo: '!file', caption: 'text', caption_entities: 'json' },
  sendDocument: {
    ...sending,
    document: '!file',
    caption: 'text',
    caption_entities: 'json',
    disable_content_type_detection: 'flag',
  },
  editMessageText: { ...editing, text: '!text', entities: 'json', link_preview_options: 'json' },
  editMessageCaption: { ...editing, caption: 'text', caption_entities: 'json' },
  editMessageReplyMarkup: editing,
  deleteMessage: { chat_id: '!chat', message_id: '!integer' },
  answerCallbackQuery: { callback_query_id: '!text', text: 'text', show_alert: 'flag', cache_time: 'integer' },
  sendChatAction: { chat_id: '!chat', message_thread_id: 'integer', action: '!text' },
  setMyCommands: { ...menu, commands: '!json' },
  getMyCommands: menu,
  deleteMyCommands: menu,
  getChatMember: { chat_id: '!chat', user_id: '!integer' },
  getChat: { chat_id: '!chat' },
}

export class Refusal extends Error {
  readonly code: number
  readonly parameters: Readonly<Record<string, unknown>> | undefined
  constructor(code: number, description: string, parameters?: Readonly<Record<string, unknown>>) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

/** Reads what was sent (JSON, or the texts of a form) into typed values. */
export function readParameters(
  method: string,
  given: Readonly<Record<string, unknown>>,
  files: readonly FakeFile[],
  form: boolean,
): Record<string, unknown> {
  const shape = shapes[method]
  if (!shape) throw new Refusal(404, 'Not Found: method not found')
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    // telegraf repeats the method's name in its forms.
    if (form && name === 'method') continue
    const kind = shape[name]?.replace('!', '') as Kind | undefined
    if (kind === undefined || kind === 'file')
      throw new Refusal(400, `Bad Request: ${method} has no parameter "${name}"`)
    values[name] = readValue(name, kind, value, form)
  }
  for (const file of files) {
    if (shape[file.field]?.replace('!', '') !== 'file') {
      throw new Refusal(400, `Bad Request: ${method} takes no file called "${file.field}"`)
    }
    values[file.field] = file
  }
  for (const [name, kind] of Object.entries(shape)) {
    if (kind.startsWith('!') && (values[name] === undefined || values[name] === '')) {
      throw new Refusal(400, `Bad Request: ${describeMissing(method, name)}`)
    }
  }
  return values
}

function describeMissing(method: string, name: string): string {
  if (name === 'text') return 'message text is empty'
  if (name === 'photo' || name === 'document') return `there is no ${name} in the request`
  return name === 'chat_id' ? 'chat_id is empty' : `parameter "${name}" is required by ${method}`
}

function readValue(name: string, kind: Kind, value: unknown, form: boolean): unknown {
  const wrong = new Refusal(400, `Bad Request: can't parse ${name}: ${kind} expected`)
  switch (kind) {
    case 'integer':
      if (!/^-?\d+$/.test(String(value))) throw wrong
      return Number(value)
    case 'chat':
      if (!/^(-?\d+|@\w{4,})$/.test(String(value))) throw wrong
      return String(value)
    case 'flag':
      if (!['true', 'false'].includes(String(value))) throw wrong
      return String(value) === 'true'
    case 'json':
      if (typeof value === 'object' && value !== null && !form) return value
      if (typeof value !== 'string') throw wrong
      return readJson(value, wrong)
    default:
      if (typeof value !== 'string') throw wrong
      return value
  }
}

function readJson(text: string, wrong: Refusal): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The refusal says which parameter it was.
    throw wrong
  }
}
