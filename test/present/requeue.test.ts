// What people read before, at and after a requeue: over real databases where rows are shown.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ChangeResult } from '../../src/core/command.ts'
import { presentFollow, presentPreview, presentReport } from '../../src/present/requeue.ts'
import type { RequeueFacts } from '../../src/services.ts'
import { mainNode, settleUpTo } from '../support/notes-provers.ts'
import { type ProverOn, proverOn, soon } from '../support/prover-on.ts'
import { replyText } from '../support/reply-text.ts'

const golden = (name: string): string => `../golden/requeue-${name}.txt`
const open = { id: null, approval: null }

describe('the notes’ main node', () => {
  let on: ProverOn
  let facts: RequeueFacts
  beforeAll(async () => {
    on = await proverOn('2023')
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    facts = (await on.jobs().plan({ what: { kind: 'batches', from: 1139, to: 1147 }, reason: 'card swapped' }, soon()))
      .facts
  })
  afterAll(() => on.end())

  const result = (changes: Partial<ChangeResult> = {}): ChangeResult => ({
    id: 'a1',
    outcome: 'applied',
    moved: facts.rows.map(({ key }) => key),
    left: [],
    by: 'ola',
    at: '2023-09-18T04:00:00Z',
    ...changes,
  })

  it('previews every row', async () => {
    await expect(replyText(presentPreview({ ...facts, ...open }))).toMatchFileSnapshot(golden('preview'))
  })

  it('says how to do it by hand where no login may', async () => {
    const { facts: byHand } = await on
      .jobs({ control: null })
      .plan({ what: { kind: 'batches', from: 1139, to: 1139 } }, soon())
    const text = replyText(presentPreview({ ...byHand, ...open })).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    await expect(text).toMatchFileSnapshot(golden('by-hand'))
  })

  it('says what was done', async () => {
    await expect(replyText(presentReport(result(), facts))).toMatchFileSnapshot(golden('applied'))
  })

  it('names the rows that had moved', async () => {
    const [first, ...others] = facts.rows
    if (!first) throw new Error('no rows')
    const partial = result({
      outcome: 'partial',
      moved: others.map(({ key }) => key),
      left: [{ key: first.key, why: 'a worker picked it meanwhile (in_progress, attempt 2)' }],
    })
    await expect(replyText(presentReport(partial, facts))).toMatchFileSnapshot(golden('partial'))
  })

  it.each(['changed', 'refused', 'expired', 'cancelled'] as const)('says that it was %s', (outcome) => {
    const by = outcome === 'expired' ? null : 'ola'
    const reply = presentReport(
      result({ outcome, moved: [], by, ...(outcome === 'refused' && { why: 'Only operators may.' }) }),
      facts,
    )
    expect(reply.title).toMatchSnapshot()
    expect(reply.blocks.length).toBeGreaterThan(0)
  })
})

describe('following', () => {
  const result: ChangeResult = {
    id: 'a1',
    outcome: 'applied',
    moved: ['prover_jobs/1', 'prover_jobs/2'],
    left: [],
    by: 'ola',
    at: '2023-09-18T04:00:00Z',
  }
  const counts = { queued: 0, running: 0, finished: 0, failed: 0, gone: 0 }
  const progress = (status: readonly string[], given: Partial<typeof counts>) => ({
    generation: '2023' as const,
    counts: { ...counts, ...given },
    rows: status.map((each, index) => ({
      key: `prover_jobs/${index + 1}`,
      batch: 1139 + index,
      status: each,
      error: each === 'failed' ? 'boom' : null,
    })),
    readAt: '2023-09-18T04:01:00Z',
  })

  it('shows what was picked and finished, until all are settled', async () => {
    const going = presentFollow(result, progress(['in_progress', 'queued'], { running: 1, queued: 1 }))
    expect(going).toMatchObject({ tone: 'warning', title: 'Requeued 2 jobs: 1 running, 1 in the queue' })
    await expect(replyText(going)).toMatchFileSnapshot(golden('following'))
    expect(presentFollow(result, progress(['successful', 'successful'], { finished: 2 }))).toMatchObject({
      tone: 'good',
      title: 'All 2 requeued jobs finished',
    })
  })

  it('says which failed again, and with what', async () => {
    const failed = presentFollow(result, progress(['successful', 'failed'], { finished: 1, failed: 1 }))
    expect(failed).toMatchObject({ tone: 'bad', title: '1 of 2 requeued jobs failed again' })
    await expect(replyText(failed)).toMatchFileSnapshot(golden('failed-again'))
  })
})

describe('nothing to do', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('prover')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  it('says so, and what the batch’s jobs do instead', async () => {
    await on.insert('prover_jobs_fri', [
      { batch: 7, status: 'queued', more: { chain_id: 271 } },
      { batch: 7, status: 'in_progress', attempts: 1, startedAgo: 60, more: { chain_id: 271 } },
    ])
    const { facts } = await on.jobs().plan({ what: { kind: 'batches', from: 7, to: 7 } }, soon())
    await expect(replyText(presentPreview({ ...facts, ...open }))).toMatchFileSnapshot(golden('nothing'))
  })
})
