// Discord's markup read back the way its clients read it: what a person sees, and what of it is live.

export type Live =
  | { readonly kind: 'link'; readonly label: string; readonly url: string }
  | { readonly kind: 'address'; readonly url: string }
  | { readonly kind: 'mention'; readonly text: string }
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'emoji' | 'command'; readonly text: string }

export interface Seen {
  /** The text as shown, markup gone. */
  readonly text: string
  readonly live: readonly Live[]
  /** Bold, code and the like, in order, with what they hold. */
  readonly styled: readonly { readonly style: string; readonly text: string }[]
}

interface Reader {
  text: string
  readonly live: Live[]
  readonly styled: { style: string; text: string }[]
}

type Rule = readonly [pattern: RegExp, read: (found: RegExpExecArray, into: Reader) => void]

/** Tried in this order at every position, as Discord's parser does; the last takes one character as it stands. */
const rules: readonly Rule[] = [
  [/\\([^0-9A-Za-z\s])/y, (found, into) => plain(into, found[1] ?? '')],
  [/```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```/iy, (found, into) => keep(into, 'code block', found[1] ?? '')],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, (found, into) => keep(into, 'code', (found[2] ?? '').replace(/^ (.*) $/, '$1'))],
  [/<(?:@[!&]?|#)\d+>|@(?:everyone|here)|<id:\w+>/y, (found, into) => mention(into, found[0])],
  [/<\/[^>]+:\d+>/y, (found, into) => void into.live.push({ kind: 'command', text: found[0] })],
  [/<a?:\w+:\d+>/y, (found, into) => void into.live.push({ kind: 'emoji', text: found[0] })],
  [/<t:(-?\d+)(?::[tTdDfFR])?>/y, (found, into) => time(into, Number(found[1]))],
  [/\[((?:\\[\s\S]|[^\]\\])+)\]\(\s*<?((?:https?|discord):\/\/[^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/y, readLink],
  [/<((?:https?|discord|mailto|tel|sms):[^\s>]+)>/y, (found, into) => address(into, found[1] ?? '')],
  [/(?:https?|discord):\/\/[^\s<]+[^<.,:;"'\]\s]/y, (found, into) => address(into, found[0])],
  [/(?:discord\.gg|discord(?:app)?\.com\/invite)\/\w+/iy, (found, into) => address(into, found[0])],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, (found, into) => nested(into, 'bold', found[1] ?? '')],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, (found, into) => nested(into, 'underline', found[1] ?? '')],
  [/~~((?:\\[\s\S]|[^\\])+?)~~/y, (found, into) => nested(into, 'struck', found[1] ?? '')],
  [/\|\|((?:\\[\s\S]|[^\\])+?)\|\|/y, (found, into) => nested(into, 'spoiler', found[1] ?? '')],
  [/\b_((?:\\[\s\S]|[^\\_])+?)_\b|\*(?=\S)((?:\\[\s\S]|[^\\*])+?)(?<!\s)\*(?!\*)/y, readItalics],
  [/[\s\S]/uy, (found, into) => plain(into, found[0])],
]

/** Marks that count at the start of a line only. */
const lineRules: readonly Rule[] = [
  [/(#{1,3}|-#) +/y, (_, into) => void into.styled.push({ style: 'heading', text: '' })],
  [/>{1}(?:>>)? /y, (_, into) => void into.styled.push({ style: 'quote', text: '' })],
  [/ *(?:[-*+]|\d+\.) +/y, (found, into) => listItem(into, found[0])],
]

export function see(markup: string): Seen {
  const into: Reader = { text: '', live: [], styled: [] }
  let at = 0
  while (at < markup.length) {
    const lineStart = at === 0 || markup[at - 1] === '\n'
    at = step(lineStart ? [...lineRules, ...rules] : rules, markup, at, into)
  }
  return into
}

function step(tried: readonly Rule[], markup: string, at: number, into: Reader): number {
  for (const [pattern, read] of tried) {
    pattern.lastIndex = at
    const found = pattern.exec(markup)
    if (!found) continue
    const end = pattern.lastIndex
    read(found, into)
    return end
  }
  return at + 1
}

function plain(into: Reader, text: string): void {
  into.text += text
}

function keep(into: Reader, style: string, text: string): void {
  into.text += text
  into.styled.push({ style, text })
}

function nested(into: Reader, style: string, markup: string): void {
  const inside = see(markup)
  into.live.push(...inside.live)
  keep(into, style, inside.text)
  into.styled.push(...inside.styled)
}

function readItalics(found: RegExpExecArray, into: Reader): void {
  nested(into, 'italics', found[1] ?? found[2] ?? '')
}

function listItem(into: Reader, mark: string): void {
  into.text += mark.includes('.') ? mark : '• '
  into.styled.push({ style: 'list', text: mark })
}

function readLink(found: RegExpExecArray, into: Reader): void {
  const label = see(found[1] ?? '').text
  into.text += label
  into.live.push({ kind: 'link', label, url: found[2] ?? '' })
}

function address(into: Reader, url: string): void {
  into.text += url
  into.live.push({ kind: 'address', url })
}

function mention(into: Reader, text: string): void {
  into.text += text
  into.live.push({ kind: 'mention', text })
}

/** The reader's local time; the fake's reader sits in UTC. */
function time(into: Reader, seconds: number): void {
  const at = new Date(seconds * 1000)
  into.text += Number.isNaN(at.getTime()) ? 'Invalid Date' : at.toISOString().slice(0, 16).replace('T', ' ')
  into.live.push({ kind: 'time', seconds })
}
