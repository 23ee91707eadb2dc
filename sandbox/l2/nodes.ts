// The chain's RPC nodes: the main node, an external node that copies it, and a load balancer over two backends.

import type { HttpTrouble } from '../http-server.ts'
import type { RollupView } from '../model/as-of.ts'
import { createFollower } from '../model/follower.ts'
import type { Weather } from '../noise.ts'
import { type JsonRpcServer, type Method, startJsonRpcServer } from './json-rpc-server.ts'
import { type NodeSettings, nodeMethods } from './node.ts'

/** `stuck`: shows no block after the moment it was set. `lagging`: minutes and dozens of blocks behind, and moving. */
export type RpcFault = 'none' | 'stuck' | 'lagging' | 'wrong-chain' | Exclude<HttpTrouble, 'none' | 'web-page'>

/** `uneven`: every second request is answered by a backend that lags. */
export type BalancerFault = RpcFault | 'uneven'

export interface RpcNode<Fault = RpcFault> {
  readonly url: string
  /** Until when it has read the chain, Unix seconds. */
  readUntil(): number
  set(fault: Fault): void
  stop(): Promise<void>
}

export interface RpcNodeSettings extends NodeSettings {
  readonly rollup: RollupView
  readonly now: () => number
  /** Of a node that lags. */
  readonly lagSeconds: number
  readonly weather?: Weather
}

export async function startMainNode(settings: RpcNodeSettings): Promise<RpcNode> {
  const backend = createBackend({ ...settings, pollSeconds: null })
  return nodeOver(backend, await startJsonRpcServer(backend.methods, settings.weather))
}

/** Copies the main node at every poll (5 s on real chains). */
export async function startExternalNode(settings: RpcNodeSettings & { readonly pollSeconds: number }) {
  const backend = createBackend(settings)
  return nodeOver(backend, await startJsonRpcServer(backend.methods, settings.weather))
}

export async function startBalancer(settings: RpcNodeSettings): Promise<RpcNode<BalancerFault>> {
  const backends = [
    createBackend({ ...settings, pollSeconds: null }),
    createBackend({ ...settings, pollSeconds: 1 }),
  ] as const
  let turn = 0
  const server = await startJsonRpcServer(() => {
    turn += 1
    return backends[turn % 2 === 1 ? 0 : 1].methods()
  }, settings.weather)
  return {
    url: server.url,
    readUntil: backends[0].readUntil,
    set(fault) {
      const all: RpcFault = fault === 'uneven' ? 'none' : fault
      backends[0].set(all)
      backends[1].set(fault === 'uneven' ? 'lagging' : all)
      server.trouble(httpTrouble(all))
    },
    stop: server.stop,
  }
}

interface Backend {
  readUntil(): number
  set(fault: RpcFault): void
  methods(): Readonly<Record<string, Method>>
}

/** `pollSeconds` null: the main node itself, which knows everything at once. */
function createBackend(settings: RpcNodeSettings & { readonly pollSeconds: number | null }): Backend {
  const { rollup, now, pollSeconds, lagSeconds } = settings
  const follower = createFollower({ original: rollup, upstream: now, pollSeconds: pollSeconds ?? 1 })
  let fault: RpcFault = 'none'
  const isLive = () => pollSeconds === null && fault !== 'stuck' && fault !== 'lagging'
  return {
    readUntil: () => (isLive() ? now() : follower.readUntil()),
    set(next) {
      fault = next
      follower.stuck(next === 'stuck')
      follower.lag(next === 'lagging' ? lagSeconds : 0)
    },
    methods() {
      const chainId = fault === 'wrong-chain' ? settings.chainId + 1000 : settings.chainId
      return nodeMethods({ ...settings, chainId, rollup: isLive() ? rollup : follower.view() })
    },
  }
}

function nodeOver(backend: Backend, server: JsonRpcServer): RpcNode {
  return {
    url: server.url,
    readUntil: backend.readUntil,
    set(fault) {
      backend.set(fault)
      server.trouble(httpTrouble(fault))
    },
    stop: server.stop,
  }
}

function httpTrouble(fault: RpcFault): HttpTrouble {
  return fault === 'stuck' || fault === 'lagging' || fault === 'wrong-chain' ? 'none' : fault
}
