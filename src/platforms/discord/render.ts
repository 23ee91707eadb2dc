// Reply → one Discord message within every limit: embeds, buttons and the files that hold what didn't fit. Pure.

import { type APIButtonComponentWithCustomId, type APIEmbed, ButtonStyle, ComponentType } from 'discord.js'
import type { Action, Block, Reply, Text, Tone } from '../../core/reply.ts'
import { fileName, phoneWidth, plainText, type Table, tableCsv, tableLines } from '../plain-text.ts'
import { type MessageLimits, messageLimits } from './limits.ts'
import { noteRoom, Page, type RenderedFile } from './page.ts'
import { codeBlock, cutEscaped, escapeMarkdown, fenceSafe, oneLine, shorten, write } from './text.ts'

export type { RenderedFile } from './page.ts'

export interface ButtonRow {
  readonly type: ComponentType.ActionRow
  readonly components: readonly APIButtonComponentWithCustomId[]
}

export interface Rendered {
  readonly embeds: readonly APIEmbed[]
  readonly components: readonly ButtonRow[]
  readonly files: readonly RenderedFile[]
}

export interface RenderSettings {
  readonly limits?: MessageLimits
  /** Pictures that could be drawn, by their block; the others show their description. */
  readonly pictures?: ReadonlyMap<Block, Uint8Array>
}

/** Never colour alone: the sign says the same. */
const tones: Readonly<Record<Tone, { readonly colour: number; readonly sign: string }>> = {
  good: { colour: 0x2e9e5b, sign: '✅' },
  warning: { colour: 0xe0a526, sign: '⚠️' },
  bad: { colour: 0xd13f3f, sign: '🔴' },
  neutral: { colour: 0x5b7a99, sign: 'ℹ️' },
}

/** One block may not use up the message: the end of an answer often matters most. */
const blockRoom = 1500
const itemRoom = 400
const tableRowsShown = 25
const cellWidth = 120

export function render(reply: Reply, settings: RenderSettings = {}): Rendered {
  const limits = settings.limits ?? messageLimits
  const page = new Page(titleOf(reply, limits), tones[reply.tone].colour, limits)
  for (const block of reply.blocks) addBlock(page, block, settings.pictures?.get(block))
  return {
    embeds: page.finish(() => plainText(reply)),
    components: buttons(reply.actions ?? [], limits),
    files: page.files,
  }
}

/** Sign and title, as embed titles and notifications show them. */
export function titleOf(reply: Reply, limits: MessageLimits = messageLimits): string {
  const title = `${tones[reply.tone].sign} ${escapeMarkdown(oneLine(reply.title.slice(0, 1000))) || 'Rollcall'}`
  return title.length <= limits.title ? title : `${cutEscaped(title, limits.title - 1)}…`
}

function addBlock(page: Page, block: Block, picture: Uint8Array | undefined): void {
  switch (block.kind) {
    case 'paragraph':
      page.addText(block.text, blockRoom)
      return
    case 'facts':
      for (const [label, value] of block.facts) page.addFact(label, value)
      return
    case 'list':
      addList(page, block.items)
      return
    case 'table':
      addTable(page, block)
      return
    case 'code':
      addCode(page, block.text)
      return
    case 'image':
      addImage(page, block.description, picture)
  }
}

function addList(page: Page, items: readonly Text[]): void {
  const lines: string[] = []
  let room = Math.min(blockRoom, page.room())
  for (const item of items) {
    const { markup, cut } = write(item, Math.min(itemRoom, room - 3))
    if (cut) page.isCut = true
    const line = `- ${markup.replaceAll('\n', ' ')}`
    if (line.length + 1 > room || markup === '' || markup === '…') break
    lines.push(line)
    room -= line.length + 1
  }
  if (lines.length < items.length) {
    page.isCut = true
    lines.push(`*${lines.length} of ${items.length} shown*`)
  }
  page.addMarkup(lines.join('\n'))
}

