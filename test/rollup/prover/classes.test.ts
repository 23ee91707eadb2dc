// The class of every kind of row, and the arithmetic of attempts.
import { describe, expect, it } from 'vitest'
import { type ClassFacts, classify, classRules, type JobClass } from '../../../src/rollup/prover/classes.ts'
import {
  type ColumnRow,
  detectSchema,
  type JobTable,
  type ProverSchema,
} from '../../../src/rollup/prover/generation.ts'
import { assumedPolicy, policyFor, realTries } from '../../../src/rollup/prover/policy.ts'

const columns = (names: readonly string[]): readonly ColumnRow[] =>
  names.map((name) => {
    const [table = '', column = 'status'] = name.split('.')
    return { table_name: table, column_name: column }
  })

function schemaOf(...names: readonly string[]): ProverSchema {
  const schema = detectSchema(columns(names))
  if (!schema) throw new Error('no prover tables')
  return schema
}

const oldProver = schemaOf('prover_jobs', 'witness_inputs', 'l1_batches', 'gpu_prover_queue')
const friProver = schemaOf(
  'prover_jobs_fri',
  'proof_compression_jobs_fri',
  'leaf_aggregation_witness_jobs_fri',
  'l1_batches.storage_refunds',
)
const proverDatabase = schemaOf(
  'prover_jobs_fri.chain_id',
  'recursion_tip_witness_jobs_fri',
  'scheduler_witness_jobs_fri',
)

const tableOf = (schema: ProverSchema, name: string): JobTable => {
  const table = schema.tables.find((candidate) => candidate.table === name)
  if (!table) throw new Error(`no ${name}`)
  return table
}

const row = (
  status: string,
  attempts: number,
  startedAgo: number | null,
  updatedAgo = startedAgo ?? 0,
): ClassFacts => ({
  status,
  attempts,
  startedAgo,
  updatedAgo,
})

describe('generation', () => {
  it('is told from tables and columns alone', () => {
    expect(oldProver.generation).toBe('2023')
    expect(friProver.generation).toBe('2023-fri')
    expect(proverDatabase.generation).toBe('prover-db')
    expect(detectSchema(columns(['transactions', 'l1_batches']))).toBeNull()
  })

  it('gives the scheduler round 3 before the recursion tip and round 4 since', () => {
    expect(friProver.finalRound).toBe(3)
    expect(tableOf(proverDatabase, 'scheduler_witness_jobs_fri').round).toBe(4)
  })

  it('keys rows by chain only where the column exists', () => {
    expect(oldProver.hasChain).toBe(false)
    expect(proverDatabase.hasChain).toBe(true)
  })

  it('counts a re-queue as an attempt before 2023-11-10 only', () => {
    expect(oldProver.requeueCounts).toBe(true)
    expect(schemaOf('prover_jobs_fri', 'l1_batches', 'miniblocks.consensus').requeueCounts).toBe(false)
    expect(proverDatabase.requeueCounts).toBe(false)
  })
})

