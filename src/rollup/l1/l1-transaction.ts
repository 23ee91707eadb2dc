// What one transaction did on L1, by the diamond's own events: settled batches, asked for L2 transactions, or nothing of ours.

import { isoOfSeconds } from '../rpc/rpc-values.ts'
import { type DiamondEvent, readDiamondEvents } from './contracts.ts'
import { knowsTheNewest } from './l1-head.ts'
import type { L1Transaction, L1TransactionReader, PriorityRequest, SettledBatches } from './settlement-claim.ts'
import type { SettlementLayer } from './settlement-proof.ts'
import { blockCall, readSettlement, type Seen, type SettlementReading } from './settlement-reading.ts'

export interface L1TransactionSettings {
  /** Null: no L1 endpoint is configured. */
  readonly l1: SettlementLayer | null
  readonly now: () => Date
}

export function createL1TransactionReader({ l1, now }: L1TransactionSettings): L1TransactionReader {
  return {
    async read(hash, question) {
      const nothing = { ...blank, hash, findings: [] }
      if (l1 === null)
        return { ...nothing, state: 'not-checked', why: 'No L1 endpoint is configured: set L1_RPC_URLS.' }
      const found = await l1.diamond.find(question)
      const read = await readSettlement({ ...l1, diamond: found.diamond, hashes: [hash], question, now })
      const { findings } = read
      const view = bestView(hash, read.readings)
      if (view === null) {
        const why = `Nobody could be asked: ${read.failures.map(({ text }) => text).join('; ')}.`
        return { ...nothing, findings, state: 'unreachable', why }
      }
      const { reading, seen } = view
      if (seen.kind !== 'receipt') return { ...nothing, findings, ...withoutReceipt(reading, seen) }
      const { receipt } = seen
      const block = await reading.endpoint.call(blockCall(receipt.blockNumber), question)
      const { number, finalized } = reading.head
      const diamond = reading.notTheDiamond === null ? found.diamond : null
      const events = diamond === null || receipt.status !== 1 ? [] : readDiamondEvents(receipt.logs, diamond.address)
      const whyNot = found.diamond === null ? found.why : (reading.notTheDiamond ?? '')
      return {
        hash,
        state: receipt.status === 1 ? 'success' : 'reverted',
        block: receipt.blockNumber,
        time: block.ok && block.value?.hash === receipt.blockHash ? isoOfSeconds(block.value.timestamp) : null,
        confirmations: Math.max(0, number - receipt.blockNumber + 1),
        finalized: finalized === null ? null : receipt.blockNumber <= finalized,
        from: receipt.from,
        to: receipt.to,
        ...whatItDid(events),
        why: diamond === null ? `What it did for this chain can’t be said: ${whyNot}` : '',
        findings,
      }
    },
  }
}

const blank = {
  ...{ block: null, time: null, confirmations: null, finalized: null, from: null, to: null },
  ...{ settled: [], deposits: [] },
}

interface View {
  readonly reading: SettlementReading
  readonly seen: Seen
}

function bestView(hash: string, readings: readonly SettlementReading[]): View | null {
  const views = readings.map(
    (reading): View => ({
      reading,
      seen: reading.transactions.get(hash) ?? { kind: 'absent' },
    }),
  )
  const worth = ({ reading, seen }: View) => {
    if (seen.kind === 'receipt') return 0
    if (seen.kind === 'pending') return 1
    return seen.kind === 'absent' && knowsTheNewest(reading.age) ? 2 : 3
  }
  return views.toSorted((a, b) => worth(a) - worth(b))[0] ?? null
}

function withoutReceipt({ endpoint, head, age }: SettlementReading, seen: Exclude<Seen, { kind: 'receipt' }>) {
  if (seen.kind === 'pending') {
    const why = 'It waits in the mempool of L1: no block has it yet.'
    return { state: 'pending' as const, from: seen.from, to: seen.to, why }
  }
  if (seen.kind === 'failed') return { state: 'unreachable' as const, why: `${seen.why}.` }
  const why = `${endpoint.name} does not know it; its newest block is of ${head.time}.`
  return { state: knowsTheNewest(age) ? ('unknown' as const) : ('unreachable' as const), why }
}

/** Several kinds in one transaction are possible: a multicall may commit, prove and carry a deposit. */
function whatItDid(events: readonly DiamondEvent[]): Pick<L1Transaction, 'settled' | 'deposits'> {
  const deposits: PriorityRequest[] = []
  const settled: SettledBatches[] = []
  for (const event of events) {
    if (event.kind === 'priority-request') {
      const { kind: _, ...request } = event
      deposits.push(request)
    } else if (event.kind === 'prove') {
      settled.push({ stage: 'prove', from: event.previous + 1, to: event.current, hashes: [] })
    } else if (event.kind === 'precommit') {
      settled.push({ stage: 'precommit', from: event.batch, to: event.batch, hashes: [] })
    } else if (event.kind === 'commit' || event.kind === 'execute') {
      addBatch(settled, event)
    }
  }
  return { settled, deposits }
}

/** One entry per stage: the events of one transaction name its batches one by one. */
function addBatch(settled: SettledBatches[], event: Extract<DiamondEvent, { kind: 'commit' | 'execute' }>): void {
  const { kind: stage, batch, batchHash, commitment } = event
  const at = settled.findIndex((one) => one.stage === stage)
  const before = settled[at]
  const hashes = [...(before?.hashes ?? []), { batch, batchHash, commitment }]
  const numbers = hashes.map((one) => one.batch)
  const merged = { stage, from: Math.min(...numbers), to: Math.max(...numbers), hashes }
  if (before === undefined) settled.push(merged)
  else settled[at] = merged
}
