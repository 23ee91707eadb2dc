// One look at a settlement chain: newest block, the diamond's counters and every wanted transaction in one HTTP round trip.

import { z } from 'zod'
import type { Finding } from '../../core/finding.ts'
import { type EndpointSet, endpointFindings } from '../rpc/endpoint-set.ts'
import { isThere, type RpcAnswer, type RpcCall, type RpcEndpoint, rpcCall } from '../rpc/json-rpc.ts'
import type { RpcFailure } from '../rpc/rpc-failure.ts'
import { address, amount, hash, isoOfSeconds, isZero, quantity, toHex } from '../rpc/rpc-values.ts'
import { readGetter } from './contracts.ts'
import type { Diamond } from './diamond.ts'
import { type HeadAge, headFinding, judgeHead } from './l1-head.ts'
import { type Receipt, receiptSchema } from './receipt-check.ts'
import type { L1Head, L1Progress, ProofQuestion } from './settlement-claim.ts'

const block = z.object({
  number: quantity,
  hash,
  timestamp: quantity,
  baseFeePerGas: amount.nullish().transform((fee) => fee ?? null),
})
export type L1Block = z.infer<typeof block>

const transaction = z.object({
  blockNumber: quantity.nullish().transform((number) => number ?? null),
  from: address,
  to: address.nullish().transform((text) => text ?? null),
  gasPrice: amount.nullish(),
  maxFeePerGas: amount.nullish(),
})

export const blockCall = (at: number | 'latest' | 'finalized'): RpcCall<L1Block | null> =>
  rpcCall('eth_getBlockByNumber', [typeof at === 'number' ? toHex(at) : at, false], block.nullable())
const receiptCall = (id: string) => rpcCall('eth_getTransactionReceipt', [id], receiptSchema.nullable())
const transactionCall = (id: string) => rpcCall('eth_getTransactionByHash', [id], transaction.nullable())

/** What an endpoint shows of one transaction. */
export type Seen =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'pending'; readonly from: string; readonly to: string | null; readonly gasPrice: string | null }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly why: string }

/** What one endpoint of the settlement chain says; endpoints that gave nothing usable are among the findings. */
export interface SettlementReading {
  readonly endpoint: RpcEndpoint
  readonly head: L1Head
  readonly age: HeadAge
  readonly progress: L1Progress | null
  /** Why this address can't be the chain's diamond here. */
  readonly notTheDiamond: string | null
  readonly transactions: ReadonlyMap<string, Seen>
}

export interface SettlementReadings {
  /** In the order in which they answered. */
  readonly readings: readonly SettlementReading[]
  readonly failures: readonly RpcFailure[]
  readonly findings: readonly Finding[]
}

export interface ReadingRequest {
  readonly endpoints: EndpointSet
  /** The setting an operator has to look at when the endpoints fail. */
  readonly setting: string
  readonly diamond: Diamond | null
  readonly hashes: readonly string[]
  readonly question: ProofQuestion
  readonly now: () => Date
  /** Receipts, and what tells whether they still hold: a report may ask little. */
  readonly sparing?: boolean
}

export async function readSettlement(request: ReadingRequest): Promise<SettlementReadings> {
  const hashes = [...new Set(request.hashes)]
  const { sparing = false } = request
  const base = sparing ? [blockCall('latest')] : [blockCall('latest'), blockCall('finalized')]
  const getters = request.diamond === null ? [] : diamondCalls(request.diamond).slice(0, sparing ? 1 : undefined)
  const perHash = sparing ? 1 : 2
  const calls: RpcCall<unknown>[] = [
    ...base,
    ...getters,
    ...hashes.flatMap((id) => [receiptCall(id), transactionCall(id)].slice(0, perHash)),
  ]
  const first = base.length + getters.length
  const asked = await request.endpoints.ask(calls, {
    signal: request.question.signal,
    // An endpoint that lags says "no receipt": it may be first, but must not end the waiting.
    isComplete: (answers) => hashes.every((_, at) => isThere(answers[first + perHash * at])),
  })
  const read = asked.voices.map(({ endpoint, chainId, answers }) => {
    const head = readHead(endpoint.name, chainId, answers)
    if (typeof head === 'string') return { failure: headless(endpoint.name, head) }
    const seen = hashes.map((id, at) => {
      const [receipt, sent] = answers.slice(first + perHash * at, first + perHash * (at + 1))
      return [id, readSeen(endpoint.name, receipt, sent)] as const
    })
    const said = readDiamond(request.diamond, answers.slice(base.length, first))
    return { reading: { endpoint, head, ...said, transactions: new Map(seen) } }
  })
  const readings = read.flatMap((one) => (one.reading ? [one.reading] : []))
  const failures = [...asked.failures, ...read.flatMap((one) => (one.failure ? [one.failure] : []))]
  const aged = judgeHeads(readings, request)
  const layerFindings = request.setting === 'L1_RPC_URLS' ? aged.findings : []
  return {
    readings: aged.readings,
    failures,
    findings: [...endpointFindings(failures, request.setting), ...layerFindings, ...diamondFindings(aged.readings)],
  }
}

