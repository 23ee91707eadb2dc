// The transaction that the asker waits for: whether it is evidence that nobody makes blocks, and what is said of it. Pure.

import type { Finding } from '../../core/finding.ts'
import { isoOfSeconds } from '../rpc/rpc-values.ts'
import type { Demand } from './facts.ts'
import { short } from './shown.ts'
import type { L2Look } from './sources/l2.ts'

/** Waiting on some node, in a block of none, and one that a running sequencer would take. */
export function namedDemand({
  l2,
  tx,
}: {
  readonly l2: readonly L2Look[]
  readonly tx: string | null
}): readonly Demand[] {
  if (tx === null || l2.some(({ named }) => named?.state === 'included')) return []
  const pending = l2.flatMap(({ named }) => (named?.state === 'pending' && named.next !== false ? [named] : []))
  if (pending.length === 0) return []
  const sure = pending.filter(({ next }) => next === true)
  // A node that got it later from another one must not make it newer than the newest block.
  const since = Math.min(...(sure.length > 0 ? sure : pending).map((one) => one.since))
  const demand = { kind: 'named-transaction', witness: 'asker', since, text: `transaction ${short(tx)} waits` } as const
  return [sure.length > 0 ? demand : { ...demand, doubt: 'whether the sequencer could take it is not known' }]
}

const waitingWhy = {
  true: 'it is the next one of its account and pays enough',
  false: 'an earlier nonce is missing or its fee is too low, so it says nothing about the chain',
  null: 'whether the sequencer could take it is not known, so it is no evidence',
}

export function namedFinding(tx: string, l2: readonly L2Look[]): Finding {
  const included = l2.map(({ named }) => named).find((named) => named?.state === 'included')
  const pending = l2.map(({ named }) => named).find((named) => named?.state === 'pending')
  const values = { tx, state: included?.state ?? pending?.state ?? 'unknown' }
  if (included?.state === 'included') {
    return {
      code: 'named-transaction',
      severity: 'info',
      values,
      text: `Transaction ${short(tx)} is in block ${included.block}: /trace shows the rest.`,
    }
  }
  if (pending?.state === 'pending') {
    const why = waitingWhy[String(pending.next) as keyof typeof waitingWhy]
    return {
      code: 'named-transaction',
      severity: 'info',
      values,
      text: `Transaction ${short(tx)} waits since ${isoOfSeconds(Math.round(pending.since))}; ${why}.`,
    }
  }
  return {
    code: 'named-transaction',
    severity: 'info',
    values,
    text: `No L2 endpoint knows transaction ${short(tx)}: it may never have arrived, so it is no evidence.`,
  }
}
