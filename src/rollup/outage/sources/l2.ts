// What each L2 endpoint shows, for itself: its head sampled three times, its last sealed batch, the transaction asked about.

import { z } from 'zod'
import { l2Methods } from '../../l2/l2-methods.ts'
import { agreedChain } from '../../rpc/endpoint-set.ts'
import { type RpcAnswer, type RpcCall, type RpcEndpoint, rpcCall, valueIn } from '../../rpc/json-rpc.ts'
import { isAnswer, type RpcFailure } from '../../rpc/rpc-failure.ts'
import { address, amount, hash, quantity, toHex } from '../../rpc/rpc-values.ts'
import { pause } from '../../rpc/time-limit.ts'
import type { Head, L2Observation, Trouble } from '../facts.ts'
import type { FirstSeen } from './first-seen.ts'
import type { DepositWatch, WaitingDeposits } from './waiting-deposits.ts'

export interface WatchedEndpoint {
  readonly endpoint: RpcEndpoint
  readonly operator: string
}

/** What an endpoint says about the transaction the asker named. */
export type NamedTransaction =
  | { readonly state: 'included'; readonly block: number }
  /** `next`: its nonce is the next one and it pays enough, so a running sequencer would take it; null: not known. */
  | { readonly state: 'pending'; readonly since: number; readonly next: boolean | null }
  | { readonly state: 'unknown' }

export interface L2Look {
  readonly observation: L2Observation
  readonly endpoint: RpcEndpoint
  readonly chainId: number | null
  readonly named: NamedTransaction | null
  /** Null where the node does not tell. */
  readonly depositsPaused: boolean | null
  /** Taken from L1 and not in a block; null: none, or the node does not tell. */
  readonly deposits: WaitingDeposits | null
  /** A move to another settlement layer is under way; null where the node does not tell. */
  readonly migrating: boolean | null
  /** Its block at a height that other endpoints have too, to be compared by hash; null where it is alone or did not tell. */
  readonly common: Head | null
}

export interface L2Question {
  /** Of a preset; null: any, as long as all endpoints agree. */
  readonly chainId: number | null
  /** Asked where they do not agree; null: nobody can say which of them is right. */
  readonly judge?: () => Promise<number | null>
  readonly tx: string | null
  /** For a pending transaction of which the node does not tell since when it waits (ZKsync OS). */
  readonly firstSeen: FirstSeen
  readonly depositWatch: DepositWatch
  readonly signal: AbortSignal
  /** Between samples. */
  readonly spacingMs?: number
  /** Told as soon as an endpoint has shown its head once: what else is to be asked need not wait for the other samples. */
  readonly onFirst?: (first: FirstSight) => void
}

export interface FirstSight {
  readonly endpoint: RpcEndpoint
  readonly chainId: number | null
  readonly head: BlockTime
  readonly sealedBatch: number | null
}

const samplesWanted = 3
const defaultSpacingMs = 700

const head = z
  .object({ number: quantity, hash, timestamp: quantity, baseFeePerGas: amount.nullish() })
  .transform(({ timestamp, baseFeePerGas, ...block }) => ({ ...block, time: timestamp, baseFee: baseFeePerGas ?? '0' }))
type SampledHead = z.infer<typeof head>

const depositsStatus = z.object({
  l1ToL2TxsPaused: z.boolean(),
  l1ToL2TxsInMempool: z.number().int().nonnegative().nullish().catch(null),
})
const migrationStatus = z.object({ state: z.string() })
const sent = z.object({
  from: address,
  nonce: quantity,
  blockNumber: quantity.nullish(),
  maxFeePerGas: amount.nullish(),
  gasPrice: amount.nullish(),
})

const headCall: RpcCall<SampledHead> = rpcCall('eth_getBlockByNumber', ['latest', false], head)
const headAtCall = (number: number) => rpcCall('eth_getBlockByNumber', [toHex(number), false], head.nullable())
const chainIdCall = rpcCall('eth_chainId', [], quantity)
const depositsCall = rpcCall('unstable_l1ToL2TxsStatus', [], depositsStatus)
const migrationCall = rpcCall('unstable_gatewayMigrationStatus', [], migrationStatus)
const sentCall = (tx: string) => rpcCall('eth_getTransactionByHash', [tx], sent.nullable())
const nonceCall = (from: string) => rpcCall('eth_getTransactionCount', [from, 'latest'], quantity)

