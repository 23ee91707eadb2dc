// A Telegram of one's own: people type and press in its chats, a bot with the real client answers, tests read along.

import { BotApiServer, type Fault } from './server.ts'
import { showChat } from './transcript.ts'
import {
  type ChatType,
  chatBody,
  type FakeChat,
  type FakeMessage,
  type FakeUser,
  messageBody,
  type Recorded,
  World,
} from './world.ts'

export interface FakeSettings {
  readonly botName?: string
  /** Privacy mode off: the bot sees everything in groups. */
  readonly seesAllGroupMessages?: boolean
  readonly now?: () => number
  readonly port?: number
}

export interface Typed {
  readonly chat: FakeChat
  /** `null`: nobody is named, as in a channel. */
  readonly user: FakeUser | null
  readonly text: string
  readonly thread?: number
  /** How long ago it was typed, by Telegram's clock. */
  readonly secondsAgo?: number
  /** An administrator who hides behind the group. */
  readonly anonymous?: boolean
  readonly forwarded?: boolean
  /** Anything else a message may carry. */
  readonly extra?: Readonly<Record<string, unknown>>
}

const anonymousBot: FakeUser = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }

export class TelegramFake {
  readonly token: string
  readonly world: World
  readonly #server: BotApiServer
  #port = 0
  #nextUser = 5001
  #nextQuery = 900_000_001

  private constructor(settings: FakeSettings) {
    const name = settings.botName ?? 'rollcall_test_bot'
    this.token = '4400000001:AAF-fake_token_of_the_fake_Telegram_00001'
    this.world = new World({
      bot: { id: 4_400_000_001, is_bot: true, first_name: 'Rollcall', username: name },
      seesAllGroupMessages: settings.seesAllGroupMessages ?? false,
      now: settings.now ?? Date.now,
    })
    this.#server = new BotApiServer(this.world, this.token)
  }

  static async start(settings: FakeSettings = {}): Promise<TelegramFake> {
    const fake = new TelegramFake(settings)
    fake.#port = await fake.#server.start(settings.port ?? 0)
    return fake
  }

  stop(): Promise<void> {
    return this.#server.stop()
  }

  /** What TELEGRAM_API_URL is set to. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get calls(): readonly Recorded[] {
    return this.#server.calls
  }

  callsOf(...methods: readonly string[]): readonly Recorded[] {
    return this.calls.filter(({ method }) => methods.includes(method))
  }

  user(name: string, settings: { readonly id?: number; readonly bot?: boolean } = {}): FakeUser {
    const id = settings.id ?? this.#nextUser++
    const user = { id, is_bot: settings.bot ?? false, first_name: name }
    this.world.users.set(id, user)
    return user
  }

  chat(
    type: ChatType,
    title: string,
    settings: { readonly id?: number; readonly topics?: Readonly<Record<number, string>> } = {},
  ): FakeChat {
    const count = this.world.chats.size + 1
    const usual = type === 'private' ? 6000 + count : type === 'group' ? -(7000 + count) : -(1_001_000_000_000 + count)
    const chat = this.world.addChat({ id: settings.id ?? usual, type, title })
    for (const [id, name] of Object.entries(settings.topics ?? {})) chat.topics.set(Number(id), { name, closed: false })
    return chat
  }

  /** Makes someone an administrator (or anything else `getChatMember` can say) of a chat. */
  member(chat: FakeChat, user: FakeUser, status: string): void {
    chat.members.set(user.id, status)
  }

