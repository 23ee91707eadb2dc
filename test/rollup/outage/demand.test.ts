// What shows that somebody wants blocks, on a moving sandbox whose sequencer halts: a named transaction, the probe account, and whose nodes say so.

import { type HDNodeWallet, Wallet } from 'ethers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import type { OutageFacts } from '../../../src/services.ts'
import { firstChain, resultOf, startSandbox } from '../../sandbox/support.ts'
import { quickSamples } from '../../support/quick-samples.ts'
import { silentLog } from '../../support/storage.ts'

let shared: Sandbox
let wallet: HDNodeWallet | Wallet
const open: Chain[] = []

beforeAll(async () => {
  shared = await createSandbox({ ...small, postgresUrl: inject('postgresUrl'), sources: 'all' })
}, 120_000)
afterAll(() => shared?.stop())

/** Each with an account that nobody has seen, on a chain that makes blocks again. */
beforeEach(async () => {
  wallet = Wallet.createRandom()
  await shared.set('sequencer', 'none')
  await shared.set('traffic', 'busy')
  await shared.advance(60)
}, 60_000)
afterEach(async () => {
  for (const chain of open.splice(0)) await chain.close()
})

/** Two operators, as it takes without a database; the third node only passes on what the second says. */
const operators = 'us=main-rpc,them=external-rpc+balancer'
const small = { historyBatches: 14, speed: 12, now: new Date('2026-03-01T12:00:00Z') }

interface Scene {
  readonly sandbox: Sandbox
  readonly chain: Chain
  ask(tx?: string): Promise<OutageFacts>
  /** A small transaction of the wallet. */
  send(nonce: number): Promise<string>
}

async function scene(changes: Readonly<Record<string, string>> = {}, sandbox = shared): Promise<Scene> {
  const { CORE_DATABASE_URL: _, PROVER_DATABASE_URL: __, ...observer } = sandbox.environment
  const config = readConfig({ ...observer, ENDPOINT_OPERATORS: operators, ...changes }, { readFile: () => '' })
  const [settings] = config.chains
  if (settings === undefined) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', outside: quickSamples })
  open.push(chain)
  const { l2Url } = firstChain(sandbox)
  const chainId = Number(await resultOf(l2Url, 'eth_chainId'))
  const nothing = { batch: null, block: null, at: null, text: null }
  return {
    sandbox,
    chain,
    ask: (tx) => chain.outage.check({ tx: tx ?? null, reported: nothing, signal: AbortSignal.timeout(60_000) }),
    async send(nonce) {
      const raw = {
        type: 2,
        chainId,
        nonce,
        to: wallet.address,
        value: 1n,
        gasLimit: 100_000n,
        maxFeePerGas: 10n ** 9n,
      }
      return resultOf(l2Url, 'eth_sendRawTransaction', await wallet.signTransaction(raw))
    },
  }
}

const look = ({ chain }: Scene) => chain.outage.probe?.look({ signal: AbortSignal.timeout(60_000) })
const codes = ({ findings }: OutageFacts) => findings.map(({ code }) => code)
/** A halted sandbox has a deposit on L1 that may still be on its way, so that nobody can call it idle. */
function expectNoEvidence({ verdict, demand }: OutageFacts): void {
  expect({ down: verdict === 'down', demand }).toEqual({ down: false, demand: [] })
}

const patient = { timeout: 120_000 }

describe('a transaction that the asker names', patient, () => {
  it('is evidence once the sequencer leaves it waiting: down by two operators, and only by two', async () => {
    const { sandbox, ask, send } = await scene()
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(20)
    const tx = await send(0)
    await sandbox.advance(100)
    expectNoEvidence(await ask())
    const facts = await ask(tx)
    expect(facts).toMatchObject({ verdict: 'down', headline: 'sequencer-stalled' })
    expect(facts.demand).toMatchObject([{ kind: 'named-transaction' }])
    expect(facts.findings.find(({ code }) => code === 'named-transaction')?.text).toMatch(/the next one of its account/)
  })

  it('is the same evidence on nodes of one operator, but too few see it', async () => {
    const { sandbox, ask, send } = await scene({ ENDPOINT_OPERATORS: 'us=main-rpc+external-rpc+balancer' })
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(20)
    const tx = await send(0)
    await sandbox.advance(100)
    const facts = await ask(tx)
    expect(facts).toMatchObject({ verdict: 'unknown', headline: 'too-few-witnesses' })
    expect(facts.notKnown.join(' ')).toMatch(/all L2 nodes here are of us, one witness/)
  })

  it('is none where a nonce is missing before it', async () => {
    const { sandbox, ask, send } = await scene()
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(20)
    const tx = await send(1)
    await sandbox.advance(100)
    const facts = await ask(tx)
    expectNoEvidence(facts)
    expect(codes(facts)).toContain('named-transaction')
  })

  it('is none once it is in a block, and none when no node knows it', async () => {
    const { sandbox, ask, send } = await scene()
    const tx = await send(0)
    await sandbox.advance(60)
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(120)
    expect((await ask(tx)).findings.find(({ code }) => code === 'named-transaction')?.values.state).toBe('included')
    const unknown = await ask(`0x${'ab'.repeat(32)}`)
    expectNoEvidence(unknown)
    expect(unknown.findings.find(({ code }) => code === 'named-transaction')?.values.state).toBe('unknown')
  })

  it('is known as waiting on ZKsync OS too, where since when is what we saw ourselves', async () => {
    const { sandbox, ask, send } = await scene({}, await startSandbox({ sources: 'all', flavour: 'zksync-os' }))
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(120)
    const tx = await send(0)
    const first = await ask(tx)
    expect(first.findings.find(({ code }) => code === 'named-transaction')?.values.state).toBe('pending')
    expect(first.demand).toEqual([])
    await sandbox.advance(90)
    expect((await ask(tx)).demand).toMatchObject([{ kind: 'named-transaction' }])
  })
})

