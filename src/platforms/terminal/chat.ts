// The line loop of chat and demo: a prompt with history and completion on a terminal, plain lines through a pipe.

import { createInterface } from 'node:readline'

export interface ChatSettings {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  /** Both ends are a terminal: then there is a prompt, history and completion. */
  readonly interactive: boolean
  /** Lines of earlier chats, newest first. */
  readonly history: readonly string[]
  /** Never rejects. */
  complete(line: string): Promise<[string[], string]>
  /** Does what the line says and returns when it is answered. Never rejects. */
  ask(line: string): Promise<void>
  /** Called with the lines to remember, newest first. */
  remember?(lines: readonly string[]): void
}

export interface Chat {
  /** Prints above the prompt, so that a message may come while somebody types. */
  print(text: string): void
  /** Until the person leaves or the input ends. */
  run(): Promise<void>
  /** Leaves, as when the program is told to end. */
  close(): void
}

const prompt = 'rollcall> '
const leaving = /^\/?(?:exit|quit|bye)$/i

export function createChat(settings: ChatSettings): Chat {
  const { input, output, interactive } = settings
  const lines = createInterface({
    input,
    output,
    terminal: interactive,
    prompt,
    history: [...settings.history],
    historySize: 500,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      void settings.complete(line).then((found) => done(null, found))
    },
  })
  let busy: Promise<void> = Promise.resolve()
  let left = false

  function print(text: string): void {
    if (interactive) output.write('\r\x1b[K')
    output.write(`${text}\n\n`)
    if (interactive && !left) lines.prompt(true)
  }

  function leave(): void {
    left = true
    lines.close()
  }

  function take(line: string): void {
    if (left) return
    if (leaving.test(line.trim())) {
      leave()
      return
    }
    // One after the other: a number typed ahead must press what the answer before it showed.
    busy = busy
      .then(() => settings.ask(line))
      .then(() => {
        if (interactive && !left) lines.prompt(true)
      })
  }

  return {
    print,
    close: leave,

    async run() {
      lines.on('line', take)
      lines.on('history', (all: string[]) => settings.remember?.(all))
      lines.on('SIGINT', () => {
        if (lines.line === '') leave()
        else lines.write(null, { ctrl: true, name: 'u' })
      })
      if (interactive) lines.prompt()
      await new Promise<void>((resolve) => lines.once('close', resolve))
      left = true
      if (interactive) output.write('\n')
      await busy
    },
  }
}
