// Takes a pasted outage report apart: which batch and block, since when, for how long; English and Chinese. Pure.
//
// Only what stands in the text is understood: a number without a word that says what it is stays unused.

import { UserError } from '../../../core/errors.ts'
import { describeSeconds } from '../../../core/notes.ts'
import { type OwnChain, readChains } from './chain-names.ts'
import type { ClaimedTime, ReportClaim } from './facts.ts'
import { namedNumber } from './numbers.ts'
import { durationPattern, readPause } from './pause.ts'
import { plainText, withoutParts } from './plain-text.ts'
import { readToldTime, timeParts } from './written-time.ts'

const emptyClaim: ReportClaim = {
  batch: null,
  block: null,
  time: null,
  pausedSeconds: null,
  otherChain: null,
  besides: [],
  impossible: null,
}

export function readReport(pasted: string, own?: OwnChain): ReportClaim {
  const { text, linked } = plainText(pasted)
  const { time, others, rangeSeconds } = readToldTime(text)
  const pause = readPause(text)
  const counted = withoutParts(text, [...timeParts, durationPattern])
  const block = namedNumber(counted, linked, 'block')
  const batch = namedNumber(counted, linked, 'batch')
  const chains = readChains(text, own)
  return {
    batch: batch.value,
    block: block.value,
    time,
    pausedSeconds: pause.seconds ?? (rangeSeconds || null),
    otherChain: chains.other,
    besides: [
      ...block.others.map((number) => `block ${number}`),
      ...batch.others.map((number) => `batch ${number}`),
      ...others,
      ...pause.others.map(describeSeconds),
      ...chains.besides,
    ],
    impossible: block.impossible ?? batch.impossible,
  }
}

/** Null: no clock time is written, or none that a clock can show. */
export function readClaimedTime(text: string): ClaimedTime | null {
  return readToldTime(plainText(text).text).time
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
export function readReported({ batch, block, at, text }: Reported, own?: OwnChain): ReportClaim | null {
  if (batch === null && block === null && at === null && text === null) return null
  const typed = at === null ? null : readClaimedTime(at)
  // "at about 14:14 …": a sentence that begins like the option, and no option.
  const isSentence = typed === null && at !== null && text !== null
  const pasted = text === null ? emptyClaim : readReport(isSentence ? `at ${at} ${text}` : text, own)
  // "at 14:14 UTC batch …": the zone went on to the text.
  const time = typed?.offsetMinutes === null && text !== null ? readClaimedTime(`${at} ${text.slice(0, 16)}`) : typed
  if (at !== null && typed === null && !isSentence) {
    throw new UserError('“at” should be a clock time, with a date if it is not today’s.\nTry: at "2023-09-12 14:14"')
  }
  const claim = { ...pasted, batch: batch ?? pasted.batch, block: block ?? pasted.block, time: time ?? pasted.time }
  if (claim.batch !== null || claim.block !== null || claim.time !== null) return claim
  if (claim.pausedSeconds !== null || claim.otherChain !== null || claim.impossible !== null) return claim
  throw new UserError(
    'I found no batch, block or time in that text, so there is nothing to check.\nTry: /is-chain-down batch 208455 block 13641404 at "2023-09-12 14:14", or /is-chain-down alone for now.',
  )
}
