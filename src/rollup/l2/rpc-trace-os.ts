// Following a transaction, block or batch on a ZKsync OS node: it knows block tags only, so batches are read from L1.

import type { Finding } from '../../core/finding.ts'
import type { SettlementLayer } from '../l1/settlement-proof.ts'
import { isThere, type RpcAnswer, valueIn } from '../rpc/json-rpc.ts'
import { type L2Block, l2Methods } from './l2-methods.ts'
import { type L2Node, l2Findings } from './l2-node.ts'
import { type OsBatch, type OsSearch, searchBatch } from './os-batch-search.ts'
import type { RpcBlock, RpcStage, RpcTrace, RpcTraceAnswer, RpcTransaction, TraceQuestion } from './rpc-trace.ts'

/** Newest block, last block of the last committed batch, last block of the last executed batch. */
const tagCalls = [l2Methods.block('latest'), l2Methods.block('safe'), l2Methods.block('finalized')] as const

interface Tags {
  readonly latest: L2Block | null
  /** Null: the node did not say. */
  readonly committed: number | null
  readonly executed: number | null
}

export async function traceOnOs(
  node: L2Node,
  l1: SettlementLayer | null,
  question: TraceQuestion,
  signal: AbortSignal,
): Promise<RpcTraceAnswer> {
  if (question.kind === 'transaction') return traceTransaction(node, l1, question.hash, signal)
  if (question.kind === 'block') return traceBlock(node, l1, question.number, signal)
  return traceBatch(node, l1, question.number, signal)
}

async function traceTransaction(
  node: L2Node,
  l1: SettlementLayer | null,
  hash: string,
  signal: AbortSignal,
): Promise<RpcTraceAnswer> {
  const calls = [...tagCalls, l2Methods.receipt(hash), l2Methods.transaction(hash)] as const
  const asked = await node.ask(calls, { signal, isComplete: ([, , , receipt]) => isThere(receipt) })
  const voice =
    asked.voices.find(({ answers: [, , , receipt] }) => isThere(receipt)) ??
    asked.voices.find(({ answers: [, , , , transaction] }) => isThere(transaction))
  if (voice === undefined) {
    const clear = asked.voices.every(({ answers: [, , , ...rest] }) => rest.every((answer) => answer.ok))
    return unknown(node, asked.voices.length > 0 && asked.failures.length === 0 && clear, l2Findings(asked.failures))
  }
  const tags = readTags(voice.answers)
  const receipt = valueIn(voice.answers[3])
  const sent = valueIn(voice.answers[4])
  const number = receipt?.blockNumber ?? sent?.blockNumber ?? null
  const block = number === null ? null : valueIn(await voice.endpoint.call(l2Methods.block(number), { signal }))
  const settled = await settle(node, l1, tags, block, signal)
  const transaction: RpcTransaction = {
    hash,
    status: receipt?.status === 0 ? 'failed' : number === null ? 'pending' : 'included',
    block: number,
    batch: settled.batch?.number ?? null,
    from: receipt?.from ?? sent?.from ?? null,
    to: receipt?.to ?? sent?.to ?? null,
    // Deposits and upgrades have types of their own on this stack.
    isL1Originated: sent?.type == null ? null : sent.type >= 0x7e,
    receivedAt: null,
    messages: (receipt?.l2ToL1Logs ?? []).map(({ sender, key, value }, index) => ({
      ...{ index, sender, key, value },
      batch: settled.batch?.number ?? null,
    })),
  }
  const findings = [...l2Findings(asked.failures), ...settled.findings]
  return answer(voice, tags, { transaction, block: block && shown(block), ...settled, findings })
}

async function traceBlock(
  node: L2Node,
  l1: SettlementLayer | null,
  number: number,
  signal: AbortSignal,
): Promise<RpcTraceAnswer> {
  const calls = [...tagCalls, l2Methods.block(number)] as const
  const asked = await node.ask(calls, { signal, isComplete: ([, , , block]) => isThere(block) })
  const voice = asked.voices.find(({ answers: [, , , block] }) => isThere(block))
  if (voice === undefined) {
    const clear = asked.voices.every(({ answers: [, , , block] }) => block.ok)
    return unknown(node, asked.voices.length > 0 && asked.failures.length === 0 && clear, l2Findings(asked.failures))
  }
  const tags = readTags(voice.answers)
  const block = valueIn(voice.answers[3])
  const settled = await settle(node, l1, tags, block, signal)
  const findings = [...l2Findings(asked.failures), ...settled.findings]
  return answer(voice, tags, { transaction: null, block: block && shown(block), ...settled, findings })
}

