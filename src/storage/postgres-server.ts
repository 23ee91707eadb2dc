// Starts a real PostgreSQL of our own: for the bot's records where no database is given, for the sandbox and for tests.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { collectLog, exitOf, type KeptProcess, startKept } from './kept-process.ts'
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
    const { server, port } = await startOnPort(start, request.port)
    return {
      url: (database = user) => `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
      port,
      directory,
      stop: server.stop,
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
  readonly server: KeptProcess
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
    const { server, log, ready } = await startOnce(request, port)
    if (ready) return { server, port }
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

async function startOnce(
  request: StartRequest,
  port: number,
): Promise<{ server: KeptProcess; log: string; ready: boolean }> {
  const data = path.join(request.directory, 'data')
  const settings = { ...fixedSettings(port), ...request.settings }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = startKept({
    name: 'PostgreSQL',
    command: [programPath(request.binaries, 'postgres'), '-D', dataArgument(data), ...options],
    ready: /database system is ready to accept (read-only )?connections/,
    scratch: request.scratch,
    cwd: data,
    env: environment(),
    account: serverAccount,
  })
  const ready = await server.started
  return { server, log: server.log(), ready }
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
