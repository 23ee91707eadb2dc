// The seam to a chat platform: start, stop, send, edit, health. It knows no feature.

import type { Reply } from '../core/reply.ts'
import type { MessageRef, Place, PlatformName } from '../core/request.ts'

export type { AnswerSettings, CompletionQuestion, Conversation, PlatformHooks } from '../core/conversation.ts'

export interface Health {
  readonly ready: boolean
  /** What holds it up, and what to do; no secret. */
  readonly why?: string
}

export interface Platform {
  readonly name: PlatformName
  /** Returns once it has begun to try; outside trouble shows in `health`, never as an exception. */
  start(): Promise<void>
  stop(): Promise<void>
  /** A new message: it rings. Throws when it could not be sent. */
  send(place: Place, reply: Reply, settings?: { readonly replyTo?: MessageRef }): Promise<MessageRef>
  /** `gone`: somebody deleted the message or the bot was removed, which counts as done. Throws on other trouble. */
  edit(message: MessageRef, reply: Reply): Promise<'edited' | 'gone'>
  health(): Health
}

/** Draws a picture block: PNG bytes, or null when it can't be drawn (the description then stands alone). */
export type Draw = (picture: string, data: unknown) => Promise<Uint8Array | null>
