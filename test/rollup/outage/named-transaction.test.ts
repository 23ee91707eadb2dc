// The transaction the asker names, as nodes tell of it: when it is evidence, and when it waits for a reason of its own.

import { afterEach, describe, expect, it } from 'vitest'
import { namedDemand, namedFinding } from '../../../src/rollup/outage/named-transaction.ts'
import { createFirstSeen } from '../../../src/rollup/outage/sources/first-seen.ts'
import { type L2Look, lookAtL2, type NamedTransaction } from '../../../src/rollup/outage/sources/l2.ts'
import { createDepositWatch } from '../../../src/rollup/outage/sources/waiting-deposits.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

const servers: RpcServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const tx = `0x${'ab'.repeat(32)}`
const at = 1_700_000_000
const receivedAt = new Date((at - 90) * 1000).toISOString()
const details = {
  isL1Originated: false,
  status: 'pending',
  fee: '0x0',
  gasPerPubdata: '0x0',
  initiatorAddress: `0x${'11'.repeat(20)}`,
  receivedAt,
  ethCommitTxHash: null,
  ethProveTxHash: null,
  ethExecuteTxHash: null,
}

interface Node {
  /** What the node knows of the transaction; null: nothing. */
  readonly sent: Readonly<Record<string, unknown>> | null
  readonly nextNonce: number
  readonly tellsDetails: boolean
}

async function lookAt({ sent, nextNonce, tellsDetails }: Node, now = at): Promise<readonly L2Look[]> {
  const from = `0x${'11'.repeat(20)}`
  const server = await startRpcServer(
    answerWith({
      eth_chainId: () => '0x144',
      eth_getBlockByNumber: () => ({
        number: '0x64',
        hash: `0x${'c'.repeat(64)}`,
        timestamp: at - 600,
        baseFeePerGas: '0x64',
      }),
      eth_getTransactionByHash: () => sent && { from, nonce: 7, blockNumber: null, maxFeePerGas: '0x64', ...sent },
      eth_getTransactionCount: () => nextNonce,
      ...(tellsDetails ? { zks_getTransactionDetails: () => details } : {}),
    }),
  )
  servers.push(server)
  const endpoint = createRpcEndpoint({ name: 'node', url: server.url, timeoutMs: 5000 })
  const firstSeen = createFirstSeen(() => new Date(now * 1000))
  const depositWatch = createDepositWatch(() => new Date(now * 1000))
  const { signal } = new AbortController()
  return lookAtL2([{ endpoint, operator: 'us' }], { chainId: 324, tx, firstSeen, depositWatch, signal, spacingMs: 1 })
}

const good: Node = { sent: {}, nextNonce: 7, tellsDetails: true }
const since = (l2: readonly L2Look[]) => namedDemand({ l2, tx }).map((one) => one.since)

describe('a transaction on one node', () => {
  it('that the sequencer could take now is evidence from when the node got it', async () => {
    const l2 = await lookAt(good)
    expect(since(l2)).toEqual([at - 90])
    expect(namedFinding(tx, l2).text).toBe(
      `Transaction 0xabab…abab waits since ${receivedAt.replace('.000Z', 'Z')}; it is the next one of its account and pays enough.`,
    )
  })

  it.each<[string, Partial<Node>, RegExp]>([
    ['whose nonce is not the next one', { nextNonce: 6 }, /an earlier nonce is missing/],
    ['that pays less than the block asks for', { sent: { maxFeePerGas: '0x63' } }, /its fee is too low/],
    ['of an old kind that pays too little', { sent: { maxFeePerGas: null, gasPrice: '0x63' } }, /its fee is too low/],
    ['that is in a block', { sent: { blockNumber: '0x64' } }, /is in block 100/],
    ['that the node does not know', { sent: null }, /No L2 endpoint knows/],
  ])('%s is none', async (_, change, sentence) => {
    const l2 = await lookAt({ ...good, ...change })
    expect(since(l2)).toEqual([])
    expect(namedFinding(tx, l2).text).toMatch(sentence)
  })

  it('of a node that does not tell when it came counts from when it was first seen here', async () => {
    expect(since(await lookAt({ ...good, tellsDetails: false }))).toEqual([at])
  })
})

describe('of several nodes', () => {
  const seen = (named: NamedTransaction | null) => ({ named }) as unknown as L2Look
  const waits = (from: number) => seen({ state: 'pending', since: from, next: true })

  it('the first that got it counts, in whatever order they are asked', () => {
    expect(since([waits(100), waits(50), seen(null)])).toEqual([50])
    expect(since([seen(null), waits(50), waits(100)])).toEqual([50])
  })

  it('one that has it in a block settles it', () => {
    expect(since([waits(100), seen({ state: 'included', block: 9 })])).toEqual([])
  })
})

it('remembers the first time of so many names, and forgets the oldest', () => {
  let now = 0
  const firstSeen = createFirstSeen(() => new Date(now * 1000))
  for (now = 0; now <= 100; now += 1) expect(firstSeen.since(`name ${now}`)).toBe(now)
  expect(firstSeen.since('name 1')).toBe(1)
  expect(firstSeen.since('name 0')).toBe(101)
})