function addTable(page: Page, table: Table): void {
  const shown = table.rows.slice(0, tableRowsShown).map(cleanCells)
  const columns = tableLines({ ...table, columns: cleanCells(table.columns), rows: shown }, phoneWidth)
  const lines = columns?.map(fenceSafe) ?? [...rowLines(table.columns, shown)]
  const kept = firstLines(lines, Math.min(blockRoom, page.room()) - noteRoom)
  const rows = Math.max(0, kept.length - 1)
  if (rows > 0) page.addMarkup(columns ? codeBlock(kept.join('\n')) : kept.join('\n'))
  if (table.rows.length === 0) page.addMarkup('*no rows*')
  const isWhole = rows === table.rows.length && table.rows.flat().every((cell) => cell.length <= cellWidth)
  if (isWhole && !table.attach) return
  const name = page.addFile(fileName(table.name, 'rows', 'csv'), tableCsv(table))
  if (name === null) page.isCut = true
  const count = rows === table.rows.length ? `all ${rows} shown` : `${rows} of ${table.rows.length} shown`
  page.addMarkup(`*${count}${name === null ? '' : `, whole table in ${name}`}*`)
}

/** Whole lines only: a row is never cut in half. */
function firstLines(lines: readonly string[], room: number): readonly string[] {
  let used = 0
  const end = lines.findIndex((line) => {
    used += line.length + 1
    return used > room
  })
  return end === -1 ? lines : lines.slice(0, end)
}

function cleanCells(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => shorten(oneLine(cell.slice(0, 1000)), cellWidth))
}

/** Too wide for columns: headings once, then one line per row. */
function* rowLines(columns: readonly string[], rows: readonly (readonly string[])[]): Generator<string> {
  yield `**${joined(cleanCells(columns))}**`
  for (const cells of rows) yield `- ${joined(cells)}`
}

/** Never empty: `****` would open a bold text that ends who knows where. */
function joined(cells: readonly string[]): string {
  return cells.map((cell) => escapeMarkdown(cell) || '–').join(' · ') || '–'
}

function addCode(page: Page, text: string): void {
  const room = Math.min(blockRoom, page.room()) - 10
  const safe = fenceSafe(text.slice(0, blockRoom * 4))
  if (room < 20) {
    page.isCut = true
    return
  }
  if (safe.length > room || text.length > blockRoom * 4) page.isCut = true
  page.addMarkup(codeBlock(safe.length > room ? `${cutEscaped(safe, room - 1)}…` : safe))
}

function addImage(page: Page, description: string, picture: Uint8Array | undefined): void {
  const clean = oneLine(description.slice(0, 1000)) || 'picture'
  const name = picture && page.addFile(fileName(undefined, 'picture', 'png'), picture, clean)
  if (name) page.addPicture(name)
  else page.addText(clean, blockRoom)
}

const styles = { danger: ButtonStyle.Danger, success: ButtonStyle.Success, plain: ButtonStyle.Secondary } as const

function buttons(actions: readonly Action[], limits: MessageLimits): readonly ButtonRow[] {
  const usable = actions
    .filter(
      (action, index) =>
        action.id.trim() !== '' && action.id.length <= limits.customId && first(actions, action, index),
    )
    .slice(0, limits.buttons)
  const rows: ButtonRow[] = []
  for (let start = 0; start < usable.length; start += limits.buttonsPerRow) {
    const components = usable.slice(start, start + limits.buttonsPerRow).map(button)
    rows.push({ type: ComponentType.ActionRow, components })
  }
  return rows
}

function first(actions: readonly Action[], action: Action, index: number): boolean {
  return actions.findIndex((other) => other.id === action.id) === index
}

function button(action: Action): APIButtonComponentWithCustomId {
  const label = shorten(oneLine(action.label.slice(0, 1000)), messageLimits.buttonLabel) || 'Go'
  return { type: ComponentType.Button, style: styles[action.style], label, custom_id: action.id }
}
