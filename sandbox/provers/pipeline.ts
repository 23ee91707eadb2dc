// What one finished job makes of a batch: the next jobs, in each generation, until the proof of the batch is there.

import type { ClientBase } from 'pg'
import { type Row, stamp } from '../database/rows.ts'
import type { ProverGeneration, ProverStage } from './queues.ts'
import type { PickedJob } from './statements.ts'

export interface BatchToProve {
  readonly batch: number
  /** 0 where tables have no chain. */
  readonly chain: number
  /** `15`, or `29.4` today. */
  readonly version: string
  readonly sealedAt: number
}

/** How many basic proofs a batch needs, by base circuit. */
export type Circuits = Readonly<Record<number, number>>

interface NewRows {
  readonly table: string
  readonly rows: readonly Row[]
}

/** A circuit proves up to this many proofs of the round before. */
const arity = 32
const rounds = (generation: ProverGeneration) => (generation === 'prover-db' ? { scheduler: 4 } : { scheduler: 3 })

export async function queueBatch(client: ClientBase, generation: ProverGeneration, given: BatchToProve): Promise<void> {
  const common = commonColumns(generation, given, given.sealedAt)
  const table = generation === '2023' ? 'witness_inputs' : 'witness_inputs_fri'
  await insert(client, { table, rows: [{ ...common, status: 'queued' }] })
}

/** Called when a job was finished. Returns the batch number when that was its last proof. */
export async function goOn(
  client: ClientBase,
  generation: ProverGeneration,
  job: PickedJob,
  circuits: Circuits,
  now: number,
): Promise<number | null> {
  const steps = generation === '2023' ? old : fri
  const step = steps[job.queue.stage]
  await step?.({ client, generation, job, circuits, now, common: columnsOf(generation, job, now) })
  const last = rounds(generation).scheduler
  return job.queue.stage === 'prover' && job.row.aggregation_round === last ? job.batch : null
}

interface Done {
  readonly client: ClientBase
  readonly generation: ProverGeneration
  readonly job: PickedJob
  readonly circuits: Circuits
  readonly now: number
  readonly common: Row
}
type Steps = Partial<Record<ProverStage, (done: Done) => Promise<void>>>

const old: Steps = {
  async basic({ client, circuits, common }) {
    const basic = Object.entries(circuits).flatMap(([id, count]) =>
      repeat(count, { circuit_type: oldName(Number(id)) }),
    )
    await insert(client, { table: 'prover_jobs', rows: numbered(basic, { ...common, ...oldJob(0) }) })
    await insert(client, {
      table: 'leaf_aggregation_witness_jobs',
      rows: [
        {
          ...waiting(common),
          basic_circuits: '\\x',
          basic_circuits_inputs: '\\x',
          number_of_basic_circuits: basic.length,
        },
      ],
    })
    const later = { ...common, status: 'waiting_for_artifacts' }
    await insert(client, { table: 'node_aggregation_witness_jobs', rows: [later] })
    await insert(client, { table: 'scheduler_witness_jobs', rows: [{ ...later, scheduler_witness: '\\x' }] })
  },
  async leaf({ client, job, common, now }) {
    const count = Math.ceil(Number(job.row.number_of_basic_circuits) / arity)
    const rows = numbered(repeat(count, { circuit_type: 'Leaf aggregation' }), { ...common, ...oldJob(1) })
    await insert(client, { table: 'prover_jobs', rows })
    await client.query(
      `UPDATE node_aggregation_witness_jobs SET status = 'waiting_for_proofs', number_of_leaf_circuits = $2, updated_at = $3
        WHERE l1_batch_number = $1 AND status = 'waiting_for_artifacts'`,
      [job.batch, count, stamp(now)],
    )
  },
  async node({ client, job, common, now }) {
    const rows = numbered([{ circuit_type: 'Node aggregation' }], { ...common, ...oldJob(2) })
    await insert(client, { table: 'prover_jobs', rows })
    await client.query(
      `UPDATE scheduler_witness_jobs SET status = 'waiting_for_proofs', updated_at = $2
        WHERE l1_batch_number = $1 AND status = 'waiting_for_artifacts'`,
      [job.batch, stamp(now)],
    )
  },
  async scheduler({ client, common }) {
    const rows = numbered([{ circuit_type: 'Scheduler' }], { ...common, ...oldJob(3) })
    await insert(client, { table: 'prover_jobs', rows })
  },
}

