// What people paste after /trace, as a table, and that nothing at all makes the reader crash.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../../src/core/errors.ts'
import { readTraceInput } from '../../../src/rollup/trace/input.ts'

const hash = '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a'
const digits = hash.slice(2)
const address = '0x5e3e5f6ef0e21f0cf5b4c3acd3cf29740b1cbbd8'

describe('what is understood', () => {
  it.each([
    ['a hash', hash],
    ['a hash without 0x', digits],
    ['a hash in upper case', hash.toUpperCase()],
    ['a hash with blanks and a line end around it', `  ${hash}\r\n`],
    ['a hash with invisible characters around it', `\u200b\u2066${hash}\u2069\ufeff`],
    ['an explorer address', `https://explorer.zksync.io/tx/${hash}`],
    ['an explorer address with a fragment', `https://etherscan.io/tx/${hash}#eventlog`],
    ['an explorer address in angle brackets', `<https://sepolia.explorer.zksync.io/tx/${hash}/>`],
    ['an explorer address without a scheme', `explorer.zksync.io/tx/${hash.toUpperCase().replace('0X', '0x')}`],
    ['a sentence with one hash', `my transfer ${hash} does not arrive`],
    ['the same hash twice', `${hash} (${hash.toUpperCase().replace('0X', '0x')})`],
    ['a hash behind the wrong word', `batch ${hash}`],
  ])('%s', (_, text) => {
    expect(readTraceInput(text)).toEqual({ kind: 'hash', hash })
  })

  it.each([
    ['batch 7670', 'batch', 7670],
    ['Batch #208455', 'batch', 208455],
    ['L1 batch 208,455', 'batch', 208455],
    ['batch:0', 'batch', 0],
    ['block 15841', 'block', 15841],
    ["block 13'641'404", 'block', 13641404],
    ['https://explorer.zksync.io/batch/208455', 'batch', 208455],
    ['https://explorer.zksync.io/block/13641404?page=2', 'block', 13641404],
  ] as const)('%s', (text, kind, number) => {
    expect(readTraceInput(text)).toEqual({ kind, number })
  })
})

describe('what is refused says what it is and what to do', () => {
  it.each([
    ['nothing', '  \u200b ', /nothing to look for/],
    ['an address', address, /^That is an address, not a transaction/],
    ['an explorer page of an address', `https://explorer.zksync.io/address/${address}`, /^That is an address/],
    ['an explorer page without a hash', 'https://explorer.zksync.io/contracts', /no transaction hash in that address/],
    ['a hash that lost a digit', hash.slice(0, -1), /64 hex digits after 0x, this one has 63. Part of it was/],
    ['a hash with one digit too many', `${hash}a`, /this one has 65. Probably something else/],
    ['a hash with a letter that is no digit', hash.replace('b', 'g'), /something else at digit 2/],
    ['a number alone', '7670', '/trace batch 7670 or /trace block 7670'],
    ['a batch without its number', 'batch', 'Which batch? Type its number: /trace batch 7670'],
    ['a batch that is a word', 'batch latest', 'Which batch?'],
    ['a block number beyond every chain', 'block 99999999999', /highest possible is 4294967295/],
    ['two hashes', `${hash} ${hash.replace('0b', '0c')}`, 'There are 2 hashes in that. Paste one at a time.'],
    ['a direction override inside', `0x\u202e${digits}`, 'invisible character (U+202E)'],
    ['a zero byte inside', `${hash.slice(0, 9)}\u0000${hash.slice(9)}`, 'invisible character (U+0000)'],
    ['right-to-left words', 'שלום עולם', /^That is not a transaction hash/],
    ['ten thousand characters', 'f'.repeat(10_240), 'That is 10240 characters long'],
  ])('%s', (_, text, sentence) => {
    expect(() => readTraceInput(text)).toThrow(UserError)
    expect(() => readTraceInput(text)).toThrow(sentence)
  })
})

describe('any text', () => {
  it('is either understood or refused in at most two lines that repeat none of it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 4000 }), fc.webUrl()), (text) => {
        try {
          const input = readTraceInput(text)
          expect(['hash', 'batch', 'block']).toContain(input.kind)
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
          expect((error as Error).message.split('\n').length).toBeLessThanOrEqual(2)
          expect((error as Error).message.length).toBeLessThan(200)
        }
      }),
    )
  })

  it('finds any hash however it is spelled', () => {
    const hexDigits = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 64, maxLength: 64 })
    fc.assert(
      fc.property(hexDigits, fc.boolean(), fc.boolean(), (values, prefix, upper) => {
        const text = values.map((value) => value.toString(16)).join('')
        const spelled = `${prefix ? '0x' : ''}${upper ? text.toUpperCase() : text}`
        expect(readTraceInput(spelled)).toEqual({ kind: 'hash', hash: `0x${text}` })
      }),
    )
  })
})
