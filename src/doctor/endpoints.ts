// Tries nodes and explorers one by one: finding disagreement is the purpose, so no endpoint may stand in for another.

import type { ChainSettings, Endpoint } from '../config.ts'
import { plural } from '../core/counts.ts'
import { readGetter } from '../rollup/l1/contracts.ts'
import { blockCall } from '../rollup/l1/settlement-reading.ts'
import { l2Methods } from '../rollup/l2/l2-methods.ts'
import { operatorOf } from '../rollup/outage/sources/endpoint-operator.ts'
import { getJson } from '../rollup/outage/sources/explorer-site.ts'
import { createRpcEndpoint, rpcCall, valueIn } from '../rollup/rpc/json-rpc.ts'
import { quantity } from '../rollup/rpc/rpc-values.ts'
import { limitedBy } from '../rollup/rpc/time-limit.ts'
import { type Check, clockToleranceMs, fix, note, ok } from './check.ts'

const timeoutMs = 4000
const oldHeadSeconds = 120
const chainIdCall = rpcCall('eth_chainId', [], quantity)

export interface EndpointQuestion {
  readonly chain: ChainSettings
  readonly signal: AbortSignal
  readonly now: () => Date
}

/** What the L2 nodes say of the chain they belong to. */
interface Known {
  readonly l2ChainId: number | null
  readonly l1ChainId: number | null
  readonly diamond: string | null
}

export async function checkEndpoints(question: EndpointQuestion): Promise<readonly Check[]> {
  const l2 = await Promise.all(question.chain.l2Rpc.map((endpoint) => checkL2(endpoint, question)))
  const said = l2.map(({ known }) => known)
  const first = (pick: (known: Known) => number | string | null) =>
    said.map(pick).find((value) => value !== null) ?? null
  const { chain } = question
  const known: Known = {
    l2ChainId: chain.l2ChainId ?? (first(({ l2ChainId }) => l2ChainId) as number | null),
    l1ChainId: chain.l1ChainId ?? (first(({ l1ChainId }) => l1ChainId) as number | null),
    diamond: chain.diamondProxyAddress ?? (first(({ diamond }) => diamond) as string | null),
  }
  const rest = await Promise.all([
    ...chain.l1Rpc.map((endpoint) => checkL1(endpoint, question, known)),
    ...chain.gatewayRpc.map((endpoint) => checkGateway(endpoint, question, known)),
    ...chain.explorerApi.map((endpoint) => checkExplorer(endpoint, question)),
    checkProbe(question),
  ])
  return [
    ...l2.flatMap(({ checks }) => checks),
    ...agreement(question.chain, said),
    ...witnesses(chain),
    ...rest.flat(),
  ]
}

async function checkL2(endpoint: Endpoint, { chain, signal, now }: EndpointQuestion) {
  const setting = `${chain.prefix}L2_RPC_URLS ${endpoint.name}`
  const rpc = createRpcEndpoint({ ...endpoint, timeoutMs })
  const calls = [chainIdCall, l2Methods.block('latest'), l2Methods.l1ChainId(), l2Methods.mainContract()] as const
  const [id, head, l1ChainId, mainContract] = await rpc.batch(calls, { signal })
  const nothing: Known = { l2ChainId: null, l1ChainId: null, diamond: null }
  if (!id.ok) return { known: nothing, checks: [fix(setting, `${id.failure.text}.`)] }
  if (chain.l2ChainId !== null && id.value !== chain.l2ChainId) {
    const text = `It belongs to chain ${id.value}, not to ${chain.l2ChainId} as ${chain.preset} says: use a node of this chain.`
    return { known: nothing, checks: [fix(setting, text)] }
  }
  const known: Known = { l2ChainId: id.value, l1ChainId: valueIn(l1ChainId), diamond: valueIn(mainContract) }
  const block = valueIn(head)
  const kind = l1ChainId.ok ? 'an Era node' : 'a node without the zks methods (ZKsync OS)'
  if (!head.ok)
    return { known, checks: [note(setting, `Chain ${id.value}, but no newest block: ${head.failure.text}.`)] }
  const at =
    block === null ? 'no block yet' : `block ${block.number}, ${age(now().getTime() - Date.parse(block.time))} old`
  return { known, checks: [ok(setting, `Chain ${id.value}, ${kind}, ${at}.`)] }
}

