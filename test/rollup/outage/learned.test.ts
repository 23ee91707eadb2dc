// Learning what is usual from a node's own answers: spread over the last days, in pieces, and never at the cost of an answer.

import { afterEach, describe, expect, it } from 'vitest'
import { createLearner, type KeptSamples, type Learner, type SampleMemory } from '../../../src/rollup/outage/learned.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { answerWith, type RpcHandler, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

const servers: RpcServer[] = []
const learners: Learner[] = []
afterEach(async () => {
  for (const learner of learners.splice(0)) learner.close()
  for (const server of servers.splice(0)) await server.stop()
})

const now = 1_780_000_000
const minute = 60
const day = 24 * 60 * minute
/** A batch each two minutes of sixty blocks: 720 a day; each is committed five minutes after its end. */
const batchSeconds = 120
const blocksEach = 60
const newest = 400_000
const openedAt = (batch: number) => now - (newest - batch + 1) * batchSeconds
const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
const hex = (value: number) => `0x${value.toString(16)}`

function details(batch: number) {
  if (batch > newest) return null
  const opened = openedAt(batch)
  const committed = opened + batchSeconds + 5 * minute
  return {
    number: batch,
    timestamp: opened,
    l1TxCount: 0,
    l2TxCount: 1,
    status: 'verified',
    committedAt: iso(committed),
    provenAt: iso(committed + 60 * minute),
    executedAt: iso(committed + 240 * minute),
  }
}

const timeOfBlock = (number: number) => openedAt(Math.floor(number / blocksEach)) + (number % blocksEach) * 2
const node: RpcHandler = answerWith({
  zks_getL1BatchDetails: ([batch]) => details(batch as number),
  zks_getL1BatchBlockRange: ([batch]) => [
    hex((batch as number) * blocksEach),
    hex((batch as number) * blocksEach + blocksEach - 1),
  ],
  eth_getBlockByNumber: ([number]) => ({ number, timestamp: hex(timeOfBlock(Number(number))) }),
})
const head = { number: newest * blocksEach, time: timeOfBlock(newest * blocksEach) }

async function setting(handler: RpcHandler = node, kept: KeptSamples | null = null) {
  const server = await startRpcServer(handler)
  servers.push(server)
  let samples = kept
  let time = now
  const memory: SampleMemory = {
    read: () => samples,
    write: (next) => {
      samples = next
    },
  }
  const learner = createLearner({ memory, now: () => new Date(time * 1000), pauseMs: 0 })
  learners.push(learner)
  const endpoint = createRpcEndpoint({ name: 'node', url: server.url, timeoutMs: 2000, random: () => 0 })
  const asked = () => server.requests.map(({ messages }) => messages.map(({ method, params }) => ({ method, params })))
  return {
    learner,
    server,
    asked,
    kept: () => samples,
    pass: (seconds: number) => {
      time += seconds
    },
    learn: (executed: number | null = newest - 200) => learner.learn({ endpoint, head, executed }),
    /** Until it has covered the last days. */
    complete: () => expect.poll(() => samples?.at, { timeout: 20_000 }).toBe(time),
  }
}

describe('what is learned from a node', { timeout: 30_000 }, () => {
  it('covers the last days, and comes to what the chain really does', async () => {
    const { learner, learn, complete } = await setting()
    await learn()
    await complete()
    const usual = learner.known()
    expect(usual).toMatchObject({
      block: { median: 2, p99: 2 },
      batch: { median: batchSeconds, p99: batchSeconds },
      commit: { median: 5 * minute + 2, p99: 5 * minute + 2 },
      prove: { median: 60 * minute },
      execute: { median: 180 * minute },
    })
    for (const name of ['batch', 'commit', 'block'] as const) {
      const { samples = 0, from = 0, to = 0 } = usual?.[name] ?? {}
      expect(samples).toBeGreaterThanOrEqual(name === 'block' ? 45 : 28)
      expect((to - from) / day).toBeGreaterThan(6)
      expect((to - from) / day).toBeLessThan(7.5)
    }
  })

  it('tells the stages after the first two requests, before the rest is asked for', async () => {
    const { learner, learn, asked } = await setting()
    await learn()
    expect(learner.known()?.commit?.samples).toBeGreaterThanOrEqual(20)
    expect(asked().length).toBeLessThanOrEqual(3)
  })

  it('asks politely: small pieces, one after the other, a few hundred calls in all', async () => {
    let open = 0
    let most = 0
    const { learn, complete, asked } = await setting(async (request, response) => {
      open += 1
      most = Math.max(most, open)
      await new Promise((resolve) => setImmediate(resolve))
      open -= 1
      await node(request, response)
    })
    await learn()
    await complete()
    const sizes = asked().map((calls) => calls.length)
    expect(most).toBe(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(33)
    expect(Math.max(...sizes.slice(2).filter((size) => size !== 25 && size !== 26))).toBeLessThanOrEqual(12)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(500)
  })

  it('is asked for again after some hours, and then only what is new', async () => {
    const { learn, complete, asked, pass } = await setting()
    await learn(newest - 400)
    await complete()
    const first = asked().flat().length
    await learn(newest - 400)
    expect(asked().flat().length).toBe(first)
    pass(3 * 3600 + 1)
    await learn(newest - 400 + 90)
    await complete()
    // Two looks back, and whatever the new hours brought.
    expect(asked().flat().length - first).toBeLessThan(120)
  })

  it('goes on where it ended: what a shell command learned is there for the next one', async () => {
    const one = await setting()
    await one.learn()
    one.learner.close()
    const left = one.kept()
    expect(left?.at).toBe(0)
    const two = await setting(node, left)
    await two.learn()
    await two.complete()
    const known = new Set(left?.batches.map(({ number }) => number))
    const again = two
      .asked()
      .slice(1)
      .flat()
      .filter(({ method, params }) => method === 'zks_getL1BatchDetails' && known.has(params[0] as number))
    expect(again).toEqual([])
  })

  it('ends at a refusal, and leaves the endpoint alone for a while', async () => {
    let asked = 0
    const { learn, server, learner, pass } = await setting((request, response) => {
      asked += 1
      if (asked <= 3) return node(request, response)
      response.writeHead(429).end()
    })
    await learn()
    // The call that is refused tries a second time itself; then nothing more.
    await expect.poll(() => asked).toBe(5)
    expect(learner.known()?.commit).not.toBeNull()
    await learn()
    pass(60)
    await learn()
    expect(server.requests.length).toBe(5)
    pass(600)
    await expect.poll(async () => learn().then(() => asked)).toBeGreaterThan(5)
  })

  it('learns blocks where there are no batches', async () => {
    const { learner, learn, complete, asked } = await setting()
    await learn(null)
    await complete()
    expect(learner.known()).toMatchObject({ block: { median: 2 }, commit: null })
    expect(
      asked()
        .flat()
        .every(({ method }) => method === 'eth_getBlockByNumber'),
    ).toBe(true)
  })

  it('waits with batches that the node doesn’t know to be executed, and learns nothing from a node that has none', async () => {
    const late = await setting(
      answerWith({
        zks_getL1BatchDetails: ([batch]) => ({ ...details(batch as number), executedAt: null }),
        zks_getL1BatchBlockRange: () => null,
        eth_getBlockByNumber: () => null,
      }),
    )
    await late.learn()
    await late.complete()
    expect(late.learner.known()).toMatchObject({ block: null, commit: null, execute: null })
  })

  it('is not waited for by anybody when the node hangs', async () => {
    const { learn, learner } = await setting(() => undefined)
    const learning = learn()
    learner.close()
    await learning
    expect(learner.known()).toBeNull()
  })
})
