// A JSON-RPC server on a free loopback port: single calls and batches, with the errors a real node gives.

import { type HttpServer, json, startHttpServer } from '../http-server.ts'
import type { Weather } from '../noise.ts'

export type Method = (params: readonly unknown[]) => unknown

export type JsonRpcServer = HttpServer

export class RpcFailure extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export const invalidParams = (what: string) => new RpcFailure(-32602, `Invalid params: ${what}`)

/** `methods` is asked at every call, so that a scenario may take one away or put another in its place. */
export function startJsonRpcServer(
  methods: () => Readonly<Record<string, Method>>,
  weather?: Weather,
): Promise<JsonRpcServer> {
  return startHttpServer((request, body) => {
    if (request.method === 'POST') return json(answerBody(body, methods()))
    return { status: 405, type: 'text/plain', body: 'Used HTTP Method is not allowed. POST is required' }
  }, weather)
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
