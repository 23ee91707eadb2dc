// A reply as plain text and a table as lines or CSV: what goes into the files that come with an answer too long to show.

import { stringify } from 'csv-stringify/sync'
import { type Block, type Inline, pieces, type Reply, type Text } from '../core/reply.ts'

export type Table = Extract<Block, { kind: 'table' }>

/** A table that fits a telephone held upright in a fixed-width font. */
export const phoneWidth = 34
const widestFile = 200

export function plainText(reply: Reply): string {
  return [reply.title, ...reply.blocks.map(plainBlock)].join('\n\n').concat('\n')
}

function plainBlock(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return plainInline(block.text)
    case 'facts':
      return block.facts.map(([label, value]) => `${label}: ${plainInline(value)}`).join('\n')
    case 'list':
      return block.items.map((item) => `- ${plainInline(item)}`).join('\n')
    case 'table':
      return plainTable(block).join('\n')
    case 'code':
      return block.text
    case 'image':
      return `[picture] ${block.description}`
  }
}

/** Columns only while they are readable: padded to one giant cell, every row would be as long as it. */
function plainTable(table: Table): readonly string[] {
  return tableLines(table, widestFile) ?? [table.columns, ...table.rows].map((cells) => cells.join(' | '))
}

function plainInline(text: Text): string {
  return pieces(text).map(plainPiece).join('')
}

function plainPiece(inline: Inline): string {
  if (typeof inline === 'string') return inline
  if ('bold' in inline) return inline.bold
  if ('code' in inline) return inline.code
  if ('link' in inline) {
    const url = withoutLogin(inline.url)
    return inline.link === inline.url ? url : `${inline.link} (${url})`
  }
  return utc(inline.time)
}

/** A name and password before the host belong in no chat and no file. */
function withoutLogin(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  if (url.username === '' && url.password === '') return address
  url.username = ''
  url.password = ''
  return url.href
}

/** `2023-09-18 03:50:19 UTC`. */
export function utc(at: Date): string {
  return Number.isNaN(at.getTime()) ? 'unknown time' : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Columns under each other, headings first; null when a line would be wider than `width`. */
export function tableLines(table: Table, width: number): readonly string[] | null {
  const lines = [table.columns, ...table.rows].map((cells) => cells.map((cell) => cell.replaceAll(/\s+/g, ' ')))
  const widths = table.columns.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, length(cells[column] ?? '')), 0),
  )
  const gaps = Math.max(0, widths.length - 1) * 2
  if (widths.reduce((sum, wide) => sum + wide, gaps) > width) return null
  return lines.map((cells) =>
    widths
      .map((wide, column) => pad(cells[column] ?? '', wide))
      .join('  ')
      .trimEnd(),
  )
}

function length(text: string): number {
  return [...text].length
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(width - length(text))
}

/** Spreadsheets run cells that begin with `=`; those are escaped. */
export function tableCsv(table: Table): string {
  return stringify(
    [table.columns, ...table.rows].map((cells) => [...cells]),
    { escape_formulas: true },
  )
}

/** `rows-1139.csv`, from a name that may hold anything. */
export function fileName(stem: string | undefined, fallback: string, ending: string): string {
  const safe = (stem ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
  return `${safe || fallback}.${ending}`
}
