// The accounts that commit and execute: an empty purse or a pile of unmined transactions is often why L1 stands still.
//
// Who they are is learned from the newest events of one look and asked about along with the next, so that it costs no round
// trip; only where nobody is known yet they are asked about at once, by the transaction that the L2 node names if no event is in sight.

import { z } from 'zod'
import type { Finding } from '../../../core/finding.ts'
import { readDiamondEvents } from '../../l1/contracts.ts'
import { type Receipt, receiptSchema } from '../../l1/receipt-check.ts'
import { type RpcAnswer, type RpcCall, type RpcEndpoint, rpcCall, valueIn } from '../../rpc/json-rpc.ts'
import { address, amount, quantity } from '../../rpc/rpc-values.ts'
import type { L1Event } from './l1-events.ts'
import type { LastHashes } from './last-hashes.ts'

export interface KnownOperator {
  readonly stage: 'commit' | 'execute'
  /** A transaction of its own. */
  readonly hash: string
  readonly from: string | null
}

export interface OperatorState {
  readonly stage: 'commit' | 'execute'
  readonly address: string
  /** Wei, decimal. */
  readonly balance: string | null
  /** Sent and not mined. */
  readonly pending: number | null
}

/** Where the operators outlive the process. */
export interface OperatorMemory {
  operators(): readonly KnownOperator[]
  keepOperators(operators: readonly KnownOperator[]): void
}

export interface Operators {
  /** What was told at an earlier look holds no more. */
  begin(): void
  ask(): OperatorQuestion
  /** Of one of the stages nobody is known. */
  lacksOne(): boolean
  /** Notes whose transactions the newest events are; asks about them now only where nobody was known. */
  learn(question: LearnQuestion): Promise<void>
  states(): readonly OperatorState[]
  findings(): readonly Finding[]
}

export interface LearnQuestion {
  readonly events: readonly L1Event[]
  readonly endpoint: RpcEndpoint
  readonly diamond: string
  /** Looked at where no event of a stage is in sight; null: nobody was asked for them. */
  readonly named: Promise<LastHashes> | null
  readonly signal: AbortSignal
}

/** Several endpoints may be asked at once, while who is known changes. */
export interface OperatorQuestion {
  /** Whose transaction it was, and of a known account its purse and its queue. */
  readonly calls: readonly RpcCall<unknown>[]
  /** The answers to `calls`. */
  heard(answers: readonly RpcAnswer<unknown>[]): void
}

const senderOf = z.object({ from: address }).nullable()
/** Less pays for few commits; the node stops sending without a word to its users. */
const lowWei = 10n ** 17n
const manyPending = 3

export function createOperators(memory: OperatorMemory): Operators {
  let known: readonly KnownOperator[] = memory.operators()
  let states: readonly OperatorState[] = []
  /** Receipts that were read, whatever came of it: nothing in them changes. */
  const tried = new Set<string>()

  function keep(next: readonly KnownOperator[]): void {
    known = next
    memory.keepOperators(next)
  }

  function ask(): OperatorQuestion {
    const asked = known
    return { calls: asked.flatMap(callsOf), heard: (answers) => heard(asked, answers) }
  }

  function heard(asked: readonly KnownOperator[], answers: readonly RpcAnswer<unknown>[]): void {
    // An endpoint that answered nothing says nothing against what another one told.
    if (answers.every((answer) => !answer.ok)) return
    const left = [...answers]
    const take = <T>() => {
      const answer = left.shift()
      return answer?.ok ? (answer.value as T | null) : null
    }
    const found: OperatorState[] = []
    const learned = asked.map((operator) => {
      const from = take<{ readonly from: string }>()?.from ?? operator.from
      if (operator.from === null) return { ...operator, from }
      const [balance, mined, pending] = [take<string>(), take<number>(), take<number>()]
      const waiting = mined === null || pending === null ? null : Math.max(0, pending - mined)
      found.push({ stage: operator.stage, address: operator.from, balance, pending: waiting })
      return { ...operator, from }
    })
    states = found
    // Another endpoint may have told of more meanwhile.
    keep([...learned, ...known.filter(({ stage }) => learned.every((one) => one.stage !== stage))])
  }

  async function askNow(endpoint: RpcEndpoint, signal: AbortSignal): Promise<void> {
    const question = ask()
    question.heard(await endpoint.batch(question.calls, { signal }))
  }

  return {
    ask,
    begin() {
      states = known.flatMap(({ stage, from }) =>
        from === null ? [] : [{ stage, address: from, balance: null, pending: null }],
      )
    },
    lacksOne: () => lacking(known).length > 0,
    async learn({ events, endpoint, diamond, named, signal }) {
      const before = lacking(known)
      keep(withNewest(known, events))
      const hints = lacking(known).length === 0 ? null : await named
      const told = lacking(known).flatMap((stage): readonly Hint[] => {
        const hash = hints?.[stage] ?? null
        return hash === null || tried.has(hash) ? [] : [{ stage, hash }]
      })
      if (lacking(known).length === before.length && told.length === 0) return
      const question = ask()
      const answers = await endpoint.batch([...question.calls, ...told.map(({ hash }) => receiptCall(hash))], {
        signal,
      })
      question.heard(answers.slice(0, question.calls.length))
      const found = told.flatMap(({ stage, hash }, at): readonly KnownOperator[] => {
        const receipt = valueIn(answers[question.calls.length + at] as RpcAnswer<Receipt | null> | undefined)
        if (receipt === null) return []
        tried.add(hash)
        return isOf(receipt, stage, diamond) ? [{ stage, hash, from: receipt.from }] : []
      })
      keep([...known, ...found.filter(({ stage }) => known.every((one) => one.stage !== stage))])
      if (known.some(({ from }) => from !== null)) await askNow(endpoint, signal)
    },
    states: () => states,
    findings: () => [...new Map(states.flatMap(judge).map((one) => [keyOf(one), one])).values()],
  }
}

