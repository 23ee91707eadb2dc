// How long a report says that no block came: durations in English and Chinese, and none that is told of something else. Pure.

import { sentenceAround } from './plain-text.ts'

const small = [
  '',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
]
const tens = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'ninety']
const tenOf: Readonly<Record<string, number>> = { twenty: 20, thirty: 30, forty: 40, fifty: 50, sixty: 60, ninety: 90 }
const spoken = `(?:(${tens.join('|')})(?:[\\s-](${small.slice(1, 10).join('|')}))?|(${small.slice(1).join('|')}))`
const unitAhead = String.raw`(?=[\s-]+(?:and a half\s+|more\s+)?(?:seconds?|minutes?|mins?|hours?|hrs?|days?)\b)`

/** Durations in words as digits, so that one pattern reads them all. */
function inDigits(text: string): string {
  return text
    .replaceAll(new RegExp(`\\b${spoken}(?=[\\s-]+(?:and a half\\s+)?)${unitAhead}`, 'gi'), (_, ten, one, all) =>
      String((ten === undefined ? 0 : (tenOf[ten.toLowerCase()] ?? 0)) + indexOf(one) + indexOf(all)),
    )
    .replaceAll(/\b(?:an|1)\s+hours?\s+and\s+a\s+half\b/gi, '90 minutes')
    .replaceAll(/\b(\d+)\s+and\s+a\s+half\s+(hours?|minutes?|days?)/gi, '$1.5 $2')
    .replaceAll(/\b(\d+)\s+hours?\s+and\s+a\s+half\b/gi, '$1.5 hours')
    .replaceAll(/\bthree[\s-]quarters\s+of\s+an\s+hour\b/gi, '45 minutes')
    .replaceAll(/\b(?:a\s+)?quarter(?:\s+of\s+an|\s+an)?[\s-]hour\b/gi, '15 minutes')
    .replaceAll(/\b(?:half\s+an?|a\s+half|half)[\s-]?(hour|day)\b/gi, (_, one) =>
      one.toLowerCase() === 'day' ? '12 hours' : '30 minutes',
    )
    .replaceAll(/\ban?\s+(?=(?:hour|minute)\b)/gi, '1 ')
    .replaceAll(/(\d+)\s*个?半\s*(?:个)?(?:多)?(?:小时|钟头)/g, '$1.5小时')
    .replaceAll(/(\d+)\s*个?小时半/g, '$1.5小时')
    .replaceAll(/半\s*个?(?:多)?(?:小时|钟头)/g, '30分钟')
    .replaceAll(/(\d+)\s*刻钟/g, (_, quarters) => `${Number(quarters) * 15}分钟`)
    .replaceAll(/(小时|钟头)(?:零)?\s*(\d+)\s*分(?!钟)/g, '$1$2分钟')
    .replaceAll(/(?<![点时]\s*)(?<!\d)(\d+)\s*分(?![钟之位析布片叉配\d])/g, '$1分钟')
    .replaceAll(
      /\b(\d{1,2}):(\d{2})\s*(?:hours?|hrs?|h|个?小时)(?![a-z])/gi,
      (_, hours, minutes) => `${hours}h ${minutes}min`,
    )
    .replaceAll(/\b(\d{1,2})h(\d{2})(?:m(?:in)?)?\b/gi, (whole, hours, minutes, at, all) =>
      // "since 14h14" is a clock time.
      /(?:at|since|from|à)\s$/i.test(String(all).slice(0, Number(at))) ? whole : `${hours}h ${minutes}min`,
    )
}

function indexOf(word: string | undefined): number {
  return word === undefined ? 0 : small.indexOf(word.toLowerCase())
}

