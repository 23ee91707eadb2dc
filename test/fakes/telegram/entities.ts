// What Telegram accepts as formatting, and what it turns into taps by itself (tdlib: MessageEntity.cpp is the model).

import type { Entity } from './world.ts'

const types = new Set([
  ...['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'blockquote', 'expandable_blockquote', 'code', 'pre'],
  ...['text_link', 'text_mention', 'custom_emoji', 'date_time'],
])
/** Kinds that nothing can be inside of, Telegram's own finds included. */
const closed = new Set(['code', 'pre', 'date_time', 'text_link', 'text_mention'])

/** All formatting data together may take about this much (telegram-bot-api #165). */
const maxEntityBytes = 9500

/** Why Telegram would refuse this text with these entities, or null. */
export function refuseText(text: string, entities: readonly Entity[], maxLength: number): string | null {
  if (/\p{Cs}/u.test(text)) return 'strings must be encoded in UTF-8'
  if (text.length > maxLength) return maxLength === 1024 ? 'message caption is too long' : 'message is too long'
  if (Buffer.byteLength(text) > 32_768) return 'text is too long'
  if (entities.length > 100) return 'entities beyond the 100th would lose their format'
  let bytes = 0
  for (const entity of entities) {
    const problem = refuseEntity(text, entity)
    if (problem) return `can't parse entities: ${problem}`
    bytes += 12 + Buffer.byteLength(entity.url ?? '') + Buffer.byteLength(entity.language ?? '')
  }
  if (bytes > maxEntityBytes) return 'entities too long'
  return refuseNesting(entities)
}

function refuseEntity(text: string, entity: Entity): string | null {
  const { offset, length } = entity
  if (!types.has(entity.type)) return `unsupported type "${entity.type}" specified`
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 1) {
    return `receive an entity with incorrect offset ${offset} or length ${length}`
  }
  const end = offset + length
  if (end > text.length) return `entity beginning at UTF-16 offset ${offset} ends after the end of the text`
  if (splitsPair(text, offset) || splitsPair(text, end)) return 'entity begins or ends in a middle of a UTF-16 symbol'
  if (text.slice(offset, end).trim() === '') return 'entity covers nothing but white space'
  if (entity.type === 'text_link' && !/^(https?|tg):\/\/\S+$/.test(entity.url ?? '')) return 'wrong HTTP URL specified'
  if (entity.type === 'text_mention' && !Number.isInteger(entity.user?.id)) return 'user not found'
  if (entity.type === 'date_time' && !Number.isInteger(entity.unix_time)) return 'unix_time is not an integer'
  if (entity.type === 'date_time' && !/^(r|w?[dD]?[tT]?)$/.test(entity.date_time_format ?? '')) {
    return 'invalid date-time format specified'
  }
  return null
}

function splitsPair(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at))
}

/** The real server quietly drops what crosses; here it is a mistake of the sender. */
function refuseNesting(entities: readonly Entity[]): string | null {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
  const open: Entity[] = []
  for (const entity of sorted) {
    while (open.length > 0 && endOf(open.at(-1) as Entity) <= entity.offset) open.pop()
    const outer = open.at(-1)
    if (outer) {
      if (endOf(outer) < endOf(entity)) return 'entities cross each other'
      if (closed.has(outer.type) || closed.has(entity.type))
        return `"${entity.type}" can't stand inside "${outer.type}"`
    }
    open.push(entity)
  }
  return null
}

function endOf(entity: Entity): number {
  return entity.offset + entity.length
}

/** Letters, digits and the underscore: what joins words in Telegram's patterns. */
const word = String.raw`\p{L}\p{N}_`
const tag = String.raw`\p{L}\p{Nd}_\u200c\u00b7`

const finders: readonly (readonly [type: string, pattern: RegExp])[] = [
  ['mention', new RegExp(`(?<![${word}])@[A-Za-z0-9_]{2,32}(?![${word}])`, 'gu')],
  ['bot_command', new RegExp(String.raw`(?<![${word}/<>])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![${word}/<>])`, 'gu')],
  ['hashtag', new RegExp(String.raw`(?<![${tag}])#(?=[${tag}]*\p{L})[${tag}]{1,256}`, 'gu')],
  ['cashtag', new RegExp(String.raw`(?<![$${tag}])\$(?:1INCH|[A-Z]{1,8})(?![$${tag}])`, 'gu')],
  ['phone_number', /(?<![\p{L}\p{N}])\+\d[\d ().-]{5,}\d/gu],
  ['email', /[A-Za-z0-9_.+-]+@(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,}/gu],
  ['url', /[A-Za-z][A-Za-z0-9+-]*:\/\/[^\s<>"«»\u2000-\u200b\u200e\u200f\u2016-\u206f]+/gu],
  ['url', /(?<![\p{L}\p{N}_/#@.])(?:[\p{L}\p{N}_-]+\.)+(?:\p{L}{2,}|xn--\w+)(?![\p{L}\p{N}_])/gu],
  ['url', /(?<![\p{L}\p{N}_/#@.])(?:\d{1,3}\.){3}\d{1,3}(?![\p{L}\p{N}_])/gu],
]

/**
 * What Telegram makes tappable by itself. Wider than the real thing on purpose: any word of letters after a dot counts
 * as a top-level domain, so that nothing live slips through a test because a list is old.
 */
export function findLive(text: string, given: readonly Entity[]): readonly Entity[] {
  const shut = given.filter((entity) => closed.has(entity.type))
  const found: Entity[] = []
  for (const [type, pattern] of finders) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length }
      if (!shut.some((other) => other.offset < endOf(entity) && entity.offset < endOf(other))) found.push(entity)
    }
  }
  for (const match of text.matchAll(/(?<![-+_.,\p{L}\d])\d[\d -]{11,}\d(?![-_\p{L}])/gu)) {
    const entity = { type: 'bank_card_number', offset: match.index, length: match[0].length }
    const digits = match[0].replaceAll(/\D/g, '')
    const open = !shut.some((other) => other.offset < endOf(entity) && entity.offset < endOf(other))
    if (open && digits.length >= 13 && digits.length <= 19 && passesLuhn(digits)) found.push(entity)
  }
  return found
}

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}
