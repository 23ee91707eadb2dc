// One batch as a tree of stages: its jobs by circuit, what waits for what, who holds it up, and whether L1 waits for it.

import { roundName } from './circuits.ts'
import { settledBy } from './core.ts'
import { batchFindings } from './diagnosis-batch.ts'
import type { BatchStage, JobRow, ProverBatchFacts } from './facts.ts'
import type { JobTable, ProverSchema } from './generation.ts'
import { neededBatch, readTree } from './overview.ts'
import { type JudgedTable, judgedTables } from './queries.ts'
import { busyRowsSql, jobRow, nameOf, pipeline, type RawRow, standOf, type TreeRow } from './rows.ts'
import { ask, askOutside, createCoreReader, type ProverSources } from './sources.ts'

const rowsShown = 50

export interface NeedRow {
  readonly stage: string
  readonly chain: number
  readonly circuit: string | null
  /** Null: the node did not write it down. */
  readonly needs: number | null
  readonly has: number
}

export async function readBatch(
  batch: number,
  schema: ProverSchema,
  sources: ProverSources,
  signal: AbortSignal,
): Promise<ProverBatchFacts> {
  const reader = sources.prover
  const tables = judgedTables(schema, sources.policy)
  const core = createCoreReader(sources, schema)
  const needs = needsSql(schema)
  const [tree, busy, waits, coreFacts, coreBatch, l1Verified, ownChain, clock] = await Promise.all([
    readTree(tables, reader, batch, null, signal),
    reader.read<RawRow>(busyRowsSql(tables, rowsShown), [batch, null], { signal }),
    needs === null ? [] : reader.read<NeedRow>(needs, [batch], { signal }),
    core ? ask(core.facts(signal)) : null,
    core ? ask(core.batches([batch], signal)) : null,
    sources.l1Verified ? askOutside(sources.l1Verified, signal) : null,
    sources.chainId && schema.hasChain ? askOutside(sources.chainId, signal) : null,
    reader.read<{ now: string }>(
      `SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
      [],
      {
        signal,
      },
    ),
  ])
  const chainIds = [...new Set(tree.map((row) => row.chain))].sort((one, other) => one - other)
  const own = schema.hasChain ? (ownChain?.value ?? (chainIds.length === 1 ? (chainIds[0] as number) : null)) : 0
  const needed = neededBatch(coreFacts?.value ?? null, l1Verified?.value ?? null)
  const known = {
    l1Verified: l1Verified?.value ?? null,
    proveConfirmed: coreFacts?.value?.prove_confirmed ?? null,
    row: coreBatch?.value?.get(batch),
  }
  const by = settledBy(batch, known)
  const rows = busy.map((row) => jobRow(row, schema))
  const facts: Omit<ProverBatchFacts, 'findings'> = {
    kind: 'batch',
    generation: schema.generation,
    batch,
    chains: chainIds.map((chainId) => {
      const ownTree = tree.filter((row) => row.chain === chainId)
      const stand = standOf(ownTree)
      return {
        chainId,
        stages: stagesOf(
          ownTree,
          rows.filter((row) => row.chainId === chainId),
          waits,
          schema,
          tables,
        ),
        stand: stand && { stage: stand.stage, state: stand.class, ageSeconds: stand.oldest },
      }
    }),
    chainId: schema.hasChain ? own : null,
    l1Waits: needed === null ? null : needed.batch === batch,
    nextNeeded: needed?.batch ?? null,
    settled: by === null ? null : { by },
    skipProof: known.row?.skip_proof ?? null,
    archived: tree.length === 0 && schema.archive && by !== null,
    readAt: clock[0]?.now ?? '',
  }
  const troubles = [
    ...(coreFacts?.trouble ? [{ source: 'core database', trouble: coreFacts.trouble }] : []),
    ...(l1Verified?.trouble ? [{ source: 'L1', trouble: l1Verified.trouble }] : []),
  ]
  return { ...facts, findings: batchFindings({ facts, tree, troubles, hasArchive: schema.archive }) }
}

function stagesOf(
  tree: readonly TreeRow[],
  rows: readonly JobRow[],
  waits: readonly NeedRow[],
  schema: ProverSchema,
  tables: readonly JudgedTable[],
): readonly BatchStage[] {
  const keys = new Map<string, TreeRow[]>()
  for (const row of [...tree].sort((one, other) => pipeline(one) - pipeline(other) || circuitOrder(one, other))) {
    const key = `${row.stage}:${row.round}`
    keys.set(key, [...(keys.get(key) ?? []), row])
  }
  return [...keys.values()].map((group): BatchStage => {
    const { stage, round } = group[0] as TreeRow
    const finished = group.map((row) => row.finished ?? '').sort()
    const started = group.flatMap((row) => row.started ?? []).sort()
    const done = group.every((row) => row.class === 'finished')
    return {
      stage,
      round,
      roundName: round === null ? null : roundName(round, schema.finalRound),
      counts: countsOf(group),
      expired: jobsOf(group, 'expired'),
      exhausted: jobsOf(group, 'exhausted'),
      maxAttempts: tables.find((table) => table.stage === stage)?.policy.maxAttempts ?? 0,
      seconds: { slowest: largest(group.map((row) => row.slowest)), total: total(group.map((row) => row.total)) },
      startedAt: started[0] ?? null,
      finishedAt: done ? finished.at(-1) || null : null,
      circuits: circuitsOf(group, schema),
      waitsFor: waits
        .filter((row) => row.stage === stage && row.chain === (group[0] as TreeRow).chain)
        .flatMap(({ circuit, has, needs }) =>
          needs === null ? [] : [{ circuit: nameOf(circuit, { round, stage }, schema), has, needs }],
        ),
      jobs: rows.filter((row) => row.stage === stage && row.round === round),
    }
  })
}

const circuitOrder = (one: TreeRow, other: TreeRow): number =>
  (one.circuit ?? '').localeCompare(other.circuit ?? '', 'en', { numeric: true })

function circuitsOf(group: readonly TreeRow[], schema: ProverSchema): BatchStage['circuits'] {
  const names = new Map<string, TreeRow[]>()
  for (const row of group) {
    const name = nameOf(row.circuit, row, schema)
    if (name !== null) names.set(name, [...(names.get(name) ?? []), row])
  }
  return [...names].map(([circuit, rows]) => ({
    circuit,
    counts: countsOf(rows),
    slowestSeconds: largest(rows.map((row) => row.slowest)),
  }))
}

function countsOf(rows: readonly TreeRow[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const row of rows) counts[row.status] = (counts[row.status] ?? 0) + row.jobs
  return counts
}

const jobsOf = (rows: readonly TreeRow[], name: string): number =>
  rows.filter((row) => row.class === name).reduce((sum, row) => sum + row.jobs, 0)

const largest = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length > 0 ? Math.max(...known) : null
}

const total = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null
}

/** For each waiting witness job of a batch ($1): how many proofs it needs, and how many of them are there. */
function needsSql(schema: ProverSchema): string | null {
  const prover = schema.tables.find((table) => table.group === 'prover') as JobTable
  const branches = schema.tables.flatMap((table) => {
    const need = needOf(table, schema)
    if (need === null) return []
    const onChain = table.hasChain ? ' AND p.chain_id = t.chain_id' : ''
    return [
      `SELECT '${table.stage}' AS stage, ${table.hasChain ? 't.chain_id' : '0'} AS chain, ${need.circuit} AS circuit,
        ${need.needs}::int AS needs, (SELECT count(*)::int FROM ${prover.table} p WHERE p.l1_batch_number = t.l1_batch_number
          ${onChain} AND p.status = 'successful' AND ${need.proofs}) AS has
      FROM ${table.table} t WHERE t.l1_batch_number = $1 AND t.status = 'waiting_for_proofs'`,
    ]
  })
  return branches.length > 0 ? branches.join(' UNION ALL ') : null
}

/** What each waiting job counts before it is moved on, in the node's own terms. */
function needOf(
  table: JobTable,
  schema: ProverSchema,
): { readonly circuit: string; readonly needs: string; readonly proofs: string } | null {
  const old = schema.generation === '2023'
  const needs: Partial<Record<string, { circuit: string; needs: string; proofs: string }>> = old
    ? {
        'leaf-witness': { circuit: 'NULL', needs: 't.number_of_basic_circuits', proofs: 'p.aggregation_round = 0' },
        'node-witness': { circuit: 'NULL', needs: 't.number_of_leaf_circuits', proofs: 'p.aggregation_round = 1' },
        'scheduler-witness': { circuit: 'NULL', needs: '1', proofs: 'p.aggregation_round = 2' },
      }
    : {
        'leaf-witness': {
          circuit: 't.circuit_id::text',
          needs: 't.number_of_basic_circuits',
          proofs: `p.aggregation_round = 0 AND p.circuit_id = ${baseCircuitSql}`,
        },
        'node-witness': {
          circuit: 't.circuit_id::text',
          needs: 't.number_of_dependent_jobs',
          proofs: `p.circuit_id = t.circuit_id AND p.depth = t.depth
            AND p.aggregation_round = CASE WHEN t.depth = 0 THEN 1 ELSE 2 END`,
        },
        'recursion-tip-witness': {
          circuit: 'NULL',
          needs: 't.number_of_final_node_jobs',
          proofs: 'p.aggregation_round = 2 AND p.is_node_final_proof',
        },
      }
  return needs[table.stage] ?? null
}

/** The leaf circuit's id back to that of the base circuit whose proofs it takes. */
const baseCircuitSql = `CASE WHEN t.circuit_id BETWEEN 3 AND 17 THEN t.circuit_id - 2 WHEN t.circuit_id = 18 THEN 255
  WHEN t.circuit_id BETWEEN 19 AND 22 THEN t.circuit_id - 3 END`
