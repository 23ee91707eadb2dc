// The same bot in a shell: a line is a request, a number presses, answers and later messages are printed.

import { randomUUID } from 'node:crypto'
import type { Action, Reply } from '../../core/reply.ts'
import type { Caller, MessageRef, Place, Request } from '../../core/request.ts'
import type { Conversation, Platform, PlatformHooks } from '../platform.ts'
import { type RenderSettings, render } from './render.ts'

export interface TerminalSettings {
  /** The person at the shell, without `terminal:`. */
  readonly user: string
  print(text: string): void
  /** Asked anew for each answer: windows change their size. */
  render(): RenderSettings
  readonly now: () => Date
}

export interface Terminal extends Platform {
  /** Does what the line says and returns when it is answered. Never rejects. */
  ask(line: string): Promise<void>
}

export interface Account {
  readonly caller: Caller
  readonly place: Place
}

/** The person at the shell, and where: one place, because nobody else reads it. */
export function accountOf(user: string): Account {
  const account = `terminal:${user}`
  return {
    caller: { account, name: user, standing: 'person', roles: [] },
    place: { platform: 'terminal', id: account, kind: 'terminal', name: 'terminal' },
  }
}

export function requestOf({ caller, place }: Account, ask: Request['ask'], now: Date): Request {
  return { id: `terminal:${randomUUID()}`, caller, place, sentAt: now, lateSeconds: 0, ask }
}

/** `/trace 0x…`, `trace 0x…` and `rollcall trace 0x…` are the same command; null for an empty line. */
export function readCommandLine(line: string): Extract<Request['ask'], { kind: 'command' }> | null {
  const [, name = '', text = ''] = /^\s*(?:rollcall\s+)?\/?(\S*)\s*([\s\S]*?)\s*$/i.exec(line) ?? []
  return name === '' ? null : { kind: 'command', name, input: { text } }
}

interface Shown {
  readonly message: MessageRef
  actions: readonly Action[]
}

export function createTerminal(settings: TerminalSettings, hooks: PlatformHooks): Terminal {
  const account = accountOf(settings.user)
  /** Newest last: a number presses an action of the newest message that has any. */
  const messages: Shown[] = []
  let count = 0

  function show(reply: Reply): MessageRef {
    count += 1
    const message = { platform: 'terminal' as const, place: account.place.id, message: String(count) }
    messages.push({ message, actions: reply.actions ?? [] })
    messages.splice(0, messages.length - 200)
    settings.print(render(reply, settings.render()))
    return message
  }

  const conversation: Conversation = {
    acknowledge: async () => true,
    askRoles: async () => [],
    answer: async (reply) => show(reply),
  }

  function askOf(line: string): Request['ask'] | null {
    if (!/^\s*\d{1,3}\s*$/.test(line)) return readCommandLine(line)
    const newest = messages.findLast(({ actions }) => actions.length > 0)
    const action = newest?.actions[Number(line) - 1]
    if (newest && action) return { kind: 'press', action: action.id, message: newest.message }
    const choices = newest?.actions.length ?? 0
    const hint = choices === 0 ? 'No answer here has actions.' : `The last answer has actions 1 to ${choices}.`
    show({ tone: 'warning', title: `There is no action ${Number(line)}`, blocks: [{ kind: 'paragraph', text: hint }] })
    return null
  }

  return {
    name: 'terminal',
    async start() {},
    async stop() {},
    health: () => ({ ready: true }),
    send: async (_place, reply) => show(reply),

    // Printed lines can't be changed: the new text comes below, and the old numbers press nothing any more.
    async edit(message, reply) {
      const old = messages.find((shown) => shown.message.message === message.message)
      if (!old) return 'gone'
      old.actions = []
      show(reply)
      return 'edited'
    },

    async ask(line) {
      const ask = askOf(line)
      if (ask !== null) await hooks.handle(requestOf(account, ask, settings.now()), conversation)
    },
  }
}