async function traceBatch(
  node: L2Node,
  l1: SettlementLayer | null,
  number: number,
  signal: AbortSignal,
): Promise<RpcTraceAnswer> {
  const asked = await node.ask(tagCalls, { signal })
  const [voice] = asked.voices
  const search = await searchBatch(l1, { batch: number }, signal)
  if (voice === undefined || search.batch === null) {
    return unknown(node, voice !== undefined && search.complete, [...l2Findings(asked.failures), ...search.findings])
  }
  const tags = readTags(voice.answers)
  const last = valueIn(await voice.endpoint.call(l2Methods.block(search.batch.lastBlock), { signal }))
  const stages = stagesOf(search, tags, search.batch.lastBlock)
  const batch = shownBatch(search.batch, last)
  const findings = [...l2Findings(asked.failures), ...search.findings]
  return answer(voice, tags, { transaction: null, block: null, batch, stages, findings })
}

type Settled = Pick<RpcTrace, 'batch' | 'stages' | 'findings'>

/** Tags say how far the block is; L1 says by which batch and transactions. Not committed yet: nothing to search for. */
async function settle(
  node: L2Node,
  l1: SettlementLayer | null,
  tags: Tags,
  block: L2Block | null,
  signal: AbortSignal,
): Promise<Settled> {
  const notYet = block === null || (tags.committed !== null && block.number > tags.committed)
  if (notYet) return { batch: null, stages: stagesOf(null, tags, block?.number ?? null), findings: [] }
  const search = await searchBatch(l1, { block: block.number, since: block.time }, signal)
  const stages = stagesOf(search, tags, block.number)
  if (search.batch === null) {
    const isContradiction = search.complete && tags.committed !== null
    return { batch: null, stages, findings: [...search.findings, ...(isContradiction ? [notOnL1(block)] : [])] }
  }
  const { lastBlock } = search.batch
  const asked = lastBlock === block.number ? null : await node.ask([l2Methods.block(lastBlock)], { signal })
  const last = asked === null ? block : valueIn(asked.voices[0]?.answers[0])
  return { batch: shownBatch(search.batch, last), stages, findings: search.findings }
}

function notOnL1({ number }: L2Block): Finding {
  const text = `The L2 node says that block ${number} is committed, but the diamond on L1 shows no batch with it. Ask another node; check DIAMOND_PROXY_ADDRESS.`
  return { code: 'l1-batch-not-found', severity: 'critical', values: { block: number }, text }
}

function stagesOf(search: OsSearch | null, tags: Tags, block: number | null): readonly RpcStage[] {
  const isUpTo = (tag: number | null) => block !== null && tag !== null && block <= tag
  const stage = (name: 'commit' | 'prove' | 'execute', doneByTag: boolean): RpcStage => ({
    stage: name,
    hash: search?.batch?.[name] ?? null,
    at: null,
    settlementChainId: null,
    finality: null,
    source: search?.batch?.[name] == null ? 'node' : 'l1',
    searchComplete: search === null || search.complete,
    doneByTag,
  })
  // The node has no word for "proved"; what is executed must have been proved before.
  const executed = isUpTo(tags.executed)
  return [stage('commit', isUpTo(tags.committed)), stage('prove', executed), stage('execute', executed)]
}

function readTags(answers: readonly RpcAnswer<L2Block | null>[] | readonly RpcAnswer<unknown>[]): Tags {
  const [latest, safe, finalized] = answers as readonly RpcAnswer<L2Block | null>[]
  return {
    latest: valueIn(latest),
    committed: valueIn(safe)?.number ?? null,
    executed: valueIn(finalized)?.number ?? null,
  }
}

function shown({ number, hash, time }: L2Block): RpcBlock {
  return { number, hash, time }
}

function shownBatch({ number, firstBlock, lastBlock, rootHash, commitment }: OsBatch, last: L2Block | null) {
  const times = { time: null, lastBlockTime: last?.time ?? null }
  return { number, sealed: true, ...times, firstBlock, lastBlock, rootHash, commitment }
}

function answer(
  { endpoint, chainId }: { readonly endpoint: { readonly name: string }; readonly chainId: number },
  { latest }: Tags,
  told: Omit<RpcTrace, 'stack' | 'node' | 'chainId' | 'head'>,
): RpcTraceAnswer {
  const head = latest === null ? null : { block: latest.number, time: latest.time }
  return { known: true, trace: { stack: 'zksync-os', node: endpoint.name, chainId, head, ...told } }
}

function unknown(node: L2Node, sure: boolean, findings: readonly Finding[]): RpcTraceAnswer {
  return { known: false, sure, nodes: node.names, findings }
}