function diamondCalls({ address, bridgehub, l2ChainId }: Diamond): RpcCall<unknown>[] {
  return [
    readGetter(address, 'getTotalBlocksCommitted'),
    readGetter(address, 'getTotalBlocksVerified'),
    readGetter(address, 'getTotalBlocksExecuted'),
    readGetter(address, 'isDiamondStorageFrozen'),
    readGetter(address, 'getSettlementLayer'),
    readGetter(address, 'getChainId'),
    ...(bridgehub === null || l2ChainId === null ? [] : [readGetter(bridgehub, 'getZKChain', [l2ChainId])]),
  ]
}

function readHead(endpoint: string, chainId: number, answers: readonly RpcAnswer<unknown>[]): L1Head | string {
  const [latest, finalized] = answers as readonly RpcAnswer<L1Block | null>[]
  if (latest === undefined || !latest.ok) return latest?.failure.text ?? `${endpoint} left out its newest block`
  if (latest.value === null) return `${endpoint} has no newest block`
  const { number, timestamp, baseFeePerGas } = latest.value
  return {
    endpoint,
    chainId,
    number,
    time: isoOfSeconds(timestamp),
    finalized: finalized?.ok && finalized.value !== null ? finalized.value.number : null,
    baseFeePerGas,
  }
}

function headless(endpoint: string, text: string): RpcFailure {
  return { endpoint, kind: 'bad-answer', method: 'eth_getBlockByNumber', text, code: null, retryAfterMs: null }
}

function readSeen(
  endpoint: string,
  receiptAnswer: RpcAnswer<unknown> | undefined,
  transactionAnswer: RpcAnswer<unknown> | undefined,
): Seen {
  const receipt = receiptAnswer as RpcAnswer<Receipt | null> | undefined
  const sent = transactionAnswer as RpcAnswer<z.infer<typeof transaction> | null> | undefined
  if (receipt === undefined || !receipt.ok)
    return { kind: 'failed', why: receipt?.failure.text ?? `${endpoint} left it out` }
  if (receipt.value !== null) return { kind: 'receipt', receipt: receipt.value }
  if (!sent?.ok || sent.value === null) return { kind: 'absent' }
  const { from, to, maxFeePerGas, gasPrice, blockNumber } = sent.value
  // Machines behind one address differ by a block: this is "ask again", not "missing".
  if (blockNumber !== null)
    return { kind: 'failed', why: `${endpoint} has the transaction in a block, but no receipt of it yet` }
  return { kind: 'pending', from, to, gasPrice: maxFeePerGas ?? gasPrice ?? null }
}

function readDiamond(diamond: Diamond | null, answers: readonly RpcAnswer<unknown>[]) {
  if (diamond === null) return { progress: null, notTheDiamond: null }
  const [committed, verified = null, executed = null, frozen = null, settlementLayer = null, chainId = null, zkChain] =
    answers.map((answer) => (answer.ok ? answer.value : null)) as [
      number | null,
      number | null,
      number | null,
      boolean | null,
      string | null,
      number | null,
      string | null,
    ]
  const { address, l2ChainId } = diamond
  const progress: L1Progress = { committed, verified, executed, frozen, settlementLayer }
  // No code at the address answers `0x`, another contract reverts; a busy endpoint does neither.
  const noDiamond = answers
    .slice(0, 3)
    .every((answer) => !answer.ok && (answer.failure.kind === 'reverted' || answer.failure.kind === 'bad-answer'))
  if (noDiamond) return { progress: null, notTheDiamond: `there is no diamond at ${address}` }
  if (chainId !== null && l2ChainId !== null && chainId !== l2ChainId) {
    return { progress, notTheDiamond: `the diamond at ${address} belongs to chain ${chainId}, not to ${l2ChainId}` }
  }
  if (zkChain != null && !isZero(zkChain) && zkChain !== address) {
    return { progress, notTheDiamond: `the Bridgehub names ${zkChain} as this chain’s diamond, not ${address}` }
  }
  return { progress, notTheDiamond: null }
}

function judgeHeads(readings: readonly Omit<SettlementReading, 'age'>[], { question, now }: ReadingRequest) {
  const localMs = now().getTime()
  const newestL1Ms = Math.max(...readings.map(({ head }) => Date.parse(head.time)))
  const judged = readings.map((reading) => {
    const headMs = Date.parse(reading.head.time)
    const facts = { headMs, localMs, newestL1Ms, newestL2Ms: question.newestL2TimeMs ?? null }
    const age = judgeHead(facts)
    return { reading: { ...reading, age }, finding: headFinding(reading.endpoint.name, age, facts) }
  })
  const findings = judged.flatMap(({ finding }) => finding ?? [])
  const firstClock = findings.find(({ code }) => code === 'local-clock-wrong')
  return {
    readings: judged.map(({ reading }) => reading),
    // One clock, one finding, however many endpoints show it.
    findings: findings.filter((finding) => finding.code !== 'local-clock-wrong' || finding === firstClock),
  }
}

function diamondFindings(readings: readonly SettlementReading[]): readonly Finding[] {
  const why = readings.find(({ notTheDiamond }) => notTheDiamond !== null)?.notTheDiamond
  if (why == null) return []
  const text = `Nothing could be proved: ${why}. Correct DIAMOND_PROXY_ADDRESS, or the endpoints.`
  return [{ code: 'diamond-mismatch', severity: 'critical', values: { why }, text }]
}
