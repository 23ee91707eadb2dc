// When `/trace … notify` speaks, and what it says: from what was done at the asking and what is done now.
import { describe, expect, it } from 'vitest'
import type { MaintenancePage } from '../../src/core/maintenance.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Place } from '../../src/core/request.ts'
import type { TraceFacts } from '../../src/rollup/transaction-trace.ts'
import {
  createTraceNotices,
  type TraceNoticePayload,
  traceNotice,
  traceNoticePayload,
} from '../../src/watch/trace-notice.ts'
import { replyText } from '../support/reply-text.ts'
import { commitDone, executedFacts, nothingFacts, open, proveDone, traceHash } from '../support/trace-facts.ts'

const asked: TraceNoticePayload = {
  input: traceHash,
  done: ['included', 'sealed', 'commit'],
  askedAt: '2023-09-18T04:00:00.000Z',
}
const soon = new Date('2023-09-18T04:10:00Z')
const later = new Date('2023-09-18T09:00:00Z')
const committed: TraceFacts = { ...executedFacts, stages: [commitDone, open('prove', {}), open('execute', {})] }
const proved: TraceFacts = { ...executedFacts, stages: [commitDone, proveDone, open('execute', {})] }

describe('a notice of /trace', () => {
  it('is given once the next stage is done, and names the one after it', () => {
    const { say, lookAgainInSeconds } = traceNotice(asked, proved, soon)
    expect(lookAgainInSeconds).toBeNull()
    expect(say && replyText(say)).toBe(
      `[good] 0x0bbb…601a is proved; waiting for the execution (batch 7670)\n\nDone: the proof. Next comes the execution.\nAll of it: */trace ${traceHash}*\n`,
    )
  })

  it('names the furthest stage when several were done since', () => {
    const { say } = traceNotice(asked, executedFacts, soon)
    expect(say && replyText(say)).toContain('Done: the execution. Nothing is left to wait for.')
  })

  it.each([
    ['nothing has changed', committed],
    ['nobody could be asked', nothingFacts],
    ['an endpoint is behind what the database said', { ...committed, source: 'rpc', stages: [open('commit', {})] }],
    ['a pruned database no longer knows the stages', { ...committed, batch: null, stages: [] }],
  ] as const)('waits while %s', (_, facts) => {
    expect(traceNotice(asked, facts as TraceFacts, soon)).toEqual({ say: null, lookAgainInSeconds: 30 })
  })

  it('looks less often after an hour', () => {
    expect(traceNotice(asked, committed, later)).toEqual({ say: null, lookAgainInSeconds: 300 })
  })

  it('says that the batch was reverted when a stage is no longer done', () => {
    const reverted = { ...committed, stages: [open('commit', {}), open('prove', {}), open('execute', {})] }
    const { say } = traceNotice(asked, reverted, soon)
    expect(say && replyText(say)).toContain('It went back: the commit was done when you asked, and is not any more.')
    expect(say?.tone).toBe('bad')
  })

  it('says that the sender has stopped when a stage failed', () => {
    const failed = { ...committed, stages: [commitDone, open('prove', { state: 'failed', hasFailed: true })] }
    expect(traceNotice(asked, failed, soon).say?.tone).toBe('bad')
  })

  it('says that a pending transaction was rejected', () => {
    const rejected = { ...nothingFacts, found: true, transaction: { ...tx(), status: 'rejected' as const } }
    expect(traceNotice({ ...asked, done: [] }, rejected, soon).say?.tone).toBe('bad')
  })

  it('gives up after a week, and says so', () => {
    const { say } = traceNotice(asked, committed, new Date('2023-09-26T00:00:00Z'))
    expect(say && replyText(say)).toContain('I have waited for 7 days and stop now.')
  })

  it('survives being stored: the payload is plain JSON', () => {
    expect(traceNoticePayload.parse(JSON.parse(JSON.stringify(asked)))).toEqual(asked)
  })
})

describe('a due reminder', () => {
  const place = { platform: 'telegram', id: '-100', kind: 'group' } as const
  const reminder = { id: '1', kind: 'trace-notify', chain: 'era', place, payload: asked, ageSeconds: 60 }
  const { signal } = new AbortController()

  const nothingPlanned: MaintenancePage = { now: '2023-09-18T04:10:00Z', notes: [] }

  async function round(
    facts: TraceFacts,
    chain = 'era',
    payload: unknown = asked,
    page: MaintenancePage | null = nothingPlanned,
  ) {
    const posted: [Place, Reply][] = []
    const handler = createTraceNotices({
      traceOf: (name) => (name === 'era' ? { trace: async () => facts } : undefined),
      maintenance: async () => page,
      post: async (to, reply) => posted.push([to, reply]),
      now: () => soon,
    })
    return { outcome: await handler({ ...reminder, chain, payload }, signal), posted }
  }

  it('is posted where it was asked, and is then done', async () => {
    const { outcome, posted } = await round(proved)
    expect(outcome).toEqual({ next: 'done' })
    expect(posted).toEqual([
      [place, expect.objectContaining({ title: '0x0bbb…601a is proved; waiting for the execution (batch 7670)' })],
    ])
    expect(posted.map(([, reply]) => replyText(reply)).join()).not.toContain('aintenance')
  })

  it('says first that a pause is planned, and that the notes could not be read', async () => {
    const note = {
      id: 3,
      chain: 'era',
      from: '2023-09-18T04:00:00.000000Z',
      until: '2023-09-18T06:00:00.000000Z',
      reason: 'database upgrade',
      by: 'mei',
      notedAt: '2023-09-18T04:00:00.000000Z',
      endedAt: null,
      endedBy: null,
    }
    const planned = await round(proved, 'era', asked, { now: '2023-09-18T04:10:00Z', notes: [note] })
    expect(planned.posted.map(([, reply]) => replyText(reply).split('\n')[2])).toEqual([
      '*Planned maintenance* until 2023-09-18 06:00:00 UTC (mei): database upgrade',
    ])
    const unread = await round(proved, 'era', asked, null)
    expect(unread.posted.map(([, reply]) => replyText(reply)).join()).toContain('Maintenance notes could not be read')
  })

  it('is kept as it is while nothing has changed', async () => {
    expect(await round(committed)).toEqual({ outcome: { next: 'again', inSeconds: 30, payload: asked }, posted: [] })
  })

  it('ends quietly when its chain is gone or its payload is not ours', async () => {
    expect(await round(proved, 'gone')).toEqual({ outcome: { next: 'done' }, posted: [] })
    expect(await round(proved, 'era', { what: 1 })).toEqual({ outcome: { next: 'done' }, posted: [] })
  })
})

function tx() {
  if (!executedFacts.transaction) throw new Error('the facts lack their transaction')
  return executedFacts.transaction
}
