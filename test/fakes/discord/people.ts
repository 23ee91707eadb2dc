// What people do in the fake Discord: type a command, press a button, type an option and look at the suggestions.

import type { Gateway } from './gateway.ts'
import {
  channelJson,
  ephemeralFlag,
  type FakeInteraction,
  type FakeMessage,
  type FakeUser,
  type Json,
  messageJson,
  userJson,
  type World,
} from './world.ts'

export interface Actor {
  readonly user: FakeUser
  /** Role ids the person holds in the guild. */
  readonly roles?: readonly string[]
}

export interface TypedCommand extends Actor {
  readonly channel: { readonly id: string }
  readonly name: string
  readonly options?: Readonly<Record<string, string | number | boolean>>
}

export interface Pressed extends Actor {
  readonly message: FakeMessage
  readonly customId: string
}

export interface Typing extends TypedCommand {
  /** The option the cursor is in, and what stands there. */
  readonly option: string
  readonly typed: string
}

export interface Sent {
  readonly interaction: FakeInteraction
  /** True once it was acknowledged within 3 s; false when the person sees "did not respond". */
  acknowledged(): Promise<boolean>
  /** The message that answers, once it shows something. */
  answer(timeoutMs?: number): Promise<FakeMessage>
}

export interface People {
  addUser(name: string, more?: { readonly id?: string; readonly bot?: boolean }): FakeUser
  command(typed: TypedCommand): Sent
  press(pressed: Pressed): Sent
  autocomplete(typing: Typing): Promise<readonly Json[]>
  /** Sends the very same interaction again, as a resumed connection may. */
  redeliver(interaction: FakeInteraction): void
}

type Until = <T>(probe: () => T | undefined | null | false, timeoutMs?: number) => Promise<T>

const acknowledgeMs = 3000

export function createPeople(world: World, gateway: Gateway, until: Until): People {
  const events = new Map<string, Json>()

  const arrive = (actor: Actor, channelId: string, given: Arrival, data: Json): Sent => {
    const interaction = world.addInteraction({ ...given, user: actor.user, channel: channelId })
    const event = interactionJson(world, interaction, actor, data)
    events.set(interaction.id, event)
    if (events.size > 1000) events.delete(events.keys().next().value as string)
    gateway.dispatch('INTERACTION_CREATE', event)
    return { interaction, ...waits(world, interaction, until) }
  }

  return {
    addUser: (name, more = {}) => ({ id: more.id ?? world.clock.snowflake(), name, ...(more.bot && { bot: true }) }),
    command(typed) {
      const options = Object.entries(typed.options ?? {}).map(([name, value]) => ({ name, type: typeOf(value), value }))
      const line = [`/${typed.name}`, ...options.map(({ name, value }) => `${name}: ${value}`)].join(' ')
      return arrive(typed, typed.channel.id, { type: 2, line, pressed: null }, commandData(world, typed, options))
    },
    press(pressed) {
      const { message, customId } = pressed
      const button = buttonsOf(message).find((one) => one.custom_id === customId)
      if (!button || message.deleted) throw new Error(`no button ${customId} on that message`)
      const given = { type: 3, line: `[${button.label}]`, pressed: message }
      return arrive(pressed, message.channel, given, { custom_id: customId, component_type: 2, id: 1 })
    },
    async autocomplete(typing) {
      const before = Object.entries(typing.options ?? {}).map(([name, value]) => ({ name, type: typeOf(value), value }))
      const type = optionType(world, typing)
      const focused = { name: typing.option, type, value: typing.typed, focused: true }
      const given = { type: 4, line: '', pressed: null }
      const sent = arrive(typing, typing.channel.id, given, commandData(world, typing, [...before, focused]))
      await sent.acknowledged()
      return sent.interaction.choices ?? []
    },
    redeliver(interaction) {
      const event = events.get(interaction.id)
      if (event) gateway.dispatch('INTERACTION_CREATE', event)
    },
  }
}

type Arrival = Pick<FakeInteraction, 'type' | 'line' | 'pressed'>

function waits(world: World, interaction: FakeInteraction, until: Until): Omit<Sent, 'interaction'> {
  const isLate = () => world.clock.now() - interaction.createdAt > acknowledgeMs
  return {
    async acknowledged() {
      await until(() => interaction.answered !== null || isLate())
      return interaction.answered !== null
    },
    answer: (timeoutMs) =>
      until(() => {
        // A press answered with an update only: the answer is the message that follows it.
        const own = interaction.original === interaction.pressed ? null : interaction.original
        const after = [...world.messages.values()].find(
          (message) => message.id > interaction.id && message.replyTo === interaction.pressed?.id && message !== own,
        )
        const message = own ?? (interaction.pressed ? after : null)
        return message && !message.thinking ? message : null
      }, timeoutMs),
  }
}

export function buttonsOf(message: FakeMessage): readonly Json[] {
  return message.components.flatMap((row) => row.components as readonly Json[])
}

function typeOf(value: string | number | boolean): number {
  if (typeof value === 'boolean') return 5
  return typeof value === 'number' ? 4 : 3
}

function registered(world: World, typed: TypedCommand): Json | undefined {
  const guild = world.channels.get(typed.channel.id)?.guild ?? ''
  return [...(world.commands.get(guild) ?? []), ...(world.commands.get('') ?? [])].find(
    (command) => command.name === typed.name,
  )
}

function optionType(world: World, typing: Typing): number {
  const options = (registered(world, typing)?.options ?? []) as readonly Json[]
  return Number(options.find((option) => option.name === typing.option)?.type ?? 3)
}

function commandData(world: World, typed: TypedCommand, options: readonly Json[]): Json {
  const command = registered(world, typed)
  const declared = ((command?.options ?? []) as readonly Json[]).map(({ name }) => name)
  const unknown = command && options.find(({ name }) => !declared.includes(name))
  if (unknown) throw new Error(`Discord offers no option “${unknown.name}” with /${typed.name}`)
  return {
    id: command?.id ?? world.clock.snowflake(),
    name: typed.name,
    type: 1,
    ...(command?.guild_id ? { guild_id: command.guild_id } : {}),
    ...(options.length > 0 && { options }),
  }
}

function interactionJson(world: World, interaction: FakeInteraction, actor: Actor, data: Json): Json {
  const channel = world.channels.get(interaction.channel)
  if (!channel) throw new Error(`no channel ${interaction.channel}`)
  const guild = channel.guild
  const user = userJson(actor.user)
  const member = {
    user,
    roles: actor.roles ?? [],
    nick: null,
    joined_at: '2023-01-01T00:00:00.000000+00:00',
    permissions: '2147483647',
    deaf: false,
    mute: false,
    flags: 0,
  }
  const { pressed } = interaction
  const from =
    guild === null ? { user } : { member, guild_id: guild, guild: { id: guild, locale: 'en-US', features: [] } }
  return {
    ...from,
    id: interaction.id,
    application_id: world.applicationId,
    type: interaction.type,
    token: interaction.token,
    version: 1,
    locale: 'en-US',
    channel_id: channel.id,
    channel: channelJson(channel),
    app_permissions: channel.hidden ? '0' : '2147483647',
    entitlements: [],
    authorizing_integration_owners: guild === null ? {} : { 0: guild },
    context: guild === null ? 1 : 0,
    attachment_size_limit: 10_485_760,
    data,
    ...(pressed && { message: { ...messageJson(world, pressed, ''), flags: pressed.onlyFor ? ephemeralFlag : 0 } }),
  }
}
