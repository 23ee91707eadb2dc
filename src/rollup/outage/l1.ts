// What L1 says about the chain: the newest endpoint of the right chain is pinned to one block and asked for everything at once.
//
// Three round trips: heads of all endpoints; state and events at the pinned block; the times that belong to them. Where the
// timelock is has to be found once and is then kept.

import { z } from 'zod'
import type { Finding } from '../../core/finding.ts'
import { type DiamondEvent, type Log, logSchema, readDiamondEvents, readGetter, topicOf } from '../l1/contracts.ts'
import type { DiamondSource } from '../l1/diamond.ts'
import type { TimelockFinder } from '../l1/l1-timelock.ts'
import { blockCall, type L1Block } from '../l1/settlement-reading.ts'
import { commitTimeCall } from '../l1/timelock.ts'
import { agreedChain } from '../rpc/endpoint-set.ts'
import { type RpcAnswer, type RpcEndpoint, rpcCall, valueIn } from '../rpc/json-rpc.ts'
import { isZero, quantity, toHex } from '../rpc/rpc-values.ts'
import type { Head, Trouble } from './facts.ts'
import { type L1Operators, operatorCalls, operatorFindings } from './l1-operators.ts'
import { describeFailure, troubleOf } from './l2.ts'

export interface L1Source {
  readonly name: string
  readonly operator: string
  readonly trouble: Trouble | null
  readonly head: Head | null
}

export interface L1Counters {
  readonly committed: number
  readonly verified: number
  readonly executed: number
}

/** One thing that happened on the diamond; `time` is null where the block's time was not asked for. */
export interface L1Event {
  readonly event: DiamondEvent
  readonly block: number
  readonly time: number | null
  readonly hash: string | null
}

/** Of the endpoint that was pinned. */
export interface L1State {
  readonly head: Head
  readonly counters: L1Counters
  readonly frozen: boolean | null
  /** The settlement layer's diamond on L1; null: the chain settles here. */
  readonly settlesOn: string | null
  readonly protocolVersion: number | null
  /** False: the deadline of its version has passed, and every commit reverts. */
  readonly protocolActive: boolean | null
  readonly executionDelay: number | null
  /** By batch number: when it was committed, Unix seconds. */
  readonly committedAt: ReadonlyMap<number, number>
  /** Newest last; null: the events of the last hours could not be searched. */
  readonly events: readonly L1Event[] | null
  /** Where the search for events began. */
  readonly eventsSince: number | null
  readonly findings: readonly Finding[]
}

/** On ZKsync OS each commit says which blocks it took; after a revert only what is still committed counts. */
export function lastCommittedBlock({ events, counters }: Pick<L1State, 'events' | 'counters'>): number | null {
  const range = events?.findLast(({ event }) => event.kind === 'range' && event.batch === counters.committed)?.event
  return range?.kind === 'range' ? range.lastBlock : null
}

/** Where L1 proved this batch, as far as its events are in sight. */
export function proofOf(events: readonly L1Event[] | null, batch: number): L1Event | undefined {
  return events?.findLast(({ event }) => event.kind === 'prove' && event.previous < batch && batch <= event.current)
}

export interface L1Look {
  readonly sources: readonly L1Source[]
  readonly trouble: Trouble | null
  readonly head: Head | null
  readonly state: L1State | null
}

export interface OutageL1 {
  look(limits: { readonly signal: AbortSignal }): Promise<L1Look>
}

export interface OutageL1Settings {
  readonly endpoints: readonly { readonly endpoint: RpcEndpoint; readonly operator: string }[]
  readonly diamond: DiamondSource
  readonly timelocks: TimelockFinder
  /** What eth_chainId must answer; null where nobody knows: then all endpoints must agree. */
  readonly chainId: (limits: { readonly signal: AbortSignal }) => Promise<number | null>
  readonly l2ChainId: () => number | null
}

/** About three hours; some providers allow no more, others less. */
const blocksSearched = 1000
/** How long the other endpoints may still show a newer block than the first one that answered. */
const graceMs = 1200

