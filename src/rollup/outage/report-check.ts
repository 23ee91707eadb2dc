// Checks a reported outage by the chain's own blocks and by L1: the named numbers, their neighbours, and their commits.

import { findBlockBefore } from '../l1/l1-search.ts'
import type { SettlementVerifier } from '../l1/settlement-claim.ts'
import { type BatchDetails, type L2Block, l2Methods } from '../l2/l2-methods.ts'
import type { L2Node } from '../l2/l2-node.ts'
import { type RpcAnswer, type RpcEndpoint, valueIn } from '../rpc/json-rpc.ts'
import { isoOfSeconds } from '../rpc/rpc-values.ts'
import { longestGap } from './block-gaps.ts'
import { type BlockTime, blockTimes } from './l2.ts'
import { type ReportLinks, reportFacts, unread } from './report-answer.ts'
import { type MeantTime, meantTime } from './report-clock.ts'
import type { ReportBatch, ReportBlock, ReportClaim, ReportCommit, ReportFacts } from './report-facts.ts'
import { concludeReport, type ReportConclusion, type ReportEvidence } from './report-verdict.ts'

export interface CheckedReport extends ReportConclusion {
  readonly report: ReportFacts
}

export interface ReportCheck {
  /** Never throws because of a source. */
  check(claim: ReportClaim, question: ReportQuestion): Promise<CheckedReport>
}

export interface ReportQuestion {
  readonly signal: AbortSignal
  /** Age from which a head counts as stalled. */
  readonly threshold: number
}

export interface ReportCheckParts {
  readonly chain: string
  /** Null: no L2 endpoint is configured. */
  readonly node: L2Node | null
  readonly verifier: SettlementVerifier
  readonly links: ReportLinks
  readonly timeZone: string
  readonly now: () => Date
}

/** The named one, the next, and the one after it: the notes' method. */
const neighbours = 3
/** Blocks before the named one that show what is usual there. */
const usualBlocks = 20
/** A pause that is not told is looked for this long. */
const unknownPause = 3600

const seconds = (iso: string) => Date.parse(iso) / 1000

export function createReportCheck(parts: ReportCheckParts): ReportCheck {
  return {
    async check(claim, question) {
      if (claim.otherChain !== null)
        return unread(claim, `The report is about ${claim.otherChain}; I watch ${parts.chain}.`)
      const chain = await readChain(claim, parts, question.signal)
      if ('why' in chain) return unread(claim, chain.why)
      const now = parts.now().getTime() / 1000
      const anchors = [chain.blocks[0]?.time, chain.batches[0]?.time].flatMap((time) =>
        time == null ? [] : [seconds(time)],
      )
      const time =
        claim.time &&
        meantTime({ claimed: claim.time, anchors, zone: parts.timeZone, now: Math.max(now, seconds(chain.head.time)) })
      if (time !== null && anchors.length === 0 && time.at > seconds(chain.head.time) + question.threshold) {
        return unread(claim, `That time, ${isoOfSeconds(time.at)}, has not come yet.`)
      }
      const [commits, span] = await Promise.all([
        readCommits(chain, parts, question.signal),
        readSpan(claim, chain, time, question),
      ])
      const evidence = evidenceOf(claim, chain, commits, span, question)
      const conclusion = concludeReport(evidence)
      const report = reportFacts({ ...chain, claim, time, commits, evidence, links: parts.links })
      return { ...conclusion, report: { ...report, why: conclusion.why } }
    },
  }
}

interface ChainThen {
  readonly endpoint: RpcEndpoint
  readonly head: L2Block
  /** From the named one on; empty where no number was named. */
  readonly blocks: readonly ReportBlock[]
  readonly batches: readonly (ReportBatch & { readonly details: BatchDetails })[]
  /** Gaps before the named block. */
  readonly gapsBefore: readonly number[]
}

