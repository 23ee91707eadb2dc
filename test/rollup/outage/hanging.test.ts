// An answer within six seconds whatever hangs: silent sources, bodies that trickle, a database that never says a word.

import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { silentLog } from '../../support/storage.ts'

let sandbox: Sandbox
const stops: (() => void)[] = []
const hung = { silent: '', trickling: '', database: '' }

beforeAll(async () => {
  sandbox = await createSandbox()
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

async function ask(parts: readonly Part[], how: 'silent' | 'trickling') {
  const { L1_RPC_URLS, L2_RPC_URLS, CORE_DATABASE_URL } = sandbox.environment
  const hangs = (part: Part) => parts.includes(part)
  const environment = {
    L1_RPC_URLS: hangs('l1') ? `l1=${hung[how]}` : L1_RPC_URLS,
    L2_RPC_URLS: hangs('l2') ? `l2=${hung[how]}` : L2_RPC_URLS,
    EXPLORER_API_URLS: hangs('explorer') ? `explorer=${hung[how]}` : undefined,
    CORE_DATABASE_URL: hangs('database') ? hung.database : CORE_DATABASE_URL,
  }
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC' })
  const began = performance.now()
  const facts = await chain.outage.check({
    tx: null,
    // A report asks further questions of the same sources.
    reported: { batch: null, block: 3, at: null, text: null },
    signal: new AbortController().signal,
  })
  const took = performance.now() - began
  await chain.close()
  return { took, facts }
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

it.each(subsets.flatMap((parts) => (['silent', 'trickling'] as const).map((how) => [how, parts] as const)))(
  '%s: %s',
  { timeout: 20_000 },
  async (how, parts) => {
    const { took, facts } = await ask(parts, how)
    expect(took).toBeLessThan(6000)
    expect(facts.verdict).not.toBe('down')
    const names: Record<Part, string> = { l1: 'l1', l2: 'l2', explorer: 'explorer', database: 'core database' }
    for (const part of parts) {
      expect(facts.sources.find(({ name }) => name === names[part])).toMatchObject({ reachable: false, block: null })
    }
  },
)
