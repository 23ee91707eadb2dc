// Text as a terminal shows it: nothing that steers the terminal, how wide it is, and how it breaks into lines.

/**
 * Text that shows what it is: no control character (an escape sequence could hide or fake lines), no invisible and no
 * direction-changing one, no half of a surrogate pair. Emoji keep their variation selector.
 */
export function visible(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\t', ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[^\n\P{Cc}]|\p{Cf}|(?!\ufe0f)\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
}

export function oneLine(text: string): string {
  return visible(text).replaceAll(/\s+/g, ' ').trim()
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff00-\uff60\uffe0-\uffe6]|\ufe0f/u

/** Columns a terminal gives to the text: two for ideographs and emoji, none for accents that join. */
export function columns(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let sum = 0
  for (const { segment } of graphemes.segment(text)) sum += /^\p{M}+$/u.test(segment) ? 0 : wide.test(segment) ? 2 : 1
  return sum
}

/** At most so many columns, `…` where something is missing. */
export function cutTo(text: string, room: number): string {
  return columns(text) <= room ? text : `${split(text, Math.max(0, room - 1))[0]}…`
}

/** The longest start that fits, and the rest; never inside a character, and never empty. */
function split(text: string, room: number): readonly [string, string] {
  let used = 0
  for (const { segment, index } of graphemes.segment(text)) {
    used += columns(segment)
    if (used > room && index > 0) return [text.slice(0, index), text.slice(index)]
  }
  return [text, '']
}

/** One stretch of text with its look; `paint` adds the colour codes, which take no room. */
export interface Span {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** Hashes, addresses and URLs stay in one piece, so that they can be copied; longer words and ideographs are broken. */
export const longestWord = 200

interface Word {
  readonly spans: readonly Span[]
  readonly width: number
}

/** Lines of at most `width` columns; one word that is wider gets a line of its own. Line breaks in the text are kept. */
export function wrap(spans: readonly Span[], width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  const flush = () => {
    lines.push(line)
    line = ''
    used = 0
  }
  for (const word of wordsOf(spans, width)) {
    if (word === 'break') {
      flush()
      continue
    }
    if (used > 0 && used + 1 + word.width > width) flush()
    const painted = word.spans.map((span) => span.paint?.(span.text) ?? span.text).join('')
    line += used > 0 ? ` ${painted}` : painted
    used += (used > 0 ? 1 : 0) + word.width
  }
  flush()
  return lines
}

/** Words go across spans: a link's closing bracket belongs to its URL. */
function wordsOf(spans: readonly Span[], width: number): readonly (Word | 'break')[] {
  const words: (Word | 'break')[] = []
  let word: Span[] = []
  const end = () => {
    const whole = word.reduce((sum, span) => sum + columns(span.text), 0)
    if (whole > (word.every(({ text }) => /^[ -~]*$/.test(text)) ? longestWord : width))
      words.push(...word.flatMap((span) => broken(span, width)))
    else if (word.length > 0) words.push({ spans: word, width: whole })
    word = []
  }
  for (const span of spans) {
    for (const part of span.text.split(/(\s+)/)) {
      if (part === '') continue
      if (/^\s/.test(part)) {
        end()
        for (let count = part.split('\n').length - 1; count > 0; count -= 1) words.push('break')
      } else {
        word.push({ ...span, text: part })
      }
    }
  }
  end()
  return words
}

function broken(span: Span, width: number): readonly Word[] {
  const words: Word[] = []
  let rest = span.text
  while (rest !== '') {
    const [text, after] = split(rest, Math.max(2, width))
    words.push({ spans: [{ ...span, text }], width: columns(text) })
    rest = after
  }
  return words
}
