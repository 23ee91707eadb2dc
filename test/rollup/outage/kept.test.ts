// A bot that starts in the middle of an outage knows as much as one that was running; and what was kept never misleads it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { quickSamples } from '../../support/quick-samples.ts'
import { passOnTo, type RpcHandler, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'
import { silentLog } from '../../support/storage.ts'

let sandbox: Sandbox
let l1: RpcServer
let l2: RpcServer
let directory: string
const chains: Chain[] = []
const url = (list: string | undefined) => (list ?? '').replace(/^\w+=/, '')
const working: Record<'l1' | 'l2', RpcHandler> = { l1: () => undefined, l2: () => undefined }
const dead: RpcHandler = (_, response) => void response.writeHead(500).end('down')

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 40, postgresUrl: inject('postgresUrl') })
  working.l1 = passOnTo(url(sandbox.environment.L1_RPC_URLS))
  working.l2 = passOnTo(url(sandbox.environment.L2_RPC_URLS))
  l1 = await startRpcServer(working.l1)
  l2 = await startRpcServer(working.l2)
}, 120_000)
afterAll(async () => {
  await Promise.all([l1?.stop(), l2?.stop()])
  await sandbox?.stop()
})
afterEach(async () => {
  l1.handler = working.l1
  l2.handler = working.l2
  for (const chain of chains.splice(0)) await chain.close()
  if (directory) rmSync(directory, { recursive: true, force: true })
})

/** An observer's bot on one node and one L1 endpoint. */
function start(changes: Readonly<Record<string, string>> = {}, now = sandbox.now()): Chain {
  const environment = { L1_RPC_URLS: `l1=${l1.url}`, L2_RPC_URLS: `node=${l2.url}`, ...changes }
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const clock = () => new Date(now * 1000)
  const chain = createChain({
    settings,
    log: silentLog,
    now: clock,
    reportTimeZone: 'UTC',
    stateDirectory: directory,
    outside: quickSamples,
  })
  chains.push(chain)
  return chain
}

const check = (chain: Chain) =>
  chain.outage.check({
    tx: null,
    reported: { batch: null, block: null, at: null, text: null },
    signal: new AbortController().signal,
  })
const file = () => path.join(directory, 'chains', 'main.json')
const kept = () => JSON.parse(readFileSync(file(), 'utf8'))
const newDirectory = () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'rollcall-kept-'))
}

describe('what is kept of a chain', { timeout: 60_000 }, () => {
  it('is its contracts, who sends, and how they are asked, and no address of an endpoint', async () => {
    newDirectory()
    await check(start())
    const { facts } = kept()
    const [{ diamond } = { diamond: '' }] = sandbox.chains
    expect(facts).toMatchObject({
      l2ChainId: sandbox.chains[0]?.chainId,
      diamond: { address: diamond.toLowerCase() },
      timelock: { diamond: diamond.toLowerCase(), executionDelay: sandbox.pace.executionDelay },
      operators: [
        { stage: 'commit', from: expect.stringMatching(/^0x/) },
        { stage: 'execute', from: expect.stringMatching(/^0x/) },
      ],
    })
    // Not by the port alone: five digits are found in any hash or time.
    expect(readFileSync(file(), 'utf8')).not.toContain(new URL(l1.url).hostname)
  })

  it('gives a bot that starts with every node down the answer of one that was running', async () => {
    newDirectory()
    const running = start()
    await check(running)
    l2.handler = dead
    const fresh = await check(start())
    const old = await check(running)
    expect(fresh).toMatchObject({ verdict: old.verdict, headline: old.headline, l1: old.l1 })
    expect(fresh.l1).not.toBeNull()
    expect(fresh.headline).toBe('l2-unreachable')
    expect(fresh.progress).toEqual(old.progress)
    expect(fresh.notKnown.join(' ')).toMatch(/I go by what I noted at/)
    // Without it nothing is known of L1.
    rmSync(directory, { recursive: true })
    expect((await check(start())).l1).toBeNull()
  })

  it('leaves at most three round trips per L1 endpoint', async () => {
    newDirectory()
    await check(start())
    const before = l1.requests.length
    const facts = await check(start())
    expect(l1.requests.length - before).toBeLessThanOrEqual(3)
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts.executionDelaySeconds).toBe(sandbox.pace.executionDelay)
    expect(facts.operators).toMatchObject([
      { stage: 'commit', balance: expect.stringMatching(/^\d+$/) },
      { stage: 'execute', pending: 0 },
    ])
  })

  it.each<[string, () => void]>([
    ['a broken file', () => writeFileSync(file(), '{"version":1,')],
    ['a file of another shape', () => writeFileSync(file(), '{"version":1,"facts":{"diamond":7}}')],
  ])('%s costs nothing but its facts', async (_, spoil) => {
    newDirectory()
    await check(start())
    spoil()
    expect(await check(start())).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(kept().facts.diamond).not.toBeNull()
  })

  it.each<[string, () => Chain]>([
    ['is forgotten after a month', () => start({}, sandbox.now() + 31 * 86_400)],
    ['holds for the same nodes only', () => start({ L2_RPC_URLS: `node=${l2.url.replace('127.0.0.1', 'localhost')}` })],
  ])('%s', async (_, restart) => {
    newDirectory()
    await check(start())
    l2.handler = dead
    expect((await check(restart())).l1).toBeNull()
  })

  it('does not stand against a node that names another diamond', async () => {
    newDirectory()
    await check(start())
    const spoiled = kept()
    spoiled.facts.diamond.address = `0x${'9'.repeat(40)}`
    writeFileSync(file(), JSON.stringify(spoiled))
    const chain = start()
    await check(chain)
    const facts = await check(chain)
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(kept().facts.diamond.address).toBe(sandbox.chains[0]?.diamond.toLowerCase())
  })

  it.each<[string, object]>([
    ['was learned in the form of the first release', { learned: { at: 1, block: null, batch: null, commit: null } }],
    ['was sampled in a form of another release', { samples: { at: 'noon', batches: [[1, 2, 3]] } }],
  ])('loses what %s, and nothing else', async (_, old) => {
    newDirectory()
    await check(start())
    const { facts, ...rest } = kept()
    const { samples: __, ...others } = facts
    writeFileSync(file(), JSON.stringify({ ...rest, facts: { ...others, ...old } }))
    l2.handler = dead
    const answer = await check(start())
    expect(answer).toMatchObject({ usual: [], l1: { executed: expect.any(Number) } })
  })

  it('can’t be written, and the answer comes all the same', async () => {
    newDirectory()
    rmSync(directory, { recursive: true })
    // A file where the folder should be.
    writeFileSync(directory, '')
    expect(await check(start())).toMatchObject({ verdict: 'up', headline: 'healthy' })
  })
})
