// Following a transaction, block or batch on an EraVM node, which knows its batches and their L1 transactions itself.

import type { Finding } from '../../core/finding.ts'
import type { Voice } from '../rpc/endpoint-set.ts'
import { isThere, type RpcAnswer, type RpcCall, valueIn } from '../rpc/json-rpc.ts'
import type { RpcFailure } from '../rpc/rpc-failure.ts'
import {
  type BatchDetails,
  type BlockDetails,
  type L2Receipt,
  l2Methods,
  type TransactionDetails,
} from './l2-methods.ts'
import { type L2Node, l2Findings } from './l2-node.ts'
import type { RpcBatch, RpcStage, RpcTrace, RpcTraceAnswer, RpcTransaction, TraceQuestion } from './rpc-trace.ts'

export async function traceOnEra(node: L2Node, question: TraceQuestion, signal: AbortSignal): Promise<RpcTraceAnswer> {
  if (question.kind === 'transaction') return traceTransaction(node, question.hash, signal)
  return question.kind === 'block'
    ? traceBlock(node, question.number, signal)
    : traceBatch(node, question.number, signal)
}

const headCalls = [l2Methods.block('latest'), l2Methods.lastSealedBatch()] as const

async function traceTransaction(node: L2Node, hash: string, signal: AbortSignal): Promise<RpcTraceAnswer> {
  const calls = [
    ...headCalls,
    l2Methods.transactionDetails(hash),
    l2Methods.receipt(hash),
    l2Methods.transaction(hash),
  ] as const
  const asked = await node.ask(calls, {
    signal,
    isComplete: ([, , details, receipt]) => isThere(details) || isThere(receipt),
  })
  const wanted = (voice: Voice<typeof calls>) => voice.answers.slice(2)
  const knows = (voice: Voice<typeof calls>) => wanted(voice).filter(isThere).length
  const [voice] = asked.voices.toSorted((a, b) => knows(b) - knows(a))
  if (voice === undefined || knows(voice) === 0) return unknown(node, asked.voices.map(wanted), asked.failures)
  const [head, sealed, details, receipt, transaction] = voice.answers
  const included = valueIn(receipt)
  const block = included?.blockNumber ?? valueIn(transaction)?.blockNumber ?? null
  const place = await readPlace(
    node,
    { block, batch: included?.l1BatchNumber ?? null, sealed: valueIn(sealed) },
    signal,
  )
  const told: RpcTransaction = {
    hash,
    status: statusOf(valueIn(details), included, block),
    block,
    batch: place.batch?.number ?? included?.l1BatchNumber ?? null,
    from: valueIn(details)?.initiatorAddress ?? valueIn(transaction)?.from ?? included?.from ?? null,
    to: valueIn(transaction)?.to ?? included?.to ?? null,
    isL1Originated: valueIn(details)?.isL1Originated ?? null,
    receivedAt: valueIn(details)?.receivedAt ?? null,
    messages: messagesOf(included),
  }
  const stages = place.stages ?? stagesOfTransaction(valueIn(details))
  const receipts = asked.voices.flatMap(({ endpoint, answers: [, , , one] }) =>
    isThere(one) ? [{ name: endpoint.name, value: valueIn(one)?.blockHash ?? null }] : [],
  )
  const findings = [...l2Findings(asked.failures), ...place.findings, ...disagreement(`the block of ${hash}`, receipts)]
  return known(voice, head, { transaction: told, ...place, stages, findings })
}