/** A configured diamond that the chain's own node does not know is checked by nobody else. */
function agreement(chain: ChainSettings, said: readonly Known[]): readonly Check[] {
  const checks: Check[] = []
  const ids = new Set(said.flatMap(({ l2ChainId }) => l2ChainId ?? []))
  if (ids.size > 1) {
    checks.push(fix(`${chain.prefix}L2_RPC_URLS`, `The nodes belong to different chains: ${[...ids].join(', ')}.`))
  }
  const configured = chain.diamondProxyAddress
  const named = [...new Set(said.flatMap(({ diamond }) => diamond?.toLowerCase() ?? []))]
  if (configured !== null && named.length > 0 && !named.includes(configured)) {
    const text = `The L2 node names ${named.join(', ')}: correct it, or leave it out so that it is found.`
    checks.push(fix(`${chain.prefix}DIAMOND_PROXY_ADDRESS`, text))
  }
  return checks
}

/** An account that has never sent anything shows nothing; a typing mistake looks the same. */
async function checkProbe({ chain, signal }: EndpointQuestion): Promise<readonly Check[]> {
  const { probeAccount: account, l2Rpc, prefix } = chain
  if (account === null) return []
  const setting = `${prefix}PROBE_ACCOUNT`
  const counts = await Promise.all(
    l2Rpc.map(async (endpoint) => {
      const rpc = createRpcEndpoint({ ...endpoint, timeoutMs })
      const call = (tag: string) => rpcCall('eth_getTransactionCount', [account, tag], quantity)
      return (await rpc.batch([call('latest'), call('pending')] as const, { signal })).map(valueIn)
    }),
  )
  const most = (at: number) => Math.max(-1, ...counts.map((count) => count[at] ?? -1))
  const [latest, pending] = [most(0), most(1)]
  if (latest < 0) return [note(setting, 'No L2 node told its nonces.')]
  if (pending <= 0) return [note(setting, 'It has never sent a transaction: is it the right address?')]
  return [ok(setting, `${plural(latest, 'transaction')} in blocks, ${Math.max(0, pending - latest)} waiting.`)]
}

/** Only a node of another operator, or the core database, makes a second witness (design section 5 rule 4). */
function witnesses({ l2Rpc, coreDatabaseUrl, prefix }: ChainSettings): readonly Check[] {
  const operators = [...new Set(l2Rpc.map(operatorOf))]
  if (l2Rpc.length < 2 || operators.length > 1 || coreDatabaseUrl !== null) return []
  const text = `All ${l2Rpc.length} nodes are of one operator (${operators[0]}): together they are one witness. Add another operator’s node, or say in ENDPOINT_OPERATORS who runs which.`
  return [note(`${prefix}L2_RPC_URLS`, text)]
}

