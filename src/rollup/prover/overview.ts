// Gathers what /prover-status shows: unfinished rows by index, finished ones inside bounded windows, and the core's side.

import { utcNow } from './classes.ts'
import { type CoreRow, settledBy } from './core.ts'
import type { Gpu } from './facts.ts'
import type { ProverSchema } from './generation.ts'
import {
  type BatchRow,
  batchesSql,
  beyondSql,
  type IdleRow,
  idleSql,
  indexedAttempts,
  type JudgedTable,
  judgedTables,
  type OpenAnswer,
  openSql,
  proverOf,
  type WaitingRow,
  type Window,
  waitingSql,
  windowValues,
} from './queries.ts'
import { type TreeRow, treeSql } from './rows.ts'
import { readServers, type Servers } from './servers.ts'
import {
  type Asked,
  ask,
  askOutside,
  type CoreReader,
  createCoreReader,
  type NodeReader,
  type ProverSources,
} from './sources.ts'
import { type RecentAnswer, recentSql } from './throughput.ts'

/** Batches looked at on either end of what is unfinished; what lies between them is not counted. */
const windowBatches = 500
/** What waits has many rows a batch, and is not far behind the newest batch or behind what L1 needs. */
const waitingBatches = 100
const day = 86_400

export interface DependencyRow {
  readonly batch: number
  readonly status: string
  readonly missing: number
}

/** A source that gave no answer, in words that may be shown. */
export interface Trouble {
  readonly source: string
  readonly trouble: string
}

export interface Gathered {
  readonly schema: ProverSchema
  readonly tables: readonly JudgedTable[]
  readonly open: OpenAnswer
  /** Everything that waits for proofs, by batch. */
  readonly waiting: readonly WaitingRow[]
  /** Batches where nothing is left to do although a stage waits; a few of the oldest. */
  readonly idle: readonly IdleRow[]
  readonly batches: readonly BatchRow[]
  readonly recent: RecentAnswer | null
  /** The chain whose batches L1 settles; null: several share this database and ours is not known. */
  readonly chainId: number | null
  readonly core: Asked<CoreRow | null> | null
  readonly l1Verified: Asked<number | null> | null
  /** Batches of our own chain with stuck jobs that nothing waits for, with the reason. */
  readonly settled: ReadonlyMap<number, string>
  readonly next: {
    readonly batch: number
    readonly known: 'database' | 'l1' | 'database+l1' | 'jobs'
    readonly tree: readonly TreeRow[]
  } | null
  readonly gpus: readonly Gpu[] | null
  readonly dependencies: readonly DependencyRow[] | null
  readonly servers: Servers
  readonly troubles: readonly Trouble[]
}

