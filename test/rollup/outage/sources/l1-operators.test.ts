// Who commits where no commit is in sight: the node's hint is followed to L1, and only the diamond's own event makes it count.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { numberTopic, topicOf } from '../../../../src/rollup/l1/contracts.ts'
import { createOperators, type KnownOperator } from '../../../../src/rollup/outage/sources/l1-operators.ts'
import { createRpcEndpoint } from '../../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, type RpcServer, startRpcServer } from '../../../support/rpc-server.ts'

const diamond = `0x${'d1'.repeat(20)}`
const sender = `0x${'5e'.repeat(20)}`
const named = `0x${'c0'.repeat(32)}`
const word = `0x${'ab'.repeat(32)}`

let server: RpcServer
let receipt: object | null
let kept: readonly KnownOperator[]

beforeEach(async () => {
  kept = []
  receipt = receiptOf()
  server = await startRpcServer(
    answerWith({
      eth_getTransactionReceipt: ([hash]) => (hash === named ? receipt : null),
      eth_getTransactionByHash: ([hash]) => (hash === named ? { from: sender } : null),
      eth_getBalance: () => '0x5af3107a4000',
      eth_getTransactionCount: ([, at]) => (at === 'pending' ? '0x9' : '0x5'),
    }),
  )
})
afterEach(() => server.stop())

function receiptOf({ from = diamond, event = 'BlockCommit' as const, status = '0x1' }: Partial<Told> = {}): object {
  const log = { address: from, topics: [topicOf(event), numberTopic(7), word, word], data: '0x', blockNumber: '0x1' }
  return { transactionHash: named, blockHash: word, blockNumber: '0x1', status, from: sender, logs: [log] }
}
interface Told {
  readonly from: string
  readonly event: 'BlockCommit' | 'BlockExecution'
  readonly status: string
}

function operators() {
  const made = createOperators({
    operators: () => kept,
    keepOperators: (next) => {
      kept = next
    },
  })
  const endpoint = createRpcEndpoint({ name: 'l1', url: server.url, timeoutMs: 5000, random: () => 0 })
  const learn = (commit: string | null = named) => {
    const hints = Promise.resolve({ commit, execute: null })
    return made.learn({ events: [], endpoint, diamond, named: hints, signal: new AbortController().signal })
  }
  return { made, learn }
}

describe('the account that commits', () => {
  it('is found by the transaction that the node names, with its purse and its queue', async () => {
    const { made, learn } = operators()
    expect(made.lacksOne()).toBe(true)
    await learn()
    expect(made.states()).toEqual([{ stage: 'commit', address: sender, balance: '100000000000000', pending: 4 }])
    expect(made.findings().map(({ code }) => code)).toEqual(['operator-balance-low', 'operator-transactions-pending'])
    expect(kept).toEqual([{ stage: 'commit', hash: named, from: sender }])
  })

  it('costs no further round trip once it is known', async () => {
    const { made, learn } = operators()
    await learn()
    const before = server.requests.length
    await learn()
    expect(server.requests).toHaveLength(before)
    expect(made.ask().calls.length).toBeGreaterThan(0)
  })

  it.each([
    ['of another contract', { from: `0x${'ee'.repeat(20)}` }],
    ['of another stage', { event: 'BlockExecution' as const }],
    ['that failed', { status: '0x0' }],
  ])('is not taken from a transaction %s, which is read once only', async (_, told) => {
    receipt = receiptOf(told)
    const { made, learn } = operators()
    await learn()
    expect([made.states(), kept]).toEqual([[], []])
    await learn()
    expect(server.requests).toHaveLength(1)
  })

  it('is looked for again where L1 did not have the transaction yet, or the node named none', async () => {
    receipt = null
    const { made, learn } = operators()
    await learn(null)
    expect(server.requests).toHaveLength(0)
    await learn()
    receipt = receiptOf()
    await learn()
    expect(made.states()).toHaveLength(1)
  })

  it('shows no purse of an earlier look', async () => {
    const { made, learn } = operators()
    await learn()
    made.begin()
    expect(made.states()).toEqual([{ stage: 'commit', address: sender, balance: null, pending: null }])
  })
})