const fri: Steps = {
  async basic({ client, generation, circuits, common }) {
    const ids = Object.keys(circuits).map(Number)
    const leaves = ids.map((id) => ({ ...waiting(common), circuit_id: leafOf(id) }))
    for (const id of ids) await insertProofs(client, common, { round: 0, circuit: id, count: circuits[id] ?? 0 })
    await insert(client, {
      table: 'leaf_aggregation_witness_jobs_fri',
      rows: leaves.map((leaf, index) => ({ ...leaf, number_of_basic_circuits: circuits[ids[index] as number] })),
    })
    await insert(client, {
      table: 'node_aggregation_witness_jobs_fri',
      rows: leaves.map((leaf) => ({ ...leaf, depth: 0 })),
    })
    if (generation === 'prover-db') {
      const tip = { ...waiting(common), number_of_final_node_jobs: ids.length }
      await insert(client, { table: 'recursion_tip_witness_jobs_fri', rows: [tip] })
    } else {
      const { l1_batch_number, created_at, updated_at } = common
      const tracker = { l1_batch_number, created_at, updated_at, status: 'waiting_for_proofs' }
      await insert(client, { table: 'scheduler_dependency_tracker_fri', rows: [tracker] })
    }
    const scheduler = {
      ...waiting(common),
      scheduler_partial_input_blob_url: `scheduler_${common.l1_batch_number}.bin`,
    }
    await insert(client, { table: 'scheduler_witness_jobs_fri', rows: [scheduler] })
  },
  async leaf({ client, job, common, now, generation }) {
    const circuit = Number(job.row.circuit_id)
    const count = Math.ceil(Number(job.row.number_of_basic_circuits) / arity)
    await insertProofs(client, common, { round: 1, circuit, count })
    await client.query(
      `UPDATE node_aggregation_witness_jobs_fri SET number_of_dependent_jobs = $1, updated_at = $2
        WHERE l1_batch_number = $3 AND circuit_id = $4 AND depth = 0
          AND ${generation === 'prover-db' ? 'chain_id = $5' : '$5::int = 0'}`,
      [count, stamp(now), job.batch, circuit, job.chain],
    )
  },
  async node({ client, job, common }) {
    const circuit = Number(job.row.circuit_id)
    const depth = Number(job.row.depth) + 1
    const count = Math.ceil(Number(job.row.number_of_dependent_jobs) / arity)
    await insertProofs(client, common, { round: 2, circuit, count, depth, last: count === 1 })
    if (count === 1) return
    const deeper = { ...waiting(common), circuit_id: circuit, depth, number_of_dependent_jobs: count }
    await insert(client, { table: 'node_aggregation_witness_jobs_fri', rows: [deeper] })
  },
  tip: ({ client, common }) => insertProofs(client, common, { round: 3, circuit: 255, count: 1 }),
  scheduler: ({ client, common, generation }) =>
    insertProofs(client, common, { round: rounds(generation).scheduler, circuit: 1, count: 1 }),
  async prover({ client, generation, job, common }) {
    const { aggregation_round: round, is_node_final_proof: last, circuit_id: circuit, id } = job.row
    if (round === rounds(generation).scheduler) {
      const url = { fri_proof_blob_url: `proof_${job.batch}.bin` }
      const { protocol_version: _, ...unversioned } = common
      const row = { ...(generation === 'prover-db' ? common : unversioned), status: 'queued', ...url }
      await insert(client, { table: 'proof_compression_jobs_fri', rows: [row] })
    } else if (generation === '2023-fri' && last === true) {
      const column = `circuit_${Number(circuit) - 2}_final_prover_job_id`
      const set = `UPDATE scheduler_dependency_tracker_fri SET ${column} = $1, updated_at = $2 WHERE l1_batch_number = $3`
      await client.query(set, [id, common.updated_at, job.batch])
    }
  },
}

interface Proofs {
  readonly round: number
  readonly circuit: number
  readonly count: number
  readonly depth?: number
  readonly last?: boolean
}

function insertProofs(client: ClientBase, common: Row, { round, circuit, count, depth = 0, last = false }: Proofs) {
  const row = {
    ...common,
    status: 'queued',
    aggregation_round: round,
    circuit_id: circuit,
    depth,
    is_node_final_proof: last,
    circuit_blob_url: `circuit_${common.l1_batch_number}_${round}_${circuit}_${depth}.bin`,
  }
  return insert(client, { table: 'prover_jobs_fri', rows: numbered(repeat(count, {}), row) })
}

/** The leaf circuit that takes a base circuit's proofs. */
const leafOf = (base: number): number => (base === 255 ? 18 : base + 2)

const oldNames = ['Main VM', 'Decommitts sorter', 'Code decommitter', 'Log demuxer', 'Keccak', 'SHA256', 'ECRecover']
const oldName = (id: number): string => oldNames[id - 1] ?? 'Storage sorter'
const oldJob = (round: number): Row => ({ status: 'queued', aggregation_round: round, prover_input: '\\x' })

const waiting = (common: Row): Row => ({ ...common, status: 'waiting_for_proofs' })
const repeat = (count: number, row: Row): Row[] => Array.from({ length: count }, () => row)
const numbered = (rows: readonly Row[], common: Row): Row[] =>
  rows.map((row, index) => ({ ...common, ...row, sequence_number: index }))

function columnsOf(generation: ProverGeneration, { row, batch, chain }: PickedJob, now: number): Row {
  const inherited = generation === 'prover-db' ? { priority: row.priority, batch_sealed_at: row.batch_sealed_at } : {}
  const patch =
    generation === 'prover-db' ? { protocol_version_patch: row.protocol_version_patch, chain_id: chain } : {}
  const times = { created_at: stamp(now), updated_at: stamp(now) }
  return { l1_batch_number: batch, protocol_version: row.protocol_version, ...patch, ...inherited, ...times }
}

function commonColumns(generation: ProverGeneration, given: BatchToProve, at: number): Row {
  const [version, patch = '0'] = given.version.split('.')
  const today = { protocol_version_patch: Number(patch), chain_id: given.chain, batch_sealed_at: stamp(given.sealedAt) }
  return {
    l1_batch_number: given.batch,
    protocol_version: Number(version),
    created_at: stamp(at),
    updated_at: stamp(at),
    ...(generation === 'prover-db' ? today : {}),
  }
}

/** A row that is there already stays: a job done twice leads to the same next jobs. Columns no row names keep their defaults. */
async function insert(client: ClientBase, { table, rows }: NewRows): Promise<void> {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ')
  const statement = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${table}, $1)
    ON CONFLICT DO NOTHING`
  await client.query(statement, [JSON.stringify(rows)])
}
