// What is usual on a chain, from samples of its last days: the median, and what 99 of 100 took on all but the worst of them. Pure.

/** One batch, Unix seconds; null: not known, or not yet. */
export interface BatchTimes {
  /** Of its first block. */
  readonly opened: number
  /** When the batch after it was opened. */
  readonly next: number | null
  /** Of its last block; before that there was nothing to commit. */
  readonly ended: number | null
  readonly committed: number | null
  readonly proven: number | null
  readonly executed: number | null
}

/** From one block to the next. */
export interface BlockGap {
  readonly time: number
  readonly seconds: number
}

export interface UsualGap {
  readonly median: number
  readonly p99: number
  /** How many batches or pairs of blocks were looked at, the first and the last of them; Unix seconds. */
  readonly samples: number
  readonly from: number
  readonly to: number
}

export type UsualName = 'block' | 'batch' | 'commit' | 'prove' | 'execute'
export type LearnedGaps = Readonly<Record<UsualName, UsualGap | null>>

export const learnedDays = 7
/** Fewer tell nothing about the slowest of a hundred. */
const enough = 20
const daySeconds = 86_400
/** An outage of a day touches two of them. */
const worstDays = 2
const daysToChoose = 5

export function usualOf(batches: readonly BatchTimes[], blocks: readonly BlockGap[]): LearnedGaps {
  // The first batch and block of a chain have no time of their own.
  const timed = batches.filter(({ opened }) => opened > 0)
  const stage = (from: (one: BatchTimes) => number | null, to: (one: BatchTimes) => number | null) =>
    usual(
      timed.flatMap((one) => {
        const [start, end] = [from(one), to(one)]
        return start === null || end === null ? [] : [{ time: one.opened, seconds: end - start }]
      }),
    )
  return {
    block: usual(blocks.filter(({ time }) => time > 0)),
    batch: stage(
      ({ opened }) => opened,
      ({ next }) => next,
    ),
    commit: stage(
      ({ ended, opened }) => ended ?? opened,
      ({ committed }) => committed,
    ),
    prove: stage(
      ({ committed }) => committed,
      ({ proven }) => proven,
    ),
    execute: stage(
      ({ proven }) => proven,
      ({ executed }) => executed,
    ),
  }
}

function usual(all: readonly BlockGap[]): UsualGap | null {
  const samples = all.filter(({ seconds }) => seconds >= 0)
  if (samples.length < enough) return null
  const times = samples.map(({ time }) => time)
  const ordinary = withoutWorstDays(samples, Math.max(...times))
  return {
    median: rank(samples, 0.5),
    p99: rank(ordinary, 0.99),
    samples: samples.length,
    from: Math.min(...times),
    to: Math.max(...times),
  }
}

function rank(samples: readonly BlockGap[], share: number): number {
  const sorted = samples.map(({ seconds }) => seconds).toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] as number
}

/**
 * Two hours of outage are more than one in a hundred of a week: with them in it, what counts as late tomorrow would be what
 * was an outage yesterday.
 */
function withoutWorstDays(samples: readonly BlockGap[], newest: number): readonly BlockGap[] {
  const dayOf = ({ time }: BlockGap) => Math.floor((newest - time) / daySeconds)
  const slowest = new Map<number, number>()
  for (const one of samples) slowest.set(dayOf(one), Math.max(slowest.get(dayOf(one)) ?? 0, one.seconds))
  if (slowest.size < daysToChoose) return samples
  const worst = [...slowest].toSorted((a, b) => b[1] - a[1]).slice(0, worstDays)
  return samples.filter((one) => !worst.some(([day]) => day === dayOf(one)))
}

/** The database where there is one: it has every batch, and its own clock. */
export function bestLearned(database: LearnedGaps | null, rpc: LearnedGaps | null): LearnedGaps {
  const pick = (name: UsualName) => database?.[name] ?? rpc?.[name] ?? null
  return {
    block: pick('block'),
    batch: pick('batch'),
    commit: pick('commit'),
    prove: pick('prove'),
    execute: pick('execute'),
  }
}
