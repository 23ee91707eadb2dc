// Reply → text for a terminal: coloured where wanted, no wider than the window, actions numbered. Pure.

import { readButton } from '../../core/button.ts'
import { type Action, type Block, type Inline, pieces, type Reply, type Text, type Tone } from '../../core/reply.ts'
import { type Table, utc } from '../plain-text.ts'
import { columns, cutTo, oneLine, type Span, visible, wrap } from './text.ts'

export interface RenderSettings {
  /** Columns of the window. */
  readonly width: number
  readonly colour: boolean
  /** `numbered`: a chat, where typing the number presses; `calls`: one shell command, where another call does. */
  readonly actions: 'numbered' | 'calls'
}

const signs: Readonly<Record<Tone, string>> = { good: '✅', warning: '⚠️', bad: '🔴', neutral: 'ℹ️' }
const toneColours: Readonly<Record<Tone, number>> = { good: 32, warning: 33, bad: 31, neutral: 36 }
const colours = { bold: 1, underlined: 4, red: 31, green: 32, cyan: 36, grey: 90 }

const narrowest = 20
const rowsShown = 100
/** A job's error can be a megabyte long; nobody reads that in a terminal. */
const longestText = 8_000
/** Labels of facts stand in a column of their own, at most so wide. */
const widestLabel = 24

interface Page {
  readonly width: number
  paint(look: number): (text: string) => string
}

/** Ends without a line break. */
export function render(reply: Reply, settings: RenderSettings): string {
  const page: Page = {
    width: Math.max(narrowest, Math.floor(settings.width) || 80),
    paint: (look) => (settings.colour ? (text) => `\x1b[${look}m${text}\x1b[${endOf(look)}m` : (text) => text),
  }
  const parts = [titleLines(reply, page), ...reply.blocks.map((block) => blockLines(block, page))]
  const actions = reply.actions ?? []
  if (actions.length > 0)
    parts.push(settings.actions === 'calls' ? callLines(actions, page) : actionLines(actions, page))
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function endOf(look: number): number {
  return look === colours.bold ? 22 : look === colours.underlined ? 24 : 39
}

function titleLines({ tone, title }: Reply, { width, paint }: Page): readonly string[] {
  const text = `${signs[tone]} ${shownLine(title) || 'Rollcall'}`
  return wrap([{ text, paint: (word) => paint(colours.bold)(paint(toneColours[tone])(word)) }], width)
}

function blockLines(block: Block, page: Page): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return textLines(block.text, page, page.width)
    case 'facts':
      return factLines(block.facts, page)
    case 'list':
      return block.items.flatMap((item) => hang('• ', textLines(item, page, page.width - 2)))
    case 'table':
      return tableLines(block, page)
    case 'code':
      return codeLines(block.text, page)
    case 'image':
      return wrap([{ text: `Picture: ${shownLine(block.description)}`, paint: page.paint(colours.grey) }], page.width)
  }
}

function textLines(text: Text, page: Page, width: number): readonly string[] {
  const lines = wrap(
    pieces(text).flatMap((piece) => spansOf(piece, page)),
    width,
  )
  return lines.every((line) => line === '') ? [] : lines
}

function spansOf(piece: Inline, { paint }: Page): readonly Span[] {
  if (typeof piece === 'string') return [{ text: shown(piece) }]
  if ('bold' in piece) return [{ text: shown(piece.bold), paint: paint(colours.bold) }]
  if ('code' in piece) return [{ text: shown(piece.code), paint: paint(colours.cyan) }]
  if ('time' in piece) return [{ text: utc(piece.time) }]
  const url = { text: shown(piece.url).replaceAll(/\s/g, ''), paint: paint(colours.underlined) }
  return piece.link === piece.url ? [url] : [{ text: `${shownLine(piece.link)} (` }, url, { text: ')' }]
}

