// Times in a report: what is written, and which moment it means once a batch or block of the chain anchors it. Pure.

import type { ClaimedTime } from './facts.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName = String.raw`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`

interface DateParts {
  readonly year: number | null
  readonly month: number | null
  readonly day: number | null
}

const nothing: DateParts = { year: null, month: null, day: null }

/** Null: no clock time is written, or none that a clock can show. */
export function readClaimedTime(text: string): ClaimedTime | null {
  const clock =
    /(?<![\d:.#])(\d{1,2})\s?[:点时]\s?(\d{2})(?:[:分](\d{2}))?(?![\d:])\s*(am|pm)?/i.exec(text) ??
    /T(\d{2}):(\d{2})(?::(\d{2}))?()/.exec(text)
  if (clock === null) return null
  const half = clock[4]?.toLowerCase() ?? (/(?:下午|晚上)\s?$/.test(text.slice(0, clock.index)) ? 'pm' : '')
  const hour = hourOf(Number(clock[1]), half)
  const minute = Number(clock[2])
  const second = clock[3] === undefined ? null : Number(clock[3])
  if (hour === null || minute > 59 || (second ?? 0) > 59) return null
  return { ...readDate(text), hour, minute, second, offsetMinutes: readZone(text, clock.index + clock[0].length) }
}

function hourOf(hour: number, half: string): number | null {
  if (half === '' || hour > 12) return hour <= 23 ? hour : null
  if (hour === 0) return null
  return (hour % 12) + (half === 'pm' ? 12 : 0)
}

function readDate(text: string): DateParts {
  const iso = /(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)/.exec(text)
  if (iso) return checked(iso[1], iso[2], iso[3])
  const chinese = /(?<!\d)(\d{1,2})\s?月\s?(\d{1,2})\s?日/.exec(text)
  if (chinese) return checked(undefined, chinese[1], chinese[2])
  const named = new RegExp(`\\b${monthName}[\\s-]*(\\d{1,2})(?:st|nd|rd|th)?\\b(?:[\\s,-]*(\\d{4})\\b)?`, 'i').exec(
    text,
  )
  if (named) return checked(named[3], monthNumber(named[1]), named[2])
  const british = new RegExp(`(?<!\\d)(\\d{1,2})(?:st|nd|rd|th)?[\\s-]+${monthName}(?:[\\s,-]*(\\d{4})\\b)?`, 'i').exec(
    text,
  )
  return british ? checked(british[3], monthNumber(british[2]), british[1]) : nothing
}

function monthNumber(name: string | undefined): string {
  return String(months.indexOf((name ?? '').toLowerCase()) + 1)
}

/** The thirtieth of February is no date: better none than another one. */
function checked(year: string | undefined, month: string | undefined, day: string | undefined): DateParts {
  const parts = { year: year === undefined ? null : Number(year), month: Number(month), day: Number(day) }
  const date = new Date(Date.UTC(parts.year ?? 2024, parts.month - 1, parts.day))
  return date.getUTCMonth() === parts.month - 1 && date.getUTCDate() === parts.day ? parts : nothing
}

const zones: readonly (readonly [RegExp, number])[] = [
  [/^\s?(?:北京时间|beijing time|hkt\b|sgt\b)/i, 480],
  [/^\s?jst\b/i, 540],
  [/^\s?ist\b/i, 330],
  [/^\s?cest\b/i, 120],
  [/^\s?cet\b/i, 60],
  [/^\s?edt\b/i, -240],
  [/^\s?est\b/i, -300],
  [/^\s?pdt\b/i, -420],
  [/^\s?pst\b/i, -480],
]

/** Written after the clock time, or `北京时间` before it. CST is China's and Chicago's: it says nothing. */
function readZone(text: string, end: number): number | null {
  const rest = text.slice(end, end + 24)
  const written =
    /^[\s(+]*(?:utc|gmt)\s?(?:([+-])\s?(\d{1,2})(?::?(\d{2}))?)?/i.exec(rest) ??
    /^\s?([+-])(\d{2}):?(\d{2})(?!\d)/.exec(rest)
  if (written) {
    const minutes = Number(written[2] ?? 0) * 60 + Number(written[3] ?? 0)
    return minutes > 14 * 60 ? null : (written[1] === '-' ? -1 : 1) * minutes
  }
  if (/^z\b/i.test(rest)) return 0
  if (/北京时间|beijing time/i.test(text.slice(Math.max(0, end - 40), end))) return 480
  return zones.find(([pattern]) => pattern.test(rest))?.[1] ?? null
}

export interface MeantTime {
  /** Unix seconds. */
  readonly at: number
  readonly offsetMinutes: number
  /** `anchor`: the named batch or block fixes the zone. */
  readonly zoneFrom: 'written' | 'anchor' | 'configured'
  readonly yearFrom: 'written' | 'anchor' | 'now'
  /** Does it fit the named batch or block? Null without one. */
  readonly fits: boolean | null
}

export interface ClockQuestion {
  readonly claimed: ClaimedTime
  /** Times of the named block and batch, Unix seconds; none: nothing anchors. */
  readonly anchors: readonly number[]
  /** Seconds after which the report may have been written: a time may say when it stopped, or when that was told. */
  readonly pause?: number
  /** REPORT_TIME_ZONE. */
  readonly zone: string
  readonly now: number
}

const stepMinutes = 15
const widestMinutes = 14 * 60
/** A clock time without seconds, and a page that rounds. */
const toleranceSeconds = 150

/**
 * A clock time that differs from the anchor's by a multiple of 15 minutes up to 14 hours fixes the zone, and a missing
 * year or day is the anchor's (design section 6).
 */
export function meantTime({ claimed, anchors, pause = 0, zone, now }: ClockQuestion): MeantTime {
  const configured = (at: number) => offsetOf(zone, at)
  const offsets =
    claimed.offsetMinutes === null
      ? Array.from({ length: (2 * widestMinutes) / stepMinutes + 1 }, (_, step) => step * stepMinutes - widestMinutes)
      : [claimed.offsetMinutes]
  const moments = [...new Set([...anchors, ...anchors.map((anchor) => anchor + pause)])]
  const candidates = moments.flatMap((anchor) =>
    offsets.map((offset) => {
      const at = momentOf(claimed, offset, anchor)
      return { at, offset, away: Math.abs(at - anchor), usual: usualness(offset, configured(anchor)) }
    }),
  )
  const fitting = candidates.filter(({ away }) => away <= toleranceSeconds)
  const [best] = fitting.toSorted(
    (a, b) => b.usual - a.usual || a.away - b.away || Math.abs(a.offset) - Math.abs(b.offset),
  )
  const yearFrom = claimed.year !== null ? 'written' : anchors.length > 0 ? 'anchor' : 'now'
  const written = claimed.offsetMinutes !== null
  if (best)
    return { at: best.at, offsetMinutes: best.offset, zoneFrom: written ? 'written' : 'anchor', yearFrom, fits: true }
  const near = anchors[0] ?? now
  // Twice: summer time holds or not at the moment itself.
  const offset = claimed.offsetMinutes ?? configured(momentOf(claimed, configured(near), near))
  const at = momentOf(claimed, offset, near)
  const fits = anchors.length === 0 ? null : false
  return { at, offsetMinutes: offset, zoneFrom: written ? 'written' : 'configured', yearFrom, fits }
}

/** The team's own zone before others, and whole hours before the few zones that are none. */
function usualness(offset: number, configured: number): number {
  return offset === configured ? 2 : offset % 60 === 0 ? 1 : 0
}

/** The moment nearest to `near` that a clock at this offset would show so. */
function momentOf(claimed: ClaimedTime, offsetMinutes: number, near: number): number {
  const local = new Date((near + offsetMinutes * 60) * 1000)
  const at = (year: number, month: number, day: number) =>
    Date.UTC(year, month, day, claimed.hour, claimed.minute, claimed.second ?? 0) / 1000 - offsetMinutes * 60
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()]
  const choices =
    claimed.month === null || claimed.day === null
      ? [-1, 0, 1].map((days) => at(year, month, day + days))
      : claimed.year === null
        ? [-1, 0, 1].map((years) => at(year + years, (claimed.month as number) - 1, claimed.day as number))
        : [at(claimed.year, claimed.month - 1, claimed.day)]
  const away = (one: number) => Math.abs(one - near)
  return choices.toSorted((a, b) => away(a) - away(b))[0] as number
}

function offsetOf(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at * 1000)
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d{2}):(\d{2})/.exec(text)
  return match === null ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
}

/** `UTC+8`, `UTC-3:30`, `UTC` */
export function zoneName(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC'
  const minutes = Math.abs(offsetMinutes)
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return `UTC${offsetMinutes < 0 ? '-' : '+'}${Math.floor(minutes / 60)}${rest}`
}
