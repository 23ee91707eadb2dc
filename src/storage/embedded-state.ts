// The state store's own Postgres under STATE_DIR: one process starts it, others on the same folder join it.

import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import { createDatabase } from './database.ts'
import { describeTrouble, UnfitDatabase } from './database-trouble.ts'
import { startPostgresServer } from './postgres-server.ts'

export interface EmbeddedState {
  readonly url: string
  /** Ends the server if it was started here; whoever else uses it starts it again. */
  stop(): Promise<void>
}

export interface EmbeddedSettings {
  readonly directory: string
  /** False: only join a running one (a single shell command starts none). */
  readonly start?: boolean
  readonly log: Logger
}

/** Longer than the first start of a server on a slow disk. */
const startingMs = 90_000

export async function openEmbeddedState(settings: EmbeddedSettings): Promise<EmbeddedState> {
  const startedAt = performance.now()
  for (;;) {
    const url = await findRunning(settings)
    if (url !== null) return { url, stop: () => Promise.resolve() }
    if (settings.start === false) throw new UnfitDatabase('no bot is running that keeps records here')
    const started = await startAlone(settings.directory)
    if (started) return started
    if (performance.now() - startedAt > startingMs) {
      throw new UnfitDatabase(
        'another process has been starting its database for too long: remove the file "starting" in STATE_DIR',
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The server's own notes tell its port; that it takes our password proves that it is the one of this folder. */
async function findRunning({ directory, log }: EmbeddedSettings): Promise<string | null> {
  const [password, pid] = await Promise.all([
    readIfThere(path.join(directory, 'password')),
    readIfThere(path.join(directory, 'data', 'postmaster.pid')),
  ])
  const port = Number(pid?.split('\n')[3])
  if (password === null || !Number.isInteger(port) || port <= 0) return null
  const url = `postgres://postgres:${password.trim()}@127.0.0.1:${port}/postgres`
  const database = createDatabase({ url, log, limits: { connectMs: 2000, connections: 1 } })
  try {
    await database.read('SELECT 1')
    return url
  } catch (error) {
    log.debug({ trouble: describeTrouble(error) }, 'no database runs under STATE_DIR')
    return null
  } finally {
    await database.close()
  }
}

/** Null when another process is at it. */
async function startAlone(directory: string): Promise<EmbeddedState | null> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const mark = path.join(directory, 'starting')
  if (!(await claimFile(mark))) return null
  try {
    const server = await startPostgresServer({ directory })
    return { url: server.url(), stop: () => server.stop() }
  } finally {
    await rm(mark, { force: true })
  }
}

/** A file that only one process can make; one left by a process that is gone counts as absent the next time. */
async function claimFile(mark: string): Promise<boolean> {
  try {
    const file = await open(mark, 'wx', 0o600)
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    if (await isAbandoned(mark)) await rm(mark, { force: true })
    return false
  }
}

async function isAbandoned(mark: string): Promise<boolean> {
  const [pid, made] = await Promise.all([readIfThere(mark), stat(mark).catch(() => null)])
  if (made === null) return false
  if (Date.now() - made.mtimeMs > startingMs) return true
  return pid !== null && pid !== '' && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process: it lives.
    return isCode(error, 'EPERM')
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
