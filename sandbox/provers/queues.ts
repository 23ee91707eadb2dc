// The prover's job tables in each generation: who may pick which row and in what order, and what automation puts back.

export type ProverGeneration = '2023' | '2023-fri' | 'prover-db'

export type ProverStage = 'basic' | 'leaf' | 'node' | 'tip' | 'scheduler' | 'prover' | 'compressor'

export type Group = 'prover' | 'witness' | 'compressor'

/** What the node's own settings say about one group of jobs. */
export interface Limits {
  readonly maxAttempts: number
  readonly timeoutSeconds: number
}
export type Policy = Readonly<Record<Group, Limits>>

export interface Queue {
  readonly table: string
  readonly stage: ProverStage
  readonly group: Group
  /** Columns that say which row it is. */
  readonly key: readonly string[]
  readonly order: string
  readonly worker: 'picked_by' | null
  /** Running statuses that automation puts back once they are past the time-out. */
  readonly covered: readonly string[]
  /** `takeover`: nobody puts rows back; workers take old ones over themselves. */
  readonly automation: 'requeue' | 'takeover'
  /** Does putting a row back count as an attempt? */
  readonly requeueCounts: boolean
  /** How a row names its protocol version. */
  readonly version: string
}

const queue = (given: Pick<Queue, 'table' | 'stage' | 'key' | 'order'> & Partial<Queue>): Queue => ({
  group: given.stage === 'prover' ? 'prover' : given.stage === 'compressor' ? 'compressor' : 'witness',
  worker: 'picked_by',
  covered: ['in_progress'],
  automation: 'requeue',
  requeueCounts: false,
  version: 'protocol_version::text',
  ...given,
})

function old(): readonly Queue[] {
  const witness = (table: string, stage: ProverStage) =>
    queue({ table, stage, key: ['l1_batch_number'], order: 'l1_batch_number', automation: 'takeover', worker: null })
  return [
    witness('witness_inputs', 'basic'),
    witness('leaf_aggregation_witness_jobs', 'leaf'),
    witness('node_aggregation_witness_jobs', 'node'),
    witness('scheduler_witness_jobs', 'scheduler'),
    queue({
      table: 'prover_jobs',
      stage: 'prover',
      key: ['id'],
      order: 'aggregation_round DESC, l1_batch_number, id',
      worker: null,
      covered: ['in_progress', 'in_gpu_proof'],
      requeueCounts: true,
    }),
  ]
}

function december(): readonly Queue[] {
  const batch = ['l1_batch_number']
  return [
    queue({
      table: 'witness_inputs_fri',
      stage: 'basic',
      key: batch,
      order: 'l1_batch_number',
      covered: ['in_progress', 'in_gpu_proof'],
    }),
    queue({ table: 'leaf_aggregation_witness_jobs_fri', stage: 'leaf', key: ['id'], order: 'l1_batch_number, id' }),
    queue({
      table: 'node_aggregation_witness_jobs_fri',
      stage: 'node',
      key: ['id'],
      order: 'l1_batch_number, depth, id',
    }),
    queue({ table: 'scheduler_witness_jobs_fri', stage: 'scheduler', key: batch, order: 'l1_batch_number' }),
    queue({
      table: 'prover_jobs_fri',
      stage: 'prover',
      key: ['id'],
      order: 'aggregation_round DESC, l1_batch_number, id',
      covered: ['in_progress', 'in_gpu_proof'],
    }),
    // No version: the compressor of that time takes any proof.
    queue({
      table: 'proof_compression_jobs_fri',
      stage: 'compressor',
      key: batch,
      order: 'l1_batch_number',
      version: '',
    }),
  ]
}

function today(): readonly Queue[] {
  const versioned = { version: `protocol_version || '.' || protocol_version_patch` }
  const byPriority = 'priority DESC, batch_sealed_at'
  const perBatch = (table: string, stage: ProverStage) =>
    queue({ table, stage, key: ['l1_batch_number', 'chain_id'], order: byPriority, ...versioned })
  const perRow = (table: string, stage: ProverStage, order: string, covered = ['in_progress']) =>
    queue({ table, stage, key: ['id'], order: `${byPriority}, ${order}`, covered, ...versioned })
  return [
    perBatch('witness_inputs_fri', 'basic'),
    perRow('leaf_aggregation_witness_jobs_fri', 'leaf', 'id'),
    perRow('node_aggregation_witness_jobs_fri', 'node', 'depth, id'),
    perBatch('recursion_tip_witness_jobs_fri', 'tip'),
    perBatch('scheduler_witness_jobs_fri', 'scheduler'),
    perRow('prover_jobs_fri', 'prover', 'aggregation_round, circuit_id, id', ['in_progress', 'in_gpu_proof']),
    perBatch('proof_compression_jobs_fri', 'compressor'),
  ]
}

export const queuesOf: Readonly<Record<ProverGeneration, readonly Queue[]>> = {
  '2023': old(),
  '2023-fri': december(),
  'prover-db': today(),
}

/** The node's sample settings of 2023, and the defaults in its code since. */
export const samplePolicy: Readonly<Record<ProverGeneration, Policy>> = {
  '2023': {
    prover: { maxAttempts: 1, timeoutSeconds: 2700 },
    witness: { maxAttempts: 1, timeoutSeconds: 900 },
    compressor: { maxAttempts: 5, timeoutSeconds: 3600 },
  },
  '2023-fri': {
    prover: { maxAttempts: 10, timeoutSeconds: 600 },
    witness: { maxAttempts: 10, timeoutSeconds: 900 },
    compressor: { maxAttempts: 5, timeoutSeconds: 3600 },
  },
  'prover-db': {
    prover: { maxAttempts: 5, timeoutSeconds: 600 },
    witness: { maxAttempts: 5, timeoutSeconds: 900 },
    compressor: { maxAttempts: 5, timeoutSeconds: 3600 },
  },
}

/** Seconds between two rounds of what puts rows back, and of what moves waiting rows on. */
export const intervals: Readonly<Record<ProverGeneration, { readonly requeue: number; readonly move: number }>> = {
  '2023': { requeue: 300, move: 30 },
  '2023-fri': { requeue: 30, move: 40 },
  'prover-db': { requeue: 10, move: 10 },
}
