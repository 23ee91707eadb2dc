// Is the newest L1 block we were shown really new? An old endpoint, or a wrong local clock: pure.

import type { Finding } from '../../core/finding.ts'
import { isoOfSeconds } from '../rpc/rpc-values.ts'

/** `unsure`: old by the local clock, and nothing else can witness the time. */
export type HeadAge = 'fresh' | 'old' | 'unsure' | 'local-clock'

export interface HeadQuestion {
  readonly headMs: number
  readonly localMs: number
  /** Newest L2 or explorer block time known. */
  readonly newestL2Ms: number | null
  /** Newest head among the other L1 endpoints. */
  readonly newestL1Ms: number
}

/** Ten slots: a healthy endpoint is never that far behind. */
export const oldHeadMs = 120_000
/** Blocks don't come from the future; more than this is the local clock's doing. */
export const clockErrorMs = 30_000

/**
 * The local clock alone never makes L1 old: the newest L2 block must say so as well, else the clock is the finding. A
 * quiet L2, whose newest block is much older than the L1 head itself, can't witness either way.
 */
export function judgeHead({ headMs, localMs, newestL2Ms, newestL1Ms }: HeadQuestion): HeadAge {
  if (newestL1Ms - headMs > oldHeadMs) return 'old'
  if (headMs - localMs > clockErrorMs) return 'local-clock'
  if (localMs - headMs <= oldHeadMs) return 'fresh'
  if (newestL2Ms === null || headMs - newestL2Ms > oldHeadMs) return 'unsure'
  return newestL2Ms - headMs > oldHeadMs ? 'old' : 'local-clock'
}

/** May "this transaction is not there" be believed of an endpoint with such a head? */
export function knowsTheNewest(age: HeadAge): boolean {
  return age === 'fresh' || age === 'local-clock'
}

export function headFinding(endpoint: string, age: HeadAge, question: HeadQuestion): Finding | null {
  const headTime = isoOfSeconds(Math.floor(question.headMs / 1000))
  const seconds = Math.round(Math.abs(question.localMs - question.headMs) / 1000)
  const values = { endpoint, headTime, localTime: new Date(question.localMs).toISOString() }
  if (age === 'old' || age === 'unsure') {
    const doubt = age === 'old' ? '' : ', unless the clock of this machine is wrong'
    const text = `${endpoint} stopped at the L1 block of ${headTime}${doubt}: what it does not show may still be on L1. Add another endpoint to L1_RPC_URLS.`
    return { code: 'l1-head-old', severity: 'warning', values, text }
  }
  if (age === 'local-clock') {
    const text = `The clock of this machine is ${seconds} s off the chain's time (newest L1 block: ${headTime}). Set the clock; ages here are counted by the chain.`
    return { code: 'local-clock-wrong', severity: 'warning', values, text }
  }
  return null
}
