// What is the matter with sources themselves, beside the verdict: one that fails, a database behind, a clock that is off. Pure.

import type { Finding } from '../../core/finding.ts'
import { describeSeconds } from '../../core/notes.ts'
import type { L2Observation, Observations, Trouble } from './facts.ts'
import { type Situation, samplesNeeded } from './situation.ts'

export function sourceFindings(now: Situation, seen: Observations): readonly Finding[] {
  return [...databaseFinding(now, seen), ...clockFinding(now), ...failedSources(seen)]
}

/** The database contradicts fresher sources: a replica behind its primary, or not the database of the node that leads. */
function databaseFinding(now: Situation, { database, thresholds }: Observations): readonly Finding[] {
  if (database === null || database.trouble !== null || database.head === null || now.newest === null) return []
  const seconds = now.newest.time - database.head.time
  if (!now.blocksMove || now.clock - database.head.time <= thresholds.sequencer) return []
  const cause =
    database.replicaLagSeconds > thresholds.rpcLag ? 'its replica lags' : 'it is not the one the chain grows from'
  const text = `The core database is ${describeSeconds(seconds)} behind other sources: ${cause}. Answers from it are as old.`
  return [
    {
      code: 'database-lagging',
      severity: 'warning',
      values: { seconds, replicaLagSeconds: database.replicaLagSeconds },
      text,
    },
  ]
}

function clockFinding({ localClockOff }: Situation): readonly Finding[] {
  if (localClockOff === null) return []
  const values = { seconds: localClockOff }
  const direction = localClockOff > 0 ? 'ahead of' : 'behind'
  return [
    {
      code: 'local-clock-wrong',
      severity: 'warning',
      values,
      text: `This machine's clock is ${describeSeconds(Math.abs(localClockOff))} ${direction} L1. Ages here are by L1; set the clock (NTP).`,
    },
  ]
}

/** A source that fails is a finding of its own, never a verdict. */
function failedSources(seen: Observations): readonly Finding[] {
  const sources = [
    ...seen.l2.map(({ name, trouble }) => ({ kind: 'l2-rpc', name, trouble })),
    ...seen.explorers.map(({ name, trouble }) => ({ kind: 'explorer', name, trouble })),
    ...(seen.database ? [{ kind: 'database', name: 'core database', trouble: seen.database.trouble }] : []),
  ]
  const unsteady = seen.l2.filter(({ trouble, samples }) => trouble === null && samples.length < samplesNeeded)
  return [...sources.flatMap(failedFinding), ...unsteady.map(unsteadyFinding)]
}

interface FailedSource {
  readonly kind: string
  readonly name: string
  readonly trouble: Trouble | null
}

function failedFinding({ kind, name, trouble }: FailedSource): readonly Finding[] {
  if (trouble === null) return []
  const values = { kind, name, trouble: trouble.kind }
  return [{ code: 'source-failed', severity: 'warning', values, text: `${name} ${trouble.text}.` }]
}

/** It answered, and not every time: people who use it see calls that hang or fail. */
function unsteadyFinding({ name, samples }: L2Observation): Finding {
  const values = { kind: 'l2-rpc', name, answered: samples.length, asked: samplesNeeded }
  const text = `${name} answered ${samples.length} of ${samplesNeeded} questions: calls to it hang or fail now and then.`
  return { code: 'source-unsteady', severity: 'warning', values, text }
}
