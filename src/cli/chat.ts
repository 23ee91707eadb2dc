// `rollcall chat`: the same bot in this terminal. The demo uses it too, on a chain of its own.

import { readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { commandList } from '../command-list.ts'
import type { Config } from '../config.ts'
import { errorText } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { createRollcall } from '../main.ts'
import { accountOf, createTerminal, type Terminal } from '../platforms/terminal/adapter.ts'
import { type Chat, createChat } from '../platforms/terminal/chat.ts'
import { createCompleter } from '../platforms/terminal/complete.ts'
import { type RenderSettings, render } from '../platforms/terminal/render.ts'
import { print, windowOf } from './output.ts'
import type { Stopping } from './stopping.ts'

export interface ChatCall {
  readonly config: Config
  readonly log: Logger
  readonly user: string
  /** Shown first. */
  readonly welcome: Reply
  /** Lines to run instead of reading them; null: a chat. */
  readonly lines: readonly string[] | null
  /** Where earlier lines are kept; null: nowhere. */
  readonly historyFile: string | null
}

const settings = (): RenderSettings => ({ ...windowOf(process.stdout), actions: 'numbered' })

export async function runChat(call: ChatCall, stopping: Stopping): Promise<void> {
  let chat: Chat | null = null
  let terminal: Terminal | null = null
  const show = (text: string) => (chat === null ? print(`${text}\n\n`) : chat.print(text))
  const rollcall = createRollcall({
    // The bot that people talk to elsewhere goes on by itself: two of them would take turns at its messages.
    config: { ...call.config, discord: null, telegram: null, httpPort: null },
    log: call.log,
    mode: 'chat',
    terminal(hooks) {
      terminal = createTerminal({ user: call.user, print: show, render: settings, now: () => new Date() }, hooks)
      if (call.lines === null) chat = openChat(call, terminal, hooks.complete)
      return terminal
    },
  })
  const made = { terminal, chat } as { terminal: Terminal | null; chat: Chat | null }
  if (made.terminal === null) throw new Error('the terminal was not made')
  const leave = () => made.chat?.close()
  stopping.signal.addEventListener('abort', leave)
  try {
    await rollcall.start()
    if (made.chat === null) await runLines(call.lines ?? [], made.terminal, stopping)
    else if (!stopping.signal.aborted) {
      made.chat.print(render(call.welcome, settings()))
      await made.chat.run()
    }
  } finally {
    stopping.signal.removeEventListener('abort', leave)
    await rollcall.stop()
  }
}

async function runLines(lines: readonly string[], terminal: Terminal, stopping: Stopping): Promise<void> {
  for (const line of lines) {
    if (stopping.signal.aborted) return
    print(`> ${line}\n\n`)
    await terminal.ask(line)
  }
}

function openChat(
  call: ChatCall,
  terminal: Terminal,
  complete: Parameters<typeof createCompleter>[0]['complete'],
): Chat {
  const { historyFile, config, log } = call
  const names = config.chains.map(({ name }) => name)
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true
  return createChat({
    input: process.stdin,
    output: process.stdout,
    interactive,
    history: historyFile === null ? [] : readHistory(historyFile),
    complete: createCompleter({ complete }, commandList, names, accountOf(call.user)),
    ask: (line) => terminal.ask(line),
    remember(lines) {
      if (historyFile === null) return
      try {
        writeFileSync(historyFile, `${lines.slice(0, 500).join('\n')}\n`, { mode: 0o600 })
      } catch (error) {
        log.debug({ error: errorText(error) }, 'the history of the chat could not be kept')
      }
    },
  })
}

export function historyFile(): string {
  return join(homedir(), '.rollcall_history')
}

function readHistory(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}
