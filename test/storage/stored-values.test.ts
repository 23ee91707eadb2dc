// What goes into our tables: which batches a request is about, and JSON that any text survives.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchesIn, storable, toJson } from '../../src/storage/stored-values.ts'

describe('the batches a request is about', () => {
  test.each([
    [{ what: '1143' }, [1143]],
    [{ what: '1139-1141' }, [1139, 1140, 1141]],
    [{ what: 'stuck' }, []],
    [{ batch: 7670 }, [7670]],
    [{ rows: [{ batch: 2, attempts: 7 }, { batch: 1 }, { batch: 2 }] }, [1, 2]],
    [{ blockedBatches: [5, 4], block: 9 }, [4, 5]],
    [{ text: 'batch #208455 stuck at block 13641404' }, [208455]],
    [{ text: 'Batches 3 - 5, please' }, [3, 4, 5]],
    [{ transaction: `0x${'12'.repeat(32)}` }, []],
    [{ batch: -1 }, []],
    [{ batch: 1.5 }, []],
    [{ batch: 2 ** 60 }, []],
    [{ what: '5-3' }, []],
    [null, []],
    ['batch 7', [7]],
  ])('of %j are %j', (options, batches) => {
    expect(batchesIn(options)).toEqual(batches)
  })

  test('of a huge range are its first thousand', () => {
    expect(batchesIn({ what: '1-999999999999999' })).toHaveLength(1000)
  })

  test('are numbers that the column takes, whatever was typed', () => {
    const words = fc.constantFrom('batch', 'es', ' ', '#', ':', '-', '0', '17', '999999999999999', '9007199254740993')
    const text = fc.array(words).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), text), text, (value, text) => {
        const batches = batchesIn({ what: value, text })
        expect(batches.every((batch) => Number.isSafeInteger(batch) && batch >= 0)).toBe(true)
      }),
    )
  })
})

test('JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      expect(JSON.parse(toJson(value) ?? '')).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('storable text is well formed, without NUL, and otherwise unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\0', '\ud800', '\udc00', '🧯', 'é') }), (text) => {
      const kept = storable(text)
      expect(Buffer.from(kept).toString()).toBe(kept)
      expect(kept).not.toContain('\0')
      expect(kept).toHaveLength(text.length)
    }),
  )
})

test('big integers are kept as decimal text, and what JSON has no word for as nothing', () => {
  expect(toJson({ amount: 2n ** 64n })).toBe('{"amount":"18446744073709551616"}')
  expect(toJson(undefined)).toBeNull()
})
