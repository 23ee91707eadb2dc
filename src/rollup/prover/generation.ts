// Which prover a database belongs to, told from its columns: generation, job tables, key shapes, and how attempts count.

export type Generation = '2023' | '2023-fri' | 'prover-db'

/** Stages as people name them; one job table each. */
export const stageNames = [
  'basic-witness',
  'leaf-witness',
  'node-witness',
  'recursion-tip-witness',
  'scheduler-witness',
  'prover',
  'compressor',
] as const
export type ProverStage = (typeof stageNames)[number]

/** Whose settings decide about a stage. */
export type PolicyGroup = 'prover' | 'witness' | 'compressor'

export interface JobTable {
  readonly table: string
  readonly stage: ProverStage
  readonly group: PolicyGroup
  /** The aggregation round of its jobs; null where each row says it (prover) or there is none (compressor). */
  readonly round: number | null
  readonly key: 'id' | 'batch'
  readonly hasChain: boolean
  readonly hasVersion: boolean
  readonly hasPatch: boolean
  /** Column that names the worker; null in this generation. */
  readonly worker: 'picked_by' | 'proccesed_by' | null
  /** How a row names its circuit. */
  readonly circuit: 'type' | 'id' | null
  readonly hasDepth: boolean
  /** Its queue can be read through an index. */
  readonly queueIndexed: boolean
  /** Unfinished rows are indexed by status only below a number of attempts (prover jobs since 2025-02). */
  readonly fewAttemptsIndexed: boolean
  /** Running statuses that this generation's automation puts back once they are past the time-out. */
  readonly covered: readonly string[]
  /** `takeover`: workers pick an expired row themselves, whatever its attempts (old witness tables). */
  readonly automation: 'requeue' | 'takeover'
}

export interface ProverSchema {
  readonly generation: Generation
  readonly tables: readonly JobTable[]
  /** Before 2023-11-10 the automatic re-queue counted as an attempt too, so a budget of 5 gave three real tries. */
  readonly requeueCounts: boolean
  /** Rows carry the chain they belong to: a batch number alone no longer names a batch. */
  readonly hasChain: boolean
  /** The last round of prover jobs: 3 (scheduler), or 4 since the recursion tip came in between. */
  readonly finalRound: 3 | 4
  /** Registry of GPU provers; null since 2025-03. */
  readonly gpuQueue: 'gpu_prover_queue' | 'gpu_prover_queue_fri' | null
  /** Columns of the scheduler's dependency tracker, one per final node proof; empty where there is none. */
  readonly dependencies: readonly string[]
  /** Who puts jobs back and moves batches from stage to stage. */
  readonly mover: 'house keeper' | 'prover job monitor'
  /** The core's tables live in the same database. */
  readonly hasCore: boolean
  readonly archive: boolean
}

export interface ColumnRow {
  readonly table_name: string
  readonly column_name: string
}

/** One small catalogue query; its rows decide everything, so that no version setting is trusted. */
export const columnsSql = `
  SELECT c.relname AS table_name, a.attname AS column_name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
  WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.pg_table_is_visible(c.oid)
    AND c.relname = ANY($1)`

const oldTables = [
  ['witness_inputs', 'basic-witness', 0],
  ['leaf_aggregation_witness_jobs', 'leaf-witness', 1],
  ['node_aggregation_witness_jobs', 'node-witness', 2],
  ['scheduler_witness_jobs', 'scheduler-witness', 3],
] as const

const friTables = [
  ['witness_inputs_fri', 'basic-witness'],
  ['leaf_aggregation_witness_jobs_fri', 'leaf-witness'],
  ['node_aggregation_witness_jobs_fri', 'node-witness'],
  ['recursion_tip_witness_jobs_fri', 'recursion-tip-witness'],
  ['scheduler_witness_jobs_fri', 'scheduler-witness'],
] as const

export const probedTables: readonly string[] = [
  ...oldTables.map(([table]) => table),
  ...friTables.map(([table]) => table),
  'prover_jobs',
  'prover_jobs_fri',
  'prover_jobs_fri_archive',
  'proof_compression_jobs_fri',
  'scheduler_dependency_tracker_fri',
  'gpu_prover_queue',
  'gpu_prover_queue_fri',
  'l1_batches',
  'miniblocks',
  'prover_fri_protocol_versions',
]

/** One of the two provers that share a schema from mid 2023 to its end. */
export type SharingProver = 'old' | 'fri'

type Has = (name: string) => boolean

function presence(columns: readonly ColumnRow[]): Has {
  const present = new Set(columns.flatMap((row) => [row.table_name, `${row.table_name}.${row.column_name}`]))
  return (name) => present.has(name)
}

/** Both provers stand in one schema: only their rows tell which of them works. */
export function isShared(columns: readonly ColumnRow[]): boolean {
  const has = presence(columns)
  // Without its witness tables the old prover is only a left-over.
  return has('prover_jobs') && has('witness_inputs') && has('prover_jobs_fri')
}

/**
 * @param working - which prover's rows are the younger ones, where both share the schema; null: not told by them
 * @returns null when the database holds no prover tables at all.
 */
