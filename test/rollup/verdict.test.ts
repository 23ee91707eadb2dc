// The verdict as a table of cases, and what must never happen whatever the sources say.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type {
  Demand,
  ExplorerObservation,
  L2Observation,
  Observations,
  Thresholds,
  Trouble,
} from '../../src/rollup/outage/facts.ts'
import { situationOf } from '../../src/rollup/outage/situation.ts'
import { judgeOutage } from '../../src/rollup/verdict.ts'

const now = 1_700_000_000
const thresholds: Thresholds = {
  sequencer: 300,
  commit: 10_800,
  prove: 43_200,
  execute: 21_600,
  rpcLag: 30,
  rpcLagBlocks: 30,
  explorerLag: 300,
  l1Stale: 120,
  demandGrace: 60,
  priorityGrace: 1200,
}
const trouble: Trouble = { kind: 'timeout', text: 'no answer within 4 s' }
const head = (age: number) => ({ number: 1_000_000 - age, hash: null, time: now - age })
const rpc = (name: string, age: number, more: Partial<L2Observation> = {}): L2Observation => ({
  name,
  operator: name,
  trouble: null,
  samples: [head(age), head(age), head(age)],
  sealedBatch: 100,
  ...more,
})
const explorer = (age: number, more: Partial<ExplorerObservation> = {}): ExplorerObservation => ({
  name: 'explorer',
  operator: 'zksync.io',
  trouble: null,
  head: head(age),
  sealedBatch: null,
  ...more,
})
const l1: NonNullable<Observations['l1']> = {
  trouble: null,
  head: { number: 18_000_000, hash: null, time: now - 6 },
  counters: { committed: 99, verified: 90, executed: 80 },
  committedBlock: null,
  requests: { queue: 3, since: 0, undated: false },
  frozen: false,
  settlesOn: null,
  lastCommit: null,
  moving: false,
  commitWaiting: null,
  proveWaiting: null,
  executeWaiting: null,
  waitsUnread: [],
  reverted: null,
}
const database = (age: number, more = {}): NonNullable<Observations['database']> => ({
  trouble: null,
  head: head(age),
  sealedBatch: 100,
  replicaLagSeconds: 0,
  own: true,
  ...more,
})
const pending: Demand = {
  kind: 'pending-transaction',
  witness: 'database',
  since: now - 200,
  text: '12 transactions wait',
}
const priority: Demand = {
  kind: 'priority-request',
  witness: 'l1',
  since: now - 1500,
  text: 'a deposit on L1 is not served',
}
const deposit: Demand = {
  kind: 'waiting-deposit',
  witness: 'l2-rpc',
  since: now - 200,
  text: "3 deposits wait in the node's pool",
}
const named: Demand = {
  kind: 'named-transaction',
  witness: 'asker',
  since: now - 200,
  text: 'transaction 0xab is pending',
}

const seen = (more: Partial<Observations>): Observations => ({
  local: now,
  l2: [rpc('a', 2), rpc('b', 3)],
  explorers: [explorer(20)],
  database: null,
  l1,
  demand: [],
  thresholds,
  ...more,
})
const still = [rpc('a', 2000), rpc('b', 2000)]

