// The newest block of each L1 endpoint, and which of them are on the right chain.

import { blockCall, type L1Block } from '../../l1/settlement-reading.ts'
import { agreedChain } from '../../rpc/endpoint-set.ts'
import { type RpcEndpoint, rpcCall, valueIn } from '../../rpc/json-rpc.ts'
import { quantity } from '../../rpc/rpc-values.ts'
import type { Head, Trouble } from '../facts.ts'
import { troubleOf } from './l2.ts'

export interface L1Source {
  readonly name: string
  readonly operator: string
  readonly trouble: Trouble | null
  readonly head: Head | null
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

export async function askHeads(
  endpoints: readonly { readonly endpoint: RpcEndpoint; readonly operator: string }[],
  signal: AbortSignal,
): Promise<readonly AskedHead[]> {
  const stop = new AbortController()
  let grace: NodeJS.Timeout | undefined
  const abort = () => stop.abort()
  signal.addEventListener('abort', abort, { once: true })
  const asked = await Promise.all(
    endpoints.map(async ({ endpoint, operator }): Promise<AskedHead> => {
      const limits = { signal: signal.aborted ? signal : stop.signal }
      const [id, latest] = await endpoint.batch([chainIdCall, blockCall('latest')], limits)
      if (latest.ok) grace ??= setTimeout(abort, graceMs)
      const trouble = troubleOf(id) ?? troubleOf(latest)
      return { endpoint, operator, id: valueIn(id), trouble, block: valueIn(latest) }
    }),
  )
  clearTimeout(grace)
  signal.removeEventListener('abort', abort)
  return asked
}

/** `chainId` null: nobody knows which is right, and all must agree. */
export function judgeHeads(asked: readonly AskedHead[], chainId: number | null): readonly JudgedHead[] {
  const answered = asked.flatMap(({ id }) => id ?? [])
  const wanted = chainId ?? agreedChain(answered, asked.length)
  return asked.map(({ endpoint, operator, id, trouble, block }) => {
    const wrong = id === null || id === wanted ? null : { kind: 'wrong-chain', text: wrongChain(id, wanted) }
    const bad = trouble ?? wrong
    const head = bad !== null || block === null ? null : headOf(block)
    return { endpoint, chainId: id, source: { name: endpoint.name, operator, trouble: bad, head } }
  })
}

function wrongChain(id: number, wanted: number | null): string {
  return wanted === null ? `is on chain ${id}, while others are on another` : `is on chain ${id}, not on ${wanted}`
}

function headOf({ number, hash, timestamp }: L1Block): Head {
  return { number, hash, time: timestamp }
}
