// Facts of /prover-status as a reply: what L1 waits for and what to do first, then the queue, what is stuck, and the pace.

import { batchRanges, plural } from '../core/counts.ts'
import { describeSeconds } from '../core/notes.ts'
import type { QueueSample } from '../core/records.ts'
import { type Block, bold, paragraph, type Reply, type Text } from '../core/reply.ts'
import type { NextBatch, ProverBatchFacts, ProverStatusFacts, StuckGroup } from '../services.ts'
import { findingBlocks, toneOf } from './findings.ts'
import { presentBatch } from './prover-batch.ts'
import { runbookActions, runbookBlocks, runbookFor } from './runbook-for.ts'

export type OverviewAnswer = ProverStatusFacts & {
  /** What the watcher kept of the last day, oldest first. */
  readonly samples?: readonly QueueSample[]
}

export type ProverStatusAnswer = OverviewAnswer | ProverBatchFacts

export function presentProverStatus(facts: ProverStatusAnswer): Reply {
  return facts.kind === 'batch' ? presentBatch(facts) : presentOverview(facts)
}

function presentOverview(facts: OverviewAnswer): Reply {
  const runbook = runbookFor(facts.findings)
  return {
    tone: toneOf(facts.findings),
    title: titleOf(facts),
    blocks: [
      ...findingBlocks(facts.findings),
      ...runbookBlocks(runbook),
      queueTable(facts),
      ...stuckBlocks(facts),
      paceBlock(facts),
      ...versionBlock(facts),
      ...gpuBlock(facts),
      ...pictureBlock(facts),
      ...statesBlock(facts),
    ],
    ...runbookActions(runbook),
  }
}

function titleOf(facts: ProverStatusFacts): string {
  const { next, throughput, stuck } = facts
  if (next) return nextText(next, facts)
  const stuckJobs = stuck.reduce((total, group) => total + group.jobs, 0)
  if (throughput.openJobs === 0) return 'The prover has nothing to do'
  return `The prover has ${plural(throughput.openJobs, 'open job')}${stuckJobs > 0 ? `, ${stuckJobs} of them stuck` : ''}`
}

function nextText(next: NextBatch, facts: ProverStatusFacts): string {
  const chain = facts.chainId === null || facts.chainId === 0 ? '' : ` (chain ${facts.chainId})`
  const needed = `L1 needs batch ${next.batch}${chain} next`
  const since = next.ageSeconds === null ? '' : ` for ${describeSeconds(next.ageSeconds)}`
  const jobs = plural(next.jobs, `${next.stage} job`)
  const open = facts.throughput.openJobs > 0
  switch (next.state) {
    case 'exhausted':
      return `${needed}: ${jobs} stuck${since}, only a human can free ${next.jobs === 1 ? 'it' : 'them'}`
    case 'expired':
      return `${needed}: ${jobs} failed or out of time${since}, automation should take ${next.jobs === 1 ? 'it' : 'them'}`
    case 'running':
      return `${needed}: ${jobs} running${since}`
    case 'queued':
      return `${needed}: ${jobs} in the queue${since}`
    case 'waiting':
      return `${needed}: ${next.stage} waits for earlier proofs${since}`
    case 'proven':
      return `${needed}: its proof is ready${since}, and not on its way to L1 yet`
    case 'skipped':
      return `${needed}: the core skips its proof`
    case 'unknown':
      return `${needed}: ${jobs} in a state I don't know`
    case 'none':
      return open
        ? `${needed}: it has no prover jobs yet${elsewhereStuck(facts)}`
        : `The prover is idle: batch ${next.batch}${chain} has no jobs yet`
  }
}

function elsewhereStuck({ stuck }: ProverStatusFacts): string {
  const jobs = stuck.reduce((total, group) => total + (group.settled ? 0 : group.jobs), 0)
  return jobs === 0 ? '' : `; ${plural(jobs, 'job')} of other batches ${jobs === 1 ? 'is' : 'are'} stuck`
}

