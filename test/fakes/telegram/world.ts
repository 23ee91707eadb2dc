// What the fake Telegram remembers: chats, people, messages, waiting updates and menus.

export interface FakeUser {
  readonly id: number
  readonly is_bot: boolean
  readonly first_name: string
  readonly username?: string
}

export type ChatType = 'private' | 'group' | 'supergroup' | 'channel'

export interface FakeChat {
  readonly id: number
  readonly type: ChatType
  readonly title: string
  /** Topics by message_thread_id; only in forums. */
  readonly topics: Map<number, { readonly name: string; closed: boolean }>
  readonly members: Map<number, string>
  readonly messages: Map<number, FakeMessage>
  /** The bot was blocked here or thrown out: every call answers 403 with this text. */
  forbidden: string | null
  movedTo: number | null
  nextMessage: number
}

export interface Entity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
  readonly unix_time?: number
  readonly date_time_format?: string
  readonly user?: { readonly id: number }
}

export interface Button {
  readonly text: string
  readonly callback_data?: string
  readonly copy_text?: { readonly text: string }
  readonly url?: string
  readonly style?: string
}

export interface FakeFile {
  readonly field: string
  readonly name: string
  readonly bytes: Buffer
}

export interface FakeMessage {
  readonly id: number
  readonly chat: number
  readonly thread?: number
  readonly from: FakeUser | null
  readonly date: number
  readonly replyTo?: number
  readonly silent: boolean
  readonly kind: 'text' | 'photo' | 'document' | 'service'
  readonly file?: FakeFile
  /** Text, or the caption of a photo or document. */
  text: string
  entities: readonly Entity[]
  /** What Telegram itself would make tappable in this text, beyond the given entities. */
  live: readonly Entity[]
  keyboard: readonly (readonly Button[])[]
  previews: boolean
  edits: number
  /** A person's own message as the Bot API hands it out, for replies and button presses. */
  raw?: Record<string, unknown>
}

export interface FakeQuery {
  readonly id: string
  readonly at: number
  answered: { readonly text: string; readonly alert: boolean } | null
  expired: boolean
}

export interface Recorded {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly files: readonly FakeFile[]
  readonly at: number
  status: number
  description: string
}

export interface Update {
  readonly update_id: number
  readonly [type: string]: unknown
}

/** The kinds a bot gets when it never said which (it says so from then on: the list is remembered). */
const defaultKinds = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'callback_query',
  'my_chat_member',
]

export class World {
  readonly chats = new Map<number, FakeChat>()
  readonly users = new Map<number, FakeUser>()
  readonly queries = new Map<string, FakeQuery>()
  /** Menus by scope, as `setMyCommands` left them. */
  readonly menus = new Map<string, readonly { readonly command: string; readonly description: string }[]>()
  readonly bot: FakeUser
  readonly seesAllGroupMessages: boolean
  webhook: { readonly url: string; readonly secret: string } | null = null
  allowed: readonly string[] = defaultKinds
  updates: Update[] = []
  #nextUpdate = 700_000_001
  #clock: () => number
  #offsetMs = 0

  constructor(settings: {
    readonly bot: FakeUser
    readonly seesAllGroupMessages: boolean
    readonly now: () => number
  }) {
    this.bot = settings.bot
    this.seesAllGroupMessages = settings.seesAllGroupMessages
    this.#clock = settings.now
    this.users.set(settings.bot.id, settings.bot)
  }

  /** Milliseconds by Telegram's clock, which need not be the bot's. */
  now(): number {
    return this.#clock() + this.#offsetMs
  }

  advance(ms: number): void {
    this.#offsetMs += ms
  }

  addChat(chat: Pick<FakeChat, 'id' | 'type' | 'title'>): FakeChat {
    const made: FakeChat = {
      ...chat,
      topics: new Map(),
      members: new Map(),
      messages: new Map(),
      forbidden: null,
      movedTo: null,
      nextMessage: 1,
    }
    this.chats.set(chat.id, made)
    return made
  }

  addMessage(
    chat: FakeChat,
    message: Omit<FakeMessage, 'id' | 'chat' | 'date' | 'edits'> & { date?: number },
  ): FakeMessage {
    const made = { date: Math.floor(this.now() / 1000), ...message, id: chat.nextMessage, chat: chat.id, edits: 0 }
    chat.nextMessage += 1
    chat.messages.set(made.id, made)
    return made
  }

  /** Puts an update in line, or drops it when the bot did not ask for its kind. */
  queue(kind: string, body: unknown): Update | null {
    if (!this.allowed.includes(kind)) return null
    const update: Update = { update_id: this.#nextUpdate, [kind]: body }
    this.#nextUpdate += 1
    this.updates.push(update)
    return update
  }
}

export function chatBody(chat: FakeChat): Record<string, unknown> {
  const name = chat.type === 'private' ? { first_name: chat.title } : { title: chat.title }
  return { id: chat.id, type: chat.type, ...name, ...(chat.topics.size > 0 ? { is_forum: true } : {}) }
}

/** A message as the Bot API hands it out. */
export function messageBody(world: World, message: FakeMessage): Record<string, unknown> {
  if (message.raw) return message.raw
  const chat = world.chats.get(message.chat) as FakeChat
  const body: Record<string, unknown> = { message_id: message.id, date: message.date, chat: chatBody(chat) }
  if (message.from) body.from = message.from
  if (message.thread !== undefined) Object.assign(body, { message_thread_id: message.thread, is_topic_message: true })
  const marks = [...message.entities, ...message.live]
  if (message.kind === 'text') Object.assign(body, { text: message.text, entities: marks })
  else if (message.text !== '') Object.assign(body, { caption: message.text, caption_entities: marks })
  if (message.kind === 'photo') {
    body.photo = [{ file_id: `photo-${message.id}`, file_unique_id: `p${message.id}`, width: 800, height: 400 }]
  }
  if (message.kind === 'document') {
    body.document = { file_id: `doc-${message.id}`, file_unique_id: `d${message.id}`, file_name: message.file?.name }
  }
  if (message.keyboard.length > 0) body.reply_markup = { inline_keyboard: message.keyboard }
  return body
}
