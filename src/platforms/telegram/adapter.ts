// Telegram as a platform: updates in, requests to the core, answers and edits out.

import type { Update } from 'telegraf/types'
import { within } from '../../core/deadline.ts'
import type { Block, Reply } from '../../core/reply.ts'
import type { MessageRef, Request } from '../../core/request.ts'
import type { Logger } from '../../logging.ts'
import type { Draw, Health, Platform, PlatformHooks } from '../platform.ts'
import { createApi } from './api.ts'
import { createConversation } from './conversation.ts'
import { createLane } from './lane.ts'
import { createOutbox, isGone } from './outbox.ts'
import { createPolling, type PollLengths } from './polling.ts'
import { readUpdate, type Target } from './read.ts'
import { type MenuEntry, registerMenus } from './register.ts'
import { type Mentions, type Payload, render, renderEdit } from './render.ts'
import { realTiming, type Timing } from './timing.ts'
import { createWebhook, type WebhookSettings } from './webhook.ts'
import { editOf, sendingOf } from './wire.ts'

export interface TelegramSettings {
  readonly token: string
  /** TELEGRAM_API_URL; null: Telegram's own. */
  readonly apiUrl: string | null
  /** TELEGRAM_CHAT_IDS: where the whole menu is shown. */
  readonly chats: readonly string[]
  readonly commands: readonly MenuEntry[]
  readonly mentions: Mentions
  /** Updates by webhook instead of polling. */
  readonly webhook?: WebhookSettings
  readonly hooks: PlatformHooks
  readonly draw: Draw
  readonly log: Logger
  /** May this copy poll? The lease decides; without one, always. */
  readonly mayPoll?: () => boolean
  /** Another process polls with the same token. */
  readonly onConflict?: () => void
  /** Groups known to have become supergroups, old id → new id. */
  readonly moved?: ReadonlyMap<string, string>
  readonly onMoved?: (from: string, to: string) => void
  readonly timing?: Timing
  /** How long a poll waits for news, and how much longer for its answer; for tests. */
  readonly polling?: PollLengths
}

/** So many handlers at once; presses have a lane of their own, so that slow commands never delay a button. */
const commandWidth = 256
const pressWidth = 128
const longestLine = 500
const drawMs = 5000
const drainMs = 2000
const rememberedUpdates = 10_000

