// What the chain itself shows of the time of a report: the named block and batch, their neighbours, and what is usual there.

import { findBlockBefore } from '../../l1/l1-search.ts'
import { type BatchDetails, type L2Block, l2Methods } from '../../l2/l2-methods.ts'
import type { L2Node } from '../../l2/l2-node.ts'
import { type RpcEndpoint, valueIn } from '../../rpc/json-rpc.ts'
import { gapsBetween } from '../block-gaps.ts'
import { blockTimes } from '../sources/l2.ts'
import type { ReportBatch, ReportBlock, ReportClaim } from './facts.ts'

export interface ChainThen {
  readonly endpoint: RpcEndpoint
  readonly head: L2Block
  /** The block the chain is said to have stopped at; null where no number was named. */
  readonly named: number | null
  /** From the named one on; empty where no number was named. */
  readonly blocks: readonly ReportBlock[]
  readonly batches: readonly (ReportBatch & { readonly details: BatchDetails })[]
  /** Gaps before the named block. */
  readonly gapsBefore: readonly number[]
}

/** The named one, the next, and the one after it: the notes' method. */
const neighbours = 3
/** Blocks before the named one that show what is usual there. */
const usualBlocks = 20

const seconds = (iso: string) => Date.parse(iso) / 1000

/** The chain around the named block or batch; only its head where the report names neither. */
export async function readNamed(
  claim: ReportClaim,
  node: L2Node | null,
  signal: AbortSignal,
): Promise<ChainThen | { readonly why: string }> {
  if (node === null) return { why: 'No L2 endpoint is configured to look the numbers up: set L2_RPC_URLS.' }
  const asked = await node.ask(
    [
      l2Methods.block('latest'),
      l2Methods.lastSealedBatch(),
      l2Methods.block(claim.block ?? 'latest'),
      ...(claim.batch === null ? [] : [l2Methods.batchRange(claim.batch)]),
    ],
    { signal, isComplete: ([head, , block]) => head.ok && block.ok && block.value !== null },
  )
  const voices = asked.voices.flatMap(({ endpoint, answers: [latest, sealed, block, range] }): Voice[] => {
    const head = valueIn(latest)
    if (head === null) return []
    const batchRange = range === undefined ? null : (valueIn(range) as readonly [number, number] | null)
    return [{ endpoint, head, sealed: valueIn(sealed), hasBlock: valueIn(block) !== null, range: batchRange }]
  })
  const [best] = voices.toSorted((a, b) => worth(b) - worth(a) || b.head.number - a.head.number)
  if (best === undefined) {
    const failed = asked.failures.map(({ text }) => text).join('; ')
    return { why: `No L2 endpoint could be asked: ${failed || 'none answered'}.` }
  }
  const head = voices.map((one) => one.head).reduce((top, one) => (one.number > top.number ? one : top), best.head)
  const impossible = impossibleNumber(claim, head, best)
  if (impossible !== null) return { why: impossible }
  const named = claim.block ?? best.range?.[1] ?? null
  if (named === null) return { endpoint: best.endpoint, head, named, blocks: [], batches: [], gapsBefore: [] }
  return readAround(named, claim.batch, best.endpoint, head, signal)
}

interface Voice {
  readonly endpoint: RpcEndpoint
  readonly head: L2Block
  readonly sealed: number | null
  readonly hasBlock: boolean
  readonly range: readonly [number, number] | null
}

/** A public proxy may hide the batch methods, and a node that lags may not have the block yet: another one is asked then. */
function worth({ sealed, hasBlock, range }: Voice): number {
  return (hasBlock ? 4 : 0) + (range === null ? 0 : 2) + (sealed === null ? 0 : 1)
}

/** The chain around the last block before a moment; null where it can't be found. */
export async function readAt(
  { endpoint, head }: ChainThen,
  moment: number,
  signal: AbortSignal,
): Promise<ChainThen | null> {
  const near = await findBlockBefore({ endpoint, head: head.number, seconds: moment, signal })
  if (near === null) return null
  const numbers = Array.from({ length: closeBlocks }, (_, at) => near + at).filter((number) => number <= head.number)
  const times = await blockTimes(endpoint, numbers, signal)
  if (times.length < numbers.length) return null
  const last = times.findLast(({ time }) => time < moment)
  return last === undefined ? null : readAround(last.number, null, endpoint, head, signal)
}

/** As near as the search for a moment comes. */
const closeBlocks = 65

function impossibleNumber({ block, batch }: ReportClaim, head: L2Block, { sealed, range }: Voice): string | null {
  const newest = `The newest block is ${head.number} of ${head.time}.`
  if (block !== null && block > head.number) return `Block ${block} does not exist yet. ${newest}`
  if (batch === null || range !== null) return null
  if (sealed !== null && batch > sealed) return `Batch ${batch} does not exist yet: the last sealed one is ${sealed}.`
  return block === null ? `Batch ${batch} is not known here: the node does not tell its blocks. ${newest}` : null
}

async function readAround(
  named: number,
  batch: number | null,
  endpoint: RpcEndpoint,
  head: L2Block,
  signal: AbortSignal,
): Promise<ChainThen> {
  const numbers = Array.from({ length: neighbours }, (_, at) => named + at).filter((number) => number <= head.number)
  const before = Array.from({ length: usualBlocks }, (_, at) => named - usualBlocks + at).filter(
    (number) => number >= 0,
  )
  const [blockAnswers, times] = await Promise.all([
    endpoint.batch(
      numbers.map((number) => l2Methods.block(number)),
      { signal },
    ),
    blockTimes(endpoint, before, signal),
  ])
  const blocks = blockAnswers
    .flatMap((answer) => valueIn(answer) ?? [])
    .map(({ number, time, batch }) => ({ number, time, batch }))
  const first = batch ?? blocks[0]?.batch ?? null
  const wanted = [
    ...new Set([
      ...(first === null ? [] : [first, first + 1, first + 2]),
      ...blocks.flatMap((block) => block.batch ?? []),
    ]),
  ].toSorted((a, b) => a - b)
  const batches = await readBatches(endpoint, wanted, signal)
  const own = blocks.find(({ number }) => number === named)
  const upTo = own === undefined ? times : [...times, { number: own.number, time: seconds(own.time) }]
  return { endpoint, head, named, blocks, batches, gapsBefore: gapsBetween(upTo) }
}

/** Those that the node knows. */
export async function readBatches(
  endpoint: RpcEndpoint,
  wanted: readonly number[],
  signal: AbortSignal,
): Promise<ChainThen['batches']> {
  const [details, ranges] = await Promise.all([
    endpoint.batch(
      wanted.map((number) => l2Methods.batchDetails(number)),
      { signal },
    ),
    endpoint.batch(
      wanted.map((number) => l2Methods.batchRange(number)),
      { signal },
    ),
  ])
  return wanted.flatMap((number, at) => {
    const one = valueIn(details[at])
    const range = valueIn(ranges[at])
    return one === null
      ? []
      : [{ number, time: one.timestamp, firstBlock: range?.[0] ?? null, lastBlock: range?.[1] ?? null, details: one }]
  })
}
