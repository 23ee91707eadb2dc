// The servers around a sandbox chain: its RPC nodes, explorers and L1 endpoints; one node alone, or all of them.

import { type Explorer, startExplorer } from './explorers/explorer.ts'
import type { Anvil } from './l1/anvil.ts'
import { type L1Endpoint, startL1Endpoint } from './l1/endpoint.ts'
import {
  type BalancerFault,
  type RpcNode,
  type RpcNodeSettings,
  startBalancer,
  startExternalNode,
  startMainNode,
} from './l2/nodes.ts'
import type { Weather } from './noise.ts'

export interface Network {
  readonly main: RpcNode
  readonly rpcs: readonly Pick<RpcNode, 'set'>[]
  /** These throw where the sandbox was not asked for all sources. */
  external(): RpcNode
  balancer(): RpcNode<BalancerFault>
  explorer(name: 'explorer' | 'second-explorer'): Explorer
  l1(name: 'first-l1' | 'second-l1'): L1Endpoint
  /** All sources are there. */
  readonly isWhole: boolean
  /** Lists of `name=url`, as the settings of a rollcall process have them. */
  readonly settings: Readonly<Record<string, string>>
}

export interface NetworkSettings {
  readonly node: RpcNodeSettings
  readonly anvil: Anvil
  /** `few`: the main node and the EVM itself. `all`: three nodes, two explorers, two L1 endpoints. */
  readonly sources: 'few' | 'all'
  readonly speed: number
  /** Between a server of this name and whoever asks it. */
  weather(name: string): Weather
  readonly undo: (() => Promise<unknown>)[]
}

export async function startNetwork(settings: NetworkSettings): Promise<Network> {
  const { node, anvil, sources, undo, weather } = settings
  const main = await startMainNode({ ...node, weather: weather('main-rpc') })
  undo.push(main.stop)
  const more = sources === 'all' ? await startAll(settings, main) : null
  const needed = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error("this sandbox has one node and nothing else: ask for sources: 'all'")
    return one
  }
  return {
    main,
    rpcs: more === null ? [main] : [main, more.external, more.balancer],
    external: () => needed(more?.external),
    balancer: () => needed(more?.balancer),
    explorer: (name) => needed(more?.explorers[name]),
    l1: (name) => needed(more?.l1[name]),
    isWhole: more !== null,
    settings: more?.settings ?? { L1_RPC_URLS: `anvil=${anvil.url}`, L2_RPC_URLS: `node=${main.url}` },
  }
}

async function startAll({ node, anvil, speed, undo, weather }: NetworkSettings, main: RpcNode) {
  const started = <T extends { stop(): Promise<void> }>(one: T): T => {
    undo.push(one.stop)
    return one
  }
  const scaled = (seconds: number) => Math.max(1, Math.round(seconds / speed))
  const external = started(
    await startExternalNode({ ...node, pollSeconds: scaled(5), weather: weather('external-rpc') }),
  )
  const balancer = started(await startBalancer({ ...node, weather: weather('balancer') }))
  const isOs = node.flavour === 'zksync-os'
  const explorer = async (name: string, copies: RpcNode, family: 'batches' | 'blocks') => {
    const source = { original: node.rollup, upstream: copies.readUntil, l1ChainId: node.l1ChainId }
    return started(await startExplorer({ ...source, family, batchPollSeconds: scaled(30), weather: weather(name) }))
  }
  const explorers = {
    explorer: await explorer('explorer', main, isOs ? 'blocks' : 'batches'),
    'second-explorer': await explorer('second-explorer', external, 'blocks'),
  }
  const l1 = {
    'first-l1': started(await startL1Endpoint(anvil, weather('first-l1'))),
    'second-l1': started(await startL1Endpoint(anvil, weather('second-l1'))),
  }
  const list = (sources: Readonly<Record<string, { readonly url: string }>>) =>
    Object.entries(sources)
      .map(([name, { url }]) => `${name}=${url}`)
      .join(',')
  return {
    external,
    balancer,
    explorers,
    l1,
    settings: {
      L1_RPC_URLS: list(l1),
      L2_RPC_URLS: list({ 'main-rpc': main, 'external-rpc': external, balancer }),
      EXPLORER_API_URLS: list(explorers),
    },
  }
}
