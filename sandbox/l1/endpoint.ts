// An L1 endpoint as a provider sells it: passes calls on to the EVM, and can be told to be old, elsewhere or in trouble.

import { type HttpTrouble, json, startHttpServer } from '../http-server.ts'
import type { Weather } from '../noise.ts'
import type { Anvil } from './anvil.ts'

/** `old`: knows no block after the moment it was set. `reorg`: the newest blocks have other hashes than they had before. */
export type L1Fault = 'none' | 'old' | 'reorg' | 'wrong-chain' | Exclude<HttpTrouble, 'none' | 'web-page'>

export interface L1Endpoint {
  readonly url: string
  set(fault: L1Fault): Promise<void>
  stop(): Promise<void>
}

interface Call {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

type Answer = Readonly<Record<string, unknown>>

interface State {
  wrongChain: boolean
  /** Highest block it knows. */
  limit: number | null
  /** Hashes as the EVM has them, and as this endpoint says them since the reorg. */
  renamed: ReadonlyMap<string, string>
}

const reorgDepth = 3

export async function startL1Endpoint(anvil: Anvil, weather?: Weather): Promise<L1Endpoint> {
  const state: State = { wrongChain: false, limit: null, renamed: new Map() }
  const server = await startHttpServer(async (_, body) => {
    const asked: unknown = JSON.parse(rename(body, new Map([...state.renamed, ...invert(state.renamed)])))
    const calls = (Array.isArray(asked) ? asked : [asked]) as readonly Call[]
    const answers = await Promise.all(calls.map((call) => answer(anvil, state, call)))
    const { status, type, body: text } = json(Array.isArray(asked) ? answers : answers[0])
    return { status, type, body: rename(text, state.renamed) }
  }, weather)
  return {
    url: server.url,
    async set(fault) {
      state.wrongChain = fault === 'wrong-chain'
      state.limit = fault === 'old' ? await height(anvil) : null
      state.renamed = fault === 'reorg' ? await otherHashes(anvil) : new Map()
      server.trouble(fault === 'old' || fault === 'reorg' || fault === 'wrong-chain' ? 'none' : fault)
    },
    stop: server.stop,
  }
}

async function height(anvil: Anvil): Promise<number> {
  return Number((await anvil.call(['eth_blockNumber']))[0])
}

/** The same transactions in blocks of other hashes: what most reorgs are. */
async function otherHashes(anvil: Anvil): Promise<ReadonlyMap<string, string>> {
  const top = await height(anvil)
  const numbers = Array.from({ length: reorgDepth }, (_, depth) => Math.max(0, top - depth))
  const blocks = await anvil.call(...numbers.map((number) => ['eth_getBlockByNumber', hex(number), false] as const))
  const hashes = blocks.map((block) => (block as { readonly hash: string }).hash)
  return new Map(hashes.map((hash) => [hash, `0x${[...hash.slice(2)].reverse().join('')}`]))
}

const hex = (number: number) => `0x${number.toString(16)}`
const invert = (map: ReadonlyMap<string, string>) => new Map([...map].map(([one, other]) => [other, one]))

function rename(text: string, renamed: ReadonlyMap<string, string>): string {
  return renamed.size === 0 ? text : text.replaceAll(/0x[0-9a-f]{64}/g, (hash) => renamed.get(hash) ?? hash)
}

async function answer(anvil: Anvil, state: State, call: Call): Promise<Answer> {
  const { id = null, method, params = [] } = call
  const said = { jsonrpc: '2.0', id }
  if (state.wrongChain && method === 'eth_chainId') return { ...said, result: '0x1' }
  if (state.wrongChain && method === 'net_version') return { ...said, result: '1' }
  const { limit } = state
  if (limit !== null && method === 'eth_blockNumber') return { ...said, result: hex(limit) }
  if (limit !== null && isStateAfter(method, params, limit))
    return { ...said, error: { code: -32000, message: 'header not found' } }
  const passed = limit === null ? params : withoutTags(params, limit)
  const response = await fetch(anvil.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: passed }),
    signal: AbortSignal.timeout(30_000),
  })
  const got = (await response.json()) as Answer
  return { ...got, ...said, ...(limit !== null && 'result' in got ? { result: upTo(got.result, limit) } : {}) }
}

/** How far behind the newest block anvil's tags are. */
const tagDepth = { latest: 0, pending: 0, safe: 32, finalized: 64 } as const

/** Tags mean the newest block that this endpoint knows. */
function withoutTags(value: unknown, limit: number): unknown {
  if (typeof value === 'string' && Object.hasOwn(tagDepth, value)) {
    return hex(Math.max(0, limit - tagDepth[value as keyof typeof tagDepth]))
  }
  if (Array.isArray(value)) return value.map((one) => withoutTags(one, limit))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutTags(one, limit)]))
}

const stateMethods = ['eth_call', 'eth_getBalance', 'eth_getTransactionCount', 'eth_getCode', 'eth_getStorageAt']

function isStateAfter(method: unknown, params: unknown, limit: number): boolean {
  if (typeof method !== 'string' || !stateMethods.includes(method) || !Array.isArray(params)) return false
  const block: unknown = params[method === 'eth_getStorageAt' ? 2 : 1]
  return typeof block === 'string' && /^0x[0-9a-f]{1,12}$/i.test(block) && Number(block) > limit
}

/** Blocks, receipts and logs that it cannot know are not there. */
function upTo(result: unknown, limit: number): unknown {
  if (Array.isArray(result)) return result.filter((one) => upTo(one, limit) !== null)
  if (typeof result !== 'object' || result === null) return result
  const { number, blockNumber } = result as { readonly number?: unknown; readonly blockNumber?: unknown }
  const height = number ?? blockNumber
  return typeof height === 'string' && Number(height) > limit ? null : result
}