async function readChain(
  claim: ReportClaim,
  { node }: ReportCheckParts,
  signal: AbortSignal,
): Promise<ChainThen | { readonly why: string }> {
  if (node === null) return { why: 'No L2 endpoint is configured to look the numbers up: set L2_RPC_URLS.' }
  const asked = await node.ask(
    [
      l2Methods.block('latest'),
      claim.block === null ? l2Methods.block('latest') : l2Methods.block(claim.block),
      ...(claim.batch === null ? [] : [l2Methods.batchRange(claim.batch)]),
    ],
    { signal, isComplete: ([head, block]) => head.ok && block.ok && block.value !== null },
  )
  const best = asked.voices.toSorted((a, b) => height(b.answers[0]) - height(a.answers[0]))[0]
  const head = best === undefined ? null : valueIn(best.answers[0])
  if (best === undefined || head === null) {
    return {
      why: `No L2 endpoint could be asked: ${asked.failures.map(({ text }) => text).join('; ') || 'none answered'}.`,
    }
  }
  const range = best.answers[2] === undefined ? null : (valueIn(best.answers[2]) as readonly [number, number] | null)
  const named = claim.block ?? range?.[1] ?? null
  const impossible = impossibleNumber(claim, head, range)
  if (impossible !== null) return { why: impossible }
  if (named === null) return { endpoint: best.endpoint, head, blocks: [], batches: [], gapsBefore: [] }
  return readAround(named, claim.batch, best.endpoint, head, signal)
}

function height(answer: RpcAnswer<L2Block | null>): number {
  return valueIn(answer)?.number ?? -1
}

function impossibleNumber({ block, batch }: ReportClaim, head: L2Block, range: unknown): string | null {
  if (block !== null && block > head.number) {
    return `Block ${block} does not exist yet: the newest block is ${head.number} of ${head.time}.`
  }
  if (batch !== null && range === null && block === null) {
    return `Batch ${batch} is not known here: it may not be sealed yet, or the node does not tell. The newest block is ${head.number} of ${head.time}.`
  }
  return null
}

async function readAround(
  named: number,
  batch: number | null,
  endpoint: RpcEndpoint,
  head: L2Block,
  signal: AbortSignal,
): Promise<ChainThen> {
  const numbers = Array.from({ length: neighbours }, (_, at) => named + at).filter((number) => number <= head.number)
  const before = Array.from({ length: usualBlocks }, (_, at) => named - usualBlocks + at).filter(
    (number) => number >= 0,
  )
  const [blockAnswers, times] = await Promise.all([
    endpoint.batch(
      numbers.map((number) => l2Methods.block(number)),
      { signal },
    ),
    blockTimes(endpoint, before, signal),
  ])
  const blocks = blockAnswers
    .flatMap((answer) => valueIn(answer) ?? [])
    .map(({ number, time, batch }) => ({ number, time, batch }))
  const first = batch ?? blocks[0]?.batch ?? null
  const wanted = [
    ...new Set([
      ...(first === null ? [] : [first, first + 1, first + 2]),
      ...blocks.flatMap((block) => block.batch ?? []),
    ]),
  ].toSorted((a, b) => a - b)
  const [details, ranges] = await Promise.all([
    endpoint.batch(
      wanted.map((number) => l2Methods.batchDetails(number)),
      { signal },
    ),
    endpoint.batch(
      wanted.map((number) => l2Methods.batchRange(number)),
      { signal },
    ),
  ])
  const batches = wanted.flatMap((number, at) => {
    const one = valueIn(details[at])
    const range = valueIn(ranges[at])
    return one === null
      ? []
      : [{ number, time: one.timestamp, firstBlock: range?.[0] ?? null, lastBlock: range?.[1] ?? null, details: one }]
  })
  return { endpoint, head, blocks, batches, gapsBefore: gapsOf(times, blocks[0]) }
}

/** Only between neighbours: a block that could not be read must not make one long gap. */
function gapsOf(times: readonly BlockTime[], named: ReportBlock | undefined): readonly number[] {
  const all = named === undefined ? times : [...times, { number: named.number, time: seconds(named.time) }]
  return all.slice(1).flatMap(({ number, time }, at) => {
    const last = all[at] as BlockTime
    return number === last.number + 1 ? [time - last.time] : []
  })
}

