// Findings that no database of the other tests shows by itself: judged from facts.
import { describe, expect, it } from 'vitest'
import { judge } from '../../../src/rollup/trace/findings.ts'
import type { TraceRow } from '../../../src/rollup/trace/query.ts'
import { commitDone, executedFacts, open, verified } from '../../support/trace-facts.ts'

const asked = { traced: executedFacts, unreadable: [], rpc: null, progress: null, l1ChainId: 1, baseFeePerGas: null }

const row: TraceRow = {
  asked: null,
  now: '2023-09-18T09:00:00',
  replicaLagSeconds: null,
  external: false,
  transaction: null,
  logs: [],
  block: null,
  batch: null,
  openBatch: null,
  openBatchTimestamp: null,
  sent: null,
  settled: [],
  stages: [],
  precommits: false,
  heads: { commit: 7670, prove: 7670, execute: 7670 },
  failed: null,
  proofs: [],
  oldestBlock: 1,
  newestBlock: 15_900,
  usual: null,
}

const codes = (circumstances: Partial<Parameters<typeof judge>[0]>) =>
  judge({ ...asked, row: null, ...circumstances }).map(({ code, severity }) => `${severity} ${code}`)

describe('findings of a trace', () => {
  it('are none where all is done, verified and in agreement', () => {
    expect(codes({ row })).toEqual([])
    expect(codes({ rpc: { ...executedFacts, source: 'rpc' } })).toEqual([])
  })

  it.each([
    [4, 'done', []],
    [5, 'done', ['info resent-many']],
    [7, 'sent', ['warning resent-many']],
  ] as const)('count %i sends of a stage that is %s', (sends, state, expected) => {
    expect(
      codes({ traced: { ...executedFacts, stages: [{ ...commitDone, state, sends, verification: null }] } }),
    ).toEqual(expected)
  })

  it.each([
    [59, []],
    [60, ['warning replica-lag']],
  ])('name a replica that is %i s behind', (replicaLagSeconds, expected) => {
    expect(codes({ row: { ...row, replicaLagSeconds } })).toEqual(expected)
  })

  it('blame the L2 node where it was the one that called a stage done', () => {
    const missing = { ...verified('2023-09-18T03:50:11Z'), result: 'missing' as const, why: 'not known' }
    const stages = [{ ...commitDone, verification: missing }]
    expect(codes({ traced: { ...executedFacts, source: 'rpc', stages } })).toEqual([
      'critical rpc-says-done-l1-unknown',
    ])
  })

  it('say nothing of the counters on L1 while the chain settles elsewhere', () => {
    const progress = { committed: 1, verified: 1, executed: 1, frozen: false, settlementLayer: null }
    expect(codes({ progress })).toEqual(['critical batch-below-revert'])
    const stages = [{ ...commitDone, settlementChainId: 9075 }]
    expect(codes({ traced: { ...executedFacts, stages }, progress })).toEqual(['info settles-elsewhere'])
  })

  it('don’t call a late endpoint a contradiction', () => {
    const late = { ...executedFacts, source: 'rpc' as const, batch: null, stages: [open('commit', {})] }
    expect(codes({ rpc: late })).toEqual([])
  })

  it('name the failed transaction that stops the sender only while something is still to be sent', () => {
    const failed = { ethTxId: 9, type: 'ExecuteBlocks', createdAt: '2023-09-18T09:00:00' }
    expect(codes({ row: { ...row, failed } })).toEqual([])
    const stages = [commitDone, open('prove', {})]
    expect(codes({ traced: { ...executedFacts, stages }, row: { ...row, failed } })).toEqual(['critical has-failed'])
  })
})
