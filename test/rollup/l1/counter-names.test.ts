// A diamond that knows its counters by their modern names only: every reader works with it, and pays for it once.

import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import { examine } from '../../../src/doctor.ts'
import { readGetter } from '../../../src/rollup/l1/contracts.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { passOnTo, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'
import { silentLog } from '../../support/storage.ts'

/** getTotalBlocksCommitted, …Verified, …Executed. */
const oldSelectors = ['fe26699e', 'af6a2dcd', '39607382']

let sandbox: Sandbox
let l1: RpcServer
let diamond: string
/** As deployed, with both names. */
let code: string
const chains: Chain[] = []

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 14, speed: 12, postgresUrl: inject('postgresUrl') })
  diamond = sandbox.chains[0]?.diamond ?? ''
  code = String((await sandbox.anvil.call(['eth_getCode', diamond, 'latest']))[0])
  await setCode(without(code, oldSelectors))
  l1 = await startRpcServer(passOnTo((sandbox.environment.L1_RPC_URLS ?? '').replace(/^\w+=/, '')))
}, 120_000)
afterAll(async () => {
  await l1?.stop()
  await sandbox?.stop()
})
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close()
})

/** The same code, whose table of functions has a number that nobody calls where each of these was. */
function without(code: string, selectors: readonly string[]): string {
  return selectors.reduce((text, selector) => {
    const next = (Number.parseInt(selector, 16) + 1).toString(16).padStart(8, '0')
    return text.replaceAll(`63${selector}14`, `63${next}14`)
  }, code)
}

const setCode = (code: string) => sandbox.anvil.call(['anvil_setCode', diamond, code])

function start(): Chain {
  const { CORE_DATABASE_URL: _, ...observer } = sandbox.environment
  const [settings] = readConfig({ ...observer, L1_RPC_URLS: `l1=${l1.url}` }, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC' })
  chains.push(chain)
  return chain
}

const signal = () => AbortSignal.timeout(60_000)
const nothing = { batch: null, block: null, at: null, text: null }

describe('a diamond without the counters’ names of 2023', { timeout: 60_000 }, () => {
  it('refuses them, as a diamond without such a facet does', async () => {
    await expect(
      sandbox.anvil.call(['eth_call', { to: diamond, data: `0x${oldSelectors[0]}` }, 'latest']),
    ).rejects.toThrow(/revert/)
  })

  it('is read by the outage look, in three round trips from the second look on', async () => {
    const chain = start()
    const first = await chain.outage.check({ tx: null, reported: nothing, signal: signal() })
    expect(first).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(first.l1?.committed).toBeGreaterThan(0)
    const before = l1.requests.length
    const second = await chain.outage.check({ tx: null, reported: nothing, signal: signal() })
    expect(second.l1?.committed).toBe(first.l1?.committed)
    expect(l1.requests.length - before).toBeLessThanOrEqual(3)
  })

  it('is what a trace is proved by', async () => {
    const { executed } = sandbox.hashes()
    const facts = await start().trace.trace(executed ?? '', { signal: signal() })
    const results = facts.stages.map(({ verification }) => verification?.result)
    expect(results.filter((result) => result === 'verified').length).toBeGreaterThanOrEqual(3)
  })

  it('is the right one to the doctor', async () => {
    const config = readConfig(sandbox.environment, { readFile: () => '' })
    const checks = await examine(config, { log: silentLog, now: () => new Date(sandbox.now() * 1000) })
    expect(checks.filter(({ state }) => state === 'fix')).toEqual([])
  })
})

describe('which name works', () => {
  const committed = () => readGetter(diamond, 'getTotalBlocksCommitted')
  const open = () => createRpcEndpoint({ name: 'l1', url: l1.url, timeoutMs: 10_000 })
  const asked = async (work: () => Promise<unknown>) => {
    const before = l1.requests.length
    await work()
    return l1.requests.slice(before).flatMap(({ messages }) => messages.map(({ params }) => params[0]))
  }
  const call = (selector: string) => ({ to: diamond, data: `0x${selector}` })

  it('is remembered for the one contract, and not for another', async () => {
    const endpoint = open()
    const read = () => endpoint.call(committed(), { signal: signal() })
    expect(await asked(read)).toEqual([call('fe26699e'), call('db1f0bf9')])
    expect(await asked(read)).toEqual([call('db1f0bf9')])
    const other = `0x${'12'.repeat(20)}`
    const answer = await endpoint.call(readGetter(other, 'getTotalBlocksCommitted'), { signal: signal() })
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'bad-answer' } })
  })

  it('is found anew where an upgrade brings the old name back and drops the new one', async () => {
    const endpoint = open()
    const before = await endpoint.call(committed(), { signal: signal() })
    await setCode(without(code, ['db1f0bf9']))
    try {
      expect(await endpoint.call(committed(), { signal: signal() })).toEqual(before)
      expect(await asked(() => endpoint.call(committed(), { signal: signal() }))).toEqual([call('fe26699e')])
    } finally {
      await setCode(without(code, oldSelectors))
    }
  })
})
