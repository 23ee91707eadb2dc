// Starts a real PostgreSQL of our own: for the bot's records where no database is given, for the sandbox and for tests.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { programPath, serverAccount, usableBinaries } from './postgres-binaries.ts'

export interface PostgresServer {
  url(database?: string): string
  readonly port: number
  readonly directory: string
  /** Ends sessions, waits until the server is gone, and removes a temporary directory. May be called twice. */
  stop(): Promise<void>
}

export interface PostgresSettings {
  /** Where the data stays between starts. Left out: a temporary folder, removed on stop and after our own death. */
  readonly directory?: string
  /** Left out: a free one. */
  readonly port?: number
  /** Server settings by name (`max_connections`), over ours. */
  readonly settings?: Readonly<Record<string, string>>
}

const user = 'postgres'
const startTimeoutMs = 60_000
const stopTimeoutMs = 30_000
const lockTimeoutMs = 5000

/** For data nobody will miss: durability costs most of the time that a small test spends. */
const throwAway = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
}

/**
 * Listens on 127.0.0.1 only, with a random password kept beside the data. The server ends when this process ends,
 * whatever ends it (`kill -9` included).
 */
export async function startPostgresServer(request: PostgresSettings = {}): Promise<PostgresServer> {
  if (os.platform() === 'win32') throw new Error('The embedded PostgreSQL does not start on Windows: run inside WSL.')
  const scratch = await makeScratch()
  try {
    const temporary = request.directory === undefined
    const directory = temporary ? path.join(scratch, 'server') : path.resolve(request.directory)
    const binaries = await usableBinaries(scratch)
    const password = await prepareData({ binaries, directory, scratch, temporary })
    const settings = { ...(temporary ? throwAway : {}), ...request.settings }
    const start: StartRequest = { binaries, directory, scratch, settings }
    const { child, port } = await startOnPort(start, request.port)
    return {
      url: (database = user) => `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
      port,
      directory,
      stop: () => stopServer(child, scratch),
    }
  } catch (error) {
    await rm(scratch, { recursive: true, force: true })
    throw error
  }
}

/** As root the scratch folder lies in /tmp: the server's account could not enter a private TMPDIR of root's. */
async function makeScratch(): Promise<string> {
  const parent = serverAccount ? '/tmp' : os.tmpdir()
  const scratch = await mkdtemp(path.join(parent, 'rollcall-postgres-'))
  await chmod(scratch, 0o755)
  await give(scratch)
  return scratch
}

/** Hands a file or folder to the account that the server runs as. */
async function give(file: string): Promise<void> {
  if (serverAccount) await chown(file, serverAccount.uid, serverAccount.gid)
}

interface DataRequest {
  readonly binaries: string
  readonly directory: string
  readonly scratch: string
  readonly temporary: boolean
}

/** Makes the data on the first start, and returns the password. A start killed halfway leaves no half-made data. */
async function prepareData({ binaries, directory, scratch, temporary }: DataRequest): Promise<string> {
  const data = path.join(directory, 'data')
  const passwordFile = path.join(directory, 'password')
  if (await exists(data)) return readPassword(passwordFile, directory)
  const fresh = path.join(directory, 'data.new')
  await rm(fresh, { recursive: true, force: true })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await mkdir(fresh, { mode: 0o700 })
  // A temporary directory goes to the server's account whole, so that the shell can remove it after our death.
  if (temporary) await give(directory)
  await give(fresh)
  const password = randomBytes(24).toString('hex')
  const handed = path.join(scratch, 'password')
  await writeFile(handed, password, { mode: 0o600 })
  await give(handed)
  await initialise(binaries, fresh, [`--pwfile=${handed}`, ...(temporary ? ['--no-sync', '--no-data-checksums'] : [])])
  await rm(handed)
  await writeFile(passwordFile, password, { mode: 0o600 })
  await rename(fresh, data)
  return password
}

async function readPassword(file: string, directory: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    throw new Error(`The database in ${directory} lost its password file. Put it back, or move the folder away.`)
  }
}

async function initialise(binaries: string, data: string, more: readonly string[]): Promise<void> {
  const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--no-locale', '--no-instructions', `--username=${user}`]
  const child = spawn(programPath(binaries, 'initdb'), [...options, ...more, '-D', dataArgument(data)], {
    ...serverAccount,
    cwd: data,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log = collectLog(child)
  const code = await exitOf(child)
  if (code !== 0) throw new Error(`PostgreSQL could not make its data in ${data}: ${lastLine(log())}`)
}

/**
 * As root the data may lie below a folder that only root may enter. The working directory is set before the account
 * changes, so the server reaches its data through it without walking the path.
 */
function dataArgument(data: string): string {
  return serverAccount && os.platform() === 'linux' ? '/proc/self/cwd' : data
}

/** Nothing of ours (PGOPTIONS, PGDATA, tokens) reaches the server; its clock is UTC and its log English. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

interface StartRequest {
  readonly binaries: string
  readonly directory: string
  readonly scratch: string
  readonly settings: Readonly<Record<string, string>>
}

interface Started {
  readonly child: ChildProcess
  readonly port: number
}

/**
 * Tries again where trying helps: a port we chose was taken between our look and the server's, or a server left by a
 * killed process is still shutting down.
 */
async function startOnPort(request: StartRequest, wanted: number | undefined): Promise<Started> {
  const startedAt = Date.now()
  for (;;) {
    const port = wanted ?? (await freePort())
    const { child, log, ready } = await startOnce(request, port)
    if (ready) return { child, port }
    const waited = Date.now() - startedAt
    if (isPortTaken(log) && wanted === undefined && waited < startTimeoutMs) continue
    if (!isLocked(log) || waited > lockTimeoutMs) throw startError(request.directory, port, log)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const isPortTaken = (log: string) => /could not bind|could not create any TCP\/IP sockets/.test(log)
const isLocked = (log: string) => /lock file .* already exists|shared memory block .* still in use/.test(log)

function startError(directory: string, port: number, log: string): Error {
  const where = `The database in ${directory}`
  if (isLocked(log))
    return new Error(`${where} is in use by another rollcall. Stop that one, or set another STATE_DIR.`)
  if (isPortTaken(log)) return new Error(`Port ${port} on 127.0.0.1 is taken. Choose another, or leave it out.`)
  const versions = /initialized by PostgreSQL version (\S+),.* this version (\S+?)\.?(\s|$)/.exec(log)
  if (versions) {
    const [, made, ours] = versions
    return new Error(
      `${where} was made by PostgreSQL ${made}; this rollcall carries ${ours}. Go back to the rollcall that made it, or move the folder away and start anew.`,
    )
  }
  return new Error(`${where} did not start: ${lastLine(log)}`)
}

/**
 * A small shell stands between us and the server. It reads a pipe of ours: a word asks for a shutdown, and the end of
 * the pipe means that we are gone, however that came; then it also removes what was temporary.
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

async function startOnce(
  request: StartRequest,
  port: number,
): Promise<{ child: ChildProcess; log: string; ready: boolean }> {
  const data = path.join(request.directory, 'data')
  const settings = { ...fixedSettings(port), ...request.settings }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = [programPath(request.binaries, 'postgres'), '-D', dataArgument(data), ...options]
  const child = spawn('/bin/sh', ['-c', keeper, 'rollcall-postgres', ...server], {
    ...serverAccount,
    cwd: data,
    env: { ...environment(), SCRATCH: request.scratch },
    stdio: ['pipe', 'ignore', 'pipe'],
    // A group of its own: Ctrl-C in the terminal must reach us first, so that we can end our sessions in order.
    detached: true,
  })
  child.stdin?.on('error', () => {})
  const log = collectLog(child)
  const ready = await isReady(child, log)
  return { child, log: log(), ready }
}

function fixedSettings(port: number): Readonly<Record<string, string>> {
  return {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    logging_collector: 'off',
    log_destination: 'stderr',
    timezone: 'UTC',
  }
}

/** True once it takes connections, false when it ended instead. */
async function isReady(child: ChildProcess, log: () => string): Promise<boolean> {
  let look: () => void = () => {}
  let timer: NodeJS.Timeout | undefined
  const ready = new Promise<boolean>((resolve, reject) => {
    look = () => {
      if (/database system is ready to accept (read-only )?connections/.test(log())) resolve(true)
    }
    child.stderr?.on('data', look)
    exitOf(child).then(() => resolve(false), reject)
    timer = setTimeout(() => {
      child.stdin?.end('stop\n')
      reject(new Error(`PostgreSQL was not ready within ${startTimeoutMs / 1000} s: ${lastLine(log())}`))
    }, startTimeoutMs)
  })
  try {
    return await ready
  } finally {
    clearTimeout(timer)
    child.stderr?.off('data', look)
  }
}

async function stopServer(child: ChildProcess, scratch: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = exitOf(child)
    child.stdin?.end('stop\n')
    const timer = setTimeout(() => killGroup(child), stopTimeoutMs)
    await gone
    clearTimeout(timer)
  }
  await rm(scratch, { recursive: true, force: true })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It went by itself in the meantime.
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

/** Keeps the newest part of what the program says, and keeps reading so that it never blocks on a full pipe. */
function collectLog(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-8000)
  })
  return () => text
}

function lastLine(log: string): string {
  const lines = log.trim().split('\n')
  return lines.findLast((line) => /FATAL|PANIC|error:/i.test(line)) ?? lines.at(-1) ?? 'no word from it'
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
