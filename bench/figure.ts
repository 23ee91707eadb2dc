// One measured figure, as BENCH.md lists it; each bench file's `run` returns a few.

import { performance } from 'node:perf_hooks'

export interface Figure {
  readonly name: string
  /** What to type to measure it again. */
  readonly command: string
  readonly value: number
  readonly unit: string
  /** What it stands for, and the limit it must keep where there is one. */
  readonly note: string
}

/** What is no single number: a matrix, or a list. */
export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Measured {
  readonly figures: readonly Figure[]
  readonly tables?: readonly Table[]
}

/** Milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
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

export function printTables(tables: readonly Table[]): void {
  for (const { title, columns, rows } of tables) {
    const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => (row[at] ?? '').length)))
    const line = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')
    console.log([`\n${title}`, ...(rows.length === 0 ? [] : [line(columns), ...rows.map(line)])].join('\n'))
  }
}

/** As Markdown, for BENCH.md; a title alone where there are no rows. */
export function markdownOf({ title, columns, rows }: Table): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  const table = [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)]
  return `**${title}**\n${rows.length === 0 ? '' : `\n${table.join('\n')}\n`}`
}
