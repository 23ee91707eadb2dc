// A Discord interaction, as the gateway sends it, to a Request or a question for suggestions. Pure.

import {
  type APIApplicationCommandInteractionDataOption,
  type APIInteraction,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ChannelType,
  ComponentType,
  InteractionType,
  MessageFlags,
} from 'discord.js'
import type { CompletionQuestion } from '../../core/conversation.ts'
import type { Ask, Caller, Place, Request } from '../../core/request.ts'

export type Arrival =
  | { readonly kind: 'request'; readonly request: Request; readonly fromPrivateMessage: boolean }
  | { readonly kind: 'completion'; readonly question: CompletionQuestion; readonly wantsNumber: boolean }

/**
 * Discord lets us acknowledge within 3 s or not at all, so whatever we answer is no older than that. A greater difference
 * is between this machine's clock and Discord's, and says nothing about the request.
 */
const oldestSeconds = 3
const discordEpoch = 1_420_070_400_000n

/** Null for what is not for us: pings, modals, menus and context-menu commands, which we never offer. */
export function readInteraction(interaction: APIInteraction, receivedAt: Date): Arrival | null {
  if (interaction.type === InteractionType.ApplicationCommandAutocomplete) return readCompletion(interaction)
  const ask = readAsk(interaction)
  if (ask === null) return null
  const sentAt = new Date(timeOf(interaction.id))
  const waited = (receivedAt.getTime() - sentAt.getTime()) / 1000
  const request: Request = {
    id: `discord-interaction:${interaction.id}`,
    caller: readCaller(interaction),
    place: readPlace(interaction),
    sentAt,
    lateSeconds: Math.min(Math.max(waited, 0), oldestSeconds),
    ask,
  }
  const { message } = interaction
  const fromPrivateMessage = ((message?.flags ?? 0) & MessageFlags.Ephemeral) !== 0
  return { kind: 'request', request, fromPrivateMessage }
}

/** Milliseconds since 1970 at which an id was made. */
export function timeOf(snowflake: string): number {
  return Number((BigInt(snowflake) >> 22n) + discordEpoch)
}

function readAsk(interaction: APIInteraction): Ask | null {
  if (interaction.type === InteractionType.ApplicationCommand) {
    const { data } = interaction
    if ((data.type ?? ApplicationCommandType.ChatInput) !== ApplicationCommandType.ChatInput) return null
    return {
      kind: 'command',
      name: data.name,
      input: { values: readValues(('options' in data && data.options) || []) },
    }
  }
  if (interaction.type !== InteractionType.MessageComponent) return null
  const { data, message } = interaction
  if ((data.component_type ?? ComponentType.Button) !== ComponentType.Button) return null
  const isPrivate = ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0
  // A private message can't be edited by its id, so there is nothing to refer to.
  if (isPrivate) return { kind: 'press', action: data.custom_id }
  const place = interaction.channel?.id ?? message.channel_id
  return { kind: 'press', action: data.custom_id, message: { platform: 'discord', place, message: message.id } }
}

function readValues(
  options: readonly APIApplicationCommandInteractionDataOption<InteractionType>[],
): Record<string, string | number | boolean> {
  return Object.fromEntries(options.flatMap((option) => ('value' in option ? [[option.name, option.value]] : [])))
}

function readCompletion(
  interaction: Extract<APIInteraction, { type: InteractionType.ApplicationCommandAutocomplete }>,
): Arrival | null {
  const options: readonly APIApplicationCommandInteractionDataOption<InteractionType>[] = interaction.data.options
  const focused = options.find((option) => 'focused' in option && option.focused === true)
  if (!focused || !('value' in focused)) return null
  const question = {
    command: interaction.data.name,
    option: focused.name,
    typed: String(focused.value),
    given: readValues(options.filter((option) => option !== focused)),
    caller: readCaller(interaction),
    place: readPlace(interaction),
  }
  return { kind: 'completion', question, wantsNumber: focused.type === ApplicationCommandOptionType.Integer }
}

/** Roles come inside the interaction, so no further question and no privileged intent is needed. */
function readCaller({ member, user: direct }: APIInteraction): Caller {
  const user = member?.user ?? direct
  if (!user) return { account: null, name: 'somebody', standing: 'no-sender', roles: [] }
  return {
    account: `discord-user:${user.id}`,
    name: member?.nick ?? user.global_name ?? user.username,
    standing: user.bot ? 'bot' : 'person',
    roles: (member?.roles ?? []).map((id) => `discord-role:${id}`),
  }
}

const threadTypes: ReadonlySet<ChannelType> = new Set([
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
])

/** Threads and forum posts have an id of their own; place rules look at the channel they belong to. */
function readPlace(interaction: APIInteraction): Place {
  const { channel, guild_id: guild } = interaction
  const isThread = channel !== undefined && threadTypes.has(channel.type)
  const parent = isThread && 'parent_id' in channel ? channel.parent_id : null
  return {
    platform: 'discord',
    id: channel?.id ?? ('channel_id' in interaction ? (interaction.channel_id ?? '') : ''),
    kind: guild === undefined && channel?.type !== ChannelType.GroupDM ? 'private' : 'group',
    ...(guild !== undefined && { guild }),
    ...(parent && { parent }),
    ...(channel && 'name' in channel && channel.name && { name: channel.name }),
  }
}