export async function gatherOverview(
  schema: ProverSchema,
  sources: ProverSources,
  signal: AbortSignal,
): Promise<Gathered> {
  const reader = sources.prover
  const tables = judgedTables(schema, sources.policy)
  const core = createCoreReader(sources, schema)
  const [open, coreFacts, l1Verified, ownChain, gpus, dependencies, servers] = await Promise.all([
    reader.read<OpenAnswer>(openSql(tables), [], { signal }).then((rows) => rows[0] as OpenAnswer),
    core ? ask(core.facts(signal)) : null,
    sources.l1Verified ? askOutside(sources.l1Verified, signal) : null,
    sources.chainId && schema.hasChain ? askOutside(sources.chainId, signal) : null,
    ask(readGpus(schema, reader, signal)),
    ask(readDependencies(schema, reader, signal)),
    readServers(sources, signal),
  ])
  const chainId = ownChainOf(schema, open, ownChain?.value ?? null)
  const needed = neededBatch(coreFacts?.value ?? null, l1Verified?.value ?? null)
  const windows = windowsOf(open, chainId, needed?.batch ?? null, windowBatches)
  const waitingText = waitingSql(tables)
  const sides = { core: coreFacts, l1Verified }
  const ownStuck = open.stuck.filter((row) => row.chain === chainId).map((row) => row.batch)
  const [waiting, batches, recent, settled] = await Promise.all([
    waitingText === null
      ? []
      : reader.read<WaitingRow>(
          waitingText,
          windowValues(windowsOf(open, chainId, needed?.batch ?? null, waitingBatches)),
          {
            signal,
          },
        ),
    reader.read<BatchRow>(batchesSql(schema), windowValues(windows), { signal }),
    ask(reader.read<RecentAnswer>(recentSql(proverOf(tables)), [recentSeconds(open)], { signal })),
    settledAmong(ownStuck, core, sides, signal),
  ])
  const unfinished = new Set(open.batches.map((row) => `${row.chain}:${row.batch}`))
  // A fork's batch may have a finished row and unfinished ones: only the final proof alone makes it proven.
  const proven = batches.map((row) => (unfinished.has(`${row.chain}:${row.batch}`) ? { ...row, proven: false } : row))
  const next = needed ?? firstUnproven(proven, open, chainId)
  const idle = await readIdle(tables, reader, [...open.waiting, ...waiting], unfinished, signal)
  const tree = next === null ? [] : await readTree(tables, reader, next.batch, chainId, signal)
  const beyond = tree.some((row) => row.attempts >= indexedAttempts) ? beyondSql(tables) : null
  const [hidden] =
    beyond === null || next === null ? [] : await reader.read<OpenAnswer>(beyond, [next.batch, chainId], { signal })
  return {
    schema,
    tables,
    open: hidden ? withHidden(open, hidden) : open,
    waiting: [...open.waiting, ...waiting],
    idle,
    batches: proven,
    recent: recent.value?.[0] ?? null,
    chainId,
    core: coreFacts,
    l1Verified,
    settled,
    next: next && { ...next, tree },
    gpus: gpus.value,
    dependencies: dependencies.value,
    servers,
    troubles: [
      ...troubleOf('core database', coreFacts),
      ...troubleOf('L1', l1Verified),
      ...troubleOf('chain id', ownChain),
      ...troubleOf('GPU provers', gpus),
      ...troubleOf('dependency tracker', dependencies),
      ...troubleOf('finished jobs', recent),
    ],
  }
}

function troubleOf(source: string, asked: Asked<unknown> | null): readonly Trouble[] {
  return asked === null || asked.trouble === null ? [] : [{ source, trouble: asked.trouble }]
}

const idleShown = 5

