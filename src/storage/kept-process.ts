// Starts a server as a child that ends when this process ends, whatever ends it (`kill -9` included).

import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'

export interface KeptProcess {
  /** What it said so far, newest 8000 characters. */
  readonly log: () => string
  /** True once `ready` fits what it says, false when it ended instead. */
  readonly started: Promise<boolean>
  /** Asks it to end, waits until it is gone, and removes the scratch folder. May be called twice. */
  stop(): Promise<void>
}

export interface KeptSettings {
  readonly name: string
  readonly command: readonly [program: string, ...options: string[]]
  readonly ready: RegExp
  /** Removed with the process; belongs to the account it runs as. */
  readonly scratch: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly account?: { readonly uid: number; readonly gid: number } | undefined
}

const startTimeoutMs = 60_000
const stopTimeoutMs = 30_000

/**
 * A small shell stands between us and the server. It reads a pipe of ours: a word asks for a shutdown, and the end of
 * the pipe means that we are gone, however that came; then it also removes the scratch folder.
 */
const keeper = `
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
( read -r word <&3 || : > "$SCRATCH/orphaned"; kill -INT $server ) 2>/dev/null &
watcher=$!
exec 3<&-
wait $server
code=$?
kill $watcher 2>/dev/null
[ -e "$SCRATCH/orphaned" ] && cd / && rm -rf "$SCRATCH"
exit $code
`

export function startKept(settings: KeptSettings): KeptProcess {
  const child = spawn('/bin/sh', ['-c', keeper, settings.name, ...settings.command], {
    ...settings.account,
    cwd: settings.cwd,
    env: { ...settings.env, SCRATCH: settings.scratch },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal must reach us first, so that we can end our sessions in order.
    detached: true,
  })
  child.stdin?.on('error', () => {})
  const log = collectLog(child)
  return {
    log,
    started: waitUntilReady(child, settings, log),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = exitOf(child)
        child.stdin?.end('stop\n')
        const timer = setTimeout(() => killGroup(child), stopTimeoutMs)
        await gone
        clearTimeout(timer)
      }
      await rm(settings.scratch, { recursive: true, force: true })
    },
  }
}

async function waitUntilReady(child: ChildProcess, { ready, name }: KeptSettings, log: () => string): Promise<boolean> {
  let look: () => void = () => {}
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<boolean>((resolve, reject) => {
      look = () => {
        if (ready.test(log())) resolve(true)
      }
      child.stdout?.on('data', look)
      child.stderr?.on('data', look)
      exitOf(child).then(() => resolve(false), reject)
      timer = setTimeout(() => {
        child.stdin?.end('stop\n')
        reject(new Error(`${name} was not ready within ${startTimeoutMs / 1000} s`))
      }, startTimeoutMs)
    })
  } finally {
    clearTimeout(timer)
    child.stdout?.off('data', look)
    child.stderr?.off('data', look)
  }
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

/** Keeps the newest part of what the program says, and keeps reading so that it never blocks on a full pipe. */
export function collectLog(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-8000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It went by itself in the meantime.
  }
}
