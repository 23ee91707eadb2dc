// The Markdown that runbooks use, as blocks: headings, paragraphs, lists, code and tables. Anything else stays plain text.

import { type Block, bold, code, type Inline, link, type Text } from '../core/reply.ts'

/** Blocks of a text; its first `# ` heading is left out, because it is the reply's title. */
export function markdownBlocks(markdown: string): readonly Block[] {
  const lines = markdown.replaceAll(/\r\n?/g, '\n').split('\n')
  const title = lines.findIndex((line) => /^#\s/.test(line))
  if (title >= 0 && lines.slice(0, title).every((line) => line.trim() === '')) lines.splice(0, title + 1)
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; ) {
    const taken = readers.map((read) => read(lines, at)).find((found) => found !== null)
    if (taken?.block) blocks.push(taken.block)
    at += taken?.lines ?? 1
  }
  return blocks
}

interface Taken {
  readonly block: Block | null
  readonly lines: number
}
type Reader = (lines: readonly string[], at: number) => Taken | null

const fence = /^\s*(`{3,}|~{3,})/
const heading = /^#{1,6}\s+(.*?)\s*#*\s*$/
const bullet = /^\s*[-*+]\s+(.*)$/
const numbered = /^\s*\d{1,3}[.)]\s/
const tableRow = /^\s*\|.*\|\s*$/

const readCode: Reader = (lines, at) => {
  const mark = fence.exec(lines[at] ?? '')?.[1]
  if (mark === undefined) return null
  const end = lines.findIndex((line, index) => index > at && line.trim().startsWith(mark))
  const body = lines.slice(at + 1, end === -1 ? undefined : end)
  return { block: { kind: 'code', text: body.join('\n') }, lines: body.length + 2 }
}

const readHeading: Reader = (lines, at) => {
  const text = heading.exec(lines[at] ?? '')?.[1]
  return text === undefined ? null : { block: { kind: 'paragraph', text: [bold(plain(text))] }, lines: 1 }
}

const readTable: Reader = (lines, at) => {
  const count = countWhile(lines, at, (line) => tableRow.test(line))
  const rule = lines[at + 1] ?? ''
  if (count < 2 || !/^[\s|:-]+$/.test(rule)) return null
  const rows = lines.slice(at, at + count).map(cellsOf)
  const width = Math.max(...rows.map((row) => row.length))
  const [columns = [], , ...below] = rows.map((row) => Array.from({ length: width }, (_, index) => row[index] ?? ''))
  return { block: { kind: 'table', columns, rows: below }, lines: count }
}

const readList: Reader = (lines, at) => {
  if (!bullet.test(lines[at] ?? '')) return null
  const count = countWhile(lines, at, (line) => bullet.test(line) || goesOn(line))
  const items: string[] = []
  for (const line of lines.slice(at, at + count)) {
    const item = bullet.exec(line)?.[1]
    if (item !== undefined) items.push(item)
    else items.push(`${items.pop() ?? ''} ${line.trim()}`)
  }
  return { block: { kind: 'list', items: items.map(inline) }, lines: count }
}

/** A numbered step is a paragraph of its own: lists of a reply have marks instead of numbers. */
const readStep: Reader = (lines, at) => {
  if (!numbered.test(lines[at] ?? '')) return null
  const count = countWhile(lines, at, (line, index) => index === at || goesOn(line))
  const text = lines.slice(at, at + count).map((line) => line.trim())
  return { block: { kind: 'paragraph', text: inline(text.join(' ')) }, lines: count }
}

const readParagraph: Reader = (lines, at) => {
  const count = countWhile(lines, at, (line, index) => line.trim() !== '' && (index === at || !startsBlock(line)))
  if (count === 0) return null
  const text = lines.slice(at, at + count).map((line) => line.trim())
  return { block: { kind: 'paragraph', text: inline(text.join(' ')) }, lines: count }
}

const readers: readonly Reader[] = [readCode, readHeading, readTable, readList, readStep, readParagraph]

const isItem = (line: string): boolean => bullet.test(line) || numbered.test(line)
/** The next line of an item is indented. */
const goesOn = (line: string): boolean => /^\s+\S/.test(line) && !isItem(line) && !fence.test(line)
const startsBlock = (line: string): boolean =>
  fence.test(line) || heading.test(line) || isItem(line) || tableRow.test(line)

function countWhile(lines: readonly string[], at: number, holds: (line: string, index: number) => boolean): number {
  let end = at
  while (end < lines.length && holds(lines[end] as string, end)) end += 1
  return end - at
}

function cellsOf(line: string): readonly string[] {
  const inside = line.trim().replace(/^\|/, '').replace(/\|$/, '')
  return inside.split(/(?<!\\)\|/).map((cell) => plain(cell.trim().replaceAll('\\|', '|')))
}

/** Code first: what stands in it has no marks. Only web addresses become links; any other target stays beside its text. */
function inline(text: string): Text {
  const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/g
  const found: Inline[] = []
  let from = 0
  for (const match of text.matchAll(marks)) {
    if (match.index > from) found.push(text.slice(from, match.index))
    if (match[1] !== undefined) found.push(code(match[1]))
    else if (match[2] !== undefined) found.push(bold(match[2]))
    else found.push(link(match[3] as string, match[4] as string))
    from = match.index + match[0].length
  }
  if (from < text.length) found.push(text.slice(from))
  return found
}

/** Where a block holds plain words only, the marks go and the words stay. */
function plain(text: string): string {
  return text.replaceAll(/`([^`]+)`|\*\*([^*]+)\*\*/g, (_, first?: string, second?: string) => first ?? second ?? '')
}
