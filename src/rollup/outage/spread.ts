// Where to look when only a few of a chain's numbers can be asked for: spread over its last days, the same ones the next time. Pure.

export interface Numbered {
  readonly number: number
  readonly time: number
}

/** Ever larger steps back from the newest: a few answers show how fast the numbers grew. */
export function stepsBack(newest: number): readonly number[] {
  const steps = Array.from({ length: 32 }, (_, step) => newest - 2 ** step)
  return [newest, ...steps.filter((number) => number > 0)]
}

/**
 * About the first number of the last days before the newest one: between the two points around that time the numbers are taken to
 * have grown evenly. `fewest`: so many at least, on a chain that makes few, as far as it has them.
 */
export function windowStart(points: readonly Numbered[], days: number, fewest: number): number | null {
  const sorted = points.toSorted((a, b) => b.number - a.number)
  const [newest] = sorted
  if (newest === undefined) return null
  const since = newest.time - days * 86_400
  const before = sorted.find(({ time }) => time < since)
  const after = sorted.findLast(({ time }) => time >= since) ?? newest
  // A node that has pruned the older ones can't tell of them.
  const inside = before === undefined ? after.number : Math.round(at(since, before, after))
  return Math.max(1, Math.min(inside, newest.number - fewest))
}

function at(time: number, from: Numbered, to: Numbered): number {
  return from.number + ((to.number - from.number) * (time - from.time)) / (to.time - from.time)
}

/**
 * At least `fewest` and fewer than twice as many numbers, where there are so many. Multiples of one power of two, so that
 * when time goes on most of them stay; the roundest first, so that the first few of them cover the whole span too.
 */
export function spreadOver(first: number, last: number, fewest: number): readonly number[] {
  const span = last - first + 1
  const stride = span < fewest ? 1 : 2 ** Math.floor(Math.log2(span / fewest))
  const from = Math.ceil(first / stride)
  const count = Math.max(0, Math.floor(last / stride) - from + 1)
  const numbers = Array.from({ length: count }, (_, step) => (from + step) * stride)
  return numbers.toSorted((a, b) => roundness(b) - roundness(a) || b - a)
}

/** The largest power of two that divides it; numbers may be larger than 32 bits. */
function roundness(number: number): number {
  let power = 1
  while (number > 0 && number % (power * 2) === 0) power *= 2
  return power
}
