// What an L1 hash means for this chain: batches it settled, a deposit it carried, or nothing. Pure.

import type { Finding } from '../../core/finding.ts'
import type { L1Transaction, SettledBatches } from '../l1/settlement-claim.ts'
import type { Deposit, Traced } from './facts.ts'
import { waitingStage } from './stages.ts'

export function depositOf({ hash, block, time, deposits }: L1Transaction): Deposit | null {
  const [first] = deposits
  return first ? { l1Hash: hash, l1Block: block, l1Time: time, ...first } : null
}

/** Several batches have no common way ahead: their numbers, and the one stage that they share. */
export function settledRange(l1: L1Transaction, settled: SettledBatches, l1ChainId: number | null): Traced {
  const numbers = Array.from({ length: settled.to - settled.from + 1 }, (_, index) => settled.from + index)
  const { hash, from, to } = l1
  const stage = { ...waitingStage(settled.stage), state: 'done' as const, hash, from, to, settlementChainId: l1ChainId }
  return {
    source: 'rpc',
    transaction: null,
    block: null,
    batch: null,
    batches: numbers.map((number) => ({ number, sealed: true, timestamp: null })),
    settled: { stage: settled.stage, hash },
    stages: [stage],
    messages: [],
    findings: [],
  }
}

export function l1Findings({ state, settled, deposits, why }: L1Transaction): readonly Finding[] {
  if (state === 'reverted') {
    const text = 'It is an L1 transaction, and it reverted: it deposited and settled nothing. Send it again.'
    return [{ code: 'l1-transaction-reverted', severity: 'warning', values: {}, text }]
  }
  if (state === 'pending') {
    const text = 'It is an L1 transaction that no L1 block has included yet. If it is a deposit, it starts with that.'
    return [{ code: 'l1-transaction-pending', severity: 'info', values: {}, text }]
  }
  if (state === 'success' && settled.length === 0 && deposits.length === 0) {
    // Without the diamond's address nothing can be said about what it did.
    if (why !== '') return [{ code: 'l1-transaction-unread', severity: 'warning', values: {}, text: why }]
    const text = "It is an L1 transaction that neither settled one of this chain's batches nor deposited to it."
    return [{ code: 'l1-transaction-unrelated', severity: 'warning', values: {}, text }]
  }
  if (deposits.length > 1) {
    const others = deposits.slice(1).map(({ l2Hash }) => l2Hash)
    const text = `It carried ${deposits.length} deposits; this is the first. Trace the others by their L2 hashes: ${others.join(', ')}.`
    return [{ code: 'several-deposits', severity: 'info', values: { others }, text }]
  }
  return []
}