describe('the verdict', () => {
  it.each<[string, Partial<Observations>, string]>([
    ['everything is fine', {}, 'up healthy'],
    ['the explorer is stuck', { explorers: [explorer(2220)] }, 'up explorer-lagging'],
    ['L1 proves the explorer behind', { explorers: [explorer(20, { sealedBatch: 97 })] }, 'up explorer-lagging'],
    ['the explorer fails', { explorers: [explorer(0, { trouble })] }, 'up healthy'],
    ['one endpoint lags', { l2: [rpc('a', 2), rpc('b', 400)] }, 'degraded rpc-lagging'],
    [
      'L1 proves one endpoint behind whatever its head says',
      { l2: [rpc('a', 2), rpc('b', 2, { sealedBatch: 90 })] },
      'degraded rpc-lagging',
    ],
    ['a load balancer goes back once', { l2: [rpc('a', 2, { samples: [head(2), head(90), head(2)] })] }, 'up healthy'],
    [
      'L1 proves every endpoint behind',
      { l2: still.map((one) => ({ ...one, sealedBatch: 90 })), explorers: [], demand: [pending] },
      'unknown rpc-lagging',
    ],
    [
      'every endpoint is behind the database',
      { l2: still, explorers: [], database: database(2) },
      'unknown rpc-lagging',
    ],
    ['no block, no demand', { l2: still, explorers: [explorer(2000)] }, 'up idle'],
    [
      'no block, and demand older than the newest block',
      { l2: still, explorers: [explorer(2000)], demand: [{ ...pending, since: now - 2500 }] },
      'up idle',
    ],
    [
      'no block, and demand that has just come',
      { l2: still, explorers: [], demand: [{ ...pending, since: now - 5 }] },
      'up idle',
    ],
    [
      'no block, and demand too old to be on its way and too young to prove anything',
      { l2: still, explorers: [], demand: [{ ...pending, since: now - 30 }] },
      'unknown too-few-witnesses',
    ],
    [
      'no block, and the asker’s transaction waits for a moment only',
      { l2: still, explorers: [], demand: [{ ...named, since: now }] },
      'unknown too-few-witnesses',
    ],
    [
      'no block, and the asker’s transaction came before the newest one',
      { l2: still, explorers: [], demand: [{ ...named, since: now - 5000 }] },
      'unknown too-few-witnesses',
    ],
    [
      'no block, and something waits of which nobody knows whether it could be taken',
      { l2: still, explorers: [], demand: [{ ...named, doubt: 'whether the sequencer could take it is not known' }] },
      'unknown too-few-witnesses',
    ],
    ['blocks, and the asker’s transaction waits', { demand: [{ ...named, since: now }] }, 'up healthy'],
    [
      'two operators see no block, with demand',
      { l2: still, explorers: [explorer(2000)], demand: [named] },
      'down sequencer-stalled',
    ],
    [
      'two endpoints of one operator are one witness',
      { l2: [rpc('a', 2000), rpc('b', 2000, { operator: 'a' })], explorers: [], demand: [named] },
      'unknown too-few-witnesses',
    ],
    [
      'one endpoint and a priority request left unserved',
      { l2: [rpc('a', 2000)], explorers: [], demand: [priority] },
      'down sequencer-stalled',
    ],
    [
      'a priority request that a node may still be waiting for: nobody knows yet',
      { l2: [rpc('a', 2000)], explorers: [], demand: [{ ...priority, since: now - 900 }] },
      'unknown too-few-witnesses',
    ],
    [
      'one endpoint, demand, and a commit overdue',
      {
        l2: [rpc('a', 20_000)],
        explorers: [],
        demand: [named],
        l1: { ...l1, commitWaiting: { batch: 100, since: now - 19_000 } },
      },
      'down sequencer-stalled',
    ],
    [
      'deposits in the pool of one endpoint, and no second witness',
      { l2: [rpc('a', 2000)], explorers: [], demand: [deposit] },
      'unknown too-few-witnesses',
    ],
    [
      'deposits in the pool of a node, and a second operator that shows a fresh block',
      { l2: [rpc('a', 2000), rpc('b', 2)], explorers: [], demand: [deposit] },
      'degraded rpc-lagging',
    ],
    [
      'deposits in a node’s pool, and two operators that see no block',
      { l2: still, explorers: [], demand: [deposit] },
      'down sequencer-stalled',
    ],
    [
      'one endpoint and demand only',
      { l2: [rpc('a', 2000)], explorers: [], demand: [named] },
      'unknown too-few-witnesses',
    ],
    [
      'the core database and demand',
      { l2: [rpc('a', 2000)], explorers: [], database: database(2000), demand: [pending] },
      'down sequencer-stalled',
    ],
    [
      'a replica that is itself behind is no witness',
      { l2: [rpc('a', 2000)], explorers: [], database: database(2000, { replicaLagSeconds: 900 }), demand: [pending] },
      'unknown too-few-witnesses',
    ],
    [
      'an external node’s database is no witness',
      { l2: [rpc('a', 2000)], explorers: [], database: database(2000, { own: false }), demand: [pending] },
      'unknown too-few-witnesses',
    ],
    [
      'an explorer shows a fresh block while every endpoint is stuck',
      { l2: still, explorers: [explorer(2)], demand: [named] },
      'unknown rpc-lagging',
    ],
    [
      'the mempool accepts, the API answers, no block (2023-04-01)',
      { l2: still, explorers: [explorer(2000)], database: database(2000), demand: [pending] },
      'down sequencer-stalled',
    ],
    [
      'commits are late',
      { l1: { ...l1, commitWaiting: { batch: 100, since: now - 11_000 } } },
      'degraded commit-stalled',
    ],
    [
      'commits are late on a quiet chain: not down',
      { l2: still, explorers: [], l1: { ...l1, commitWaiting: { batch: 100, since: now - 11_000 } } },
      'degraded commit-stalled',
    ],
    ['commits wait, not for long', { l1: { ...l1, commitWaiting: { batch: 100, since: now - 9000 } } }, 'up healthy'],
    ['proofs are late', { l1: { ...l1, proveWaiting: { batch: 91, since: now - 50_000 } } }, 'degraded prove-stalled'],
    [
      'execution is late',
      { l1: { ...l1, executeWaiting: { batch: 81, since: now - 22_000 } } },
      'degraded execute-stalled',
    ],
    ['L1 does not answer, blocks are made', { l1: { ...l1, trouble, head: null } }, 'up l1-unreachable'],
    ['L1 is not configured, blocks are made', { l1: null }, 'up l1-unreachable'],
    [
      'L1 does not answer, no blocks',
      { l1: { ...l1, trouble, head: null }, l2: still, explorers: [], demand: [pending] },
      'unknown l1-unreachable',
    ],
    [
      'L1 does not answer, and only the explorer is fresh',
      { l1: { ...l1, trouble, head: null }, l2: [rpc('a', 0, { trouble })] },
      'unknown l1-unreachable',
    ],
    [
      'L1 is stuck by both clocks',
      { l1: { ...l1, head: { number: 1, hash: null, time: now - 900 } } },
      'up l1-unreachable',
    ],
    ['only this machine thinks that L1 is old', { local: now + 3600 }, 'up healthy'],
    ['this machine is an hour behind', { local: now - 3600 }, 'up healthy'],
    ['no endpoint answers, the explorer is fresh', { l2: [rpc('a', 0, { trouble })] }, 'degraded l2-unreachable'],
    [
      'no endpoint answers, nothing else is fresh',
      { l2: [rpc('a', 0, { trouble })], explorers: [] },
      'unknown l2-unreachable',
    ],
    [
      'it settles on a chain we can’t read',
      { l1: { ...l1, settlesOn: { chainId: 9075, readable: false } } },
      'unknown settles-elsewhere',
    ],
    [
      'what waits on L1 while it settles elsewhere is no stall',
      {
        l1: {
          ...l1,
          settlesOn: { chainId: 9075, readable: false },
          commitWaiting: { batch: 100, since: now - 1e6 },
          proveWaiting: { batch: 91, since: now - 1e6 },
        },
      },
      'unknown settles-elsewhere',
    ],
    [
      'a commit overdue on the Gateway that we can read',
      {
        l1: {
          ...l1,
          settlesOn: { chainId: 9075, readable: true },
          commitWaiting: { batch: 100, since: now - 11_000 },
        },
      },
      'degraded commit-stalled',
    ],
    [
      'one endpoint, demand, and a counter of L1 that stands still while it settles elsewhere',
      {
        l2: [rpc('a', 20_000)],
        explorers: [],
        demand: [named],
        l1: {
          ...l1,
          settlesOn: { chainId: 9075, readable: false },
          commitWaiting: { batch: 100, since: now - 1e6 },
        },
      },
      'unknown settles-elsewhere',
    ],
    [
      'it settles on a chain we can read',
      { l1: { ...l1, settlesOn: { chainId: 9075, readable: true } } },
      'up healthy',
    ],
    ['frozen while blocks move', { l1: { ...l1, frozen: true } }, 'degraded frozen'],
    [
      'frozen and no blocks, with demand and two operators',
      { l1: { ...l1, frozen: true }, l2: still, explorers: [], demand: [named] },
      'down frozen',
    ],
    [
      'no block, and when the requests on L1 came could not be read',
      { l2: still, explorers: [], l1: { ...l1, requests: { queue: 3, since: 0, undated: true } } },
      'unknown too-few-witnesses',
    ],
    [
      'no block for longer than the requests on L1 were searched, and its queue is not empty',
      { l2: still, explorers: [], l1: { ...l1, requests: { queue: 1, since: now - 1999, undated: false } } },
      'unknown too-few-witnesses',
    ],
    [
      'the same, and nobody knows whether the queue is empty',
      { l2: still, explorers: [], l1: { ...l1, requests: { queue: null, since: null, undated: false } } },
      'unknown too-few-witnesses',
    ],
    [
      'the same, and the queue is empty',
      { l2: still, explorers: [], l1: { ...l1, requests: { queue: 0, since: null, undated: false } } },
      'up idle',
    ],
    [
      'the same, searched back to the newest block',
      { l2: still, explorers: [], l1: { ...l1, requests: { queue: 1, since: now - 2000, undated: false } } },
      'up idle',
    ],
    [
      'the same, while the node’s operator keeps requests out',
      { l2: still, explorers: [], l1: { ...l1, requests: null } },
      'up idle',
    ],
    [
      'requests that could not be searched while blocks are made',
      { l1: { ...l1, requests: { queue: 7, since: null, undated: false } } },
      'up healthy',
    ],
    [
      'requests that could not be searched beside demand and two operators',
      { l2: still, explorers: [], demand: [named], l1: { ...l1, requests: { queue: 7, since: null, undated: false } } },
      'down sequencer-stalled',
    ],
    ['frozen and quiet', { l1: { ...l1, frozen: true }, l2: still, explorers: [] }, 'degraded frozen'],
    [
      'frozen behind nodes of one operator that stand still',
      { l1: { ...l1, frozen: true }, l2: [rpc('a', 2000)], explorers: [], demand: [named] },
      'degraded frozen',
    ],
    [
      'frozen behind one node that stands still, and commits late: whoever froze it stopped the sequencer too',
      {
        l1: { ...l1, frozen: true, commitWaiting: { batch: 100, since: now - 19_000 } },
        l2: [rpc('a', 20_000)],
        explorers: [],
        demand: [named],
      },
      'down frozen',
    ],
    [
      'no endpoint that could name the diamond, and L1 itself is well',
      {
        l2: [rpc('a', 2, { trouble, samples: [] })],
        l1: { ...l1, counters: null, trouble: { kind: 'no-diamond', text: 'no address' } },
      },
      'degraded l2-unreachable',
    ],
    [
      'the diamond is not known although endpoints answer',
      { l1: { ...l1, counters: null, trouble: { kind: 'no-diamond', text: 'no address' } } },
      'up l1-unreachable',
    ],
    [
      'L1 has committed past the newest block of every endpoint (ZKsync OS)',
      {
        l2: still.map((one) => ({ ...one, sealedBatch: null })),
        explorers: [],
        l1: { ...l1, committedBlock: 999_000 },
      },
      'unknown rpc-lagging',
    ],
    ['batches were reverted', { l1: { ...l1, reverted: { at: now - 600, committed: 95 } } }, 'degraded reverted'],
    [
      'nothing but an explorer is configured',
      { l2: [], explorers: [explorer(2000)], demand: [named] },
      'unknown too-few-witnesses',
    ],
    ['nothing at all is known', { l2: [], explorers: [] }, 'unknown too-few-witnesses'],
  ])('%s', (_, more, expected) => {
    const { verdict, headline } = judgeOutage(seen(more))
    expect(`${verdict} ${headline}`).toBe(expected)
  })

  it('says nothing of stages that are another chain’s', () => {
    const elsewhere = { chainId: 9075, readable: false }
    const waiting = { commitWaiting: { batch: 100, since: now - 1e6 }, executeWaiting: { batch: 81, since: now - 1e6 } }
    const { findings } = judgeOutage(seen({ l1: { ...l1, ...waiting, settlesOn: elsewhere } }))
    expect(findings.map(({ code }) => code)).toEqual(['settles-elsewhere'])
  })

  it('says of late commits that they may be planned while the chain moves, and stays with the verdict', () => {
    const late = {
      commitWaiting: { batch: 100, since: now - 11_000 },
      proveWaiting: { batch: 91, since: now - 50_000 },
    }
    const [moving, staying] = [true, false].map((moves) => judgeOutage(seen({ l1: { ...l1, ...late, moving: moves } })))
    expect(moving).toMatchObject({ verdict: 'degraded', headline: 'commit-stalled' })
    expect(moving?.findings.map(({ text }) => /may be planned/.test(text))).toEqual([true, false])
    expect(staying?.findings.map(({ text }) => /may be planned/.test(text))).toEqual([false, false])
  })

  it('says that L1 keeps pace only where that could be read', () => {
    const [known, unread] = [[], ['prove' as const]].map((waitsUnread) =>
      judgeOutage(seen({ l1: { ...l1, waitsUnread } })),
    )
    expect(known?.findings[0]?.text).toMatch(/and L1 keeps pace\.$/)
    expect(unread?.findings[0]?.text).toMatch(/old\)\.$/)
  })

  it('says of an endpoint that it answered only some of the questions', () => {
    const { headline, findings } = judgeOutage(
      seen({ l2: [rpc('a', 2), rpc('b', 3, { samples: [head(3), head(2)] })] }),
    )
    expect(headline).toBe('healthy')
    expect(findings.map(({ code, values }) => [code, values.name])).toEqual([
      ['healthy', undefined],
      ['source-unsteady', 'b'],
    ])
  })

  it('keeps everything else that holds as findings', () => {
    const both = judgeOutage(
      seen({ explorers: [explorer(2220)], l1: { ...l1, commitWaiting: { batch: 100, since: now - 11_000 } } }),
    )
    expect(both.findings.map(({ code }) => code)).toEqual(['commit-stalled', 'explorer-lagging'])
    const copy = judgeOutage(seen({ database: database(2000, { replicaLagSeconds: 1998 }) }))
    expect(copy.findings.map(({ code }) => code)).toEqual(['healthy', 'database-lagging'])
    const clock = judgeOutage(seen({ local: now + 3600, explorers: [explorer(0, { trouble })] }))
    expect(clock.findings.map(({ code }) => code)).toEqual(['healthy', 'local-clock-wrong', 'source-failed'])
  })
})

