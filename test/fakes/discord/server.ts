// A small real Discord for tests and the demo: REST v10 and the gateway on one port, refusing what the real one refuses.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClock, type FakeClock } from './clock.ts'
import { createFaults, createRateLimits, type Faults } from './faults.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { answerHtml, answerJson, type Incoming, readCall } from './http.ts'
import { createPeople, type People } from './people.ts'
import { notFound, Refused, unauthorized } from './problems.ts'
import { type Answer, routes } from './routes.ts'
import { type TranscriptSettings, transcript } from './transcript.ts'
import { createWorld, type FakeChannel, type FakeGuild, type World } from './world.ts'

export interface RecordedCall {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly files: readonly { readonly field: string; readonly filename: string; readonly bytes: number }[]
  readonly status: number
  readonly response: unknown
  /** By the fake's clock. */
  readonly at: number
}

export interface FakeDiscord extends People {
  /** For DISCORD_API_URL. */
  readonly apiUrl: string
  readonly token: string
  readonly world: World
  readonly clock: FakeClock
  readonly faults: Faults
  readonly gateway: Gateway
  /** The newest calls, oldest first. */
  readonly calls: readonly RecordedCall[]
  addGuild(settings?: { readonly id?: string; readonly name?: string; readonly withoutCommands?: boolean }): FakeGuild
  addChannel(guild: FakeGuild | null, settings?: Partial<FakeChannel>): FakeChannel
  /** Waits until the probe gives something, looking again after every call. */
  until<T>(probe: () => T | undefined | null | false, timeoutMs?: number): Promise<T>
  transcript(channel: string | { readonly id: string }, settings?: TranscriptSettings): string
  /** Drops messages, interactions and recorded calls, for long runs. */
  forget(): void
  stop(): Promise<void>
}

export interface FakeDiscordSettings {
  readonly token?: string
  /** Milliseconds since 1970; the real clock unless given. */
  readonly now?: () => number
  readonly heartbeatMs?: number
  readonly port?: number
  /** How many calls are remembered. */
  readonly keepCalls?: number
}

export async function startFakeDiscord(settings: FakeDiscordSettings = {}): Promise<FakeDiscord> {
  const token = settings.token ?? 'MTA0.fake.discord-token-of-the-test-server'
  const clock = createClock(settings.now)
  const world = createWorld(clock)
  const server = createServer()
  const origin = await listen(server, settings.port ?? 0)
  const gateway = createGateway(world, token, () => origin.replace('http', 'ws'), settings.heartbeatMs ?? 41_250)
  const watchers = new Set<() => void>()
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const faults = createFaults()
  const calls: RecordedCall[] = []
  const record = (call: RecordedCall) => {
    calls.push(call)
    if (calls.length > (settings.keepCalls ?? 10_000)) calls.shift()
    changed()
  }
  const limits = createRateLimits()
  server.on(
    'request',
    (request, response) => void serve({ request, response, world, token, origin, faults, limits, record }),
  )
  server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head))
  const until: FakeDiscord['until'] = (probe, timeoutMs = 25_000) => waitFor(watchers, probe, timeoutMs)
  return {
    apiUrl: `${origin}/api`,
    token,
    world,
    clock,
    faults,
    gateway,
    calls,
    until,
    ...createWorldEdits(world, gateway),
    ...createPeople(world, gateway, until),
    transcript: (channel, more) => transcript(world, typeof channel === 'string' ? channel : channel.id, more),
    forget() {
      for (const kept of [world.messages, world.interactions, world.interactionByToken, world.nonces]) kept.clear()
      calls.length = 0
    },
    stop: () => stop(server, gateway),
  }
}