describe('class of a row', () => {
  const cases: readonly (readonly [string, JobTable, ProverSchema, number, ClassFacts, JobClass, string | null])[] = [
    // The notes' case: max 1, so that the first pick already used the budget up.
    [
      'picked once, max 1, past the time-out',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      1,
      row('in_gpu_proof', 1, 2700),
      'exhausted',
      'attempts',
    ],
    [
      'on its last try within the time-out',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      1,
      row('in_progress', 1, 2699),
      'running',
      null,
    ],
    [
      'past the time-out with attempts left',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      5,
      row('in_gpu_proof', 4, 2700),
      'expired',
      null,
    ],
    [
      'failed just now with attempts left',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      5,
      row('failed', 4, 1),
      'expired',
      null,
    ],
    [
      'failed just now without',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      5,
      row('failed', 5, 1),
      'exhausted',
      'attempts',
    ],
    [
      'queued on its last try',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      1,
      row('queued', 7, 90_000),
      'queued',
      null,
    ],
    [
      'picked without a start time long ago',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      5,
      row('in_progress', 1, null, 2700),
      'exhausted',
      'no-start-time',
    ],
    [
      'picked without a start time just now',
      tableOf(oldProver, 'prover_jobs'),
      oldProver,
      5,
      row('in_progress', 1, null, 5),
      'running',
      null,
    ],
    [
      'old witness past the time-out: workers take it over for ever',
      tableOf(oldProver, 'witness_inputs'),
      oldProver,
      1,
      row('in_progress', 9, 901),
      'expired',
      null,
    ],
    [
      'old witness exactly at the time-out',
      tableOf(oldProver, 'witness_inputs'),
      oldProver,
      1,
      row('in_progress', 9, 900),
      'running',
      null,
    ],
    [
      'old witness failed without attempts',
      tableOf(oldProver, 'witness_inputs'),
      oldProver,
      1,
      row('failed', 1, 5),
      'exhausted',
      'attempts',
    ],
    [
      'waiting for artifacts',
      tableOf(oldProver, 'witness_inputs'),
      oldProver,
      1,
      row('waiting_for_artifacts', 0, null),
      'waiting',
      null,
    ],
    [
      'waiting for proofs',
      tableOf(friProver, 'leaf_aggregation_witness_jobs_fri'),
      friProver,
      10,
      row('waiting_for_proofs', 0, null),
      'waiting',
      null,
    ],
    [
      'handed to the core',
      tableOf(friProver, 'proof_compression_jobs_fri'),
      friProver,
      5,
      row('sent_to_server', 1, 9_999),
      'finished',
      null,
    ],
    [
      'skipped',
      tableOf(friProver, 'proof_compression_jobs_fri'),
      friProver,
      5,
      row('skipped', 0, null),
      'finished',
      null,
    ],
    [
      'a status nobody knows',
      tableOf(friProver, 'prover_jobs_fri'),
      friProver,
      10,
      row('frobnicated', 99, 9_999),
      'unknown',
      null,
    ],
    [
      'in GPU proof where automation looks for in progress only',
      tableOf(friProver, 'leaf_aggregation_witness_jobs_fri'),
      friProver,
      10,
      row('in_gpu_proof', 1, 9_999),
      'exhausted',
      'not-covered',
    ],
    [
      'a start time in the future',
      tableOf(proverDatabase, 'prover_jobs_fri'),
      proverDatabase,
      5,
      row('in_progress', 5, -28_800, 0),
      'running',
      null,
    ],
  ]
  it.each(cases)('%s', (_, table, schema, maxAttempts, facts, expected, because) => {
    const timeoutSeconds = table.group === 'prover' ? 2700 : 900
    const policy = policyFor(table, schema.generation, assumedPolicy)
    expect(classify(facts, classRules(table, { ...policy, maxAttempts, timeoutSeconds }))).toEqual({
      class: expected,
      because,
    })
  })
})

describe('real tries', () => {
  it.each([
    [1, true, 1],
    [2, true, 2],
    [5, true, 3],
    [10, true, 6],
    [1, false, 1],
    [5, false, 5],
    [0, false, 1],
  ])('max %i, re-queue counts: %s → %i tries', (max, requeueCounts, tries) => {
    expect(realTries(max, { automation: 'requeue', requeueCounts })).toBe(tries)
  })

  it('agree with picking and re-queueing step by step', () => {
    for (const requeueCounts of [true, false]) {
      for (let max = 1; max <= 12; max += 1) {
        let attempts = 0
        let tries = 0
        for (;;) {
          attempts += 1
          tries += 1
          if (attempts >= max) break
          if (requeueCounts) attempts += 1
        }
        expect(realTries(max, { automation: 'requeue', requeueCounts })).toBe(tries)
      }
    }
  })
})

describe('policy', () => {
  it('is the sample values in 2023, marked assumed, with the settings the house keeper really reads', () => {
    expect(policyFor(tableOf(oldProver, 'prover_jobs'), '2023', assumedPolicy)).toMatchObject({
      maxAttempts: 1,
      timeoutSeconds: 2700,
      assumed: { maxAttempts: true, timeoutSeconds: true },
      settings: {
        maxAttempts: 'PROVER_NON_GPU_MAX_ATTEMPTS',
        timeoutSeconds: 'PROVER_NON_GPU_GENERATION_TIMEOUT_IN_SECS',
      },
    })
  })

  it('takes what is configured and marks only the rest assumed', () => {
    const policy = policyFor(tableOf(proverDatabase, 'prover_jobs_fri'), 'prover-db', {
      ...assumedPolicy,
      fri: { ...assumedPolicy.fri, prover: { maxAttempts: { value: 7 }, timeoutSeconds: null } },
    })
    expect(policy).toMatchObject({ maxAttempts: 7, assumed: { maxAttempts: false, timeoutSeconds: true } })
  })
})
