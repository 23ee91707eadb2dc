// Runs the rollcall program as a child process, with an environment of its own and a time limit.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly log: string
}

export interface RunSettings {
  readonly environment?: Readonly<Record<string, string>>
  /** What is typed; the input then ends. */
  readonly input?: string
  /** The input stays open, as a terminal's does. */
  readonly keepInput?: boolean
  /** Content of a `.env` file in the folder the program starts in. */
  readonly dotEnv?: string
  /** Called when the program has written this to stderr or stdout. */
  readonly when?: {
    readonly says: string
    do(child: { kill(signal: NodeJS.Signals): void; closeOutput(): void }): void
  }
  readonly timeoutMs?: number
}

/** Starts in an empty folder, so that no `.env` of the developer's is read. */
export async function runProgram(words: readonly string[], settings: RunSettings = {}): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-program-'))
  try {
    if (settings.dotEnv !== undefined) await writeFile(join(folder, '.env'), settings.dotEnv)
    return await run(words, settings, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function run(words: readonly string[], settings: RunSettings, folder: string): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  const loader = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href
  const child = spawn(process.execPath, ['--import', loader, join(root, 'src/cli.ts'), ...words], {
    cwd: folder,
    env: { PATH, HOME, TZ: 'Asia/Shanghai', ...settings.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: settings.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  })
  const { when } = settings
  if (when) {
    let said = ''
    let done = false
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      if (done || !said.includes(when.says)) return
      done = true
      when.do({ kill: (signal) => child.kill(signal), closeOutput: () => child.stdout.destroy() })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
  }
  child.stdin.on('error', () => undefined) // it may have ended before it read everything
  child.stdin.write(settings.input ?? '')
  if (!settings.keepInput) child.stdin.end()
  const ended = once(child, 'close')
  const [out, log] = await Promise.all([text(child.stdout).catch(() => ''), text(child.stderr)])
  const [code] = (await ended) as [number | null]
  return { code, out, log }
}
