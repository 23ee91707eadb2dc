// What a chain's nodes say of it is kept once it is whole: a call that failed in passing is made up for with the next question.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { createL2Node } from '../../../src/rollup/l2/l2-node.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, RpcRefusal, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

let server: RpcServer
const limits = { signal: new AbortController().signal }
const main = `0x${'a1'.repeat(20)}`
const block = { number: '0x5', hash: `0x${'b2'.repeat(32)}`, timestamp: '0x6500aa00', l1BatchNumber: null }
const era = {
  eth_chainId: () => '0x144',
  eth_getBlockByNumber: () => block,
  zks_L1BatchNumber: () => '0x3',
  zks_L1ChainId: () => '0x1',
}

beforeEach(async () => {
  server = await startRpcServer(answerWith(era))
})
afterEach(() => server.stop())

function node() {
  const endpoint = createRpcEndpoint({ name: 'node', url: server.url, timeoutMs: 5000, random: () => 0 })
  return createL2Node({ endpoints: [endpoint], chainId: null, graceMs: 50 })
}

it('a contract that could not be told in passing is asked for again', async () => {
  const failing = () => {
    throw new RpcRefusal(-32603, 'Internal error')
  }
  server.handler = answerWith({ ...era, zks_getMainContract: failing })
  const l2 = node()
  expect(await l2.identity(limits)).toMatchObject({ known: true, identity: { chainId: 324, mainContract: null } })
  expect(l2.known()?.chainId).toBe(324)
  server.handler = answerWith({ ...era, zks_getMainContract: () => main })
  expect(await l2.identity(limits)).toMatchObject({ known: true, identity: { mainContract: main } })
  const before = server.requests.length
  await l2.identity(limits)
  expect(server.requests).toHaveLength(before)
})

it('a method that the node does not have is not asked for again', async () => {
  const l2 = node()
  expect(await l2.identity(limits)).toMatchObject({ known: true, identity: { mainContract: null } })
  const before = server.requests.length
  await l2.identity(limits)
  expect(server.requests).toHaveLength(before)
})
