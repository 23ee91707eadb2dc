// A chain whose last block is hours old: whether somebody has been waiting on L1 since then, further back than the usual search.

import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { contract } from '../../../sandbox/l1/contracts.ts'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import type { Reported } from '../../../src/rollup/outage/report/text.ts'
import type { OutageFacts } from '../../../src/services.ts'
import { passOnTo, type RpcServer, sendJson, startRpcServer } from '../../support/rpc-server.ts'
import { silentLog } from '../../support/storage.ts'

const diamondCalls = contract('Diamond')
const hour = 3600
const slot = 12

let sandbox: Sandbox
let diamond: string
let l1: RpcServer
/** Blocks that the provider gives the events of at once. */
let longest: number
let snapshot: unknown
const chains: Chain[] = []

/** A chain that has gone quiet: everything is in blocks and committed, and a deposit that was served waits to be executed. */
beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 14, speed: 1, postgresUrl: inject('postgresUrl') })
  diamond = sandbox.chains[0]?.diamond ?? ''
  await sandbox.set('execution', 'halted')
  await sandbox.set('sequencer', 'halted')
  await sandbox.advance(60)
  await sandbox.set('sequencer', 'none')
  await sandbox.advance(120)
  await sandbox.set('traffic', 'quiet')
  await sandbox.advance(900)
  l1 = await startRpcServer(limited(passOnTo((sandbox.environment.L1_RPC_URLS ?? '').replace(/^\w+=/, ''))))
}, 120_000)
afterAll(async () => {
  await l1?.stop()
  await sandbox?.stop()
})
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close()
  await sandbox.anvil.call(['evm_revert', snapshot])
})

function limited(pass: ReturnType<typeof passOnTo>): ReturnType<typeof passOnTo> {
  return async (request, response) => {
    const refused = request.messages.filter(({ method, params }) => {
      const { fromBlock, toBlock } = (params[0] ?? {}) as Readonly<Record<string, string>>
      return method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) >= longest
    })
    if (refused.length === 0) return pass(request, response)
    const error = { code: -32602, message: `query exceeds max block range ${longest}` }
    const answers = await Promise.all(
      request.messages.map(async (message) => {
        if (refused.includes(message)) return { jsonrpc: '2.0', id: message.id, error }
        const [result] = await sandbox.anvil
          .call([message.method, ...message.params])
          .catch(() => [undefined] as readonly unknown[])
        return result === undefined
          ? { jsonrpc: '2.0', id: message.id, error: { code: 3, message: 'execution reverted' } }
          : { jsonrpc: '2.0', id: message.id, result }
      }),
    )
    sendJson(response, request.isBatch ? answers : answers[0])
  }
}

interface Since {
  readonly stoppedHours: number
  /** Null: nobody deposits since. */
  readonly depositHours?: number
  readonly emptyQueue?: boolean
  readonly longest?: number
}

/** L1 goes on for so long after the last L2 block. */
async function pass({ stoppedHours, depositHours, emptyQueue = false, ...provider }: Since): Promise<void> {
  longest = provider.longest ?? 1000
  ;[snapshot] = await sandbox.anvil.call(['evm_snapshot'])
  const mine = (hours: number) =>
    sandbox.anvil.call(['anvil_mine', `0x${Math.round((hours * hour) / slot).toString(16)}`, `0x${slot.toString(16)}`])
  if (emptyQueue) {
    const [total] = await sandbox.anvil.call(['eth_getStorageAt', diamond, '0x3', 'latest'])
    await sandbox.anvil.call(['anvil_setStorageAt', diamond, '0x4', total])
  }
  if (depositHours === undefined) return void (await mine(stoppedHours))
  await mine(stoppedHours - depositHours)
  const [accounts] = (await sandbox.anvil.call(['eth_accounts'])) as readonly (readonly string[])[]
  const from = accounts?.[5] ?? ''
  const data = diamondCalls.encodeFunctionData('requestL2Transaction', [from, 1n, '0x', 10_000_000n, 800n, [], from])
  await sandbox.anvil.call(['eth_sendTransaction', { from, to: diamond, data, value: '0x1', gas: '0x989680' }])
  await mine(depositHours)
}

const nothing = { batch: null, block: null, at: null, text: null }

