// Planned pauses as people note them: how long, from when on, and which moments one covers. Pure.

import { UserError } from './errors.ts'

export interface MaintenanceNote {
  /** Counted up over all chains of the bot; people name a note by it. */
  readonly id: number
  readonly chain: string
  /** ISO 8601 UTC, as planned. */
  readonly from: string
  readonly until: string
  readonly reason: string | null
  /** The person, as shown to people. */
  readonly by: string
  readonly notedAt: string
  /** Ended early, or called off before it began. */
  readonly endedAt: string | null
  readonly endedBy: string | null
}

/** What is noted for one chain, the newest start first, and the moment of reading by the store's own clock. */
export interface MaintenancePage {
  readonly now: string
  readonly notes: readonly MaintenanceNote[]
}

export type MaintenanceState = 'on' | 'planned' | 'over' | 'called-off'

/** ISO 8601 UTC; a moment where both are the same. */
export interface Span {
  readonly from: string
  readonly until: string
}

const unitSeconds = { d: 86_400, h: 3600, m: 60 } as const
const day = unitSeconds.d
/** A pause longer than this is no pause: whoever plans one notes it again. */
export const longestPauseSeconds = 7 * day
const earliestStartSeconds = 7 * day
const latestStartSeconds = 30 * day
/** `from 22:00`, typed a little later, means the 22:00 that has just been. */
const justBeenSeconds = 3600

/**
 * Seconds of `45m`, `2h`, `1h30m` or `1d`: each unit at most once, the larger first.
 * @throws UserError when it is no such text, nothing, or longer than seven days
 */
export function readPause(text: string, example: string): number {
  const match = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m(?:in)?)?$/.exec(text.trim().toLowerCase())
  const [days, hours, minutes] = [match?.[1], match?.[2], match?.[3]].map((digits) => Number(digits ?? 0))
  const seconds = (days ?? 0) * unitSeconds.d + (hours ?? 0) * unitSeconds.h + (minutes ?? 0) * unitSeconds.m
  if (match === null || seconds === 0) {
    throw new UserError(`A maintenance lasts 45m, 2h, 1h30m or 1d, not “${shorten(text)}”.\nTry: ${example}`)
  }
  if (seconds > longestPauseSeconds) {
    throw new UserError(`A maintenance lasts 7 days at most; when it takes longer, note it again.\nTry: ${example}`)
  }
  return seconds
}

/**
 * The start as typed, in UTC: `22:00` (the next one, or the one of the last hour) or `2026-01-31T22:00`, with a space
 * instead of the T and seconds and a Z if people like.
 * @throws UserError when it can't be read, or lies more than a week back or a month ahead
 */
export function readStart(text: string, now: Date, example: string): Date {
  const start = clockTime(text, now) ?? fullTime(text)
  if (start === null) {
    throw new UserError(
      `I can’t read the start “${shorten(text)}”: it is UTC, 22:00 or 2026-01-31T22:00.\nTry: ${example}`,
    )
  }
  const ahead = (start.getTime() - now.getTime()) / 1000
  if (ahead < -earliestStartSeconds || ahead > latestStartSeconds) {
    throw new UserError(`A maintenance starts within the next 30 days, or did within the last 7.\nTry: ${example}`)
  }
  return start
}

function clockTime(text: string, now: Date): Date | null {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)z?$/i.exec(text.trim())
  if (match === null) return null
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), Number(match[1]), Number(match[2]))
  const earliest = now.getTime() - justBeenSeconds * 1000
  // Shortly after midnight the one of the last hour was yesterday.
  const found = [-1, 0, 1].map((days) => today + days * day * 1000).find((at) => at >= earliest)
  return new Date(found as number)
}

function fullTime(text: string): Date | null {
  const match = /^(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2})(:\d{2})?z?$/i.exec(text.trim())
  if (match === null) return null
  const iso = `${match[1]}T${match[2]}${match[3] ?? ':00'}.000Z`
  const start = new Date(iso)
  // The thirtieth of February is no date: better none than another one.
  return Number.isNaN(start.getTime()) || start.toISOString() !== iso ? null : start
}

export function stateOf(note: MaintenanceNote, now: string): MaintenanceState {
  const at = Date.parse(now)
  const end = Date.parse(endOf(note))
  if (end <= Date.parse(note.from)) return 'called-off'
  if (end <= at) return 'over'
  return Date.parse(note.from) <= at ? 'on' : 'planned'
}

/** When it is really over: at its time, or when somebody ended it. */
export function endOf({ until, endedAt }: MaintenanceNote): string {
  return endedAt !== null && Date.parse(endedAt) < Date.parse(until) ? endedAt : until
}

/** Was any of the span within the note's time? */
export function covers(note: MaintenanceNote, span: Span): boolean {
  const [from, end] = [Date.parse(note.from), Date.parse(endOf(note))]
  return from < end && from <= Date.parse(span.until) && Date.parse(span.from) < end
}

/** A note that an answer is about: is it on now, and was it on at the time that is asked about? */
export interface PlannedNote extends MaintenanceNote {
  readonly now: boolean
  readonly reported: boolean
}

export interface Planned {
  /** False: the notes could not be read, so that a planned pause may be missing. */
  readonly read: boolean
  /** The earliest first. */
  readonly notes: readonly PlannedNote[]
}

/** What an answer about now, and about a reported time if it is about one, has to say of planned pauses. */
export function plannedFor(page: MaintenancePage | null, reported: Span | null): Planned {
  const notes = (page?.notes ?? []).map((note) => ({
    ...note,
    now: stateOf(note, page?.now ?? '') === 'on',
    reported: reported !== null && covers(note, reported),
  }))
  const told = notes.filter((note) => note.now || note.reported)
  return { read: page !== null, notes: told.toSorted((one, other) => one.from.localeCompare(other.from)) }
}

function shorten(text: string): string {
  const letters = [...text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')]
  return letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : letters.join('')
}
