// Times as reports write them, in English and Chinese: which clock time is meant, with its date and zone as far as they are written. Pure.

import type { ClaimedTime } from './facts.ts'
import { sentenceAround } from './plain-text.ts'
import { type DateParts, dateNear, datePatterns } from './written-date.ts'
import { readZone, type WrittenZone } from './written-zone.ts'

export interface ToldTime {
  /** Null: no clock time is written, or none that a clock can show. */
  readonly time: ClaimedTime | null
  /** Other clock times of the text, which may be the ones that were meant. */
  readonly others: readonly string[]
  /** `14:14 to 14:51`: from the first to the second. */
  readonly rangeSeconds: number | null
}

interface Clock {
  readonly start: number
  readonly end: number
  readonly hour: number
  readonly minute: number
  readonly second: number | null
  readonly isRough: boolean
}

const half = String.raw`(a\.?m\b\.?|p\.?m\b\.?)`
const colons = new RegExp(
  String.raw`(?<![\d.#/\w+]|\d:)(\d{1,2})\s?:\s?(\d{2})(?::(\d{2})(?:\.\d+)?)?(?![\d:])(?!\s*(?:hours?|hrs?|h|个?小时)(?![a-z]))\s*${half}?`,
  'gi',
)
const iso = /(?<=\d)T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?()/gi
const spoken =
  /(?<!\d)(\d{1,2})\s?[点时](?!间)\s?(?:(\d{1,2})(?:\s?分(?!钟)(?:\s?(\d{1,2})\s?秒)?)?|(半|整|许|左右|钟))?/g
const wholeHours = new RegExp(String.raw`(?<![\d:.#/\w-])(\d{1,2})\s?${half}`, 'gi')
const dotted = new RegExp(String.raw`(?<![\d:.#/\w-])(\d{1,2})\.(\d{2})()\s?${half}`, 'gi')
const french = /(?<=\b(?:at|since|from|à)\s)(\d{1,2})h(\d{2})(?!\w)()()/gi
const military = /(?<![\d#.,:/\w-])([01]\d|2[0-3])([0-5]\d)()()(?=\s?(?:hrs?\s)?\s?(?:UTC|GMT)\b|Z\b)/g
export const timePatterns: readonly RegExp[] = [colons, iso, dotted, wholeHours, french]

/** The one that tells when it stopped, not when that was told or over. */
export function readToldTime(text: string): ToldTime {
  const found = clocksOf(text).map((clock) => ({ ...clock, worth: worthOf(text, clock) }))
  const best = Math.max(-1, ...found.map(({ worth }) => worth))
  const chosen = found.find(({ worth }) => worth === best)
  if (chosen === undefined) return { time: readDay(text), others: [], rangeSeconds: null }
  const next = found.find(({ start }) => start >= chosen.end)
  const isRange = next !== undefined && isRangeTo(text, chosen, next)
  const end = isRange ? next : found.find(({ start, worth }) => worth === -1 && start >= chosen.end)
  const time = {
    ...dateNear(text, chosen.start, chosen.end),
    ...clockOf(chosen),
    ...zoneOf(text, chosen, isRange ? next : null),
    ahead: aheadOfIt.test(text),
  }
  const others = found.filter((one) => one !== chosen && one !== (isRange ? next : null) && one.worth >= 0)
  return {
    time,
    others: [...new Set(others.map(shown))].filter((one) => one !== shown(chosen)),
    rangeSeconds: end === undefined ? null : secondsBetween(chosen, end),
  }
}

function zoneOf(text: string, clock: Clock, rangeEnd: Clock | null): WrittenZone {
  return readZone(text, clock.start, rangeEnd?.end ?? clock.end)
}

/** A day without a clock time. */
function readDay(text: string): ClaimedTime | null {
  const date = dateNear(text, 0, text.length)
  if (date.month === null && date.daysAgo === null) return null
  const start = { hour: 0, minute: 0, second: null, isRough: false, wholeDay: true }
  return { ...date, ...start, offsetMinutes: null, zone: null, ahead: aheadOfIt.test(text) }
}

const aheadOfIt = /\bwill\b|going to|scheduled|planned|upcoming|计划|将于|将在|即将/i

function clockOf({ hour, minute, second, isRough }: Clock) {
  return { hour, minute, second, isRough, wholeDay: false }
}

function shown({ hour, minute }: Pick<Clock, 'hour' | 'minute'>): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

function clocksOf(text: string): readonly Clock[] {
  const found = [
    ...read(text, iso, () => true),
    ...read(text, colons, () => true),
    ...read(text, french, () => true),
    ...read(text, dotted, () => true),
    ...read(
      text,
      military,
      (match) =>
        !/(?:\d|[a-z]{3,9}\.?|,)\s*$/i.test(text.slice(Math.max(0, match.index - 6), match.index)) ||
        !/^(?:19|20)/.test(match[0]),
    ),
    ...read(text, spoken, (match) => isSpokenHour(text, match)),
    ...read(text, wholeHours, () => true),
  ]
  const whole = found.filter(
    (one, at) => !found.some((other, index) => index < at && one.start < other.end && other.start < one.end),
  )
  return whole.toSorted((a, b) => a.start - b.start)
}

function read(text: string, pattern: RegExp, isMeant: (match: RegExpExecArray) => boolean): readonly Clock[] {
  return [...text.matchAll(pattern)].flatMap((match): Clock[] => {
    if (!isMeant(match)) return []
    const hoursAlone = pattern === wholeHours
    const [, first = '', middle, last, word] = match
    const rest = hoursAlone ? middle : pattern === spoken ? undefined : word
    const minute = hoursAlone ? 0 : pattern === spoken && word === '半' ? 30 : Number(middle ?? 0)
    const second = hoursAlone || last === undefined || last === '' ? null : Number(last)
    const hour = hourOf(Number(first), rest?.replaceAll('.', '').toLowerCase() || partOfDay(text.slice(0, match.index)))
    if (hour === null || minute > 59 || (second ?? 0) > 59) return []
    const isRough = hoursAlone || (pattern === spoken && middle === undefined && word !== '半' && word !== '整')
    return [{ start: match.index, end: match.index + match[0].length, hour, minute, second, isRough }]
  })
}

/** `3点` alone may be three points. */
function isSpokenHour(text: string, [whole, , minute, , word]: RegExpExecArray & { index: number }): boolean {
  if (minute !== undefined || word !== undefined) return true
  const at = text.indexOf(whole)
  const head = text.slice(Math.max(0, at - 8), at)
  return /(?:日|号|上午|下午|早上|晚上|凌晨|中午|傍晚|晚|时间|UTC)\s*$/i.test(head)
}

function partOfDay(head: string): string {
  if (/(?:下午|晚上|傍晚|晚间|今晚|昨晚|当晚|晚)\s?$/.test(head)) return 'pm'
  if (/(?:上午|早上|凌晨|清晨|今早|早)\s?$/.test(head)) return 'am'
  return /中午\s?$/.test(head) ? 'noon' : ''
}

function hourOf(hour: number, half: string): number | null {
  if (half === 'noon') return hour === 12 || hour === 11 ? hour : hour >= 1 && hour <= 2 ? hour + 12 : null
  if (half === '' || hour > 12) return hour <= 23 ? hour : null
  if (hour === 0) return half === 'am' ? 0 : null
  return (hour % 12) + (half === 'pm' ? 12 : 0)
}

const begins =
  /(?:since|stopp\w*|halt\w*|stuck|froze\w*|paus\w*|down|from|between|began|start\w*|last\s+(?:\w+\s)?(?:block|batch)|latest|newest|自|从|于|时间为|停|宕机|当机|卡|最新|最后|出块)[^;。]{0,40}$/i
const told = /^[\s)\]】]*(?:\(?(?:UTC|GMT)[+\d: -]*\)?\s*)?(?:消息|讯|报道|电\b|快讯|发布|PANews|update)/i
const tellsBefore =
  /(?:posted|updated?|published|reported|announced|发布于?|更新于?|截至|截止|as of|checked|now|time of writing|目前)\s*(?:on|at|:|是|为)?\s*$/i
