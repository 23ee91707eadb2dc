// Who asked what, where and when: a command or the press of a button, the same for every platform.

export type PlatformName = 'discord' | 'telegram' | 'terminal'

/**
 * What is known of the account behind a request. Only a `person` may ask for or approve a change; the others name the
 * reason, so that the refusal can say how to fix it (chat-platforms: channel posts carry no sender, an anonymous admin
 * shows as the group, id 777000 is Telegram itself).
 */
export type Standing = 'person' | 'no-sender' | 'anonymous-admin' | 'bot' | 'forwarded' | 'service'

export interface Caller {
  /** `discord-user:1`, `telegram-user:2`, `terminal:mei`; `null` where the platform names nobody (a channel post). */
  readonly account: string | null
  /** As the platform shows it: hostile text, never used to decide anything. */
  readonly name: string
  readonly standing: Standing
  /** Platform roles held here: `discord-role:9`; `telegram-admins` once the adapter has established it. */
  readonly roles: readonly string[]
}

export interface Place {
  readonly platform: PlatformName
  /** Channel or chat id. A Discord thread's own id. */
  readonly id: string
  readonly kind: 'private' | 'group' | 'channel' | 'terminal'
  /** Discord guild. */
  readonly guild?: string
  /** Discord: the channel a thread or forum post belongs to; place rules look at it. */
  readonly parent?: string
  /** Telegram: message_thread_id of a topic. */
  readonly thread?: string
  readonly name?: string
}

/** Where a message is, as plain JSON: enough to edit it after a restart. */
export interface MessageRef {
  readonly platform: PlatformName
  readonly place: string
  readonly thread?: string
  readonly message: string
  /** What the message carries (`text`, `photo`), where an edit must know. */
  readonly shape?: string
}

export type Ask =
  | {
      readonly kind: 'command'
      readonly name: string
      /** The rest of the line as typed, or the typed values a platform already took apart. */
      readonly input: { readonly text: string } | { readonly values: Readonly<Record<string, unknown>> }
    }
  | { readonly kind: 'press'; readonly action: string; readonly message?: MessageRef }

export interface Request {
  /** Unique and stable per arrival (`telegram-update:77`, `discord-interaction:99`): a second delivery has the same id. */
  readonly id: string
  readonly caller: Caller
  readonly place: Place
  /** When the person sent it, by the platform's clock. */
  readonly sentAt: Date
  /** Seconds it waited before it reached us, by the platform's own clock; above a minute the answer says so. */
  readonly lateSeconds: number
  /** What of a group's talk reaches the bot, where the platform holds some of it back (Telegram's privacy mode). */
  readonly hears?: 'all' | 'addressed'
  readonly ask: Ask
}