async function traceBlock(node: L2Node, number: number, signal: AbortSignal): Promise<RpcTraceAnswer> {
  const calls = [...headCalls, l2Methods.block(number)] as const
  const asked = await node.ask(calls, { signal, isComplete: ([, , block]) => isThere(block) })
  const voice = asked.voices.find(({ answers: [, , block] }) => isThere(block))
  if (voice === undefined)
    return unknown(
      node,
      asked.voices.map(({ answers }) => answers.slice(2)),
      asked.failures,
    )
  const [head, sealed, block] = voice.answers
  const batch = valueIn(block)?.batch ?? null
  const place = await readPlace(node, { block: number, batch, sealed: valueIn(sealed) }, signal)
  const hashes = asked.voices.flatMap(({ endpoint, answers: [, , one] }) =>
    isThere(one) ? [{ name: endpoint.name, value: valueIn(one)?.hash ?? null }] : [],
  )
  const findings = [...l2Findings(asked.failures), ...place.findings, ...disagreement(`block ${number}`, hashes)]
  const { hash, time } = valueIn(block) ?? { hash: null, time: '' }
  const shown = place.block ?? { number, hash, time }
  return known(voice, head, { transaction: null, ...place, block: shown, stages: place.stages ?? noStages(), findings })
}

async function traceBatch(node: L2Node, number: number, signal: AbortSignal): Promise<RpcTraceAnswer> {
  const calls = [...headCalls, l2Methods.batchDetails(number)] as const
  const asked = await node.ask(calls, { signal, isComplete: ([, , batch]) => isThere(batch) })
  // The batch being filled has no details yet: its number follows the last sealed one.
  const isOpen = ({ answers: [, sealed] }: Voice<typeof calls>) => valueIn(sealed) === number - 1
  const voice = asked.voices.find(({ answers: [, , batch] }) => isThere(batch)) ?? asked.voices.find(isOpen)
  if (voice === undefined)
    return unknown(
      node,
      asked.voices.map(({ answers }) => answers.slice(2)),
      asked.failures,
    )
  const [head, sealed, batch] = voice.answers
  const lastSealed = isThere(batch) ? Math.max(number, valueIn(sealed) ?? 0) : valueIn(sealed)
  const place = await readPlace(node, { block: null, batch: number, sealed: lastSealed }, signal)
  const findings = [...l2Findings(asked.failures), ...place.findings]
  return known(voice, head, { transaction: null, ...place, stages: place.stages ?? noStages(), findings })
}

interface Place {
  readonly block: RpcTrace['block']
  readonly batch: RpcBatch | null
  readonly stages: readonly RpcStage[] | null
  readonly findings: readonly Finding[]
}

interface Where {
  readonly block: number | null
  readonly batch: number | null
  readonly sealed: number | null
}

const nowhere: Place = { block: null, batch: null, stages: null, findings: [] }

/** Block and batch: one round trip, and one more where the node tells the batch's number or its last block only then. */
async function readPlace(node: L2Node, where: Where, signal: AbortSignal): Promise<Place> {
  if (where.block === null && where.batch === null) return nowhere
  const calls = [
    where.block === null ? null : l2Methods.blockDetails(where.block),
    where.batch === null ? null : l2Methods.batchDetails(where.batch),
    where.batch === null ? null : l2Methods.batchRange(where.batch),
  ]
  const given = calls.flatMap((call): RpcCall<unknown>[] => (call === null ? [] : [call]))
  const asked = await node.ask(given, { signal, isComplete: (answers) => answers.every(isThere) })
  const [voice] = asked.voices.toSorted((a, b) => b.answers.filter(isThere).length - a.answers.filter(isThere).length)
  if (voice === undefined) return { ...nowhere, findings: l2Findings(asked.failures) }
  const answers = [...voice.answers]
  const blockAnswer = where.block === null ? undefined : answers.shift()
  const block = valueIn(blockAnswer as RpcAnswer<BlockDetails | null> | undefined)
  const [batchAnswer, rangeAnswer] = answers
  const batch = valueIn(batchAnswer as RpcAnswer<BatchDetails | null> | undefined)
  const range = valueIn(rangeAnswer as RpcAnswer<readonly [number, number] | null> | undefined)
  const told = block && { number: block.number, hash: block.rootHash, time: block.timestamp }
  const number = where.batch ?? block?.l1BatchNumber ?? null
  const findings = [...l2Findings(asked.failures), ...prunedFindings(asked.voices), ...differentStages(asked.voices)]
  if (batch === null) {
    // Sealed in the moment between the two questions: ask again, with its number.
    const sealedNow = number !== null && where.batch === null && where.sealed !== null && number <= where.sealed
    if (sealedNow) return readPlace(node, { ...where, batch: number }, signal)
    return { block: told, batch: openBatch(number, where.sealed), stages: block && stagesOf(block), findings }
  }
  const lastBlockTime = range && (await timeOf(voice, range[1], told, signal))
  const shown: RpcBatch = {
    number: batch.number,
    sealed: true,
    time: batch.timestamp,
    firstBlock: range?.[0] ?? null,
    lastBlock: range?.[1] ?? null,
    lastBlockTime,
    rootHash: batch.rootHash,
    commitment: batch.commitment,
  }
  return { block: told, batch: shown, stages: stagesOf(batch), findings }
}

