// The newest block of each L1 endpoint, and which of them are on the right chain.

import { deferred } from '../../../core/deferred.ts'
import { blockCall, type L1Block } from '../../l1/settlement-reading.ts'
import { agreedChain } from '../../rpc/endpoint-set.ts'
import { type RpcEndpoint, rpcCall, valueIn } from '../../rpc/json-rpc.ts'
import { quantity } from '../../rpc/rpc-values.ts'
import { pause } from '../../rpc/time-limit.ts'
import type { Head, Trouble } from '../facts.ts'
import { troubleOf } from './l2.ts'

export interface L1Source {
  readonly name: string
  readonly operator: string
  readonly trouble: Trouble | null
  readonly head: Head | null
  /** It showed its head and then answered no more, because it was asked too often; null: it did not say so. */
  readonly limited: Trouble | null
}

export interface AskedHead {
  readonly endpoint: RpcEndpoint
  readonly operator: string
  readonly id: number | null
  readonly trouble: Trouble | null
  readonly block: L1Block | null
}

export interface JudgedHead {
  readonly endpoint: RpcEndpoint
  readonly chainId: number | null
  readonly source: L1Source
}

/** How long the other endpoints may still show a newer block than the first one that answered. */
const graceMs = 1200
const chainIdCall = rpcCall('eth_chainId', [], quantity)

export interface AskedHeads {
  /** As far as they are there when all have answered, or a little after the first one has: the others are still silent. */
  readonly soon: Promise<readonly AskedHead[]>
  readonly all: Promise<readonly AskedHead[]>
}

export function askHeads(
  endpoints: readonly { readonly endpoint: RpcEndpoint; readonly operator: string }[],
  signal: AbortSignal,
): AskedHeads {
  const heads = endpoints.map(
    ({ endpoint, operator }): AskedHead => ({ endpoint, operator, id: null, trouble: silence, block: null }),
  )
  const first = deferred<true>()
  const all = Promise.all(
    endpoints.map(async ({ endpoint, operator }, at) => {
      const [id, latest] = await endpoint.batch([chainIdCall, blockCall('latest')], { signal })
      const trouble = troubleOf(id) ?? troubleOf(latest)
      heads[at] = { endpoint, operator, id: valueIn(id), trouble, block: valueIn(latest) }
      if (trouble === null) first.resolve(true)
    }),
  ).then(() => heads)
  const late = async () => {
    await first.value
    await pause(graceMs, signal)
  }
  return { all, soon: Promise.race([all, late()]).then(() => [...heads]) }
}

const silence: Trouble = { kind: 'timeout', text: 'did not answer in time' }

/** `chainId` null: nobody knows which is right, and all must agree. */
export function judgeHeads(asked: readonly AskedHead[], chainId: number | null): readonly JudgedHead[] {
  const answered = asked.flatMap(({ id }) => id ?? [])
  const wanted = chainId ?? agreedChain(answered, asked.length)
  return asked.map(({ endpoint, operator, id, trouble, block }) => {
    const wrong = id === null || id === wanted ? null : { kind: 'wrong-chain', text: wrongChain(id, wanted) }
    const bad = trouble ?? wrong
    const head = bad !== null || block === null ? null : headOf(block)
    return { endpoint, chainId: id, source: { name: endpoint.name, operator, trouble: bad, head, limited: null } }
  })
}

function wrongChain(id: number, wanted: number | null): string {
  return wanted === null ? `is on chain ${id}, while others are on another` : `is on chain ${id}, not on ${wanted}`
}

function headOf({ number, hash, timestamp }: L1Block): Head {
  return { number, hash, time: timestamp }
}
