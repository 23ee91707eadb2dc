// Which block and which batch a report names: numbers beside the words for them, and none that counts something else. Pure.

import { type PlainText, sentenceAround } from './plain-text.ts'

export type NumberKind = 'block' | 'batch'

export interface NamedNumber {
  readonly value: number | null
  /** Others of the same kind, which may be what was meant. */
  readonly others: readonly number[]
  /** Digits too many for any block: shown, so that nobody believes they were understood. */
  readonly impossible: string | null
}

const words: Readonly<Record<NumberKind, string>> = {
  batch: String.raw`(?<![a-z])batch(?:es)?(?![a-z])|批次|(?<=第?\s*#?\d+\s?)批(?!量)|批(?=\s*[#\d号])`,
  // Not the block chain and not the block explorer.
  block: String.raw`(?<![a-z])(?:mini)?block[\s-]?height|(?<![a-z])(?:mini)?blocks?(?![a-z])(?!\s*-?(?:chain|explorer|time))|(?<![a-z])blk(?![a-z])|(?<![a-z])height|区块高度|区块(?!链|浏览器)|块高|高度|chain\s+(?:tip|head)|(?<=第\s?[\d,]{1,15}\s?)块|(?<!区|模)块(?=\s*[#\d高号])|出块`,
}
const anyWord = new RegExp(`(?:${words.batch}|${words.block})`, 'i')

/** What stands beside a number and makes it a count, a price or a share of something. */
const counted = String.raw`%|percent|per\b|tps|rps|g?wei|eth\b|usd[tc]?\b|dollars?|euros?|t(?:x|xs|xns?)\b|trans|users?|nodes?|rpcs?\b|validators?|people|accounts?|wallets?|address|confirm|times\b|thousand|million|billion|ms\b|[kmg]b\b|calls?\b|requests?\b|errors?\b|explorers?|bridges?|chains?|笔|美元|美金|[个名次倍万亿枚条家块种位元]|人(?!工)|gas`
const soon = String.raw`年|月|日|点|时|天|s\b|secs?\b|seconds?\b|m\b|mins?\b|minutes?\b|h\b|hrs?\b|hours?\b|days?\b|am\b|pm\b|秒|分|小时`
const alone = String.raw`(?![\w:/%*]|[.-]\d|,\d{3}(?!\d)|[,.]?[x*…]|\.{2,}|-?year|-?old)`
/** Digits with thousands separators or without; a short one may be a time, a long one never is. */
const long = String.raw`(\d{1,3}(?:[,_'’ ]\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}|\d+)`
const bareNumber = String.raw`(?<![\w./$€£¥*-])(?<!\.{2,}|[$€£¥]\s|\d:)#?\s?${long}${alone}`
const numberPattern = String.raw`${bareNumber}(?!\s*(?:${counted}))`
const shortIsTime = new RegExp(String.raw`^\s*(?:${soon})`, 'i')

const joining = String.raw`(?:[\s:=@,()"'“”「」\u3010\u3011《》_~<>\[\]→|-]|no\b\.?|nr\b\.?|num(?:ber)?\b|id\b|height|is\b|was\b|at\b|on\b|of\b|to\b|the\b|its|it|still|now|currently|only|just|remain(?:s|ed|ing)?|stands?|stays?|stayed|stuck|stopp(?:ed|ing)|stops?|stalled|stalls|halt(?:ed|s)?|frozen|froze|freezes|paused|hung|hangs|ha[sd]\b|have|been|which|with|about|around|ethereum|l[12]\b|committed|submitted|sealed|produced|latest|newest|last|为|是|已经?|暂停|停止?|停留|停滞|停摆|卡住?|死|在|于|到|至|仍|还|一直|了|最新|最后|编?号|高度|的|达|冻结|显示|仅|目前|当前|第)*?`
/** Between the word and its number: what would make the number another thing's. */
const foreign =
  /gas|reward|size|limit|\bfee|price|\btime\b|issue|pull|ticket|case|proposal|tweet|thread|rank|behind|落后|相差|missing|lost|total|supply|价格|手续费|交易|市值|排名|confirmation/i
const stops = /stuck|stop|halt|frozen|froze|freez|paus|stall|hung|since|停|卡|冻结|暂停/i
const newest = /last|latest|newest|最新|最后/i
/** What has gone further than being the newest says nothing of a stop. */
const later = /(?:finali[sz]ed|proved|proven|verified|executed|验证|证明|执行|最终确认)(?:的|\s)*$/i
const looselyAtLeast = 5

interface Candidate {
  readonly at: number
  readonly digits: string
  readonly worth: number
}

/** Times, dates and durations have to be blanked before. */
export function namedNumber(text: string, linked: PlainText['linked'], kind: NumberKind): NamedNumber {
  const found = [...after(text, kind), ...before(text, kind), ...(kind === 'block' ? stuckAt(text) : [])]
  const ranked = found.toSorted((a, b) => b.worth - a.worth || a.at - b.at).map(({ digits }) => digits)
  // What is written out is meant before what a link shows.
  const all = [...ranked, ...linked[kind]].map((digits) => digits.replaceAll(/\D/g, ''))
  const values = [...new Set(all.map(Number).filter(Number.isSafeInteger))]
  const impossible = all.find((digits) => !Number.isSafeInteger(Number(digits))) ?? null
  return { value: values[0] ?? null, others: values.slice(1), impossible: values.length > 0 ? null : impossible }
}

