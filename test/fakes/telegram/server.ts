// The HTTP face of the fake Telegram: tokens, JSON and form bodies, long polls, webhook posts, and faults on demand.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readForm } from './form.ts'
import { callMethod } from './methods.ts'
import { Refusal, readParameters } from './parameters.ts'
import type { FakeFile, Recorded, Update, World } from './world.ts'

export type Fault =
  /** Answers rightly, but late. */
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'status'; readonly code: number }
  /** A proxy's page instead of JSON. */
  | { readonly kind: 'html'; readonly code?: number }
  /** Drops the connection in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** Does what was asked, then drops the connection: the bot can't know. */
  | { readonly kind: 'cut-after' }
  /** Takes the request and never answers. */
  | { readonly kind: 'black-hole' }
  | { readonly kind: 'flood'; readonly seconds: number }
  | { readonly kind: 'refuse'; readonly code: number; readonly description: string }

interface ActiveFault {
  readonly fault: Fault
  readonly methods: readonly string[] | null
  left: number
}

interface Poll {
  readonly offset: number
  readonly limit: number
  readonly respond: (status: number, body: unknown) => void
  readonly timer: NodeJS.Timeout
}

export class BotApiServer {
  readonly calls: Recorded[] = []
  readonly #world: World
  readonly #token: string
  readonly #server: Server
  #faults: ActiveFault[] = []
  #poll: Poll | null = null
  #watchers: (() => void)[] = []

  constructor(world: World, token: string) {
    this.#world = world
    this.#token = token
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async start(port: number): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    if (this.#poll) clearTimeout(this.#poll.timer)
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  /** Switches a fault on; returns what switches it off. */
  fault(fault: Fault, methods: readonly string[] | null, times: number): () => void {
    const active: ActiveFault = { fault, methods, left: times }
    this.#faults.push(active)
    return () => {
      this.#faults = this.#faults.filter((other) => other !== active)
    }
  }

  /** Drops every open connection once, the waiting poll included. */
  cutConnections(): void {
    this.#endPoll()
    this.#server.closeAllConnections()
  }

  /** As if another process began to poll with the same token. */
  rival(): void {
    this.#conflict('terminated by other getUpdates request; make sure that only one bot instance is running')
  }

  /** Resolves when `ready` holds; looked at after every call and every update. */
  async until(ready: () => boolean, what: string, withinMs: number): Promise<void> {
    if (ready()) return
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!ready()) return
        clearTimeout(timer)
        this.#watchers = this.#watchers.filter((other) => other !== look)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#watchers = this.#watchers.filter((other) => other !== look)
        reject(new Error(`the fake Telegram waited ${withinMs} ms in vain for ${what}`))
      }, withinMs)
      this.#watchers.push(look)
    })
  }

  /** New updates are there: hands them to the waiting poll, or posts them to the webhook. */
  deliver(): void {
    if (this.#poll && this.#pending(this.#poll.offset).length > 0) {
      const { offset, limit, respond } = this.#poll
      this.#endPoll()
      respond(200, { ok: true, result: this.#pending(offset).slice(0, limit) })
    }
    this.#look()
  }

  /** Posts one update to the webhook as Telegram does; answers the HTTP status the bot gave. */
  async post(update: Update, url: string, secret: string): Promise<number> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
      body: JSON.stringify(update),
    })
    await response.arrayBuffer()
    if (response.ok) this.#world.updates = this.#world.updates.filter((other) => other !== update)
    return response.status
  }

  #look(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  #pending(offset: number): readonly Update[] {
    return this.#world.updates.filter(({ update_id }) => update_id >= offset)
  }

  #endPoll(): void {
    if (this.#poll) clearTimeout(this.#poll.timer)
    this.#poll = null
  }

  #conflict(description: string): void {
    const poll = this.#poll
    this.#endPoll()
    poll?.respond(409, { ok: false, error_code: 409, description: `Conflict: ${description}` })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const match = /^\/bot([^/]+)\/(\w+)$/.exec((request.url ?? '').split('?')[0] ?? '')
    const respond = (status: number, body: unknown) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        date: new Date(this.#world.now()).toUTCString(),
      })
      response.end(JSON.stringify(body))
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (!match || !/^\d+:/.test(match[1] ?? '')) {
      return respond(404, { ok: false, error_code: 404, description: 'Not Found' })
    }
    if (match[1] !== this.#token) {
      return respond(401, { ok: false, error_code: 401, description: 'Unauthorized' })
    }
    await this.#call(match[2] as string, Buffer.concat(chunks), request, response, respond)
    this.#look()
  }

  async #call(
    method: string,
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    respond: (status: number, body: unknown) => void,
  ): Promise<void> {
    const { given, files, form } = readBody(body, request)
    const call: Recorded = { method, params: given, files, at: this.#world.now(), status: 0, description: '' }
    this.calls.push(call)
    const fault = this.#takeFault(method)
    if (fault && (await play(fault, response, respond, call))) return
    try {
      const params = readParameters(method, given, files, form)
      call.status = 200
      if (method === 'getUpdates') return this.#getUpdates(params, response, respond)
      const result = callMethod(this.#world, method, params)
      if (fault?.kind === 'cut-after') response.destroy()
      else respond(200, { ok: true, result })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      Object.assign(call, { status: error.code, description: error.message })
      const parameters = error.parameters ? { parameters: error.parameters } : {}
      respond(error.code, { ok: false, error_code: error.code, description: error.message, ...parameters })
    }
  }

  #takeFault(method: string): Fault | null {
    const active = this.#faults.find(({ methods, left }) => left > 0 && (methods === null || methods.includes(method)))
    if (!active) return null
    active.left -= 1
    return active.fault
  }

  #getUpdates(
    params: Readonly<Record<string, unknown>>,
    response: ServerResponse,
    respond: (status: number, body: unknown) => void,
  ): void {
    const world = this.#world
    if (world.webhook) {
      const description =
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
      respond(409, { ok: false, error_code: 409, description })
      return
    }
    this.rival()
    if (params.allowed_updates) world.allowed = params.allowed_updates as string[]
    const offset = Number(params.offset ?? 0)
    world.updates = world.updates.filter(({ update_id }) => update_id >= offset)
    const limit = Number(params.limit ?? 100)
    const pending = this.#pending(offset).slice(0, limit)
    const seconds = Number(params.timeout ?? 0)
    if (pending.length > 0 || seconds === 0) {
      respond(200, { ok: true, result: pending })
      return
    }
    const timer = setTimeout(() => {
      this.#endPoll()
      respond(200, { ok: true, result: [] })
    }, seconds * 1000)
    const poll = { offset, limit, respond, timer }
    this.#poll = poll
    response.on('close', () => {
      if (this.#poll === poll) this.#endPoll()
    })
  }
}

