// A pasted report made plain before it is read: one kind of digits, signs and characters, links and hashes put aside. Pure.

export interface PlainText {
  readonly text: string
  /** Numbers in the addresses of an explorer's pages, which name a block or a batch as surely as words do. */
  readonly linked: { readonly block: readonly string[]; readonly batch: readonly string[] }
}

/** Longer than what any of the platforms lets people write. */
const longestText = 6000

export function plainText(pasted: string): PlainText {
  const cut = pasted.slice(0, longestText).replaceAll('№', '#')
  // A full-width comma divides sentences, but for one among full-width digits.
  const sentences = cut.replaceAll(/，(?![０-９])/g, ', ').replaceAll(/(\d)?½/g, (_, one) => `${one ?? '0'}.5`)
  const simple = simplified(sentences.normalize('NFKC').replaceAll(/[‐‑‒–—−]/g, '-'))
  const linked = { block: linkedNumbers(simple, 'block'), batch: linkedNumbers(simple, 'batch') }
  const text = simple.replaceAll(link, ' ').replaceAll(/0x[0-9a-f]+(?:\.{2,}[0-9a-f]*)?/gi, ' ')
  return { text: withDigits(withoutDots(text)), linked }
}

const link =
  /(?:https?:\/\/|www\.)[^\s,。)>\]"]+|(?<![\w.-])[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){0,3}\.(?:com|io|org|net|xyz|dev|network)\/[^\s,。)>\]"]*/gi

/** Of an explorer of our kind of chain: others count other blocks. */
function linkedNumbers(text: string, kind: 'block' | 'batch'): readonly string[] {
  const page = new RegExp(`^[^?#]*(?:zksync|zkscan|\\bera\\b)[^?#]*/${kind}(?:es|s)?/#?(\\d+)`, 'i')
  return [...text.matchAll(link)].flatMap(([url]) => page.exec(url)?.[1] ?? [])
}

const traditional =
  '區塊時間點鐘個暫鏈瀏覽號後幾兩約過當機擺長於為達週萬億發產據顯現數測試網認從單復並無內續斷沒報訊東紐倫預計劃將還終達隨'
const simple =
  '区块时间点钟个暂链浏览号后几两约过当机摆长于为达周万亿发产据显现数测试网认从单复并无内续断没报讯东纽伦预计划将还终达随'
const simpleOf = new Map([...traditional].map((character, at) => [character, [...simple][at] as string]))

/** Only the characters that our own words need. */
function simplified(text: string): string {
  return [...text].map((character) => simpleOf.get(character) ?? character).join('')
}

/** Where one number has dots as thousands separators (`13.641.404`), the others of the text have them too. */
function withoutDots(text: string): string {
  if (!/(?<![\d.])\d{1,3}(?:\.\d{3}){2,}(?![\d.])/.test(text)) return text
  return text.replaceAll(/(?<![\d.])\d{1,3}(?:\.\d{3})+(?![\d.]\d)/g, (number) => number.replaceAll('.', ''))
}

const chineseDigits = '零一二三四五六七八九'

/** `三十七分钟` as `37分钟`: durations and clock times alone are told so. */
function withDigits(text: string): string {
  return text.replaceAll(
    /(?<![一二三四五六七八九十百千第])([一二两三四五六七八九]?十)?([零一二两三四五六七八九]?)(?=\s*(?:多|余|来)?\s*(?:分(?!之|钟?前后)|刻钟|个?半?(?:小时|钟头)|秒|天|点(?=[\d一二三四五六七八九十半整钟许左]|\s*UTC)))/g,
    (whole) => {
      if (whole === '') return ''
      const [tens, ones] = whole.includes('十') ? whole.split('十') : [null, whole]
      const digit = (word: string | undefined) => chineseDigits.indexOf((word ?? '').replace('两', '二'))
      const value = (tens === null ? 0 : tens === '' ? 10 : digit(tens) * 10) + (ones === '' ? 0 : digit(ones))
      return String(value)
    },
  )
}

/** The sentence around a place: what is said in another one says nothing of it. */
export function sentenceAround(
  text: string,
  start: number,
  end: number,
): { readonly before: string; readonly after: string } {
  const before = text.slice(Math.max(0, start - 200), start)
  const after = text.slice(end, end + 120)
  return { before: before.split(sentenceEnd).at(-1) ?? '', after: after.split(sentenceEnd)[0] ?? '' }
}

const sentenceEnd = /[。!?;\n]|\.(?=\s|$)(?<!\b(?:no|nr|approx|ca|min|mins|hrs?|[ap]\.?m)\.)/i

/** The same text with these parts blanked, each character by one: places stay what they are. */
export function withoutParts(text: string, patterns: readonly RegExp[]): string {
  return patterns.reduce((rest, pattern) => rest.replaceAll(pattern, (part) => '\u25af'.repeat(part.length)), text)
}
