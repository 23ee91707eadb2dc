// Takes a pasted outage report apart: which batch and block, since when, for how long; English and Chinese. Pure.
//
// Only what stands in the text is understood: a number without a word that says what it is stays unused.

import { UserError } from '../../../core/errors.ts'
import { readClaimedTime } from './clock.ts'
import type { ReportClaim } from './facts.ts'

const emptyClaim: ReportClaim = { batch: null, block: null, time: null, pausedSeconds: null, otherChain: null }

export function readReport(text: string): ReportClaim {
  // Full-width digits and signs become ordinary ones.
  const plain = withDigits(withoutDots(text.replaceAll('№', '#').normalize('NFKC').slice(0, longestText)))
  return {
    batch: numberBeside(plain, batchWords),
    block: numberBeside(plain, blockWords) ?? stuckAt(plain),
    time: readClaimedTime(plain),
    pausedSeconds: readPause(plain),
    otherChain: readOtherChain(plain),
  }
}

const longestText = 10_000

/** Where one number has dots as thousands separators (`13.641.404`), the others of the text have them too. */
function withoutDots(text: string): string {
  if (!/(?<![\d.])\d{1,3}(?:\.\d{3}){2,}(?![\d.])/.test(text)) return text
  return text.replaceAll(/(?<![\d.])\d{1,3}(?:\.\d{3})+(?![\d.]\d)/g, (number) => number.replaceAll('.', ''))
}

const chineseDigits = '零一二三四五六七八九'

/** `三十七分钟` as `37分钟`: durations alone are told so. */
function withDigits(text: string): string {
  return text.replaceAll(
    /([一二两三四五六七八九]?十)?([零一二两三四五六七八九]?)(?=\s*(?:多)?\s*(?:分钟|个?小时|秒|天))/g,
    (whole) => {
      if (whole === '') return ''
      const [tens, ones] = whole.includes('十') ? whole.split('十') : [null, whole]
      const digit = (word: string | undefined) => chineseDigits.indexOf((word ?? '').replace('两', '二'))
      const value = (tens === null ? 0 : tens === '' ? 10 : digit(tens) * 10) + (ones === '' ? 0 : digit(ones))
      return String(value)
    },
  )
}

/** `stuck at #13641404`: without a word that says what it is, but with one that says that it stands still. */
function stuckAt(text: string): number | null {
  const words = '(?:stuck|stopped|halted|frozen|paused|stalled)\\s+(?:at|on)|停在|停留在|停滞在|卡在|暂停于|停于'
  return exact(new RegExp(`(?:${words})\\s*${number}`, 'iu').exec(text)?.[1])
}

/** What the asker gave: each null where it was not. */
export interface Reported {
  readonly batch: number | null
  readonly block: number | null
  readonly at: string | null
  readonly text: string | null
}

/**
 * What was typed as an option wins over what a pasted text says. Null: no report was given.
 * @throws UserError when a report was given and nothing in it could be checked
 */
export function readReported({ batch, block, at, text }: Reported): ReportClaim | null {
  if (batch === null && block === null && at === null && text === null) return null
  const pasted = text === null ? emptyClaim : readReport(text)
  const time = at === null ? null : readClaimedTime(at.normalize('NFKC'))
  if (at !== null && time === null) {
    throw new UserError('“at” should be a clock time, with a date if it is not today’s.\nTry: at "2023-09-12 14:14"')
  }
  const claim = { ...pasted, batch: batch ?? pasted.batch, block: block ?? pasted.block, time: time ?? pasted.time }
  if (claim.batch !== null || claim.block !== null || claim.time !== null) return claim
  if (claim.pausedSeconds !== null || claim.otherChain !== null) return claim
  throw new UserError(
    'I found no batch, block or time in that text, so there is nothing to check.\nTry: /is-chain-down batch 208455 block 13641404 at "2023-09-12 14:14", or /is-chain-down alone for now.',
  )
}

