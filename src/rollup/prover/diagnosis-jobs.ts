// Stuck jobs and what they tell: attempts used up, workers that died, jobs that fail, automation that is not there; pure.

import { batchRanges, plural } from '../../core/counts.ts'
import { describeSeconds } from '../../core/notes.ts'
import { realTries } from './policy.ts'
import { type Detector, finding, type Pile, piles } from './signs.ts'

const jobsOf = (pile: Pile): string =>
  `${pile.more ? 'At least ' : ''}${plural(pile.jobs, `${pile.stage.stage} job`)} of ${batchRanges(pile.batches, 'batch')}${pile.chain === null ? '' : ` of chain ${pile.chain}`}`

const requeueCall = (pile: Pile): string => {
  const first = pile.batches[0] as number
  const last = pile.batches.at(-1) as number
  return `/requeue ${first === last ? first : `${first}-${last}`}${pile.chain === null ? '' : ` chain=${pile.chain}`}`
}

export const exhausted: Detector = (seen) =>
  piles(seen, (group) => group.class === 'exhausted' && group.because === 'attempts').map((pile) => {
    const { policy, stage } = pile.stage
    const counting = seen.schema.tables.find((table) => table.stage === stage)
    const tries = (max: number): number =>
      counting ? realTries(max, { automation: counting.automation, requeueCounts: seen.schema.requeueCounts }) : max
    const suggested = Math.max(5, policy.maxAttempts)
    const values = {
      stage,
      jobs: pile.jobs,
      batches: pile.batches,
      attempts: Math.max(...pile.groups.map((group) => group.attempts)),
      maxAttempts: policy.maxAttempts,
      assumed: policy.assumed.maxAttempts,
      tries: tries(policy.maxAttempts),
      suggestedAttempts: suggested,
      suggestedTries: tries(suggested),
      settings: policy.settings,
      oldestSeconds: Math.max(...pile.groups.map((group) => group.oldestSeconds)),
    }
    return finding(
      'attempts-exhausted',
      'critical',
      values,
      `${jobsOf(pile)} ${pile.jobs === 1 ? 'has' : 'have'} used up ${pile.jobs === 1 ? 'its' : 'their'} attempts (the maximum is ${policy.maxAttempts}${policy.assumed.maxAttempts ? ', assumed' : ''}: ${plural(values.tries, 'real try', 'real tries')}), so nothing automatic will ever touch ${pile.jobs === 1 ? 'it' : 'them'} again.`,
      settingsAdvice(pile, suggested, tries(suggested)),
      `Or ${requeueCall(pile)} now.`,
    )
  })

/** The exact settings to change; the time-out matters where jobs were cut off while a slow card still worked on them. */
function settingsAdvice(pile: Pile, suggested: number, tries: number): string {
  const { policy } = pile.stage
  const { maxAttempts, timeoutSeconds } = policy.settings
  const running = pile.groups.some((group) => group.statuses.some((status) => status !== 'failed'))
  const more =
    policy.maxAttempts < suggested
      ? `Raise ${maxAttempts} to ${suggested} (${plural(tries, 'real try', 'real tries')})`
      : `${maxAttempts} is ${policy.maxAttempts} already: find out why they fail before trying again`
  const seconds = Math.max(3600, policy.timeoutSeconds)
  const longer =
    running && pile.stage.stage === 'prover' && seconds > policy.timeoutSeconds
      ? ` and set ${timeoutSeconds} above the slowest card's proof time (${seconds})`
      : ''
  return `${more}${longer}.`
}

export const notCovered: Detector = (seen) =>
  piles(seen, (group) => group.class === 'exhausted' && group.because !== 'attempts').map((pile) =>
    finding(
      'not-covered',
      'critical',
      { stage: pile.stage.stage, jobs: pile.jobs, batches: pile.batches, because: pile.groups[0]?.because ?? null },
      `${jobsOf(pile)} ${pile.jobs === 1 ? 'is' : 'are'} past the time-out in a state that automation never looks at.`,
      `${requeueCall(pile)} puts ${pile.jobs === 1 ? 'it' : 'them'} back.`,
    ),
  )

