// What one batch's jobs mean: where it stands, what it waits for in vain, and why it may have no rows at all; pure.

import { plural } from '../../core/counts.ts'
import type { Finding } from '../../core/finding.ts'
import { describeSeconds } from '../../core/notes.ts'
import type { ProverBatchFacts } from './facts.ts'
import type { TreeRow } from './rows.ts'
import { finding, worstFirst } from './signs.ts'

export interface ObservedBatch {
  readonly facts: Omit<ProverBatchFacts, 'findings'>
  readonly tree: readonly TreeRow[]
  readonly troubles: readonly { readonly source: string; readonly trouble: string }[]
  readonly hasArchive: boolean
}

export function batchFindings(seen: ObservedBatch): readonly Finding[] {
  return worstFirst([
    ...absent(seen),
    ...stuck(seen),
    ...movers(seen),
    ...settlement(seen),
    ...unknown(seen),
    ...sources(seen),
  ])
}

function absent({ facts, hasArchive }: ObservedBatch): readonly Finding[] {
  if (facts.chains.length > 0) return []
  const values = { batch: facts.batch, settled: facts.settled !== null }
  if (facts.settled !== null || (facts.nextNeeded !== null && facts.batch < facts.nextNeeded)) {
    return [
      finding(
        'archived',
        'info',
        values,
        `Batch ${facts.batch} has no prover rows any more.`,
        hasArchive
          ? 'Jobs of finished batches move to the archive after 2 days and are deleted after 7 (defaults).'
          : 'Its jobs were removed after it was settled.',
      ),
    ]
  }
  return [
    finding(
      'no-jobs',
      facts.l1Waits ? 'critical' : 'info',
      values,
      `Batch ${facts.batch} has no prover jobs yet.`,
      facts.l1Waits
        ? 'L1 waits for it: check that the batch is sealed and that the core hands its witness inputs over.'
        : 'It has not been handed to the prover, or the number is beyond the newest batch.',
    ),
  ]
}

function stuck({ facts }: ObservedBatch): readonly Finding[] {
  return facts.chains.flatMap(({ chainId, stages }) => {
    const onChain = facts.chains.length > 1 ? ` chain=${chainId}` : ''
    const found = (['exhausted', 'expired'] as const).flatMap((name) => {
      const held = stages.filter((stage) => stage[name] > 0)
      if (held.length === 0) return []
      const jobs = held.reduce((sum, stage) => sum + stage[name], 0)
      const where = held.map((stage) => (stage.stage === 'prover' ? `${stage.roundName} prover` : stage.stage))
      const what = `${plural(jobs, 'job')} (${where.join(', ')})`
      const values = { chainId, jobs, stages: held.map(({ stage, round }) => ({ stage, round })) }
      const severity = facts.settled ? 'info' : name === 'exhausted' ? 'critical' : 'warning'
      return name === 'exhausted'
        ? [
            finding(
              'attempts-exhausted',
              severity,
              values,
              `${what} will never be tried again by automation.`,
              `Put ${jobs === 1 ? 'it' : 'them'} back with /requeue ${facts.batch}${onChain}.`,
            ),
          ]
        : [
            finding(
              'jobs-expired',
              severity,
              values,
              `${what} failed or ran out of time; automation should take ${jobs === 1 ? 'it' : 'them'}.`,
            ),
          ]
    })
    return found
  })
}

/** A status of a later node, or a slip of somebody's hand. */
function unknown({ facts, tree }: ObservedBatch): readonly Finding[] {
  const rows = tree.filter((row) => row.class === 'unknown')
  const statuses = [...new Set(rows.map((row) => row.status))]
  if (rows.length === 0) return []
  const jobs = rows.reduce((sum, row) => sum + row.jobs, 0)
  return [
    finding(
      'unknown-status',
      'warning',
      { batch: facts.batch, statuses, jobs },
      `${plural(jobs, 'job')} ${jobs === 1 ? 'has' : 'have'} a status I don't know (${statuses.map((status) => JSON.stringify(status)).join(', ')}): I never touch ${jobs === 1 ? 'it' : 'them'}.`,
    ),
  ]
}

function movers({ facts, tree }: ObservedBatch): readonly Finding[] {
  return facts.chains.flatMap(({ chainId, stages }) =>
    stages.flatMap((stage) => {
      const busy = tree.some((row) => row.chain === chainId && !['finished', 'waiting'].includes(row.class))
      return stage.waitsFor.flatMap(({ circuit, has, needs }) => {
        const what = `${stage.stage}${circuit === null ? '' : ` (${circuit})`}`
        const values = { stage: stage.stage, circuit, has, needs, chainId }
        if (has === needs) {
          return [
            finding(
              'ready-not-moved',
              busy ? 'info' : 'critical',
              values,
              `${what} has the ${plural(needs, 'proof')} it needs and still waits to be moved on: the house keeper or prover job monitor does that.`,
            ),
          ]
        }
        if (busy || has === 0) return []
        return [
          finding(
            'count-mismatch',
            'critical',
            values,
            `${what} expects ${plural(needs, 'proof')}, ${has === 1 ? '1 is' : `${has} are`} there, and no job is left to bring more: it will wait for ever.`,
            'Do not force it into the queue (the witness generator crashes); the missing jobs have to be found or made again.',
          ),
        ]
      })
    }),
  )
}

function settlement({ facts }: ObservedBatch): readonly Finding[] {
  const found: Finding[] = []
  const stand = facts.chains[0]?.stand
  if (facts.l1Waits && stand && stand.state !== 'exhausted' && stand.state !== 'expired') {
    found.push(
      finding(
        'l1-waits',
        'info',
        { batch: facts.batch, stage: stand.stage, state: stand.state },
        `L1 waits for this batch: its ${stand.stage} jobs are ${stand.state} for ${describeSeconds(stand.ageSeconds)}.`,
      ),
    )
  }
  if (facts.settled) {
    found.push(
      finding(
        'settled',
        'info',
        { batch: facts.batch, by: facts.settled.by },
        `Nothing waits for it: ${facts.settled.by}.`,
      ),
    )
  }
  if (facts.skipProof) {
    found.push(
      finding(
        'skip-proof',
        'warning',
        { batch: facts.batch },
        'It is marked skip_proof: re-queueing does not clear that, and with sampled proofs it settles with a dummy proof.',
      ),
    )
  }
  if (facts.chains.length > 1) {
    const chains = facts.chains.map(({ chainId }) => chainId)
    found.push(finding('several-chains', 'info', { chains }, `This number exists on chains ${chains.join(', ')}.`))
  }
  return found
}

const sources = ({ troubles }: ObservedBatch): readonly Finding[] =>
  troubles.map(({ source, trouble }) =>
    finding('source-unreachable', 'warning', { source }, `The ${source} could not be asked: ${trouble}`),
  )