/** Never throws: an endpoint in trouble is an observation too. */
export async function lookAtL2(watched: readonly WatchedEndpoint[], question: L2Question): Promise<readonly L2Look[]> {
  const meeting: Meeting = { heads: [] }
  const looks = await Promise.all(watched.map((one) => lookAtOne(one, meeting, question)))
  const answered = looks.flatMap(({ chainId }) => chainId ?? [])
  const agreed = question.chainId ?? agreedChain(answered, looks.length)
  return refuseOtherChains(looks, agreed ?? (answered.length > 0 ? ((await question.judge?.()) ?? null) : null))
}

/** Where all endpoints that have answered so far can be compared: the lowest of their heads. */
interface Meeting {
  readonly heads: number[]
}

async function lookAtOne(
  { endpoint, operator }: WatchedEndpoint,
  meeting: Meeting,
  question: L2Question,
): Promise<L2Look> {
  const { tx, firstSeen, signal, spacingMs = defaultSpacingMs } = question
  const calls = [chainIdCall, headCall, l2Methods.lastSealedBatch(), depositsCall, migrationCall] as const
  const named = tx === null ? [] : [sentCall(tx), l2Methods.transactionDetails(tx)]
  const answers = await endpoint.batch([...calls, ...named], { signal })
  const [chainId, first, sealed, deposits, migration] = answers as unknown as readonly [
    RpcAnswer<number>,
    RpcAnswer<SampledHead>,
    RpcAnswer<number>,
    RpcAnswer<z.infer<typeof depositsStatus>>,
    RpcAnswer<z.infer<typeof migrationStatus>>,
  ]
  const trouble = troubleOf(chainId) ?? troubleOf(first)
  const blank = {
    endpoint,
    chainId: valueIn(chainId),
    named: null,
    depositsPaused: null,
    deposits: null,
    migrating: null,
    common: null,
  }
  const nothing = { name: endpoint.name, operator, samples: [], sealedBatch: null }
  if (trouble !== null || !first.ok) return { ...blank, observation: { ...nothing, trouble } }
  question.onFirst?.({ endpoint, chainId: valueIn(chainId), head: first.value, sealedBatch: valueIn(sealed) })
  meeting.heads.push(first.value.number)
  const [{ samples, common }, state] = await Promise.all([
    sampleOn(endpoint, first.value, { meeting, signal, spacingMs }),
    tx === null
      ? null
      : readNamed(endpoint, answers.slice(calls.length), first.value, () => firstSeen.since(tx), signal),
  ])
  const pool = valueIn(deposits)
  return {
    ...blank,
    named: state,
    depositsPaused: pool?.l1ToL2TxsPaused ?? null,
    deposits: question.depositWatch.note({
      endpoint: endpoint.name,
      count: pool?.l1ToL2TxsInMempool ?? null,
      paused: pool?.l1ToL2TxsPaused === true,
      head: Math.max(...samples.map(({ number }) => number)),
    }),
    migrating: migration.ok ? migration.value.state === 'inProgress' : null,
    common,
    observation: {
      ...nothing,
      trouble: null,
      samples,
      sealedBatch: highest([valueIn(sealed), ...samples.map((one) => one.sealed)]),
    },
  }
}

interface Sample extends Head {
  readonly sealed: number | null
}

