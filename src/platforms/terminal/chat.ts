// The line loop of chat and demo: a prompt with history and completion on a terminal, plain lines through a pipe.

import { createInterface, type Interface } from 'node:readline'

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
  const { output, interactive } = settings
  // Made when the loop begins: lines that came before would be lost.
  let lines: Interface | null = null
  let busy: Promise<void> = Promise.resolve()
  let left = false

  function promptAgain(): void {
    if (interactive && !left) lines?.prompt(true)
  }

  function leave(): void {
    left = true
    lines?.close()
  }

  function take(line: string): void {
    if (left) return
    if (leaving.test(line.trim())) leave()
    // One after the other: a number typed ahead must press what the answer before it showed.
    else busy = busy.then(() => settings.ask(line)).then(promptAgain)
  }

  return {
    print(text) {
      if (interactive) output.write('\r\x1b[K')
      output.write(`${text}\n\n`)
      promptAgain()
    },
    close: leave,

    async run() {
      if (left) return
      const opened = openLines(settings)
      lines = opened
      opened.on('line', take)
      opened.on('history', (all: string[]) => settings.remember?.(all))
      opened.on('SIGINT', () => {
        if (opened.line === '') leave()
        else opened.write(null, { ctrl: true, name: 'u' })
      })
      if (interactive) opened.prompt()
      await new Promise<void>((resolve) => opened.once('close', resolve))
      left = true
      if (interactive) output.write('\n')
      await busy
    },
  }
}

function openLines({ input, output, interactive, history, complete }: ChatSettings): Interface {
  return createInterface({
    input,
    output,
    terminal: interactive,
    prompt,
    history: [...history],
    historySize: 500,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      void complete(line).then((found) => done(null, found))
    },
  })
}
