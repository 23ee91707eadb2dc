// The accounts that commit and execute: an empty purse or a pile of unmined transactions is often why L1 stands still.
//
// Who they are is learned from the newest events of one look and asked about with the next, so that it costs no round trip.

import { z } from 'zod'
import type { Finding } from '../../core/finding.ts'
import { type RpcAnswer, type RpcCall, rpcCall } from '../rpc/json-rpc.ts'
import { address, amount, quantity } from '../rpc/rpc-values.ts'

export interface L1Operator {
  /** A transaction of its own. */
  readonly hash: string
  readonly from: string | null
}

export type L1Operators = Map<'commit' | 'execute', L1Operator>

const senderOf = z.object({ from: address }).nullable()
/** Less pays for few commits; the node stops sending without a word to its users. */
const lowWei = 10n ** 17n
const manyPending = 3

/** Three answers per known operator, one for each that is still to be learned. */
export function operatorCalls(operators: L1Operators): readonly RpcCall<unknown>[] {
  return [...operators.values()].flatMap(({ hash, from }): RpcCall<unknown>[] =>
    from === null
      ? [rpcCall('eth_getTransactionByHash', [hash], senderOf)]
      : [
          rpcCall('eth_getBalance', [from, 'latest'], amount),
          rpcCall('eth_getTransactionCount', [from, 'latest'], quantity),
          rpcCall('eth_getTransactionCount', [from, 'pending'], quantity),
        ],
  )
}

/** Reads the answers to `operatorCalls`, and notes the senders that were learned. */
export function operatorFindings(operators: L1Operators, answers: readonly RpcAnswer<unknown>[]): readonly Finding[] {
  const left = [...answers]
  const take = <T>() => {
    const answer = left.shift()
    return answer?.ok ? (answer.value as T | null) : null
  }
  const found = new Map<string, Finding>()
  for (const [stage, operator] of operators) {
    if (operator.from === null) {
      const sender = take<{ readonly from: string }>()
      if (sender !== null) operators.set(stage, { ...operator, from: sender.from })
      continue
    }
    const [balance, mined, pending] = [take<string>(), take<number>(), take<number>()]
    for (const finding of judgeOperator(stage, operator.from, balance, mined, pending)) {
      found.set(`${finding.code} ${operator.from}`, finding)
    }
  }
  return [...found.values()]
}

function judgeOperator(
  stage: string,
  from: string,
  balance: string | null,
  mined: number | null,
  pending: number | null,
): readonly Finding[] {
  const findings: Finding[] = []
  if (balance !== null && BigInt(balance) < lowWei) {
    const eth = (Number(BigInt(balance) / 10n ** 12n) / 1e6).toFixed(4)
    const text = `The account that sends to L1 (${stage}, ${from}) has only ${eth} ETH left: fill it up, or sending stops.`
    findings.push({ code: 'operator-balance-low', severity: 'warning', values: { stage, from, balance }, text })
  }
  if (mined !== null && pending !== null && pending - mined >= manyPending) {
    const count = pending - mined
    const text = `${count} transactions of ${from} (${stage}) wait in L1's mempool: gas may be above what the node pays.`
    findings.push({ code: 'operator-transactions-pending', severity: 'warning', values: { stage, from, count }, text })
  }
  return findings
}