/** Null: none of them is known. */
export function highest(batches: readonly (number | null)[]): number | null {
  const known = batches.filter((batch) => batch !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** A sample that fails is left out: two good ones still show the head, but not that it stands still. */
async function sampleOn(endpoint: RpcEndpoint, first: SampledHead, { meeting, signal, spacingMs }: Sampling) {
  const samples: Sample[] = [sampleOf(first, null)]
  let common: Head | null = null
  for (let count = 1; count < samplesWanted && !signal.aborted; count += 1) {
    await pause(spacingMs, signal)
    if (signal.aborted) break
    // The others have had the time between two samples to show theirs.
    const meets = common === null && meeting.heads.length > 1 ? [headAtCall(Math.min(...meeting.heads))] : []
    const [next, sealed, met] = await endpoint.batch([headCall, l2Methods.lastSealedBatch(), ...meets] as const, {
      signal,
    })
    if (next.ok) samples.push(sampleOf(next.value, valueIn(sealed)))
    const block = valueIn(met)
    if (block !== null) common = sampleOf(block, null)
  }
  return { samples, common }
}

interface Sampling {
  readonly meeting: Meeting
  readonly signal: AbortSignal
  readonly spacingMs: number
}

function sampleOf({ number, hash, time }: SampledHead, sealed: number | null): Sample {
  return { number, hash, time, sealed }
}

async function readNamed(
  endpoint: RpcEndpoint,
  answers: readonly RpcAnswer<unknown>[],
  newest: SampledHead,
  firstSeen: () => number,
  signal: AbortSignal,
): Promise<NamedTransaction | null> {
  const [transaction, details] = answers as readonly [
    RpcAnswer<z.infer<typeof sent> | null>,
    RpcAnswer<{ readonly receivedAt: string | null } | null>,
  ]
  if (!transaction.ok) return null
  if (transaction.value === null) return { state: 'unknown' }
  const { blockNumber, from, nonce, maxFeePerGas, gasPrice } = transaction.value
  if (blockNumber != null) return { state: 'included', block: blockNumber }
  const receivedAt = valueIn(details)?.receivedAt ?? null
  const count = valueIn(await endpoint.call(nonceCall(from), { signal }))
  const pays = BigInt(maxFeePerGas ?? gasPrice ?? '0') >= BigInt(newest.baseFee)
  return {
    state: 'pending',
    since: receivedAt === null ? firstSeen() : Date.parse(receivedAt) / 1000,
    next: count === null ? null : count === nonce && pays,
  }
}

export function troubleOf(answer: RpcAnswer<unknown>): Trouble | null {
  return answer.ok ? null : describeFailure(answer.failure)
}

/** The endpoint's name stands beside the text wherever it is shown. */
export function describeFailure({ kind, text, endpoint }: RpcFailure): Trouble {
  const what = text.startsWith(`${endpoint} `) ? text.slice(endpoint.length + 1) : text
  return { kind: isAnswer(kind) ? 'rpc-error' : kind, text: what }
}

/** Where nobody says which chain is right and the endpoints do not agree, all are refused: a wrong head is worse than none. */
function refuseOtherChains(looks: readonly L2Look[], wanted: number | null): readonly L2Look[] {
  const answered = looks.flatMap(({ chainId }) => chainId ?? [])
  return looks.map((look) => {
    if (look.chainId === null || look.chainId === wanted) return look
    const which =
      wanted === null
        ? `while others are on ${[...new Set(answered)].filter((id) => id !== look.chainId).join(', ')}`
        : `not on ${wanted}`
    const trouble = { kind: 'wrong-chain', text: `is on chain ${look.chainId}, ${which}` }
    return {
      ...look,
      named: null,
      deposits: null,
      common: null,
      observation: { ...look.observation, trouble, samples: [], sealedBatch: null },
    }
  })
}

export interface BlockTime {
  readonly number: number
  readonly time: number
}

const blockTime = z
  .object({ number: quantity, timestamp: quantity })
  .transform(({ number, timestamp }): BlockTime => ({ number, time: timestamp }))
  .nullable()

export function blockTimeCall(number: number): RpcCall<BlockTime | null> {
  return rpcCall('eth_getBlockByNumber', [toHex(number), false], blockTime)
}

/** Number and time of some blocks; what the node does not have is left out. */
export async function blockTimes(endpoint: RpcEndpoint, numbers: readonly number[], signal: AbortSignal) {
  const answers = await endpoint.batch(numbers.map(blockTimeCall), { signal })
  return answers.flatMap((answer) => valueIn(answer) ?? [])
}
