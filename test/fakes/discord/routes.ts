// The REST API v10 as far as a chat-ops bot uses it: which path does what, and what it refuses.

import type { Bucket } from './faults.ts'
import { guildJson } from './gateway.ts'
import type { Incoming } from './http.ts'
import { editMessage, partsOf, pinged } from './messages.ts'
import {
  alreadyAcknowledged,
  checked,
  invalidForm,
  invalidToken,
  missingAccess,
  notAuthor,
  Refused,
  threadArchived,
  unknownChannel,
  unknownGuild,
  unknownInteraction,
  unknownMessage,
  unknownWebhook,
} from './problems.ts'
import { type CommandBody, callback, commandList, followUp, type MessageBody, newMessage } from './shapes.ts'
import {
  channelJson,
  ephemeralFlag,
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  type Json,
  messageJson,
  userJson,
  type World,
} from './world.ts'

export interface Context {
  readonly world: World
  readonly call: Incoming
  /** Values of the path's variable parts. */
  readonly at: readonly string[]
  /** `http://127.0.0.1:port`, for addresses in answers. */
  readonly origin: string
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  /** False where the token in the path is the permission. */
  readonly auth: boolean
  readonly bucket: Bucket
  readonly run: (context: Context) => Answer
}

const ok = (body: unknown): Answer => ({ status: 200, body })
const plenty: Bucket = { name: 'plenty', limit: 1000, windowMs: 1000 }
const messagesBucket: Bucket = { name: 'messages', limit: 5, windowMs: 1000 }
const webhookBucket: Bucket = { name: 'webhook', limit: 5, windowMs: 1000 }
const tokenLifeMs = 15 * 60 * 1000
const acknowledgeMs = 3000
const createsADay = 200

function route(method: string, path: string, run: Route['run'], more: Partial<Route> = {}): Route {
  const pattern = path.replaceAll(/:\w+/g, '([^/]+)')
  return { method, path: new RegExp(`^${pattern}$`), auth: true, bucket: plenty, run, ...more }
}

const byToken = { auth: false, bucket: webhookBucket }

export const routes: readonly Route[] = [
  route('GET', '/gateway/bot', gatewayBot),
  route('GET', '/users/@me', ({ world }) => ok(userJson(world.bot))),
  route('GET', '/users/@me/guilds', ({ world }) =>
    ok([...world.guilds.values()].map(({ id, name }) => ({ id, name }))),
  ),
  route('GET', '/applications/@me', ({ world }) => ok({ id: world.applicationId, name: world.bot.name, flags: 0 })),
  route('GET', '/guilds/:guild', ({ world, at }) => ok(guildJson(world, guildOf(world, at[0]).id))),
  route('GET', '/channels/:channel', ({ world, at }) => ok(channelJson(channelOf(world, at[0])))),
  route('PATCH', '/channels/:channel', changeChannel),
  route('POST', '/channels/:channel/typing', ({ world, at }) => ({ status: 204, for: channelOf(world, at[0]) })),
  route('GET', '/channels/:channel/messages', listMessages),
  route('POST', '/channels/:channel/messages', postMessage, { bucket: messagesBucket }),
  route('GET', '/channels/:channel/messages/:message', (context) => shown(context, channelMessage(context))),
  route('PATCH', '/channels/:channel/messages/:message', patchMessage, {
    bucket: { ...messagesBucket, name: 'edits' },
  }),
  route('DELETE', '/channels/:channel/messages/:message', removeMessage),
  route('GET', '/applications/:app/guilds/:guild/commands', ({ world, at }) => ok(commandsOf(world, at[1] as string))),
  route('PUT', '/applications/:app/guilds/:guild/commands', putCommands),
  route('GET', '/applications/:app/commands', ({ world }) => ok(commandsOf(world, ''))),
  route('POST', '/interactions/:id/:token/callback', respond, { auth: false }),
  route('POST', '/webhooks/:app/:token', postFollowUp, byToken),
  route(
    'GET',
    '/webhooks/:app/:token/messages/:message',
    (context) => shown(context, webhookMessage(context)),
    byToken,
  ),
  route('PATCH', '/webhooks/:app/:token/messages/:message', patchFollowUp, byToken),
  route('DELETE', '/webhooks/:app/:token/messages/:message', (context) => remove(webhookMessage(context)), byToken),
]