export function createTelegram(settings: TelegramSettings): Platform {
  const { log, hooks } = settings
  const timing = settings.timing ?? realTiming
  const api = createApi({ token: settings.token, apiUrl: settings.apiUrl ?? 'https://api.telegram.org', timing })
  const moved = new Map(settings.moved)
  const outbox = createOutbox({ api, timing, log, moved, onMoved: follow })
  const admins = new Map<string, { readonly until: number; readonly isAdmin: boolean }>()
  const lanes = { command: createLane(commandWidth, longestLine), press: createLane(pressWidth, longestLine) }
  const seen = new Set<number>()
  const commands = settings.commands.map(({ name }) => name)
  let botName = ''
  let hearsAll = false
  let note: string | undefined

  function follow(from: string, to: string): void {
    if (moved.get(from) === to || from === to) return
    moved.set(from, to)
    log.warn({ from, to }, 'a group became a supergroup: put the new id into TELEGRAM_CHAT_IDS')
    settings.onMoved?.(from, to)
  }

  /** Learns our name and what we get to see; and sets the menus, which nothing waits for. */
  async function prepare(signal: AbortSignal): Promise<void> {
    type Me = { username: string; can_read_all_group_messages?: boolean }
    const me = await api.callAndSetClock<Me & object>('getMe', {}, { timeoutMs: 10_000, signal })
    if (botName === me.username) return
    botName = me.username
    hearsAll = me.can_read_all_group_messages === true
    api.bot.botInfo = me as never
    note = hearsAll ? undefined : `privacy mode is on: in groups pick commands from the menu or write /help@${botName}`
    log.info({ bot: botName, seesAllGroupMessages: hearsAll }, 'Telegram knows the bot')
    registerMenus({ api, log, commands: settings.commands, chats: settings.chats }).catch((error: Error) => {
      log.error({ err: error }, 'the menus could not be set')
    })
  }

  /** From here on the update counts as delivered; a second delivery does nothing. */
  function take(update: Update): void {
    if (seen.has(update.update_id)) return
    seen.add(update.update_id)
    if (seen.size > rememberedUpdates) for (const id of [...seen].slice(0, rememberedUpdates / 2)) seen.delete(id)
    const arrival = readUpdate(update, { botName, commands, hearsAll, receivedAt: api.clock() })
    if (arrival === null) return
    if (arrival.kind === 'moved') {
      follow(arrival.from, arrival.to)
      return
    }
    if (arrival.kind === 'membership') {
      log.info(
        { chat: arrival.chat, title: arrival.title, status: arrival.status },
        'the bot’s place in a chat changed',
      )
      return
    }
    const { request, target } = arrival
    lanes[request.ask.kind].run(() => handle(request, target))
  }

  async function handle(request: Request, target: Target): Promise<void> {
    const conversation = createConversation(request, target, { api, outbox, timing, log, admins, post })
    try {
      await hooks.handle(request, conversation)
    } catch (error) {
      log.error({ err: error, request: request.id }, 'a request could not be handled')
    } finally {
      conversation.close()
    }
  }

  async function draw(reply: Reply): Promise<ReadonlyMap<Block, Uint8Array>> {
    const pictures = new Map<Block, Uint8Array>()
    for (const block of reply.blocks) {
      if (block.kind !== 'image') continue
      const drawing = settings.draw(block.picture, block.data).catch((error: Error) => {
        log.warn({ picture: block.picture, why: error.message }, 'a picture could not be drawn')
        return null
      })
      const png = await within(drawing, drawMs, null)
      if (png !== null) pictures.set(block, png)
    }
    return pictures
  }

  /** Sends the answer, then its pictures and files as silent replies to it. @throws ApiFailure */
  async function post(target: Target, reply: Reply): Promise<MessageRef> {
    const [first, ...others] = render(reply, { pictures: await draw(reply), mentions: settings.mentions })
    const sent = await outbox.send(sendingOf(first as Payload, { target, silent: false }), target.chat)
    const place = sent.chat === undefined ? outbox.currentChat(target.chat) : String(sent.chat.id)
    const message = String(sent.message_id)
    const thread = target.thread === undefined ? {} : { thread: target.thread }
    for (const payload of others) {
      const sending = sendingOf(payload, { target: { chat: place, message, ...thread }, silent: true })
      await outbox.send(sending, place).catch((error: Error) => {
        log.warn({ chat: place, kind: payload.kind, why: error.message }, 'what follows an answer was not sent')
      })
    }
    return { platform: 'telegram', place, message, ...thread, shape: first?.kind ?? 'text' }
  }

  const room = async () => {
    await lanes.command.room()
    await lanes.press.room()
  }
  const common = { api, timing, log, prepare, take, room }
  const receiving = settings.webhook
    ? createWebhook({ ...common, settings: settings.webhook })
    : createPolling({
        ...common,
        mayPoll: settings.mayPoll ?? (() => true),
        onConflict: settings.onConflict ?? (() => {}),
        ...(settings.polling && { lengths: settings.polling }),
      })

  return {
    name: 'telegram',
    async start() {
      receiving.start()
    },
    async stop() {
      await receiving.stop()
      await within(
        Promise.all([lanes.command.idle(), lanes.press.idle()]).then(() => {}),
        drainMs,
        undefined,
      )
    },
    send(place, reply, { replyTo } = {}) {
      const answersHere = replyTo?.place === place.id && !moved.has(place.id)
      const thread = place.thread === undefined ? {} : { thread: place.thread }
      return post({ chat: place.id, ...thread, ...(answersHere ? { message: replyTo.message } : {}) }, reply)
    },
    async edit(message, reply) {
      const shape = message.shape === 'photo' ? 'caption' : 'text'
      const edited = renderEdit(reply, shape, { mentions: settings.mentions })
      try {
        return await outbox.edit(message.place, message.message, editOf(edited, message.shape))
      } catch (error) {
        if (isGone(error)) return 'gone'
        throw error
      }
    },
    health(): Health {
      const health = receiving.health()
      return health.ready && health.why === undefined && note !== undefined ? { ready: true, why: note } : health
    },
  }
}
