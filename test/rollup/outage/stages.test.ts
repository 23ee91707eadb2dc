// How late each stage on L1 is, one fault at a time: on ZKsync OS, whose node has no batches, and by the database alone while every node is down.

import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { type Chain, createChain } from '../../../src/chains.ts'
import { readConfig } from '../../../src/config.ts'
import type { OutageFacts } from '../../../src/services.ts'
import { passOnTo, type RpcServer, sendJson, startRpcServer } from '../../support/rpc-server.ts'
import { silentLog } from '../../support/storage.ts'

const small = { historyBatches: 14, speed: 12, now: new Date('2026-03-01T12:00:00Z') }
const patient = { timeout: 120_000 }
/** Short, and longer than anything takes that comes in time. */
const late = 120
const thresholds = {
  OUTAGE_COMMIT_SECONDS: `${late}`,
  OUTAGE_PROVE_SECONDS: `${late}`,
  OUTAGE_EXECUTE_SECONDS: `${late}`,
}
/** The clock stands still between its steps: samples of a head show the same, however far apart. */
const outside = { sampleSpacingMs: 0 }
const chains: Chain[] = []
const servers: RpcServer[] = []
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close()
  for (const server of servers.splice(0)) await server.stop()
})

function chainOn(sandbox: Sandbox, changes: Readonly<Record<string, string>> = {}): Chain {
  const config = readConfig({ ...sandbox.environment, ...thresholds, ...changes }, { readFile: () => '' })
  const [settings] = config.chains
  if (settings === undefined) throw new Error('no chain')
  const now = () => new Date(sandbox.now() * 1000)
  const chain = createChain({ settings, log: silentLog, now, reportTimeZone: 'UTC', outside })
  chains.push(chain)
  return chain
}

const nothing = { batch: null, block: null, at: null, text: null }
const ask = (chain: Chain) => chain.outage.check({ tx: null, reported: nothing, signal: AbortSignal.timeout(60_000) })
const codes = ({ findings }: OutageFacts) => findings.map(({ code }) => code)
const stage = ({ progress }: OutageFacts, name: 'commit' | 'prove' | 'execute') =>
  progress.find((one) => one.stage === name)

describe('on ZKsync OS', patient, () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await createSandbox({ ...small, flavour: 'zksync-os' })
  }, 120_000)
  afterAll(() => sandbox?.stop())
  /** What waited is done, so that the next test begins with a chain in time. */
  afterEach(async () => {
    await sandbox.set('commits', 'none')
    await sandbox.set('proofs', 'none')
    await sandbox.set('execution', 'none')
    await sandbox.advance(120)
  })

  it('a chain in time is healthy, without a word of batches that its node can’t count', async () => {
    const facts = await ask(chainOn(sandbox))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy' })
    expect(facts.sources.find(({ kind }) => kind === 'l2-rpc')?.batch).toBeNull()
    expect(stage(facts, 'commit')?.backlog).toBeNull()
    expect(stage(facts, 'prove')?.waiting?.seconds ?? 0).toBeLessThan(late)
  })

  it('a commit is late from the block after the last committed one on', async () => {
    await sandbox.set('commits', 'paused')
    await sandbox.advance(late - 60)
    expect((await ask(chainOn(sandbox))).headline).toBe('healthy')
    await sandbox.advance(120)
    const facts = await ask(chainOn(sandbox))
    expect(facts).toMatchObject({ verdict: 'degraded', headline: 'commit-stalled' })
    const waiting = stage(facts, 'commit')?.waiting
    expect(waiting?.batch).toBe((facts.l1?.committed ?? 0) + 1)
    expect(waiting?.seconds).toBeGreaterThan(late)
    // It can't have waited since before the fault by more than a batch takes.
    expect(waiting?.seconds).toBeLessThan(late + 60 + 90)
  })

  it('a proof is late by what L1 tells alone', async () => {
    await sandbox.set('proofs', 'halted')
    await sandbox.advance(late + 60)
    const facts = await ask(chainOn(sandbox))
    expect(facts).toMatchObject({ verdict: 'degraded', headline: 'prove-stalled' })
    const waiting = stage(facts, 'prove')?.waiting
    expect(waiting?.batch).toBe((facts.l1?.verified ?? 0) + 1)
    expect(waiting?.seconds).toBeGreaterThan(late)
    expect(codes(facts)).not.toContain('commit-stalled')
  })

  it('an execution that waits for its delay is not late', async () => {
    await sandbox.set('execution', 'delayed')
    await sandbox.advance(late + 60)
    const facts = await ask(chainOn(sandbox))
    expect(facts).toMatchObject({ verdict: 'up', headline: 'healthy', executionDelaySeconds: 86_400 })
    const execute = stage(facts, 'execute')
    expect(execute).toMatchObject({ waiting: null, eligibleAt: expect.any(String) })
    expect(execute?.backlog).toBeGreaterThan(0)
    const hours = (Date.parse(execute?.eligibleAt ?? '') / 1000 - sandbox.now()) / 3600
    expect(hours).toBeGreaterThan(23)
    expect(hours).toBeLessThan(24)
  })

  it('an execution is late from the end of its delay on', async () => {
    await sandbox.set('execution', 'halted')
    await sandbox.advance(late + sandbox.pace.executionDelay + 60)
    const facts = await ask(chainOn(sandbox))
    expect(facts).toMatchObject({ verdict: 'degraded', headline: 'execute-stalled' })
    const execute = stage(facts, 'execute')
    expect(execute?.waiting?.batch).toBe((facts.l1?.executed ?? 0) + 1)
    expect(execute?.waiting?.seconds).toBeGreaterThan(late)
    expect(execute?.waiting?.seconds).toBeLessThan(late + sandbox.pace.executionDelay + 90)
  })
})

