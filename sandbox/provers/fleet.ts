// Provers that move by the sandbox's clock: workers pick, prove, fail and die; automation puts rows back and moves them on.

import type { ClientBase } from 'pg'
import { stamp } from '../database/rows.ts'
import { moveOn } from './movers.ts'
import { type BatchToProve, type Circuits, goOn, queueBatch } from './pipeline.ts'
import { intervals, type Policy, type ProverGeneration, type ProverStage, queuesOf } from './queues.ts'
import { fail, finish, type PickedJob, pick, requeue, shipToGpu } from './statements.ts'

export type Fate =
  | { readonly kind: 'finish' }
  | { readonly kind: 'die' }
  | { readonly kind: 'fail'; readonly error: string }

export type FateOf = (job: PickedJob, worker: string) => Fate

export interface WorkerPlan {
  readonly name: string
  readonly takes: readonly ProverStage[]
  readonly versions: readonly string[]
  /** How long one job takes it. */
  readonly seconds: number
  readonly variant?: 'heavy' | 'light'
}

export interface FleetSettings {
  readonly client: ClientBase
  readonly generation: ProverGeneration
  readonly policy: Policy
  readonly now: number
  readonly workers: readonly WorkerPlan[]
  /** Basic proofs by base circuit. */
  readonly circuitsOf: (batch: number) => Circuits
  /** What becomes of a job; everything is finished unless told otherwise. */
  readonly fate?: FateOf
}

export interface Fleet {
  /** Batches whose last proof is there, with the time; of chain 0 where tables have no chain. */
  readonly proven: ReadonlyMap<string, number>
  /** Rounds of the automatic requeue: when, and how many rows. */
  readonly requeues: readonly { readonly at: number; readonly rows: number }[]
  readonly alive: readonly string[]
  /** From now on jobs end otherwise. */
  setFate(fate: FateOf): void
  hire(worker: WorkerPlan): Promise<void>
  /** Its process is gone, whatever it holds. */
  kill(name: string): Promise<void>
  add(batch: BatchToProve): Promise<void>
  /** How often an idle worker looks by itself; between looks it wakes when the fleet makes work. */
  setPolling(seconds: number): void
  advanceTo(at: number): Promise<void>
}

interface Worker {
  readonly plan: WorkerPlan
  /** When it acts next: looks for work, or is done with what it holds. */
  at: number
  job: PickedJob | null
  /** Only in 2023: shipped to the GPU already. */
  shipped: boolean
}

interface State extends FleetSettings {
  fate: FateOf
  readonly staff: Worker[]
  readonly proven: Map<string, number>
  readonly requeues: { at: number; rows: number }[]
  clock: number
  nextRequeue: number
  nextMove: number
  polling: number
  hasNewProof: boolean
}

/** Seconds between the looks of an idle worker as long as nobody else changes the tables. */
const closedWorld = 300

/** Of a job on a GPU of 2023, the synthesizer's part. */
const synthesizing = 0.25

export async function createFleet(settings: FleetSettings): Promise<Fleet> {
  const every = intervals[settings.generation]
  const state: State = {
    ...settings,
    fate: settings.fate ?? (() => ({ kind: 'finish' })),
    staff: [],
    proven: new Map(),
    requeues: [],
    clock: settings.now,
    nextRequeue: settings.now + every.requeue,
    nextMove: settings.now + every.move,
    polling: closedWorld,
    hasNewProof: false,
  }
  const fleet: Fleet = {
    proven: state.proven,
    requeues: state.requeues,
    get alive() {
      return state.staff.map(({ plan }) => plan.name)
    },
    setFate(fate) {
      state.fate = fate
    },
    async hire(plan) {
      state.staff.push({ plan, at: state.clock, job: null, shipped: false })
      await registerGpu(state, plan, 'available')
    },
    async kill(name) {
      const index = state.staff.findIndex(({ plan }) => plan.name === name)
      const [worker] = index < 0 ? [] : state.staff.splice(index, 1)
      if (worker) await registerGpu(state, worker.plan, 'dead')
    },
    async add(batch) {
      await queueBatch(state.client, state.generation, batch)
      wake(state)
    },
    setPolling(seconds) {
      state.polling = seconds
      for (const worker of state.staff) if (!worker.job) worker.at = Math.min(worker.at, state.clock + seconds)
    },
    advanceTo: (at) => advance(state, at, fleet.kill),
  }
  for (const plan of settings.workers) await fleet.hire(plan)
  return fleet
}

async function advance(state: State, at: number, kill: Fleet['kill']): Promise<void> {
  for (;;) {
    const worker = earliest(state.staff)
    const next = Math.min(worker?.at ?? Number.POSITIVE_INFINITY, state.nextMove, state.nextRequeue)
    if (next > at) break
    state.clock = Math.max(state.clock, next)
    if (next === state.nextRequeue) await runRequeue(state)
    else if (next === state.nextMove) await runMovers(state)
    else if (worker) await act(state, worker, kill)
  }
  state.clock = Math.max(state.clock, at)
}

