// The seam to a chat platform: start, stop, send, edit, health. It knows no feature.

import type { Choice } from '../core/completion.ts'
import type { Reply } from '../core/reply.ts'
import type { Caller, MessageRef, Place, PlatformName, Request } from '../core/request.ts'

/** One arrival's way back to the person. The adapter makes it; the dispatcher uses it, in this order. */
export interface Conversation {
  /**
   * Tells the platform that we have it, publicly or only for the asker. False: too late, or another copy has it, and
   * nothing may be done (chat-platforms 1.2). Never throws.
   */
  acknowledge(visibility: 'public' | 'private'): Promise<boolean>
  /** Platform roles that must be asked for (`telegram-admins`), within the time given; empty when none or no answer. */
  askRoles(withinMs: number): Promise<readonly string[]>
  /** Sends the answer where it was asked. The reference is null where the platform keeps none (a private answer). */
  answer(reply: Reply, settings?: AnswerSettings): Promise<MessageRef | null>
}

export interface AnswerSettings {
  /** Only for the one who pressed, where the platform can do that after a public acknowledgement (Discord follow-ups). */
  readonly onlyForAsker?: boolean
}

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

/** What an adapter is given; it decides nothing itself. */
export interface PlatformHooks {
  /** One request from arrival to answer. Never rejects. */
  handle(request: Request, conversation: Conversation): Promise<void>
  /** Suggestions for one option, within about a second; never rejects. */
  complete(question: CompletionQuestion): Promise<readonly Choice[]>
}

export interface CompletionQuestion {
  readonly command: string
  readonly option: string
  readonly typed: string
  readonly caller: Caller
  readonly place: Place
}

/** Draws a picture block: PNG bytes, or null when it can't be drawn (the description then stands alone). */
export type Draw = (picture: string, data: unknown) => Promise<Uint8Array | null>
