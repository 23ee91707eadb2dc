// When a batch was committed, from L1 alone, where no node names the transaction: timelock, block by its time, one read of events.

import { type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import { type DiamondEvent, type Log, readDiamondEvents, readGetter, topicOf } from './contracts.ts'
import { type BlockAt, findBlockNear, searchLogs, slotSeconds } from './l1-search.ts'
import type { TimelockFinder } from './l1-timelock.ts'
import type { SettlementLayer } from './settlement-proof.ts'
import { blockCall } from './settlement-reading.ts'
import { commitTimeCall } from './timelock.ts'

/** By its number; or, on a stack whose node knows no batches, by a block that it holds. */
export interface WantedCommit {
  readonly batch: number | null
  readonly block: number | null
  /** Unix seconds: it was not committed before. */
  readonly since: number
  /** Of the batch; a commit of another batch with this number is not it. Left out or null: any. */
  readonly batchHash?: string | null
}

export type CommitAnswer =
  | {
      readonly found: true
      readonly batch: number
      /** Unix seconds: the L1 block's. */
      readonly time: number
      /** Null: the timelock knows when, and the event was not seen. */
      readonly hash: string | null
      /** Of the batch, where L1 tells it. */
      readonly blocks: readonly [number, number] | null
    }
  /** `sure`: L1 was looked at to the end, and it is not there. */
  | { readonly found: false; readonly sure: boolean; readonly why: string }

export interface CommitSearch {
  /** In the order asked. Never throws. */
  find(wanted: readonly WantedCommit[], limits: { readonly signal: AbortSignal }): Promise<readonly CommitAnswer[]>
}

export interface CommitSearchParts {
  readonly l1: SettlementLayer
  readonly timelocks: TimelockFinder
}

/** L1 blocks of some hours; most providers give that many at once. */
const span = 1000
const requests = 8
/** The contracts let a block's time be that much ahead of L1 when it is committed. */
const allowedAheadSeconds = 3600

export function createCommitSearch({ l1, timelocks }: CommitSearchParts): CommitSearch {
  return {
    async find(wanted, { signal }) {
      const nothing = (why: string) => wanted.map((): CommitAnswer => ({ found: false, sure: false, why }))
      if (wanted.length === 0) return []
      const where = await l1.diamond.find({ signal })
      if (where.diamond === null) return nothing(where.why)
      const { diamond } = where
      const start = await readStart(l1, diamond.address, signal)
      if (start === null) return nothing('No L1 endpoint could be asked.')
      const chain = { diamond: diamond.address, l2ChainId: diamond.l2ChainId }
      const noted = await notedTimes(start.endpoint, chain, wanted, timelocks, signal)
      const there = wanted.map(({ batch }) => batch === null || start.committed === null || batch <= start.committed)
      const open = wanted.flatMap((one, at) => (there[at] ? [{ ...one, noted: noted[at] ?? null }] : []))
      const events = await readEvents(start, diamond.address, open, signal)
      const times = await blockTimes(start, events.placed, open, signal)
      return wanted.map((one, at): CommitAnswer => {
        const why = `L1 counts batches only up to ${start.committed} as committed.`
        return there[at] ? answerOf(one, noted[at] ?? null, events, times) : { found: false, sure: true, why }
      })
    },
  }
}

interface Start {
  readonly endpoint: RpcEndpoint
  readonly others: readonly RpcEndpoint[]
  readonly head: BlockAt
  readonly committed: number | null
}

async function readStart(l1: SettlementLayer, diamond: string, signal: AbortSignal): Promise<Start | null> {
  const asked = await l1.endpoints.ask([blockCall('latest'), readGetter(diamond, 'getTotalBlocksCommitted')] as const, {
    signal,
    isComplete: ([head]) => head.ok,
  })
  const heads = asked.voices.flatMap(({ endpoint, answers: [head, committed] }) =>
    head.ok && head.value !== null
      ? [
          {
            endpoint,
            head: { number: head.value.number, time: head.value.timestamp },
            committed: valueIn(committed),
          },
        ]
      : [],
  )
  const [best, ...others] = heads.toSorted((a, b) => b.head.time - a.head.time)
  return best === undefined ? null : { ...best, others: others.map(({ endpoint }) => endpoint) }
}

/** Null: the timelock does not know it; another one did it, or nobody. */
async function notedTimes(
  endpoint: RpcEndpoint,
  chain: { readonly diamond: string; readonly l2ChainId: number | null },
  wanted: readonly WantedCommit[],
  timelocks: TimelockFinder,
  signal: AbortSignal,
): Promise<readonly (number | null)[]> {
  const lock = await timelocks.find(endpoint, chain, { signal })
  const form = lock?.form ?? null
  if (lock === null || form === null) return wanted.map(() => null)
  const calls = wanted.map(({ batch }) => commitTimeCall(lock.address, form, chain, batch ?? 0))
  const answers = await endpoint.batch(calls, { signal })
  return wanted.map(({ batch }, at) => (batch === null ? null : valueIn(answers[at]) || null))
}

interface Placed {
  readonly event: DiamondEvent
  readonly block: number
  readonly time: number | null
  readonly hash: string | null
}

interface Events {
  readonly placed: readonly Placed[]
  readonly complete: boolean
}

type Open = WantedCommit & { readonly noted: number | null }

async function readEvents(start: Start, diamond: string, open: readonly Open[], signal: AbortSignal): Promise<Events> {
  if (open.length === 0) return { placed: [], complete: true }
  const from = Math.min(...open.map(({ noted, since }) => noted ?? since - allowedAheadSeconds))
  const low = await findBlockNear({ endpoint: start.endpoint, head: start.head, seconds: from, signal })
  if (low === null) return { placed: [], complete: false }
  const numbers = open.flatMap(({ batch }) => batch ?? [])
  const byNumber = numbers.length === open.length
  const search = await searchLogs({
    endpoints: [start.endpoint, ...start.others],
    address: diamond,
    // A filter on the number would lose reverts and ranges, whose topics are others; a chain commits a few times an hour.
    topics: byNumber
      ? [[topicOf('BlockCommit'), topicOf('BlocksRevert')]]
      : [[topicOf('BlockCommit'), topicOf('BlocksRevert'), topicOf('ReportCommittedBatchRangeZKsyncOS')]],
    fromBlock: low.number,
    toBlock: start.head.number,
    signal,
    firstSpan: spanOf(open),
    rangesPerRequest: 1,
    maxRequests: requests,
    isEnough: (logs) => {
      const placed = place(logs, diamond)
      return open.every((one) => commitOf(one, placed) !== null)
    },
  })
  return { placed: place(search.logs, diamond), complete: search.complete }
}

/** What the timelock noted tells how far apart they are: a short range is refused by fewer providers. */
function spanOf(open: readonly Open[]): number {
  const times = open.flatMap(({ noted }) => noted ?? [])
  if (times.length < open.length) return span
  return Math.min(span, Math.ceil((Math.max(...times) - Math.min(...times)) / slotSeconds) + blocksAround)
}

/** The search for a moment ends up to ten minutes before it. */
const blocksAround = 60

function place(logs: readonly Log[], diamond: string): readonly Placed[] {
  return logs.flatMap((log) =>
    readDiamondEvents([log], diamond).map((event) => ({
      event,
      block: log.blockNumber ?? 0,
      time: log.blockTimestamp,
      hash: log.transactionHash,
    })),
  )
}

/** The last one that no revert undid: batches are committed again under the same number. */
function commitOf(
  { batch, block, batchHash }: WantedCommit,
  placed: readonly Placed[],
): (Placed & { batch: number }) | null {
  let last: (Placed & { batch: number }) | null = null
  for (const one of placed) {
    const { event } = one
    if (event.kind === 'revert' && last !== null && last.batch > event.committed) last = null
    if (event.kind !== 'commit' || (batchHash != null && event.batchHash !== batchHash)) continue
    const isWanted =
      batch === null ? block !== null && holds(rangeOf(event.batch, one.hash, placed), block) : event.batch === batch
    if (isWanted) last = { ...one, batch: event.batch }
  }
  return last
}

function rangeOf(batch: number, hash: string | null, placed: readonly Placed[]): readonly [number, number] | null {
  const range = placed.find((one) => one.event.kind === 'range' && one.event.batch === batch && one.hash === hash)
  return range?.event.kind === 'range' ? [range.event.firstBlock, range.event.lastBlock] : null
}

function holds(range: readonly [number, number] | null, block: number): boolean {
  return range !== null && range[0] <= block && block <= range[1]
}

/** By L1 block; only of commits that are wanted and whose time neither the log nor the timelock tells. */
async function blockTimes(start: Start, placed: readonly Placed[], open: readonly Open[], signal: AbortSignal) {
  const commits = open.flatMap((one) => (one.noted === null ? (commitOf(one, placed) ?? []) : []))
  const numbers = [...new Set(commits.flatMap(({ block, time }) => (time === null ? [block] : [])))]
  const answers = await start.endpoint.batch(
    numbers.map((number) => blockCall(number)),
    { signal },
  )
  const asked = answers.flatMap((answer) => valueIn(answer) ?? [])
  return new Map([
    ...placed.flatMap(({ block, time }): [number, number][] => (time === null ? [] : [[block, time]])),
    ...asked.map(({ number, timestamp }): [number, number] => [number, timestamp]),
  ])
}

function answerOf(
  wanted: WantedCommit,
  noted: number | null,
  { placed, complete }: Events,
  times: ReadonlyMap<number, number>,
): CommitAnswer {
  const commit = commitOf(wanted, placed)
  const time = commit === null ? noted : (times.get(commit.block) ?? noted)
  const batch = commit?.batch ?? wanted.batch
  if (time !== null && batch !== null) {
    const blocks = commit === null ? null : rangeOf(batch, commit.hash, placed)
    return { found: true, batch, time, hash: commit?.hash ?? null, blocks }
  }
  if (commit !== null)
    return { found: false, sure: false, why: 'L1 has it, but the time of its block could not be read.' }
  if (complete) return { found: false, sure: true, why: 'L1 has no commit of it.' }
  return { found: false, sure: false, why: 'The search on L1 is incomplete: it may still be there.' }
}