/** Sealed, but the node no longer has its details (pruned), or still open: only the last sealed number can tell. */
function openBatch(number: number | null, lastSealed: number | null): RpcBatch | null {
  if (number === null || lastSealed === null) return null
  const unknown = {
    time: null,
    firstBlock: null,
    lastBlock: null,
    lastBlockTime: null,
    rootHash: null,
    commitment: null,
  }
  return { number, sealed: number <= lastSealed, ...unknown }
}

async function timeOf(
  voice: Voice<readonly RpcCall<unknown>[]>,
  number: number,
  known: RpcTrace['block'],
  signal: AbortSignal,
): Promise<string | null> {
  if (known?.number === number) return known.time
  const answer = await voice.endpoint.call(l2Methods.block(number), { signal })
  return valueIn(answer)?.time ?? null
}

function statusOf(
  details: TransactionDetails | null,
  receipt: L2Receipt | null,
  block: number | null,
): RpcTransaction['status'] {
  if (receipt?.status === 0 || details?.status === 'failed') return 'failed'
  if (receipt !== null || block !== null) return 'included'
  return details === null || details.status === 'pending' ? 'pending' : 'included'
}

function messagesOf(receipt: L2Receipt | null): RpcTransaction['messages'] {
  return (receipt?.l2ToL1Logs ?? []).map(({ sender, key, value, l1BatchNumber }, index) => ({
    index,
    sender,
    key,
    value,
    batch: l1BatchNumber ?? receipt?.l1BatchNumber ?? null,
  }))
}

const ofNode = { source: 'node', searchComplete: true, doneByTag: false } as const

function stagesOf(details: BatchDetails | BlockDetails): readonly RpcStage[] {
  const stage = (
    name: RpcStage['stage'],
    hash: string | null,
    at: string | null,
    settlementChainId: number | null,
    finality: RpcStage['finality'],
  ): RpcStage => ({ stage: name, hash, at, settlementChainId, finality, ...ofNode })
  const { precommitTxHash, precommittedAt, precommitChainId, precommitTxFinality } = details
  const { commitTxHash, committedAt, commitChainId, commitTxFinality } = details
  const { proveTxHash, provenAt, proveChainId, proveTxFinality } = details
  const { executeTxHash, executedAt, executeChainId, executeTxFinality } = details
  return [
    stage('precommit', precommitTxHash, precommittedAt, precommitChainId, precommitTxFinality),
    stage('commit', commitTxHash, committedAt, commitChainId, commitTxFinality),
    stage('prove', proveTxHash, provenAt, proveChainId, proveTxFinality),
    stage('execute', executeTxHash, executedAt, executeChainId, executeTxFinality),
  ]
}

/** Where block and batch are gone (pruned), the transaction's own details may still name the L1 hashes. */
function stagesOfTransaction(details: TransactionDetails | null): readonly RpcStage[] {
  const hashes = {
    precommit: details?.ethPrecommitTxHash ?? null,
    commit: details?.ethCommitTxHash ?? null,
    prove: details?.ethProveTxHash ?? null,
    execute: details?.ethExecuteTxHash ?? null,
  }
  const names = ['precommit', 'commit', 'prove', 'execute'] as const
  const nothing = { at: null, settlementChainId: null, finality: null, ...ofNode }
  return names.map((stage) => ({ stage, hash: hashes[stage], ...nothing }))
}

