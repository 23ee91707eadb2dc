// The bot's own Postgres in a folder: started by one process, joined by others, taken over when that one is gone.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStateStore, type StateStore } from '../../src/storage/state-store.ts'
import { newRequest, patientLimits, silentLog } from '../support/storage.ts'

const program = path.join(import.meta.dirname, '../support/keeping-process.ts')

let folder: string
let directory: string
const stores: StateStore[] = []
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'rollcall-state-'))
  directory = path.join(folder, 'data')
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await rm(folder, { recursive: true, force: true })
})

function openStore(start = true): StateStore {
  const store = createStateStore({
    directory,
    start,
    log: silentLog,
    patienceMs: 90_000,
    limits: patientLimits,
    retryMs: 100,
  })
  stores.push(store)
  return store
}

/** A bot in a process of its own that keeps one request in the folder and stays. */
async function startOtherProcess(request: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, directory, request], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const [answer] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  expect(String(answer)).toBe('{"recorded":true,"duplicate":false}')
  return child
}

const ids = async (store: StateStore) => (await store.audit.list({ limit: 99 })).map((entry) => entry.id).sort()

const isReady = (store: StateStore) => vi.waitFor(() => expect(store.health()).toEqual({ ready: true }), 90_000)

test('records survive the end of the bot, and two stores opened at once share one server', async () => {
  const both = [openStore(), openStore()]
  const kept = await Promise.all(both.map((store, index) => store.audit.start(newRequest(`r${index}`))))
  expect(kept).toEqual([1, 2].map(() => ({ recorded: true, duplicate: false })))
  expect(await Promise.all(both.map(ids))).toEqual([
    ['r0', 'r1'],
    ['r0', 'r1'],
  ])
  await Promise.all(stores.splice(0).map((store) => store.close()))
  expect(await ids(openStore())).toEqual(['r0', 'r1'])
}, 180_000)

test('a second process joins the running server, and takes over when the first is killed', async () => {
  const first = await startOtherProcess('theirs')
  const mine = openStore()
  expect(await mine.audit.start(newRequest('mine'))).toMatchObject({ recorded: true })
  expect(await ids(mine)).toEqual(['mine', 'theirs'])
  first.kill('SIGKILL')
  await vi.waitFor(async () => expect(await mine.audit.start(newRequest('late'))).toMatchObject({ recorded: false }), {
    timeout: 60_000,
    interval: 20,
  })
  await isReady(mine)
  expect(await ids(mine)).toEqual(expect.arrayContaining(['mine', 'theirs']))
  await startOtherProcess('again')
  expect(await ids(mine)).toContain('again')
}, 180_000)

test('a single command joins a running server and starts none', async () => {
  const alone = openStore(false)
  expect(await alone.audit.start(newRequest('a'))).toEqual({ recorded: false, duplicate: false })
  expect(alone.health().why).toMatch(/no bot is running/)
  await expect(access(directory)).rejects.toThrow('ENOENT')
  await openStore().open()
  await isReady(alone)
  expect(await alone.audit.start(newRequest('b'))).toEqual({ recorded: true, duplicate: false })
}, 180_000)

test('what a killed start left behind does not stand in the way', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  await mkdir(path.join(directory, 'data.new'), { recursive: true })
  await writeFile(path.join(directory, 'starting'), String(gone.pid))
  expect(await openStore().audit.start(newRequest('a'))).toEqual({ recorded: true, duplicate: false })
}, 180_000)

test('a folder that can not be used costs the records, not the bot', async () => {
  await writeFile(directory, 'a file, not a folder')
  const store = openStore()
  expect(await store.audit.start(newRequest('a'))).toEqual({ recorded: false, duplicate: false })
  expect(store.health()).toEqual({ ready: false, why: expect.stringContaining('EEXIST') })
})