const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?|秒钟?)$/i, 1],
  [/^(?:m|mins?|minutes?|分钟)$/i, 60],
  [/^(?:h|hrs?|hours?|个?小时|个?钟头)$/i, 3600],
  [/^(?:d|days?|天)$/i, 86_400],
]
const unit = `(?:seconds?|secs?|s|秒钟?|minutes?|mins?|m|分钟|hours?|hrs?|h|个?小时|个?钟头|days?|d|天)(?![a-z])`
const duration = new RegExp(
  `(?<![\\w.$€£¥#/-]|\\d[:,])(\\d{1,3}(?:,\\d{3})+|\\d{1,6}(?:\\.\\d{1,3})?)\\s*(?:\\+|plus|多|余|来)?\\s*-?\\s*(${unit})`,
  'giu',
)
/** For blanking, where numbers are looked for. */
export const durationPattern = new RegExp(
  `(?<![\\w.$]|\\d[:,])(?:\\d{1,3}(?:,\\d{3})+|\\d{1,6}(?:\\.\\d{1,3})?)\\s*\\+?(?:多|余|来)?\\s*-?\\s*(?:${unit}|刻钟)`,
  'giu',
)

const stopped =
  /paus|stop|halt|stuck|stall|\bdown\b|downtime|outage|(?:no|zero) (?:new |more )?(?:l2 )?(?:block|batch)|no progress|not moving|(?:last|latest|newest) (?:\w+ )?(?:block|batch) for|无变化|frozen|freez|froze|offline|unavailable|interrupt|ground|suspend|not (?:being )?produc|(?:ha(?:s|ve|d)|is|are|was|were) ?n[o’']t|without|lasted|quiet|silen|recover|resum|停|宕|当机|卡|没(?:有|出|动|更新|新|再)|恢复|未|中断|故障|瘫痪|不出块|无新?(?:区?块|批次)|不动|无法|挂/i
const cue =
  /(?:\bfor|paus\w*|stopp?\w*|halt\w*|stuck|stall\w*|\bdown(?:time)?|outage|last(?:ed|ing|s)|since|frozen|offline|unavailable|\bof|silen\w*|blocks?\s+(?:in|within)|batch(?:es)?\s+in|recover\w*\s+(?:after|in)|resum\w*\s+after|back\s+after|produced\s+in|暂停\S{0,6}|停\S{0,8}|宕机\S{0,6}|当机\S{0,6}|中断\S{0,4}|卡\S{0,6}|持续\S{0,2}|已经?|超过|达|超|逾|近|没有\S{0,8}|没出\S{0,4}|未\S{0,8}|不出块|无\S{0,6}|过去)[:\s]*(?:(?:more|longer)\s+than|well\s+over|over|about|around|approximately|approx\.?|roughly|nearly|almost|some|at\s+least|already|up\s+to|a\s+total\s+of|the|last|past|in|now|total|约有?|近|了|大约|超过|至少|将近|已经?|长达|达到?|快|整整|[~≈>:\s])*$/i
const after =
  /^\s*(?:-|of\s+|的|内|里|来)?\s*(?:\w+\s){0,3}?(?:outages?|pause|halt|downtime|stop|gap|freeze|interruption|no (?:new )?block|without|没有|没出|未|无(?!关)|不出|宕机|当机|停|卡|中断|故障)/i
const comesBack = /^\s*(?:later|后)[,\s]{0,2}\S{0,6}?(?:resum|recover|恢复|back)/i
/** Of another thing: a cadence, a delay, what is to come, another time. */
const otherwise =
  /(?:·|every|each|\bper|within|take[sn]?|took|delays?(?:\s+of)?|usual(?:ly)?|expected(?:\s+\w+){0,3}|预计\S{0,6}|将在|每隔?|平均|average|avg|interval(?:\s+of)?|time(?:\s+is)?|in\s+the\s+next|未来|接下来|time:|间隔\S{0,2}|old|age[ds]?|fix\w*\s+in|\bETA\b[^,.;]{0,20}|back\s+in|resume\s+in|hours?\s+of)\s*(?:is|of|about|around|~|约|为|是|:|the)?\s*$/i
const otherTime =
  /last time|last (?:month|year|week)|previous(?:ly)? outage|earlier this|上次|上一次|此前一次|去年|历史上/i
const newestBlock =
  /(?:last|latest|newest|most recent)\s+(?:\w+\s){0,2}?(?:block|batch)[^.]{0,50}$|(?:最新|最后|上)(?:的|一)?个?(?:区?块|批次)[^。]{0,30}$/i
const traded = /price|volume|\btvl\b|fell|dropp?|rose|gain|trad|inflow|交易量|价格|跌|涨|市值|流入|流出|手续费/i
const longestPause = 365 * 86_400

export interface ToldPause {
  readonly seconds: number | null
  /** Other durations that may have been meant. */
  readonly others: readonly number[]
}

/** `37 minutes`, `1 hour 20 min`, `37分钟`, `半小时`, where the words around speak of a stop. */
export function readPause(plain: string): ToldPause {
  const text = inDigits(plain)
  const told = compounds(text).flatMap((one) => {
    const worth = worthOf(text, one)
    return worth === 0 || one.seconds <= 0 || one.seconds > longestPause ? [] : [{ ...one, worth }]
  })
  const best = Math.max(0, ...told.map(({ worth }) => worth))
  const [first, ...rest] = [...new Set(told.filter(({ worth }) => worth === best).map(({ seconds }) => seconds))]
  return { seconds: first ?? null, others: rest }
}

interface Compound {
  readonly start: number
  readonly end: number
  readonly seconds: number
}

/** `1 hour 20 min` is one duration; `15-20 minutes` is none that could be compared. */
function compounds(text: string): readonly Compound[] {
  const found = [...text.matchAll(duration)]
  const joined: Compound[] = []
  for (const match of found) {
    const last = joined.at(-1)
    const end = match.index + match[0].length
    if (last !== undefined && /^(?:\s|,|and|零|又)*$/i.test(text.slice(last.end, match.index))) {
      joined[joined.length - 1] = { start: last.start, end, seconds: last.seconds + secondsOf(match) }
    } else joined.push({ start: match.index, end, seconds: secondsOf(match) })
  }
  return joined
    .filter(({ start }) => !/\d\s*(?:-|–|to|or|至|到|或|~)\s*$/i.test(text.slice(Math.max(0, start - 8), start)))
    .map((one) => ({ ...one, seconds: Math.round(one.seconds) }))
}

/** 0: of something else; the more, the surer that the pause is told. */
function worthOf(text: string, { start, end }: Compound): number {
  const { before, after: rest } = sentenceAround(text, start, end)
  const near = before.slice(-60)
  if (otherwise.test(near) || otherTime.test(before)) return 0
  const sentence = `${before.slice(-100)} ${rest}`
  const isTold = stopped.test(sentence)
  if (/^\s*(?:ago|earlier|before|old\b|之?前|以前)/i.test(rest)) {
    return newestBlock.test(near) ? 3 : isTold && stopsAgo(near, rest) && !isOver.test(text) ? 1 : 0
  }
  if (!isTold && !stopped.test(text.slice(Math.max(0, start - 100), start))) return 0
  const clause = near.split(/,/).at(-1) ?? ''
  if (traded.test(clause) || waiting.test(clause)) return 0
  if (comesBack.test(rest) || after.test(rest)) return 3
  if (/(?:过去|last|past)\s*$/i.test(near) && !stopped.test(clause)) return 0
  if (!isTold) return /过去|last|past/i.test(near.slice(-12)) || traded.test(before) ? 0 : 1
  return cue.test(near) ? 3 : traded.test(before) ? 0 : 2
}

const isOver = /recover|resum|restor|\bback\b|恢复|修复/i
/** Somebody's own transaction waits for many reasons. */
const waiting = /\b(?:tx|txs|txn|transactions?|pending|withdraw\w*|deposits?|transfers?)\b|交易(?!所)|提现|转账|充值/i

/** `stopped 40 minutes ago`: until now. Days ago it was another outage's day, not its length. */
function stopsAgo(near: string, rest: string): boolean {
  return (
    /(?:stopped|halted|stuck|froze|paused|went down)\b[^,]{0,30}$/i.test(near) ||
    /^\s*(?:之?前|以前)\s*\S{0,8}(?:停|宕|当机|卡)/.test(rest)
  )
}

function secondsOf(match: RegExpMatchArray): number {
  const factor = units.find(([pattern]) => pattern.test(match[2] ?? ''))?.[1] ?? 0
  return Number(match[1]?.replaceAll(',', '')) * factor
}
