// The way back to the person behind one interaction: acknowledge within 3 s, answer by its token, later as the bot.

import { InteractionResponseType, MessageFlags, Routes } from 'discord.js'
import type { Logger } from 'pino'
import type { AnswerSettings, Conversation } from '../../core/conversation.ts'
import { errorText } from '../../core/errors.ts'
import { paragraph, type Reply } from '../../core/reply.ts'
import type { MessageRef, Request } from '../../core/request.ts'
import { type Messages, messageRef } from './messages.ts'
import { editBody, isMalformed, type Mentions, newBody, plainBody, privately, ringing, ringOf } from './outgoing.ts'
import type { Rendered } from './render.ts'
import { type Body, DiscordFailure, type DiscordRest } from './rest.ts'
import type { InteractionToken, TokenBook } from './token-book.ts'

export interface ConversationParts {
  readonly rest: DiscordRest
  readonly messages: Messages
  readonly mentions: Mentions
  readonly tokens: TokenBook
  readonly log: Logger
}

export interface InteractionKey extends InteractionToken {
  readonly id: string
}

export function createConversation(
  parts: ConversationParts,
  key: InteractionKey,
  request: Request,
  fromPrivateMessage: boolean,
): Conversation {
  return new InteractionConversation(parts, key, request, fromPrivateMessage)
}

class InteractionConversation implements Conversation {
  readonly #parts: ConversationParts
  readonly #key: InteractionKey
  readonly #request: Request
  readonly #fromPrivateMessage: boolean
  #acknowledged: Promise<boolean> | null = null
  /** "… is thinking" stands there, waiting for its text. */
  #placeholder: 'public' | 'private' | null = null

  constructor(parts: ConversationParts, key: InteractionKey, request: Request, fromPrivateMessage: boolean) {
    this.#parts = parts
    this.#key = key
    this.#request = request
    this.#fromPrivateMessage = fromPrivateMessage
  }

  acknowledge(visibility: 'public' | 'private'): Promise<boolean> {
    this.#acknowledged ??= this.#acknowledge(this.#fromPrivateMessage ? 'private' : visibility)
    return this.#acknowledged
  }

  /** Roles came with the interaction. */
  async askRoles(): Promise<readonly string[]> {
    return []
  }

