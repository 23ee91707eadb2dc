// Which moment a time of a report means once a batch or block of the chain anchors it, or the clock does. Pure.

import type { ClaimedTime } from './facts.ts'

export interface MeantTime {
  /** Unix seconds. */
  readonly at: number
  readonly offsetMinutes: number
  /** `anchor`: the named batch or block fixes the zone. */
  readonly zoneFrom: 'written' | 'anchor' | 'configured'
  readonly yearFrom: 'written' | 'anchor' | 'now'
  /** Does it fit the named batch or block? Null without one. */
  readonly fits: boolean | null
  /** Where the date is read two ways and both have been: the other one. */
  readonly otherwise: number | null
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
/** `2 pm` may be any minute around it. */
const roughSeconds = 1800

/**
 * A clock time that differs from the anchor's by a multiple of 15 minutes up to 14 hours fixes the zone, and a missing
 * year or day is the anchor's (design section 6).
 */
export function meantTime({ claimed, anchors, pause = 0, zone, now }: ClockQuestion): MeantTime {
  if (claimed.wholeDay) return meantDay({ claimed, anchors, zone, now })
  const offsetThere = (at: number) => claimed.offsetMinutes ?? offsetOf(claimed.zone ?? zone, at)
  const isWritten = claimed.offsetMinutes !== null || claimed.zone !== null
  const moments = [...new Set([...anchors, ...anchors.map((anchor) => anchor + pause)])]
  const candidates = moments.flatMap((anchor) =>
    (isWritten ? [offsetThere(anchor)] : anyOffset(claimed)).flatMap((offset) =>
      bothDates(claimed).map((dated) => {
        const at = momentOf(dated, offset, anchor)
        return { at, offset, away: Math.abs(at - anchor), usual: usualness(offset, offsetThere(anchor)) }
      }),
    ),
  )
  const fitting = candidates.filter(({ away }) => away <= (claimed.isRough ? roughSeconds : toleranceSeconds))
  const [best] = fitting.toSorted(
    (a, b) => b.usual - a.usual || a.away - b.away || Math.abs(a.offset) - Math.abs(b.offset),
  )
  const yearFrom = claimed.year !== null ? 'written' : anchors.length > 0 ? 'anchor' : 'now'
  if (best) {
    const zoneFrom = isWritten ? 'written' : 'anchor'
    return { at: best.at, offsetMinutes: best.offset, zoneFrom, yearFrom, fits: true, otherwise: null }
  }
  const [first, ...rest] = bothDates(claimed).map((dated) => {
    const near = anchors[0] ?? now
    const guess = momentOf(dated, offsetThere(near), near, anchors.length === 0)
    // Twice: summer time holds or not at the moment itself.
    const offset = offsetThere(guess)
    return { at: momentOf(dated, offset, near, anchors.length === 0), offset }
  }) as [Place, ...Place[]]
  const possible = anchors.length > 0 ? [] : [first, ...rest].filter(({ at }) => at <= now)
  const { at, offset } = possible[0] ?? first
  const zoneFrom = isWritten ? 'written' : 'configured'
  const fits = anchors.length === 0 ? null : false
  return { at, offsetMinutes: offset, zoneFrom, yearFrom, fits, otherwise: possible[1]?.at ?? null }
}

/** Where a day begins and ends depends on the zone: the anchor's day in any zone fits. */
function meantDay({ claimed, anchors, zone, now }: ClockQuestion): MeantTime {
  const near = anchors[0] ?? now
  const [first, ...rest] = bothDates(claimed).map((dated) => {
    const offset = offsetOf(zone, momentOf(dated, offsetOf(zone, near), near, anchors.length === 0))
    return { at: momentOf(dated, offset, near, anchors.length === 0), offset }
  }) as [Place, ...Place[]]
  const holds = ({ at }: Place) => dayFrom(at) <= near && near <= dayUntil(at)
  const possible = [first, ...rest].filter((one) => (anchors.length > 0 ? holds(one) : one.at <= now))
  const { at, offset } = possible[0] ?? first
  const yearFrom = claimed.year !== null ? 'written' : anchors.length > 0 ? 'anchor' : 'now'
  const fits = anchors.length === 0 ? null : possible.length > 0
  const otherwise = anchors.length > 0 ? null : (possible[1]?.at ?? null)
  return { at, offsetMinutes: offset, zoneFrom: 'configured', yearFrom, fits, otherwise }
}

/** The day that begins at that moment here begins somewhere else that much sooner, and ends so much later. */
export const dayFrom = (at: number) => at - 14 * 3600
export const dayUntil = (at: number) => at + 36 * 3600

interface Place {
  readonly at: number
  readonly offset: number
}

/** An hour without minutes fits quarters of an hour by chance. */
function anyOffset({ isRough }: ClaimedTime): readonly number[] {
  const step = isRough ? 60 : stepMinutes
  return Array.from({ length: (2 * widestMinutes) / step + 1 }, (_, at) => at * step - widestMinutes)
}

function bothDates(claimed: ClaimedTime): readonly ClaimedTime[] {
  return claimed.orElse === null ? [claimed] : [claimed, { ...claimed, ...claimed.orElse }]
}

/** The team's own zone before others, and whole hours before the few zones that are none. */
function usualness(offset: number, configured: number): number {
  return offset === configured ? 2 : offset % 60 === 0 ? 1 : 0
}

/** A day that the writer's zone has already and ours has not. */
const aheadOfUs = 14 * 3600
const aheadOnClocks = 300

/**
 * The moment nearest to `near` that a clock at this offset would show so. Where `near` is now, what is told has been,
 * unless it is told of what is to come.
 */
function momentOf(claimed: ClaimedTime, offsetMinutes: number, near: number, isNow = false): number {
  const local = new Date((near + offsetMinutes * 60) * 1000)
  const at = (year: number, month: number, day: number) =>
    Date.UTC(year, month, day, claimed.hour, claimed.minute, claimed.second ?? 0) / 1000 - offsetMinutes * 60
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()]
  const away = (one: number) => Math.abs(one - near)
  const nearest = (choices: readonly number[], allowed: number) => {
    const been = isNow ? choices.filter((one) => (claimed.ahead ? one >= near : one <= near + allowed)) : []
    return (been.length > 0 ? been : choices).toSorted((a, b) => away(a) - away(b))[0] as number
  }
  if (claimed.month !== null && claimed.day !== null) {
    const [inMonth, onDay] = [claimed.month - 1, claimed.day]
    if (claimed.year !== null) return at(claimed.year, inMonth, onDay)
    return nearest(
      [-1, 0, 1].map((years) => at(year + years, inMonth, onDay)),
      aheadOfUs,
    )
  }
  if (isNow && claimed.daysAgo !== null) return at(year, month, day - claimed.daysAgo)
  if (isNow && claimed.weekday !== null) {
    const back = (local.getUTCDay() - claimed.weekday + 7) % 7
    return nearest([at(year, month, day - back), at(year, month, day - back - 7)], aheadOnClocks)
  }
  return nearest(
    [-1, 0, 1].map((days) => at(year, month, day + days)),
    aheadOnClocks,
  )
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
