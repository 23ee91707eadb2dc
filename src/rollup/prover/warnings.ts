// What could go wrong with a requeue, said before anybody confirms it; pure.

import { batchRanges, plural } from '../../core/counts.ts'
import { describeSeconds } from '../../core/notes.ts'
import { runningStatuses } from './classes.ts'
import type { JobRow } from './facts.ts'
import type { Gathered } from './overview.ts'
import type { JudgedTable } from './queries.ts'
import { elsewhereText } from './servers.ts'

/** A worker seen so lately may still be at work on what it holds. */
const aliveSeconds = 900

export interface Warning {
  readonly code: string
  readonly text: string
}

export function requeueWarnings(
  rows: readonly JobRow[],
  settled: ReadonlyMap<number, string>,
  around: Gathered,
  tables: readonly JudgedTable[],
): readonly Warning[] {
  if (rows.length === 0) return []
  return [
    ...elsewhere(around),
    ...neededByL1(rows, around),
    ...alreadySettled(rows, settled),
    ...aliveWorkers(rows, around),
    ...gpus(rows, around),
    ...versions(rows, around),
    ...skipProof(rows, around),
    ...automation(rows),
    ...oneTry(rows, tables),
    ...repeatedErrors(rows),
  ]
}

const elsewhere = ({ servers }: Gathered): readonly Warning[] =>
  servers.controlElsewhere ? [{ code: 'control-elsewhere', text: elsewhereText }] : []

const batchesOf = (rows: readonly JobRow[]): readonly number[] => [...new Set(rows.map((row) => row.batch))]

function neededByL1(rows: readonly JobRow[], around: Gathered): readonly Warning[] {
  const next = around.next
  if (!next || around.chainId === null) return []
  const own = batchesOf(rows.filter((row) => row.chainId === around.chainId))
  if (own.includes(next.batch))
    return [{ code: 'l1-waits', text: `L1 waits for batch ${next.batch}, which is among them.` }]
  return [{ code: 'l1-waits-elsewhere', text: `L1 waits for batch ${next.batch}, which is not among them.` }]
}

function alreadySettled(rows: readonly JobRow[], settled: ReadonlyMap<number, string>): readonly Warning[] {
  const batches = batchesOf(rows).filter((batch) => settled.has(batch))
  if (batches.length === 0) return []
  const verb = batches.length === 1 ? 'is' : 'are'
  return [
    {
      code: 'settled',
      text: `${batchRanges(batches, 'Batch')} ${verb} settled already (${settled.get(batches[0] as number)}): proving it again only costs GPU time.`,
    },
  ]
}

function aliveWorkers(rows: readonly JobRow[], around: Gathered): readonly Warning[] {
  const running = rows.filter((row) => is(runningStatuses, row.status) && row.worker !== null)
  const seen = new Map<string, number>()
  for (const worker of [...around.open.workers, ...(around.recent?.seen ?? [])]) {
    if (worker.worker !== null) seen.set(worker.worker, Math.min(seen.get(worker.worker) ?? worker.seen, worker.seen))
  }
  const alive = [...new Set(running.flatMap((row) => row.worker ?? []))].filter(
    (name) => (seen.get(name) ?? Number.POSITIVE_INFINITY) < aliveSeconds,
  )
  const first = alive[0]
  if (first === undefined) return []
  const others = alive.length > 1 ? ` and ${plural(alive.length - 1, 'other')}` : ''
  return [
    {
      code: 'worker-alive',
      text: `The worker ${first}${others} picked a job ${describeSeconds(seen.get(first) ?? 0)} ago: it may still be at work on what it holds. Its result would still count; the second try then only costs GPU time.`,
    },
  ]
}

function gpus(rows: readonly JobRow[], around: Gathered): readonly Warning[] {
  const instances = around.gpus
  if (!instances || !rows.some((row) => row.stage === 'prover')) return []
  const free = instances.filter((gpu) => gpu.status === 'available')
  if (free.length === 0) {
    const dead = instances.filter((gpu) => gpu.status === 'dead').length
    return [
      {
        code: 'no-gpu-available',
        text: `No GPU prover is available (${plural(instances.length, 'instance')}, ${dead} dead): the jobs would only burn their attempts. Restart the provers first.`,
      },
    ]
  }
  const onGpu = rows.some((row) => row.status === 'in_gpu_proof')
  const lately = free.filter((gpu) => gpu.updatedSeconds < aliveSeconds)
  if (!onGpu || lately.length === 0) return []
  return [
    {
      code: 'gpu-alive',
      text: `${plural(lately.length, 'GPU prover')} reported within ${describeSeconds(aliveSeconds)}: one of them may still hold such a job.`,
    },
  ]
}

function versions(rows: readonly JobRow[], around: Gathered): readonly Warning[] {
  const prover = rows.filter((row) => row.stage === 'prover' && row.version !== null)
  const active = new Set<string | null>([
    ...around.open.versions.filter((row) => row.stage === 'prover' && row.running > 0).map((row) => row.version),
    ...(around.recent?.seen ?? []).filter((row) => row.seen < 4 * aliveSeconds).map((row) => row.version),
  ])
  const lacking = [...new Set(prover.map((row) => row.version))].filter((version) => !active.has(version))
  if (lacking.length === 0) return []
  return [
    {
      code: 'no-prover-for-version',
      text: `No prover of protocol version ${lacking.join(', ')} has picked anything in the last hour: its jobs would stay in the queue.`,
    },
  ]
}

function skipProof(rows: readonly JobRow[], around: Gathered): readonly Warning[] {
  const next = around.next?.batch
  if (!around.core?.value?.next_skips_proof || next === undefined || !batchesOf(rows).includes(next)) return []
  return [
    {
      code: 'skip-proof',
      text: `Batch ${next} is marked skip_proof: this does not clear it, and with sampled proofs it settles with a dummy proof.`,
    },
  ]
}

function automation(rows: readonly JobRow[]): readonly Warning[] {
  const expired = rows.filter((row) => row.class === 'expired')
  if (expired.length === 0) return []
  return [
    {
      code: 'automation-would',
      text: `Automation would take ${expired.length === rows.length ? 'all of them' : plural(expired.length, 'row')} by itself: they still have attempts left.`,
    },
  ]
}

function oneTry(rows: readonly JobRow[], tables: readonly JudgedTable[]): readonly Warning[] {
  const single = tables.filter(
    (table) => table.policy.maxAttempts <= 1 && rows.some((row) => row.stage === table.stage),
  )
  return single.map(({ stage, policy }) => ({
    code: 'one-try',
    text: `With a maximum of ${policy.maxAttempts}${policy.assumed.maxAttempts ? ' (assumed)' : ''} each ${stage} job gets exactly one more try, then it is exhausted again: raise ${policy.settings.maxAttempts} to 5.`,
  }))
}

function repeatedErrors(rows: readonly JobRow[]): readonly Warning[] {
  const failed = rows.filter((row) => row.status === 'failed' && row.error !== null && row.attempts > 1)
  if (failed.length === 0) return []
  return [
    {
      code: 'fails-again',
      text: `${plural(failed.length, 'job')} failed ${failed.length === 1 ? 'its' : 'their'} last of several attempts with an error: without a change they will likely fail again.`,
    },
  ]
}

const is = (statuses: readonly string[], status: string): boolean => statuses.includes(status)