  async answer(reply: Reply, settings: AnswerSettings = {}): Promise<MessageRef | null> {
    const rendered = await this.#parts.messages.prepare(reply)
    const placeholder = this.#placeholder
    this.#placeholder = null
    if (placeholder) return this.#fill(placeholder, reply, rendered)
    if (settings.onlyForAsker || this.#fromPrivateMessage) {
      const way = this.#followUp(privately(newBody(rendered)))
      return way.then(() => null).catch((error: unknown) => this.#notDelivered(reply, error))
    }
    return this.#sendNew(reply, rendered)
  }

  async #acknowledge(visibility: 'public' | 'private'): Promise<boolean> {
    const { id, token } = this.#key
    const { ask } = this.#request
    // A public press updates nothing by itself: its answer is a message of its own, which people notice.
    const isUpdate = ask.kind === 'press' && visibility === 'public'
    const data = visibility === 'private' ? { flags: MessageFlags.Ephemeral } : {}
    const body = isUpdate
      ? { type: InteractionResponseType.DeferredMessageUpdate }
      : { type: InteractionResponseType.DeferredChannelMessageWithSource, data }
    const route = Routes.interactionCallback(id, token)
    try {
      await onceOrTwice(() => this.#parts.rest.atOnce('acknowledging', { method: 'post', route, body }))
    } catch (error) {
      this.#warn(error, 'not acknowledged, so not done')
      return false
    }
    if (!isUpdate) this.#placeholder = visibility
    else if (ask.message) this.#remember(ask.message.message, '@original')
    return true
  }

  /** The placeholder becomes the answer. That is an edit and rings nobody, so whoever must be rung gets a new message. */
  async #fill(placeholder: 'public' | 'private', reply: Reply, rendered: Rendered): Promise<MessageRef | null> {
    let message: MessageRef
    try {
      message = await this.#fillWith(editBody(rendered)).catch((error: unknown) => {
        if (!isMalformed(error)) throw error
        this.#warn(error, 'Discord refuses the form of the answer; giving the words alone')
        return this.#fillWith(plainBody(reply))
      })
    } catch (error) {
      if (placeholder === 'private') return this.#notDelivered(reply, error)
      this.#warn(error, 'answering with a message instead')
      return this.#parts.messages.send(reply, { channel: this.#request.place.id, nonce: this.#nonce('a') })
    }
    if (placeholder === 'private') return null
    this.#remember(message.message, message.message)
    await this.#ring(reply, message)
    return message
  }

  async #fillWith(body: Body): Promise<MessageRef> {
    const doing = 'answering'
    if (!this.#parts.tokens.isAlive(this.#key)) {
      throw new DiscordFailure(doing, 'the interaction is over 15 minutes old')
    }
    const route = Routes.webhookMessage(this.#key.application, this.#key.token, '@original')
    const answer = await this.#parts.rest.call(doing, { method: 'patch', route, auth: false, ...body })
    return messageRef(doing, answer, this.#request.place.id)
  }

  /**
   * An answer for one person only, and Discord no longer lets us speak to them alone. In a channel it stays unsaid, but not
   * unmentioned: they would wait for ever. @throws DiscordFailure when that can't be said either
   */
  async #notDelivered(reply: Reply, error: unknown): Promise<null> {
    const { caller, place } = this.#request
    const isAlone = place.kind === 'private'
    this.#warn(error, isAlone ? 'answering with a message instead' : 'a private answer could not be delivered')
    const apology: Reply = {
      tone: 'warning',
      title: `The answer for ${caller.name} could not be delivered`,
      blocks: [paragraph('It was for them only, so I don’t say it here. Please ask again.')],
    }
    await this.#parts.messages.send(isAlone ? reply : apology, { channel: place.id, nonce: this.#nonce('a') })
    return null
  }

  #warn(error: unknown, what: string): void {
    this.#parts.log.warn({ request: this.#request.id, error: errorText(error) }, what)
  }

  async #ring(reply: Reply, message: MessageRef): Promise<void> {
    const ring = ringOf(reply, this.#parts.mentions)
    if (!ring) return
    const body = { body: ringing(ring) }
    const where = { channel: message.place, replyTo: message.message, nonce: this.#nonce('r') }
    await this.#parts.messages
      .post(body, where)
      .catch(() => this.#followUp(body))
      .catch((error: unknown) => {
        this.#warn(error, 'nobody could be mentioned')
      })
  }

  /** Beside the pressed message, as the bot; where the bot can't see the channel, by the interaction's token. */
  async #sendNew(reply: Reply, rendered: Rendered): Promise<MessageRef> {
    const { ask, place } = this.#request
    const replyTo = ask.kind === 'press' ? ask.message?.message : undefined
    const ring = ringOf(reply, this.#parts.mentions)
    const body = newBody(rendered, ring ? ringing(ring) : {})
    try {
      return await this.#parts.messages.post(body, { channel: place.id, replyTo, nonce: this.#nonce('a') })
    } catch (error) {
      this.#warn(error, 'answering by the interaction instead')
      const message = await this.#followUp(isMalformed(error) ? plainBody(reply) : body)
      this.#remember(message.message, message.message)
      return message
    }
  }

  async #followUp(body: Body): Promise<MessageRef> {
    const doing = 'following up'
    const route = Routes.webhook(this.#key.application, this.#key.token)
    const answer = await this.#parts.rest.call(doing, { method: 'post', route, auth: false, ...body })
    return messageRef(doing, answer, this.#request.place.id)
  }

  #remember(message: string, target: string): void {
    this.#parts.tokens.remember(message, { key: this.#key, target })
  }

  /** The same for every try at this answer, also from another copy. */
  #nonce(what: string): string {
    return `${what}${this.#key.id}`
  }
}

/**
 * A try without a clear answer may have arrived: where a second one finds it acknowledged, it found its own. Should it have
 * been another copy's, the record of the request lets only one of the two go on. @throws DiscordFailure
 */
async function onceOrTwice(acknowledge: () => Promise<unknown>): Promise<void> {
  try {
    await acknowledge()
  } catch (first) {
    if (!(first instanceof DiscordFailure) || !first.mayHaveArrived) throw first
    await acknowledge().catch((second: unknown) => {
      if (!(second instanceof DiscordFailure) || !second.is('alreadyAcknowledged')) throw second
    })
  }
}