async function readCommits(
  { batches }: ChainThen,
  { verifier }: ReportCheckParts,
  signal: AbortSignal,
): Promise<readonly ReportCommit[]> {
  const claims = batches.flatMap(({ number, details }) =>
    details.commitTxHash === null
      ? []
      : [
          {
            stage: 'commit' as const,
            batch: number,
            hash: details.commitTxHash,
            batchHash: details.rootHash,
            commitment: details.commitment,
            settlementChainId: details.commitChainId,
          },
        ],
  )
  const { proofs } = claims.length === 0 ? { proofs: [] } : await verifier.verify(claims, { signal })
  return batches.map(({ number }): ReportCommit => {
    const proof = proofs.find(({ claim }) => claim.batch === number)
    if (proof === undefined) {
      return { batch: number, time: null, hash: null, from: null, why: 'The node names no commit transaction.' }
    }
    const verified = proof.result === 'verified' && proof.l1Time !== null
    return {
      batch: number,
      time: verified ? proof.l1Time : null,
      hash: proof.claim.hash,
      from: verified ? 'receipt' : null,
      why: proof.why,
    }
  })
}

/** With a number the span begins at its block; without one, the claimed time may be its start or its end. */
async function readSpan(
  claim: ReportClaim,
  { endpoint, head, blocks }: ChainThen,
  time: MeantTime | null,
  { signal, threshold }: ReportQuestion,
) {
  const pause = claim.pausedSeconds ?? unknownPause
  const atLeast = Math.max((claim.pausedSeconds ?? 0) / 2, threshold)
  const newest = { number: head.number, time: seconds(head.time) }
  const [named] = blocks
  if (named !== undefined) {
    const from = { number: named.number, time: seconds(named.time) }
    return longestGap({ endpoint, from, head: newest, until: from.time + pause, atLeast, signal })
  }
  if (time === null) return null
  const start = time.at - (claim.pausedSeconds ?? 0)
  const before = await findBlockBefore({ endpoint, head: head.number, seconds: start, signal })
  if (before === null) return null
  const [from] = await blockTimes(endpoint, [before], signal)
  if (from === undefined) return null
  return longestGap({ endpoint, from, head: newest, until: time.at + pause, atLeast, signal })
}

/** Ten times the median still counts as usual: batches are sealed and nodes restart. */
const usualFactor = 10
const usualAtLeast = 30

function evidenceOf(
  claim: ReportClaim,
  { blocks, batches, gapsBefore }: ChainThen,
  commits: readonly ReportCommit[],
  longest: ReportEvidence['longest'],
  { threshold }: ReportQuestion,
): ReportEvidence & { readonly usualGap: number | null } {
  const [block, next] = blocks
  const usualGap =
    gapsBefore.length === 0 ? null : (gapsBefore.toSorted((a, b) => a - b)[gapsBefore.length >> 1] as number)
  const moment = (one: ReportBlock | undefined) =>
    one === undefined ? null : { number: one.number, time: seconds(one.time) }
  const nextBatch =
    next?.batch ?? batches.find(({ firstBlock, lastBlock }) => isWithin(next?.number, firstBlock, lastBlock))?.number
  const committed = commits.find(({ batch }) => batch === nextBatch)?.time ?? null
  return {
    block: moment(block),
    next: moment(next),
    usualGap,
    usualLimit: Math.max(usualAtLeast, (usualGap ?? 0) * usualFactor),
    pausedSeconds: claim.pausedSeconds,
    threshold,
    nextCommitted: committed === null ? null : seconds(committed),
    longest,
    spanOnly: claim.block === null && claim.batch === null,
  }
}

function isWithin(number: number | undefined, first: number | null, last: number | null): boolean {
  return number !== undefined && first !== null && last !== null && first <= number && number <= last
}
