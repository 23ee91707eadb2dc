// From what an L2 endpoint tells to the facts of a trace. Pure.

import type { RpcStage, RpcTrace } from '../l2/rpc-trace.ts'
import type { Traced, TracedBatch, TracedTransaction, TraceStage } from './facts.ts'
import { readMessages } from './messages.ts'
import { addWaits, stageOrder, waitingStage } from './stages.ts'

export function tracedFromRpc(trace: RpcTrace, now: string): Traced {
  const batch = batchOf(trace)
  const block = trace.block && { number: trace.block.number, hash: trace.block.hash, timestamp: trace.block.time }
  const stages = stageOrder.flatMap((name) => {
    const stage = trace.stages.find((candidate) => candidate.stage === name)
    if (stage) return name === 'precommit' && stage.hash === null ? [] : [stageOf(stage)]
    return name === 'precommit' ? [] : [waitingStage(name)]
  })
  // An endpoint shows neither the sender's rows nor which batch is next.
  const timed = addWaits(stages, batch, { now, heads: null, proofs: [], block })
  return {
    source: 'rpc',
    transaction: transactionOf(trace),
    block,
    batch,
    stages: timed,
    messages: readMessages(trace.transaction?.messages ?? [], timed),
    findings: trace.findings,
  }
}

function transactionOf({ transaction }: RpcTrace): TracedTransaction | null {
  if (!transaction) return null
  const { hash, status, block, batch, from, to, receivedAt, isL1Originated } = transaction
  return { hash, status, block, batch, from, to, receivedAt, fromL1: isL1Originated, pruned: false }
}

function batchOf({ batch }: RpcTrace): TracedBatch | null {
  if (!batch) return null
  const { number, sealed, time, lastBlockTime, rootHash, commitment } = batch
  return {
    number,
    sealed,
    timestamp: time,
    sealedAt: sealed ? lastBlockTime : null,
    rootHash,
    commitment,
    skipProof: null,
    settlement: null,
  }
}

function stageOf({ stage, hash, at, finality, settlementChainId, doneByTag }: RpcStage): TraceStage {
  // A node publishes a hash only once its sender has seen it confirmed.
  const state = hash !== null || doneByTag ? 'done' : 'waiting'
  return { ...waitingStage(stage), state, hash, confirmedAt: at, finality, settlementChainId }
}
