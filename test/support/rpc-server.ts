// A real HTTP server for JSON-RPC tests: answers as told, misbehaves as told, and counts what really came in.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RpcMessage {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

export interface RpcRequest {
  /** Every call of the HTTP request, one or many. */
  readonly messages: readonly RpcMessage[]
  readonly isBatch: boolean
  readonly headers: IncomingMessage['headers']
  readonly url: string
}

export type RpcHandler = (request: RpcRequest, response: ServerResponse) => void | Promise<void>

export interface RpcServer {
  readonly url: string
  readonly host: string
  /** HTTP requests so far. */
  readonly requests: readonly RpcRequest[]
  handler: RpcHandler
  stop(): Promise<void>
}

export async function startRpcServer(handler: RpcHandler): Promise<RpcServer> {
  const requests: RpcRequest[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    const request: RpcRequest = {
      messages: [body].flat(1) as RpcMessage[],
      isBatch: Array.isArray(body),
      headers: incoming.headers,
      url: incoming.url ?? '',
    }
    requests.push(request)
    await self.handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const self: RpcServer = {
    url: `http://${host}`,
    host,
    requests,
    handler,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

/** Answers each call by its method; a missing method gets -32601, as nodes do. */
export function answerWith(
  methods: Readonly<Record<string, (params: readonly unknown[]) => unknown>>,
): (request: RpcRequest, response: ServerResponse) => void {
  return ({ messages, isBatch }, response) => {
    const answers = messages.map(({ id, method, params }) => {
      const answer = methods[method]
      if (!answer) return { jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found` } }
      try {
        return { jsonrpc: '2.0', id, result: answer(params) ?? null }
      } catch (error) {
        return {
          jsonrpc: '2.0',
          id,
          error: error instanceof RpcRefusal ? error.error : { code: -32603, message: 'Internal error' },
        }
      }
    })
    sendJson(response, isBatch ? answers : answers[0])
  }
}

/** Thrown by a method of `answerWith` to answer with a JSON-RPC error. */
export class RpcRefusal extends Error {
  readonly error: { readonly code: number; readonly message: string }
  constructor(code: number, message: string) {
    super(message)
    this.error = { code, message }
  }
}

/** Passes requests on to a real node and counts them: round trips are measured, not assumed. */
export function passOnTo(url: string): RpcHandler {
  return async ({ messages, isBatch }, response) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(isBatch ? messages : messages[0]),
    })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  }
}
