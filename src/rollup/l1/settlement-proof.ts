// Checks what others say about settlement against the settlement chain itself: each claimed stage by its receipt there.

import type { Finding } from '../../core/finding.ts'
import { type EndpointSet, learnChainId } from '../rpc/endpoint-set.ts'
import { isoOfSeconds, isZero } from '../rpc/rpc-values.ts'
import { readDiamondEvents } from './contracts.ts'
import type { DiamondAnswer, DiamondSource } from './diamond.ts'
import { knowsTheNewest } from './l1-head.ts'
import { checkReceipt, type Receipt } from './receipt-check.ts'
import type {
  ProofQuestion,
  ProofResult,
  SettlementClaim,
  SettlementProof,
  SettlementProofs,
  SettlementVerifier,
} from './settlement-claim.ts'
import { blockCall, readSettlement, type Seen, type SettlementReading } from './settlement-reading.ts'

/** A chain that batches can be settled on: L1, or a Gateway whose RPC is configured. */
export interface SettlementLayer {
  readonly endpoints: EndpointSet
  readonly diamond: DiamondSource
  readonly setting: 'L1_RPC_URLS' | 'GATEWAY_RPC_URLS'
}

export interface SettlementVerifierSettings {
  /** Null: no L1 endpoint is configured. */
  readonly l1: SettlementLayer | null
  /** Null: no RPC of a Gateway is configured. */
  readonly gateway: SettlementLayer | null
  readonly now: () => Date
  /** Ask no more than what receipts need. */
  readonly sparing?: boolean
}

export function createSettlementVerifier({
  l1,
  gateway,
  now,
  sparing = false,
}: SettlementVerifierSettings): SettlementVerifier {
  let gatewayChainId: number | null = null

  async function isOnGateway(claims: readonly SettlementClaim[], signal: AbortSignal) {
    if (gateway !== null && claims.some(({ settlementChainId }) => settlementChainId !== null)) {
      gatewayChainId ??= gateway.endpoints.chainId() ?? (await learnChainId(gateway.endpoints, signal))
    }
    return ({ settlementChainId }: SettlementClaim) =>
      settlementChainId !== null && settlementChainId === gatewayChainId
  }

  return {
    async verify(claims, question) {
      const there = await isOnGateway(claims, question.signal)
      const on = (layer: SettlementLayer, mine: readonly SettlementClaim[]) =>
        verifyOn(layer, mine, question, { now, sparing })
      const [main, other] = await Promise.all([
        l1 === null
          ? notChecked(claims)
          : on(
              l1,
              claims.filter((claim) => !there(claim)),
            ),
        gateway === null || !claims.some(there) ? null : on(gateway, claims.filter(there)),
      ])
      const proofOf = new Map([...main.proofs, ...(other?.proofs ?? [])].map((proof) => [proof.claim, proof]))
      return {
        ...main,
        proofs: claims.flatMap((claim) => proofOf.get(claim) ?? []),
        findings: [...main.findings, ...(other?.findings ?? [])],
      }
    },
  }
}

function notChecked(claims: readonly SettlementClaim[]): SettlementProofs {
  const why = 'Not checked: no L1 endpoint is configured. Set L1_RPC_URLS.'
  const proofs = claims.map((claim) => ({ ...nothingKnown(claim), result: 'not-checked' as const, why }))
  return { proofs, head: null, progress: null, diamond: null, findings: [] }
}

function nothingKnown(claim: SettlementClaim): Omit<SettlementProof, 'result' | 'why'> {
  const nothing = { l1Block: null, l1Time: null, confirmations: null, finalized: null, from: null, to: null }
  return { claim, ...nothing, gasPrice: null, pending: false }
}

async function verifyOn(
  layer: SettlementLayer,
  claims: readonly SettlementClaim[],
  question: ProofQuestion,
  how: Pick<SettlementVerifierSettings, 'now' | 'sparing'>,
): Promise<SettlementProofs> {
  const found = await layer.diamond.find(question)
  const hashes = claims.map(({ hash }) => hash)
  const read = await readSettlement({ ...layer, diamond: found.diamond, hashes, question, ...how })
  const judged = claims.map((claim) => judge(claim, claims, { found, layer, ...read }))
  const times = await readBlocks(judged, question)
  const best =
    read.readings.find(({ notTheDiamond, age }) => notTheDiamond === null && knowsTheNewest(age)) ?? read.readings[0]
  return {
    proofs: judged.map((one) => prove(one, times)),
    head: best?.head ?? null,
    progress: best?.notTheDiamond === null ? best.progress : null,
    diamond: found.diamond?.address ?? null,
    findings: [...read.findings, ...judged.flatMap(({ finding }) => finding ?? [])],
  }
}

