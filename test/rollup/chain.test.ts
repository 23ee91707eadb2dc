// The whole way over RPC on a moving rollup: what a node tells, what L1 proves, for both node stacks.

import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { createSandbox, type Sandbox, type SandboxSettings } from '../../sandbox/sandbox.ts'
import { type ChainRpc, createChainRpc } from '../../src/rollup/chain.ts'
import type { SettlementClaim } from '../../src/rollup/l1/settlement-claim.ts'
import type { RpcTrace } from '../../src/rollup/l2/rpc-trace.ts'
import { firstChain, fixedNow } from '../sandbox/support.ts'
import { passOnTo, type RpcServer, startRpcServer } from '../support/rpc-server.ts'

const never = { signal: new AbortController().signal }

/** One for a whole group: nothing in it changes the rollup. */
function sharedSandbox(settings: SandboxSettings): () => Sandbox {
  let sandbox: Sandbox | null = null
  beforeAll(async () => {
    const small = { historyBatches: 14, speed: 12, now: fixedNow, postgresUrl: inject('postgresUrl') }
    sandbox = await createSandbox({ ...small, ...settings })
  }, 120_000)
  afterAll(() => sandbox?.stop())
  return () => {
    if (sandbox === null) throw new Error('the sandbox has not started')
    return sandbox
  }
}

function reach(sandbox: Sandbox, l1Url = sandbox.anvil.url): ChainRpc {
  return createChainRpc({
    l1: [{ name: 'anvil', url: l1Url }],
    l2: [{ name: 'node', url: firstChain(sandbox).l2Url }],
    gateway: [],
    ...{ l1ChainId: null, l2ChainId: null, diamondProxyAddress: null },
    now: () => new Date(sandbox.now() * 1000),
    timeoutMs: 20_000,
  })
}

async function follow({ tracer }: ChainRpc, hash: string | undefined): Promise<RpcTrace> {
  const answer = await tracer?.transaction(hash ?? '', never)
  if (!answer?.known) throw new Error(`not known: ${JSON.stringify(answer)}`)
  return answer.trace
}

function claimsOf({ batch, stages }: RpcTrace): readonly SettlementClaim[] {
  return stages.flatMap(({ stage, hash, settlementChainId }) =>
    batch === null || hash === null
      ? []
      : [
          {
            stage,
            batch: batch.number,
            hash,
            batchHash: batch.rootHash,
            commitment: batch.commitment,
            settlementChainId,
          },
        ],
  )
}

const done = ({ stages }: RpcTrace) => stages.flatMap(({ stage, hash }) => (hash === null ? [] : [stage]))

async function count(url: string): Promise<RpcServer> {
  const server = await startRpcServer(passOnTo(url))
  onTestFinished(() => server.stop())
  return server
}

describe('an EraVM node of today', () => {
  const shared = sharedSandbox({ historyBatches: 24 })

  it('each transaction is as far as the rollup has it, and L1 proves every stage in two requests', async () => {
    const sandbox = shared()
    const l1 = await count(sandbox.anvil.url)
    const rpc = reach(sandbox, l1.url)
    const hashes = sandbox.hashes()
    const wanted = {
      executed: ['precommit', 'commit', 'prove', 'execute'],
      proven: ['precommit', 'commit', 'prove'],
      committed: ['precommit', 'commit'],
      pending: [],
    } as const
    for (const [name, stages] of Object.entries(wanted)) {
      const trace = await follow(rpc, hashes[name as keyof typeof wanted])
      expect(done(trace), name).toEqual(stages)
      expect(trace.findings).toEqual([])
      const before = l1.requests.length
      const { proofs, findings } = await rpc.verifier.verify(claimsOf(trace), never)
      expect(proofs.map(({ result, why }) => `${result}: ${why}`).filter((one) => !one.startsWith('verified'))).toEqual(
        [],
      )
      expect(proofs.every(({ l1Time }) => l1Time !== null)).toBe(true)
      expect(findings).toEqual([])
      expect(l1.requests.length - before).toBeLessThanOrEqual(2)
    }
  })

  it('failed, unknown and rejected ones are told apart', async () => {
    const sandbox = shared()
    const rpc = reach(sandbox)
    expect((await follow(rpc, sandbox.hashes().reverted)).transaction?.status).toBe('failed')
    const unknown = await rpc.tracer?.transaction(`0x${'77'.repeat(32)}`, never)
    expect(unknown).toMatchObject({ known: false, sure: true })
  })

  it('an L1 hash leads to what it settled, a deposit to its L2 transaction', async () => {
    const sandbox = shared()
    const { l1Transactions } = reach(sandbox)
    const { l1Commit, l1Prove, l1Execute, deposit, depositRequest } = sandbox.hashes()
    for (const [stage, hash] of Object.entries({ commit: l1Commit, prove: l1Prove, execute: l1Execute })) {
      expect(await l1Transactions?.read(hash ?? '', never)).toMatchObject({ state: 'success', settled: [{ stage }] })
    }
    const request = await l1Transactions?.read(depositRequest ?? '', never)
    expect(request?.deposits.map(({ l2Hash }) => l2Hash)).toEqual([deposit])
  })

  it('a withdrawal is claimable until somebody has claimed it', async () => {
    const sandbox = shared()
    const rpc = reach(sandbox)
    const { withdrawal, claimedWithdrawal } = sandbox.hashes()
    const stateOf = async (hash: string | undefined) => {
      const { transaction } = await follow(rpc, hash)
      const messages = (transaction?.messages ?? []).map(({ index, key }) => ({
        index,
        contract: `0x${key.slice(26)}`,
      }))
      const claims = await rpc.withdrawals.ofTransaction(hash ?? '', messages, never)
      return claims.map(({ state }) => state)
    }
    expect(await stateOf(withdrawal)).toEqual(['claimable'])
    expect(await stateOf(claimedWithdrawal)).toEqual(['claimed'])
  })
})

describe('an EraVM node of 2023', () => {
  const shared = sharedSandbox({ generation: '2023' })

  it('tells less, and L1 proves it all the same', async () => {
    const sandbox = shared()
    const rpc = reach(sandbox)
    const trace = await follow(rpc, sandbox.hashes().executed)
    expect(trace.batch?.commitment).toBeNull()
    expect(done(trace)).toEqual(['commit', 'prove', 'execute'])
    const { proofs } = await rpc.verifier.verify(claimsOf(trace), never)
    expect(proofs.map(({ result }) => result)).toEqual(['verified', 'verified', 'verified'])
  })
})

describe('a ZKsync OS node', () => {
  const shared = sharedSandbox({ flavour: 'zksync-os' })

  it('is followed by its tags and by L1, which then proves it', async () => {
    const sandbox = shared()
    const rpc = reach(sandbox)
    const { executed, proven, committed, sealed } = sandbox.hashes()
    for (const [hash, stages] of [
      [executed, ['commit', 'prove', 'execute']],
      [proven, ['commit', 'prove']],
      [committed, ['commit']],
    ] as const) {
      const trace = await follow(rpc, hash)
      expect(trace.stack).toBe('zksync-os')
      expect(done(trace)).toEqual(stages)
      const { proofs } = await rpc.verifier.verify(claimsOf(trace), never)
      expect(proofs.map(({ result }) => result)).toEqual(stages.map(() => 'verified'))
      const byNumber = await rpc.tracer?.batch(trace.batch?.number ?? -1, never)
      expect(byNumber).toMatchObject({
        known: true,
        trace: { batch: { number: trace.batch?.number }, stages: trace.stages },
      })
    }
    if (sealed !== undefined) expect(done(await follow(rpc, sealed))).toEqual([])
  })
})
