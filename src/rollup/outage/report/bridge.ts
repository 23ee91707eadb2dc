// The blocks that lead from the named one to the end of the claimed pause: few, for an answer that is read on a phone.

import { l2Methods } from '../../l2/l2-methods.ts'
import { valueIn } from '../../rpc/json-rpc.ts'
import { type BlockTime, blockTimes } from '../sources/l2.ts'
import type { ChainThen } from './chain.ts'
import type { ReportBlock } from './facts.ts'

export interface Bridge {
  /** In order; the last one is the newest of the claimed pause that was found. */
  readonly blocks: readonly ReportBlock[]
  /** Why there is none where there should be one. */
  readonly missing: string | null
}

export const noBridge: Bridge = { blocks: [], missing: null }

/** Shown between the neighbours and the end of the pause, its last block included. */
const shown = 3
/** Each narrows the end of the pause down to a thirteenth. */
const rounds = 2
const perRound = 12

const seconds = (iso: string) => Date.parse(iso) / 1000

/**
 * `ahead`: blocks from the named one on, ever further apart. Nothing is to be bridged where the neighbours reach the end,
 * as where no block came for so long.
 */
export async function readBridge(
  { endpoint, head, blocks }: ChainThen,
  ahead: readonly BlockTime[],
  until: number,
  signal: AbortSignal,
): Promise<Bridge> {
  const last = blocks.at(-1)
  if (last === undefined || seconds(last.time) >= until || head.number <= last.number + 1) return noBridge
  const start = { number: last.number, time: seconds(last.time) }
  const top = { number: head.number, time: seconds(head.time) }
  const known = [start, ...ahead.filter(({ number }) => number > start.number), top].toSorted(
    (a, b) => a.number - b.number,
  )
  let low = known.findLast(({ time }) => time < until) ?? start
  let high = known.find(({ time }) => time >= until) ?? top
  let isWhole = true
  for (let round = 0; round < rounds && high.number - low.number > 1; round += 1) {
    const points = evenly(low.number, high.number, perRound).filter(
      (number) => number > low.number && number < high.number,
    )
    const found = await blockTimes(endpoint, points, signal)
    isWhole &&= found.length === points.length
    low = found.findLast(({ time }) => time < until) ?? low
    high = found.find(({ number, time }) => number > low.number && time >= until) ?? high
  }
  const numbers = evenly(start.number, low.number, shown).filter((number) => number > start.number)
  const bridge = numbers.length === 0 ? [] : await readBlocks({ endpoint }, numbers, signal)
  return { blocks: bridge, missing: isWhole && bridge.length === numbers.length ? null : unread }
}

const unread = 'Blocks up to the end of the claimed pause: the node did not show all of them.'

/** With their batches; those that the node does not show are left out. */
export async function readBlocks(
  { endpoint }: Pick<ChainThen, 'endpoint'>,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<readonly ReportBlock[]> {
  const answers = await endpoint.batch(
    numbers.map((number) => l2Methods.block(number)),
    { signal },
  )
  return answers.flatMap((answer) => {
    const block = valueIn(answer)
    return block === null ? [] : [{ number: block.number, time: block.time, batch: block.batch }]
  })
}

/** The last of them is `to`. */
function evenly(from: number, to: number, parts: number): readonly number[] {
  const points = Array.from({ length: parts }, (_, at) => from + Math.round(((to - from) * (at + 1)) / parts))
  return [...new Set(points)]
}
