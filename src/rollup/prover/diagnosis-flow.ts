// What keeps batches from moving on: versions without provers, a mover or core that stands still, order, GPU provers; pure.

import { batchRanges, plural } from '../../core/counts.ts'
import { describeSeconds } from '../../core/notes.ts'
import type { PolicyGroup } from './generation.ts'
import { elsewhereText, lagText } from './servers.ts'
import { type Detector, finding, type Observed } from './signs.ts'

/** So long in the queue with nothing at work: worth a look, and then certainly nobody is there. */
const unpickedSeconds = { warning: 300, critical: 1800 } as const

interface Queue {
  readonly group: PolicyGroup
  readonly chain: number
  readonly version: string | null
  queued: number
  running: number
  oldest: number
  lastPick: number | null
}

/** Provers, witness generators and compressors are programs of their own: one kind may be dead while others work. */
function queues(seen: Observed): readonly Queue[] {
  const found = new Map<string, Queue>()
  for (const row of seen.versionRows) {
    const group = seen.schema.tables.find((table) => table.stage === row.stage)?.group
    if (group === undefined) continue
    const key = `${group}:${row.chain}:${row.version}`
    const lastPick = group === 'prover' ? (seen.lastPicks.get(row.version) ?? null) : null
    const queue = found.get(key) ?? {
      group,
      chain: row.chain,
      version: row.version,
      queued: 0,
      running: 0,
      oldest: 0,
      lastPick,
    }
    queue.queued += row.queued
    queue.running += row.running
    queue.oldest = Math.max(queue.oldest, row.oldest_queued ?? 0)
    queue.lastPick = row.last_pick === null ? queue.lastPick : Math.min(queue.lastPick ?? row.last_pick, row.last_pick)
    found.set(key, queue)
  }
  return [...found.values()]
}

export const noProver: Detector = (seen) =>
  queues(seen).flatMap(({ group, chain, version, queued, running, oldest, lastPick }) => {
    const idle = Math.min(oldest, lastPick ?? Number.POSITIVE_INFINITY)
    if (queued === 0 || running > 0 || idle < unpickedSeconds.warning) return []
    if (version === null && !seen.schema.tables.some((table) => table.hasVersion)) return []
    const name = version === null ? 'without a protocol version' : `of protocol version ${version}`
    const since = lastPick === null ? '' : ` for ${describeSeconds(lastPick)}`
    return [
      finding(
        version === null ? 'version-missing' : 'no-prover-for-version',
        idle < unpickedSeconds.critical ? 'warning' : 'critical',
        { version, group, chainId: chain, queued, oldestSeconds: oldest, lastPickSeconds: lastPick },
        `${plural(queued, `${group} job`)} ${name} ${queued === 1 ? 'has' : 'have'} waited for ${describeSeconds(oldest)}, none is running, and no worker of that version has picked one${since}.`,
        version === null
          ? 'Jobs without a version are never picked.'
          : `Start ${workersOf[group]} of that version: others never pick these jobs, and no error tells of it.`,
      ),
    ]
  })

const workersOf = { prover: 'provers', witness: 'witness generators', compressor: 'a compressor' } as const

const moverIntervalSeconds = { '2023': 30, '2023-fri': 40, 'prover-db': 10 } as const

/** Everything of a batch is done except what waits: somebody should have moved it on. */
export const moverStalled: Detector = (seen) => {
  const patience = moverIntervalSeconds[seen.schema.generation] * 10
  const idle = seen.idle.filter((row) => (row.seconds ?? 0) >= patience)
  const batches = [...new Set(idle.map((row) => row.batch))].sort((one, other) => one - other)
  const first = idle[0]
  if (first === undefined) return []
  return [
    finding(
      'mover-stalled',
      'critical',
      {
        batches,
        stage: seen.waiting.find((row) => row.batch === first.batch)?.stage ?? null,
        idleSeconds: first.seconds,
      },
      `${batchRanges(batches, 'Batch')}: every job that can run is done, yet the next stage still waits for proofs.`,
      `The ${seen.schema.mover} moves them on: it is down, or the number of proofs is not what the stage expects (/prover-status ${first.batch} compares them).`,
      'Never force a waiting job into the queue: the witness generator crashes on it.',
    ),
  ]
}

/** The core asks every few seconds for the oldest proof it lacks. */
const fetchSeconds = 600

export const coreNotFetching: Detector = (seen) => {
  if (!seen.schema.tables.some((table) => table.group === 'compressor')) return []
  const ready = seen.batches.filter((row) => row.status === 'successful' && (row.finished_seconds ?? 0) > fetchSeconds)
  const first = ready[0]
  if (!first) return []
  const older = seen.batches.some((row) => row.chain === first.chain && row.batch < first.batch && !row.proven)
  return [
    finding(
      'core-not-fetching',
      older ? 'info' : 'critical',
      { batches: ready.map((row) => row.batch), olderMissing: older },
      `${batchRanges(
        ready.map((row) => row.batch),
        'Batch',
      )}: the proof is compressed but the core has not fetched it.`,
      older
        ? 'An older batch is missing its proof, and the core asks for the oldest first.'
        : 'Nothing older is missing: check the core’s proof data handler.',
    ),
  ]
}

