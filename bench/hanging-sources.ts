// How long /is-chain-down takes while sources hang: every subset of a full configuration, silent and trickling, over real connections.

import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import pino from 'pino'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { createChain } from '../src/chains.ts'
import { readConfig } from '../src/config.ts'
import type { Figure, Measured } from './figure.ts'

const command = 'npm run bench -- answer-time'
const limitSeconds = 6
/** More at once would measure how they wait for this process: the sandbox and all that ask it share it. */
const atOnce = 4
const repeated = 10

type Hang = 'silent' | 'trickling'
const lists = ['L1_RPC_URLS', 'L2_RPC_URLS', 'EXPLORER_API_URLS'] as const
const databaseName = 'core database'

interface Case {
  readonly hanging: readonly string[]
  readonly how: Hang
  /** A report asks more of the same sources, and one thing after the other. */
  readonly asks: 'now' | 'a report'
}

interface Timed extends Case {
  readonly seconds: number
  readonly said: string
}

export async function measureHanging(sandbox: Sandbox): Promise<Measured> {
  const servers = await startHanging()
  try {
    const names = [...lists.flatMap((list) => entriesOf(sandbox, list).map(([name]) => name)), databaseName]
    const subsets = Array.from({ length: 2 ** names.length - 1 }, (_, bits) =>
      names.filter((_name, at) => ((bits + 1) >> at) % 2 === 1),
    )
    const cases = subsets.flatMap((hanging): readonly Case[] => [
      { hanging, how: 'silent', asks: 'now' },
      { hanging, how: 'trickling', asks: 'a report' },
    ])
    const crowded = await inLanes(cases, atOnce, (one) => time(sandbox, servers, one))
    const late = crowded.filter(({ seconds }) => seconds > limitSeconds).length
    const slowest = crowded.toSorted((a, b) => b.seconds - a.seconds).slice(0, Math.max(repeated, late))
    const alone = await inLanes(slowest, 1, (one) => time(sandbox, servers, one))
    return { figures: figuresOf(names.length, crowded, alone), tables: [tableOf(slowest.slice(0, repeated), alone)] }
  } finally {
    servers.stop()
  }
}

function figuresOf(sources: number, crowded: readonly Timed[], alone: readonly Timed[]): readonly Figure[] {
  const slowest = (all: readonly Timed[]) => Math.max(...all.map(({ seconds }) => seconds))
  const note = `${sources} sources, all ${2 ** sources - 1} subsets hanging, silent when asked about now, trickling when about a report: ${crowded.length} answers, ${atOnce} at once; limit ${limitSeconds}`
  const late = alone.filter(({ seconds }) => seconds > limitSeconds).length
  return [
    { name: 'any sources hang: slowest answer', command, value: slowest(crowded), unit: 's', note },
    {
      name: 'any sources hang: slowest answer, alone',
      command,
      value: slowest(alone),
      unit: 's',
      note: `the slowest again, one at a time: ${alone.length} of them, and all that were late`,
    },
    {
      name: 'any sources hang: later than the limit, alone',
      command,
      value: late,
      unit: '',
      note: 'must be 0',
    },
    {
      name: 'any sources hang: “down”',
      command,
      value: crowded.filter(({ said }) => said.startsWith('down')).length,
      unit: '',
      note: 'the chain is well; must be 0',
    },
  ]
}

function tableOf(slowest: readonly Timed[], alone: readonly Timed[]) {
  return {
    title: 'The slowest answers while sources hang',
    columns: ['Hanging', 'How', 'Asked about', 'Said', `${atOnce} at once`, 'Alone'],
    rows: slowest.map(({ hanging, how, asks, said, seconds }, at) => [
      hanging.join(', '),
      how,
      asks,
      said,
      `${seconds.toFixed(2)} s`,
      `${alone[at]?.seconds.toFixed(2)} s`,
    ]),
  }
}

async function inLanes<T, R>(cases: readonly T[], lanes: number, work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = []
  let next = 0
  const lane = async () => {
    for (let at = next++; at < cases.length; at = next++) done[at] = await work(cases[at] as T)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return done
}

/** By a bot that knows nothing of the chain yet, which has most to ask. */
async function time(sandbox: Sandbox, servers: Hanging, { hanging, how, asks }: Case): Promise<Timed> {
  const listOf = (list: (typeof lists)[number]) =>
    entriesOf(sandbox, list)
      .map(([name, url]) => `${name}=${hanging.includes(name) ? servers[how] : url}`)
      .join(',')
  const environment = {
    ...sandbox.environment,
    ...Object.fromEntries(lists.map((list) => [list, listOf(list)])),
    ...(hanging.includes(databaseName) && { CORE_DATABASE_URL: servers.database }),
  }
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (settings === undefined) throw new Error('the sandbox offers no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: pino({ level: 'silent' }), now, reportTimeZone: 'UTC' })
  try {
    const reported = { batch: null, block: asks === 'now' ? null : 3, at: null, text: null }
    const began = performance.now()
    const facts = await chain.outage.check({ tx: null, reported, signal: new AbortController().signal })
    const seconds = (performance.now() - began) / 1000
    return { hanging, how, asks, seconds, said: `${facts.verdict}, ${facts.headline}` }
  } finally {
    await chain.close()
  }
}

function entriesOf({ environment }: Sandbox, list: (typeof lists)[number]): readonly (readonly [string, string])[] {
  return (environment[list] ?? '').split(',').map((entry) => entry.split('=') as [string, string])
}

interface Hanging extends Readonly<Record<Hang | 'database', string>> {
  stop(): void
}

async function startHanging(): Promise<Hanging> {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  const listen = async (server: Server): Promise<number> => {
    servers.push(server)
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const trickle = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 200)
    response.on('close', () => clearInterval(timer))
  }
  const silent = await listen(createHttpServer(() => undefined))
  const trickling = await listen(createHttpServer((_, response) => trickle(response)))
  const database = await listen(createTcpServer())
  return {
    silent: `http://127.0.0.1:${silent}`,
    trickling: `http://127.0.0.1:${trickling}`,
    database: `postgres://reader:word@127.0.0.1:${database}/core`,
    stop() {
      for (const socket of sockets) socket.destroy()
      for (const server of servers) server.close()
    },
  }
}
