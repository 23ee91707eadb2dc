// An answer whatever hangs, over real connections: silent servers, bodies that trickle, a database that never says a word.

import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { silentLog } from '../../support/storage.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

let sandbox: Sandbox
const stops: (() => void)[] = []
const hung = { silent: '', trickling: '', database: '' }

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 14, speed: 12, postgresUrl: inject('postgresUrl') })
  hung.silent = await http(() => undefined)
  hung.trickling = await http((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 200)
    response.on('close', () => clearInterval(timer))
  })
  hung.database = await silentTcp()
}, 120_000)
afterAll(async () => {
  for (const stop of stops) stop()
  await sandbox?.stop()
})

async function http(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createHttpServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Takes the connection and answers nothing, as a database behind a dead firewall does. */
async function silentTcp(): Promise<string> {
  const sockets: Socket[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `postgres://reader:word@127.0.0.1:${(server.address() as AddressInfo).port}/core`
}

type Part = 'l1' | 'l2' | 'explorer' | 'database'

function settingsFor(parts: readonly Part[], how: 'silent' | 'trickling') {
  const { L1_RPC_URLS, L2_RPC_URLS, CORE_DATABASE_URL } = sandbox.environment
  const hangs = (part: Part) => parts.includes(part)
  return {
    L1_RPC_URLS: hangs('l1') ? `l1=${hung[how]}` : L1_RPC_URLS,
    L2_RPC_URLS: hangs('l2') ? `l2=${hung[how]}` : L2_RPC_URLS,
    EXPLORER_API_URLS: hangs('explorer') ? `explorer=${hung[how]}` : undefined,
    CORE_DATABASE_URL: hangs('database') ? hung.database : CORE_DATABASE_URL,
  }
}

function open(environment: Readonly<Record<string, string | undefined>>): Chain {
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  return createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC' })
}

/** With a report, which asks further questions of the same sources. */
function ask(chain: Chain) {
  const reported = { batch: null, block: 3, at: null, text: null }
  return chain.outage.check({ tx: null, reported, signal: new AbortController().signal })
}

const subsets: readonly (readonly Part[])[] = [
  ['l2'],
  ['l1'],
  ['explorer'],
  ['database'],
  ['l1', 'l2'],
  ['l2', 'database'],
  ['l1', 'explorer', 'database'],
  ['l1', 'l2', 'explorer', 'database'],
]

const scenes = subsets.flatMap((parts) => (['silent', 'trickling'] as const).map((how) => [how, parts] as const))

describe.concurrent('sources that hang from the start', () => {
  it.each(scenes)('%s: %s', async (how, parts) => {
    const chain = open(settingsFor(parts, how))
    const facts = await ask(chain)
    await chain.close()
    expect(facts.verdict).not.toBe('down')
    const names: Record<Part, string> = { l1: 'l1', l2: 'l2', explorer: 'explorer', database: 'core database' }
    for (const part of parts) {
      expect(facts.sources.find(({ name }) => name === names[part])).toMatchObject({ reachable: false, block: null })
    }
  })
})

it('what answered before and falls silent on open connections costs its own line too', async () => {
  const { L1_RPC_URLS = '', L2_RPC_URLS = '', CORE_DATABASE_URL = '' } = sandbox.environment
  const behind = async (url: string) => {
    const proxy = await startTcpProxy(url)
    onTestFinished(proxy.close)
    return { proxy, url: proxy.url(url) }
  }
  const bare = (entry: string) => entry.slice(entry.indexOf('=') + 1)
  const [l1, l2, database] = await Promise.all([bare(L1_RPC_URLS), bare(L2_RPC_URLS), CORE_DATABASE_URL].map(behind))
  if (!l1 || !l2 || !database) throw new Error('three proxies were started')
  const chain = open({ L1_RPC_URLS: `l1=${l1.url}`, L2_RPC_URLS: `l2=${l2.url}`, CORE_DATABASE_URL: database.url })
  onTestFinished(() => chain.close())
  const before = await ask(chain)
  expect(before.sources.map(({ name, reachable }) => [name, reachable])).toEqual([
    ['core database', true],
    ['l2', true],
    ['l1', true],
  ])
  for (const { proxy } of [l1, l2, database]) proxy.fallSilent()
  const after = await ask(chain)
  expect(after.verdict).toBe('unknown')
  expect(after.sources.map(({ name, reachable, block }) => [name, reachable, block])).toEqual([
    ['core database', false, null],
    ['l2', false, null],
    ['l1', false, null],
  ])
})
