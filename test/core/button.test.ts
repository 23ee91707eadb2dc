// Ids of buttons survive the way to a platform and back.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { approveButton, askButton, cancelButton, readButton } from '../../src/core/button.ts'

const hash = `0x${'0bbbcf15'.repeat(8)}`

it('carries a whole /trace of a hash in 64 bytes', () => {
  const id = askButton(`trace ${hash}`) as string
  expect(Buffer.byteLength(id)).toBeLessThanOrEqual(64)
  expect(readButton(id)).toEqual({ kind: 'ask', line: `trace ${hash}` })
})

it('offers no button for a line that does not fit', () => {
  expect(askButton(`is-chain-down ${'x'.repeat(80)}`)).toBeNull()
})

it('names the stored row of an approval', () => {
  expect(readButton(approveButton('k7q2m9.Zt-4_x'))).toEqual({ kind: 'approve', approval: 'k7q2m9.Zt-4_x' })
  expect(readButton(cancelButton('k7q2m9.Zt-4_x'))).toEqual({ kind: 'cancel', approval: 'k7q2m9.Zt-4_x' })
})

it.each(['', 'a:', 'a:no-dot', `a:${'x'.repeat(30)}.${'y'.repeat(30)}`, "a:x.y' or 1=1", 'z:1', 'approve'])(
  'does not know %j',
  (id) => {
    expect(readButton(id)).toBeNull()
  },
)

it('brings every line back that fits', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z-]{1,12} [0-9a-f]{0,10}$/), fc.boolean(), (line, withHash) => {
      const whole = withHash ? `${line.slice(0, 10)} ${hash}` : line
      const id = askButton(whole)
      if (id !== null) expect(readButton(id)).toEqual({ kind: 'ask', line: whole })
    }),
  )
})