export function detectSchema(columns: readonly ColumnRow[], working: SharingProver | null = null): ProverSchema | null {
  const has = presence(columns)
  const generation = generationOf(has, isShared(columns) ? working : null)
  if (generation === null) return null
  const tip = has('recursion_tip_witness_jobs_fri')
  return {
    generation,
    tables: generation === '2023' ? oldJobTables(has) : friJobTables(has, tip, generation),
    // miniblocks.consensus came with the next migration after the change (2023-11-16).
    requeueCounts: generation === '2023' || (generation === '2023-fri' && !has('miniblocks.consensus')),
    hasChain: has('prover_jobs_fri.chain_id'),
    finalRound: tip ? 4 : 3,
    gpuQueue:
      generation === '2023' && has('gpu_prover_queue')
        ? 'gpu_prover_queue'
        : has('gpu_prover_queue_fri')
          ? 'gpu_prover_queue_fri'
          : null,
    dependencies:
      generation === '2023'
        ? []
        : columns
            .filter((row) => row.table_name === 'scheduler_dependency_tracker_fri')
            .map((row) => row.column_name)
            .filter((column) => column.includes('_final_prover_job_id'))
            .sort(),
    mover: generation === 'prover-db' && !ofHouseKeeper(has) ? 'prover job monitor' : 'house keeper',
    hasCore: has('l1_batches'),
    archive: has('prover_jobs_fri_archive'),
  }
}

/** A key's column was renamed two days after the house keeper had lost the prover's tables (2024-09-04). */
function ofHouseKeeper(has: Has): boolean {
  const versions = 'prover_fri_protocol_versions'
  return has(`${versions}.recursion_scheduler_level_vk_hash`) && !has(`${versions}.snark_wrapper_vk_hash`)
}

/** The tables of both provers, for statements that are told which table they are about. */
export function everyJobTable(columns: readonly ColumnRow[]): readonly JobTable[] {
  const schemas = [detectSchema(columns, 'old'), detectSchema(columns, 'fri')]
  const tables = schemas.flatMap((schema) => schema?.tables ?? [])
  return [...new Map(tables.map((table) => [table.table, table])).values()]
}

function generationOf(has: Has, working: SharingProver | null): Generation | null {
  if (working !== null) return working === 'old' ? '2023' : '2023-fri'
  // The compressor's table marks the time when FRI proofs could reach L1.
  if (has('prover_jobs') && !has('proof_compression_jobs_fri')) return '2023'
  if (!has('prover_jobs_fri')) return null
  return has('l1_batches') ? '2023-fri' : 'prover-db'
}

function oldJobTables(has: Has): readonly JobTable[] {
  const common = {
    hasChain: false,
    hasPatch: false,
    hasDepth: false,
    queueIndexed: true,
    fewAttemptsIndexed: false,
  } as const
  const witnesses = oldTables
    .filter(([table]) => has(table))
    .map(
      ([table, stage, round]): JobTable => ({
        ...common,
        table,
        stage,
        round,
        group: 'witness',
        key: 'batch',
        hasVersion: has(`${table}.protocol_version`),
        worker: null,
        circuit: null,
        covered: ['in_progress'],
        automation: 'takeover',
      }),
    )
  const prover: JobTable = {
    ...common,
    table: 'prover_jobs',
    stage: 'prover',
    round: null,
    group: 'prover',
    key: 'id',
    hasVersion: has('prover_jobs.protocol_version'),
    worker: 'proccesed_by',
    circuit: 'type',
    covered: ['in_progress', 'in_gpu_proof'],
    automation: 'requeue',
  }
  return [...witnesses, prover]
}

/** What the FRI prover's automation looks at besides failed jobs. */
function coveredOf(table: string, generation: Generation, has: Has): readonly string[] {
  // The node's re-queue of prover jobs named in_gpu_proof from 2023-10-20 on; the next column came on 2023-10-23.
  const since = generation === 'prover-db' || has('l1_batches.storage_refunds')
  // That of witness_inputs_fri named it too, until its tables moved out of the core.
  const covers = table === 'prover_jobs_fri' ? since : table === 'witness_inputs_fri' && generation === '2023-fri'
  return covers ? ['in_progress', 'in_gpu_proof'] : ['in_progress']
}

function friJobTables(has: Has, tip: boolean, generation: Generation): readonly JobTable[] {
  const make = (table: string, own: Pick<JobTable, 'stage' | 'group' | 'round' | 'key' | 'circuit'>): JobTable => ({
    ...own,
    table,
    hasChain: has(`${table}.chain_id`),
    hasVersion: has(`${table}.protocol_version`),
    hasPatch: has(`${table}.protocol_version_patch`),
    worker: has(`${table}.picked_by`) ? 'picked_by' : null,
    hasDepth: has(`${table}.depth`),
    // Until 2025-02, when jobs got a priority, nothing served the scheduler's queue.
    queueIndexed: table !== 'scheduler_witness_jobs_fri' || has(`${table}.priority`),
    fewAttemptsIndexed: table === 'prover_jobs_fri' && has('prover_jobs_fri.priority'),
    covered: coveredOf(table, generation, has),
    automation: 'requeue',
  })
  const rounds = { 'basic-witness': 0, 'leaf-witness': 1, 'node-witness': 2, 'recursion-tip-witness': 3 } as const
  const witnesses = friTables
    .filter(([table]) => has(table))
    .map(([table, stage]) =>
      make(table, {
        stage,
        group: 'witness',
        round: stage === 'scheduler-witness' ? (tip ? 4 : 3) : rounds[stage],
        key: stage === 'leaf-witness' || stage === 'node-witness' ? 'id' : 'batch',
        circuit: stage === 'leaf-witness' || stage === 'node-witness' ? 'id' : null,
      }),
    )
  const rest = [make('prover_jobs_fri', { stage: 'prover', group: 'prover', round: null, key: 'id', circuit: 'id' })]
  if (has('proof_compression_jobs_fri')) {
    const own = { stage: 'compressor', group: 'compressor', round: null, key: 'batch', circuit: null } as const
    rest.push(make('proof_compression_jobs_fri', own))
  }
  return [...witnesses, ...rest]
}
