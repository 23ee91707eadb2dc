// One arrival's way back to the person, and what the core gives a platform to drive.

import type { Choice } from './completion.ts'
import type { Reply } from './reply.ts'
import type { Caller, MessageRef, Place, Request } from './request.ts'

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
  /** Options that were given already: a chain decides what can be suggested. */
  readonly given: Readonly<Record<string, unknown>>
  readonly caller: Caller
  readonly place: Place
}
