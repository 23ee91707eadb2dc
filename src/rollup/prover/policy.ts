// What the node's own automation is allowed to do: attempts, time-outs and intervals per stage, configured or assumed.

import type { Generation, JobTable, PolicyGroup, ProverSchema } from './generation.ts'

/** As configured, per prover: both may stand in one schema. `null`: assumed by generation. */
export interface ProverPolicySettings {
  readonly old: { readonly prover: JobPolicy; readonly witness: JobPolicy }
  readonly fri: { readonly prover: JobPolicy; readonly witness: JobPolicy; readonly compressor: JobPolicy }
}

interface JobPolicy {
  readonly maxAttempts: PolicyNumber | null
  readonly timeoutSeconds: PolicyNumber | null
}

interface PolicyNumber {
  readonly value: number
}

const unset: JobPolicy = { maxAttempts: null, timeoutSeconds: null }
export const assumedPolicy: ProverPolicySettings = {
  old: { prover: unset, witness: unset },
  fri: { prover: unset, witness: unset, compressor: unset },
}

export interface StagePolicy {
  readonly maxAttempts: number
  readonly timeoutSeconds: number
  /** How often the automation looks. */
  readonly intervalSeconds: number
  /** Which of the two were not configured here, but taken from the node's samples or defaults. */
  readonly assumed: { readonly maxAttempts: boolean; readonly timeoutSeconds: boolean }
  /** The node's own names for them, as its operator must type them. */
  readonly settings: { readonly maxAttempts: string; readonly timeoutSeconds: string }
}

interface Defaults extends Omit<StagePolicy, 'assumed'> {}

const named = (
  maxAttempts: number,
  timeoutSeconds: number,
  intervalSeconds: number,
  attemptsName: string,
  timeoutName: string,
): Defaults => ({
  maxAttempts,
  timeoutSeconds,
  intervalSeconds,
  settings: { maxAttempts: attemptsName, timeoutSeconds: timeoutName },
})

const environmentCompressor = named(
  5,
  3600,
  30,
  'FRI_PROOF_COMPRESSOR_MAX_ATTEMPTS',
  'FRI_PROOF_COMPRESSOR_GENERATION_TIMEOUT_IN_SECS',
)

/** 2023: the sample values of the node's environment files; later: the defaults in its code. */
const defaults: Record<Generation, Record<PolicyGroup, Defaults>> = {
  '2023': {
    // The house keeper reads only the NON_GPU group; the GPU groups' settings change nothing here.
    prover: named(1, 2700, 300, 'PROVER_NON_GPU_MAX_ATTEMPTS', 'PROVER_NON_GPU_GENERATION_TIMEOUT_IN_SECS'),
    // Workers look by themselves, every time they ask for work.
    witness: named(1, 900, 30, 'WITNESS_MAX_ATTEMPTS', 'WITNESS_GENERATION_TIMEOUT_IN_SECS'),
    compressor: environmentCompressor,
  },
  '2023-fri': {
    prover: named(10, 600, 30, 'FRI_PROVER_MAX_ATTEMPTS', 'FRI_PROVER_GENERATION_TIMEOUT_IN_SECS'),
    witness: named(10, 900, 30, 'FRI_WITNESS_MAX_ATTEMPTS', 'FRI_WITNESS_GENERATION_TIMEOUT_IN_SECS'),
    compressor: environmentCompressor,
  },
  'prover-db': {
    prover: named(5, 600, 10, 'prover.max_attempts', 'prover.generation_timeout'),
    witness: named(5, 900, 10, 'witness_generator.max_attempts', 'witness_generator.generation_timeout'),
    compressor: named(5, 3600, 10, 'proof_compressor.max_attempts', 'proof_compressor.generation_timeout'),
  },
}

export function policyFor(
  table: Pick<JobTable, 'group'>,
  generation: Generation,
  settings: ProverPolicySettings,
): StagePolicy {
  const base = defaults[generation][table.group]
  const own: JobPolicy =
    generation === '2023' ? { ...settings.old, compressor: unset }[table.group] : settings.fri[table.group]
  return {
    ...base,
    maxAttempts: own.maxAttempts?.value ?? base.maxAttempts,
    timeoutSeconds: own.timeoutSeconds?.value ?? base.timeoutSeconds,
    assumed: { maxAttempts: own.maxAttempts === null, timeoutSeconds: own.timeoutSeconds === null },
  }
}

/**
 * How many times workers really try a row that starts at `attempts`, until automation gives it up. Each pick adds one;
 * before 2023-11-10 each automatic re-queue added one as well.
 */
export function realTries(
  maxAttempts: number,
  counting: Pick<JobTable, 'automation'> & Pick<ProverSchema, 'requeueCounts'>,
  attempts = 0,
): number {
  // The first pick of a queued row asks nobody: picking ignores attempts.
  const step = counting.requeueCounts && counting.automation === 'requeue' ? 2 : 1
  return 1 + Math.max(0, Math.ceil((maxAttempts - (attempts + 1)) / step))
}
