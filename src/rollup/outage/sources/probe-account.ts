// The probe account: transactions that a team sends by itself, and that wait although somebody should take them. Only looked at, never sent.

import { plural } from '../../../core/counts.ts'
import type { Finding } from '../../../core/finding.ts'
import { type RpcCall, type RpcEndpoint, rpcCall, valueIn } from '../../rpc/json-rpc.ts'
import { quantity } from '../../rpc/rpc-values.ts'
import type { Demand, Thresholds } from '../facts.ts'
import { short } from '../shown.ts'

/** One transaction of the account that is in no block; seconds of this machine's clock. */
export interface ProbeWait {
  readonly nonce: number
  /** How long it has been seen waiting. */
  readonly seenSeconds: number
  /** It came at most so long ago: it was not there yet when that was looked. Null: it was there at the first look. */
  readonly sentWithinSeconds: number | null
}

export interface ProbeLook {
  readonly account: string
  /** Null: no endpoint told, or none that is as far as others were before. */
  readonly waits: readonly ProbeWait[] | null
}

export interface Probe {
  /** To be called now and then: only what was not there the last time is known to be new. Never throws. */
  look(limits: { readonly signal: AbortSignal }): Promise<ProbeLook>
}

export interface ProbeParts {
  /** Lower case. */
  readonly account: string
  readonly endpoints: readonly RpcEndpoint[]
  /** Null: any, as long as all endpoints agree. */
  readonly chainId: number | null
  readonly now: () => Date
}

interface Counts {
  readonly endpoint: RpcEndpoint
  readonly chainId: number
  /** Nonces below this are in blocks. */
  readonly latest: number
  /** Nonces from `latest` up to here wait in the node's pool. */
  readonly pending: number
}

/** When a nonce was first seen, and when the same endpoint did not have it yet; milliseconds. */
interface FirstSeen {
  readonly at: number
  readonly notBefore: number | null
}

interface Memory {
  readonly at: number
  readonly seen: ReadonlyMap<number, FirstSeen>
}

/** More than this from one account says no more. */
const mostWaits = 50

const chainIdCall = rpcCall('eth_chainId', [], quantity)
const countCall = (account: string, tag: 'latest' | 'pending'): RpcCall<number> =>
  rpcCall('eth_getTransactionCount', [account, tag], quantity)

export function createProbe({ account, endpoints, chainId, now }: ProbeParts): Probe {
  const memories = new Map<string, Memory>()
  let highest = 0

  async function countsOf(endpoint: RpcEndpoint, signal: AbortSignal): Promise<readonly Counts[]> {
    const calls = [chainIdCall, countCall(account, 'latest'), countCall(account, 'pending')] as const
    const [id, latest, pending] = (await endpoint.batch(calls, { signal })).map(valueIn)
    return id == null || latest == null || pending == null ? [] : [{ endpoint, chainId: id, latest, pending }]
  }

  function remember({ endpoint, pending }: Counts, latest: number, at: number): Memory {
    const before = memories.get(endpoint.name)
    const nonces = Array.from(
      { length: Math.min(Math.max(0, pending - latest), mostWaits) },
      (_, next) => latest + next,
    )
    const first = { at, notBefore: before?.at ?? null }
    const memory = { at, seen: new Map(nonces.map((nonce) => [nonce, before?.seen.get(nonce) ?? first])) }
    memories.set(endpoint.name, memory)
    return memory
  }

  return {
    async look({ signal }) {
      const told = (await Promise.all(endpoints.map((endpoint) => countsOf(endpoint, signal)))).flat()
      const counts = ofOneChain(told, chainId)
      const latest = Math.max(-1, ...counts.map((one) => one.latest))
      // Whoever is behind shows as waiting what is long in a block.
      if (latest < highest || counts.length === 0) return { account, waits: null }
      highest = latest
      const at = now().getTime()
      const seen = counts.map((one) => remember(one, latest, at).seen)
      return { account, waits: waitsIn(seen, at) }
    },
  }
}

/** A node of another chain knows another account of that address. */
function ofOneChain(counts: readonly Counts[], expected: number | null): readonly Counts[] {
  const ids = new Set(counts.map(({ chainId }) => chainId))
  if (expected === null && ids.size > 1) return []
  return counts.filter(({ chainId }) => chainId === (expected ?? chainId))
}

/** Several nodes may have one transaction: it waits since the first of them showed it, and is as old as the most doubtful leaves open. */
function waitsIn(seen: readonly ReadonlyMap<number, FirstSeen>[], now: number): readonly ProbeWait[] {
  const nonces = [...new Set(seen.flatMap((one) => [...one.keys()]))].toSorted((a, b) => a - b)
  return nonces.map((nonce) => {
    const firsts = seen.flatMap((one) => one.get(nonce) ?? [])
    const doubtful = firsts.some(({ notBefore }) => notBefore === null)
    return {
      nonce,
      seenSeconds: (now - Math.min(...firsts.map(({ at }) => at))) / 1000,
      sentWithinSeconds: doubtful
        ? null
        : (now - Math.min(...firsts.map(({ notBefore }) => notBefore as number))) / 1000,
    }
  })
}

/**
 * What of it is evidence: seen to come, so that it can be told to be newer than the newest block, and left waiting for
 * the grace of demand. `clock`: the chain's, Unix seconds.
 */
export function probeDemand(look: ProbeLook | null, clock: number, { demandGrace }: Thresholds): readonly Demand[] {
  const waits = look?.waits ?? []
  const text = `the probe account has ${plural(waits.length, 'waiting transaction')}`
  return waits.map(({ seenSeconds, sentWithinSeconds }) => {
    const demand = {
      kind: 'probe',
      witness: 'l2-rpc',
      since: clock - (sentWithinSeconds ?? seenSeconds),
      text,
    } as const
    if (sentWithinSeconds === null)
      return { ...demand, doubt: 'nobody saw when they came: ask again once it has sent another' }
    return seenSeconds < demandGrace ? { ...demand, doubt: 'too short a time: ask again in a minute' } : demand
  })
}

export function probeFinding(look: ProbeLook | null, { demandGrace }: Thresholds): readonly Finding[] {
  if (look === null || look.waits === null || look.waits.length === 0) return []
  const { account, waits } = look
  const longest = Math.round(Math.max(...waits.map(({ seenSeconds }) => seenSeconds)))
  const isEvidence = waits.some((one) => one.sentWithinSeconds !== null && one.seenSeconds >= demandGrace)
  const doubt = isEvidence
    ? ''
    : ` It is evidence once I have seen one come and wait for ${demandGrace} s: ask again then.`
  return [
    {
      code: 'probe-account',
      severity: 'info',
      values: { account, waiting: waits.length, seenSeconds: longest, evidence: isEvidence },
      text: `The probe account ${short(account)} has ${plural(waits.length, 'waiting transaction')}, seen for ${longest} s.${doubt}`,
    },
  ]
}
