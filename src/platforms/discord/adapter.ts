// Discord as a platform: connect, hand arrivals to the core, send and edit.

import { type APIInteraction, InteractionResponseType, Routes } from 'discord.js'
import type { Logger } from 'pino'
import type { Command } from '../../core/command.ts'
import type { Choice } from '../../core/completion.ts'
import type { PlatformHooks } from '../../core/conversation.ts'
import { errorText } from '../../core/errors.ts'
import type { Draw, Health, Platform } from '../platform.ts'
import { createConnection } from './connection.ts'
import { createConversation, type InteractionKey } from './conversation.ts'
import { commandLimits } from './limits.ts'
import { createMessages } from './messages.ts'
import { editBody, type Mentions } from './outgoing.ts'
import { type Arrival, readInteraction } from './read.ts'
import { discordCommands } from './register.ts'
import { createRegistrar } from './registrar.ts'
import { createDiscordRest } from './rest.ts'
import { oneLine, shorten } from './text.ts'
import { createTokenBook } from './token-book.ts'

export interface DiscordSettings {
  readonly token: string
  /** discord.js's `rest.api`; null for the real one. */
  readonly apiUrl: string | null
  /** Where commands are registered; whether a request may be answered is the core's to decide. */
  readonly guildIds: readonly string[]
  readonly mentions: Mentions
  readonly commands: readonly Command[]
  readonly chains: readonly string[]
  readonly hooks: PlatformHooks
  readonly draw: Draw
  readonly log: Logger
  readonly now?: () => Date
  readonly backOffMs?: readonly number[]
}

export function createDiscord(settings: DiscordSettings): Platform {
  const { token, apiUrl, hooks, mentions, draw, log, now = () => new Date() } = settings
  const backOff = settings.backOffMs && { backOffMs: settings.backOffMs }
  const rest = createDiscordRest({ token, apiUrl })
  const messages = createMessages({ rest, mentions, draw, log })
  const tokens = createTokenBook(() => now().getTime())
  const commands = discordCommands(settings.commands, settings.chains)
  const registrar = createRegistrar({ rest, commands, guilds: settings.guildIds, log, ...backOff })

  async function arrive(interaction: APIInteraction): Promise<void> {
    const receivedAt = now()
    const arrival = readInteraction(interaction, receivedAt)
    if (arrival === null) return
    const { id, token, application_id: application } = interaction
    const key = { id, token, application, receivedAt: receivedAt.getTime() }
    if (arrival.kind === 'completion') return suggest(arrival, key)
    const parts = { rest, messages, mentions, tokens, log }
    await hooks.handle(arrival.request, createConversation(parts, key, arrival.request, arrival.fromPrivateMessage))
  }

  async function suggest(arrival: Extract<Arrival, { kind: 'completion' }>, key: InteractionKey): Promise<void> {
    const found = await hooks.complete(arrival.question)
    const choices = discordChoices(found, arrival.wantsNumber)
    const body = { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } }
    const route = Routes.interactionCallback(key.id, key.token)
    try {
      await rest.atOnce('suggesting', { method: 'post', route, body })
    } catch (error) {
      // The person typed on or took too long; the next letter asks again.
      log.debug({ error: errorText(error) }, 'Discord: suggestions came too late')
    }
  }

  const connection = createConnection({
    token,
    apiUrl,
    log,
    ...backOff,
    onReady: registrar.ready,
    onGuild: registrar.joined,
    onInteraction(interaction) {
      arrive(interaction).catch((error: unknown) => log.error({ error: errorText(error) }, 'Discord: arrival failed'))
    },
  })

  return {
    name: 'discord',
    async start() {
      connection.start()
    },
    async stop() {
      registrar.stop()
      await connection.stop()
    },
    send(place, reply, more = {}) {
      return messages.send(reply, { channel: place.id, replyTo: more.replyTo?.message })
    },
    async edit(message, reply) {
      const rendered = await messages.prepare(reply)
      const outcome = await messages.edit(message, rendered)
      if (outcome !== 'no access') return outcome
      const way = tokens.find(message.message)
      log.warn({ channel: message.place }, 'Discord: the bot can’t see this channel; give it View Channel there')
      if (!way) return 'gone'
      const route = Routes.webhookMessage(way.key.application, way.key.token, way.target)
      await rest.call('editing an answer', { method: 'patch', route, auth: false, ...editBody(rendered) })
      return 'edited'
    },
    health(): Health {
      const gateway = connection.health()
      const troubles = [...(gateway.why === undefined ? [] : [gateway.why]), ...registrar.troubles()]
      return { ready: gateway.ready, ...(troubles.length > 0 && { why: troubles.join(' ') }) }
    },
  }
}

/** At most 25, each with a name and a value that Discord takes; numbers for a numeric option. */
function discordChoices(choices: readonly Choice[], numeric: boolean): readonly object[] {
  return choices
    .filter(({ value }) =>
      numeric ? /^\d{1,15}$/.test(value) : value !== '' && value.length <= commandLimits.choiceName,
    )
    .map(({ name, value }) => ({
      name: shorten(oneLine(name), commandLimits.choiceName) || value,
      value: numeric ? Number(value) : value,
    }))
    .slice(0, commandLimits.choices)
}