const chainIdCall = rpcCall('eth_chainId', [], quantity)
const watchedEvents = [
  'BlockCommit',
  'BlocksVerification',
  'BlockExecution',
  'BlocksRevert',
  'NewPriorityRequest',
  'ReportCommittedBatchRangeZKsyncOS',
] as const
const logsAnswer = z.array(logSchema)

export function createOutageL1(settings: OutageL1Settings): OutageL1 {
  const finder = settings.timelocks
  const operators: L1Operators = new Map()
  return {
    async look({ signal }) {
      const [asked, found, chainId] = await Promise.all([
        askHeads(settings, signal),
        settings.diamond.find({ signal }),
        settings.chainId({ signal }),
      ])
      const heads = judgeHeads(asked, chainId)
      const sources = heads.map(({ source }) => source)
      const usable = heads
        .flatMap(({ endpoint, source }) => (source.head === null ? [] : [{ endpoint, head: source.head }]))
        .toSorted((a, b) => b.head.time - a.head.time)
      const [best] = usable
      if (best === undefined) return { sources, trouble: noHead(sources), head: null, state: null }
      if (found.diamond === null) {
        return { sources, trouble: { kind: 'no-diamond', text: found.why }, head: best.head, state: null }
      }
      const { address, l2ChainId } = found.diamond
      const chain = { diamond: address, l2ChainId: l2ChainId ?? settings.l2ChainId() }
      let trouble: Trouble | null = null
      for (const { endpoint, head } of usable) {
        const state = await readState({ endpoint, head, chain, finder, operators, signal })
        if (!('kind' in state)) return { sources, trouble: null, head: state.head, state }
        trouble ??= state
      }
      return { sources, trouble, head: best.head, state: null }
    },
  }
}

function noHead(sources: readonly L1Source[]): Trouble {
  const texts = sources.map(({ name, trouble }) => `${name} ${trouble?.text ?? 'shows no block'}`)
  return { kind: sources[0]?.trouble?.kind ?? 'no-block', text: texts.join('; ') || 'no endpoint is configured' }
}

interface AskedHead {
  readonly endpoint: RpcEndpoint
  readonly operator: string
  readonly id: number | null
  readonly trouble: Trouble | null
  readonly block: L1Block | null
}

async function askHeads({ endpoints }: OutageL1Settings, signal: AbortSignal): Promise<readonly AskedHead[]> {
  const stop = new AbortController()
  let grace: NodeJS.Timeout | undefined
  const abort = () => stop.abort()
  signal.addEventListener('abort', abort, { once: true })
  const asked = await Promise.all(
    endpoints.map(async ({ endpoint, operator }) => {
      const limits = { signal: signal.aborted ? signal : stop.signal }
      const [id, latest] = await endpoint.batch([chainIdCall, blockCall('latest')], limits)
      if (latest.ok) grace ??= setTimeout(abort, graceMs)
      return {
        endpoint,
        operator,
        id: valueIn(id),
        trouble: troubleOf(id) ?? troubleOf(latest),
        block: valueIn(latest),
      }
    }),
  )
  clearTimeout(grace)
  signal.removeEventListener('abort', abort)
  return asked
}

function judgeHeads(asked: readonly AskedHead[], chainId: number | null) {
  const answered = asked.flatMap(({ id }) => id ?? [])
  const wanted = chainId ?? agreedChain(answered, asked.length)
  return asked.map(({ endpoint, operator, id, trouble, block }): { endpoint: RpcEndpoint; source: L1Source } => {
    const wrong = id === null || id === wanted ? null : { kind: 'wrong-chain', text: wrongChain(id, wanted) }
    const bad = trouble ?? wrong
    const head = bad !== null || block === null ? null : headOf(block)
    return { endpoint, source: { name: endpoint.name, operator, trouble: bad, head } }
  })
}

function wrongChain(id: number, wanted: number | null): string {
  return wanted === null ? `is on chain ${id}, while others are on another` : `is on chain ${id}, not on ${wanted}`
}