function short(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length} characters)`
}

/** A hostile text is cut before it is cleaned, so that a megabyte costs nothing. */
const shown = (text: string) => visible(short(text))
const shownLine = (text: string) => oneLine(short(text))

/** The lines under each other, with `mark` before the first and as much room before the others. */
function hang(mark: string, lines: readonly string[]): readonly string[] {
  const indent = ' '.repeat(columns(mark))
  return (lines.length === 0 ? [''] : lines).map((line, index) => ((index === 0 ? mark : indent) + line).trimEnd())
}

function factLines(facts: Extract<Block, { kind: 'facts' }>['facts'], page: Page): readonly string[] {
  const labels = facts.map(([label]) => cutTo(shownLine(label), Math.min(widestLabel, page.width / 3)))
  const room = Math.max(0, ...labels.map(columns)) + 2
  return facts.flatMap(([, value], index) => {
    const label = labels[index] ?? ''
    const [first = '', ...rest] = textLines(value, page, page.width - room)
    const start = page.paint(colours.grey)(label) + ' '.repeat(room - columns(label))
    return [start + first, ...rest.map((line) => ' '.repeat(room) + line)].map((line) => line.trimEnd())
  })
}

/** Columns under each other where the window is wide enough, else one line for each row. */
function tableLines(table: Table, page: Page): readonly string[] {
  const heads = table.columns.map((head) => shownLine(head))
  const rows = table.rows.slice(0, rowsShown).map((row) => heads.map((_, index) => shownLine(row[index] ?? '')))
  const left = table.rows.length - rows.length
  const more = left > 0 ? [`Shown: the first ${rowsShown} of ${table.rows.length} rows.`] : []
  const widths = heads.map((head, index) => Math.max(columns(head), ...rows.map((row) => columns(row[index] ?? ''))))
  const whole = widths.reduce((sum, wide) => sum + wide, 2 * Math.max(0, widths.length - 1))
  if (heads.length === 0) return more
  if (whole > page.width) return [...rows.flatMap((row) => rowLines(heads, row, page)), ...more]
  const [head = '', ...lines] = [heads, ...rows].map((cells) =>
    cells
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - columns(cell)))
      .join('  ')
      .trimEnd(),
  )
  return [page.paint(colours.bold)(head), ...lines, ...more]
}

function rowLines(heads: readonly string[], row: readonly string[], page: Page): readonly string[] {
  const spans = row.flatMap((cell, index): Span[] => [
    { text: `${index === 0 ? '' : ' · '}${heads[index]}: `, paint: page.paint(colours.grey) },
    { text: cell === '' ? '–' : cell },
  ])
  return hang('• ', wrap(spans, page.width - 2))
}

/** Statements and settings to copy: lines stay whole, the terminal itself breaks them where it must. */
function codeLines(text: string, { paint }: Page): readonly string[] {
  const lines = shown(text).replace(/\n+$/, '').split('\n')
  return lines.map((line) => (line.trim() === '' ? '' : `    ${paint(colours.cyan)(line.trimEnd())}`))
}

function actionLines(actions: readonly Action[], page: Page): readonly string[] {
  const styles = { danger: colours.red, success: colours.green, plain: colours.cyan }
  const spans = actions.flatMap((action, index): Span[] => [
    { text: ` [${index + 1}]`, paint: page.paint(styles[action.style]) },
    { text: ` ${shownLine(action.label)}` },
  ])
  const hint = actions.length === 1 ? 'Type 1 to press it.' : 'Type the number to press.'
  return [...wrap(spans, page.width), ...wrap([{ text: hint, paint: page.paint(colours.grey) }], page.width)]
}

/** After a single shell command nothing waits for a number: the calls that do what the buttons would. */
function callLines(actions: readonly Action[], page: Page): readonly string[] {
  return actions.flatMap((action) => {
    const call = callOf(action)
    if (call === null) return []
    const spans = [{ text: `${shownLine(action.label)}: ` }, { text: call, paint: page.paint(colours.cyan) }]
    return hang('→ ', wrap(spans, page.width - 2))
  })
}

function callOf(action: Action): string | null {
  const button = readButton(action.id)
  if (button === null) return null
  return button.kind === 'ask' ? `rollcall ${oneLine(button.line)}` : `rollcall ${button.kind} ${button.approval}`
}
