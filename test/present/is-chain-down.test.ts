// What people read after /is-chain-down: one golden file per situation, and titles that make sense alone.

import { describe, expect, it } from 'vitest'
import { drawPicture } from '../../src/charts/picture.ts'
import { type OutageAnswer, presentOutage } from '../../src/present/is-chain-down.ts'
import type { OutageSource } from '../../src/services.ts'
import { replyText } from '../support/reply-text.ts'

const source = (
  kind: OutageSource['kind'],
  name: string,
  lagSeconds: number | null,
  more: Partial<OutageSource> = {},
) => ({
  kind,
  name,
  operator: name,
  reachable: lagSeconds !== null,
  block: lagSeconds === null ? null : 70_098_220 - lagSeconds,
  blockTime: lagSeconds === null ? null : new Date(Date.UTC(2026, 4, 14, 12) - lagSeconds * 1000).toISOString(),
  batch: kind === 'l2-rpc' ? 506_000 : null,
  lagSeconds,
  error: null,
  ...more,
})

const learnedFrom = { from: '2026-05-07T12:00:00Z', to: '2026-05-14T11:20:00Z' }

const healthy: OutageAnswer = {
  maintenance: { read: true, notes: [] },
  chain: 'main',
  verdict: 'up',
  headline: 'healthy',
  findings: [
    {
      code: 'healthy',
      severity: 'info',
      values: {},
      text: 'Blocks are being made (newest 2 s old), and L1 keeps pace.',
    },
  ],
  sources: [
    source('l2-rpc', 'zksync', 2),
    source('explorer', 'explorer', 9),
    source('l1-rpc', 'publicnode', 6, { block: 25_000_000 }),
  ],
  l1: { committed: 505_999, verified: 505_990, executed: 505_980, block: 25_000_000, time: '2026-05-14T11:59:54Z' },
  progress: [
    {
      stage: 'commit',
      batch: 505_999,
      backlog: 1,
      waiting: { batch: 506_000, since: '2026-05-14T11:50:00Z', seconds: 600 },
      eligibleAt: null,
      lastAt: '2026-05-14T11:20:00Z',
    },
    { stage: 'prove', batch: 505_990, backlog: 9, waiting: null, eligibleAt: null, lastAt: null },
    { stage: 'execute', batch: 505_980, backlog: 10, waiting: null, eligibleAt: '2026-05-14T12:30:00Z', lastAt: null },
  ],
  executionDelaySeconds: 10_800,
  operators: [
    { stage: 'commit', address: `0x${'c0'.repeat(20)}`, balance: '12345000000000000000', pending: 0 },
    { stage: 'execute', address: `0x${'e0'.repeat(20)}`, balance: '42100000000000000', pending: 4 },
  ],
  usual: [
    { name: 'block', medianSeconds: 1, p99Seconds: 4, samples: 280, ...learnedFrom },
    { name: 'commit', medianSeconds: 1500, p99Seconds: 3300, samples: 210, ...learnedFrom },
  ],
  demand: [],
  thresholds: [
    { name: 'sequencer', seconds: 300, from: 'configured' },
    { name: 'commit', seconds: 9000, from: 'learned' },
    { name: 'prove', seconds: 43_200, from: 'default' },
  ],
  notKnown: [],
  heights: {
    title: 'Heights of the sources',
    chain: [{ at: '2026-05-14T11:00:00Z', block: 70_094_620 }],
    sources: [{ name: 'zksync', at: '2026-05-14T11:59:58Z', block: 70_098_218, behind: false }],
    commits: [{ at: '2026-05-14T11:20:00Z', batch: 505_999 }],
    now: '2026-05-14T12:00:00Z',
  },
  report: null,
  checkedAt: '2026-05-14T12:00:00.000Z',
}

const because = (code: string, severity: 'info' | 'warning' | 'critical', text: string) => [
  { code, severity, values: {}, text },
]

const situations: Readonly<Record<string, OutageAnswer>> = {
  healthy,
  'explorer-lagging': {
    ...healthy,
    headline: 'explorer-lagging',
    findings: because(
      'explorer-lagging',
      'warning',
      'Only the explorer is behind (explorer by 37 min). The chain makes blocks.',
    ),
    sources: [source('l2-rpc', 'zksync', 2), source('explorer', 'explorer', 2220)],
  },
  down: {
    ...healthy,
    verdict: 'down',
    headline: 'sequencer-stalled',
    findings: because(
      'sequencer-stalled',
      'critical',
      'No block for 12 min although 3 transactions wait. Witnessed by the core database.',
    ),
    sources: [source('database', 'core database', 720), source('l2-rpc', 'zksync', 720)],
  },
  'commit-stalled': {
    ...healthy,
    verdict: 'degraded',
    headline: 'commit-stalled',
    findings: because(
      'commit-stalled',
      'critical',
      'Sealed batches are not committed to L1: batch 506000 waits for 3 h. Blocks are not affected; withdrawals are late.',
    ),
  },
  'nothing-answers': {
    ...healthy,
    verdict: 'unknown',
    headline: 'l2-unreachable',
    findings: [
      ...because(
        'l2-unreachable',
        'warning',
        'None of 1 L2 endpoints answered from here. Try again, or from another network.',
      ),
      ...because('source-failed', 'warning', 'zksync did not answer in time.'),
    ],
    sources: [source('l2-rpc', 'zksync', null, { error: 'did not answer in time', batch: null })],
    l1: null,
    progress: [],
    heights: null,
    notKnown: ['What the explorer shows: set EXPLORER_API_URLS.'],
  },
}

describe('the answer', () => {
  it.each(Object.entries(situations))('%s', async (name, facts) => {
    await expect(replyText(presentOutage(facts))).toMatchFileSnapshot(`../golden/is-chain-down-${name}.txt`)
  })

  it('says down in the title only when it is', () => {
    for (const facts of Object.values(situations)) {
      expect(/DOWN/.test(presentOutage(facts).title)).toBe(facts.verdict === 'down')
    }
  })

  it('does not say that a chain makes blocks which stands still', () => {
    const stalled = situations['commit-stalled']
    if (stalled === undefined) throw new Error('no such situation')
    expect(presentOutage(stalled).title).toMatch(/makes blocks/)
    const still = { ...stalled, sources: [source('l2-rpc', 'zksync', 7200), source('l1-rpc', 'publicnode', 3)] }
    expect(presentOutage(still).title).toMatch(/no block is made/)
  })

  it('comes with a picture that can be drawn, of one source or of many', () => {
    const { heights } = healthy
    if (heights === null) throw new Error('no heights')
    const lagging = { name: 'explorer', at: '2026-05-13T11:00:00Z', block: 1, behind: true }
    for (const data of [
      heights,
      { ...heights, chain: [], commits: [] },
      { ...heights, sources: [...heights.sources, lagging] },
    ]) {
      expect(Buffer.from(drawPicture('outage-heights', data)).subarray(1, 4).toString('latin1')).toBe('PNG')
    }
  })
})