const earliest = (staff: readonly Worker[]): Worker | undefined =>
  staff.reduce<Worker | undefined>((best, one) => (best === undefined || one.at < best.at ? one : best), undefined)

async function runRequeue(state: State): Promise<void> {
  const { client, generation, policy, clock } = state
  const rows = await requeue(client, queuesOf[generation], policy, clock)
  state.requeues.push({ at: clock, rows })
  state.nextRequeue += intervals[generation].requeue
  if (rows > 0) wake(state)
}

async function runMovers(state: State): Promise<void> {
  const { client, generation, clock } = state
  // Only a new proof gives them something to do, unless others work on these tables too.
  if ((state.hasNewProof || state.polling < closedWorld) && (await moveOn(client, generation, clock)) > 0) wake(state)
  state.hasNewProof = false
  state.nextMove += intervals[generation].move
}

async function act(state: State, worker: Worker, kill: Fleet['kill']): Promise<void> {
  const { plan, job } = worker
  if (job === null) return look(state, worker)
  if (needsGpu(state, job) && !worker.shipped) {
    await shipToGpu(state.client, job, state.clock)
    worker.shipped = true
    worker.at = state.clock + plan.seconds * (1 - synthesizing)
    return
  }
  const fate = state.fate(job, plan.name)
  if (fate.kind === 'die') return kill(plan.name)
  if (fate.kind === 'fail') {
    await fail(state.client, job, fate.error, state.policy[job.queue.group], state.clock)
  } else {
    await finish(state.client, job, plan.name, state.clock, plan.seconds)
    const done = await goOn(state.client, state.generation, job, state.circuitsOf(job.batch), state.clock)
    state.hasNewProof = true
    if (done !== null) state.proven.set(provenKey(done, job.chain), state.clock)
    // A proof alone queues nothing: the movers count it first. Only the last one asks for its compression at once.
    if (job.queue.stage !== 'prover' || done !== null) wake(state)
  }
  Object.assign(worker, { job: null, shipped: false, at: state.clock })
  await registerGpu(state, plan, 'available')
}

export const provenKey = (batch: number, chain = 0): string => `${chain}:${batch}`

async function look(state: State, worker: Worker): Promise<void> {
  const { plan } = worker
  for (const queue of queuesOf[state.generation]) {
    if (!plan.takes.includes(queue.stage)) continue
    const limits = state.policy[queue.group]
    const job = await pick(state.client, queue, { ...plan, limits }, state.clock)
    if (job === null) continue
    const seconds = needsGpu(state, job) ? plan.seconds * synthesizing : plan.seconds
    Object.assign(worker, { job, shipped: false, at: state.clock + seconds })
    if (needsGpu(state, job)) await registerGpu(state, plan, 'full')
    return
  }
  worker.at = state.clock + state.polling
}

/** Provers of 2023 are two processes: one synthesizes, the other has the GPU. */
const needsGpu = ({ generation }: State, job: PickedJob): boolean =>
  generation === '2023' && job.queue.stage === 'prover'

/** Idle workers look again now. */
function wake({ staff, clock }: State): void {
  for (const worker of staff) if (worker.job === null) worker.at = Math.min(worker.at, clock)
}

type GpuStatus = 'available' | 'full' | 'dead'

/** The registry of GPU provers; there is none today. */
async function registerGpu(state: State, plan: WorkerPlan, status: GpuStatus): Promise<void> {
  const { client, generation, clock } = state
  if (generation === 'prover-db' || !plan.takes.includes('prover')) return
  const host = `10.9.0.${1 + (hashOf(plan.name) % 250)}`
  const values: unknown[] = [host, status, stamp(clock)]
  const old = `, region, queue_free_slots, queue_capacity, num_gpu`
  await client.query(
    generation === '2023'
      ? `INSERT INTO gpu_prover_queue (instance_host, instance_port, instance_status, created_at, updated_at,
          specialized_prover_group_id, zone${old}) VALUES ($1, 8080, $2, $3, $3, 0, 'a', 'a', 1, 1, 1)
        ON CONFLICT (instance_host, instance_port, region, zone) DO UPDATE SET instance_status = $2, updated_at = $3,
          queue_free_slots = CASE $2 WHEN 'available' THEN 1 ELSE 0 END`
      : `INSERT INTO gpu_prover_queue_fri (instance_host, instance_port, instance_status, created_at, updated_at,
          specialized_prover_group_id, zone) VALUES ($1, 8080, $2, $3, $3, 0, 'a')
        ON CONFLICT (instance_host, instance_port, zone) DO UPDATE SET instance_status = $2, updated_at = $3`,
    values,
  )
}

function hashOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 100_003, 7)
}
