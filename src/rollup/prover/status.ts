// From what was gathered to the facts of /prover-status; pure.

import type { Finding } from '../../core/finding.ts'
import { diagnose } from './diagnosis.ts'
import type { NextBatch, ProverStatusFacts, StageCounts, StuckGroup, VersionCounts, Worker } from './facts.ts'
import type { ProverStage } from './generation.ts'
import type { Gathered } from './overview.ts'
import type { CountRow, JudgedTable } from './queries.ts'
import { standOf } from './rows.ts'
import type { Observed } from './signs.ts'
import { pictureOf, throughputOf } from './throughput.ts'

export function statusFacts(gathered: Gathered): ProverStatusFacts {
  const { schema, open } = gathered
  const stages = gathered.tables.map((table) => stageCounts(table, gathered))
  const next = nextBatch(gathered)
  const settledUpTo = settledUntil(gathered)
  const openJobs = stages.reduce(
    (sum, stage) => sum + stage.queued + stage.inProgress + stage.inGpuProof + stage.failed,
    0,
  )
  const verified = gathered.l1Verified?.value ?? gathered.core?.value?.prove_confirmed ?? null
  const sealed = gathered.core?.value?.sealed ?? null
  const facts: Omit<ProverStatusFacts, 'findings'> = {
    kind: 'overview',
    generation: schema.generation,
    chainId: schema.hasChain ? gathered.chainId : null,
    next,
    stages,
    versions: versionCounts(gathered),
    stuck: open.stuck.map((row): StuckGroup => {
      const policy = gathered.tables.find((table) => table.stage === row.stage)?.policy
      return {
        chainId: row.chain,
        batch: row.batch,
        stage: row.stage as ProverStage,
        jobs: row.jobs,
        class: row.class,
        because: row.because as StuckGroup['because'],
        statuses: row.statuses,
        attempts: row.attempts,
        maxAttempts: policy?.maxAttempts ?? 0,
        oldestSeconds: row.oldest,
        since: row.since,
        worker: row.worker,
        error: row.error,
        settled: row.chain === gathered.chainId && gathered.settled.has(row.batch),
      }
    }),
    stuckMore: open.stuck_more,
    outOfOrder: outOfOrder(gathered, settledUpTo),
    throughput: throughputOf(gathered.recent, gathered.batches, openJobs),
    l1: { sealed, verified, behind: sealed === null || verified === null ? null : Math.max(0, sealed - verified) },
    gpus: gathered.gpus,
    dependencies: gathered.dependencies,
    workers: workersOf(gathered),
    picture: pictureOf(gathered.recent, gathered.batches, openJobs, open.read_at),
    readAt: open.read_at,
  }
  return { ...facts, findings: findingsOf(facts, gathered) }
}

function findingsOf(facts: Observed['facts'], gathered: Gathered): readonly Finding[] {
  const { open, core, l1Verified } = gathered
  const coreKnown = (core?.value?.sealed ?? null) !== null || (l1Verified?.value ?? null) !== null
  return diagnose({
    facts,
    schema: gathered.schema,
    counts: open.counts,
    versionRows: open.versions,
    lastPicks: lastPicksOf(gathered),
    waiting: gathered.waiting,
    idle: gathered.idle,
    batches: gathered.batches,
    nextTree: gathered.next?.tree ?? [],
    nextHandOff: core?.value?.next_hand_off ?? null,
    coreKnown,
    servers: gathered.servers,
    troubles: gathered.troubles,
  })
}

function stageCounts(table: JudgedTable, gathered: Gathered): StageCounts {
  const rows = gathered.open.counts.filter((row) => row.stage === table.stage)
  const byStatus = (status: string): number => sum(rows.filter((row) => row.status === status))
  const byClass = (name: string): number => sum(rows.filter((row) => row.class === name))
  // Rows found through the windows instead of an index: those that wait, and the FRI scheduler's queue.
  const found = gathered.waiting.filter((row) => row.stage === table.stage)
  const inWindow = (queued: boolean): number =>
    found.filter((row) => (row.status === 'queued') === queued).reduce((total, row) => total + row.jobs, 0)
  const ages = rows.filter((row) => row.class !== 'waiting').map((row) => row.oldest)
  return {
    stage: table.stage,
    queued: byStatus('queued') + inWindow(true),
    inProgress: byStatus('in_progress'),
    inGpuProof: byStatus('in_gpu_proof'),
    failed: byStatus('failed'),
    waiting: inWindow(false),
    expired: byClass('expired'),
    exhausted: byClass('exhausted'),
    oldestSeconds: ages.length > 0 ? Math.max(...ages) : null,
    policy: table.policy,
  }
}

