// One measured figure, as BENCH.md lists it; each bench file's `run` returns a few.

export interface Figure {
  readonly name: string
  /** What to type to measure it again. */
  readonly command: string
  readonly value: number
  readonly unit: string
  /** What it stands for, and the limit it must keep where there is one. */
  readonly note: string
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, unit, note } of figures) {
    console.log(`${name}: ${value.toPrecision(3)} ${unit}`.trim() + (note === '' ? '' : ` (${note})`))
  }
}
