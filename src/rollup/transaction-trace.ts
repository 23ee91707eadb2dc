// Follows one transaction, batch or block from L2 to finality on L1.

import { UserError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import type {
  L1TransactionReader,
  SettlementProofs,
  SettlementVerifier,
  WithdrawalReader,
} from './l1/settlement-claim.ts'
import type { RpcTraceAnswer, RpcTracer } from './l2/rpc-trace.ts'
import type { DatabaseAnswer, TraceDatabase } from './trace/database.ts'
import type { Deposit, Looked, Traced, TracedMessage, TraceFacts, TraceStage } from './trace/facts.ts'
import { judge } from './trace/findings.ts'
import { depositOf, l1Findings, settledRange } from './trace/from-l1.ts'
import { tracedFromRpc } from './trace/from-rpc.ts'
import { readTraceInput, type TraceInput } from './trace/input.ts'
import { timeStages } from './trace/stages.ts'

export type * from './trace/facts.ts'

export interface TransactionTrace {
  /**
   * Always answers, also with nothing found or every source down: `found`, `looked` and the findings say which.
   * @throws UserError when the text is neither a hash, a batch nor a block, or no source is configured
   */
  trace(input: string, settings: { readonly signal: AbortSignal }): Promise<TraceFacts>
}

export interface TransactionTraceSettings {
  readonly chain: string
  readonly database: TraceDatabase | null
  readonly rpc: RpcTracer | null
  readonly verifier: SettlementVerifier
  /** Reads what a hash did on L1; null without an L1 endpoint. */
  readonly l1: L1TransactionReader | null
  /** Null: whether a withdrawal was claimed is "not checked". */
  readonly withdrawals: WithdrawalReader | null
  /** Chain id of the configured L1, for links where the source names none. */
  readonly l1ChainId: number | null
  readonly now: () => Date
  /** For everything together: platforms and people give up after eight seconds. */
  readonly budgetMs?: number
}

/** A database that hangs leaves the time to ask L1 about what the L2 endpoint told meanwhile. */
const databaseMs = 3000
/** Once the database has answered, an L2 endpoint only serves to compare: it gets this much longer. */
const comparisonMs = 1500

/** What the sources told, before L1 is asked about the stages. */
interface Followed {
  readonly traced: Traced | null
  readonly database: DatabaseAnswer | null
  readonly rpc: Promise<RpcTraceAnswer | null>
  readonly deposit?: Deposit
  readonly looked: readonly Looked[]
  readonly findings: readonly Finding[]
}

export function createTransactionTrace(settings: TransactionTraceSettings): TransactionTrace {
  return {
    async trace(input, { signal }) {
      const question = readTraceInput(input)
      if (settings.database === null && settings.rpc === null) {
        throw new UserError(
          `Nothing to ask about chain ${settings.chain}: set CORE_DATABASE_URL or L2_RPC_URLS (or CHAIN_PRESET).`,
          'not-configured',
        )
      }
      const budget = AbortSignal.any([signal, AbortSignal.timeout(settings.budgetMs ?? 6000)])
      const followed = await follow(question, settings, budget)
      return finish(input, question, followed, settings, budget)
    },
  }
}

async function follow(
  question: TraceInput,
  settings: TransactionTraceSettings,
  signal: AbortSignal,
): Promise<Followed> {
  const l2 = await followOnL2(question, settings, signal)
  if (l2.traced !== null || question.kind !== 'hash') return l2
  return (await followFromL1(question.hash, l2, settings, signal)) ?? l2
}

async function followOnL2(
  question: TraceInput,
  settings: TransactionTraceSettings,
  signal: AbortSignal,
): Promise<Followed> {
  // Both at once: a database that hangs costs its own line, not the answer.
  const rpc = askRpc(question, settings.rpc, signal)
  const patience = AbortSignal.any([signal, AbortSignal.timeout(databaseMs)])
  const database = settings.database ? await settings.database.ask(question, { signal: patience }) : null
  const looked: Looked[] = []
  if (settings.database && database) {
    looked.push({ where: 'database', name: settings.database.name, outcome: database.outcome })
  }
  const findings = database?.findings ?? []
  if (database?.traced && !isPruned(database.traced))
    return { traced: database.traced, database, rpc, looked, findings }
  const answer = await rpc
  if (answer) looked.push(...lookedByRpc(answer))
  if (answer?.known) {
    return { traced: tracedFromRpc(answer.trace, settings.now().toISOString()), database, rpc, looked, findings }
  }
  return {
    traced: database?.traced ?? null,
    database,
    rpc,
    looked,
    findings: [...findings, ...(answer?.findings ?? [])],
  }
}

/** The transaction's own row is all that pruning left: an archive node may know the rest. */
function isPruned({ transaction, batch }: Traced): boolean {
  return batch === null && transaction?.batch != null
}

async function askRpc(
  question: TraceInput,
  rpc: RpcTracer | null,
  signal: AbortSignal,
): Promise<RpcTraceAnswer | null> {
  if (rpc === null) return null
  if (question.kind === 'hash') return rpc.transaction(question.hash, { signal })
  return rpc[question.kind](question.number, { signal })
}

function lookedByRpc(answer: RpcTraceAnswer): readonly Looked[] {
  if (answer.known) return [{ where: 'l2-rpc', name: answer.trace.node, outcome: 'found' }]
  return answer.nodes.map((name) => ({ where: 'l2-rpc', name, outcome: answer.sure ? 'not-found' : 'failed' }))
}

/** No L2 source knows the hash: what did it do on L1? Settled batches and deposits are followed from there. */
async function followFromL1(
  hash: string,
  l2: Followed,
  settings: TransactionTraceSettings,
  signal: AbortSignal,
): Promise<Followed | null> {
  if (settings.l1 === null) return null
  const l1 = await settings.l1.read(hash, { signal })
  if (l1.state === 'not-checked') return null
  const outcome = l1.state === 'unreachable' ? 'failed' : l1.state === 'unknown' ? 'not-found' : 'found'
  const looked: Looked[] = [...l2.looked, { where: 'l1-rpc', name: 'L1', outcome }]
  const findings = [...l2.findings, ...l1.findings, ...l1Findings(l1)]
  const [settled] = l1.settled
  if (settled) {
    const by = { stage: settled.stage, hash }
    const range = settledRange(l1, settled, settings.l1ChainId)
    if (settled.from !== settled.to) return { ...l2, traced: range, looked, findings }
    const inner = await followOnL2({ kind: 'batch', number: settled.from }, settings, signal)
    return {
      ...inner,
      traced: { ...(inner.traced ?? range), settled: by },
      looked,
      findings: [...findings, ...inner.findings],
    }
  }
  const deposit = depositOf(l1)
  if (deposit === null) return { ...l2, looked, findings }
  const inner = await followOnL2({ kind: 'hash', hash: deposit.l2Hash }, settings, signal)
  return { ...inner, deposit, looked: [...looked, ...inner.looked], findings: [...findings, ...inner.findings] }
}

async function finish(
  input: string,
  question: TraceInput,
  followed: Followed,
  settings: TransactionTraceSettings,
  signal: AbortSignal,
): Promise<TraceFacts> {
  const { traced, database, deposit, looked } = followed
  const now = settings.now()
  const about = {
    input: shown(input),
    chain: settings.chain,
    looked,
    checkedAt: now.toISOString(),
    ...(deposit && { deposit }),
  }
  if (traced === null) {
    const askedL1 = looked.some(({ where }) => where === 'l1-rpc')
    const findings = [
      ...followed.findings,
      deposit ? depositWaits(deposit) : notFound(looked, hints(question, database, askedL1)),
    ]
    return { ...about, ...nothing(settings), found: deposit !== undefined, findings: bySeverity(findings) }
  }
  const [proofs, messages, rpc] = await Promise.all([
    verify(traced, settings, signal),
    withClaims(traced, settings, signal),
    traced.source === 'database' ? within(followed.rpc, comparisonMs) : null,
  ])
  const verified = withProofs(traced, proofs, settings.l1ChainId ?? proofs?.head?.chainId ?? null)
  const findings = judge({
    traced: verified,
    row: traced.source === 'database' ? (database?.row ?? null) : null,
    unreadable: database?.unreadable ?? [],
    rpc: rpc?.known ? tracedFromRpc(rpc.trace, now.toISOString()) : null,
    progress: proofs?.progress ?? null,
    l1ChainId: settings.l1ChainId ?? proofs?.head?.chainId ?? null,
    baseFeePerGas: proofs?.head?.baseFeePerGas ?? null,
  })
  const all = [...followed.findings, ...traced.findings, ...(proofs?.findings ?? []), ...findings]
  return { ...about, ...verified, messages, found: true, findings: bySeverity(all) }
}

async function verify(
  traced: Traced,
  settings: TransactionTraceSettings,
  signal: AbortSignal,
): Promise<SettlementProofs | null> {
  const batch = traced.batch?.number ?? traced.batches?.[0]?.number
  if (batch === undefined) return null
  const claims = traced.stages.flatMap(({ stage, hash, settlementChainId }) =>
    hash === null
      ? []
      : [
          {
            stage,
            batch,
            hash,
            batchHash: traced.batch?.rootHash ?? null,
            commitment: traced.batch?.commitment ?? null,
            settlementChainId,
          },
        ],
  )
  const newest = traced.block?.timestamp
  return settings.verifier.verify(claims, { signal, newestL2TimeMs: newest === undefined ? null : Date.parse(newest) })
}

/** Only L1 knows whether a withdrawal was claimed, and only an executed one can have been. */
async function withClaims(
  { transaction, block, messages, stages }: Traced,
  { withdrawals }: TransactionTraceSettings,
  signal: AbortSignal,
): Promise<readonly TracedMessage[]> {
  const asked = messages.filter(({ claim }) => claim === 'not-checked')
  const executed = stages.some(({ stage, state }) => stage === 'execute' && state === 'done')
  if (!withdrawals || transaction === null || asked.length === 0 || !executed) return messages
  const newestL2TimeMs = block === null ? null : Date.parse(block.timestamp)
  const claims = await withdrawals.ofTransaction(transaction.hash, asked, { signal, newestL2TimeMs })
  return messages.map((message) => {
    const claim = claims[asked.indexOf(message)]
    return claim ? { ...message, claim: claim.state, why: claim.why } : message
  })
}

function withProofs(traced: Traced, proofs: SettlementProofs | null, l1ChainId: number | null): Traced {
  const onGateway = traced.batch?.settlement?.layer === 'Gateway'
  const stages = traced.stages.map((stage): TraceStage => {
    const proof = proofs?.proofs.find(({ claim }) => claim.stage === stage.stage)
    const settlementChainId = stage.settlementChainId ?? (onGateway ? null : l1ChainId)
    if (!proof) return { ...stage, settlementChainId }
    const { result, l1Block, l1Time, confirmations, finalized, why } = proof
    const verification = { result, l1Block, l1Time, confirmations, finalized, ...(result !== 'verified' && { why }) }
    return { ...stage, from: stage.from ?? proof.from, to: stage.to ?? proof.to, settlementChainId, verification }
  })
  return { ...traced, stages: timeStages(stages, traced.batch?.sealedAt ?? null) }
}

function nothing({ database }: TransactionTraceSettings): Traced {
  const source = database === null ? 'rpc' : 'database'
  return { source, transaction: null, block: null, batch: null, stages: [], messages: [], findings: [] }
}

function depositWaits({ l2Hash }: Deposit): Finding {
  const text = `L1 has accepted this deposit, and no L2 source shows its transaction yet. The node picks deposits up once L1 has confirmed them; look again in some minutes.`
  return { code: 'deposit-not-on-l2', severity: 'info', values: { l2Hash }, text }
}

function notFound(looked: readonly Looked[], hint: string): Finding {
  const silent = looked.filter(({ outcome }) => outcome === 'failed')
  const asked = looked.filter(({ outcome }) => outcome !== 'failed')
  const names = (list: readonly Looked[]) => list.map(({ name }) => name).join(', ')
  const values = { looked }
  if (asked.length === 0) {
    const text = `No source could be asked (${names(silent)}), so nothing can be said about it.`
    return { code: 'no-source-answered', severity: 'critical', values, text }
  }
  const unheard = silent.length > 0 ? ` ${names(silent)} could not be asked.` : ''
  return { code: 'not-found', severity: 'warning', values, text: `Not known to: ${names(asked)}.${unheard} ${hint}` }
}

/** What it may be instead, and what to do. */
function hints(question: TraceInput, database: DatabaseAnswer | null, askedL1: boolean): string {
  if (question.kind === 'hash') {
    const l1 = askedL1 ? '' : ', an L1 transaction (no L1 endpoint was asked)'
    return `It may belong to another chain, have never reached this node, or be the hash of something else${l1}. Check where it was copied from.`
  }
  const { openBatch = null, newestBlock = null } = database?.row ?? {}
  const newest = question.kind === 'block' ? newestBlock : openBatch
  const reach = newest === null ? '' : `The newest ${question.kind} there is ${newest}. `
  return `${reach}It may not exist yet, be pruned, or belong to another chain.`
}

/** What was typed, fit to repeat. */
function shown(input: string): string {
  const clean = input.replaceAll(/[\p{Cc}\p{Cf}]+/gu, '').trim()
  return clean.length > 200 ? `${clean.slice(0, 200)}…` : clean
}

const severities = ['critical', 'warning', 'info'] as const

function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return severities.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
}

function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
