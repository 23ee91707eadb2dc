// What a report may cost on L1: forty calls of all endpoints together, retries and calls of a batch counted.

import { afterEach, describe, expect, it } from 'vitest'
import { commits, type OtherDay } from '../../../incidents/september-2023.ts'
import { openSeptember } from '../../../support/september-chain.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const text =
  'The newest batch committed to Ethereum is #208,455 at 14:14, the block height is stuck at #13,641,404, and no blocks were produced for 37 minutes.'

async function ask(day: OtherDay) {
  const { chain, september, close } = await openSeptember(day)
  open.push(close)
  const reported = { batch: null, block: null, at: null, text }
  const facts = await chain.outage.check({ tx: null, reported, signal: new AbortController().signal })
  const servers = [september.l1, ...(september.otherL1 === null ? [] : [september.otherL1])]
  const calls = servers.flatMap(({ requests }) => requests.flatMap(({ messages }) => messages))
  return { facts, calls: calls.map(({ method }) => method) }
}

const others: readonly OtherDay['otherL1'][] = [
  undefined,
  ...(['good', 'slow', 'rate-limiting', 'short-ranged'] as const).flatMap((is) => [
    { is, first: false },
    { is, first: true },
  ]),
]

describe.each([
  ['the node names the transactions', { going: true }],
  ['the node names none', { going: true, unnamed: true }],
  ['the node names none, and a timelock knows the times', { going: true, unnamed: true, timelock: true }],
] as const)('where %s', { timeout: 60_000 }, (_, day) => {
  it.each(
    others.map(
      (other) =>
        [
          other === undefined ? 'one endpoint' : `a ${other.is} one ${other.first ? 'before' : 'after'} it`,
          other,
        ] as const,
    ),
  )('%s', async (_name, otherL1) => {
    const { facts, calls } = await ask(otherL1 === undefined ? day : { ...day, otherL1 })
    expect(calls.length).toBeLessThanOrEqual(40)
    // A silent endpoint costs time, and whether the rest suffices is the machine's matter, not ours.
    if (otherL1?.is === 'slow') return
    expect(facts).toMatchObject({ headline: 'report-refuted', verdict: 'up', report: { missing: [] } })
    const seen = facts.report?.neighbours.commits ?? []
    expect(seen.slice(0, 3).map(({ batch, time, hash }) => ({ batch, time, hash }))).toEqual(commits)
    expect(seen).toHaveLength(4)
  })
})