const anyAge = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 30_000 }))
const anyRpc = fc.record({
  operator: fc.constantFrom('a', 'b', 'c'),
  age: anyAge,
  jitter: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }),
  fails: fc.boolean(),
  sealed: fc.option(fc.integer({ min: 95, max: 105 })),
})
const anyDemand = fc
  .constantFrom(pending, priority, named, deposit)
  .chain((one) => fc.integer({ min: 0, max: 30_000 }).map((age) => ({ ...one, since: now - age })))
const observations: fc.Arbitrary<Observations> = fc
  .record({
    local: fc.integer({ min: now - 4000, max: now + 4000 }),
    l2: fc.array(anyRpc, { maxLength: 4 }),
    explorers: fc.array(fc.tuple(anyAge, fc.boolean()), { maxLength: 2 }),
    database: fc.option(fc.tuple(anyAge, fc.boolean(), fc.integer({ min: 0, max: 100 }))),
    l1Age: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2000 })),
    l1Fails: fc.boolean(),
    frozen: fc.boolean(),
    commit: fc.option(fc.integer({ min: 0, max: 30_000 })),
    demand: fc.array(anyDemand, { maxLength: 3 }),
    requests: fc.option(
      fc.record({
        queue: fc.option(fc.integer({ min: 0, max: 2 })),
        since: fc.option(fc.integer({ min: 0, max: 40_000 }).map((age) => now - age)),
        undated: fc.boolean(),
      }),
    ),
  })
  .map((any) => ({
    local: any.local,
    l2: any.l2.map(({ operator, age, jitter, fails, sealed }, index) =>
      rpc(`rpc${index}`, age, {
        operator,
        samples: jitter.map((more) => head(age + more)),
        trouble: fails ? trouble : null,
        sealedBatch: sealed,
      }),
    ),
    explorers: any.explorers.map(([age, fails]) => explorer(age, { trouble: fails ? trouble : null })),
    database: any.database && database(any.database[0], { own: any.database[1], replicaLagSeconds: any.database[2] }),
    l1: {
      ...l1,
      trouble: any.l1Fails ? trouble : null,
      head: { number: 1, hash: null, time: now - any.l1Age },
      frozen: any.frozen,
      commitWaiting: any.commit === null ? null : { batch: 100, since: now - any.commit },
      requests: any.requests,
    },
    demand: any.demand,
    thresholds,
  }))

