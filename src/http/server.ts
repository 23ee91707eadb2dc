// /healthz, /readyz and /metrics: for the machine that runs the bot, never for people; nothing here says anything secret.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UserError } from '../core/errors.ts'
import type { Health } from '../platforms/platform.ts'

export interface HttpParts {
  readonly port: number
  readonly platforms: () => readonly { readonly name: string; readonly health: Health }[]
  /** Is the state store reachable? */
  readonly recording: () => boolean
  readonly requests: RequestCounter
}

export interface RequestCounter {
  count(outcome: string, seconds: number): void
  read(): readonly { readonly outcome: string; readonly count: number; readonly seconds: number }[]
}

/** How many requests ended how, and how long they took together. */
export function createRequestCounter(): RequestCounter {
  const totals = new Map<string, { count: number; seconds: number }>()
  return {
    count(outcome, seconds) {
      const total = totals.get(outcome) ?? { count: 0, seconds: 0 }
      totals.set(outcome, { count: total.count + 1, seconds: total.seconds + seconds })
    },
    read: () => [...totals].map(([outcome, total]) => ({ outcome, ...total })),
  }
}

/** Ready: every platform that is configured works. One that doesn't is named with its reason. */
export async function startHttpServer(parts: HttpParts): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { status, type, body } = answer(request.url ?? '/', parts)
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
  })
  await listen(server, parts.port)
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(url: string, parts: HttpParts): { status: number; type: string; body: string } {
  switch (url.split('?', 1)[0]) {
    case '/healthz':
      return { status: 200, type: 'application/json', body: '{"alive":true}' }
    case '/readyz': {
      const platforms = parts.platforms().map(({ name, health }) => ({ name, ...health }))
      const ready = platforms.every((platform) => platform.ready)
      const body = JSON.stringify({ ready, recording: parts.recording(), platforms })
      return { status: ready ? 200 : 503, type: 'application/json', body }
    }
    case '/metrics':
      return { status: 200, type: 'text/plain; version=0.0.4', body: metrics(parts) }
    default:
      return { status: 404, type: 'text/plain', body: 'try /healthz, /readyz or /metrics\n' }
  }
}

function metrics(parts: HttpParts): string {
  const requests = parts.requests.read()
  return [
    '# TYPE rollcall_platform_ready gauge',
    ...parts
      .platforms()
      .map(({ name, health }) => `rollcall_platform_ready{platform="${name}"} ${Number(health.ready)}`),
    '# TYPE rollcall_recording gauge',
    `rollcall_recording ${Number(parts.recording())}`,
    '# TYPE rollcall_requests_total counter',
    ...requests.map(({ outcome, count }) => `rollcall_requests_total{outcome="${outcome}"} ${count}`),
    '# TYPE rollcall_request_seconds_total counter',
    ...requests.map(({ outcome, seconds }) => `rollcall_request_seconds_total{outcome="${outcome}"} ${seconds}`),
    '',
  ].join('\n')
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(`HTTP_PORT ${port} can't be listened on (${error.code}).\nChoose a free port.`, 'not-configured'),
      )
    })
    server.listen(port, () => resolve())
  })
}
