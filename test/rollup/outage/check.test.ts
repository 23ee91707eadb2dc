// The answer end to end: every kind of source, each well and each in trouble, over real servers.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { quickSamples } from '../../support/quick-samples.ts'
import {
  answerWith,
  passOnTo,
  type RpcHandler,
  type RpcServer,
  sendJson,
  startRpcServer,
} from '../../support/rpc-server.ts'
import { silentLog } from '../../support/storage.ts'

let sandbox: Sandbox
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 40, speed: 6, postgresUrl: inject('postgresUrl') })
}, 120_000)
afterAll(() => sandbox?.stop())
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function server(handler: RpcHandler): Promise<RpcServer> {
  const started = await startRpcServer(handler)
  open.push({ close: started.stop })
  return started
}

/** The sandbox's clock stands still between its steps; so does ours. */
function chainWith(changes: Readonly<Record<string, string | undefined>> = {}): Chain {
  const environment = { ...sandbox.environment, ...changes }
  const config = readConfig(environment, { readFile: () => '' })
  const [settings] = config.chains
  if (!settings) throw new Error('no chain')
  const chain = createChain({
    settings,
    log: silentLog,
    now: () => new Date(sandbox.now() * 1000),
    reportTimeZone: 'UTC',
    outside: quickSamples,
  })
  open.push(chain)
  return chain
}

const check = (chain: Chain, tx: string | null = null) =>
  chain.outage.check({
    tx,
    reported: { batch: null, block: null, at: null, text: null },
    signal: new AbortController().signal,
  })
const url = (list: string | undefined) => (list ?? '').replace(/^\w+=/, '')
const codes = (facts: { readonly findings: readonly { readonly code: string }[] }) =>
  facts.findings.map(({ code }) => code)
/** Without the database, so that the node alone speaks for the chain. */
const observer = {
  CORE_DATABASE_URL: undefined,
  PROVER_DATABASE_URL: undefined,
  PROVER_CONTROL_DATABASE_URL: undefined,
}

describe('a chain that runs', { timeout: 60_000 }, () => {
  it('is up, with every source, L1 stage by stage and what counts as a fault', async () => {
    const facts = await check(chainWith())
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy', notKnown: [expect.stringMatching(/explorer/)] })
    expect(facts.sources.map(({ kind, reachable }) => [kind, reachable])).toEqual([
      ['database', true],
      ['l2-rpc', true],
      ['l1-rpc', true],
    ])
    const [commit, prove, execute] = facts.progress
    expect(facts.l1?.committed).toBe(commit?.batch)
    expect(commit?.batch).toBeGreaterThanOrEqual(prove?.batch ?? 0)
    expect(prove?.batch).toBeGreaterThanOrEqual(execute?.batch ?? 0)
    expect(facts.executionDelaySeconds).toBe(sandbox.pace.executionDelay)
    expect(facts.heights?.commits.length).toBeGreaterThan(0)
    expect(facts.thresholds.find(({ name }) => name === 'commit')?.from).toBe('learned')
    expect(facts.usual.map(({ name }) => name)).toEqual(['block', 'batch', 'commit', 'prove', 'execute'])
    expect(facts.usual.every(({ samples, from, to }) => samples >= 20 && from < to)).toBe(true)
  })

  it('has its usual gaps by the first answer of its node alone too, and they agree with its database', async () => {
    const [alone, both] = [await check(chainWith(observer)), await check(chainWith())]
    const medians = (name: string) =>
      [alone, both].map(({ usual }) => usual.find((one) => one.name === name)?.medianSeconds ?? 0) as [number, number]
    expect(alone.usual.every(({ samples }) => samples >= 20)).toBe(true)
    for (const [rpc, database] of [medians('prove'), medians('execute')]) {
      expect(Math.abs(rpc - database)).toBeLessThanOrEqual(0.25 * database)
    }
    // The ends of the batches are asked for later.
    const [rpc, database] = medians('commit')
    expect(rpc).toBeGreaterThanOrEqual(database)
  })

  it('asks each L1 endpoint at most three times once the timelock is known', async () => {
    const l1 = await server(passOnTo(url(sandbox.environment.L1_RPC_URLS)))
    const chain = chainWith({ ...observer, L1_RPC_URLS: l1.url })
    await check(chain)
    const before = l1.requests.length
    await check(chain)
    expect(l1.requests.length - before).toBeLessThanOrEqual(3)
  })

  it('is up by its nodes where L1 is not configured, and says what is not known', async () => {
    const facts = await check(chainWith({ ...observer, L1_RPC_URLS: undefined }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'l1-unreachable', l1: null, progress: [] })
    expect(facts.notKnown.join(' ')).toMatch(/set L1_RPC_URLS/)
  })
})

