// When the batches of a report were committed, by L1 itself: the receipt of the hash the node names, else what L1 is found to hold.

import type { CommitAnswer, CommitSearch } from '../../l1/commit-search.ts'
import type { SettlementProof, SettlementVerifier } from '../../l1/settlement-claim.ts'
import { isoOfSeconds } from '../../rpc/rpc-values.ts'
import type { ChainThen } from './chain.ts'
import type { ReportBlock, ReportCommit } from './facts.ts'

export interface CommitSources {
  readonly verifier: SettlementVerifier
  /** Null: no L1 endpoint is configured. */
  readonly commits: CommitSearch | null
}

export interface ReadCommits {
  readonly commits: readonly ReportCommit[]
  /** With the batches that L1 tells, where the node knows none. */
  readonly blocks: readonly ReportBlock[]
}

const seconds = (iso: string) => Date.parse(iso) / 1000

export async function readCommits(
  then: ChainThen,
  /** Blocks that are shown besides the neighbours: their batches have to be found where the node knows none. */
  more: readonly ReportBlock[],
  { verifier, commits }: CommitSources,
  signal: AbortSignal,
): Promise<ReadCommits> {
  const shown = [...then.blocks, ...more]
  const untold = batchesOf(then.blocks).filter(({ batch }) => !then.batches.some(({ number }) => number === batch))
  if (then.batches.length === 0 && untold.length === 0) return searchByBlock(shown, commits, signal)
  const named = then.batches.flatMap(({ number, details }) => claimOf(number, details))
  const { proofs } = named.length === 0 ? { proofs: [] } : await verifier.verify(named, { signal })
  const proofOf = (batch: number) => proofs.find(({ claim }) => claim.batch === batch)
  // Settled where we can't look is an answer; silence, and a receipt that is not of this batch, are worth a search.
  const open = then.batches.filter(({ number }) => isWorthASearch(proofOf(number)))
  const wanted = open.map(({ number, time, details }) => {
    const isOther = proofOf(number)?.result === 'mismatch'
    return { batch: number, block: null, since: seconds(time), batchHash: isOther ? details.rootHash : null }
  })
  const asked = [...wanted, ...untold]
  const found = asked.length === 0 || commits === null ? [] : await commits.find(asked, { signal })
  const all = then.batches.map(({ number }) =>
    commitOf(number, proofOf(number), found[open.findIndex((one) => one.number === number)]),
  )
  const others = untold.map(({ batch }, at) => commitOf(batch, undefined, found[wanted.length + at]))
  return { commits: [...all, ...others].toSorted((a, b) => a.batch - b.batch), blocks: shown }
}

/** The batches that blocks name, where the node tells nothing else of them (it prunes): L1 knows them all the same. */
function batchesOf(blocks: readonly ReportBlock[]) {
  const first = blocks.filter(
    ({ batch }, at) => batch !== null && blocks.findIndex((one) => one.batch === batch) === at,
  )
  return first.flatMap(({ batch, time }) => (batch === null ? [] : [{ batch, block: null, since: seconds(time) }]))
}

function claimOf(batch: number, details: ChainThen['batches'][number]['details']) {
  const { commitTxHash: hash, rootHash: batchHash, commitment, commitChainId: settlementChainId } = details
  return hash === null ? [] : [{ stage: 'commit' as const, batch, hash, batchHash, commitment, settlementChainId }]
}

function isWorthASearch(proof: SettlementProof | undefined): boolean {
  if (proof === undefined || proof.result === 'missing') return true
  // Without the batch's hash nothing would tell what is found from what was refused.
  if (proof.result === 'mismatch') return proof.claim.batchHash !== null
  return proof.result === 'verified' && proof.l1Time === null
}

function commitOf(batch: number, proof: SettlementProof | undefined, found: CommitAnswer | undefined): ReportCommit {
  if (proof?.result === 'verified' && proof.l1Time !== null) {
    return { batch, time: proof.l1Time, hash: proof.claim.hash, from: 'receipt', why: proof.why }
  }
  const isOther = proof?.result === 'mismatch'
  // A time that the timelock noted says nothing of the batch's hash.
  if (found?.found && (!isOther || found.hash !== null)) {
    const { time, hash } = found
    const how = hash === null ? 'The timelock on L1 noted the time' : 'Found on L1 by the diamond’s own event'
    const why = isOther ? `${how}; the node names another transaction.` : `${how}.`
    return { batch, time: isoOfSeconds(time), hash, from: hash === null ? 'timelock' : 'event', why }
  }
  const missed = found === undefined || found.found ? undefined : found.why
  const why = proof?.why ?? missed ?? 'The node names no commit transaction, and L1 could not be searched.'
  return { batch, time: null, hash: proof?.claim.hash ?? null, from: null, why }
}

/** A node without batch methods (ZKsync OS): L1 knows which batch holds a block. */
async function searchByBlock(blocks: readonly ReportBlock[], commits: CommitSearch | null, signal: AbortSignal) {
  if (blocks.length === 0 || commits === null) return { commits: [], blocks }
  const wanted = blocks.map(({ number, time }) => ({ batch: null, block: number, since: seconds(time) }))
  const answers = await commits.find(wanted, { signal })
  const found = answers.flatMap((answer) => (answer.found ? [answer] : []))
  const distinct = found.filter(({ batch }, at) => found.findIndex((one) => one.batch === batch) === at)
  return {
    commits: distinct.map((answer) => commitOf(answer.batch, undefined, answer)),
    blocks: blocks.map((block, at) => ({ ...block, batch: batchIn(answers[at]) ?? block.batch })),
  }
}

function batchIn(answer: CommitAnswer | undefined): number | null {
  return answer?.found ? answer.batch : null
}
