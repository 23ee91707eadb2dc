// One batch of /prover-status as a reply: its stages in order, circuits by name, and who holds what.

import { plural } from '../core/counts.ts'
import { describeSeconds } from '../core/notes.ts'
import { type Block, bold, paragraph, type Reply, type Text } from '../core/reply.ts'
import type { BatchStage, ProverBatchFacts } from '../services.ts'
import { findingBlocks, toneOf } from './findings.ts'
import { runbookActions, runbookBlocks, runbookFor } from './runbook-for.ts'

export function presentBatch(facts: ProverBatchFacts): Reply {
  const runbook = runbookFor(facts.findings)
  return {
    tone: facts.settled ? 'neutral' : toneOf(facts.findings),
    title: titleOf(facts),
    blocks: [
      // That L1 waits for it is in the title.
      ...findingBlocks(facts.findings.filter(({ code }) => code !== 'l1-waits')),
      ...runbookBlocks(runbook),
      ...facts.chains.flatMap((chain) => [
        ...(facts.chains.length > 1 ? [paragraph(bold(`Chain ${chain.chainId}`))] : []),
        stageList(chain.stages),
        ...circuitTable(chain.stages),
        ...jobTable(chain.stages),
      ]),
      ...settlementFacts(facts),
    ],
    ...runbookActions(runbook),
  }
}

function titleOf(facts: ProverBatchFacts): string {
  const name = `Batch ${facts.batch}`
  const stand = facts.chains[0]?.stand
  if (facts.chains.length === 0)
    return facts.settled ? `${name} is settled; its jobs are archived` : `${name} has no prover jobs`
  if (facts.chains.length > 1) return `${name} exists on ${facts.chains.length} chains`
  if (!stand) return `${name}: every job is done`
  const since = describeSeconds(stand.ageSeconds)
  const waits = facts.l1Waits ? ', and L1 waits for it' : ''
  if (stand.state === 'exhausted') return `${name} is stuck in ${stand.stage} for ${since}${waits}`
  if (stand.state === 'expired') return `${name}: ${stand.stage} failed or ran out of time${waits}`
  return `${name}: ${stand.stage} is ${stand.state} for ${since}${waits}`
}

/** Statuses in the order people ask for them. */
const statusOrder = [
  'failed',
  'in_gpu_proof',
  'in_progress',
  'queued',
  'waiting_for_proofs',
  'waiting_for_artifacts',
  'successful',
]

export function countsText(counts: Readonly<Record<string, number>>): string {
  const place = (status: string): number => (statusOrder.includes(status) ? statusOrder.indexOf(status) : -1)
  return Object.entries(counts)
    .sort(([one], [other]) => place(one) - place(other))
    .map(([status, count]) => `${count} ${status.replaceAll('_', ' ')}`)
    .join(', ')
}

const stageName = (stage: BatchStage): string => (stage.stage === 'prover' ? `prover, ${stage.roundName}` : stage.stage)

function stageList(stages: readonly BatchStage[]): Block {
  return {
    kind: 'list',
    items: stages.map((stage): Text => {
      const took = stage.seconds.slowest ? `, slowest ${describeSeconds(stage.seconds.slowest)}` : ''
      const stuck = [
        ...(stage.exhausted > 0 ? [`${stage.exhausted} exhausted`] : []),
        ...(stage.expired > 0 ? [`${stage.expired} expired`] : []),
      ]
      const needs = stage.waitsFor.map(
        ({ has, needs, circuit }) => `${has} of ${plural(needs, 'proof')}${circuit === null ? '' : ` (${circuit})`}`,
      )
      return [
        bold(`${stageName(stage)}: `),
        `${countsText(stage.counts)}${stuck.length > 0 ? ` (${stuck.join(', ')})` : ''}${took}`,
        needs.length > 0 ? `; has ${needs.slice(0, 4).join(', ')}${needs.length > 4 ? ', …' : ''}` : '',
      ]
    }),
  }
}

function circuitTable(stages: readonly BatchStage[]): readonly Block[] {
  const rows = stages.flatMap((stage) =>
    stage.circuits.map(({ circuit, counts, slowestSeconds }) => [
      stageName(stage),
      circuit,
      countsText(counts),
      slowestSeconds ? describeSeconds(slowestSeconds) : '',
    ]),
  )
  return rows.length === 0
    ? []
    : [{ kind: 'table', name: 'circuits', columns: ['stage', 'circuit', 'jobs', 'slowest'], rows }]
}

const errorsShown = 3

function jobTable(stages: readonly BatchStage[]): readonly Block[] {
  const jobs = stages.flatMap((stage) => stage.jobs.map((job) => ({ job, max: stage.maxAttempts })))
  if (jobs.length === 0) return []
  const rows = jobs.map(({ job, max }) => [
    job.key,
    job.circuit ?? '',
    job.status,
    job.class,
    `${job.attempts} of ${max}`,
    describeSeconds(job.ageSeconds),
    job.worker ?? '',
  ])
  const errors = [...new Set(jobs.flatMap(({ job }) => job.error ?? []))].slice(0, errorsShown)
  const columns = ['job', 'circuit', 'status', 'class', 'attempts', 'age', 'worker']
  return [
    paragraph(bold(`${plural(jobs.length, 'job')} at work or stuck`)),
    { kind: 'table', name: 'jobs', columns, rows },
    ...errors.map((text): Block => ({ kind: 'code', text })),
  ]
}

function settlementFacts(facts: ProverBatchFacts): readonly Block[] {
  const pairs: (readonly [string, Text])[] = []
  if (facts.nextNeeded !== null) pairs.push(['L1 needs next', `batch ${facts.nextNeeded}`])
  if (facts.skipProof !== null) pairs.push(['skip_proof', facts.skipProof ? 'set' : 'not set'])
  return pairs.length === 0 ? [] : [{ kind: 'facts', facts: pairs }]
}
