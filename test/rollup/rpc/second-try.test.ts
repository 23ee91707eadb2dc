// What is asked once more: failures that pass by themselves, and nothing that is final.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { createRpcEndpoint, rpcCall } from '../../../src/rollup/rpc/json-rpc.ts'
import { betterOf } from '../../../src/rollup/rpc/second-try.ts'
import { answerWith, type RpcServer, sendJson, startRpcServer } from '../../support/rpc-server.ts'

let server: RpcServer
const limits = { signal: new AbortController().signal }
const chainId = rpcCall('eth_chainId', [], z.string())
const head = rpcCall('eth_blockNumber', [], z.string())
const works = answerWith({ eth_chainId: () => '0x1', eth_blockNumber: () => '0x2a' })

beforeEach(async () => {
  server = await startRpcServer(works)
})
afterEach(() => server.stop())

/** Two calls in one request, of which the second fails the first time. */
async function askTwo(error: { readonly code: number; readonly message: string }) {
  server.handler = (request, response) => {
    if (server.requests.length > 1) return works(request, response)
    const [one, two] = request.messages
    sendJson(response, [
      { jsonrpc: '2.0', id: one?.id, result: '0x1' },
      { jsonrpc: '2.0', id: two?.id, error },
    ])
  }
  const endpoint = createRpcEndpoint({ name: 'retry-node', url: server.url, timeoutMs: 5000, random: () => 0 })
  const [, answer] = await endpoint.batch([chainId, head], limits)
  return { answer, asked: server.requests.map(({ messages }) => messages.map(({ method }) => method)) }
}

it.each([
  [-32603, 'Internal error'],
  [-32000, 'backend is unhealthy'],
  [-32000, 'header not found'],
  [-32603, ''],
])('once more, alone: %i %s', async (code, message) => {
  const { answer, asked } = await askTwo({ code, message })
  expect(answer).toEqual({ ok: true, value: '0x2a' })
  expect(asked).toEqual([['eth_chainId', 'eth_blockNumber'], ['eth_blockNumber']])
})

it.each([
  [3, 'execution reverted'],
  [-32603, 'VM Exception while processing transaction: revert'],
  [-32015, 'VM execution error.'],
  [-32601, 'Method not found'],
  [-32602, 'Block with number 5 is pruned'],
  // The endpoint's own name is no reason.
  [-32000, 'gas required exceeds allowance'],
])('never again: %i %s', async (code, message) => {
  const { answer, asked } = await askTwo({ code, message })
  expect(answer?.ok).toBe(false)
  expect(asked).toHaveLength(1)
})

it('HTTP 500 for a moment costs nothing but the moment', async () => {
  server.handler = (request, response) =>
    server.requests.length > 1 ? works(request, response) : void response.writeHead(500).end('oops')
  const endpoint = createRpcEndpoint({ name: 'node', url: server.url, timeoutMs: 5000, random: () => 0 })
  expect(await endpoint.call(chainId, limits)).toEqual({ ok: true, value: '0x1' })
})

it('an endpoint that fails for good is not asked call by call a second time', async () => {
  server.handler = (_, response) => void response.writeHead(500).end('oops')
  const endpoint = createRpcEndpoint({ name: 'node', url: server.url, timeoutMs: 5000, random: () => 0 })
  await endpoint.batch([chainId, head], limits)
  // The batch, each call for itself in case it takes no batches, and the batch once more.
  expect(server.requests.map(({ messages }) => messages.length)).toEqual([2, 1, 1, 2])
})

it('a second try that ran out of time leaves the first failure standing', () => {
  const failed = (kind: 'rpc-error' | 'timeout') =>
    ({
      ok: false,
      failure: { endpoint: 'node', kind, method: null, text: kind, code: null, retryAfterMs: null },
    }) as const
  const good = { ok: true, value: '0x1' } as const
  expect(betterOf(failed('rpc-error'), failed('timeout'))).toEqual(failed('rpc-error'))
  expect(betterOf(failed('timeout'), failed('rpc-error'))).toEqual(failed('rpc-error'))
  expect(betterOf(failed('rpc-error'), good)).toEqual(good)
})
