// A TCP proxy in front of Postgres that sees every message of a client, and can cut the line before or after any of them.

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** What to do with one message of a client. After `swallow` the server hears nothing more of it, not even that it went. */
export type Decision = 'pass' | 'cut-before' | 'cut-after' | 'swallow'

/** Exactly that statement: BEGIN names the isolation level READ COMMITTED. */
export function isCommit(letter: string, message: Buffer): boolean {
  return letter === 'Q' && message.subarray(5).toString() === 'COMMIT\0'
}

export interface CuttingProxy {
  /** The server's URL, through the proxy. */
  readonly url: string
  /** Decides on every message before the server gets it, by its letter (`start` for the first one, which has none). */
  onMessage: (letter: string, body: Buffer) => Decision | Promise<Decision>
  /** New lines are refused while true. */
  closed: boolean
  stop(): Promise<void>
}

export async function startCuttingProxy(serverUrl: string): Promise<CuttingProxy> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  }
  const server = createServer((client) => {
    keep(client)
    if (proxy.closed) {
      client.destroy()
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    keep(upstream)
    const line: Line = { client, upstream, cut: false, silent: false }
    upstream.on('data', (chunk) => line.cut || client.write(chunk))
    upstream.on('close', () => client.destroy())
    client.on('close', () => line.silent || upstream.end())
    void carry(line, (letter, body) => proxy.onMessage(letter, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(serverUrl)
  url.port = String((server.address() as AddressInfo).port)
  const proxy: CuttingProxy = {
    url: url.href,
    onMessage: () => 'pass',
    closed: false,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

interface Line {
  readonly client: Socket
  readonly upstream: Socket
  cut: boolean
  /** As when a firewall forgets a connection. */
  silent: boolean
}

async function carry(line: Line, decide: CuttingProxy['onMessage']): Promise<void> {
  try {
    let first = true
    for await (const { letter, bytes } of messagesOf(line.client, () => first)) {
      first = false
      const decision = line.silent ? 'swallow' : await decide(letter, bytes)
      if (decision === 'swallow') {
        line.silent = true
        continue
      }
      if (decision !== 'pass') line.cut = true
      if (decision !== 'cut-before') line.upstream.write(bytes)
      if (decision === 'pass') continue
      line.client.destroy()
      line.upstream.end()
      return
    }
  } catch {
    // The client is gone, which is what these tests are about.
  }
}

/** The wire format: a letter and a length, except for the very first message, which is a length alone. */
async function* messagesOf(socket: Socket, isFirst: () => boolean): AsyncGenerator<{ letter: string; bytes: Buffer }> {
  let rest = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const head = isFirst() ? 0 : 1
      if (rest.length < head + 4) break
      const length = head + rest.readInt32BE(head)
      if (rest.length < length) break
      const bytes = rest.subarray(0, length)
      rest = rest.subarray(length)
      yield { letter: head === 0 ? 'start' : String.fromCharCode(bytes[0] ?? 0), bytes }
    }
  }
}
