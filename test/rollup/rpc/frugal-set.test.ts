// Endpoints asked one after the other: the next one only where it is needed, and never more calls than allowed.

import { afterEach, describe, expect, it } from 'vitest'
import { counted, createAllowance, createFrugalSet } from '../../../src/rollup/rpc/frugal-set.ts'
import { createRpcEndpoint, rpcCall } from '../../../src/rollup/rpc/json-rpc.ts'
import { quantity } from '../../../src/rollup/rpc/rpc-values.ts'
import { answerWith, type RpcHandler, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

const servers: RpcServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const blockNumber = rpcCall('eth_blockNumber', [], quantity)
const { signal } = new AbortController()
const good = answerWith({ eth_chainId: () => '0x1', eth_blockNumber: () => '0x7' })

/** Patient, so that a busy machine is not taken for a slow endpoint. */
async function setOf(handlers: readonly RpcHandler[], { most = 40, patienceMs = 20_000 } = {}) {
  const started = await Promise.all(handlers.map(startRpcServer))
  servers.push(...started)
  const allowance = createAllowance(most)
  const endpoints = started.map(({ url }, at) =>
    counted(createRpcEndpoint({ name: `e${at}`, url, timeoutMs: 20_000 }), allowance),
  )
  const asked = () => started.map(({ requests }) => requests.flatMap(({ messages }) => messages).length)
  return { set: createFrugalSet({ endpoints, chainId: () => 1, patienceMs }), asked }
}

describe('a frugal set of endpoints', () => {
  it('asks the first one alone where it can answer', async () => {
    const { set, asked } = await setOf([good, good])
    const { voices } = await set.ask([blockNumber], { signal })
    expect(voices.map(({ endpoint }) => endpoint.name)).toEqual(['e0'])
    expect(asked()).toEqual([2, 0])
  })

  it('asks the next one where an answer is not enough', async () => {
    const { set } = await setOf([good, good])
    const { voices } = await set.ask([blockNumber], { signal, isComplete: () => false })
    expect(voices).toHaveLength(2)
  })

  it.each<[string, RpcHandler]>([
    ['is silent', () => undefined],
    ['is on another chain', answerWith({ eth_chainId: () => '0x2', eth_blockNumber: () => '0x9' })],
    ['knows nothing', answerWith({})],
  ])('gives one up that %s, and does not ask it again', async (_, ill) => {
    const { set, asked } = await setOf([ill, good], { patienceMs: 300 })
    const first = await set.ask([blockNumber], { signal })
    expect(first.voices.map(({ endpoint }) => endpoint.name)).toEqual(['e1'])
    const before = asked()[0]
    await set.ask([blockNumber], { signal })
    expect(asked()[0]).toBeLessThanOrEqual(before ?? 0)
  })

  it('makes no call beyond what is allowed, a batch whole or not at all', async () => {
    const { set, asked } = await setOf([good], { most: 4 })
    expect((await set.ask([blockNumber, blockNumber], { signal })).voices).toHaveLength(1)
    expect((await set.ask([blockNumber, blockNumber], { signal })).voices).toHaveLength(0)
    expect(asked()).toEqual([3])
  })
})
