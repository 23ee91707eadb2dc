// Deposits in a node's pool: when a bare count becomes evidence that nobody makes blocks, and when it must not.

import { afterEach, describe, expect, it } from 'vitest'
import { createFirstSeen } from '../../../../src/rollup/outage/sources/first-seen.ts'
import { lookAtL2 } from '../../../../src/rollup/outage/sources/l2.ts'
import {
  createDepositWatch,
  depositDemand,
  depositFinding,
} from '../../../../src/rollup/outage/sources/waiting-deposits.ts'
import { defaultThresholds } from '../../../../src/rollup/outage/thresholds.ts'
import { createRpcEndpoint } from '../../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, type RpcServer, startRpcServer } from '../../../support/rpc-server.ts'

const servers: RpcServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const start = 1_780_000_000
const hex = (value: number) => `0x${value.toString(16)}`

interface Shown {
  head: number
  /** Undefined: it has no such method. */
  pool: unknown
}

async function scene(...shown: readonly Shown[]) {
  let now = start
  const watched = await Promise.all(
    shown.map(async (one, at) => {
      const server = await startRpcServer(
        answerWith({
          eth_chainId: () => '0x144',
          eth_getBlockByNumber: () => ({
            number: hex(one.head),
            hash: `0x${one.head.toString(16).padStart(64, '0')}`,
            timestamp: hex(start - 1000 + one.head),
          }),
          ...(one.pool !== undefined && { unstable_l1ToL2TxsStatus: () => one.pool }),
        }),
      )
      servers.push(server)
      const endpoint = createRpcEndpoint({ url: server.url, name: `node${at + 1}`, timeoutMs: 2000 })
      return { endpoint, operator: `operator${at + 1}` }
    }),
  )
  const clock = () => new Date(now * 1000)
  const question = {
    chainId: null,
    tx: null,
    firstSeen: createFirstSeen(clock),
    depositWatch: createDepositWatch(clock),
  }
  const look = () => lookAtL2(watched, { ...question, signal: AbortSignal.timeout(20_000), spacingMs: 0 })
  return {
    /** What counts as demand, this many seconds later. */
    async later(seconds: number) {
      now += seconds
      const looks = await look()
      return {
        demand: depositDemand(looks, now, defaultThresholds).filter(({ doubt }) => doubt === undefined),
        doubts: depositDemand(looks, now, defaultThresholds).flatMap(({ doubt }) => doubt ?? []),
        findings: depositFinding(looks, now, defaultThresholds),
      }
    },
  }
}

const pool = (count: number, paused = false) => ({ l1ToL2TxsInMempool: count, l1ToL2TxsPaused: paused })
const { demandGrace } = defaultThresholds

describe('deposits in a node’s pool', () => {
  it('are said at the first look, and are evidence once they have stayed for the grace behind one block', async () => {
    const { later } = await scene({ head: 500, pool: pool(3) })
    const first = await later(0)
    expect(first.demand).toEqual([])
    expect(first.doubts).toEqual([expect.stringContaining('ask again')])
    expect(first.findings).toMatchObject([{ code: 'waiting-deposits', values: { waiting: 3, evidence: false } }])
    expect(first.findings[0]?.text).toContain('ask again then')
    expect((await later(demandGrace - 1)).demand).toEqual([])
    const last = await later(1)
    expect(last.demand).toMatchObject([{ kind: 'waiting-deposit', witness: 'l2-rpc', since: start }])
    expect(last.findings).toMatchObject([{ values: { seenSeconds: demandGrace, evidence: true } }])
  })

  it('begin anew with every block: others wait now', async () => {
    const node = { head: 500, pool: pool(2) }
    const { later } = await scene(node)
    await later(0)
    node.head = 501
    expect((await later(demandGrace + 10)).demand).toEqual([])
    expect((await later(demandGrace)).demand).toHaveLength(1)
  })

  it('begin anew once none was seen, and where a look was not told', async () => {
    for (const gap of [pool(0), { l1ToL2TxsPaused: false }, 'busy']) {
      const node: Shown = { head: 500, pool: pool(2) }
      const { later } = await scene(node)
      await later(0)
      node.pool = gap
      expect((await later(demandGrace)).demand).toEqual([])
      node.pool = pool(2)
      expect((await later(1)).demand).toEqual([])
    }
  })

  it('wait for something else while they are paused', async () => {
    const { later } = await scene({ head: 500, pool: pool(2, true) })
    await later(0)
    expect(await later(3600)).toEqual({ demand: [], doubts: [], findings: [] })
  })

  it.each<[string, unknown]>([
    ['has none', pool(0)],
    ['has no such method', undefined],
    ['answers something else', { l1ToL2TxsInMempool: '-3', l1ToL2TxsPaused: false }],
  ])('are nothing where the node %s', async (_, told) => {
    const { later } = await scene({ head: 500, pool: told })
    await later(0)
    expect(await later(3600)).toEqual({ demand: [], doubts: [], findings: [] })
  })

  it('of a node that is behind another one may be in a block of that one', async () => {
    const { later } = await scene({ head: 500, pool: pool(2) }, { head: 501, pool: undefined })
    await later(0)
    expect(await later(3600)).toEqual({ demand: [], doubts: [], findings: [] })
  })

  it('are not worth a word on a chain that makes blocks', async () => {
    const { later } = await scene({ head: 990, pool: pool(40) })
    expect((await later(0)).findings).toEqual([])
  })
})
