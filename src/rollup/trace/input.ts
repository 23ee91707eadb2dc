// What did the person paste: a hash, a batch, a block, an explorer's address? Everything else gets a sentence that helps.

import { UserError } from '../../core/errors.ts'

export type TraceInput =
  | { readonly kind: 'hash'; readonly hash: string }
  | { readonly kind: 'batch'; readonly number: number }
  | { readonly kind: 'block'; readonly number: number }

const longestInput = 2000
/** The node counts batches and blocks in 32 bits. */
const highestNumber = 4_294_967_295

/** @throws UserError that says what the text is instead, and what to type */
export function readTraceInput(text: string): TraceInput {
  if (text.length > longestInput) {
    throw new UserError(`That is ${text.length} characters long. Paste one transaction hash: 0x and 64 hex digits.`)
  }
  // Chat programs put invisible characters around what people copy; inside, they would hide what is asked for.
  const pasted = text.replace(/^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu, '').replace(/^<(.*)>$/s, '$1')
  if (pasted === '') throw new UserError(`There is nothing to look for. Type /trace and a transaction hash.`)
  const hidden = /[\p{Cf}]|(?!\s)\p{Cc}/u.exec(pasted)
  if (hidden) {
    const point = (hidden[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
    throw new UserError(
      `There is an invisible character (U+${point}) in the middle of that. Copy the hash again, or type it.`,
    )
  }
  return readUrl(pasted) ?? readNumbered(pasted) ?? readHash(pasted)
}

/** `https://explorer.zksync.io/tx/0x…`, `…/batch/208455`, `etherscan.io/block/123`. */
function readUrl(pasted: string): TraceInput | null {
  const path = /^(?:https?:\/\/)?[\w.-]+\.[a-z]{2,}(?::\d+)?(\/\S*)$/i.exec(pasted)?.[1]
  if (path === undefined) return null
  const hash = /0x[0-9a-f]{64}(?![0-9a-f])/i.exec(path)?.[0]
  if (hash) return { kind: 'hash', hash: hash.toLowerCase() }
  const numbered = /\/(batch|block)(?:e?s)?\/(\d+)(?:[/?#]|$)/i.exec(path)
  if (numbered) return readNumber(numbered[1]?.toLowerCase() as 'batch' | 'block', numbered[2] as string)
  if (/0x[0-9a-f]{40}(?![0-9a-f])/i.test(path)) throw new UserError(addressText)
  throw new UserError(
    `There is no transaction hash in that address. Open the transaction in the explorer and copy its hash.`,
  )
}

function readNumbered(pasted: string): TraceInput | null {
  const word = /^(?:l1[\s_-]*)?(batch|block)(?:\s*(?:number|no\.?))?\s*[:=#]?\s*#?\s*(.*)$/is.exec(pasted)
  if (!word) return null
  const kind = word[1]?.toLowerCase() as 'batch' | 'block'
  const digits = (word[2] as string).replace(/(?<=\d)[,_' ](?=\d{3}(?:\D|$))/g, '')
  if (/^\d+$/.test(digits)) return readNumber(kind, digits)
  if (/^(0x)?[0-9a-f]{64}$/i.test(digits)) return readHash(digits)
  throw new UserError(`Which ${kind}? Type its number: /trace ${kind} 7670`)
}

function readNumber(kind: 'batch' | 'block', digits: string): TraceInput {
  const number = Number(digits)
  if (number > highestNumber) {
    throw new UserError(`No ${kind} has such a high number (the highest possible is ${highestNumber}).`)
  }
  return { kind, number }
}

const addressText =
  'That is an address, not a transaction. Open it in the explorer and copy the hash of one of its transactions.'

function readHash(pasted: string): TraceInput {
  const digits = pasted.replace(/^0x/i, '')
  if (/^[0-9a-f]{64}$/i.test(digits)) return { kind: 'hash', hash: `0x${digits.toLowerCase()}` }
  if (/^0x[0-9a-f]{40}$/i.test(pasted)) throw new UserError(addressText)
  if (/^#?[\d,_' ]+$/.test(pasted)) {
    const number = pasted.replace(/\D/g, '').slice(0, 10)
    throw new UserError(
      `A number alone could be a batch or a block. Type /trace batch ${number} or /trace block ${number}`,
    )
  }
  const inside = new Set(
    [...pasted.matchAll(/(?<![0-9a-z])0x[0-9a-f]{64}(?![0-9a-z])/gi)].map(([hash]) => hash.toLowerCase()),
  )
  const [only] = inside
  if (only !== undefined && inside.size === 1) return { kind: 'hash', hash: only }
  if (inside.size > 1) throw new UserError(`There are ${inside.size} hashes in that. Paste one at a time.`)
  if (/^0x/i.test(pasted) || /^[0-9a-f]{30,}$/i.test(pasted)) throw new UserError(brokenHash(digits))
  throw new UserError(
    'That is not a transaction hash. Type /trace and a hash (0x and 64 hex digits), batch 7670, or block 15841.',
  )
}

function brokenHash(digits: string): string {
  const wrong = /[^0-9a-f]/i.exec(digits)
  if (wrong) {
    return `A hash has only the digits 0-9 and a-f after 0x, this one has something else at digit ${wrong.index + 1}. Copy it again.`
  }
  const hint =
    digits.length < 64 ? 'Part of it was probably lost in copying.' : 'Probably something else was copied with it.'
  return `A hash has 64 hex digits after 0x, this one has ${digits.length}. ${hint}`
}
