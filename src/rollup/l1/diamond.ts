// Where the chain's diamond proxy is: configured, or named by the chain's own node and then checked on L1.

import type { L2Identity, L2Node } from '../l2/l2-node.ts'
import type { EndpointSet } from '../rpc/endpoint-set.ts'
import { type CallLimits, valueIn } from '../rpc/json-rpc.ts'
import { isZero } from '../rpc/rpc-values.ts'
import { readGetter } from './contracts.ts'

export interface Diamond {
  readonly address: string
  /** `kept`: found by an earlier run of the bot. */
  readonly from: 'configured' | 'node' | 'bridgehub' | 'kept'
  /** What the diamond on L1 must say about itself; null where nobody knows. */
  readonly l2ChainId: number | null
  readonly bridgehub: string | null
}

export type DiamondAnswer = { readonly diamond: Diamond } | { readonly diamond: null; readonly why: string }

export interface DiamondSource {
  /** Kept once found. Never throws. */
  find(limits: CallLimits): Promise<DiamondAnswer>
}

/** Where a found diamond outlives the process. */
export interface DiamondMemory {
  read(): Pick<Diamond, 'address' | 'bridgehub' | 'l2ChainId'> | null
  write(diamond: Diamond): void
}

export interface DiamondSettings {
  readonly configured: string | null
  readonly l2ChainId: number | null
  readonly l2: L2Node | null
  readonly l1: EndpointSet | null
  readonly memory?: DiamondMemory | undefined
}

export function createDiamondSource({ configured, l2ChainId, l2, l1, memory }: DiamondSettings): DiamondSource {
  let kept: DiamondAnswer | null = null
  let looking = false

  async function search(limits: CallLimits): Promise<DiamondAnswer> {
    if (l2 === null || l2.names.length === 0)
      return nowhere('set DIAMOND_PROXY_ADDRESS, or L2_RPC_URLS so that it can be found')
    const answer = await l2.identity(limits)
    const isDisputed = !answer.known && answer.failures.some(({ kind }) => kind === 'wrong-chain')
    const identity = answer.known ? answer.identity : isDisputed ? await settleDispute(l2, l1, limits) : null
    if (identity === null) return nowhere('no L2 endpoint could name it; set DIAMOND_PROXY_ADDRESS')
    const known = { l2ChainId: l2ChainId ?? identity.chainId, bridgehub: identity.bridgehub }
    if (identity.mainContract !== null) return { diamond: { address: identity.mainContract, from: 'node', ...known } }
    if (identity.bridgehub === null) return nowhere('the L2 node names no contract; set DIAMOND_PROXY_ADDRESS')
    const address = await namedDiamond(identity, l1, limits)
    if (address === null) return nowhere('the Bridgehub on L1 did not name it; set DIAMOND_PROXY_ADDRESS')
    return { diamond: { address, from: 'bridgehub', ...known } }
  }

  function keep(answer: DiamondAnswer): DiamondAnswer {
    if (answer.diamond === null) return answer
    kept = answer
    memory?.write(answer.diamond)
    return answer
  }

  async function lookAgain(limits: CallLimits): Promise<void> {
    looking = true
    keep(await search(limits))
    looking = false
  }

  return {
    async find({ signal, timeoutMs }) {
      const limits = { signal, timeoutMs }
      if (configured !== null) {
        // Never waits for the L2 node: a proof must not hang on the node that it is to check.
        const identity = l2?.known() ?? null
        const known = { l2ChainId: l2ChainId ?? identity?.chainId ?? null, bridgehub: identity?.bridgehub ?? null }
        return { diamond: { address: configured.toLowerCase(), from: 'configured', ...known } }
      }
      if (kept !== null) return kept
      const remembered = memory?.read() ?? null
      if (remembered === null) return keep(await search(limits))
      // What an earlier run found is good enough for now, above all while no node answers; the nodes are asked beside it.
      if (!looking) void lookAgain(limits)
      return { diamond: { ...remembered, from: 'kept', l2ChainId: l2ChainId ?? remembered.l2ChainId } }
    },
  }
}

/** Endpoints on different chains: the one is meant whose diamond is on this L1 and says that it is of that chain. */
async function settleDispute(l2: L2Node, l1: EndpointSet | null, limits: CallLimits): Promise<L2Identity | null> {
  if (l1 === null) return null
  const candidates = await l2.candidates(limits)
  if (candidates.length < 2) return null
  const checks = await Promise.all(candidates.map((one) => isOnL1(one, l1, limits)))
  const [found, ...others] = candidates.filter((_, at) => checks[at])
  if (found === undefined || others.length > 0) return null
  l2.settle(found)
  return found
}

async function isOnL1(identity: L2Identity, l1: EndpointSet, limits: CallLimits): Promise<boolean> {
  const address = await namedDiamond(identity, l1, limits)
  if (address === null) return false
  const calls = [readGetter(address, 'getTotalBlocksCommitted'), readGetter(address, 'getChainId')] as const
  const { voices } = await l1.ask(calls, { ...limits, isComplete: ([committed]) => committed.ok })
  // A diamond of 2023 does not say which chain it is of.
  return voices.some(
    ({ answers: [committed, chainId] }) => committed.ok && (valueIn(chainId) ?? identity.chainId) === identity.chainId,
  )
}

async function namedDiamond(identity: L2Identity, l1: EndpointSet | null, limits: CallLimits): Promise<string | null> {
  if (identity.mainContract !== null) return identity.mainContract
  return l1 === null || identity.bridgehub === null
    ? null
    : askBridgehub(l1, identity.bridgehub, identity.chainId, limits)
}

function nowhere(why: string): DiamondAnswer {
  return { diamond: null, why: `The address of the chain’s diamond is not known: ${why}.` }
}

/** The Bridgehub of a Gateway has the same address on every Gateway. */
const gatewayBridgehub = '0x0000000000000000000000000000000000010002'

/** On a Gateway the chain has a diamond of its own, which that Gateway's Bridgehub names. */
export function createGatewayDiamondSource(settings: {
  readonly endpoints: EndpointSet
  readonly l2ChainId: number | null
  readonly l2: L2Node | null
}): DiamondSource {
  let kept: DiamondAnswer | null = null
  return {
    async find({ signal, timeoutMs }) {
      const limits = { signal, timeoutMs }
      if (kept !== null) return kept
      const identity = await settings.l2?.identity(limits)
      const l2ChainId = settings.l2ChainId ?? (identity?.known ? identity.identity.chainId : null)
      if (l2ChainId === null) return nowhere('no L2 endpoint said which chain this is')
      const address = await askBridgehub(settings.endpoints, gatewayBridgehub, l2ChainId, limits)
      if (address === null) return nowhere('the Gateway’s Bridgehub did not name it')
      kept = { diamond: { address, from: 'bridgehub', l2ChainId, bridgehub: gatewayBridgehub } }
      return kept
    },
  }
}

async function askBridgehub(l1: EndpointSet, bridgehub: string, chainId: number, limits: CallLimits) {
  const calls = [
    readGetter(bridgehub, 'getZKChain', [chainId]),
    readGetter(bridgehub, 'getHyperchain', [chainId]),
  ] as const
  const { voices } = await l1.ask(calls, { ...limits, isComplete: ([now, older]) => now.ok || older.ok })
  const named = voices.flatMap(({ answers }) => answers.flatMap((answer) => (answer.ok ? [answer.value] : [])))
  return named.find((address) => !isZero(address)) ?? null
}
