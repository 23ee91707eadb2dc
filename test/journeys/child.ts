// The bot as a process of its own, in an empty folder, with its log at hand.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ChildBot {
  /** Its working folder; temporary files of the bot go into `tmp` in it. */
  readonly folder: string
  log(): string
  /** Waits for a line of the log. */
  says(text: string): Promise<void>
  /** Sends the signal and waits for the end; null: ended by the signal itself. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
  /** Ends it if it still runs, and removes its folder. */
  remove(): Promise<void>
}

const startMs = 60_000

export async function startChild(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ChildBot> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-journey-'))
  await mkdir(join(folder, 'tmp'))
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, words, {
    cwd: folder,
    env: { PATH, HOME, TZ: 'Asia/Shanghai', TMPDIR: join(folder, 'tmp'), LOG_LEVEL: 'debug', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const isRunning = () => child.exitCode === null && child.signalCode === null
  return {
    folder,
    log: () => log,
    async says(text) {
      for (const deadline = performance.now() + startMs; !log.includes(text); await sleep(20)) {
        if (!isRunning() || performance.now() > deadline) throw new Error(`the bot never said “${text}”:\n${log}`)
      }
    },
    async end(signal) {
      child.kill(signal)
      return (await ended)[0]
    },
    async remove() {
      if (isRunning()) child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