function readBody(body: Buffer, request: IncomingMessage) {
  const type = request.headers['content-type'] ?? ''
  const query = Object.fromEntries(new URL(request.url ?? '', 'http://fake').searchParams)
  if (type.includes('multipart/form-data')) {
    const { fields, files } = readForm(body, type)
    return { given: { ...query, ...fields } as Record<string, unknown>, files, form: true }
  }
  const none: readonly FakeFile[] = []
  if (body.length === 0) return { given: query as Record<string, unknown>, files: none, form: true }
  return { given: JSON.parse(body.toString('utf8')) as Record<string, unknown>, files: none, form: false }
}

/** Plays the fault; true when the request is done with. */
async function play(
  fault: Fault,
  response: ServerResponse,
  respond: (status: number, body: unknown) => void,
  call: Recorded,
): Promise<boolean> {
  const end = (status: number, description: string, parameters?: Record<string, unknown>) => {
    Object.assign(call, { status, description })
    respond(status, { ok: false, error_code: status, description, ...(parameters ? { parameters } : {}) })
    return true
  }
  switch (fault.kind) {
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms))
      return false
    case 'cut-after':
      return false
    case 'status':
      return end(fault.code, fault.code === 502 ? 'Bad Gateway' : 'Internal Server Error')
    case 'refuse':
      return end(fault.code, fault.description)
    case 'flood':
      return end(429, `Too Many Requests: retry after ${fault.seconds}`, { retry_after: fault.seconds })
    case 'html':
      call.status = fault.code ?? 200
      response.writeHead(fault.code ?? 200, { 'content-type': 'text/html' })
      response.end('<html><body>Please sign in to the network</body></html>')
      return true
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"ok":true,')
      response.destroy()
      return true
    case 'black-hole':
      return true
  }
}
