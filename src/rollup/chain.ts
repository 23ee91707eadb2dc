// How one chain is reached over RPC: its own nodes, L1, and a Gateway where it settles on one, put together from settings.

import { createDiamondSource, createGatewayDiamondSource, type DiamondMemory } from './l1/diamond.ts'
import { createL1TransactionReader } from './l1/l1-transaction.ts'
import type { L1TransactionReader, SettlementVerifier, WithdrawalReader } from './l1/settlement-claim.ts'
import { createSettlementVerifier, type SettlementLayer } from './l1/settlement-proof.ts'
import { createWithdrawalReader } from './l1/withdrawals.ts'
import { createL2Node, type L2Node } from './l2/l2-node.ts'
import { createRpcTracer, type RpcTracer } from './l2/rpc-trace.ts'
import { firstAnswerMs } from './outage/limits.ts'
import { operatorOf } from './outage/sources/endpoint-operator.ts'
import type { WatchedEndpoint } from './outage/sources/l2.ts'
import { createEndpointSet, type EndpointSet } from './rpc/endpoint-set.ts'
import { createRpcEndpoint, type RpcEndpoint, withTimeout } from './rpc/json-rpc.ts'

export interface NamedUrl {
  readonly name: string
  readonly url: string
  /** Who runs it, if the configuration says so. */
  readonly operator?: string
}

export interface ChainRpcSettings {
  readonly l1: readonly NamedUrl[]
  readonly l2: readonly NamedUrl[]
  readonly gateway: readonly NamedUrl[]
  /** Known for presets; null: learned from the nodes, which must then agree. */
  readonly l1ChainId: number | null
  readonly l2ChainId: number | null
  readonly diamondProxyAddress: string | null
  readonly now: () => Date
  /** Where the diamond outlives the process. */
  readonly diamondMemory?: DiamondMemory
  /** For one HTTP request, a second try included. */
  readonly timeoutMs?: number
  /** How long other endpoints may still contradict the first complete answer. */
  readonly graceMs?: number
  readonly fetch?: typeof fetch
}

export interface ChainRpc {
  /** Null where no endpoint is configured. */
  readonly l1: SettlementLayer | null
  readonly l2: L2Node | null
  /** Each endpoint for itself: for questions where every one of them is a source. */
  readonly watched: Readonly<Record<'l1' | 'l2' | 'gateway', readonly WatchedEndpoint[]>>
  /** Null where no RPC of a Gateway is configured. */
  readonly gateway: SettlementLayer | null
  readonly tracer: RpcTracer | null
  readonly l1Transactions: L1TransactionReader | null
  /** Always there: without L1 they answer `not-checked`. */
  readonly verifier: SettlementVerifier
  readonly withdrawals: WithdrawalReader
}

/** Four questions in a row must fit into the eight seconds of an answer, the slow ones among them cut off. */
const defaultTimeoutMs = 2500
const defaultGraceMs = 400

export function createChainRpc(settings: ChainRpcSettings): ChainRpc {
  const { l1ChainId, l2ChainId, now, timeoutMs = defaultTimeoutMs, graceMs = defaultGraceMs } = settings
  const open = (urls: readonly NamedUrl[]) =>
    distinct(urls).map(({ name, url }) =>
      createRpcEndpoint({ name, url, timeoutMs, ...(settings.fetch && { fetch: settings.fetch }) }),
    )
  const [toL1, toL2, toGateway] = [open(settings.l1), open(settings.l2), open(settings.gateway)]
  const setOf = (endpoints: readonly RpcEndpoint[], chainId: () => number | null) =>
    endpoints.length === 0 ? null : createEndpointSet({ endpoints, chainId, graceMs })
  const l2 = toL2.length === 0 ? null : createL2Node({ endpoints: toL2, chainId: l2ChainId, graceMs })
  const onL1 = setOf(toL1, () => l1ChainId ?? l2?.known()?.l1ChainId ?? null)
  const onGateway = setOf(toGateway, () => null)
  const l1 = onL1 && l1Layer(onL1, l2, settings)
  const gateway = onGateway && gatewayLayer(onGateway, l2, l2ChainId)
  return {
    l1,
    l2,
    gateway,
    watched: {
      l1: watch(settings.l1, toL1),
      l2: watch(settings.l2, toL2),
      gateway: watch(settings.gateway, toGateway),
    },
    tracer: l2 && createRpcTracer({ node: l2, l1 }),
    l1Transactions: l1 && createL1TransactionReader({ l1, now }),
    verifier: createSettlementVerifier({ l1, gateway, now }),
    withdrawals: createWithdrawalReader({ l1, l2, now }),
  }
}

function watch(urls: readonly NamedUrl[], endpoints: readonly RpcEndpoint[]): readonly WatchedEndpoint[] {
  return endpoints.map((endpoint, at) => ({
    endpoint: withTimeout(endpoint, firstAnswerMs),
    operator: operatorOf(urls[at] as NamedUrl),
  }))
}

function l1Layer(endpoints: EndpointSet, l2: L2Node | null, settings: ChainRpcSettings): SettlementLayer {
  const { diamondProxyAddress: configured, l2ChainId, diamondMemory: memory } = settings
  const diamond = createDiamondSource({ configured, l2ChainId, l2, l1: endpoints, memory })
  return { endpoints, diamond, setting: 'L1_RPC_URLS' }
}

function gatewayLayer(endpoints: EndpointSet, l2: L2Node | null, l2ChainId: number | null): SettlementLayer {
  return { endpoints, diamond: createGatewayDiamondSource({ endpoints, l2, l2ChainId }), setting: 'GATEWAY_RPC_URLS' }
}

/** Two keys at one provider share a host: the answer must still say which of the two failed. */
function distinct(urls: readonly NamedUrl[]): readonly NamedUrl[] {
  return urls.map(({ name, url }, at) => {
    const before = urls.slice(0, at).filter((one) => one.name === name).length
    return { name: before === 0 ? name : `${name} (${before + 1})`, url }
  })
}
