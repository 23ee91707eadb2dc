// What the L2 node's RPC knows about a transaction, block or batch and its way to L1, in one shape for both node stacks.

import type { Finding } from '../../core/finding.ts'
import type { SettlementStage } from '../l1/settlement-claim.ts'
import type { SettlementLayer } from '../l1/settlement-proof.ts'
import type { L2Node } from './l2-node.ts'
import { l2Findings } from './l2-node.ts'
import { traceOnEra } from './rpc-trace-era.ts'
import { traceOnOs } from './rpc-trace-os.ts'

export type RpcStack = 'era' | 'zksync-os'

export interface RpcTransaction {
  readonly hash: string
  readonly status: 'pending' | 'included' | 'failed'
  readonly block: number | null
  readonly batch: number | null
  readonly from: string | null
  readonly to: string | null
  readonly isL1Originated: boolean | null
  /** ISO 8601 UTC, the node's own precision. */
  readonly receivedAt: string | null
  /** Messages to L1, as the receipt lists them. */
  readonly messages: readonly RpcMessage[]
}

export interface RpcMessage {
  readonly index: number
  readonly sender: string
  readonly key: string
  readonly value: string
  readonly batch: number | null
}

export interface RpcBlock {
  readonly number: number
  readonly hash: string | null
  readonly time: string
}

export interface RpcBatch {
  readonly number: number
  readonly sealed: boolean
  /** When its first block was opened. */
  readonly time: string | null
  readonly firstBlock: number | null
  readonly lastBlock: number | null
  /** When its last block was made. */
  readonly lastBlockTime: string | null
  readonly rootHash: string | null
  readonly commitment: string | null
}

export interface RpcStage {
  readonly stage: SettlementStage
  /** Null: the node (or L1, where the node does not say) shows none yet. */
  readonly hash: string | null
  /** The node's clock, rewritten at each finality step: not the L1 time. */
  readonly at: string | null
  readonly settlementChainId: number | null
  readonly finality: 'pending' | 'fast_finalized' | 'finalized' | null
  /** `l1`: found through the diamond's events, so the node's word is not needed for it. */
  readonly source: 'node' | 'l1'
  /** False: the search on L1 was cut short, so "none" is not known. */
  readonly searchComplete: boolean
  /** ZKsync OS without a hash: the `safe` and `finalized` tags say it is done. */
  readonly doneByTag: boolean
}

export interface RpcTrace {
  readonly stack: RpcStack
  /** Name of the endpoint that answered. */
  readonly node: string
  readonly chainId: number
  readonly head: { readonly block: number; readonly time: string } | null
  readonly transaction: RpcTransaction | null
  readonly block: RpcBlock | null
  readonly batch: RpcBatch | null
  readonly stages: readonly RpcStage[]
  readonly findings: readonly Finding[]
}

/** `known: false` with `sure: false`: not every node could tell (pruned, silent), so "unknown" is not certain. */
export type RpcTraceAnswer =
  | { readonly known: true; readonly trace: RpcTrace }
  | {
      readonly known: false
      readonly sure: boolean
      readonly nodes: readonly string[]
      readonly findings: readonly Finding[]
    }

export interface RpcTracer {
  /** Never throws: what could not be reached is a finding. */
  transaction(hash: string, limits: { readonly signal: AbortSignal }): Promise<RpcTraceAnswer>
  block(number: number, limits: { readonly signal: AbortSignal }): Promise<RpcTraceAnswer>
  batch(number: number, limits: { readonly signal: AbortSignal }): Promise<RpcTraceAnswer>
}

export type TraceQuestion =
  | { readonly kind: 'transaction'; readonly hash: string }
  | { readonly kind: 'block' | 'batch'; readonly number: number }

export interface RpcTracerSettings {
  readonly node: L2Node
  /** ZKsync OS nodes know no batches: their way to L1 is read from the diamond's events there. */
  readonly l1: SettlementLayer | null
}

export function createRpcTracer({ node, l1 }: RpcTracerSettings): RpcTracer {
  async function trace(question: TraceQuestion, signal: AbortSignal): Promise<RpcTraceAnswer> {
    const answer = await node.identity({ signal })
    if (!answer.known) return { known: false, sure: false, nodes: node.names, findings: l2Findings(answer.failures) }
    return answer.identity.stack === 'era' ? traceOnEra(node, question, signal) : traceOnOs(node, l1, question, signal)
  }
  return {
    transaction: (hash, { signal }) => trace({ kind: 'transaction', hash }, signal),
    block: (number, { signal }) => trace({ kind: 'block', number }, signal),
    batch: (number, { signal }) => trace({ kind: 'batch', number }, signal),
  }
}