async function readIdle(
  tables: readonly JudgedTable[],
  reader: NodeReader,
  waiting: readonly WaitingRow[],
  unfinished: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly IdleRow[]> {
  const candidates = new Map<string, WaitingRow>()
  const queued = new Set(waiting.filter((row) => row.status === 'queued').map((row) => `${row.chain}:${row.batch}`))
  for (const row of [...waiting].sort((one, other) => one.batch - other.batch)) {
    const key = `${row.chain}:${row.batch}`
    if (!unfinished.has(key) && !queued.has(key) && candidates.size < idleShown) candidates.set(key, row)
  }
  if (candidates.size === 0) return []
  const rows = [...candidates.values()]
  const values = [rows.map((row) => row.chain), rows.map((row) => row.batch)]
  const found = await reader.read<IdleRow>(idleSql(tables), values, { signal })
  return found.filter((row) => !row.busy && row.seconds !== null)
}

function withHidden(open: OpenAnswer, hidden: OpenAnswer): OpenAnswer {
  return {
    ...open,
    counts: [...open.counts, ...hidden.counts],
    stuck: [...hidden.stuck, ...open.stuck],
    batches: [...open.batches, ...hidden.batches],
    workers: [...open.workers, ...hidden.workers],
  }
}

export async function readTree(
  tables: readonly JudgedTable[],
  reader: NodeReader,
  batch: number,
  chainId: number | null,
  signal: AbortSignal,
): Promise<readonly TreeRow[]> {
  return reader.read<TreeRow>(treeSql(tables), [batch, tables.some((table) => table.hasChain) ? chainId : null], {
    signal,
  })
}

/** The chain id that `l1_batches` of this node speak of. */
function ownChainOf(schema: ProverSchema, open: OpenAnswer, configured: number | null): number | null {
  if (!schema.hasChain) return 0
  if (configured !== null) return configured
  const seen = new Set([...open.newest, ...open.batches].map((row) => row.chain))
  return seen.size === 1 ? ([...seen][0] as number) : null
}

/** Which of these batches of our own chain are settled already, and by what. */
export async function settledAmong(
  batches: readonly number[],
  core: CoreReader | null,
  sides: Pick<Gathered, 'core' | 'l1Verified'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const own = [...new Set(batches)]
  const rows = core ? (await ask(core.batches(own, signal))).value : null
  const l1Verified = sides.l1Verified?.value ?? null
  const proveConfirmed = sides.core?.value?.prove_confirmed ?? null
  const found = own.map(
    (batch) => [batch, settledBy(batch, { l1Verified, proveConfirmed, row: rows?.get(batch) })] as const,
  )
  return new Map(found.flatMap(([batch, by]) => (by === null ? [] : [[batch, by] as const])))
}

/** Settled strictly one by one: after the highest batch with a prove transaction, or the last that L1 has verified. */
export function neededBatch(
  core: CoreRow | null,
  l1Verified: number | null,
): { readonly batch: number; readonly known: 'database' | 'l1' | 'database+l1' } | null {
  const fromCore = core === null || core.sealed === null ? null : (core.prove_sent ?? 0) + 1
  const fromL1 = l1Verified === null ? null : l1Verified + 1
  if (fromCore !== null && fromL1 !== null) return { batch: Math.max(fromCore, fromL1), known: 'database+l1' }
  if (fromCore !== null) return { batch: fromCore, known: 'database' }
  return fromL1 === null ? null : { batch: fromL1, known: 'l1' }
}

/** Without a core database or L1: the first batch of the chain whose final proof is missing. */
function firstUnproven(
  batches: readonly BatchRow[],
  open: OpenAnswer,
  chainId: number | null,
): { readonly batch: number; readonly known: 'jobs' } | null {
  if (chainId === null) return null
  const missing = [...batches.filter((row) => !row.proven), ...open.batches].filter((row) => row.chain === chainId)
  return missing.length === 0 ? null : { batch: Math.min(...missing.map((row) => row.batch)), known: 'jobs' }
}

/** Per chain: from what L1 needs, or the oldest unfinished batch, to the newest; the middle is left out when it is long. */
export function windowsOf(
  open: Pick<OpenAnswer, 'batches' | 'newest' | 'waiting'>,
  chainId: number | null,
  next: number | null,
  /** So many finished batches before the newest tell the pace. */
  before: number,
): readonly Window[] {
  const chains = new Map<number, { from: number; to: number }>()
  const widen = (chain: number, batch: number): void => {
    const known = chains.get(chain)
    chains.set(chain, { from: Math.min(known?.from ?? batch, batch), to: Math.max(known?.to ?? batch, batch) })
  }
  for (const row of open.newest) {
    widen(row.chain, row.batch)
    widen(row.chain, Math.max(0, row.batch - before))
  }
  for (const row of [...open.batches, ...open.waiting]) widen(row.chain, row.batch)
  if (next !== null && chainId !== null && chains.has(chainId)) widen(chainId, next)
  return [...chains].flatMap(([chain, { from, to }]) =>
    to - from <= 2 * windowBatches + 1
      ? [{ chain, from, to }]
      : [
          { chain, from, to: from + windowBatches },
          { chain, from: to - windowBatches, to },
        ],
  )
}

function recentSeconds(open: OpenAnswer): number {
  return day + Math.min(Math.max(open.backlog_seconds ?? 0, 0), 7 * day)
}

async function readGpus(schema: ProverSchema, reader: NodeReader, signal: AbortSignal): Promise<readonly Gpu[] | null> {
  if (schema.gpuQueue === null) return null
  const old = schema.gpuQueue === 'gpu_prover_queue'
  const text = `
    SELECT host(instance_host) || ':' || instance_port AS host, instance_status AS status,
      round(extract(epoch FROM ${utcNow} - updated_at))::float8 AS "updatedSeconds",
      ${old ? 'queue_free_slots' : 'NULL::int'} AS "freeSlots", ${old ? 'num_gpu::int' : 'NULL::int'} AS gpus,
      specialized_prover_group_id::int AS "group", zone
    FROM ${schema.gpuQueue} ORDER BY updated_at DESC LIMIT 200`
  return reader.read<Gpu>(text, [], { signal })
}

async function readDependencies(
  schema: ProverSchema,
  reader: NodeReader,
  signal: AbortSignal,
): Promise<readonly DependencyRow[] | null> {
  if (schema.dependencies.length === 0) return null
  const text = `
    SELECT l1_batch_number::float8 AS batch, status, num_nulls(${schema.dependencies.join(', ')}) AS missing
    FROM scheduler_dependency_tracker_fri WHERE status <> 'queued' ORDER BY l1_batch_number LIMIT 200`
  return reader.read<DependencyRow>(text, [], { signal })
}