const runs = { numRuns: 5000 }

describe('what is said', () => {
  const textOf = (more: Partial<Observations>, code: string) =>
    judgeOutage(seen(more)).findings.find((finding) => finding.code === code)?.text
  const unreachable = { l2: [rpc('a', 0, { trouble, samples: [] })], explorers: [], demand: [] }

  it.each<[string, Partial<Observations>, string, RegExp]>([
    [
      'when to ask again',
      { l2: still, demand: [{ ...named, since: now - 25 }] },
      'too-few-witnesses',
      /only for 19 s so far: ask again in 41 s/,
    ],
    [
      'that the chain went on without it',
      { l2: still, demand: [{ ...named, since: now - 5000 }] },
      'too-few-witnesses',
      /came before that block/,
    ],
    [
      'why something proves nothing',
      { l2: still, demand: [{ ...named, doubt: 'it may be old' }] },
      'too-few-witnesses',
      /, but it may be old\.$/,
    ],
    [
      'that commits go on',
      { ...unreachable, l1: { ...l1, lastCommit: { batch: 99, at: now - 600 } } },
      'l2-unreachable',
      /Batch 99 was committed on L1 10 min ago/,
    ],
    [
      'how to see whether they do',
      { ...unreachable, l1: { ...l1, lastCommit: { batch: 99, at: now - 90_000 } } },
      'l2-unreachable',
      /if that number grows/,
    ],
    [
      'that nodes disagree about the chain',
      {
        ...unreachable,
        l2: ['a', 'b'].map((name) =>
          rpc(name, 0, { trouble: { kind: 'wrong-chain', text: 'is on chain 1' }, samples: [] }),
        ),
      },
      'l2-unreachable',
      /on different chains/,
    ],
  ])('%s', (_, more, code, expected) => {
    expect(textOf({ explorers: [], ...more }, code)).toMatch(expected)
  })

  it('never that nobody waits, where L1 or every node was out of reach', () => {
    expect(textOf({ l2: still, explorers: [], l1: null }, 'idle')).toBeUndefined()
    expect(textOf({ ...unreachable, explorers: [explorer(2000)] }, 'idle')).toBeUndefined()
  })
})