const endsBefore =
  /(?:resum\w*|recover\w*|恢复\S{0,4}|back(?:\s+(?:up|online|to normal))?|until|till|直到|fixed|修复\S{0,2}|restored)\s*(?:on|at|by|于|在|:)?\s*$/i

function worthOf(text: string, { start, end }: Clock): number {
  const { before, after } = sentenceAround(text, start, end)
  const near = before.replaceAll(/\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*|\d{1,2}月\d{1,2}日\s*/g, '').slice(-60)
  if (tellsBefore.test(near) || told.test(after)) return -0.5
  if (endsBefore.test(near) || /^\s*(?:恢复|resum|recover|back)/i.test(after)) return -1
  return begins.test(near) ? 1 : 0
}

function isRangeTo(text: string, from: Clock, to: Clock): boolean {
  const between = text.slice(from.end, to.start)
  const isAnd = /^[\s)]*(?:UTC\s*)?and\s*$/i.test(between) && /between\s*$/i.test(text.slice(0, from.start))
  return isAnd || /^\s*(?:\(?UTC\)?\s*)?(?:-|~|to|until|till|至|到|直到)\s*(?:\d{1,2}月\d{1,2}日\s*)?$/i.test(between)
}

function secondsBetween(from: Clock, to: Clock): number {
  const of = ({ hour, minute, second }: Clock) => hour * 3600 + minute * 60 + (second ?? 0)
  return (of(to) - of(from) + 86_400) % 86_400
}

/** Of dates and clock times, for blanking where numbers are looked for. */
export const timeParts: readonly RegExp[] = [...datePatterns, ...timePatterns, spoken]

export type { DateParts }
