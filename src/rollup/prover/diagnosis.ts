// What the prover's rows mean and what to do about it: every failure signature as a finding, worst first; pure.

import type { Finding } from '../../core/finding.ts'
import * as flow from './diagnosis-flow.ts'
import * as jobs from './diagnosis-jobs.ts'
import { type Detector, type Observed, worstFirst } from './signs.ts'

const detectors: readonly Detector[] = [
  jobs.exhausted,
  jobs.notCovered,
  jobs.nothingRequeues,
  flow.outOfOrder,
  flow.gpus,
  flow.noProver,
  flow.moverStalled,
  flow.coreNotFetching,
  jobs.expired,
  jobs.failing,
  jobs.aboveMaximum,
  flow.skipProof,
  flow.unknownStatus,
  flow.servers,
  flow.sources,
  jobs.lastTry,
  flow.settled,
  flow.assumed,
]

/** Among findings of the same severity the order of the detectors holds. */
export function diagnose(seen: Observed): readonly Finding[] {
  return worstFirst(detectors.flatMap((detect) => detect(seen)))
}