const sum = (rows: readonly CountRow[]): number => rows.reduce((total, row) => total + row.jobs, 0)

function lastPicksOf({ recent }: Gathered): ReadonlyMap<string | null, number> {
  const picks = new Map<string | null, number>()
  for (const row of recent?.seen ?? []) picks.set(row.version, Math.min(picks.get(row.version) ?? row.seen, row.seen))
  return picks
}

function versionCounts(gathered: Gathered): readonly VersionCounts[] {
  const found = new Map<string, VersionCounts>()
  const seen = lastPicksOf(gathered)
  for (const row of gathered.open.versions) {
    const key = `${row.chain}:${row.version}`
    const known = found.get(key)
    found.set(key, {
      version: row.version,
      chainId: row.chain,
      queued: (known?.queued ?? 0) + row.queued,
      running: (known?.running ?? 0) + row.running,
      oldestQueuedSeconds: most(known?.oldestQueuedSeconds ?? null, row.oldest_queued),
      lastPickSeconds: least(known?.lastPickSeconds ?? seen.get(row.version) ?? null, row.last_pick),
    })
  }
  return [...found.values()].sort((one, other) =>
    (other.version ?? '').localeCompare(one.version ?? '', 'en', { numeric: true }),
  )
}

const least = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other)
const most = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.max(one, other)

function workersOf(gathered: Gathered): readonly Worker[] {
  const workers = new Map<string, Worker>()
  for (const row of gathered.open.workers) {
    workers.set(row.worker, { name: row.worker, version: row.version, running: row.running, lastSeenSeconds: row.seen })
  }
  for (const row of gathered.recent?.seen ?? []) {
    if (row.worker === null) continue
    const known = workers.get(row.worker)
    const lastSeenSeconds = Math.min(known?.lastSeenSeconds ?? row.seen, row.seen)
    workers.set(row.worker, { name: row.worker, version: row.version, running: known?.running ?? 0, lastSeenSeconds })
  }
  return [...workers.values()].sort((one, other) => one.lastSeenSeconds - other.lastSeenSeconds)
}

/** Up to where our chain's batches are settled, so that nothing waits for their jobs. */
export function settledUntil(gathered: Pick<Gathered, 'l1Verified' | 'core'>): number | null {
  return most(gathered.l1Verified?.value ?? null, gathered.core?.value?.prove_confirmed ?? null)
}

function nextBatch(gathered: Gathered): NextBatch | null {
  const { next, core, chainId } = gathered
  if (!next || chainId === null) return null
  const base = { batch: next.batch, chainId, known: next.known, skipProof: core?.value?.next_skips_proof ?? null }
  const stand = standOf(next.tree)
  if (stand && stand.class !== 'finished') {
    const jobs = next.tree
      .filter((row) => row.stage === stand.stage && row.class === stand.class)
      .reduce((total, row) => total + row.jobs, 0)
    return { ...base, stage: stand.stage, state: stand.class, ageSeconds: stand.oldest, jobs }
  }
  const done = gathered.batches.find((row) => row.chain === chainId && row.batch === next.batch)
  if (core?.value?.next_hand_off === 'skipped') {
    return { ...base, stage: 'core', state: 'skipped', ageSeconds: null, jobs: 0 }
  }
  if (next.tree.length === 0 && core?.value?.next_hand_off !== 'generated')
    return { ...base, stage: 'core', state: 'none', ageSeconds: null, jobs: 0 }
  return { ...base, stage: 'settlement', state: 'proven', ageSeconds: done?.finished_seconds ?? null, jobs: 0 }
}

/** Batches without a final proof while later ones have it, and those later ones; of our own chain. */
function outOfOrder(gathered: Gathered, settledUpTo: number | null): ProverStatusFacts['outOfOrder'] {
  const own = gathered.batches.filter(
    (row) => row.chain === gathered.chainId && (settledUpTo === null || row.batch > settledUpTo),
  )
  const first = own.find((row) => !row.proven)
  const provenAhead = first ? own.filter((row) => row.proven && row.batch > first.batch).map((row) => row.batch) : []
  const last = provenAhead.at(-1)
  const blocked = last === undefined ? [] : own.filter((row) => !row.proven && row.batch < last).map((row) => row.batch)
  return { blockedBatches: blocked, provenAhead }
}
