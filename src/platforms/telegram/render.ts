// Reply → Telegram messages: text with entities, a picture, a file for what didn't fit. Pure; knows every limit.

import { type Action, type Block, type Inline, pieces, type Reply, type Text, type Tone } from '../../core/reply.ts'
import { fileName, phoneWidth, plainText, type Table, tableCsv, tableLines, utc } from '../plain-text.ts'
import {
  type ComposedText,
  Composer,
  cleanSpan,
  cutSpans,
  lineSpan,
  type MessageLimits,
  messageLimits,
  type Span,
} from './composer.ts'
import { clean, cutAt, oneLine, shorten } from './text.ts'

export interface Button {
  readonly text: string
  readonly callback_data: string
  /** Bot API 9.4; older clients show the button without a colour. */
  readonly style?: 'danger' | 'success'
}

export type Keyboard = readonly (readonly Button[])[]

export type Payload =
  | ({ readonly kind: 'text'; readonly keyboard: Keyboard } & ComposedText)
  | ({ readonly kind: 'photo'; readonly png: Uint8Array; readonly keyboard: Keyboard } & ComposedText)
  | { readonly kind: 'document'; readonly name: string; readonly content: string }

export interface RenderSettings {
  readonly limits?: MessageLimits
  /** Pictures that could be drawn, by their block; the others show their description. */
  readonly pictures?: ReadonlyMap<Block, Uint8Array>
  /** `telegram-user:ID` of those to ring: the only mentions there ever are. */
  readonly mentions?: Mentions
}

export type Mentions = Readonly<Record<'approval' | 'alert', readonly string[]>>

const signs: Readonly<Record<Tone, string>> = { good: '✅', warning: '⚠️', bad: '🔴', neutral: 'ℹ️' }

/** One block may not use up the message: the end of an answer often matters most. */
const blockRoom = 1500
const itemRoom = 400
const titleRoom = 200
/** Up to so many rows are shown whole; of more, a dozen, and the rest is in a file. */
const wholeTable = 20
const rowsShown = 12
const cellRoom = 120
/** Kept free for the lines that say what was cut. */
const noteRoom = 100

/** The first payload is the answer; the others are sent as silent replies to it. */
export function render(reply: Reply, settings: RenderSettings = {}): readonly Payload[] {
  const limits = settings.limits ?? messageLimits
  const pictures = settings.pictures ?? new Map<Block, Uint8Array>()
  const drawn = reply.blocks.filter((block) => pictures.has(block))
  const keyboard = keyboardOf(reply.actions ?? [])
  const [only] = drawn
  if (only && drawn.length === 1) {
    const asCaption = compose(reply, limits.caption, true, settings)
    if (asCaption.files.length === 0) {
      return [{ kind: 'photo', png: pictures.get(only) as Uint8Array, keyboard, ...asCaption.composed }]
    }
  }
  const { composed, files } = compose(reply, limits.text, true, settings)
  const photos = drawn.map((block) => photoReply(block, pictures, limits))
  return [{ kind: 'text', keyboard, ...composed }, ...photos, ...files]
}

/** What a message that is already there is changed to: it can't gain a file, so what doesn't fit is only named. */
export function renderEdit(reply: Reply, shape: 'text' | 'caption', settings: RenderSettings = {}) {
  const limits = settings.limits ?? messageLimits
  const { composed } = compose(reply, limits[shape], false, settings)
  return { ...composed, keyboard: keyboardOf(reply.actions ?? []) }
}

function photoReply(block: Block, pictures: ReadonlyMap<Block, Uint8Array>, limits: MessageLimits): Payload {
  const composer = new Composer(limits.caption, limits)
  if (block.kind === 'image') composer.addCut([lineSpan(block.description)], limits.caption - 50)
  return { kind: 'photo', png: pictures.get(block) as Uint8Array, keyboard: [], ...composer.finish() }
}

type Document = Extract<Payload, { kind: 'document' }>

interface Composition {
  readonly composed: ComposedText
  readonly files: readonly Document[]
}

/** One filling of a message: what is in it, and the tables that are shown in part. */
interface Page {
  readonly composer: Composer
  readonly partial: Table[]
  readonly settings: RenderSettings
}