interface Heard {
  readonly found: DiamondAnswer
  readonly layer: SettlementLayer
  readonly readings: readonly SettlementReading[]
  readonly failures: readonly { readonly text: string }[]
}

interface Judged {
  readonly claim: SettlementClaim
  readonly result: ProofResult
  readonly why: string
  readonly seen: Seen | null
  /** Whose receipt it is; the block's time is asked there. */
  readonly reading: SettlementReading | null
  readonly finding?: Finding
}

function judge(claim: SettlementClaim, claims: readonly SettlementClaim[], heard: Heard): Judged {
  const { readings, failures, found, layer } = heard
  const nobody = { claim, seen: null, reading: null }
  const [first] = readings
  if (first === undefined) {
    const why = `Nobody could be asked: ${failures.map(({ text }) => text).join('; ') || 'no endpoint'}.`
    return { ...nobody, result: 'unreachable', why }
  }
  const elsewhere = claim.settlementChainId !== null && claim.settlementChainId !== first.head.chainId
  if (elsewhere) {
    const why = `Settled on chain ${claim.settlementChainId}, which can’t be looked at from here: set GATEWAY_RPC_URLS.`
    return { ...nobody, result: 'not-verifiable', why }
  }
  const views = readings.map((reading) => view(claim, claims, reading, found))
  return weigh(claim, views, layer)
}

interface View {
  readonly reading: SettlementReading
  readonly seen: Seen
  readonly result: ProofResult
  readonly why: string
}

/** What one endpoint's word is worth for one claim. */
function view(
  claim: SettlementClaim,
  claims: readonly SettlementClaim[],
  reading: SettlementReading,
  found: DiamondAnswer,
): View {
  const seen = reading.transactions.get(claim.hash) ?? { kind: 'failed', why: 'It was not asked for' }
  const say = (result: ProofResult, why: string): View => ({ reading, seen, result, why })
  if (seen.kind === 'failed') return say('unreachable', `${seen.why}.`)
  if (seen.kind === 'receipt') {
    if (found.diamond === null) return say('not-verifiable', found.why)
    if (reading.notTheDiamond !== null) return say('not-verifiable', `Not provable: ${reading.notTheDiamond}.`)
    const { receipt } = seen
    const otherCommitment =
      claim.stage === 'execute' ? committedAs(claim, claims, reading, found.diamond.address) : null
    const evidence = { receipt, diamond: found.diamond.address, progress: reading.progress, head: reading.head.number }
    const check = checkReceipt(claim, { ...evidence, otherCommitment })
    return say(check.result, check.why)
  }
  if (!knowsTheNewest(reading.age)) {
    return say(
      'unreachable',
      `${reading.endpoint.name} does not have it, but its newest block is of ${reading.head.time}.`,
    )
  }
  const settlesElsewhere = reading.progress?.settlementLayer != null && !isZero(reading.progress.settlementLayer)
  if (settlesElsewhere && claim.settlementChainId === null && seen.kind === 'absent') {
    return say(
      'not-verifiable',
      'Not on L1, and the chain settles on a Gateway now: set GATEWAY_RPC_URLS to look there.',
    )
  }
  if (seen.kind === 'pending') return say('missing', 'It waits in the mempool: no block has it yet.')
  return say(
    'missing',
    `${reading.endpoint.name} does not know this transaction, and its newest block is of ${reading.head.time}.`,
  )
}

/** Older nodes don't tell the commitment: then the batch's own commit says what it must be. */
function committedAs(
  { batch }: SettlementClaim,
  claims: readonly SettlementClaim[],
  reading: SettlementReading,
  diamond: string,
): string | null {
  const commit = claims.find((claim) => claim.stage === 'commit' && claim.batch === batch)
  const seen = commit && reading.transactions.get(commit.hash)
  if (seen?.kind !== 'receipt' || seen.receipt.status !== 1) return null
  return commitmentIn(seen.receipt, batch, diamond)
}

