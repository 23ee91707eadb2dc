// Does this L1 receipt prove that the stage happened for this batch? The diamond's own logs decide, and nothing else; pure.

import { z } from 'zod'
import { address, amount, hash, quantity } from '../rpc/rpc-values.ts'
import { type DiamondEvent, logSchema, readDiamondEvents } from './contracts.ts'
import type { L1Progress, SettlementClaim, SettlementStage } from './settlement-claim.ts'

export const receiptSchema = z.object({
  transactionHash: hash,
  blockHash: hash,
  blockNumber: quantity,
  status: quantity,
  from: address,
  to: address.nullish().transform((text) => text ?? null),
  effectiveGasPrice: amount.nullish().transform((text) => text ?? null),
  logs: z.array(logSchema),
})
export type Receipt = z.infer<typeof receiptSchema>

export interface Check {
  readonly result: 'verified' | 'mismatch'
  readonly why: string
}

export interface Evidence {
  readonly receipt: Receipt
  readonly diamond: string
  /** The diamond's counters; null where they could not be read. */
  readonly progress: L1Progress | null
  /** Newest block of the endpoint that gave the receipt. */
  readonly head: number
  /** Third topic of the batch's other event (commit for execute, and the reverse), where a receipt of it is at hand. */
  readonly otherCommitment: string | null
}

const verb: Readonly<Record<SettlementStage, string>> = {
  precommit: 'precommitted',
  commit: 'committed',
  prove: 'proved',
  execute: 'executed',
}

/**
 * `tx.to` and the selector are no evidence: validators have called through seven contracts so far, and anyone may call
 * a contract of their own that emits the same event.
 */
export function checkReceipt(claim: SettlementClaim, evidence: Evidence): Check {
  const { receipt, diamond } = evidence
  if (receipt.transactionHash !== claim.hash) return mismatch('The endpoint sent the receipt of another transaction.')
  if (receipt.status !== 1) return mismatch('The transaction reverted on the settlement chain: it changed nothing.')
  const events = readDiamondEvents(receipt.logs, diamond)
  const check = checkEvents(claim, events, evidence.otherCommitment)
  if (check.result === 'mismatch') return check
  const undone = checkCounters(claim, evidence)
  return undone ?? check
}

function checkEvents(claim: SettlementClaim, events: readonly DiamondEvent[], otherCommitment: string | null): Check {
  const { stage, batch } = claim
  if (stage === 'prove') {
    const ranges = events.flatMap((event) => (event.kind === 'prove' ? [event] : []))
    if (ranges.some(({ previous, current }) => previous < batch && batch <= current)) return verified(claim, '')
    const seen = ranges.map(({ previous, current }) => `${previous + 1}–${current}`)
    return notThisBatch(claim, seen)
  }
  const mine = events.flatMap((event) => (event.kind === stage ? [event] : []))
  const event = mine.findLast((one) => one.batch === batch)
  if (event === undefined)
    return notThisBatch(
      claim,
      mine.map((one) => String(one.batch)),
    )
  if (event.kind === 'precommit') return verified(claim, '')
  if (claim.batchHash !== null && event.batchHash !== claim.batchHash) {
    return mismatch(
      `It ${verb[stage]} another batch ${batch}: its hash on L1 is ${event.batchHash}, the node says ${claim.batchHash}.`,
    )
  }
  const commitment = claim.commitment ?? otherCommitment
  if (commitment !== null && event.commitment !== commitment) {
    return mismatch(
      `It ${verb[stage]} batch ${batch} with the commitment ${event.commitment}, expected was ${commitment}.`,
    )
  }
  return verified(claim, claim.batchHash === null ? ' (by number: no batch hash to compare with)' : '')
}

/**
 * A revert lowers the counters and leaves receipts as they are. Counters and receipt may come from different machines
 * behind one address, so the newest blocks decide nothing.
 */
function checkCounters({ stage, batch }: SettlementClaim, { progress, receipt, head }: Evidence): Check | null {
  if (progress === null || head - receipt.blockNumber < 2 || stage === 'precommit') return null
  const counter = { commit: progress.committed, prove: progress.verified, execute: progress.executed }[stage]
  if (counter === null || batch <= counter) return null
  return mismatch(
    `Undone since: L1 counts batches only up to ${counter} as ${verb[stage]}, so batch ${batch} was reverted.`,
  )
}

function verified({ stage, batch }: SettlementClaim, note: string): Check {
  return { result: 'verified', why: `The diamond itself says that batch ${batch} was ${verb[stage]} here${note}.` }
}

function notThisBatch({ stage, batch }: SettlementClaim, seen: readonly string[]): Check {
  const instead =
    seen.length === 0 ? 'the diamond says nothing of the kind in it' : `it ${verb[stage]} ${seen.join(', ')}`
  return mismatch(`The transaction is there, but it has not ${verb[stage]} batch ${batch}: ${instead}.`)
}

function mismatch(why: string): Check {
  return { result: 'mismatch', why }
}