const batchWords = `batch(?:es)?|批次`
/** Not the block chain and not the block explorer. */
const blockWords = String.raw`block\s*height|blocks?(?!\s*-?(?:chain|explorer))|height|区块高度|区块(?!链|浏览器)|块高|高度`
const anyWord = new RegExp(`(?:${batchWords}|${blockWords})`, 'i')
/** Digits with thousands separators or without; not within a word, a decimal, a clock time or a date. */
const number = String.raw`(?<![\w.:/-])#?\s?(\d{1,3}(?:[,_'’ ]\d{3})+|\d+)(?![\w:/%]|[.,-]\d|\s*(?:年|月|日|点|时|秒|分钟|小时|天|s\b|secs?\b|seconds?\b|m\b|mins?\b|minutes?\b|h\b|hrs?\b|hours?\b|days?\b|am\b|pm\b|%))`

/** The first number that follows the word, or stands right before it (`#208455 batch`), in the same sentence. */
function numberBeside(text: string, words: string): number | null {
  const after = new RegExp(`(?:${words})((?:[^\\d#。!?;\\n]|\\d{1,2}:\\d{2}){0,60}?)${number}`, 'giu')
  for (const match of text.matchAll(after)) {
    // "the block explorer shows batch #7": the number belongs to the nearer word.
    if (!anyWord.test(match[1] ?? '')) return exact(match[2])
  }
  const before = new RegExp(`${number}\\s*(?:号|th|st|nd|rd)?\\s*(?:${words})`, 'iu').exec(text)
  return exact(before?.[1])
}

function exact(digits: string | undefined): number | null {
  const value = Number((digits ?? '').replaceAll(/\D/g, '') || Number.NaN)
  return Number.isSafeInteger(value) ? value : null
}

const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?|秒钟?)$/i, 1],
  [/^(?:m|mins?|minutes?|分钟)$/i, 60],
  [/^(?:h|hrs?|hours?|个?小时)$/i, 3600],
  [/^(?:d|days?|天)$/i, 86_400],
]
const unit = `(?:seconds?|secs?|s|秒钟?|minutes?|mins?|m|分钟|hours?|hrs?|h|个?小时|days?|d|天)(?![a-z])`
const duration = new RegExp(`(?<![\\w.:])(\\d{1,6}(?:\\.\\d{1,3})?)\\s*-?\\s*(${unit})`, 'giu')
const stopped =
  /paus|stop|halt|stuck|stall|down|outage|no (?:new )?block|frozen|not produc|(?:ha(?:s|ve)|is|are) ?n[o’']t|without|for (?:over|more|about|at)|停|宕|卡|没有|未/i
const longestPause = 365 * 86_400

/** `37 minutes`, `1 hour 20 min`, `37分钟`, `半小时`, where the words around speak of a stop. */
function readPause(text: string): number | null {
  const found = [...text.matchAll(duration)]
  for (const [at, match] of found.entries()) {
    const start = match.index
    const around = text.slice(Math.max(0, start - 100), start) + text.slice(start, start + 40)
    if (!stopped.test(around)) continue
    let seconds = secondsOf(match)
    let end = start + match[0].length
    for (const next of found.slice(at + 1)) {
      if (!/^(?:\s|,|and|零)*$/i.test(text.slice(end, next.index))) break
      seconds += secondsOf(next)
      end = next.index + next[0].length
    }
    return seconds > 0 && seconds <= longestPause ? Math.round(seconds) : null
  }
  return /半(?:个)?小时|half an hour/i.test(text) && stopped.test(text) ? 1800 : null
}

function secondsOf(match: RegExpMatchArray): number {
  const factor = units.find(([pattern]) => pattern.test(match[2] ?? ''))?.[1] ?? 0
  return Number(match[1]) * factor
}

const ours = /zk\s*sync(?!\s*lite)|\bera\b/i
const others: readonly (readonly [RegExp, string])[] = [
  [/arbitrum/i, 'Arbitrum'],
  [/optimism|op mainnet/i, 'Optimism'],
  [/\bbase (?:chain|network|mainnet)\b/i, 'Base'],
  [/polygon/i, 'Polygon'],
  [/starknet/i, 'Starknet'],
  [/\bscroll\b/i, 'Scroll'],
  [/\blinea\b/i, 'Linea'],
  [/zk\s*sync\s*lite/i, 'zkSync Lite'],
  [/solana/i, 'Solana'],
  [/\bbsc\b|bnb chain/i, 'BNB Chain'],
]

/** Only when no chain of our kind is named: news compare chains all the time. */
function readOtherChain(text: string): string | null {
  if (ours.test(text)) return null
  return others.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
