// The way back to one person on Telegram: typing at once, a working message if it takes long, then the answer.

import { within } from '../../core/deadline.ts'
import type { Reply } from '../../core/reply.ts'
import type { MessageRef, Request } from '../../core/request.ts'
import type { Logger } from '../../logging.ts'
import type { Conversation } from '../platform.ts'
import { ApiFailure, type BotApi } from './api.ts'
import { isGone, type Outbox } from './outbox.ts'
import type { Target } from './read.ts'
import type { Timing } from './timing.ts'
import { sendingOf } from './wire.ts'

export interface ConversationParts {
  readonly api: BotApi
  readonly outbox: Outbox
  readonly timing: Timing
  readonly log: Logger
  /** Who is an administrator of which chat, as asked a short while ago. */
  readonly admins: Map<string, { readonly until: number; readonly isAdmin: boolean }>
  /** Sends a reply and what follows it. */
  post(target: Target, reply: Reply): Promise<MessageRef>
}

const acknowledgeMs = 2500
const typingMs = 5000
const typingWaitMs = 500
const workingAfterMs = 3000
const adminKnownMs = 60_000
const callbackTooOld = /query is too old|QUERY_ID_INVALID/i

export interface OpenConversation extends Conversation {
  /** Once the request is handled, whatever became of it. */
  close(): void
}

export function createConversation(request: Request, target: Target, parts: ConversationParts): OpenConversation {
  const { api, outbox, timing, log } = parts
  let acknowledged: Promise<boolean> | null = null
  let working: Promise<string | null> = Promise.resolve(null)
  let callOff = () => {}
  let typing: Promise<unknown> = Promise.resolve()

  function startWorkingMessage(): void {
    callOff = timing.after(workingAfterMs, () => {
      const payload = {
        kind: 'text',
        text: 'Working on it…',
        entities: [],
        plain: 'Working on it…',
        keyboard: [],
      } as const
      working = outbox.send(sendingOf(payload, { target, silent: true }), target.chat).then(
        (sent) => String(sent.message_id),
        () => null,
      )
    })
  }

  function endWorkingMessage(): void {
    callOff()
    const shown = working
    working = Promise.resolve(null)
    void shown.then((message) => (message === null ? undefined : outbox.remove(target.chat, message)))
  }

  /** Best effort: nobody's answer depends on it. */
  function showTyping(): void {
    const thread = target.thread === undefined ? {} : { message_thread_id: Number(target.thread) }
    const fields = { chat_id: Number(outbox.currentChat(target.chat)), action: 'typing', ...thread }
    typing = api.call('sendChatAction', fields, { timeoutMs: typingMs }).catch((error: Error) => {
      log.debug({ request: request.id, why: error.message }, 'the typing action was not shown')
    })
  }

  /**
   * False when Telegram no longer knows the query: the person saw the press fail, and presses again if they still want
   * it. Any other trouble says nothing about the press itself.
   */
  async function answerQuery(query: string): Promise<boolean> {
    try {
      await api.call('answerCallbackQuery', { callback_query_id: query }, { timeoutMs: acknowledgeMs })
      return true
    } catch (error) {
      const why = error instanceof ApiFailure ? error.message : 'unknown trouble'
      log.warn({ request: request.id, why }, 'the press could not be acknowledged')
      return !callbackTooOld.test(why)
    }
  }

  async function isAdmin(withinMs: number): Promise<boolean> {
    const user = request.caller.account?.replace('telegram-user:', '')
    if (user === undefined || request.place.kind === 'private' || request.caller.standing !== 'person') return false
    const key = `${target.chat}/${user}`
    const known = parts.admins.get(key)
    if (known && known.until > timing.now()) return known.isAdmin
    try {
      const fields = { chat_id: Number(outbox.currentChat(target.chat)), user_id: Number(user) }
      const { status } = await api.call<{ status: string }>('getChatMember', fields, { timeoutMs: withinMs })
      const answer = status === 'creator' || status === 'administrator'
      if (parts.admins.size > 5000) parts.admins.clear()
      parts.admins.set(key, { until: timing.now() + adminKnownMs, isAdmin: answer })
      return answer
    } catch (error) {
      log.warn(
        { request: request.id, why: error instanceof ApiFailure ? error.message : 'unknown' },
        'administrators unknown',
      )
      return false
    }
  }

  return {
    acknowledge() {
      if (acknowledged === null) {
        startWorkingMessage()
        if (target.query === undefined) showTyping()
        acknowledged = target.query === undefined ? Promise.resolve(true) : answerQuery(target.query)
      }
      return acknowledged
    },

    async askRoles(withinMs) {
      return (await within(isAdmin(withinMs), withinMs, false)) ? ['telegram-admins'] : []
    },

    async answer(reply) {
      callOff()
      // Shown after the answer, it would promise another one.
      await within(typing, typingWaitMs, undefined)
      try {
        return await parts.post(target, reply)
      } catch (error) {
        if (!isGone(error)) throw error
        log.info(
          { request: request.id, chat: target.chat },
          'nobody is there to answer to: the bot was blocked or removed',
        )
        return null
      } finally {
        endWorkingMessage()
      }
    },

    close: endWorkingMessage,
  }
}