async function checkL1(endpoint: Endpoint, { chain, signal, now }: EndpointQuestion, known: Known) {
  const setting = `${chain.prefix}L1_RPC_URLS ${endpoint.name}`
  const rpc = createRpcEndpoint({ ...endpoint, timeoutMs })
  const [id, head] = await rpc.batch([chainIdCall, blockCall('latest')] as const, { signal })
  if (!id.ok) return [fix(setting, `${id.failure.text}.`)]
  if (known.l1ChainId !== null && id.value !== known.l1ChainId) {
    const text = `It belongs to chain ${id.value}, but this rollup settles on ${known.l1ChainId}: use a node of that chain.`
    return [fix(setting, text)]
  }
  const block = valueIn(head)
  if (block === null) return [note(setting, `Chain ${id.value}, but it shows no newest block.`)]
  const ageSeconds = Math.round(now().getTime() / 1000 - block.timestamp)
  const checks: Check[] = [ok(setting, `Chain ${id.value}, block ${block.number}, ${age(ageSeconds * 1000)} old.`)]
  if (ageSeconds > oldHeadSeconds) {
    checks.push(note(setting, 'Its newest block is old: the node lags, or the clock of this machine is ahead.'))
  } else if (-ageSeconds * 1000 > clockToleranceMs) {
    checks.push(
      note(setting, 'Its newest block is in the future: the clock of this machine is behind (is NTP running?).'),
    )
  }
  return known.diamond === null
    ? checks
    : [...checks, ...(await checkDiamond(rpc, known.diamond, known, setting, signal))]
}

async function checkDiamond(
  rpc: ReturnType<typeof createRpcEndpoint>,
  diamond: string,
  known: Known,
  setting: string,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const calls = [readGetter(diamond, 'getTotalBlocksCommitted'), readGetter(diamond, 'getChainId')] as const
  const [committed, chainId] = await rpc.batch(calls, { signal })
  if (!committed.ok) {
    return [
      fix(
        setting,
        `${diamond} is not the chain's diamond there (its counters can't be read): check DIAMOND_PROXY_ADDRESS.`,
      ),
    ]
  }
  // Diamonds of 2023 do not know their own number yet.
  if (chainId.ok && known.l2ChainId !== null && chainId.value !== known.l2ChainId) {
    return [
      fix(
        setting,
        `${diamond} belongs to chain ${chainId.value}, not to ${known.l2ChainId}: check DIAMOND_PROXY_ADDRESS.`,
      ),
    ]
  }
  return [ok(setting, `The diamond ${diamond} is there: ${committed.value} batches committed.`)]
}

/** The chain that a rollup may settle on instead of L1: neither L1 nor the rollup itself. */
async function checkGateway(endpoint: Endpoint, { chain, signal, now }: EndpointQuestion, known: Known) {
  const setting = `${chain.prefix}GATEWAY_RPC_URLS ${endpoint.name}`
  const rpc = createRpcEndpoint({ ...endpoint, timeoutMs })
  const [id, head] = await rpc.batch([chainIdCall, blockCall('latest')] as const, { signal })
  if (!id.ok) return [fix(setting, `${id.failure.text}.`)]
  if (id.value === known.l2ChainId)
    return [fix(setting, 'It belongs to this rollup itself: name a node of the Gateway.')]
  if (id.value === known.l1ChainId) return [fix(setting, 'It belongs to L1: name a node of the Gateway.')]
  const block = valueIn(head)
  if (block === null) return [note(setting, `Chain ${id.value}, but it shows no newest block.`)]
  const old = age(now().getTime() - block.timestamp * 1000)
  return [ok(setting, `Chain ${id.value}, block ${block.number}, ${old} old.`)]
}

async function checkExplorer(endpoint: Endpoint, { chain, signal }: EndpointQuestion): Promise<readonly Check[]> {
  const setting = `${chain.prefix}EXPLORER_API_URLS ${endpoint.name}`
  const limit = limitedBy(signal, timeoutMs)
  const answer = await getJson(
    { url: endpoint.url, signal: limit.signal },
    { path: '/blocks', query: { limit: '1' } },
  ).finally(limit.stop)
  if (!('text' in answer)) return [ok(setting, 'Answers.')]
  const { kind, text } = answer
  if (kind === 'not-json')
    return [fix(setting, 'It answered with a page instead of data: name the address of its API.')]
  if (kind === 'http') return [fix(setting, `It ${text}: is it the address of the API, not of the pages?`)]
  return [fix(setting, `${endpoint.name} ${text}.`)]
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return seconds < 600 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