function commitmentIn(receipt: Receipt, batch: number, diamond: string): string | null {
  const event = readDiamondEvents(receipt.logs, diamond).findLast((one) => one.kind === 'commit' && one.batch === batch)
  return event?.kind === 'commit' ? event.commitment : null
}

/** What wins where endpoints differ in what they can say; only `verified` against `mismatch` is a contradiction. */
const weight: readonly ProofResult[] = [
  'mismatch',
  'verified',
  'not-verifiable',
  'missing',
  'unreachable',
  'not-checked',
]

function weigh(claim: SettlementClaim, views: readonly View[], { setting }: SettlementLayer): Judged {
  const [best] = views.toSorted((a, b) => weight.indexOf(a.result) - weight.indexOf(b.result))
  if (best === undefined) throw new Error('no view to weigh')
  const { reading, seen, result, why } = best
  const judged = { claim, result, why, seen, reading }
  const other = views.find((one) => contradicts(best, one))
  if (other === undefined) return judged
  const names = [reading.endpoint.name, other.reading.endpoint.name]
  const text = `The endpoints of ${setting} disagree about the ${claim.stage} of batch ${claim.batch}. ${names[0]}: ${why} ${names[1]}: ${other.why} Ask a third one before you rely on either.`
  const values = {
    stage: claim.stage,
    batch: claim.batch,
    hash: claim.hash,
    endpoints: names,
    results: [result, other.result],
  }
  const severity = other.result === 'verified' ? ('critical' as const) : ('warning' as const)
  const finding: Finding = { code: 'l1-endpoints-disagree', severity, values, text }
  return { ...judged, why: `${why} But ${names[1]} says: ${other.why}`, finding }
}

/** An endpoint that is merely a block behind contradicts nobody. */
function contradicts(best: View, other: View): boolean {
  if (best.seen.kind !== 'receipt' || other === best) return false
  if (other.seen.kind === 'receipt') {
    return other.result !== best.result || other.seen.receipt.blockHash !== best.seen.receipt.blockHash
  }
  return other.seen.kind === 'absent' && other.reading.head.number >= best.seen.receipt.blockNumber + 2
}

type BlockTimes = ReadonlyMap<string, { readonly time: string; readonly hash: string }>

const keyOf = (endpoint: string, block: number) => `${endpoint} ${block}`

/** The blocks of all receipts: one more round trip to each endpoint whose receipts count, usually one. */
async function readBlocks(judged: readonly Judged[], { signal }: ProofQuestion): Promise<BlockTimes> {
  const readings = [...new Set(judged.flatMap(({ reading }) => reading ?? []))]
  const parts = await Promise.all(
    readings.map(async ({ endpoint }) => {
      const mine = judged.flatMap(({ reading, seen }) =>
        reading?.endpoint === endpoint && seen?.kind === 'receipt' ? [seen.receipt.blockNumber] : [],
      )
      const numbers = [...new Set(mine)]
      const answers = await endpoint.batch(
        numbers.map((number) => blockCall(number)),
        { signal },
      )
      return answers.flatMap((answer) => {
        if (!answer.ok || answer.value === null) return []
        const { number, timestamp, hash } = answer.value
        return [[keyOf(endpoint.name, number), { time: isoOfSeconds(timestamp), hash }] as const]
      })
    }),
  )
  return new Map(parts.flat())
}

function prove({ claim, result, why, seen, reading }: Judged, times: BlockTimes): SettlementProof {
  const nothing = { ...nothingKnown(claim), result, why }
  if (seen === null || reading === null || seen.kind === 'absent' || seen.kind === 'failed') return nothing
  if (seen.kind === 'pending') {
    return { ...nothing, from: seen.from, to: seen.to, gasPrice: seen.gasPrice, pending: true }
  }
  const { blockNumber, blockHash, from, to, effectiveGasPrice } = seen.receipt
  const block = times.get(keyOf(reading.endpoint.name, blockNumber))
  if (block !== undefined && block.hash !== blockHash) {
    return { ...nothing, result: 'missing', why: 'L1 was reorganised while it was read: its block is gone. Ask again.' }
  }
  const { number, finalized } = reading.head
  return {
    ...nothing,
    l1Block: blockNumber,
    l1Time: block?.time ?? null,
    confirmations: Math.max(0, number - blockNumber + 1),
    finalized: finalized === null ? null : blockNumber <= finalized,
    from,
    to,
    gasPrice: effectiveGasPrice,
  }
}
