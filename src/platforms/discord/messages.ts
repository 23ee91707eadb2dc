// Sending and editing messages as the bot, in channels and threads it can see.

import { randomUUID } from 'node:crypto'
import { Routes } from 'discord.js'
import type { Logger } from 'pino'
import type { Block, Reply } from '../../core/reply.ts'
import type { MessageRef } from '../../core/request.ts'
import type { Draw } from '../platform.ts'
import { editBody, type Mentions, newBody, ringing, ringOf } from './outgoing.ts'
import { type Rendered, render } from './render.ts'
import { type Body, DiscordFailure, type DiscordRest, readMessageIds } from './rest.ts'

export interface MessageParts {
  readonly rest: DiscordRest
  readonly mentions: Mentions
  readonly draw: Draw
  readonly log: Logger
}

export interface NewMessage {
  readonly channel: string
  readonly replyTo?: string | undefined
  /** Sent twice with the same nonce, a message is posted once: a retry after a lost answer doesn't double it. */
  readonly nonce?: string
}

export type Messages = ReturnType<typeof createMessages>

export function createMessages({ rest, mentions, draw, log }: MessageParts) {
  async function post(body: Body, { channel, replyTo, nonce = newNonce() }: NewMessage): Promise<MessageRef> {
    const reference = replyTo && { message_reference: { message_id: replyTo, fail_if_not_exists: false } }
    const full = { ...(body.body as object), nonce, enforce_nonce: true, ...reference }
    const doing = 'sending a message'
    const route = Routes.channelMessages(channel)
    return messageRef(doing, await rest.call(doing, { method: 'post', route, ...body, body: full }), channel)
  }

  async function patch(message: MessageRef, body: Body): Promise<void> {
    const route = Routes.channelMessage(message.place, message.message)
    await rest.call('editing a message', { method: 'patch', route, ...body })
  }

  return {
    /** The reply with its pictures drawn; a picture that can't be drawn shows its description. */
    async prepare(reply: Reply): Promise<Rendered> {
      const pictures = new Map<Block, Uint8Array>()
      for (const block of reply.blocks) {
        if (block.kind !== 'image') continue
        const png = await draw(block.picture, block.data).catch((error: unknown) => {
          log.warn({ picture: block.picture, err: error }, 'a picture could not be drawn')
          return null
        })
        if (png) pictures.set(block, png)
      }
      return render(reply, { pictures })
    },

    /** A new message, which rings for those the reply asks for. @throws DiscordFailure */
    async send(reply: Reply, where: NewMessage): Promise<MessageRef> {
      const ring = ringOf(reply, mentions)
      return post(newBody(await this.prepare(reply), ring ? ringing(ring) : {}), where)
    },

    post,

    /** @throws DiscordFailure on trouble that another try may heal */
    async edit(message: MessageRef, rendered: Rendered): Promise<'edited' | 'gone' | 'no access'> {
      const body = editBody(rendered)
      try {
        await patch(message, body).catch(async (error: unknown) => {
          if (!(error instanceof DiscordFailure && error.is('threadArchived'))) throw error
          const route = Routes.channel(message.place)
          await rest.call('opening an archived thread', { method: 'patch', route, body: { archived: false } })
          await patch(message, body)
        })
        return 'edited'
      } catch (error) {
        if (!(error instanceof DiscordFailure)) throw error
        if (error.is('missingAccess')) return 'no access'
        // Somebody deleted it: there is nothing left to do.
        if (error.is('unknownMessage', 'unknownChannel', 'unknownGuild')) return 'gone'
        throw error
      }
    },
  }
}

export function messageRef(doing: string, answer: unknown, sentTo: string): MessageRef {
  const { id, channel } = readMessageIds(doing, answer, sentTo)
  return { platform: 'discord', place: channel, message: id }
}

/** At most 25 characters. */
function newNonce(): string {
  return randomUUID().replaceAll('-', '').slice(0, 25)
}
