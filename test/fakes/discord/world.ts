// What the fake Discord knows: guilds, channels, people, messages, interactions and registered commands.

import { randomBytes } from 'node:crypto'
import type { FakeClock } from './clock.ts'

export interface FakeUser {
  readonly id: string
  readonly name: string
  readonly bot?: boolean
}

export interface FakeChannel {
  readonly id: string
  readonly name: string
  /** Discord's channel type: 0 text, 5 announcement, 11 thread, 15 forum, 1 direct message. */
  readonly type: number
  readonly guild: string | null
  readonly parent: string | null
  /** The bot can't see it: interactions still work there, its own messages don't. */
  hidden: boolean
  archived: boolean
}

export interface FakeGuild {
  readonly id: string
  readonly name: string
  /** Invited without the `applications.commands` scope: commands can't be registered. */
  withoutCommands: boolean
}

export interface FakeFile {
  readonly id: string
  readonly filename: string
  readonly bytes: Uint8Array
  readonly description: string | undefined
}

export type Json = Readonly<Record<string, unknown>>

export interface FakeMessage {
  readonly id: string
  readonly channel: string
  readonly author: FakeUser
  content: string
  embeds: readonly Json[]
  components: readonly Json[]
  files: readonly FakeFile[]
  readonly flags: number
  readonly createdAt: number
  /** "… is thinking": deferred and not filled yet. */
  thinking: boolean
  edits: number
  deleted: boolean
  /** Roles and people the message rang for. */
  readonly pinged: readonly string[]
  readonly replyTo: string | null
  readonly nonce: string | null
  /** Set when only one person sees it. */
  readonly onlyFor: FakeUser | null
  /** What the person typed, when it answers a command. */
  readonly asked: { readonly user: FakeUser; readonly line: string } | null
}

export interface FakeInteraction {
  readonly id: string
  readonly token: string
  /** 2 command, 3 press, 4 completion. */
  readonly type: number
  readonly user: FakeUser
  readonly channel: string
  readonly line: string
  readonly createdAt: number
  readonly pressed: FakeMessage | null
  /** The first response's type, and when it came; 3 s after creation it is too late. */
  answered: number | null
  answeredAt: number | null
  original: FakeMessage | null
  choices: readonly Json[] | null
}

export interface World {
  readonly clock: FakeClock
  readonly bot: FakeUser
  readonly applicationId: string
  readonly guilds: Map<string, FakeGuild>
  readonly channels: Map<string, FakeChannel>
  readonly messages: Map<string, FakeMessage>
  readonly interactions: Map<string, FakeInteraction>
  readonly interactionByToken: Map<string, FakeInteraction>
  /** Message id by channel and nonce. */
  readonly nonces: Map<string, string>
  /** Registered commands by guild id; `''` holds the global ones. */
  readonly commands: Map<string, readonly Json[]>
  addMessage(message: Partial<FakeMessage> & Pick<FakeMessage, 'channel' | 'author'>): FakeMessage
  addInteraction(interaction: Omit<FakeInteraction, 'id' | 'token' | 'createdAt' | Answered>): FakeInteraction
}

type Answered = 'answered' | 'answeredAt' | 'original' | 'choices'

export function createWorld(clock: FakeClock): World {
  const messages = new Map<string, FakeMessage>()
  const interactions = new Map<string, FakeInteraction>()
  const interactionByToken = new Map<string, FakeInteraction>()
  const nonces = new Map<string, string>()
  const id = clock.snowflake()
  return {
    clock,
    bot: { id, name: 'Rollcall', bot: true },
    applicationId: id,
    guilds: new Map(),
    channels: new Map(),
    messages,
    interactions,
    interactionByToken,
    nonces,
    commands: new Map(),
    addMessage(given) {
      const message: FakeMessage = {
        id: clock.snowflake(),
        content: '',
        embeds: [],
        components: [],
        files: [],
        flags: 0,
        createdAt: clock.now(),
        thinking: false,
        edits: 0,
        deleted: false,
        pinged: [],
        replyTo: null,
        nonce: null,
        onlyFor: null,
        asked: null,
        ...given,
      }
      messages.set(message.id, message)
      if (message.nonce !== null) nonces.set(`${message.channel}:${message.nonce}`, message.id)
      return message
    },
    addInteraction(given) {
      const fresh = { answered: null, answeredAt: null, original: null, choices: null }
      const token = `aW50ZXJhY3Rpb24${randomBytes(60).toString('base64url')}`
      const interaction = { id: clock.snowflake(), token, createdAt: clock.now(), ...fresh, ...given }
      interactions.set(interaction.id, interaction)
      interactionByToken.set(token, interaction)
      return interaction
    },
  }
}

export const ephemeralFlag = 1 << 6

/** A message as the API shows it. */
export function messageJson(world: World, message: FakeMessage, origin: string): Json {
  return {
    id: message.id,
    type: message.asked ? 20 : message.replyTo ? 19 : 0,
    channel_id: message.channel,
    author: userJson(message.author),
    content: message.content,
    timestamp: new Date(message.createdAt).toISOString(),
    edited_timestamp: message.edits > 0 ? new Date(world.clock.now()).toISOString() : null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: message.files.map((file) => fileJson(file, message, origin)),
    embeds: message.embeds,
    components: message.components,
    pinned: false,
    flags: message.flags,
    ...(message.nonce !== null && { nonce: message.nonce }),
    ...(message.replyTo && { message_reference: { message_id: message.replyTo, channel_id: message.channel } }),
  }
}

function fileJson(file: FakeFile, message: FakeMessage, origin: string): Json {
  const url = `${origin}/attachments/${message.channel}/${file.id}/${encodeURIComponent(file.filename)}`
  return {
    id: file.id,
    filename: file.filename,
    size: file.bytes.length,
    url,
    proxy_url: url,
    ...(file.description && { description: file.description }),
  }
}

export function userJson(user: FakeUser): Json {
  const profile = { discriminator: '0', global_name: user.name, avatar: null, public_flags: 0 }
  return { id: user.id, username: user.name.toLowerCase(), bot: user.bot ?? false, ...profile }
}

export function channelJson(channel: FakeChannel): Json {
  return {
    id: channel.id,
    type: channel.type,
    name: channel.name,
    permissions: '2147483647',
    ...(channel.guild && { guild_id: channel.guild }),
    ...(channel.parent && { parent_id: channel.parent }),
    ...(isThread(channel) && {
      thread_metadata: { archived: channel.archived, auto_archive_duration: 1440, locked: false },
    }),
  }
}

export function isThread(channel: FakeChannel): boolean {
  return channel.type >= 10 && channel.type <= 12
}
