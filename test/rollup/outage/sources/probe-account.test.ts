// What the nonces of the probe account tell, node by node: only what one node saw to come counts as new.

import { describe, expect, it } from 'vitest'
import { createProbe, probeDemand } from '../../../../src/rollup/outage/sources/probe-account.ts'
import { defaultThresholds } from '../../../../src/rollup/outage/thresholds.ts'
import type { RpcEndpoint } from '../../../../src/rollup/rpc/json-rpc.ts'

const account = `0x${'12'.repeat(20)}`

/** What a node says: chain id, latest, pending; null: it does not answer. */
type Told = readonly [chainId: number, latest: number, pending: number] | null

function setting(names: readonly string[], chainId: number | null = 324) {
  const told = new Map<string, Told>()
  let seconds = 1_700_000_000
  const endpoints = names.map((name): RpcEndpoint => {
    const failure = { kind: 'timeout', text: 'no answer', endpoint: name }
    const batch = async () => {
      const values = told.get(name)
      return values ? values.map((value) => ({ ok: true, value })) : [1, 2, 3].map(() => ({ ok: false, failure }))
    }
    return { name, batch } as unknown as RpcEndpoint
  })
  const probe = createProbe({ account, endpoints, chainId, now: () => new Date(seconds * 1000) })
  return {
    now: () => seconds,
    async look(after: number, answers: Readonly<Record<string, Told>>) {
      seconds += after
      for (const [name, values] of Object.entries(answers)) told.set(name, values)
      return (await probe.look({ signal: new AbortController().signal })).waits
    },
  }
}

describe('one node', () => {
  it('tells each transaction when it came, and forgets it once it is in a block', async () => {
    const { look } = setting(['a'])
    expect(await look(0, { a: [324, 5, 5] })).toEqual([])
    expect(await look(20, { a: [324, 5, 6] })).toEqual([{ nonce: 5, seenSeconds: 0, sentWithinSeconds: 20 }])
    expect(await look(20, { a: [324, 5, 7] })).toEqual([
      { nonce: 5, seenSeconds: 20, sentWithinSeconds: 40 },
      { nonce: 6, seenSeconds: 0, sentWithinSeconds: 20 },
    ])
    expect(await look(20, { a: [324, 6, 7] })).toEqual([{ nonce: 6, seenSeconds: 20, sentWithinSeconds: 40 }])
    expect(await look(20, { a: [324, 7, 7] })).toEqual([])
  })

  it('says nothing of when it came if it was there at the first look', async () => {
    const { look } = setting(['a'])
    await look(0, { a: [324, 5, 6] })
    expect(await look(500, { a: [324, 5, 6] })).toEqual([{ nonce: 5, seenSeconds: 500, sentWithinSeconds: null }])
  })

  it('that goes back behind what was seen, or does not answer, tells nothing', async () => {
    const { look } = setting(['a'])
    await look(0, { a: [324, 5, 5] })
    expect(await look(20, { a: [324, 4, 5] })).toBeNull()
    expect(await look(20, { a: null })).toBeNull()
    // It may have come at any time since it was last looked.
    expect(await look(20, { a: [324, 5, 6] })).toEqual([{ nonce: 5, seenSeconds: 0, sentWithinSeconds: 60 }])
  })
})

describe('several nodes', () => {
  it('show only what waits behind the one that is furthest', async () => {
    const { look } = setting(['a', 'stuck'])
    expect(await look(0, { a: [324, 9, 9], stuck: [324, 3, 8] })).toEqual([])
  })

  it('tell the longest wait, and leave the age as open as the most doubtful of them', async () => {
    const { look } = setting(['a', 'b'])
    await look(0, { a: [324, 5, 5], b: null })
    await look(20, { a: [324, 5, 6], b: null })
    expect(await look(60, { a: [324, 5, 6], b: [324, 5, 6] })).toEqual([
      { nonce: 5, seenSeconds: 60, sentWithinSeconds: null },
    ])
  })

  it('of another chain are not heard; where nobody says which is right, none is', async () => {
    const known = setting(['a', 'b'])
    expect(await known.look(0, { a: [324, 5, 5], b: [1, 0, 7] })).toEqual([])
    const open = setting(['a', 'b'], null)
    expect(await open.look(0, { a: [324, 5, 5], b: [1, 0, 7] })).toBeNull()
    expect(await open.look(0, { a: [324, 5, 5], b: [324, 5, 6] })).toHaveLength(1)
  })
})

describe('evidence', () => {
  const demandOf = (seenSeconds: number, sentWithinSeconds: number | null) =>
    probeDemand({ account, waits: [{ nonce: 5, seenSeconds, sentWithinSeconds }] }, 1000, defaultThresholds)

  it('is what was seen to come and has waited for the grace; anything else is in doubt', () => {
    expect(demandOf(60, 80)).toMatchObject([{ kind: 'probe', witness: 'l2-rpc', since: 920 }])
    expect(demandOf(59, 79)).toMatchObject([{ kind: 'probe', doubt: expect.stringContaining('too short') }])
    expect(demandOf(600, null)).toMatchObject([{ kind: 'probe', doubt: expect.stringContaining('nobody saw') }])
    expect(probeDemand(null, 1000, defaultThresholds)).toEqual([])
    expect(probeDemand({ account, waits: null }, 1000, defaultThresholds)).toEqual([])
  })
})
