// What an L1 hash did, told as a finding where it led nowhere on L2.

import { expect, it } from 'vitest'
import type { L1Transaction } from '../../../src/rollup/l1/settlement-claim.ts'
import { l1Findings } from '../../../src/rollup/trace/from-l1.ts'

const transaction: L1Transaction = {
  hash: `0x${'ab'.repeat(32)}`,
  state: 'success',
  block: 18_000_000,
  time: '2023-09-12T06:15:59Z',
  confirmations: 12,
  finalized: false,
  from: null,
  to: null,
  settled: [],
  deposits: [],
  why: '',
  findings: [],
}

it.each<[string, Partial<L1Transaction>, readonly string[]]>([
  ['one that reverted says that it did nothing', { state: 'reverted' }, ['l1-transaction-reverted']],
  ['one that waits for a block says so', { state: 'pending', block: null }, ['l1-transaction-pending']],
  ['one that could not be read says why', { why: 'the diamond is not known' }, ['l1-transaction-unread']],
  ['one that is about something else says so', {}, ['l1-transaction-unrelated']],
  ['one that nobody knows says nothing here', { state: 'unknown' }, []],
  ['one that settled batches speaks through them', { settled: [{ stage: 'commit', from: 7, to: 7, hashes: [] }] }, []],
])('%s', (_, change, codes) => {
  const findings = l1Findings({ ...transaction, ...change })
  expect(findings.map(({ code }) => code)).toEqual(codes)
  for (const { text } of findings) expect(text.length).toBeGreaterThan(10)
})