function gatewayBot({ origin }: Context): Answer {
  const limit = { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 }
  return ok({ url: origin.replace('http', 'ws'), shards: 1, session_start_limit: limit })
}

function guildOf(world: World, id: string | undefined) {
  const guild = world.guilds.get(id ?? '')
  if (!guild) throw unknownGuild()
  return guild
}

function channelOf(world: World, id: string | undefined): FakeChannel {
  const channel = world.channels.get(id ?? '')
  if (!channel) throw unknownChannel()
  if (channel.hidden) throw missingAccess()
  return channel
}

function channelMessage({ world, at }: Context): FakeMessage {
  const channel = channelOf(world, at[0])
  const message = world.messages.get(at[1] ?? '')
  if (!message || message.deleted || message.channel !== channel.id || message.onlyFor) throw unknownMessage()
  return message
}

function shown({ world, origin }: Context, message: FakeMessage): Answer {
  return ok(messageJson(world, message, origin))
}

function changeChannel({ world, at, call }: Context): Answer {
  const channel = channelOf(world, at[0])
  if ((call.body as Json).archived === false) channel.archived = false
  return ok(channelJson(channel))
}

function listMessages(context: Context): Answer {
  const { world, at, call, origin } = context
  const channel = channelOf(world, at[0])
  const all = [...world.messages.values()].filter(
    (message) => message.channel === channel.id && !message.deleted && !message.onlyFor,
  )
  const limit = Number(call.query.get('limit') ?? 50)
  return ok(
    all
      .reverse()
      .slice(0, limit)
      .map((message) => messageJson(world, message, origin)),
  )
}

function postMessage(context: Context): Answer {
  const { world, at, call } = context
  const channel = channelOf(world, at[0])
  if (channel.type === 15) throw new Refused(400, 50008, 'Cannot send messages in a non-text channel')
  const body = checked(newMessage, call.body)
  const nonce = body.nonce === undefined ? null : String(body.nonce)
  const before = world.messages.get(world.nonces.get(`${channel.id}:${nonce}`) ?? '')
  if (body.enforce_nonce && before) return shown(context, before)
  const reference = body.message_reference
  const referenced = reference && world.messages.get(reference.message_id)
  if (reference && reference.fail_if_not_exists !== false && (!referenced || referenced.deleted)) {
    const message = 'Unknown message'
    throw invalidForm([{ path: ['message_reference'], code: 'REPLIES_UNKNOWN_MESSAGE', message }])
  }
  // Writing into an archived thread opens it again.
  channel.archived = false
  const parts = partsOf(world, body, call.files)
  const replyTo = referenced && !referenced.deleted ? referenced.id : null
  const base = { channel: channel.id, author: world.bot, nonce, replyTo, pinged: pinged(body) }
  return shown(context, world.addMessage({ ...base, ...parts }))
}

function patchMessage(context: Context): Answer {
  const { world, call } = context
  const message = channelMessage(context)
  if (message.author.id !== world.bot.id) throw notAuthor()
  if (world.channels.get(message.channel)?.archived) throw threadArchived()
  return shown(context, editMessage(world, message, call.body, call.files))
}

function removeMessage(context: Context): Answer {
  return remove(channelMessage(context))
}

function remove(message: FakeMessage): Answer {
  message.deleted = true
  return { status: 204 }
}

function commandsOf(world: World, guild: string): readonly Json[] {
  if (guild !== '' && (guildOf(world, guild).withoutCommands ?? false)) throw missingAccess()
  return world.commands.get(guild) ?? []
}

const createdToday = new WeakMap<World, Map<string, number>>()

function putCommands({ world, at, call }: Context): Answer {
  const guild = at[1] as string
  const before = commandsOf(world, guild)
  const wanted = checked(commandList, call.body)
  const fresh = wanted.filter(({ name }) => !before.some((old) => old.name === name)).length
  const counts = createdToday.get(world) ?? new Map<string, number>()
  createdToday.set(world, counts.set(guild, (counts.get(guild) ?? 0) + fresh))
  if ((counts.get(guild) ?? 0) > createsADay) {
    throw new Refused(429, 30034, 'Max number of daily application command creates has been reached (200)')
  }
  const stored = wanted.map((command) => storedCommand(world, guild, command, before))
  world.commands.set(guild, stored)
  return ok(stored)
}