  /** Somebody types in a chat. */
  text(typed: Typed): FakeMessage {
    const { chat, user, thread } = typed
    const from = typed.anonymous ? anonymousBot : user
    const message = this.world.addMessage(chat, {
      kind: 'text',
      from: user,
      text: typed.text,
      entities: [],
      live: [],
      keyboard: [],
      previews: false,
      silent: false,
      date: Math.floor(this.world.now() / 1000) - (typed.secondsAgo ?? 0),
      ...(thread === undefined ? {} : { thread }),
    })
    const topic = thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true }
    message.raw = {
      ...{ message_id: message.id, date: message.date, chat: chatBody(chat), text: typed.text, ...topic },
      ...(from === null ? {} : { from }),
      ...(typed.anonymous || from === null ? { sender_chat: chatBody(chat) } : {}),
      ...(typed.forwarded ? { forward_origin: { type: 'user', date: message.date, sender_user: this.world.bot } } : {}),
      ...typed.extra,
    }
    this.world.queue(chat.type === 'channel' ? 'channel_post' : 'message', message.raw)
    this.#server.deliver()
    return message
  }

  channelPost(chat: FakeChat, text: string): FakeMessage {
    return this.text({ chat, user: null, text })
  }

  /** Presses a button by its label, or by raw data; answers the callback query's id. */
  press(message: FakeMessage, button: string | { readonly data: string }, user: FakeUser): string {
    const chat = this.world.chats.get(message.chat) as FakeChat
    const label = typeof button === 'string' ? button : null
    const data =
      typeof button === 'string'
        ? message.keyboard.flat().find(({ text }) => text === button)?.callback_data
        : button.data
    if (data === undefined) throw new Error(`no button "${label}" under message ${message.id}`)
    const id = String(this.#nextQuery++)
    this.world.queries.set(id, { id, at: this.world.now(), answered: null, expired: false })
    const shown = chat.messages.has(message.id)
      ? messageBody(this.world, message)
      : { message_id: message.id, date: 0, chat: chatBody(chat) }
    this.world.queue('callback_query', { id, from: user, chat_instance: '1', data, message: shown })
    this.#server.deliver()
    return id
  }

  /** Any other update, as raw as it comes. */
  update(kind: string, body: unknown): void {
    this.world.queue(kind, body)
    this.#server.deliver()
  }

  /** The group becomes a supergroup with another id; the old one is dead. */
  migrate(chat: FakeChat): FakeChat {
    const moved = this.chat('supergroup', chat.title)
    for (const [id, status] of chat.members) moved.members.set(id, status)
    chat.movedTo = moved.id
    const service = { message_id: chat.nextMessage, date: Math.floor(this.world.now() / 1000) }
    this.update('message', { ...service, chat: chatBody(chat), migrate_to_chat_id: moved.id })
    this.update('message', { ...service, message_id: 1, chat: chatBody(moved), migrate_from_chat_id: chat.id })
    return moved
  }

  /** Switches a fault on for some methods (all, unless named), so many times (for ever, unless given). */
  fault(fault: Fault, settings: { readonly on?: readonly string[]; readonly times?: number } = {}): () => void {
    return this.#server.fault(fault, settings.on ?? null, settings.times ?? Number.POSITIVE_INFINITY)
  }

  cutConnections(): void {
    this.#server.cutConnections()
  }

  /** As if another process began to poll with the same token. */
  rival(): void {
    this.#server.rival()
  }

  /** Posts all waiting updates to the bot's webhook; answers the HTTP statuses it gave. */
  async postToWebhook(url: string, secret: string): Promise<readonly number[]> {
    const statuses: number[] = []
    for (const update of [...this.world.updates]) statuses.push(await this.#server.post(update, url, secret))
    return statuses
  }

  /** Resolves once `ready` holds; rejects with `what` after a while. */
  until(ready: () => boolean, what: string, withinMs = 10_000): Promise<void> {
    return this.#server.until(ready, what, withinMs)
  }

  /** What the bot has in a chat now. */
  sent(chat: FakeChat): readonly FakeMessage[] {
    return [...chat.messages.values()].filter((message) => message.raw === undefined && message.kind !== 'service')
  }

  /** Waits for the bot's next message in a chat that fits. */
  async waitForMessage(
    chat: FakeChat,
    fits: (message: FakeMessage) => boolean,
    what = 'a message',
  ): Promise<FakeMessage> {
    await this.until(() => this.sent(chat).some(fits), `${what} in ${chat.title}`)
    return this.sent(chat).find(fits) as FakeMessage
  }

  /** Drops messages, queries and recorded calls, for long runs. */
  forget(): void {
    for (const chat of this.world.chats.values()) chat.messages.clear()
    this.world.queries.clear()
    this.#server.calls.length = 0
  }

  /** The chat as a person sees it. */
  transcript(chat: FakeChat): string {
    return showChat(this.world, chat)
  }
}