/** 2023: what a job past its time-out says about the worker that held it. */
export const expired: Detector = (seen) => {
  const old = seen.schema.generation === '2023'
  return piles(seen, (group) => group.class === 'expired' && group.statuses.some((status) => status !== 'failed')).map(
    (pile) => {
      const onGpu = pile.groups.some((group) => group.statuses.includes('in_gpu_proof'))
      const cause =
        old && onGpu
          ? 'The GPU prover they were handed to keeps its queue in memory: it died, and the queue with it.'
          : old && pile.stage.stage === 'prover'
            ? 'A worker died, or the synthesizer found no free GPU prover in time and dropped its result.'
            : 'The worker that held them died or is very slow.'
      const { policy } = pile.stage
      return finding(
        onGpu ? 'gpu-proof-expired' : 'in-progress-expired',
        'warning',
        { stage: pile.stage.stage, jobs: pile.jobs, batches: pile.batches, timeoutSeconds: policy.timeoutSeconds },
        `${jobsOf(pile)} ran past the time-out of ${describeSeconds(policy.timeoutSeconds)} with attempts left.`,
        cause,
        old && pile.stage.stage !== 'prover'
          ? 'A witness generator takes them over by itself.'
          : `Automation puts them back within ${describeSeconds(policy.intervalSeconds)}.`,
      )
    },
  )
}

export const failing: Detector = (seen) => {
  const unreachable = piles(seen, (group) => /prover instance unreachable/i.test(group.error ?? ''))
  const others = piles(
    seen,
    (group) => group.statuses.includes('failed') && !/prover instance unreachable/i.test(group.error ?? ''),
  )
  return [
    ...unreachable.map((pile) =>
      finding(
        'gpu-unreachable',
        'warning',
        { stage: pile.stage.stage, jobs: pile.jobs, batches: pile.batches },
        `${jobsOf(pile)} failed because a GPU prover could not be reached; its instance is marked dead.`,
        'Restart that GPU prover: only a restart makes a dead instance available again.',
      ),
    ),
    ...others.map((pile) => {
      const error = pile.groups.find((group) => group.error !== null)?.error ?? null
      return finding(
        'jobs-failed',
        'warning',
        { stage: pile.stage.stage, jobs: pile.jobs, batches: pile.batches, error },
        `${jobsOf(pile)} failed.`,
        error === null ? 'No error text was kept: look into the worker’s log.' : 'The error is shown below.',
      )
    }),
  ]
}

export const lastTry: Detector = (seen) =>
  seen.facts.stages.flatMap(({ stage, policy }) => {
    const rows = seen.counts.filter((row) => row.stage === stage && row.last > 0)
    const jobs = rows.reduce((total, row) => total + row.last, 0)
    if (jobs === 0) return []
    return [
      finding(
        'last-try-pending',
        'info',
        { stage, jobs, maxAttempts: policy.maxAttempts },
        `${plural(jobs, `${stage} job`)} in the queue ${jobs === 1 ? 'has' : 'have'} no attempts left after the next pick: if that one does not finish, a human has to help.`,
      ),
    ]
  })

/** Rows that could never have got there under the configured policy. */
export const aboveMaximum: Detector = (seen) =>
  seen.facts.stages.flatMap(({ stage, policy }) => {
    const table = seen.schema.tables.find((candidate) => candidate.stage === stage)
    if (!table || table.automation === 'takeover') return []
    // An automatic re-queue that counts may carry the last pick one past the maximum.
    const highest = policy.maxAttempts + (seen.schema.requeueCounts ? 1 : 0)
    const attempts = Math.max(0, ...seen.counts.filter((row) => row.stage === stage).map((row) => row.attempts))
    if (attempts <= highest) return []
    return [
      finding(
        'attempts-above-max',
        'warning',
        {
          stage,
          attempts,
          maxAttempts: policy.maxAttempts,
          assumed: policy.assumed.maxAttempts,
          setting: policy.settings.maxAttempts,
        },
        `A ${stage} job has ${attempts} attempts although the maximum is ${policy.assumed.maxAttempts ? 'assumed' : 'configured here'} as ${policy.maxAttempts}: the node's own ${policy.settings.maxAttempts} must be higher, or was lowered.`,
        `Set the node's real value here; until then “exhausted” may be wrong.`,
      ),
    ]
  })

export const nothingRequeues: Detector = (seen) =>
  seen.facts.stages.flatMap(({ stage, policy }) => {
    const jobs = seen.counts.filter((row) => row.stage === stage).reduce((total, row) => total + row.overdue, 0)
    if (jobs === 0) return []
    const table = seen.schema.tables.find((candidate) => candidate.stage === stage)
    const keeper =
      table?.automation === 'takeover' ? 'no witness generator is picking work' : `the ${seen.schema.mover} is down`
    return [
      finding(
        'nothing-requeueing',
        'critical',
        { stage, jobs, maxAttempts: policy.maxAttempts, intervalSeconds: policy.intervalSeconds },
        `${plural(jobs, `${stage} job`)} should have been put back ten times over (every ${describeSeconds(policy.intervalSeconds)}): nothing is re-queueing.`,
        `Either the node's real ${policy.settings.maxAttempts} is lower than ${policy.maxAttempts}, or ${keeper}.`,
        'Check that first; /requeue with class=expired puts them back meanwhile.',
      ),
    ]
  })
