// Sending and editing: in order per chat, waiting as long as Telegram says, following groups that moved.

import type { Logger } from '../../logging.ts'
import { ApiFailure, type BotApi } from './api.ts'
import type { Timing } from './timing.ts'
import type { Body, Sending } from './wire.ts'

export interface SentMessage {
  readonly message_id: number
  readonly chat?: { readonly id: number }
}

export interface OutboxParts {
  readonly api: BotApi
  readonly timing: Timing
  readonly log: Logger
  /** Groups that became supergroups, old id → new id; also those known from before the start. */
  readonly moved: Map<string, string>
  /** A group turned out to have moved. */
  onMoved(from: string, to: string): void
}

const sendMs = 15_000
const uploadMs = 60_000
/** Telegram's waits are usually seconds; an answer later than this helps nobody. */
const patienceMs = 60_000
const retryPausesMs = [1000, 4000]
/** Messages waiting for one chat before more are refused. */
const longestQueue = 100
/** Edits of one message closer together than this become one (about 20 a minute per group are allowed). */
const editPauseMs = 1000

type Edited = 'edited' | 'gone'

/** Edits of one message: the one under way, and the newest that waits for its turn. */
interface EditQueue {
  waiting: { sending: Sending; readonly done: Promise<Edited> } | null
  tail: Promise<unknown>
}

export type Outbox = ReturnType<typeof createOutbox>

export function createOutbox({ api, timing, log, moved, onMoved }: OutboxParts) {
  const queues = new Map<string, { tail: Promise<unknown>; length: number }>()
  /** Until when a chat wants to be left alone. */
  const quietUntil = new Map<string, number>()
  const edits = new Map<string, EditQueue>()

  function currentChat(chat: string): string {
    let current = chat
    for (let steps = 0; steps < 5; steps += 1) current = moved.get(current) ?? current
    return current
  }

  async function waitForQuiet(chat: string, deadline: number): Promise<void> {
    const until = quietUntil.get(chat) ?? 0
    if (until > deadline) throw new ApiFailure('flood', `Telegram wants chat ${chat} left alone for too long`)
    const wait = until - timing.now()
    if (wait > 0) await timing.sleep(wait)
    else quietUntil.delete(chat)
  }

  /** One call to a chat until it is through, refused, or out of patience. */
  async function deliver<T>({ method, body }: Sending, chat: string): Promise<T> {
    const deadline = timing.now() + patienceMs
    let current = body
    let failures = 0
    for (let tries = 0; ; tries += 1) {
      const to = currentChat(chat)
      await waitForQuiet(to, deadline)
      try {
        const timeoutMs = current.upload ? uploadMs : sendMs
        return await api.call<T>(method, { chat_id: Number(to), ...current.fields }, { timeoutMs })
      } catch (error) {
        if (!(error instanceof ApiFailure) || tries >= 8) throw error
        if (error.reason === 'flood') {
          quietUntil.set(to, timing.now() + error.retryAfterSeconds * 1000)
          log.info({ chat: to, seconds: error.retryAfterSeconds }, 'Telegram asks for a pause')
        } else if (error.movedTo !== null) {
          onMoved(to, error.movedTo)
          // Messages don't move along: the same number is another message there.
          if ('message_id' in current.fields) throw error
          current = without(current, ['reply_parameters', 'message_thread_id'])
        } else if (error.reason === 'refused') {
          current = simpler(current, error)
        } else {
          const pause = retryPausesMs[failures]
          failures += 1
          if (pause === undefined || timing.now() + pause > deadline) throw error
          log.warn({ chat: to, method, why: error.message }, 'sending again')
          await timing.sleep(pause)
        }
      }
    }
  }

  async function editOnce(chat: string, sending: Sending): Promise<Edited> {
    try {
      await deliver(sending, chat)
      return 'edited'
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error
      if (/message is not modified/i.test(error.message)) return 'edited'
      if (isGone(error)) return 'gone'
      throw error
    }
  }

  return {
    currentChat,

    /** Sends after everything sent to the same chat before. @throws ApiFailure */
    send(sending: Sending, chat: string): Promise<SentMessage> {
      const key = currentChat(chat)
      const queue = queues.get(key) ?? { tail: Promise.resolve(), length: 0 }
      if (queue.length >= longestQueue) {
        return Promise.reject(new ApiFailure('flood', `${queue.length} messages wait for chat ${key} already`))
      }
      queues.set(key, queue)
      queue.length += 1
      const sent = queue.tail.then(() => deliver<SentMessage>(sending, chat))
      queue.tail = settled(sent).then(() => {
        queue.length -= 1
        if (queue.length === 0) queues.delete(key)
      })
      return sent
    },

    /** The newest text wins: edits that come while one is under way, or right after it, become one. @throws ApiFailure */
    edit(chat: string, message: string, { method, body }: Sending): Promise<Edited> {
      // A message of a group that moved stayed behind; its number means another one now.
      if (moved.has(chat)) return Promise.resolve('gone')
      const key = `${chat}/${message}`
      const sending = { method, body: withFields(body, { message_id: Number(message) }) }
      const queue = edits.get(key) ?? { waiting: null, tail: Promise.resolve() }
      edits.set(key, queue)
      if (queue.waiting) {
        queue.waiting.sending = sending
        return queue.waiting.done
      }
      const done = queue.tail.then(() => {
        const newest = queue.waiting?.sending ?? sending
        queue.waiting = null
        return editOnce(chat, newest)
      })
      queue.waiting = { sending, done }
      const tail = settled(done).then(() => timing.sleep(editPauseMs))
      queue.tail = tail
      void tail.then(() => {
        if (queue.tail === tail) edits.delete(key)
      })
      return done
    },

    /** Takes a message away; one that is already gone is as good. */
    async remove(chat: string, message: string): Promise<void> {
      try {
        await deliver({ method: 'deleteMessage', body: { fields: { message_id: Number(message) } } }, chat)
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error
        if (!isGone(error)) log.info({ chat, why: error.message }, 'a message could not be removed')
      }
    },
  }
}

/** Resolves when the work is over, however it ended; its failure belongs to whoever asked for it. */
function settled(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  )
}

function withFields(body: Body, fields: object): Body {
  const plain = body.plain ? { plain: { ...body.plain, ...fields } } : {}
  return { ...body, fields: { ...body.fields, ...fields }, ...plain }
}

/** Somebody deleted the message, or the bot was blocked or thrown out: nothing is left to do. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof ApiFailure) || error.reason !== 'refused') return false
  if (error.movedTo !== null) return true
  return (
    error.code === 403 ||
    /message to (edit|delete) not found|message can't be (edited|deleted)|MESSAGE_ID_INVALID|chat not found/i.test(
      error.message,
    )
  )
}

/** What is left to try after a refusal: without formatting, without the topic that was closed. */
function simpler(body: Body, error: ApiFailure): Body {
  const { plain, ...rest } = body
  if (plain && /entit/i.test(error.message)) return { ...rest, fields: plain }
  const topicGone = /message thread not found|TOPIC_(CLOSED|DELETED)/i.test(error.message)
  if (topicGone && 'message_thread_id' in body.fields) return without(body, ['message_thread_id'])
  throw error
}

function without(body: Body, names: readonly string[]): Body {
  const strip = (fields: Body['fields']) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
  return { ...body, fields: strip(body.fields), ...(body.plain && { plain: strip(body.plain) }) }
}
