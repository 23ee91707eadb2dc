// Two sources that show one height with different hashes are told apart, also where their heads differ.

import { afterEach, describe, expect, it } from 'vitest'
import { divergenceFinding } from '../../../src/rollup/outage/divergence.ts'
import { createFirstSeen } from '../../../src/rollup/outage/sources/first-seen.ts'
import { type L2Look, lookAtL2 } from '../../../src/rollup/outage/sources/l2.ts'
import { createDepositWatch } from '../../../src/rollup/outage/sources/waiting-deposits.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

const servers: RpcServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const at = 1_700_000_000
const hashOf = (number: number, fork: string) => `0x${fork.repeat(32)}${number.toString(16).padStart(32, '0')}`

/** A node at this height, whose blocks from `forkedFrom` on are its own. */
async function node(head: number, forkedFrom = Number.POSITIVE_INFINITY): Promise<RpcServer> {
  const server = await startRpcServer(
    answerWith({
      eth_chainId: () => '0x144',
      eth_getBlockByNumber: ([tag]) => {
        const number = tag === 'latest' ? head : Number(tag)
        if (number > head) return null
        const fork = number >= forkedFrom ? 'b' : 'a'
        return { number: `0x${number.toString(16)}`, hash: hashOf(number, fork), timestamp: at + number }
      },
    }),
  )
  servers.push(server)
  return server
}

async function look(...nodes: readonly RpcServer[]): Promise<readonly L2Look[]> {
  const watched = nodes.map(({ url }, index) => ({
    endpoint: createRpcEndpoint({ url, name: `node${index + 1}`, timeoutMs: 2000 }),
    operator: `operator${index + 1}`,
  }))
  return lookAtL2(watched, {
    chainId: null,
    tx: null,
    firstSeen: createFirstSeen(() => new Date(at * 1000)),
    depositWatch: createDepositWatch(() => new Date(at * 1000)),
    signal: new AbortController().signal,
    spacingMs: 50,
  })
}

const found = (l2: readonly L2Look[]) => divergenceFinding({ l2, explorers: [], database: null })

describe('nodes at different heights', () => {
  it('are compared at the lower one, and agree', async () => {
    const l2 = await look(await node(120), await node(100))
    expect(l2.map(({ common }) => common?.number)).toEqual([100, 100])
    expect(found(l2)).toEqual([])
  })

  it('are named where the lower one is on a fork', async () => {
    const [finding] = found(await look(await node(120), await node(100, 95)))
    expect(finding).toMatchObject({ code: 'heads-diverge', values: { block: 100, names: ['node1', 'node2'] } })
  })

  it('agree where the fork begins above what both have', async () => {
    expect(found(await look(await node(120, 110), await node(100)))).toEqual([])
  })

  it('are not compared where one is alone', async () => {
    const [alone] = await look(await node(120))
    expect(alone?.common).toBeNull()
    expect(servers[0]?.requests.flatMap(({ messages }) => messages).map(({ params }) => params[0])).not.toContain(
      '0x78',
    )
  })
})

describe('sources of other kinds', () => {
  const head = (number: number, fork: string) => ({ number, hash: hashOf(number, fork), time: at + number })
  const explorer = (fork: string) => ({
    ...{ name: 'pages', operator: 'operator3', trouble: null, sealedBatch: null },
    head: head(100, fork),
  })

  it.each([
    ['a', 0],
    ['b', 1],
  ])('an explorer with hash %s at the same height: %i findings', async (fork, findings) => {
    const l2 = await look(await node(100))
    expect(divergenceFinding({ l2, explorers: [explorer(fork)], database: null })).toHaveLength(findings)
  })

  it('one in trouble shows nothing that could be compared', async () => {
    const l2 = await look(await node(100))
    const trouble = { kind: 'http', text: 'answered with HTTP 500' }
    expect(divergenceFinding({ l2, explorers: [{ ...explorer('b'), trouble }], database: null })).toEqual([])
  })

  it('one whose machines disagree is named alone', async () => {
    const [one] = await look(await node(100))
    if (one === undefined) throw new Error('no look')
    const observation = { ...one.observation, samples: [head(100, 'a'), head(100, 'b')] }
    const [finding] = divergenceFinding({ l2: [{ ...one, observation }], explorers: [], database: null })
    expect(finding?.values.names).toEqual(['node1'])
    expect(finding?.text).toMatch(/its machines disagree/)
  })
})
