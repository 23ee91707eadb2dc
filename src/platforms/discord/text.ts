// Text as Discord shows it: our own bold, code, links and times become markup, everything else stays the text it was.

import type { Inline } from '../../core/reply.ts'
import { pieces, type Text } from '../../core/reply.ts'
import { utc } from '../plain-text.ts'

/**
 * Text that shows what it is: no control, no invisible and no right-to-left override character, no half of a surrogate
 * pair. Emoji keep their variation selector.
 */
export function visible(text: string): string {
  return text
    .replace(/\r\n?|[\p{Zl}\p{Zp}]/gu, '\n')
    .replaceAll('\t', ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/[^\n\P{Cc}]|\p{Cf}|(?!\uFE0F)\p{Default_Ignorable_Code_Point}/gu, '')
}

export function oneLine(text: string): string {
  return visible(text).replaceAll(/\s+/g, ' ').trim()
}

/**
 * Discord reads `\` before punctuation as "as it stands". Besides the markup characters that breaks addresses (`:/`),
 * invitations (`gg/…` needs no scheme) and marks that count at the start of a line only. A text may be continued by the
 * next piece, so its own end counts as dangerous too. `before` is what stands in front of it.
 */
export function escapeMarkdown(text: string, before = ''): string {
  const escaped = text.replace(/[\\*_~`|<>[\]@]|:(?=\/|(?![\s\S]))|(?<=\p{L})\//gu, '\\$&')
  const [line = ''] = escaped.split('\n', 1)
  const isLineStart = /(?:^|\n)[\s\d]*$/.test(before)
  return (isLineStart ? escapeLineStarts(line) : line) + escapeLineStarts(escaped.slice(line.length))
}

function escapeLineStarts(text: string): string {
  return text
    .replace(/^([^\S\n]*)([#+-])(?=[#\s]|(?![\s\S]))/gm, '$1\\$2')
    .replace(/^([^\S\n]*\d*)([.)])(?=\s|(?![\s\S]))/gm, '$1\\$2')
}

/** Longest raw text worth escaping: no message holds more. */
const worthReading = 8000

interface Piece {
  readonly open: string
  /** Escaped: every `\` in it belongs to the character after it. */
  readonly body: string
  readonly close: string
  /** A link or a time can't be cut. */
  readonly whole: boolean
}

function piece(inline: Inline, before: string): Piece {
  if (typeof inline === 'string') {
    return { open: '', body: escapeMarkdown(shortened(inline), before), close: '', whole: false }
  }
  if ('bold' in inline) return { open: '**', body: escapeMarkdown(shortened(inline.bold)), close: '**', whole: false }
  if ('code' in inline) return { open: '`', body: inlineCode(inline.code), close: '`', whole: false }
  if ('time' in inline) return { open: '', body: timeTag(inline.time), close: '', whole: true }
  const label = escapeMarkdown(shorten(oneLine(inline.link.slice(0, worthReading)), 200)) || 'link'
  const url = safeUrl(inline.url)
  return url === null
    ? { open: '', body: label, close: '', whole: false }
    : { open: '', body: `[${label}](${url})`, close: '', whole: true }
}

function shortened(text: string): string {
  return visible(text.slice(0, worthReading))
}

/** A backtick would end the code; the modifier letter looks the same and is none. */
function inlineCode(text: string): string {
  return oneLine(text.slice(0, worthReading)).replaceAll('`', 'ˋ')
}

/** The reader's own zone, and UTC beside it because that is what logs and colleagues say. */
function timeTag(at: Date): string {
  const milliseconds = at.getTime()
  if (Number.isNaN(milliseconds)) return 'unknown time'
  return `<t:${Math.floor(milliseconds / 1000)}:f> (${utc(at)})`
}

/** Without a name or password before the host: those belong in no chat. */
function safeUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { protocol, host, origin, pathname, search, hash } = new URL(text)
  // The standard lets a host be `)`, which would end the link early.
  if (!/^https?:$/.test(protocol) || !/^(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?$/.test(host)) return null
  const rest = `${pathname}${search}${hash}`
  const encoded = origin + rest.replaceAll(/[()<>[\]\\*_~`|"'\s]/g, (letter) => `%${hex(letter)}`)
  return encoded.length <= 500 ? encoded : null
}

function hex(letter: string): string {
  return (letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')
}

export interface Written {
  readonly markup: string
  readonly cut: boolean
}

/** Markup of a text within `room` characters; cut between characters, never inside an escape, a link or a time. */
export function write(text: Text, room: number): Written {
  let markup = ''
  let lastClose = ''
  for (const inline of pieces(text)) {
    const next = piece(inline, markup)
    if (next.body === '') continue
    // Two codes or two bolds side by side would read as one with odd contents.
    const gap = lastClose !== '' && lastClose === next.open ? ' ' : ''
    const full = `${gap}${next.open}${next.body}${next.close}`
    if (markup.length + full.length > room)
      return { markup: `${markup}${gap}${cutPiece(next, room - markup.length - gap.length)}`, cut: true }
    markup += full
    lastClose = next.close
  }
  return { markup, cut: isShortened(text) }
}

function isShortened(text: Text): boolean {
  return pieces(text).some((inline) => rawText(inline).length > worthReading)
}

function rawText(inline: Inline): string {
  if (typeof inline === 'string') return inline
  if ('bold' in inline) return inline.bold
  if ('code' in inline) return inline.code
  return 'link' in inline ? inline.link : ''
}

function cutPiece(cut: Piece, room: number): string {
  const space = room - cut.open.length - cut.close.length - 1
  if (cut.whole || space < 1) return room >= 1 ? '…' : ''
  return `${cut.open}${cutEscaped(cut.body, space)}…${cut.close}`
}

/** The start of escaped text that fits, ending between two characters. */
export function cutEscaped(markup: string, room: number): string {
  let kept = 0
  for (const [unit] of markup.matchAll(/\\[^0-9A-Za-z\s]|[\s\S]/gu)) {
    if (kept + unit.length > room) break
    kept += unit.length
  }
  return markup.slice(0, kept)
}

/** The start of plain text, ending between two characters. */
export function shorten(text: string, room: number): string {
  if (text.length <= room) return text
  let kept = 0
  for (const letter of text) {
    if (kept + letter.length > room - 1) break
    kept += letter.length
  }
  return `${text.slice(0, kept)}…`
}

/**
 * A block of fixed-width text; nothing when there is nothing to show, because an empty block doesn't count as one and its
 * fences would open and close the wrong things.
 */
export function codeBlock(text: string): string {
  const safe = fenceSafe(text).replace(/^\n+|\n+$/g, '')
  return safe.trim() === '' ? '' : `\`\`\`\n${safe}\n\`\`\``
}

/** Three backticks would end the block: an invisible character keeps them apart. */
export function fenceSafe(text: string): string {
  return visible(text).replace(/`(?=`)/g, '`\u200B')
}
