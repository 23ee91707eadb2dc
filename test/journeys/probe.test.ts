// The running bot looks at the probe account from its start on, and sends nothing.

import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { answerWith, type RpcServer, startRpcServer } from '../support/rpc-server.ts'
import { openStage, type Stage } from './stage.ts'

const account = `0x${'5a'.repeat(20)}`
let stage: Stage
let node: RpcServer

beforeAll(async () => {
  node = await startRpcServer(answerWith({ eth_chainId: () => '0x144', eth_getTransactionCount: () => '0x1' }))
  stage = await openStage()
}, 240_000)

afterAll(async () => {
  await stage?.end()
  await node?.stop()
})

it('asks for its nonces, latest and pending, before anybody asks anything', async () => {
  const asked = () => node.requests.flatMap(({ messages }) => messages)
  await stage.start({ L2_RPC_URLS: node.url, PROBE_ACCOUNT: account })
  await vi.waitUntil(() => asked().length >= 3, { timeout: 60_000, interval: 50 })
  const first = asked().slice(0, 3)
  expect(first.map(({ method, params }) => [method, ...params])).toEqual([
    ['eth_chainId'],
    ['eth_getTransactionCount', account, 'latest'],
    ['eth_getTransactionCount', account, 'pending'],
  ])
}, 120_000)
