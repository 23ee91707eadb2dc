// Two L1 endpoints, one of which tells only part: the other's word is taken, and what the one refused is said with its name.

import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { quickSamples } from '../../support/quick-samples.ts'
import { passOnTo, type RpcHandler, type RpcMessage, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'
import { silentLog } from '../../support/storage.ts'

let sandbox: Sandbox
let good: string
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 20, speed: 6, postgresUrl: inject('postgresUrl') })
  good = (sandbox.environment.L1_RPC_URLS ?? '').replace(/^\w+=/, '')
}, 120_000)
afterAll(() => sandbox?.stop())
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

/** Calls of a request that are refused; everything else is answered by L1 itself. */
type Refusal = (message: RpcMessage) => { readonly code: number; readonly message: string } | null

function refusing(refuse: Refusal): RpcHandler {
  return async ({ messages, isBatch }, response) => {
    const answers = await Promise.all(
      messages.map(async (message) => {
        const error = refuse(message)
        if (error !== null) return { jsonrpc: '2.0', id: message.id, error }
        const answer = await fetch(good, { method: 'POST', body: JSON.stringify(message), headers })
        return (await answer.json()) as unknown
      }),
    )
    response.writeHead(200, headers).end(JSON.stringify(isBatch ? answers : answers[0]))
  }
}
const headers = { 'content-type': 'application/json' }

const shortRanges: Refusal = ({ method, params }) => {
  const { fromBlock, toBlock } = (params[0] ?? {}) as Readonly<Record<string, string>>
  const isLong = method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) >= 10
  return isLong ? { code: -32000, message: 'query exceeds max block range 10' } : null
}

function afterCalls(most: number): Refusal {
  let calls = 0
  return () => {
    calls += 1
    return calls > most ? { code: 429, message: 'Too many requests' } : null
  }
}

async function server(handler: RpcHandler): Promise<RpcServer> {
  const started = await startRpcServer(handler)
  open.push({ close: started.stop })
  return started
}

function chainWith(l1: string): Chain {
  const environment = { ...sandbox.environment, CORE_DATABASE_URL: undefined, PROVER_DATABASE_URL: undefined }
  const observer = { ...environment, PROVER_CONTROL_DATABASE_URL: undefined, L1_RPC_URLS: l1 }
  const [settings] = readConfig(observer, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', outside: quickSamples })
  open.push(chain)
  return chain
}

const check = (chain: Chain) =>
  chain.outage.check({
    tx: null,
    reported: { batch: null, block: null, at: null, text: null },
    signal: new AbortController().signal,
  })

it.each([
  ['gives events of ten blocks at once', () => shortRanges],
  ['limits us after six calls', () => afterCalls(6)],
  ['limits us after sixteen calls', () => afterCalls(16)],
])('the first one %s, the second one is well: nothing is missing', async (_, refusal) => {
  const [first, second] = [await server(refusing(refusal())), await server(passOnTo(good))]
  const facts = await check(chainWith(`first=${first.url},second=${second.url}`))
  expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
  expect(facts.executionDelaySeconds).toBe(sandbox.pace.executionDelay)
  expect(facts.heights?.commits.length).toBeGreaterThan(0)
  expect(facts.notKnown.join(' ')).not.toMatch(/L1/)
})

it('one that tells everything is asked alone', async () => {
  const [first, second] = [await server(passOnTo(good)), await server(passOnTo(good))]
  const chain = chainWith(`first=${first.url},second=${second.url}`)
  await check(chain)
  const before = [first, second].map(({ requests }) => requests.length)
  await check(chain)
  const made = [first, second].map(({ requests }, at) => requests.length - (before[at] ?? 0))
  expect(Math.max(...made)).toBeLessThanOrEqual(3)
  // Its head, to be compared.
  expect(Math.min(...made)).toBe(1)
})

it.each([6, 16])('the only one limits us after %i calls: that is said, with its name', async (most) => {
  const only = await server(refusing(afterCalls(most)))
  const facts = await check(chainWith(`only=${only.url}`))
  expect(facts.verdict).toBe('up')
  expect(facts.findings).toContainEqual(
    expect.objectContaining({
      code: 'source-unsteady',
      values: { kind: 'l1-rpc', name: 'only', trouble: 'rate-limited' },
    }),
  )
  expect(facts.sources.find(({ name }) => name === 'only')?.error).toMatch(/Too many requests/)
  expect(facts.notKnown.join(' ')).toMatch(/only limits how often we may ask/)
})
