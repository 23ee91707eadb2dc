// A chain that moves to another settlement layer, as contracts beside its diamond tell it on L1: words, and no other verdict.

import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { contract } from '../../../../sandbox/l1/contracts.ts'
import { createSandbox, type Sandbox } from '../../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../../src/chains.ts'
import { readConfig } from '../../../../src/config.ts'
import { numberTopic } from '../../../../src/rollup/l1/contracts.ts'
import { readMoves } from '../../../../src/rollup/l1/moves.ts'
import type { OutageFacts } from '../../../../src/services.ts'
import { passOnTo, type RpcServer, startRpcServer } from '../../../support/rpc-server.ts'
import { silentLog } from '../../../support/storage.ts'

const handlerCalls = contract('ChainAssetHandler')
let sandbox: Sandbox
let l1: RpcServer
let directory: string
const chains: Chain[] = []

beforeAll(async () => {
  sandbox = await createSandbox({ historyBatches: 14, speed: 12, postgresUrl: inject('postgresUrl') })
  l1 = await startRpcServer(passOnTo((sandbox.environment.L1_RPC_URLS ?? '').replace(/^\w+=/, '')))
  directory = mkdtempSync(path.join(os.tmpdir(), 'rollcall-moves-'))
}, 120_000)
afterAll(async () => {
  await l1?.stop()
  await sandbox?.stop()
  rmSync(directory, { recursive: true, force: true })
})
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close()
})

/** A bot that was started again each time, by the time of L1. */
async function check(): Promise<OutageFacts> {
  const { CORE_DATABASE_URL: _, ...observer } = sandbox.environment
  const environment = { ...observer, L1_RPC_URLS: `l1=${l1.url}`, OUTAGE_COMMIT_SECONDS: '60' }
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (!settings) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', stateDirectory: directory })
  chains.push(chain)
  const reported = { batch: null, block: null, at: null, text: null }
  return chain.outage.check({ tx: null, reported, signal: AbortSignal.timeout(60_000) })
}

const moveIn = ({ findings }: OutageFacts) => findings.filter(({ code }) => code.startsWith('migration-'))
const searches = (from: number) =>
  l1.requests
    .slice(from)
    .flatMap(({ messages }) => messages)
    .filter(({ method }) => method === 'eth_getLogs')
    .map(({ params }) => params[0] as { readonly address: unknown; readonly topics: readonly unknown[] })

describe('a move to another settlement layer', { timeout: 60_000 }, () => {
  it('is asked about where the chain’s own contracts name others, in the same three round trips', async () => {
    const [{ chainId, diamond } = { chainId: 0, diamond: '' }] = sandbox.chains
    const { assetHandler, serverNotifier, asOwner } = sandbox.contracts
    // Another chain's move is not ours.
    await asOwner(assetHandler, handlerCalls.encodeFunctionData('start', [chainId + 1, 506]))
    await sandbox.advance(5)
    await check()
    const before = l1.requests.length
    expect(moveIn(await check())).toEqual([])
    expect(l1.requests.length - before).toBeLessThanOrEqual(3)
    const asked = searches(before)
    expect(new Set(asked.map(({ address }) => address))).toEqual(new Set([diamond, assetHandler, serverNotifier]))
    const chainOf = asked.filter(({ address }) => address !== diamond).map(({ topics }) => topics[1])
    expect(chainOf).toEqual([numberTopic(chainId), numberTopic(chainId)])
  })

  it('that is announced is told', async () => {
    await sandbox.set('migration', 'announced')
    await sandbox.advance(5)
    const facts = await check()
    expect(facts.verdict).toBe('up')
    expect(moveIn(facts)).toMatchObject([
      { code: 'migration-announced', severity: 'warning', values: { at: expect.stringMatching(/Z$/), layer: null } },
    ])
  })

  it('that was started explains why commits are late, and changes no verdict', async () => {
    await sandbox.set('migration', 'started')
    await sandbox.advance(150)
    const facts = await check()
    expect(facts).toMatchObject({ verdict: 'degraded', headline: 'commit-stalled' })
    expect(facts.findings[0]?.text).toMatch(/commits pause: it may be planned/)
    expect(moveIn(facts)).toMatchObject([{ code: 'migration-started', values: { layer: 506 } }])
  })

  it('is not forgotten when its start is further back than events are searched', async () => {
    await check()
    const [snapshot] = await sandbox.anvil.call(['evm_snapshot'])
    await sandbox.anvil.call(['anvil_mine', '0x44c', '0x1'])
    expect(moveIn(await check()).map(({ code }) => code)).toEqual(['migration-started'])
    await sandbox.anvil.call(['evm_revert', snapshot])
  })

  it('that is over is told for some hours, and explains nothing any more', async () => {
    await sandbox.set('migration', 'none')
    await sandbox.advance(5)
    const facts = await check()
    expect(moveIn(facts)).toMatchObject([{ code: 'migration-finalized', severity: 'info' }])
    expect(facts.findings[0]?.text).not.toMatch(/planned/)
  })

  it('is asked of nobody where the contracts name no such contract, as older ones', async () => {
    const { asOwner, bridgehub, chainTypeManager } = sandbox.contracts
    const nobody = [`0x${'0'.repeat(40)}`]
    await asOwner(bridgehub, contract('Bridgehub').encodeFunctionData('setChainAssetHandler', nobody))
    await asOwner(chainTypeManager, contract('ChainTypeManager').encodeFunctionData('setServerNotifier', nobody))
    await sandbox.advance(5)
    const before = l1.requests.length
    expect((await check()).l1).not.toBeNull()
    expect(new Set(searches(before).map(({ address }) => address))).toEqual(new Set([sandbox.chains[0]?.diamond]))
  })
})

it('counts only by the contracts that were found, for this chain, and not undone', () => {
  const [assetHandler, serverNotifier] = [`0x${'aa'.repeat(20)}`, `0x${'bb'.repeat(20)}`]
  const contracts = { bridgehub: null, assetHandler, serverNotifier }
  const started = handlerCalls.getEvent('MigrationStarted')?.topicHash ?? ''
  const announced = contract('ServerNotifier').getEvent('MigrateFromGateway')?.topicHash ?? ''
  // As the real contracts emit them.
  expect(started).toBe('0xc60eb6d595da5361c68f60aa7c8286b8f73c3a99e9db1818e146c522f512496f')
  expect(announced).toBe('0x5f2eec144bec926582a8968a634d74ca203bc465335e5d252a0c7c9be17a6cd6')
  const log = (address: string, topics: readonly string[], removed = false) => ({
    ...{ address, topics: [...topics], data: '0x', blockNumber: 7, blockTimestamp: 9, transactionHash: null, removed },
  })
  const start = [started, numberTopic(324), numberTopic(1), numberTopic(9075)]
  const stepsIn = (...logs: readonly ReturnType<typeof log>[]) =>
    readMoves(logs, contracts, 324).map(({ step, layer }) => [step, layer])
  expect(stepsIn(log(assetHandler, start), log(serverNotifier, [announced, numberTopic(324)]))).toEqual([
    ['started', 9075],
    ['announced', null],
  ])
  expect(
    stepsIn(
      log(`0x${'cc'.repeat(20)}`, start),
      log(serverNotifier, start),
      log(assetHandler, start, true),
      log(assetHandler, [started, numberTopic(325), numberTopic(1), numberTopic(9075)]),
    ),
  ).toEqual([])
})
