// An HTTP server on a free loopback port that can be told to misbehave the way servers in trouble do.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { clearWeather, type Weather } from './noise.ts'

/** `flapping`: every second request fails. `slow`: answers, but later than anybody should wait. */
export type HttpTrouble = 'none' | 'down' | 'hanging' | 'slow' | 'flapping' | 'error' | 'web-page' | 'rate-limited'

export interface HttpAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

export interface HttpServer {
  readonly url: string
  trouble(kind: HttpTrouble): void
  stop(): Promise<void>
}

export const slowMs = 8000

export const json = (body: unknown, status = 200): HttpAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})

export type Responder = (request: IncomingMessage, body: string) => HttpAnswer | Promise<HttpAnswer>

export async function startHttpServer(respond: Responder, weather: Weather = clearWeather): Promise<HttpServer> {
  let trouble: HttpTrouble = 'none'
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    const now = trouble === 'flapping' && requests % 2 === 0 ? 'none' : trouble
    const { lost, delayMs } = weather.next()
    void deal({ trouble: lost ? 'down' : now, delayMs }, request, response, respond)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    trouble(kind) {
      trouble = kind
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const failures: Partial<Record<HttpTrouble, HttpAnswer>> = {
  flapping: { status: 502, type: 'text/plain', body: 'Bad Gateway' },
  error: json({ message: 'Internal server error', statusCode: 500 }, 500),
  'web-page': { status: 200, type: 'text/html', body: '<!doctype html><title>Just a moment…</title>' },
  'rate-limited': json({ code: 429, message: 'Too many requests' }, 429),
}

async function deal(
  { trouble, delayMs }: { readonly trouble: HttpTrouble; readonly delayMs: number },
  request: IncomingMessage,
  response: ServerResponse,
  respond: Responder,
): Promise<void> {
  if (delayMs > 0 && !(await waitFor(delayMs, response))) return
  if (trouble === 'down') return void request.socket.destroy()
  if (trouble === 'hanging') return
  if (trouble === 'slow' && !(await waitFor(slowMs, response))) return
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    // Whoever asked has gone away.
    return
  }
  const { status, type, body } = failures[trouble] ?? (await respond(request, Buffer.concat(chunks).toString()))
  response.writeHead(status, { 'content-type': type }).end(body)
}

/** False when whoever asked has gone away in the meantime. */
function waitFor(ms: number, response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, true)
    response.once('close', () => {
      clearTimeout(timer)
      resolve(false)
    })
  })
}
