// Time zones as reports write them, before or after a clock time; what several places call by one name says nothing. Pure.

export interface WrittenZone {
  /** Minutes east of UTC as written; null: no zone was written, or one with summer time. */
  readonly offsetMinutes: number | null
  /** A place whose summer time has to be known: `America/New_York`. */
  readonly zone: string | null
}

const fixed: readonly (readonly [RegExp, number])[] = [
  [
    /北京时间|东八区|beijing(?: time)?|china (?:standard )?time|\bbjt\b|\bhkt\b|\bsgt\b|hong kong time|singapore time|香港时间|新加坡时间|台北时间|taipei time/i,
    480,
  ],
  [/\bjst\b|\bkst\b|tokyo time|东京时间|日本时间|韩国时间/i, 540],
  [/\bist\b/i, 330],
  [/\bcest\b|\beet\b/i, 120],
  [/\bcet\b|\bbst\b/i, 60],
  [/\beest\b|\bmsk\b|moscow time|莫斯科时间/i, 180],
  [/\bedt\b/i, -240],
  [/\best\b|\bcdt\b/i, -300],
  [/\bmdt\b/i, -360],
  [/\bpdt\b|\bmst\b/i, -420],
  [/\bpst\b/i, -480],
]
const places: readonly (readonly [RegExp, string])[] = [
  [/\bET\b|\beastern(?: time)?\b|new york(?: time)?|美东(?:时间)?|纽约时间|美国东部时间/i, 'America/New_York'],
  [/\bPT\b|\bpacific(?: time)?\b|san francisco time|美西(?:时间)?|太平洋时间/i, 'America/Los_Angeles'],
  [/london time|\buk time\b|伦敦时间/i, 'Europe/London'],
  [/berlin time|paris time|柏林时间/i, 'Europe/Berlin'],
]

const nothing: WrittenZone = { offsetMinutes: null, zone: null }

/** CST is China's and Chicago's: it says nothing, but in Chinese. */
export function readZone(text: string, start: number, end: number): WrittenZone {
  const rest = text.slice(end, end + 28)
  const signed = offsetAfter(
    rest,
    /T\d/.test(text.slice(Math.max(0, start), end)) || /^[\d-]*T/.test(text.slice(start, end)),
  )
  if (signed !== undefined) return { offsetMinutes: signed, zone: null }
  const head = withoutDate(text.slice(Math.max(0, start - 50), start))
  const isChinese = /\p{Script=Han}/u.test(text)
  for (const [words, at] of [
    [rest, '^[\\s(,]{0,3}(?:'],
    [head, '(?:'],
  ] as const) {
    const within = (pattern: RegExp) =>
      new RegExp(
        `${at}${pattern.source})${words === head ? '[\\s:,)]*(?:的)?(?:at|on|上午|下午|晚上|凌晨|早上|中午|于)?\\s*$' : ''}`,
        pattern.flags,
      ).test(words)
    if (isChinese && within(/\bcst\b/i)) return { offsetMinutes: 480, zone: null }
    const known = fixed.find(([pattern]) => within(pattern))
    if (known !== undefined) return { offsetMinutes: known[1], zone: null }
    const place = places.find(([pattern]) => within(pattern))
    if (place !== undefined) return { offsetMinutes: null, zone: place[1] }
  }
  const before =
    /(?:utc|gmt)\s?(?:([+-])\s?(\d{1,2})(?::?(\d{2}))?)?\)?\s*(?:标准)?(?:时间|time)?[\s:,)]*(?:的)?(?:上午|下午|晚上|凌晨|早上|中午)?\s*$/i.exec(
      head,
    )
  return before === null ? nothing : { offsetMinutes: minutesOf(before), zone: null }
}

/** Undefined: none is written there; null: one that no place has. */
function offsetAfter(rest: string, isIso: boolean): number | null | undefined {
  const written = /^[\s(+,]{0,4}(?:utc|gmt)\s?(?:([+-])\s?(\d{1,2})(?::?(\d{2}))?)?(?!\w)/i.exec(rest)
  if (written) return minutesOf(written)
  if (/^z(?![a-z])/i.test(rest)) return 0
  const bare = /^\s?([+-])(\d{2}):?(\d{2})(?!\d)/.exec(rest)
  // `14:14-14:51` is a span of time.
  if (bare === null || (bare[1] === '-' && !isIso && !rest.startsWith(' '))) return undefined
  return minutesOf(bare)
}

function minutesOf([, sign, hours, minutes]: RegExpExecArray): number | null {
  const value = Number(hours ?? 0) * 60 + Number(minutes ?? 0)
  if (value > 14 * 60 || value % 15 !== 0) return null
  return value === 0 ? 0 : (sign === '-' ? -1 : 1) * value
}

function withoutDate(head: string): string {
  return head.replaceAll(
    /\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?|\d{1,2}\s?月\s?\d{1,2}\s?[日号]|[今昨明][日天早晚晨]/g,
    '',
  )
}