/** As the server gives it back: defaults filled, `required: false` left out. */
function storedCommand(world: World, guild: string, command: CommandBody, before: readonly Json[]): Json {
  const old = before.find((one) => one.name === command.name)
  const options = command.options?.map(({ required, ...option }) => ({ ...option, ...(required && { required }) }))
  return {
    id: old?.id ?? world.clock.snowflake(),
    application_id: world.applicationId,
    guild_id: guild,
    version: world.clock.snowflake(),
    type: 1,
    nsfw: false,
    default_member_permissions: null,
    name_localizations: null,
    description_localizations: null,
    contexts: null,
    integration_types: [0],
    ...command,
    ...(options?.length ? { options } : { options: undefined }),
  }
}

function respond(context: Context): Answer {
  const { world, at, call } = context
  const interaction = world.interactions.get(at[0] ?? '')
  if (!interaction || interaction.token !== at[1]) throw unknownInteraction()
  const now = world.clock.now()
  if (now - interaction.createdAt > acknowledgeMs) throw unknownInteraction()
  if (interaction.answered !== null) throw alreadyAcknowledged()
  const body = checked(callback, call.body)
  const fits = { 2: [4, 5], 3: [4, 5, 6, 7], 4: [8] }[interaction.type] ?? []
  if (!fits.includes(body.type)) {
    throw invalidForm([{ path: ['type'], code: 'BASE_TYPE_CHOICES', message: `Value must be one of {${fits}}.` }])
  }
  const data = ('data' in body ? (body.data ?? {}) : {}) as MessageBody
  if (body.type === 8) interaction.choices = body.data.choices
  else if (body.type === 6) interaction.original = interaction.pressed
  else if (body.type === 7) interaction.original = editMessage(world, pressedOf(interaction), data, call.files)
  else interaction.original = firstResponse(context, interaction, data, body.type === 5)
  interaction.answered = body.type
  interaction.answeredAt = now
  if (call.query.get('with_response') !== 'true') return { status: 204 }
  return ok({
    interaction: { id: interaction.id, type: interaction.type, response_message_id: interaction.original?.id },
  })
}

function pressedOf(interaction: FakeInteraction): FakeMessage {
  if (!interaction.pressed) throw unknownMessage()
  return interaction.pressed
}

function firstResponse(context: Context, from: FakeInteraction, data: MessageBody, thinking: boolean): FakeMessage {
  const { world, call } = context
  const parts = thinking ? {} : partsOf(world, data, call.files)
  return world.addMessage({ ...reply(world, from, data.flags ?? 0), ...parts, thinking, pinged: pinged(data) })
}

function reply(world: World, from: FakeInteraction, flags: number) {
  const asked = from.type === 2 ? { user: from.user, line: from.line } : null
  const onlyFor = flags & ephemeralFlag ? from.user : null
  return { channel: from.channel, author: world.bot, flags, onlyFor, asked, replyTo: from.pressed?.id ?? null }
}

function interactionOf({ world, at }: Context): FakeInteraction {
  const interaction = world.interactionByToken.get(at[1] ?? '')
  if (!interaction || at[0] !== world.applicationId) throw unknownWebhook()
  if (world.clock.now() - interaction.createdAt > tokenLifeMs) throw invalidToken()
  if (interaction.answered === null) throw unknownWebhook()
  return interaction
}

function webhookMessage(context: Context): FakeMessage {
  const interaction = interactionOf(context)
  const wanted = context.at[2]
  const message = wanted === '@original' ? interaction.original : context.world.messages.get(wanted ?? '')
  if (!message || message.deleted || message.channel !== interaction.channel) throw unknownMessage()
  return message
}

function patchFollowUp(context: Context): Answer {
  const { world, call } = context
  return shown(context, editMessage(world, webhookMessage(context), call.body, call.files))
}

function postFollowUp(context: Context): Answer {
  const { world, call } = context
  const interaction = interactionOf(context)
  // The first follow-up after "… is thinking" takes its place.
  if (interaction.original?.thinking) {
    const { flags: _, ...body } = checked(followUp, call.body)
    return shown(context, editMessage(world, interaction.original, body, call.files))
  }
  const body = checked(followUp, call.body)
  const flags = body.flags ?? 0
  const parts = partsOf(world, body, call.files)
  const rings = flags & ephemeralFlag ? [] : pinged(body)
  const base = { ...reply(world, interaction, flags), asked: null, replyTo: interaction.original?.id ?? null }
  return shown(context, world.addMessage({ ...base, ...parts, pinged: rings }))
}