function queueTable(facts: ProverStatusFacts): Block {
  const withGpu = facts.stages.some((stage) => stage.inGpuProof > 0)
  const rows = facts.stages
    .filter((stage) => stage.queued + stage.inProgress + stage.inGpuProof + stage.failed + stage.waiting > 0)
    .map((stage) => [
      stage.stage,
      String(stage.queued),
      String(stage.inProgress),
      ...(withGpu ? [String(stage.inGpuProof)] : []),
      String(stage.failed),
      String(stage.waiting),
      stage.oldestSeconds === null ? '' : describeSeconds(stage.oldestSeconds),
    ])
  if (rows.length === 0) return paragraph('No job is open in any stage.')
  const columns = ['stage', 'queued', 'running', ...(withGpu ? ['in GPU proof'] : []), 'failed', 'waiting', 'oldest']
  return { kind: 'table', name: 'prover-queue', columns, rows }
}

function stuckBlocks(facts: ProverStatusFacts): readonly Block[] {
  if (facts.stuck.length === 0) return []
  // Jobs of another chain than ours must not be taken for ours.
  const several =
    new Set(facts.stuck.map((group) => group.chainId)).size > 1 ||
    facts.stuck.some(({ chainId }) => chainId !== 0 && chainId !== facts.chainId)
  const rows = merged(facts.stuck).map(({ group, batches, jobs }) => [
    ...(several ? [String(group.chainId)] : []),
    batches,
    group.stage,
    String(jobs),
    group.settled ? `${group.class}, settled` : group.class,
    `${group.attempts} of ${group.maxAttempts}`,
    describeSeconds(group.oldestSeconds),
    group.worker ?? '',
  ])
  const columns = [...(several ? ['chain'] : []), 'batch', 'stage', 'jobs', 'class', 'attempts', 'age', 'worker']
  const more = facts.stuckMore > 0 ? [paragraph(`and ${plural(facts.stuckMore, 'more group')} of stuck jobs`)] : []
  return [
    paragraph(bold('Stuck')),
    { kind: 'table', name: 'stuck', columns, rows },
    ...more,
    ...errorBlocks(facts.stuck),
  ]
}

/** Neighbouring batches that are stuck in the same way share a line: a phone is small. */
function merged(
  stuck: readonly StuckGroup[],
): readonly { readonly group: StuckGroup; readonly batches: string; readonly jobs: number }[] {
  const lines: { first: StuckGroup; last: StuckGroup; oldest: number; jobs: number }[] = []
  const newest = new Map<string, (typeof lines)[number]>()
  const way = (group: StuckGroup): string =>
    JSON.stringify([group.chainId, group.stage, group.class, group.attempts, group.settled, group.worker])
  for (const group of stuck) {
    const line = newest.get(way(group))
    if (line && line.last.batch + 1 === group.batch) {
      line.last = group
      line.oldest = Math.max(line.oldest, group.oldestSeconds)
      line.jobs += group.jobs
    } else {
      const begun = { first: group, last: group, oldest: group.oldestSeconds, jobs: group.jobs }
      lines.push(begun)
      newest.set(way(group), begun)
    }
  }
  return lines.map(({ first, last, oldest, jobs }) => ({
    group: { ...first, oldestSeconds: oldest },
    batches: first.batch === last.batch ? String(first.batch) : `${first.batch}–${last.batch}`,
    jobs,
  }))
}

const errorsShown = 3

/** Each different error once. */
function errorBlocks(stuck: readonly StuckGroup[]): readonly Block[] {
  const errors = [...new Set(stuck.flatMap((group) => group.error ?? []))]
  return errors.slice(0, errorsShown).map((text): Block => ({ kind: 'code', text }))
}

function paceBlock(facts: ProverStatusFacts): Block {
  const { throughput, l1, outOfOrder } = facts
  const about = throughput.estimated ? 'about ' : ''
  // A job more or less in the hour is no trend.
  const growing = throughput.arrivedLastHour > throughput.jobsLastHour * 1.1
  const pairs: (readonly [string, Text])[] = [
    [
      'Last hour',
      `${plural(throughput.batchesLastHour, 'batch', 'batches')}, ${about}${plural(throughput.jobsLastHour, 'job')} finished, ${about}${throughput.arrivedLastHour} arrived`,
    ],
    [
      'Last day',
      `${plural(throughput.batchesLastDay, 'batch', 'batches')}, ${about}${plural(throughput.jobsLastDay, 'job')} finished`,
    ],
    [
      'Queue',
      throughput.openJobs === 0
        ? 'empty'
        : throughput.drainSeconds !== null
          ? `${plural(throughput.openJobs, 'open job')}, drained in about ${describeSeconds(throughput.drainSeconds)}`
          : `${plural(throughput.openJobs, 'open job')}, ${growing ? 'growing' : 'not draining'}`,
    ],
  ]
  if (l1.sealed !== null && l1.verified !== null) {
    const behind = l1.behind ?? 0
    pairs.push(['L1', `proven up to ${l1.verified}, sealed up to ${l1.sealed}: ${behind} behind`])
  }
  if (outOfOrder.provenAhead.length > 0) {
    pairs.push([
      'Out of order',
      `${batchRanges(outOfOrder.blockedBatches, 'batch')} missing, ${batchRanges(outOfOrder.provenAhead, 'batch')} proven already`,
    ])
  }
  return { kind: 'facts', facts: pairs }
}

