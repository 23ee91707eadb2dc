// A real TCP proxy in front of a server: counts round trips, adds a delay to each, and can fall silent or cut the line.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TcpProxy {
  readonly port: number
  /** The given URL with this proxy in place of the host. */
  url(target: string): string
  /** Times that the client had to wait for an answer before it went on. */
  roundTrips(): number
  /** From now on nothing passes, and nobody hangs up. */
  fallSilent(): void
  close(): Promise<void>
}

export async function startTcpProxy(target: string, settings: { readonly delayMs?: number } = {}): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let trips = 0
  let silent = false
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let asking = false
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        if (!silent) for (const other of [client, upstream]) other.destroy()
      })
    }
    client.on('data', (data) => {
      if (!asking) trips += 1
      asking = true
      if (!silent) upstream.write(data)
    })
    upstream.on('data', async (data) => {
      const first = asking
      asking = false
      if (first && settings.delayMs) {
        // What follows while we wait must not overtake: the stream rests meanwhile.
        upstream.pause()
        await sleep(settings.delayMs)
        upstream.resume()
      }
      if (!silent) client.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    url(original) {
      const url = new URL(original)
      url.hostname = '127.0.0.1'
      url.port = String(address.port)
      return url.href
    },
    roundTrips: () => trips,
    fallSilent() {
      silent = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