function noStages(): readonly RpcStage[] {
  return stagesOfTransaction(null)
}

function known(
  voice: Pick<Voice<readonly RpcCall<unknown>[]>, 'endpoint' | 'chainId'>,
  head: RpcAnswer<{ readonly number: number; readonly time: string } | null>,
  { transaction, block, batch, stages, findings }: Omit<RpcTrace, 'stack' | 'node' | 'chainId' | 'head'>,
): RpcTraceAnswer {
  const newest = valueIn(head)
  const shown = newest === null ? null : { block: newest.number, time: newest.time }
  const { endpoint, chainId } = voice
  const trace: RpcTrace = {
    ...{ stack: 'era', node: endpoint.name, chainId, head: shown },
    ...{ transaction, block, batch, stages, findings },
  }
  return { known: true, trace }
}

function unknown(
  node: L2Node,
  answers: readonly (readonly RpcAnswer<unknown>[])[],
  failures: readonly RpcFailure[],
): RpcTraceAnswer {
  const clear = answers.every((one) => one.every((answer) => answer.ok))
  const sure = answers.length > 0 && failures.length === 0 && clear
  const inside = answers.flatMap((one) => one.flatMap((answer) => (answer.ok ? [] : [answer.failure])))
  const findings = [...l2Findings([...failures, ...inside]), ...prunedFinding(inside)]
  return { known: false, sure, nodes: node.names, findings }
}

function prunedFindings(voices: readonly Voice<readonly RpcCall<unknown>[]>[]): readonly Finding[] {
  return prunedFinding(
    voices.flatMap(({ answers }) => answers.flatMap((answer) => (answer.ok ? [] : [answer.failure]))),
  )
}

function prunedFinding(failures: readonly RpcFailure[]): readonly Finding[] {
  const names = [...new Set(failures.filter(({ kind }) => kind === 'pruned').map(({ endpoint }) => endpoint))]
  if (names.length === 0) return []
  const text = `${names.join(', ')} has pruned the blocks this is about and can’t tell. Add an archive node to L2_RPC_URLS.`
  return [{ code: 'l2-node-pruned', severity: 'warning', values: { endpoints: names }, text }]
}

/** External nodes copy these fields from the main node and may be late, but never name another transaction. */
function differentStages(voices: readonly Voice<readonly RpcCall<unknown>[]>[]): readonly Finding[] {
  const told = voices.flatMap(({ endpoint, answers }) =>
    answers.flatMap((answer) =>
      answer.ok && isDetails(answer.value) ? [{ name: endpoint.name, details: answer.value }] : [],
    ),
  )
  const fields = ['rootHash', 'commitTxHash', 'proveTxHash', 'executeTxHash'] as const
  return fields.flatMap((field) =>
    disagreement(
      `${field} of the batch`,
      told.map(({ name, details }) => ({ name, value: details[field] })),
    ),
  )
}

function isDetails(value: unknown): value is BatchDetails {
  return typeof value === 'object' && value !== null && 'commitment' in value && 'commitTxHash' in value
}

function disagreement(
  what: string,
  told: readonly { readonly name: string; readonly value: string | null }[],
): readonly Finding[] {
  const said = told.filter(({ value }) => value !== null)
  if (new Set(said.map(({ value }) => value)).size < 2) return []
  const words = said.map(({ name, value }) => `${name}: ${value}`).join('; ')
  const text = `The endpoints of L2_RPC_URLS disagree about ${what} (${words}). L1 decides; find out which node is wrong.`
  return [{ code: 'l2-endpoints-disagree', severity: 'critical', values: { what, said }, text }]
}