function after(text: string, kind: NumberKind): readonly Candidate[] {
  const close = new RegExp(`(?:${words[kind]})(${joining})${numberPattern}`, 'giu')
  const loose = new RegExp(`(?:${words[kind]})([^\\d#。!?;\\n$€£¥]{0,60}?)${numberPattern}`, 'giu')
  const found = [close, loose].flatMap((pattern, isLoose) =>
    everyMatch(text, pattern).flatMap((match): Candidate[] => {
      const [whole, between = '', digits = ''] = match
      const start = match.index
      const end = start + whole.length
      const isNamed = whole.includes('#') || digits.replaceAll(/\D/g, '').length >= looselyAtLeast
      // "the block explorer shows batch #7": the number belongs to the nearer word.
      if (anyWord.test(between) || foreign.test(between)) return []
      if (isLoose === 1 && !isNamed) return []
      if (!isNamed && (shortIsTime.test(text.slice(end)) || isYear(digits, between))) return []
      if (kind === 'block' && isOfL1(text.slice(Math.max(0, start - 40), start), between)) return []
      if (/,/.test(between) && belongsToNext(text, end, kind)) return []
      return [{ at: end, digits, worth: worthOf(text, start, end) }]
    }),
  )
  return found.filter(({ at }, index) => found.findIndex((one) => one.at === at) === index)
}

/** Those within another one too: "blocks, height 7". */
function everyMatch(text: string, pattern: RegExp): readonly RegExpExecArray[] {
  const found: RegExpExecArray[] = []
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found.push(match)
    pattern.lastIndex = match.index + 1
  }
  return found
}

const calls =
  '(?:(?:still\\s+)?(?:is|was|has been|remains)\\s+(?:still\\s+)?(?:the\\s+|our\\s+|its\\s+)?|仍?是)(?:last|latest|newest|最新|最后)(?:的|一)?个?\\s*'

/** `#208455 batch`, `第 13641404 个区块`; a plain number before the word is a count. */
function before(text: string, kind: NumberKind): readonly Candidate[] {
  const pattern = new RegExp(
    `(第\\s*)?${bareNumber}\\s*(号|个|th|st|nd|rd)?\\s*(${calls})?(?:L[12]\\s*|的)?(?:${words[kind]})`,
    'giu',
  )
  return [...text.matchAll(pattern)].flatMap((match): Candidate[] => {
    const [whole, ordinal, digits = '', suffix, call] = match
    const isNamed = whole.includes('#') || [ordinal, call].some(Boolean) || (suffix !== undefined && suffix !== '个')
    const isOne = !/s$/i.test(whole) && suffix !== '个' && digits.replaceAll(/\D/g, '').length >= looselyAtLeast
    const end = match.index + whole.length
    if (!isNamed && !isOne) return []
    // A word that has a number of its own after it.
    const next = new RegExp(`^${joining}${numberPattern}`, 'iu').exec(text.slice(end))
    if (next !== null && !belongsToNext(text, end + next[0].length, kind)) return []
    return [{ at: match.index, digits, worth: worthOf(text, match.index, end) }]
  })
}

/** `stuck at #13641404`: without a word that says what it is, but with one that says that it stands still. */
function stuckAt(text: string): readonly Candidate[] {
  const said =
    '(?:stuck|stopped|halted|frozen|froze|paused|stalled|hung)\\s+(?:at|on|@)|停在|停留在|停滞在|停滞于|卡在|暂停于|暂停在|停于|停止于|停止在|停留于'
  return [...text.matchAll(new RegExp(`(?:${said})\\s*${numberPattern}`, 'giu'))].flatMap((match): Candidate[] => {
    const digits = match[1] ?? ''
    const isNamed = match[0].includes('#') || digits.replaceAll(/\D/g, '').length >= looselyAtLeast
    const { before } = sentenceAround(text, match.index, match.index)
    // "batch stuck at 208455" is the batch's.
    const isBatch = new RegExp(`(?:${words.batch})[^,]{0,20}$`, 'i').test(before)
    const end = match.index + match[0].length
    const isNext = new RegExp(`^\\s*(?:号)?\\s*(?:${words.batch})`, 'i').test(text.slice(end))
    return isNamed && !isBatch && !isNext ? [{ at: end, digits, worth: 2 }] : []
  })
}

function worthOf(text: string, start: number, end: number): number {
  const near = sentenceAround(text, start, start).before.split(/,/).at(-1)?.slice(-30) ?? ''
  const beside = `${near}${text.slice(start, end)}`
  if (later.test(near)) return -1
  return stops.test(beside) ? 2 : newest.test(beside) ? 1 : 0
}

/** `blocks of 2023` is no block; `block 2023` may be one. */
function isYear(digits: string, between: string): boolean {
  return /^(?:19|20)\d\d$/.test(digits) && /\b(?:of|in|on|since|to)\b/i.test(between)
}

/** Blocks of Ethereum are counted too; what is committed to Ethereum is ours. */
function isOfL1(head: string, between: string): boolean {
  const own =
    /(?:\bl1|ethereum|\beth|以太坊|layer\s?1)\s*(?:主网|mainnet|network)?(?:上的?|的)?\s*(?:(?:latest|newest|current|head|最新)\s*)?$/i
  const ours =
    /(?:to|on|给|到|至)\s*(?:the\s*)?(?:\bl1|ethereum|\beth|以太坊|layer\s?1)\s*(?:主网|mainnet|network)?(?:上的?|的)?\s*$/i
  return (own.test(head) && !ours.test(head)) || /(?:ethereum|\bl1)\s*(?:is|was)?\s*(?:at|on)?\s*$/i.test(between)
}

/** `#208455 batch, #13641404 block`: the second number is the other word's. */
function belongsToNext(text: string, end: number, kind: NumberKind): boolean {
  const other = kind === 'block' ? words.batch : words.block
  return new RegExp(`^\\s*(?:号)?\\s*(?:${other})(?!${joining}${numberPattern})`, 'iu').test(text.slice(end))
}