describe('deposits in a node’s pool', patient, () => {
  it('become evidence between two questions, and are none for a bot that sees them for the first time', async () => {
    const { sandbox, ask } = await scene()
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(400)
    const first = await ask()
    expect({ down: first.verdict === 'down', demand: first.demand }).toEqual({ down: false, demand: [] })
    expect(first.findings.find(({ code }) => code === 'waiting-deposits')?.values).toMatchObject({ evidence: false })
    await sandbox.advance(70)
    expect(await ask()).toMatchObject({
      verdict: 'down',
      headline: 'sequencer-stalled',
      demand: [{ kind: 'waiting-deposit' }],
    })
    const { ask: askNew } = await scene()
    expectNoEvidence(await askNew())
  })
})

describe('the probe account', patient, () => {
  const probe = () => ({ PROBE_ACCOUNT: wallet.address })
  /** Beside the deposits that wait on a sandbox without blocks. */
  const withProbe = expect.arrayContaining([expect.objectContaining({ kind: 'probe' })])

  it('shows that somebody waits, once its transaction was seen to come and to stay', async () => {
    const at = await scene(probe())
    const { sandbox, ask, send } = at
    await sandbox.set('sequencer', 'halted')
    await sandbox.advance(100)
    expect(await look(at)).toMatchObject({ account: wallet.address.toLowerCase(), waits: [] })
    await sandbox.advance(20)
    await send(0)
    expect(await look(at)).toMatchObject({ waits: [{ nonce: 0, seenSeconds: 0, sentWithinSeconds: 20 }] })
    const early = await ask()
    expectNoEvidence(early)
    expect(early.findings.find(({ code }) => code === 'probe-account')).toMatchObject({
      severity: 'info',
      values: { waiting: 1, evidence: false },
      text: expect.stringContaining('ask again then'),
    })
    await sandbox.advance(61)
    const facts = await ask()
    expect(facts).toMatchObject({ verdict: 'down', headline: 'sequencer-stalled', demand: withProbe })
    expect(facts.findings[0]?.text).toContain('the probe account has 1 waiting transaction')
  })

  it('is no evidence by what already waited when it was first looked at', async () => {
    const at = await scene(probe())
    await at.sandbox.set('sequencer', 'halted')
    await at.sandbox.advance(60)
    await at.send(0)
    await at.sandbox.advance(60)
    await look(at)
    await at.sandbox.advance(120)
    const facts = await at.ask()
    expectNoEvidence(facts)
    // The next one was seen to come.
    await at.send(1)
    await look(at)
    await at.sandbox.advance(70)
    expect(await at.ask()).toMatchObject({ verdict: 'down', demand: withProbe })
  })

  it('is no evidence by what came before the newest block and was left out of it', async () => {
    const at = await scene(probe())
    await look(at)
    // A gap: no sequencer can take it.
    await at.send(0)
    await at.send(2)
    await at.sandbox.advance(30)
    await look(at)
    await at.sandbox.advance(30)
    await at.sandbox.set('traffic', 'quiet')
    await at.sandbox.advance(400)
    expect(await at.ask()).toMatchObject({ verdict: 'up', headline: 'idle', demand: [] })
  })

  it('that cannot be looked at is told as not known, and blames nobody', async () => {
    const at = await scene({ ...probe(), L2_RPC_URLS: 'gone=http://127.0.0.1:1', ENDPOINT_OPERATORS: '' })
    const facts = await at.ask()
    expect(facts.notKnown).toContain('Whether the probe account waits: no L2 node told its nonces.')
    expect(facts.verdict).not.toBe('down')
  })
})