function versionBlock(facts: ProverStatusFacts): readonly Block[] {
  const rows = facts.versions
    .filter((row) => row.queued + row.running > 0)
    .map((row) => [
      row.version ?? 'none',
      ...(facts.chainId === null && facts.generation !== 'prover-db' ? [] : [String(row.chainId)]),
      String(row.queued),
      String(row.running),
      row.lastPickSeconds === null ? 'not lately' : `${describeSeconds(row.lastPickSeconds)} ago`,
    ])
  if (rows.length === 0 || facts.versions.every((row) => row.version === null)) return []
  const columns = ['version', ...(rows[0]?.length === 5 ? ['chain'] : []), 'queued', 'running', 'last pick']
  return [{ kind: 'table', name: 'versions', columns, rows }]
}

const workersShown = 10

function gpuBlock(facts: ProverStatusFacts): readonly Block[] {
  const blocks: Block[] = []
  if (facts.gpus && facts.gpus.length > 0) {
    const byStatus = new Map<string, number>()
    for (const gpu of facts.gpus) byStatus.set(gpu.status, (byStatus.get(gpu.status) ?? 0) + 1)
    const counts = [...byStatus].map(([status, count]) => `${count} ${status}`).join(', ')
    const rows = facts.gpus.map((gpu) => [
      gpu.host,
      gpu.status,
      `${describeSeconds(gpu.updatedSeconds)} ago`,
      gpu.freeSlots === null ? '' : String(gpu.freeSlots),
      gpu.gpus === null ? '' : String(gpu.gpus),
    ])
    const columns = ['GPU prover', 'state', 'updated', 'free slots', 'GPUs']
    blocks.push(paragraph(bold('GPU provers: '), counts), { kind: 'table', name: 'gpu-provers', columns, rows })
  }
  if (facts.workers.length > 0) {
    const shown = facts.workers.slice(0, workersShown)
    const rows = shown.map((worker) => [
      worker.name,
      worker.version ?? '',
      String(worker.running),
      `${describeSeconds(worker.lastSeenSeconds)} ago`,
    ])
    const more = facts.workers.length - shown.length
    blocks.push({ kind: 'table', name: 'workers', columns: ['worker', 'version', 'running', 'last pick'], rows })
    if (more > 0) blocks.push(paragraph(`and ${plural(more, 'more worker')}`))
  }
  return blocks
}

function pictureBlock(facts: ProverStatusFacts): readonly Block[] {
  const { picture, throughput } = facts
  if (!picture || picture.hours.every((hour) => hour.arrived + hour.finished + hour.open === 0)) return []
  const sampled = picture.sampled ? ` (estimated from ${picture.sampled.rows} of ${picture.sampled.of} jobs)` : ''
  return [
    {
      kind: 'image',
      picture: 'prover-queue',
      data: picture,
      description: `Jobs per hour over the last day${sampled}: ${throughput.jobsLastDay} finished, ${throughput.openJobs} open now.`,
    },
  ]
}

/** Fewer make no picture. */
const fewestSamples = 12

function statesBlock({ samples = [] }: OverviewAnswer): readonly Block[] {
  const newest = samples.at(-1)
  const busy = samples.some(({ queued, running, inGpuProof, failed }) => queued + running + inGpuProof + failed > 0)
  if (!newest || samples.length < fewestSamples || !busy) return []
  const { queued, running, inGpuProof, failed, exhausted } = newest
  return [
    {
      kind: 'image',
      picture: 'prover-states',
      data: { samples },
      description: `Unfinished jobs by state, as sampled; last: ${queued} queued, ${running} running, ${inGpuProof} in GPU proof, ${failed} failed, ${exhausted} of them stuck for good.`,
    },
  ]
}