describe('whatever the sources say', () => {
  it('“down” never comes without demand and the witnesses it needs', () => {
    fc.assert(
      fc.property(observations, (any) => {
        const { verdict } = judgeOutage(any)
        if (verdict !== 'down') return
        expect(any.demand).not.toHaveLength(0)
        const silent = any.l2.filter(({ trouble: failed, samples }) => failed === null && samples.length >= 3)
        const operators = new Set(silent.map(({ operator }) => operator)).size
        const byL1 =
          any.l1?.trouble === null &&
          (any.demand.some(({ witness }) => witness === 'l1') || any.l1.commitWaiting !== null)
        expect(any.database?.own || operators >= 2 || (operators === 1 && byL1)).toBe(true)
      }),
      runs,
    )
  })

  it('“idle” never comes while L1 may hold a request that was not found', () => {
    fc.assert(
      fc.property(observations, (any) => {
        const { findings } = judgeOutage(any)
        const { trouble: failed, requests } = any.l1 ?? {}
        if (!findings.some(({ code }) => code === 'idle') || failed !== null || requests == null) return
        if (findings.some(({ code }) => code === 'l1-unreachable')) return
        const heads = [
          ...any.l2.filter((one) => one.trouble === null).flatMap(({ samples }) => samples),
          ...any.explorers.filter((one) => one.trouble === null).flatMap((one) => one.head ?? []),
          ...[any.database?.head ?? []].flat(),
        ]
        const newest = Math.max(...heads.map(({ time }) => time))
        const isSearched = requests.since !== null && requests.since <= newest
        expect(requests.queue === 0 || isSearched).toBe(true)
        expect(requests.undated).toBe(false)
      }),
      runs,
    )
  })

  it('a source that shows a fresh block rules “down” out', () => {
    fc.assert(
      fc.property(observations, fc.constantFrom('rpc', 'explorer', 'database'), (any, kind) => {
        const ahead = Math.max(now, any.local, ...any.l2.flatMap(({ samples }) => samples.map(({ time }) => time)))
        const fresh = { number: 2_000_000, hash: null, time: ahead }
        const more = {
          rpc: { l2: [...any.l2, rpc('fresh', 0, { samples: [fresh, fresh, fresh] })] },
          explorer: { explorers: [...any.explorers, explorer(0, { head: fresh })] },
          database: { database: database(0, { head: fresh }) },
        }[kind]
        expect(judgeOutage({ ...any, ...more }).verdict).not.toBe('down')
      }),
      runs,
    )
  })

  it('the order of sources changes nothing', () => {
    fc.assert(
      fc.property(observations, (any) => {
        const turned = {
          ...any,
          l2: any.l2.toReversed(),
          explorers: any.explorers.toReversed(),
          demand: any.demand.toReversed(),
        }
        const { verdict, headline } = judgeOutage(any)
        expect(judgeOutage(turned)).toMatchObject({ verdict, headline })
      }),
      runs,
    )
  })

  it('the failure of a source never turns “up” into “down” while blocks move', () => {
    fc.assert(
      fc.property(observations, fc.nat(), (any, which) => {
        const before = judgeOutage(any)
        // A frozen diamond is no matter of blocks alone, and a database behind the others has a finding of its own. Where only
        // the source that fails told that L1 is old, L1 is believed again (design section 5 rule 8), and is a witness (rule 4).
        const behind = before.findings.some(({ code }) => code === 'database-lagging')
        if (before.verdict !== 'up' || before.headline === 'idle' || any.l1?.frozen || behind) return
        if (situationOf(any).l1Old) return
        const count = any.l2.length + any.explorers.length
        if (count === 0) return
        const failing = which % count
        const l2 = any.l2.map((one, index) => (index === failing ? { ...one, trouble } : one))
        const explorers = any.explorers.map((one, index) =>
          any.l2.length + index === failing ? { ...one, trouble } : one,
        )
        expect(judgeOutage({ ...any, l2, explorers }).verdict).not.toBe('down')
      }),
      runs,
    )
  })
})