function compose(reply: Reply, room: number, mayAttach: boolean, settings: RenderSettings): Composition {
  const mention = mentionSpans(reply, settings.mentions)
  const mentionRoom = mention.reduce((sum, span) => sum + span.text.length, 0)
  // Only what was cut needs room for saying so: first without it, then, if something didn't fit, with it.
  let page = fill(reply, room - mentionRoom, settings)
  const cut = page.composer.isCut || page.partial.length > 0 || attachedTables(reply).length > 0
  if (cut) page = fill(reply, room - mentionRoom - noteRoom, settings)
  page.composer.release(mentionRoom + (cut ? noteRoom : 0))
  const files = cut && mayAttach ? filesFor(page, reply) : []
  if (files.length > 0) page.composer.add([{ text: '\n\nAll of it is in ' }, ...namesOf(files), { text: '.' }])
  else if (page.composer.isCut) page.composer.add([{ text: '\n\nShortened: ask again for all of it.' }])
  page.composer.add(mention)
  return { composed: page.composer.finish(), files }
}

function fill(reply: Reply, room: number, settings: RenderSettings): Page {
  const page: Page = { composer: new Composer(room, settings.limits ?? messageLimits), partial: [], settings }
  const title = shorten(oneLine(reply.title.slice(0, 1000)), titleRoom) || 'Rollcall'
  page.composer.add([{ text: `${signs[reply.tone]} ` }, { text: title, mark: { type: 'bold' } }])
  for (const block of reply.blocks) addBlock(page, block)
  return page
}

/** One table shown in part becomes a table file; anything else that was cut, the whole answer as text. */
function filesFor(page: Page, reply: Reply): readonly Document[] {
  const attached = attachedTables(reply)
  const [table, ...more] = page.partial.filter((one) => !attached.includes(one))
  const whole: Document = { kind: 'document', name: 'answer.txt', content: fileText(plainText(reply)) }
  if (page.composer.isCut || more.length > 0) return [whole, ...attached.map(tableFile)]
  return [...(table ? [table] : []), ...attached].map(tableFile)
}

/** Those an export was asked for: they come as files even where all of them is shown. */
function attachedTables(reply: Reply): readonly Table[] {
  return reply.blocks.flatMap((block) => (block.kind === 'table' && block.attach ? [block] : []))
}

function tableFile(table: Table): Document {
  return { kind: 'document', name: fileName(table.name, 'rows', 'csv'), content: fileText(tableCsv(table)) }
}

function namesOf(files: readonly Document[]): readonly Span[] {
  return files.flatMap(({ name }, index) => [
    ...(index === 0 ? [] : [{ text: ' and ' }]),
    { text: name, mark: { type: 'code' } } as const,
  ])
}

/** A file opens on a telephone: some megabytes are enough, and nothing invisible is in it either. */
function fileText(text: string): string {
  return clean(cutAt(text, 4_000_000))
}

function addBlock(page: Page, block: Block): void {
  const { composer } = page
  if (composer.isFull) {
    composer.isCut = true
    return
  }
  switch (block.kind) {
    case 'paragraph':
      composer.addCut([gap, ...spansOf(block.text)], blockRoom)
      return
    case 'facts':
      addLines(
        page,
        block.facts.map(([label, value]) => [lineSpan(label, { type: 'bold' }), { text: ': ' }, ...spansOf(value)]),
      )
      return
    case 'list':
      addLines(
        page,
        block.items.map((item) => [{ text: '• ' }, ...spansOf(item)]),
      )
      return
    case 'table':
      addTable(page, block)
      return
    case 'code':
      if (block.text.trim() !== '') composer.addCut([gap, cleanSpan(block.text.trim(), { type: 'pre' })], blockRoom)
      if (block.text.length > blockRoom) composer.isCut = true
      return
    case 'image':
      if (!page.settings.pictures?.has(block)) composer.addCut([gap, lineSpan(block.description)], blockRoom)
  }
}

const gap: Span = { text: '\n\n' }
const newLine: Span = { text: '\n' }

/** One line after the other while they fit. */
function addLines(page: Page, lines: readonly (readonly Span[])[]): void {
  const first = lines[0]
  for (const line of lines) {
    const { spans, cut } = cutSpans(line, itemRoom)
    if (!page.composer.add([line === first ? gap : newLine, ...spans])) return
    page.composer.isCut ||= cut
  }
}