function headOf({ number, hash, timestamp }: L1Block): Head {
  return { number, hash, time: timestamp }
}

interface StateQuestion {
  readonly endpoint: RpcEndpoint
  readonly head: Head
  readonly chain: { readonly diamond: string; readonly l2ChainId: number | null }
  readonly finder: TimelockFinder
  readonly operators: L1Operators
  readonly signal: AbortSignal
}

async function readState(question: StateQuestion): Promise<L1State | Trouble> {
  const { endpoint, head, chain, finder, operators, signal } = question
  const from = Math.max(0, head.number - blocksSearched + 1)
  const [answers, lock] = await Promise.all([
    endpoint.batch(
      [
        ...pinnedCalls(chain.diamond, head.number),
        logsCall(chain.diamond, from, head.number),
        ...operatorCalls(operators),
      ],
      { signal },
    ),
    finder.find(endpoint, chain, { signal }),
  ])
  const [committed, verified, executed, frozen, layer, version, chainId, logs, ...balances] =
    answers as unknown as readonly [
      RpcAnswer<number>,
      RpcAnswer<number>,
      RpcAnswer<number>,
      RpcAnswer<boolean>,
      RpcAnswer<string>,
      RpcAnswer<number>,
      RpcAnswer<number>,
      RpcAnswer<readonly Log[]>,
      ...RpcAnswer<unknown>[],
    ]
  if (!committed.ok || !verified.ok || !executed.ok) return noCounters(chain.diamond, [committed, verified, executed])
  if (chainId.ok && chain.l2ChainId !== null && chainId.value !== chain.l2ChainId) {
    return { kind: 'no-diamond', text: `the diamond at ${chain.diamond} belongs to chain ${chainId.value}` }
  }
  const counters = { committed: committed.value, verified: verified.value, executed: executed.value }
  const events = logs.ok ? readEvents(logs.value, chain.diamond) : null
  const times = await readTimes({ ...question, lock, counters, version: valueIn(version), events, from })
  const settlesOn = valueIn(layer)
  const timed = events?.map((one) => ({ ...one, time: times.blocks.get(one.block) ?? null })) ?? null
  return {
    head,
    counters,
    frozen: valueIn(frozen),
    settlesOn: settlesOn === null || isZero(settlesOn) ? null : settlesOn,
    protocolVersion: valueIn(version),
    protocolActive: times.protocolActive,
    executionDelay: lock?.executionDelay ?? null,
    committedAt: times.committedAt,
    events: timed,
    eventsSince: times.blocks.get(from) ?? null,
    findings: operatorFindings(operators, balances),
  }
}

function noCounters(diamond: string, answers: readonly RpcAnswer<number>[]): Trouble {
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.failure]))
  const isNoDiamond = failures.every(({ kind }) => kind === 'reverted' || kind === 'bad-answer')
  if (isNoDiamond) return { kind: 'no-diamond', text: `there is no diamond at ${diamond}; check DIAMOND_PROXY_ADDRESS` }
  const [first] = failures
  return first === undefined ? { kind: 'bad-answer', text: 'gave no counters' } : describeFailure(first)
}

function pinnedCalls(diamond: string, block: number) {
  return [
    readGetter(diamond, 'getTotalBlocksCommitted', [], block),
    readGetter(diamond, 'getTotalBlocksVerified', [], block),
    readGetter(diamond, 'getTotalBlocksExecuted', [], block),
    readGetter(diamond, 'isDiamondStorageFrozen', [], block),
    readGetter(diamond, 'getSettlementLayer', [], block),
    readGetter(diamond, 'getProtocolVersion', [], block),
    readGetter(diamond, 'getChainId', [], block),
  ]
}

function logsCall(address: string, from: number, to: number) {
  const topics = [watchedEvents.map(topicOf)]
  return rpcCall('eth_getLogs', [{ address, topics, fromBlock: toHex(from), toBlock: toHex(to) }], logsAnswer)
}

