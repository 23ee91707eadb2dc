// Text as Telegram shows it: nothing invisible in it, and nothing that Telegram would make tappable by itself.

import type { RawEntity } from './composer.ts'

/** Invisible, breaks every pattern of Telegram's own, survives its cleaning (tdlib: MessageEntity.cpp, misc.cpp). */
const joiner = '\u2060'

/**
 * Text that shows what it is: no control, invisible or direction-changing character, no half of a surrogate pair, no
 * towers of accents. Emoji keep their variation selector.
 */
export function clean(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[^\S\n]|\u2800/g, ' ')
    .replace(/[^\n\P{Cc}]|\p{Cf}|(?!\ufe0f)\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
}

export function oneLine(text: string): string {
  return clean(text).replaceAll(/\s+/g, ' ').trim()
}

/** At most `length` UTF-16 units, never half a character, `…` where something is missing. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${cutAt(text, length - 1)}…`
}

export function cutAt(text: string, length: number): string {
  const end = Math.max(0, length)
  return /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? text.slice(0, end - 1) : text.slice(0, end)
}

/**
 * Where Telegram would begin to see a mention, command, tag, address, number to call: after these characters a joiner
 * takes the meaning away. A lone decimal number is nobody's address and stays as it can be copied.
 */
const triggers: readonly RegExp[] = [
  /@(?=[A-Za-z0-9_])/g,
  /(?<![\p{L}\p{N}_/<>])\/(?=[A-Za-z0-9_])/gu,
  /:(?=\/\/)/g,
  /#(?!\d+(?![\p{L}\p{N}_·]))(?=[\p{L}\p{N}_·])/gu,
  /\$(?=[A-Z]|1INCH)/g,
  /\+(?=\d)/g,
  /(?<![\p{L}\p{N}_.-])\d+\.\d+(?![\p{L}\p{N}_.-])|\.(?=[\p{L}\p{M}\p{N}_])/gu,
]

function livePositions(text: string): readonly number[] {
  const positions = new Set<number>()
  for (const trigger of triggers) {
    for (const match of text.matchAll(trigger)) if (match[0].length === 1) positions.add(match.index + 1)
  }
  for (const match of text.matchAll(/(?<![-+_.,\p{L}\d])\d[\d -]{11,}\d(?![-_\p{L}])/gu)) {
    if ([match[0], ...match[0].split(' ')].some(looksLikeCard)) positions.add(match.index + 6)
  }
  return [...positions].sort((a, b) => a - b)
}

/** Telegram offers to pay to numbers that pass the check of bank cards; amounts in wei do so now and then. */
function looksLikeCard(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '')
  if (digits.length < 13 || digits.length > 19) return false
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

/** Kinds inside which Telegram looks for nothing. */
const closed = new Set(['code', 'pre', 'text_link', 'date_time', 'text_mention'])

/**
 * The same text and entities with every pattern broken that Telegram would act on, outside of what is closed to it. It
 * looks at the whole text, because two harmless pieces side by side can make a live one.
 */
export function neutralise(text: string, entities: readonly RawEntity[]): { text: string; entities: RawEntity[] } {
  const shut = entities.filter((entity) => closed.has(entity.type))
  const positions = livePositions(text).filter(
    (at) => !shut.some((entity) => entity.offset < at && at < entity.offset + entity.length),
  )
  if (positions.length === 0) return { text, entities: [...entities] }
  let safe = ''
  let from = 0
  for (const at of positions) {
    safe += text.slice(from, at) + joiner
    from = at
  }
  const before = (at: number, included: boolean) =>
    positions.filter((position) => position < at || (included && position === at)).length
  const moved = entities.map((entity) => {
    const end = entity.offset + entity.length
    const offset = entity.offset + before(entity.offset, true)
    return { ...entity, offset, length: end + before(end, false) - offset }
  })
  // What was one address may now be a number and an address: once more, until nothing is left.
  return neutralise(safe + text.slice(from), moved)
}

/** Takes out what `neutralise` put in, so that a line copied from an answer works when it is sent back. */
export function withoutJoiners(text: string): string {
  return text.replaceAll(/[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, '')
}