function addTable(page: Page, table: Table): void {
  const { composer } = page
  if (table.rows.length === 0) {
    composer.add([gap, { text: 'No rows.' }])
    return
  }
  const limit = table.rows.length <= wholeTable ? wholeTable : rowsShown
  const shown = { ...table, columns: cleanCells(table.columns), rows: table.rows.slice(0, limit).map(cleanCells) }
  const lines = tableLines(shown, phoneWidth)
  let count = shown.rows.length
  while (count > 0 && !composer.fits(tableSpans(table, shown, lines, count))) count -= 1
  if (count === 0) {
    composer.isCut = true
    composer.isFull = true
    return
  }
  composer.add(tableSpans(table, shown, lines, count))
  composer.isFull ||= count < shown.rows.length
  const whole = count === table.rows.length && !table.rows.some((cells) => cells.some((cell) => cell.length > cellRoom))
  if (!whole) page.partial.push(table)
}

/** The first `count` rows: columns in a fixed-width block, or, too wide for a phone, one line per row with headings. */
function tableSpans(table: Table, shown: Table, lines: readonly string[] | null, count: number): readonly Span[] {
  const body: Span = lines
    ? {
        text: lines
          .slice(0, count + 1)
          .join('\n')
          .trimEnd(),
        mark: { type: 'pre' },
      }
    : {
        text: shown.rows
          .slice(0, count)
          .map((cells) => rowLine(shown.columns, cells))
          .join('\n'),
      }
  const note = count === table.rows.length ? [] : [{ text: `\n${count} of ${table.rows.length} rows shown` }]
  return [gap, body, ...note]
}

function rowLine(columns: readonly string[], cells: readonly string[]): string {
  return `• ${cells.map((cell, index) => `${columns[index] ?? ''} ${cell}`.trim()).join(' · ')}`
}

function cleanCells(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => shorten(oneLine(cell.slice(0, 1000)), cellRoom) || '–')
}

function spansOf(text: Text): readonly Span[] {
  return pieces(text).map(spanOf)
}

function spanOf(inline: Inline): Span {
  if (typeof inline === 'string') return cleanSpan(inline)
  if ('bold' in inline) return cleanSpan(inline.bold, { type: 'bold' })
  if ('code' in inline) return cleanSpan(inline.code, { type: 'code' })
  if ('link' in inline) {
    const url = webAddress(inline.url)
    return url === null ? lineSpan(inline.link) : lineSpan(inline.link || inline.url, { type: 'text_link', url })
  }
  const seconds = Math.floor(inline.time.getTime() / 1000)
  // Without a format the text stays as it is, in UTC, and a tap shows the reader's own time (Bot API 9.5).
  const known = Number.isSafeInteger(seconds) && seconds > 0 && seconds < 2 ** 31
  return known
    ? { text: utc(inline.time), mark: { type: 'date_time', unix_time: seconds } }
    : { text: utc(inline.time) }
}

/** Telegram refuses the whole message for one bad address; only web pages are linked to. */
function webAddress(url: string): string | null {
  if (url.length > 1000 || !URL.canParse(url)) return null
  const { protocol, href, username, password } = new URL(url)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '' ? href : null
}

function mentionSpans(reply: Reply, mentions: Mentions | undefined): readonly Span[] {
  if (reply.mention === undefined || mentions === undefined) return []
  const label = reply.mention === 'approval' ? 'approver' : 'on call'
  const ids = mentions[reply.mention].flatMap((entry) => /^telegram-user:(\d{1,15})$/.exec(entry)?.[1] ?? [])
  return ids.slice(0, 10).flatMap((id, index) => {
    const text = ids.length === 1 ? label : `${label} ${index + 1}`
    const user = { id: Number(id), is_bot: false, first_name: label } as const
    return [{ text: index === 0 ? '\n\n📣 ' : ', ' }, { text, mark: { type: 'text_mention', user } }] as const
  })
}

const callbackBytes = 64
const buttonsPerRow = 2

function keyboardOf(actions: readonly Action[]): Keyboard {
  const usable = actions.filter(
    ({ id }, index) =>
      id !== '' && Buffer.byteLength(id) <= callbackBytes && actions.findIndex((other) => other.id === id) === index,
  )
  const buttons = usable.slice(0, 20).map(({ label, style, id }): Button => {
    const text = shorten(oneLine(label.slice(0, 1000)), 40) || 'Go'
    return style === 'plain' ? { text, callback_data: id } : { text, callback_data: id, style }
  })
  const rows: (readonly Button[])[] = []
  for (let start = 0; start < buttons.length; start += buttonsPerRow)
    rows.push(buttons.slice(start, start + buttonsPerRow))
  return rows
}
