// A chain that settles on a Gateway: its stages are read there, by the same calls, and only where it is the right one.

import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../../src/chains.ts'
import { readConfig } from '../../../../src/config.ts'
import { quickSamples } from '../../../support/quick-samples.ts'
import { answerWith, type RpcServer, startRpcServer } from '../../../support/rpc-server.ts'
import { silentLog } from '../../../support/storage.ts'

let sandbox: Sandbox
const open: { close(): Promise<void> }[] = []
/** As the sandbox's Bridgehub names it. */
const gatewayChainId = 506
const diamondThere = `0x${'77'.repeat(20)}`

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 40, sources: 'all', postgresUrl: inject('postgresUrl') })
  await sandbox.set('gateway', true)
  await sandbox.advance(60)
}, 120_000)
afterAll(() => sandbox?.stop())
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const word = (value: number | string) => `0x${BigInt(value).toString(16).padStart(64, '0')}`

/** A node of the Gateway, with a diamond that has committed to `committed` and settles there unless `left`. */
async function gateway({ chainId = gatewayChainId, left = false } = {}): Promise<RpcServer> {
  const counters = { '0xfe26699e': 900, '0xaf6a2dcd': 890, '0x39607382': 880 }
  const getters: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(counters).map(([selector, value]) => [selector, word(value)])),
    // getZKChain, isDiamondStorageFrozen, getSettlementLayer
    '0xe680c4c1': word(diamondThere),
    '0x29b98c67': word(0),
    '0x6a27e8b5': word(left ? `0x${'99'.repeat(20)}` : 0),
  }
  const server = await startRpcServer(
    answerWith({
      eth_chainId: () => `0x${chainId.toString(16)}`,
      eth_getBlockByNumber: () => ({
        number: '0x5000',
        hash: word(5),
        timestamp: `0x${sandbox.now().toString(16)}`,
        baseFeePerGas: '0x1',
      }),
      eth_call: ([call]) => getters[(call as { readonly data: string }).data.slice(0, 10)] ?? '0x',
      eth_getLogs: () => [],
    }),
  )
  open.push({ close: server.stop })
  return server
}

function check(urls: string | undefined) {
  const { CORE_DATABASE_URL: _, ...environment } = sandbox.environment
  const [settings] = readConfig({ ...environment, GATEWAY_RPC_URLS: urls }, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain: Chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', outside: quickSamples })
  open.push(chain)
  return chain.outage.check({
    tx: null,
    reported: { batch: null, block: null, at: null, text: null },
    signal: new AbortController().signal,
  })
}

describe('a chain on a Gateway', { timeout: 60_000 }, () => {
  it('is judged by what its diamond there says', async () => {
    const facts = await check(`gateway=${(await gateway()).url}`)
    expect(facts.headline).not.toBe('settles-elsewhere')
    expect(facts.progress.map(({ stage, batch }) => [stage, batch])).toEqual([
      ['commit', 900],
      ['prove', 890],
      ['execute', 880],
    ])
    expect(facts.findings.find(({ code }) => code === 'settles-on-gateway')?.values).toEqual({
      chainId: gatewayChainId,
    })
  })

  it.each<[string, () => Promise<string | undefined>]>([
    ['without a node of it', async () => undefined],
    ['by a node of another Gateway', async () => `gateway=${(await gateway({ chainId: 9075 })).url}`],
    ['by a Gateway that it has left', async () => `gateway=${(await gateway({ left: true })).url}`],
  ])('can’t be judged %s, and no stage is called late', async (_, urls) => {
    const facts = await check(await urls())
    expect(facts).toMatchObject({ verdict: 'unknown', headline: 'settles-elsewhere' })
    expect(facts.findings.filter(({ code }) => code.endsWith('-stalled'))).toEqual([])
  })
})