describe('a source in trouble costs its own line and not the answer', { timeout: 60_000 }, () => {
  const troubles: readonly (readonly [string, RpcHandler, string])[] = [
    ['500', (_, response) => void response.writeHead(500).end('oops'), 'http'],
    ['a web page', (_, response) => void response.writeHead(200).end('<html>'), 'not-json'],
    ['429', (_, response) => void response.writeHead(429).end(), 'rate-limited'],
    ['silence', () => undefined, 'timeout'],
    ['another chain', answerWith({ eth_chainId: () => '0x1', eth_getBlockByNumber: () => block(1, 1) }), 'wrong-chain'],
  ]

  it('one of three L2 endpoints on another chain: the other two say which chain is right', async () => {
    const bad = await server(answerWith({ eth_chainId: () => '0x1', eth_getBlockByNumber: () => block(1, 1) }))
    const good = url(sandbox.environment.L2_RPC_URLS)
    const facts = await check(chainWith({ ...observer, L2_RPC_URLS: `one=${good},two=${good},bad=${bad.url}` }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts.findings.map(({ values }) => [values.name, values.trouble])).toContainEqual(['bad', 'wrong-chain'])
  })

  it('one of two L2 endpoints on another chain: the configured diamond says which is right', async () => {
    const bad = await server(answerWith({ eth_chainId: () => '0x1', eth_getBlockByNumber: () => block(1, 1) }))
    const good = url(sandbox.environment.L2_RPC_URLS)
    const [{ diamond } = { diamond: '' }] = sandbox.chains
    const endpoints = { L2_RPC_URLS: `bad=${bad.url},good=${good}`, DIAMOND_PROXY_ADDRESS: diamond }
    const facts = await check(chainWith({ ...observer, ...endpoints }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    const reachable = facts.sources.map(({ name, reachable }) => [name, reachable])
    expect(reachable).toEqual(
      expect.arrayContaining([
        ['good', true],
        ['bad', false],
      ]),
    )
    expect(facts.findings.map(({ values }) => [values.name, values.trouble])).toContainEqual(['bad', 'wrong-chain'])
  })

  it('one of two L2 endpoints on another chain: the one whose diamond is on this L1 is right', async () => {
    const foreign = {
      eth_chainId: () => '0x1',
      eth_getBlockByNumber: () => block(1, 1),
      zks_L1BatchNumber: () => '0x5',
    }
    const bad = await server(answerWith({ ...foreign, zks_getMainContract: () => `0x${'12'.repeat(20)}` }))
    const good = url(sandbox.environment.L2_RPC_URLS)
    const facts = await check(chainWith({ ...observer, L2_RPC_URLS: `bad=${bad.url},good=${good}` }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts.findings.map(({ values }) => [values.name, values.trouble])).toContainEqual(['bad', 'wrong-chain'])
  })

  it('one of two L2 endpoints says another chain id and names the same diamond: L1 says which is right', async () => {
    const good = url(sandbox.environment.L2_RPC_URLS)
    const bad = await server(onChainOne(good))
    const facts = await check(chainWith({ ...observer, L2_RPC_URLS: `bad=${bad.url},good=${good}` }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts.sources.find(({ name }) => name === 'bad')).toMatchObject({ reachable: false })
  })

  it('one of two L2 endpoints on another chain, and no L1 to say which: both are refused', async () => {
    const good = url(sandbox.environment.L2_RPC_URLS)
    const bad = await server(onChainOne(good))
    const endpoints = { L1_RPC_URLS: undefined, L2_RPC_URLS: `good=${good},bad=${bad.url}` }
    const facts = await check(chainWith(endpoints))
    expect(facts.sources.filter(({ kind }) => kind === 'l2-rpc').map(({ reachable }) => reachable)).toEqual([
      false,
      false,
    ])
    expect(facts.findings.find(({ code }) => code === 'l2-unreachable')?.text).toMatch(/on different chains/)
  })

  it('every L2 endpoint, asked of a bot that was just started: L1 is not blamed', async () => {
    const bad = await server((_, response) => void response.writeHead(500).end())
    const facts = await check(chainWith({ L2_RPC_URLS: `bad=${bad.url}` }))
    expect(facts).toMatchObject({ verdict: 'degraded', headline: 'l2-unreachable' })
    expect(codes(facts)).not.toContain('l1-unreachable')
  })

  it.each(troubles)('an L2 endpoint with %s', async (_, handler, kind) => {
    const bad = await server(handler)
    const good = url(sandbox.environment.L2_RPC_URLS)
    const chain = chainWith({ L2_RPC_URLS: `good=${good},bad=${bad.url}` })
    const facts = await check(chain)
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    const failed = facts.findings.find(({ values }) => values.name === 'bad')
    expect(failed).toMatchObject({ code: 'source-failed', values: { kind: 'l2-rpc', trouble: kind } })
    expect(facts.sources.find(({ name }) => name === 'bad')).toMatchObject({ reachable: false, block: null })
  })

  it.each(troubles)('an L1 endpoint with %s beside a good one', async (_, handler, kind) => {
    const bad = await server(handler)
    const chain = chainWith({ L1_RPC_URLS: `bad=${bad.url},good=${url(sandbox.environment.L1_RPC_URLS)}` })
    const facts = await check(chain)
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts.l1).not.toBeNull()
    expect(facts.findings.find(({ values }) => values.name === 'bad')).toMatchObject({ values: { trouble: kind } })
  })

  it('is unknown, never down, when nothing answers', async () => {
    const hung = await server(() => undefined)
    const facts = await check(chainWith({ ...observer, L1_RPC_URLS: hung.url, L2_RPC_URLS: hung.url }))
    expect(facts).toMatchObject({ verdict: 'unknown', headline: 'l1-unreachable', l1: null, heights: null })
    expect(codes(facts)).toContain('l2-unreachable')
  })
})

/** The same node in all but the chain it says it is on. */
function onChainOne(url: string): RpcHandler {
  return async ({ messages, isBatch }, response) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(messages) })
    const answers = ((await answer.json()) as { readonly id: number }[]).map((one) =>
      messages.find(({ id }) => id === one.id)?.method === 'eth_chainId' ? { ...one, result: '0x1' } : one,
    )
    sendJson(response, isBatch ? answers : answers[0])
  }
}

function block(number: number, time: number) {
  const hex = (value: number) => `0x${value.toString(16)}`
  return { number: hex(number), hash: `0x${'a'.repeat(64)}`, timestamp: hex(time), l1BatchNumber: null }
}

describe('explorers', { timeout: 60_000 }, () => {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
  const zksync = (height: number, at: number, batch?: number): Pages => ({
    '/blocks': { items: [{ number: height, hash: `0x${'b'.repeat(64)}`, timestamp: iso(at) }] },
    '/stats': batch === undefined ? { lastSealedBlock: height } : { lastSealedBatch: batch, lastSealedBlock: height },
  })
  const scout = (height: number, at: number, batch: number): Pages => ({
    '/api/v2/blocks': { items: [{ height, hash: `0x${'b'.repeat(64)}`, timestamp: iso(at) }] },
    '/api/v2/zksync/batches': { items: [{ number: batch }] },
  })

  it.each<[string, (height: number, at: number) => Pages, number | null]>([
    ['that knows batches', (height, at) => zksync(height, at, 50), 50],
    ['that knows none', (height, at) => zksync(height, at), null],
    ['of the other kind', (height, at) => scout(height, at, 51), 51],
  ])('one %s is read', async (_, pages, batch) => {
    const at = sandbox.now()
    const explorer = await pageServer(pages(700, at - 3))
    const facts = await check(
      chainWith({ ...observer, L1_RPC_URLS: undefined, EXPLORER_API_URLS: `explorer=${explorer}` }),
    )
    const source = { kind: 'explorer', reachable: true, block: 700, batch, lagSeconds: expect.any(Number) }
    expect(facts.sources.find(({ name }) => name === 'explorer')).toMatchObject(source)
  })

  it('one that stands still is what is wrong, not the chain', async () => {
    const explorer = await pageServer(zksync(10, sandbox.now() - 2220, 1))
    const facts = await check(chainWith({ EXPLORER_API_URLS: `explorer=${explorer}` }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'explorer-lagging' })
    expect(facts.heights?.sources.find(({ name }) => name === 'explorer')?.behind).toBe(true)
  })

  it.each(['500', 'html', 'hang'] as const)('one that answers with %s costs its own line', async (fault) => {
    const explorer = await pageServer(fault)
    const facts = await check(chainWith({ EXPLORER_API_URLS: `explorer=${explorer}` }))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    const kinds = { 500: 'http', html: 'not-json', hang: 'timeout' }
    expect(facts.findings.find(({ values }) => values.name === 'explorer')?.values.trouble).toBe(kinds[fault])
  })
})

describe('a chain that makes no blocks', { timeout: 60_000 }, () => {
  it('is idle while nobody waits, and down by the core database once somebody does', async () => {
    const client = sandbox.chains[0]?.database?.client
    if (!client) throw new Error('no database')
    const later = sandbox.now() + 900
    await client.query(
      `UPDATE transactions SET received_at = received_at - interval '1 day' WHERE miniblock_number IS NULL`,
    )
    await sandbox.anvil.call(['evm_mine', { timestamp: later }])
    const quiet = await check(chainWith())
    expect(quiet).toMatchObject({ verdict: 'up', headline: 'idle', demand: [] })
    await client.query(
      `UPDATE transactions SET received_at = to_timestamp($1) AT TIME ZONE 'UTC', nonce = 0, initiator_address = $2,
         max_fee_per_gas = 10^18, error = NULL
       WHERE hash = (SELECT hash FROM transactions WHERE miniblock_number IS NULL AND NOT is_priority LIMIT 1)`,
      [later - 600, Buffer.alloc(20, 9)],
    )
    const stopped = await check(chainWith())
    expect(stopped).toMatchObject({ verdict: 'down', headline: 'sequencer-stalled' })
    expect(stopped.demand).toMatchObject([{ kind: 'pending-transaction' }])
    // The same without the database: one node alone is no proof.
    const alone = await check(chainWith(observer))
    expect(alone.verdict).not.toBe('down')
  })
})

type Pages = Readonly<Record<string, unknown>>

async function pageServer(pages: Pages | '500' | 'html' | 'hang'): Promise<string> {
  const http = createServer((request, response) => {
    if (pages === 'hang') return
    if (pages === '500') return void response.writeHead(500).end()
    if (pages === 'html') return void response.writeHead(200).end('<!doctype html>')
    const page = pages[new URL(request.url ?? '', 'http://localhost').pathname]
    const found = page !== undefined
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ? page : { message: 'Not Found', statusCode: 404 }))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  open.push({
    close() {
      http.closeAllConnections()
      return new Promise((resolve) => http.close(() => resolve()))
    },
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}
