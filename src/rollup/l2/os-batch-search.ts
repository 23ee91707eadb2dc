// Which batch holds a block, and which L1 transactions settled it, from the diamond's events alone (ZKsync OS).

import type { Finding } from '../../core/finding.ts'
import { type DiamondEvent, type Log, readDiamondEvents, readGetter, topicOf } from '../l1/contracts.ts'
import { findBlockBefore, searchLogs } from '../l1/l1-search.ts'
import type { SettlementLayer } from '../l1/settlement-proof.ts'
import { blockCall } from '../l1/settlement-reading.ts'
import { endpointFindings } from '../rpc/endpoint-set.ts'
import type { RpcEndpoint } from '../rpc/json-rpc.ts'
import { isZero } from '../rpc/rpc-values.ts'

export interface OsBatch {
  readonly number: number
  readonly firstBlock: number
  readonly lastBlock: number
  readonly rootHash: string | null
  readonly commitment: string | null
  /** L1 transactions; null: none seen. */
  readonly commit: string
  readonly prove: string | null
  readonly execute: string | null
}

export interface OsSearch {
  readonly batch: OsBatch | null
  /** False: the search was cut short, so what was not seen may still be there. */
  readonly complete: boolean
  readonly findings: readonly Finding[]
}

export type BatchWanted = { readonly batch: number } | { readonly block: number; readonly since: string }

/** The contract calls the range untrusted, but it is the operator's own word on L1, and the only map there is. */
const topics = [
  [
    topicOf('ReportCommittedBatchRangeZKsyncOS'),
    topicOf('BlockCommit'),
    topicOf('BlocksVerification'),
    topicOf('BlockExecution'),
    topicOf('BlocksRevert'),
  ],
]

export async function searchBatch(
  l1: SettlementLayer | null,
  wanted: BatchWanted,
  signal: AbortSignal,
): Promise<OsSearch> {
  if (l1 === null) return cutShort('no L1 endpoint is configured: set L1_RPC_URLS')
  const found = await l1.diamond.find({ signal })
  if (found.diamond === null) return cutShort(found.why)
  const { address } = found.diamond
  const heads = await l1.endpoints.ask([blockCall('latest')], { signal })
  const voices = heads.voices.flatMap(({ endpoint, answers: [head] }) =>
    head.ok && head.value !== null ? [{ endpoint, head: head.value.number }] : [],
  )
  const findings = endpointFindings(heads.failures, l1.setting)
  const [first] = voices
  if (first === undefined) return cutShort('no L1 endpoint answered', findings)
  const seconds = await startOf(first.endpoint, address, wanted, signal)
  if (seconds === 'not-committed') return { batch: null, complete: true, findings }
  if (seconds === null) return cutShort('the commit time could not be read from the timelock', findings)
  const fromBlock = await findBlockBefore({ ...first, seconds, signal })
  if (fromBlock === null) return cutShort('the L1 block of that time was not found', findings)
  const search = await searchLogs({
    endpoints: voices.map(({ endpoint }) => endpoint),
    address,
    topics,
    fromBlock,
    toBlock: first.head,
    signal,
    isEnough: (logs) => readBatch(logs, address, wanted)?.execute != null,
  })
  const batch = readBatch(search.logs, address, wanted)
  if (search.complete) return { batch, complete: true, findings }
  const { complete, findings: why } = cutShort('the events on L1 could not be read to the end', findings)
  return { batch, complete, findings: why }
}

/** The contracts let a block's time be that much ahead of L1 when it is committed. */
const allowedAheadSeconds = 3600

/** A block comes before its commit; for a batch by number the timelock knows the moment of the commit. */
async function startOf(
  endpoint: RpcEndpoint,
  diamond: string,
  wanted: BatchWanted,
  signal: AbortSignal,
): Promise<number | 'not-committed' | null> {
  if ('since' in wanted) return Math.floor(Date.parse(wanted.since) / 1000) - allowedAheadSeconds
  const committed = await endpoint.call(readGetter(diamond, 'getTotalBlocksCommitted'), { signal })
  if (committed.ok && wanted.batch > committed.value) return 'not-committed'
  const manager = await endpoint.call(readGetter(diamond, 'getChainTypeManager'), { signal })
  if (!manager.ok) return null
  const timelock = await endpoint.call(readGetter(manager.value, 'validatorTimelockPostV29'), { signal })
  if (!timelock.ok || isZero(timelock.value)) return null
  const call = readGetter(timelock.value, 'getCommittedBatchTimestamp', [diamond, wanted.batch])
  const time = await endpoint.call(call, { signal })
  // Zero: committed through an older timelock, which we don't know.
  return time.ok && time.value > 0 ? time.value : null
}

interface Placed {
  readonly event: DiamondEvent
  readonly hash: string
}

/** The last commit counts, and nothing that a revert undid. */
function readBatch(logs: readonly Log[], diamond: string, wanted: BatchWanted): OsBatch | null {
  const placed = logs.flatMap((log): Placed[] =>
    readDiamondEvents([log], diamond).map((event) => ({ event, hash: log.transactionHash ?? '' })),
  )
  let batch: OsBatch | null = null
  for (const { event, hash } of placed) {
    if (event.kind === 'revert' && batch !== null) batch = undo(batch, event)
    else if (event.kind === 'range' && isWanted(event, wanted)) {
      const { firstBlock, lastBlock } = event
      const commit = placed.find(
        (one) => one.hash === hash && one.event.kind === 'commit' && one.event.batch === event.batch,
      )
      const words = commit?.event.kind === 'commit' ? commit.event : null
      const hashes = { rootHash: words?.batchHash ?? null, commitment: words?.commitment ?? null }
      batch = { number: event.batch, firstBlock, lastBlock, ...hashes, commit: hash, prove: null, execute: null }
    } else if (batch !== null) batch = advance(batch, event, hash)
  }
  return batch
}

function isWanted(range: Extract<DiamondEvent, { kind: 'range' }>, wanted: BatchWanted): boolean {
  if ('batch' in wanted) return range.batch === wanted.batch
  return range.firstBlock <= wanted.block && wanted.block <= range.lastBlock
}

function advance(batch: OsBatch, event: DiamondEvent, hash: string): OsBatch {
  if (event.kind === 'prove' && event.previous < batch.number && batch.number <= event.current) {
    return { ...batch, prove: hash }
  }
  return event.kind === 'execute' && event.batch === batch.number ? { ...batch, execute: hash } : batch
}

function undo(batch: OsBatch, event: Extract<DiamondEvent, { kind: 'revert' }>): OsBatch | null {
  if (batch.number > event.committed) return null
  return batch.number > event.verified ? { ...batch, prove: null } : batch
}

function cutShort(why: string, findings: readonly Finding[] = []): OsSearch {
  const text = `The search for the batch on L1 is incomplete (${why}): what is not shown may still be there.`
  const finding: Finding = { code: 'l1-search-incomplete', severity: 'warning', values: { why }, text }
  return { batch: null, complete: false, findings: [...findings, finding] }
}