export const outOfOrder: Detector = (seen) => {
  const { blockedBatches, provenAhead } = seen.facts.outOfOrder
  const first = blockedBatches[0]
  if (first === undefined) return []
  const stuck = seen.facts.stuck.some((group) => blockedBatches.includes(group.batch) && !group.settled)
  return [
    finding(
      'out-of-order',
      stuck ? 'critical' : 'info',
      { blockedBatches, provenAhead },
      `${batchRanges(blockedBatches, 'Batch')} ${blockedBatches.length === 1 ? 'has' : 'have'} no proof while ${batchRanges(provenAhead, 'batch')} ${provenAhead.length === 1 ? 'has' : 'have'} one.`,
      `L1 takes proofs strictly in order, so ${first} holds up everything after it.`,
    ),
  ]
}

export const gpus: Detector = (seen) => {
  const { gpus: instances } = seen.facts
  const waits = seen.facts.stages.some(
    (stage) => stage.stage === 'prover' && stage.queued + stage.exhausted + stage.expired > 0,
  )
  if (!instances || !waits) return []
  const usable = instances.filter((gpu) => gpu.status === 'available' || gpu.status === 'reserved')
  if (usable.length > 0) return []
  const dead = instances.filter((gpu) => gpu.status === 'dead').length
  return [
    finding(
      'no-gpu-available',
      'critical',
      { instances: instances.length, dead, full: instances.filter((gpu) => gpu.status === 'full').length },
      instances.length === 0
        ? 'No GPU prover is registered.'
        : `None of ${plural(instances.length, 'GPU prover')} is available (${dead} dead, ${instances.length - dead} full).`,
      'Putting jobs back now only burns attempts.',
      instances.length === 0 ? 'Start one first.' : 'Restart the dead ones first: only a restart makes them available.',
    ),
  ]
}

export const settled: Detector = (seen) => {
  const groups = seen.facts.stuck.filter((group) => group.settled)
  if (groups.length === 0) return []
  const batches = [...new Set(groups.map((group) => group.batch))].sort((one, other) => one - other)
  return [
    finding(
      'settled-leftovers',
      'info',
      { batches, jobs: groups.reduce((total, group) => total + group.jobs, 0) },
      `${batchRanges(batches, 'Batch')} ${batches.length === 1 ? 'is' : 'are'} settled on L1 already: what is stuck there holds nothing up.`,
    ),
  ]
}

export const unknownStatus: Detector = (seen) => {
  const rows = seen.nextTree.filter((row) => row.class === 'unknown')
  if (rows.length === 0) return []
  const statuses = [...new Set(rows.map((row) => row.status))]
  return [
    finding(
      'unknown-status',
      'warning',
      { statuses, batch: seen.facts.next?.batch ?? null },
      `Jobs of batch ${seen.facts.next?.batch} have a status I don't know (${statuses.map((status) => JSON.stringify(status)).join(', ')}): I never touch them.`,
    ),
  ]
}

const unanswered: Readonly<Record<string, string>> = {
  L1: 'L1 could not be asked which batches it has verified',
  'core database': 'The core database could not be asked which batch is needed',
  'chain id': 'The id of this chain could not be asked for, so that its rows are not told from other chains’',
}

export const sources: Detector = (seen) => [
  ...seen.troubles.map(({ source, trouble }) =>
    finding(
      'source-unreachable',
      'warning',
      { source },
      `${unanswered[source] ?? `The ${source} could not be read`}: ${trouble}`,
    ),
  ),
  ...(seen.coreKnown || seen.troubles.length > 0
    ? []
    : [
        finding(
          'next-batch-guessed',
          'info',
          {},
          'Which batch L1 needs is told from the jobs alone: set CORE_DATABASE_URL or L1_RPC_URLS to know it.',
        ),
      ]),
]

export const servers: Detector = ({ servers: seen }) => {
  const lag = lagText(seen.replicaLagSeconds)
  return [
    ...(lag === null
      ? []
      : [finding('replica-lag', 'warning', { seconds: Math.round(seen.replicaLagSeconds ?? 0) }, lag)]),
    ...(seen.controlElsewhere ? [finding('control-elsewhere', 'warning', {}, elsewhereText)] : []),
  ]
}

export const skipProof: Detector = (seen) => {
  const next = seen.facts.next
  if (!next?.skipProof) return []
  return [
    finding(
      'skip-proof',
      'warning',
      { batch: next.batch },
      `Batch ${next.batch} is marked skip_proof: a failure at the last attempt set it, re-queueing does not clear it, and with sampled proofs it settles with a dummy proof.`,
    ),
  ]
}

export const assumed: Detector = (seen) => {
  const stages = seen.facts.stages.filter(({ policy }) => policy.assumed.maxAttempts || policy.assumed.timeoutSeconds)
  if (stages.length === 0 || seen.facts.stuck.length === 0) return []
  return [
    finding(
      'policy-assumed',
      'info',
      { stages: stages.map((stage) => stage.stage) },
      'The node’s attempts and time-outs are assumed (its sample or default values): set PROVER_MAX_ATTEMPTS and PROVER_TIMEOUT_SECONDS (WITNESS_…, COMPRESSOR_…) to what it really uses.',
    ),
  ]
}
