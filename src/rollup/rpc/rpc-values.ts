// JSON-RPC values checked and normalised at the edge: quantities, hashes, addresses and times in one form each.

import { z } from 'zod'

/** A hex quantity, or (zks_ methods and some proxies) a plain number, as a number that is exact. */
export const quantity = z
  .union([z.string().regex(/^0x[0-9a-f]+$/i), z.number(), z.string().regex(/^\d+$/)])
  .transform((value, context) => {
    const number = Number(value)
    if (Number.isSafeInteger(number) && number >= 0) return number
    context.addIssue({ code: 'custom', message: 'not an exact whole number' })
    return z.NEVER
  })

/** Wei and other amounts: as decimal text, exact at any size. */
export const amount = z
  .union([z.string().regex(/^0x[0-9a-f]+$/i), z.number().int().nonnegative(), z.string().regex(/^\d+$/)])
  .transform((value) => BigInt(value).toString())

export const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i)
  .transform((text) => text.toLowerCase())

export const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/i)
  .transform((text) => text.toLowerCase())

export const bytes = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/i)
  .transform((text) => text.toLowerCase())

/** Unix seconds, hex or plain, as ISO 8601 UTC text. */
export const unixTime = quantity.transform((seconds, context) => {
  // JavaScript's dates end in the year 275760; a node that sends milliseconds by mistake would land beyond it.
  if (seconds <= 8_640_000_000_000) return isoOfSeconds(seconds)
  context.addIssue({ code: 'custom', message: 'not a time in seconds' })
  return z.NEVER
})

/** ISO 8601 text brought to UTC (`Z`) with its own precision kept: Date would cut microseconds to milliseconds. */
export const isoTime = z.string().transform((text, context) => {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]00:?00)?$/.exec(text)
  if (match && !Number.isNaN(Date.parse(`${match[1]}T${match[2]}Z`))) return `${match[1]}T${match[2]}${match[3] ?? ''}Z`
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  context.addIssue({ code: 'custom', message: 'not a time' })
  return z.NEVER
})

export function isoOfSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

export function toHex(number: number): string {
  return `0x${number.toString(16)}`
}

/** The zero address and the zero hash stand for "none" on chain. */
export function isZero(hex: string): boolean {
  return /^0x0*$/.test(hex)
}