interface Hint {
  readonly stage: KnownOperator['stage']
  readonly hash: string
}

const stages = ['commit', 'execute'] as const
const receiptCall = (hash: string) => rpcCall('eth_getTransactionReceipt', [hash], receiptSchema.nullable())

function lacking(known: readonly KnownOperator[]): readonly KnownOperator['stage'][] {
  return stages.filter((stage) => known.every((one) => one.stage !== stage))
}

/** A node may name any transaction: only one that did this stage on the chain's own diamond tells who sends. */
function isOf({ status, logs }: Receipt, stage: KnownOperator['stage'], diamond: string): boolean {
  return status === 1 && readDiamondEvents(logs, diamond).some(({ kind }) => kind === stage)
}

function callsOf({ hash, from }: KnownOperator): readonly RpcCall<unknown>[] {
  const sender = rpcCall('eth_getTransactionByHash', [hash], senderOf)
  if (from === null) return [sender]
  return [
    sender,
    rpcCall('eth_getBalance', [from, 'latest'], amount),
    rpcCall('eth_getTransactionCount', [from, 'latest'], quantity),
    rpcCall('eth_getTransactionCount', [from, 'pending'], quantity),
  ]
}

/** A new sender shows when its transaction is read; until then the one known so far stands. */
function withNewest(known: readonly KnownOperator[], events: readonly L1Event[]): readonly KnownOperator[] {
  return stages.flatMap((stage): KnownOperator[] => {
    const before = known.find((one) => one.stage === stage)
    const last = events.findLast(({ event }) => event.kind === stage)?.hash ?? null
    if (last === null) return before === undefined ? [] : [before]
    return [{ stage, hash: last, from: before?.from ?? null }]
  })
}

const keyOf = ({ code, values }: Finding) => `${code} ${String(values.from)}`

function judge({ stage, address: from, balance, pending }: OperatorState): readonly Finding[] {
  const findings: Finding[] = []
  if (balance !== null && BigInt(balance) < lowWei) {
    const eth = (Number(BigInt(balance) / 10n ** 12n) / 1e6).toFixed(4)
    const text = `The account that sends to L1 (${stage}, ${from}) has only ${eth} ETH left: fill it up, or sending stops.`
    findings.push({ code: 'operator-balance-low', severity: 'warning', values: { stage, from, balance }, text })
  }
  if (pending !== null && pending >= manyPending) {
    const text = `${pending} transactions of ${from} (${stage}) wait in L1's mempool: gas may be above what the node pays.`
    const values = { stage, from, count: pending }
    findings.push({ code: 'operator-transactions-pending', severity: 'warning', values, text })
  }
  return findings
}
