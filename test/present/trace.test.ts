// What people read after /trace: one golden file per situation, and limits that hold for any facts.
import { describe, expect, it } from 'vitest'
import { presentTrace, type TraceAnswer } from '../../src/present/trace.ts'
import { replyText } from '../support/reply-text.ts'
import {
  commitDone,
  executeDone,
  executedFacts,
  nothingFacts,
  open,
  proveDone,
  traceHash,
  verified,
} from '../support/trace-facts.ts'

const usual = { medianSeconds: 12_600, p90Seconds: 20_000, batches: 50 }
const since = '2023-09-18T03:50:19.059576Z'
const waitsForCommit = { for: 'commit', since: '2023-09-18T03:48:00Z', seconds: 600 } as const
const sentAt = '2023-09-18T04:00:00Z'
const deposit = {
  l1Hash: `0x${'9'.repeat(64)}`,
  l1Block: 18_160_001,
  l1Time: '2023-09-18T03:40:11Z',
  priorityId: '4711',
  l2Hash: traceHash,
  from: null,
  to: null,
  value: '1000000000000000000',
}
const { transaction, batch } = executedFacts
if (!transaction || !batch) throw new Error('the facts lack their transaction or batch')

const situations: Record<string, TraceAnswer> = {
  executed: executedFacts,
  'executed-not-final': {
    ...executedFacts,
    stages: [
      commitDone,
      proveDone,
      {
        ...executeDone,
        verification: verified('2023-09-18T07:30:59Z', { confirmations: 1, finalized: false }),
      },
    ],
  },
  'executed-says-the-node': {
    ...executedFacts,
    stages: executedFacts.stages.map((stage) => ({
      ...stage,
      verification: {
        result: 'unreachable',
        l1Block: null,
        l1Time: null,
        confirmations: null,
        finalized: null,
        why: 'x',
      },
    })),
    findings: [
      { code: 'l1-unreachable', severity: 'warning', values: {}, text: 'No L1 endpoint answered: drpc timed out.' },
    ],
  },
  'waiting-for-the-proof': {
    ...executedFacts,
    stages: [
      commitDone,
      open('prove', { waits: { for: 'proof', since, seconds: 3600 }, usual }),
      open('execute', { waits: { for: 'prove', since: null, seconds: null } }),
    ],
    messages: executedFacts.messages.map((message) => ({ ...message, claim: 'not-yet' })),
    notify: { next: 'prove', recorded: true },
  },
  'commit-sent': {
    ...executedFacts,
    stages: [
      {
        ...commitDone,
        state: 'sent',
        confirmedAt: null,
        verification: null,
        sends: 7,
        afterPreviousSeconds: null,
        waits: { for: 'confirmation', since: sentAt, seconds: 7200 },
      },
      open('prove', { waits: waitsForCommit }),
      open('execute', { waits: { for: 'prove', since: null, seconds: null } }),
    ],
    findings: [
      {
        code: 'resent-many',
        severity: 'warning',
        values: { sends: 7 },
        text: 'The commit transaction was sent 7 times.',
      },
    ],
  },
  'commit-failed': {
    ...executedFacts,
    stages: [
      {
        ...commitDone,
        state: 'failed',
        hasFailed: true,
        confirmedAt: null,
        verification: null,
        waits: { for: 'operator', since: sentAt, seconds: 5400 },
      },
      open('prove', { waits: waitsForCommit }),
      open('execute', {}),
    ],
    findings: [{ code: 'has-failed', severity: 'critical', values: {}, text: 'The commit transaction reverted.' }],
  },
  'on-a-gateway': {
    ...executedFacts,
    stages: executedFacts.stages.map((stage) => ({
      ...stage,
      settlementChainId: 9075,
      verification: {
        result: 'not-verifiable',
        l1Block: null,
        l1Time: null,
        confirmations: null,
        finalized: null,
        why: 'x',
      },
    })),
  },
  rejected: {
    ...nothingFacts,
    found: true,
    transaction: { ...transaction, status: 'rejected', block: null, batch: null, error: 'max fee per gas is too low' },
    notify: { next: null, recorded: false },
  },
  reverted: { ...executedFacts, transaction: { ...transaction, status: 'failed', error: 'execution reverted: no' } },
  pending: {
    ...nothingFacts,
    found: true,
    transaction: { ...transaction, status: 'pending', block: null, batch: null },
  },
  'open-batch': {
    ...executedFacts,
    transaction: { ...transaction, batch: null },
    batch: { ...batch, sealed: false, sealedAt: null, rootHash: null },
    stages: (['commit', 'prove', 'execute'] as const).map((stage) =>
      open(stage, { waits: { for: 'batch-sealed', since: batch.timestamp, seconds: 42 } }),
    ),
    notify: { next: 'sealed', recorded: false },
  },
  pruned: { ...executedFacts, block: null, batch: null, stages: [], messages: [] },
  deposit: { ...executedFacts, input: deposit.l1Hash, deposit, messages: [] },
  'deposit-not-on-l2': { ...nothingFacts, input: deposit.l1Hash, found: true, deposit },
  'settled-several': {
    ...nothingFacts,
    input: executeDone.hash as string,
    found: true,
    settled: { stage: 'execute', hash: executeDone.hash as string },
    batches: [7668, 7669, 7670].map((number) => ({ number, sealed: true, timestamp: null })),
    stages: [executeDone],
  },
  'batch-only': { ...executedFacts, input: 'batch 7670', transaction: null, block: null, messages: [] },
  'not-found': {
    ...nothingFacts,
    looked: [{ where: 'database', name: 'core database', outcome: 'not-found' }],
    findings: [{ code: 'not-found', severity: 'warning', values: {}, text: 'Not known to: core database.' }],
  },
  'no-source': {
    ...nothingFacts,
    looked: [{ where: 'database', name: 'core database', outcome: 'failed' }],
    findings: [{ code: 'no-source-answered', severity: 'critical', values: {}, text: 'No source could be asked.' }],
  },
}

describe('an answer of /trace', () => {
  it.each(Object.entries(situations))('%s', async (name, facts) => {
    await expect(replyText(presentTrace(facts))).toMatchFileSnapshot(`../golden/trace-${name}.txt`)
  })

  it.each(Object.entries(situations))('has a title that fits a phone and names what it is about (%s)', (_, facts) => {
    const { title } = presentTrace(facts)
    expect(title.length).toBeLessThanOrEqual(90)
    expect(title).toMatch(/0x\w{4}…\w{4}|Batch \d+/)
  })

  it('hands the timeline to whoever draws pictures, and says the same in words', () => {
    const block = presentTrace(executedFacts).blocks.at(-1)
    expect(block).toMatchObject({
      kind: 'image',
      picture: 'trace-timeline',
      description: 'Timeline: included done, sealed done, commit done, prove done, execute done',
      data: { title: '0x0bbb…601a', steps: [{ milestone: 'included', at: '2023-09-18T03:48:00Z' }, {}, {}, {}, {}] },
    })
  })

  it('links to an explorer only where it knows the settlement chain’s', () => {
    const links = (facts: TraceAnswer) => JSON.stringify(presentTrace(facts)).match(/https:[^"]+/g) ?? []
    expect(links(executedFacts)).toHaveLength(3)
    expect(links(executedFacts)[0]).toBe(`https://etherscan.io/tx/0x${'a'.repeat(64)}`)
    expect(links(situations['on-a-gateway'] as TraceAnswer)).toEqual([])
  })
})
