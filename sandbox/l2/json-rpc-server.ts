// A JSON-RPC server on a free loopback port: single calls and batches, with the errors a real node gives.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type Method = (params: readonly unknown[]) => unknown

export interface JsonRpcServer {
  readonly url: string
  stop(): Promise<void>
}

export class RpcFailure extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export const invalidParams = (what: string) => new RpcFailure(-32602, `Invalid params: ${what}`)

/** `methods` is asked at every call, so that a scenario may take one away or put another in its place. */
export async function startJsonRpcServer(methods: () => Readonly<Record<string, Method>>): Promise<JsonRpcServer> {
  const server = createServer((request, response) => void respond(request, response, methods))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  methods: () => Readonly<Record<string, Method>>,
): Promise<void> {
  if (request.method !== 'POST')
    return void response.writeHead(405).end('Used HTTP Method is not allowed. POST is required')
  const body = await readBody(request)
  const answer = answerBody(body, methods())
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function answerBody(body: string, methods: Readonly<Record<string, Method>>): unknown {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } }
  }
  if (!Array.isArray(parsed)) return answerCall(parsed, methods)
  if (parsed.length === 0) return { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid request' } }
  return parsed.map((call) => answerCall(call, methods))
}

interface Call {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

function answerCall(call: unknown, methods: Readonly<Record<string, Method>>): unknown {
  const { id = null, method, params = [] } = (typeof call === 'object' && call !== null ? call : {}) as Call
  const fail = (code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } })
  if (typeof method !== 'string') return fail(-32600, 'Invalid request')
  const known = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (known === undefined) return fail(-32601, 'Method not found')
  try {
    return { jsonrpc: '2.0', id, result: known(Array.isArray(params) ? params : []) }
  } catch (error) {
    if (error instanceof RpcFailure) return fail(error.code, error.message)
    throw error
  }
}