function readEvents(logs: readonly Log[], diamond: string): readonly L1Event[] {
  return logs.flatMap((log) =>
    log.blockNumber === null
      ? []
      : readDiamondEvents([log], diamond).map((event) => ({
          event,
          block: log.blockNumber as number,
          time: null,
          hash: log.transactionHash,
        })),
  )
}

interface TimesQuestion extends StateQuestion {
  readonly lock: Awaited<ReturnType<TimelockFinder['find']>>
  readonly counters: L1Counters
  readonly version: number | null
  readonly events: readonly L1Event[] | null
  /** First block that was searched. */
  readonly from: number
}

async function readTimes(question: TimesQuestion) {
  const { endpoint, head, chain, lock, counters, version, events, from, operators, signal } = question
  const { committed, verified, executed } = counters
  const form = lock?.form ?? null
  const batches = [...new Set([executed + 1, verified + 1, committed])].filter((batch) => batch <= committed)
  const commitTimes =
    lock === null || form === null ? [] : batches.map((batch) => commitTimeCall(lock.address, form, chain, batch))
  const isActive =
    lock === null || version === null ? [] : [readGetter(lock.manager, 'protocolVersionIsActive', [version])]
  const blocks = [...new Set([from, ...worthATime(events ?? [], head.number, executed + 1)])].map((number) =>
    blockCall(number),
  )
  const answers: readonly RpcAnswer<unknown>[] = await endpoint.batch([...isActive, ...commitTimes, ...blocks], {
    signal,
  })
  rememberOperators(operators, events ?? [])
  const left = [...answers]
  const active = left.splice(0, isActive.length) as RpcAnswer<boolean>[]
  const times = left.splice(0, commitTimes.length) as RpcAnswer<number>[]
  const found = (left as RpcAnswer<L1Block | null>[]).flatMap((answer) => valueIn(answer) ?? [])
  return {
    protocolActive: valueIn(active[0]),
    committedAt: new Map(
      times.flatMap((answer, at): [number, number][] => {
        const time = valueIn(answer)
        return time === null || time === 0 ? [] : [[batches[at] as number, time]]
      }),
    ),
    blocks: new Map(found.map(({ number, timestamp }) => [number, timestamp])),
  }
}

/** The newest of each kind, and the proof of the next batch to execute: what the answer says a time of. */
function worthATime(events: readonly L1Event[], head: number, nextToExecute: number): readonly number[] {
  const itsProof = proofOf(events, nextToExecute)?.block
  const blocksOf = (kind: DiamondEvent['kind']) => [
    ...new Set(events.filter(({ event }) => event.kind === kind).map(({ block }) => block)),
  ]
  const blocks = [
    ...blocksOf('revert').slice(-2),
    ...blocksOf('commit').slice(-6),
    ...blocksOf('prove').slice(-1),
    ...blocksOf('execute').slice(-1),
    ...(itsProof === undefined ? [] : [itsProof]),
    ...requestsWorthATime(blocksOf('priority-request'), head),
  ]
  return [...new Set(blocks)]
}

/**
 * The newest requests, and the newest of those that a node must have served by now: if even that one is older than the
 * newest L2 block, all before it are. How long twenty minutes are in blocks depends on the slots, so a few ages are tried.
 */
export function requestsWorthATime(blocks: readonly number[], head: number): readonly number[] {
  const aged = requestAges.flatMap((age) => blocks.findLast((block) => block <= head - age) ?? [])
  return [...blocks.slice(-3), ...aged]
}

/** In blocks of L1; a hundred slots of twelve seconds are twenty minutes. */
const requestAges = [100, 150, 250, 400, 700]

/** Whose transactions they were is asked with the next look; see outage-l1-operators.ts. */
function rememberOperators(operators: L1Operators, events: readonly L1Event[]): void {
  for (const kind of ['commit', 'execute'] as const) {
    const last = events.findLast(({ event }) => event.kind === kind)
    if (last?.hash != null) operators.set(kind, { hash: last.hash, from: operators.get(kind)?.from ?? null })
  }
}