describe('on EraVM', patient, () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await createSandbox({ ...small, postgresUrl: inject('postgresUrl') })
  }, 120_000)
  afterAll(() => sandbox?.stop())
  afterEach(async () => {
    await sandbox.set('rpcs', 'none')
    await sandbox.set('commits', 'none')
    await sandbox.set('proofs', 'none')
    await sandbox.set('execution', 'none')
    await sandbox.advance(120)
  })

  it.each([
    ['commits', 'paused', 'commit'],
    ['proofs', 'halted', 'prove'],
    ['execution', 'halted', 'execute'],
  ] as const)(
    '%s %s are told by the database too, and from the same time on, while every node is down',
    async (fault, how, name) => {
      await sandbox.set(fault as 'proofs', how as 'halted')
      await sandbox.advance(late + sandbox.pace.executionDelay + 60)
      const chain = chainOn(sandbox)
      const before = await ask(chain)
      expect(before).toMatchObject({ verdict: 'degraded', headline: `${name}-stalled` })
      await sandbox.set('rpcs', 'error')
      const facts = await ask(chain)
      expect(facts).toMatchObject({ verdict: 'degraded', headline: 'l2-unreachable' })
      expect(codes(facts)).toContain(`${name}-stalled`)
      expect(stage(facts, name)?.waiting).toMatchObject({ batch: stage(before, name)?.waiting?.batch })
      const [then, now] = [before, facts].map((one) => Date.parse(stage(one, name)?.waiting?.since ?? ''))
      expect(Math.abs((then as number) - (now as number))).toBeLessThanOrEqual(1000)
    },
  )

  it('without the database nobody can say since when a batch waits for its commit, and that is said', async () => {
    await sandbox.set('commits', 'paused')
    await sandbox.advance(late + 60)
    const chain = chainOn(sandbox)
    await ask(chain)
    await sandbox.set('rpcs', 'error')
    await sandbox.chains[0]?.database?.client.query('ALTER TABLE l1_batches RENAME TO l1_batches_away')
    try {
      const facts = await ask(chain)
      expect(codes(facts)).not.toContain('commit-stalled')
      expect(stage(facts, 'commit')?.waiting).toBeNull()
    } finally {
      await sandbox.chains[0]?.database?.client.query('ALTER TABLE l1_batches_away RENAME TO l1_batches')
    }
  })

  it('a sender whose purse runs dry is named before its commits are late', async () => {
    await sandbox.set('commits', 'balance')
    const facts = await ask(chainOn(sandbox))
    const low = facts.findings.filter(({ code }) => code === 'operator-balance-low')
    expect(low).toMatchObject([{ severity: 'warning', values: { stage: 'commit', balance: '0' } }])
    expect(facts.headline).toBe('healthy')
  })

  it('a sender whose transactions stay in L1’s mempool is named, with how many', async () => {
    const l1 = (sandbox.environment.L1_RPC_URLS ?? '').replace(/^\w+=/, '')
    const server = await startRpcServer(withPending(passOnTo(l1), 40))
    servers.push(server)
    const facts = await ask(chainOn(sandbox, { L1_RPC_URLS: `l1=${server.url}` }))
    const stuck = facts.findings.filter(({ code }) => code === 'operator-transactions-pending')
    expect(stuck.map(({ values }) => values.count)).toEqual([40, 40])
    expect(facts.operators.every(({ pending }) => pending === 40)).toBe(true)
    expect(facts.verdict).toBe('up')
  })

  /** An L1 whose pool holds so many more of each account than are mined. */
  function withPending(pass: ReturnType<typeof passOnTo>, more: number): ReturnType<typeof passOnTo> {
    return async (request, response) => {
      const isAsked = request.messages.some(
        ({ method, params }) => method === 'eth_getTransactionCount' && params[1] === 'pending',
      )
      if (!isAsked) return pass(request, response)
      const answers = await Promise.all(
        request.messages.map(async ({ id, method, params }) => {
          const [result] = await sandbox.anvil.call([method, ...params])
          const isPending = method === 'eth_getTransactionCount' && params[1] === 'pending'
          return { jsonrpc: '2.0', id, result: isPending ? `0x${(Number(result) + more).toString(16)}` : result }
        }),
      )
      sendJson(response, request.isBatch ? answers : answers[0])
    }
  }
})