async function open(): Promise<(reported?: Reported) => Promise<OutageFacts>> {
  const { CORE_DATABASE_URL: _, ...observer } = sandbox.environment
  const environment = { ...observer, L1_RPC_URLS: `l1=${l1.url}`, OUTAGE_COMMIT_SECONDS: String(48 * hour) }
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const [head] = (await sandbox.anvil.call(['eth_getBlockByNumber', 'latest', false])) as readonly {
    readonly timestamp: string
  }[]
  const now = () => new Date(Number(head?.timestamp) * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC' })
  chains.push(chain)
  return (reported = nothing) => chain.outage.check({ tx: null, reported, signal: AbortSignal.timeout(60_000) })
}

const ageOf = (facts: OutageFacts, since: string | undefined) =>
  (Date.parse(facts.checkedAt) - Date.parse(since ?? '')) / 1000

describe('a chain whose last block is six hours old', { timeout: 60_000 }, () => {
  it('is down by a deposit of five hours ago, found in three round trips', async () => {
    await pass({ stoppedHours: 6, depositHours: 5 })
    const check = await open()
    await check()
    const before = l1.requests.length
    const facts = await check()
    expect(l1.requests.length - before).toBeLessThanOrEqual(3)
    expect(facts).toMatchObject({ verdict: 'down', headline: 'sequencer-stalled' })
    expect(facts.demand).toMatchObject([{ kind: 'priority-request' }])
    expect(Math.abs(ageOf(facts, facts.demand[0]?.since) - 5 * hour)).toBeLessThan(120)
    expect(facts.notKnown.join(' ')).not.toMatch(/forced transaction/)
  })

  it('is idle where the search shows that nobody came since, although a served deposit is not executed', async () => {
    await pass({ stoppedHours: 6 })
    const [queue] = await sandbox.anvil.call([
      'eth_call',
      { to: diamond, data: diamondCalls.encodeFunctionData('getPriorityQueueSize') },
      'latest',
    ])
    expect(Number(queue)).toBeGreaterThan(0)
    expect(await (await open())()).toMatchObject({ verdict: 'up', headline: 'idle', demand: [] })
  })

  it('is neither where the endpoint allows short searches only, and says what is missing', async () => {
    await pass({ stoppedHours: 6, depositHours: 5, longest: 20 })
    const facts = await (await open())()
    expect(facts).toMatchObject({ verdict: 'unknown', headline: 'too-few-witnesses', demand: [] })
    expect(facts.findings[0]?.text).toMatch(/L1’s queue holds \d+ requests?, .*would settle it/)
    expect(facts.notKnown.join(' ')).toMatch(/Whether a deposit or forced transaction on L1 waits/)
  })

  it('is idle without a search where L1’s queue is empty', async () => {
    await pass({ stoppedHours: 6, emptyQueue: true, longest: 20 })
    const facts = await (await open())()
    expect(facts).toMatchObject({ verdict: 'up', headline: 'idle' })
    expect(facts.notKnown.join(' ')).not.toMatch(/forced transaction/)
  })
})

describe('a report about such a chain', { timeout: 60_000 }, () => {
  it('costs at most forty calls to L1, the search for those who wait included', async () => {
    await pass({ stoppedHours: 6, depositHours: 5 })
    // Whoever watches the chain has looked at it before.
    const check = await open()
    await check()
    const before = l1.requests.length
    const batch = sandbox.hashes().batch ?? 0
    const facts = await check({ ...nothing, batch })
    const calls = l1.requests.slice(before).flatMap(({ messages }) => messages)
    expect(calls.length).toBeLessThanOrEqual(40)
    expect(facts.report?.neighbours.commits.length).toBeGreaterThan(0)
    // A report leaves one further range: as far as the deposit.
    expect(facts.demand).toMatchObject([{ kind: 'priority-request' }])
  })
})

describe('an endpoint that gives the events of a hundred blocks at once', { timeout: 60_000 }, () => {
  /** What it gives at once is found by the first looks. */
  async function third(since: Since): Promise<OutageFacts> {
    await pass({ ...since, longest: 100 })
    const check = await open()
    await check()
    await check()
    return check()
  }

  it('shows a deposit that its usual ranges do not reach', async () => {
    expect(await third({ stoppedHours: 6, depositHours: 3 })).toMatchObject({
      verdict: 'down',
      demand: [{ kind: 'priority-request' }],
    })
  })

  it('leaves open what is further back than a few ranges, and says how far it got', async () => {
    const facts = await third({ stoppedHours: 6, depositHours: 5 })
    expect(facts).toMatchObject({ verdict: 'unknown', headline: 'too-few-witnesses' })
    expect(facts.notKnown.join(' ')).toMatch(/searched back to \S+Z only, and the newest block is older/)
  })
})
