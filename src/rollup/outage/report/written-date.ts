// Dates as reports write them: which one belongs to a clock time, in the orders of the day and month that people use. Pure.

export interface DateParts {
  readonly year: number | null
  readonly month: number | null
  readonly day: number | null
  /** `09/12/2023` is read both ways until the named numbers, or that it is to come, decide. */
  readonly orElse: { readonly month: number; readonly day: number } | null
  /** `yesterday`: 1. Null: not told so. */
  readonly daysAgo: number | null
  /** `on Tuesday`, Sunday being 0. */
  readonly weekday: number | null
}

export const noDate: DateParts = { year: null, month: null, day: null, orElse: null, daysAgo: null, weekday: null }

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName = String.raw`(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?`
const weekdays: readonly (readonly [RegExp, number])[] = [
  [/\bsun(?:day)?\b|(?:周|星期)[日天]/i, 0],
  [/\bmon(?:day)?\b|(?:周|星期)一/i, 1],
  [/\btue(?:s|sday)?\b|(?:周|星期)二/i, 2],
  [/\bwed(?:nesday)?\b|(?:周|星期)三/i, 3],
  [/\bthu(?:rs|rsday)?\b|(?:周|星期)四/i, 4],
  [/\bfri(?:day)?\b|(?:周|星期)五/i, 5],
  [/\bsat(?:urday)?\b|(?:周|星期)六/i, 6],
]
const days: readonly (readonly [RegExp, number])[] = [
  [/昨天|昨日|昨晚|\byesterday\b|\blast night\b/i, 1],
  [/前天|前日(?!本)/, 2],
  [/今天|今日|今早|今晚|今晨|\btoday\b|\btonight\b|\bthis (?:morning|afternoon|evening)\b/i, 0],
  [/明天|明日|\btomorrow\b/i, -1],
]

interface Found extends DateParts {
  readonly start: number
  readonly end: number
}

const full = /(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)日?/g
const chinese = /(?<!\d)(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]/g
const named = new RegExp(
  `\\b${monthName}[\\s-]*(\\d{1,2})(?:st|nd|rd|th)?\\b(?![:,]\\d)(?:[\\s,-]*((?:19|20)\\d{2})\\b(?!\\s?(?:UTC|GMT|hrs)))?`,
  'gi',
)
const british = new RegExp(
  `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th)?(?:\\s+of)?[\\s-]+${monthName}(?:[\\s,-]*((?:19|20)\\d{2})\\b(?!\\s?(?:UTC|GMT|hrs)))?`,
  'gi',
)
const dotted = /(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4})(?!\d))?(?!\d)/g
const slashed = /(?<![\d/\w])(\d{1,2})\/(\d{1,2})(?:\/(\d{4}|\d{2}))?(?![\d/\w])/g
const short = /(?<![\d-])(\d{2})-(\d{2})(?=[\sT]+\d{1,2}:\d{2})/g
export const datePatterns: readonly RegExp[] = [full, chinese, named, british, dotted, slashed, short]

/** The date beside the clock time, else the one before it, else the only ones there are. */
export function dateNear(text: string, start: number, end: number): DateParts {
  const dates = datesOf(text)
  const close = dates.find(
    (date) => (date.end <= start && start - date.end <= 15) || (date.start >= end && date.start - end <= 15),
  )
  const found = close ?? dates.findLast((date) => date.end <= start) ?? dates[0]
  if (found !== undefined) {
    const { year, month, day, orElse } = found
    // `2023` stands once where several dates of that year follow.
    return { ...noDate, year, month, day, orElse }
  }
  const around = text.slice(Math.max(0, start - 60), end + 40).slice(0, 500)
  const daysAgo = days.find(([pattern]) => pattern.test(around))?.[1] ?? null
  const weekday = daysAgo === null ? (weekdays.find(([pattern]) => pattern.test(around))?.[1] ?? null) : null
  return { ...noDate, daysAgo, weekday }
}

function datesOf(text: string): readonly Found[] {
  const isChinese = /\p{Script=Han}/u.test(text)
  const found = [
    ...each(text, full, ([, year, month, day]) => checked(year, month, day)),
    ...each(text, chinese, ([, month, day]) => checked(undefined, month, day)),
    ...each(text, named, ([, month, day, year]) => checked(year, monthNumber(month), day)),
    ...each(text, british, ([, day, month, year]) => checked(year, monthNumber(month), day)),
    ...each(text, dotted, ([, day, month, year]) => checked(year, month, day)),
    ...each(text, slashed, ([, first, second, year]) => slashedDate(first, second, year, isChinese)),
    ...each(text, short, ([, month, day]) => checked(undefined, month, day)),
  ]
  const whole = found.filter(
    (one, at) => !found.some((other, index) => index < at && one.start < other.end && other.start < one.end),
  )
  return whole.toSorted((a, b) => a.start - b.start)
}

function each(text: string, pattern: RegExp, read: (match: RegExpExecArray) => DateParts): readonly Found[] {
  return [...text.matchAll(pattern)].flatMap((match): Found[] => {
    const parts = read(match)
    return parts.month === null ? [] : [{ ...parts, start: match.index, end: match.index + match[0].length }]
  })
}

function slashedDate(
  first: string | undefined,
  second: string | undefined,
  year: string | undefined,
  isChinese: boolean,
): DateParts {
  const whole = year?.length === 2 ? `20${year}` : year
  const american = checked(whole, first, second)
  const european = checked(whole, second, first)
  if (american.month === null || isChinese) return american.month === null ? european : american
  if (european.month === null || european.month === american.month) return american
  return { ...american, orElse: { month: european.month, day: european.day as number } }
}

function monthNumber(name: string | undefined): string {
  return String(months.indexOf((name ?? '').toLowerCase().slice(0, 3)) + 1)
}

/** The thirtieth of February is no date: better none than another one. */
function checked(year: string | undefined, month: string | undefined, day: string | undefined): DateParts {
  const parts = { year: year === undefined ? null : Number(year), month: Number(month), day: Number(day) }
  const date = new Date(Date.UTC(parts.year ?? 2024, parts.month - 1, parts.day))
  const isReal = date.getUTCMonth() === parts.month - 1 && date.getUTCDate() === parts.day
  return isReal ? { ...noDate, ...parts } : noDate
}