function createWorldEdits(world: World, gateway: Gateway): Pick<FakeDiscord, 'addGuild' | 'addChannel'> {
  return {
    addGuild({ id = world.clock.snowflake(), name = 'Rollup team', withoutCommands = false } = {}) {
      const guild = { id, name, withoutCommands }
      world.guilds.set(id, guild)
      gateway.announceGuild(id)
      return guild
    },
    addChannel(guild, given = {}) {
      const channel = {
        id: world.clock.snowflake(),
        name: 'incidents',
        type: guild === null ? 1 : 0,
        parent: null,
        hidden: false,
        archived: false,
        ...given,
        guild: guild?.id ?? null,
      }
      world.channels.set(channel.id, channel)
      return channel
    },
  }
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function stop(server: Server, gateway: Gateway): Promise<void> {
  gateway.stop()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function waitFor<T>(
  watchers: Set<() => void>,
  probe: () => T | undefined | null | false,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  while (true) {
    const found = probe()
    if (found !== undefined && found !== null && found !== false) return found
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${probe}`)
    await new Promise<void>((resolve) => {
      const wake = () => {
        watchers.delete(wake)
        clearTimeout(timer)
        resolve()
      }
      // Some things change without a call (a connection that opens): look again now and then.
      const timer = setTimeout(wake, 20)
      watchers.add(wake)
    })
  }
}

interface Serving {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly world: World
  readonly token: string
  readonly origin: string
  readonly faults: Faults
  readonly limits: ReturnType<typeof createRateLimits>
  readonly record: (call: RecordedCall) => void
}

async function serve(serving: Serving): Promise<void> {
  const { request, response, world, origin, faults, record } = serving
  const url = new URL(request.url ?? '/', origin)
  const path = url.pathname.replace(/^\/api(\/v\d+)?/, '')
  const effect = faults.hit(`${request.method} ${path}`)
  if (effect?.kind === 'cut') return void request.socket.destroy()
  let call: Incoming = { ...emptyCall, method: request.method ?? 'GET', path, query: url.searchParams }
  const done = (status: number, body: unknown, headers: object = {}) => {
    if (!response.destroyed) answerJson(response, status, body, headers)
    const files = call.files.map(({ field, filename, bytes }) => ({ field, filename, bytes: bytes.length }))
    record({ method: call.method, path, body: call.body, files, status, response: body, at: world.clock.now() })
  }
  try {
    if (path.startsWith('/attachments/')) return sendFile(world, path, response)
    call = await readCall(request, path, url.searchParams)
    if (effect?.kind === 'hang') return
    if (effect?.kind === 'slow') await sleep(effect.ms)
    if (effect?.kind === 'status' && effect.html) return answerHtml(response, effect.status)
    if (effect?.kind === 'status') return done(effect.status, effect.body ?? { message: 'fault', code: 0 })
    if (effect?.kind === 'rate-limit') {
      const { retryAfterSeconds, global = false } = effect
      const body = { message: 'You are being rate limited.', retry_after: retryAfterSeconds, global }
      const scope = {
        'retry-after': String(Math.ceil(retryAfterSeconds)),
        'x-ratelimit-scope': global ? 'global' : 'shared',
      }
      return done(429, body, { ...scope, ...(global && { 'x-ratelimit-global': 'true' }) })
    }
    const { answer, headers } = dispatch(serving, call)
    if (effect?.kind === 'lost') return done(effect.status, { message: 'the answer was lost', code: 0 })
    done(answer.status, answer.body, headers)
  } catch (error) {
    if (error instanceof Refused) return done(error.status, error.body)
    // A caller that went away mid-call; anything else is a mistake of the fake and must show.
    if (!request.destroyed) done(500, { message: `fake Discord: ${error}`, code: 0 })
  }
}

const emptyCall = { authorization: undefined, body: undefined, files: [] }

function dispatch(serving: Serving, call: Incoming): { answer: Answer; headers: object } {
  const { world, token, origin, limits } = serving
  for (const route of routes) {
    const found = route.method === call.method ? route.path.exec(call.path) : null
    if (!found) continue
    if (route.auth && call.authorization !== `Bot ${token}`) throw unauthorized()
    const at = found.slice(1).map(decodeURIComponent)
    const verdict = limits(route.bucket, route.auth ? (at[0] ?? '') : `${at[0]}/${at[1]}`)
    if (!verdict.allowed) {
      const body = { message: 'You are being rate limited.', retry_after: verdict.retryAfterSeconds, global: false }
      const scope = { 'retry-after': String(Math.ceil(verdict.retryAfterSeconds)), 'x-ratelimit-scope': 'user' }
      return { answer: { status: 429, body }, headers: { ...verdict.headers, ...scope } }
    }
    return { answer: route.run({ world, call, at, origin }), headers: verdict.headers }
  }
  throw notFound()
}

function sendFile(world: World, path: string, response: ServerResponse): void {
  const id = path.split('/')[3]
  const file = [...world.messages.values()].flatMap((message) => message.files).find((one) => one.id === id)
  if (file) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(file.bytes)
  else response.writeHead(404).end()
}
