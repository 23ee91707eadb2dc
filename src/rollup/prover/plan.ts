// Which rows a requeue would move, what it leaves alone and why, and what could go wrong; reads through the control login.

import { batchRanges, plural } from '../../core/counts.ts'
import { UserError } from '../../core/errors.ts'
import { requeueStatements } from '../prover-control.ts'
import {
  beyondRowsSql,
  candidateLimit,
  candidatesSql,
  chainsSql,
  leftAloneLimit,
  leftAloneSql,
  questionValues,
  type RightsRow,
  rightsSql,
} from './candidates.ts'
import type { RequeueChange } from './change.ts'
import type { JobRow, RequeueFacts, RequeueQuestion } from './facts.ts'
import type { ProverSchema } from './generation.ts'
import { type Gathered, gatherOverview, settledAmong } from './overview.ts'
import { indexedAttempts, type JudgedTable, judgedTables } from './queries.ts'
import { jobRow, type RawRow } from './rows.ts'
import { ask, askOutside, createCoreReader, type NodeReader, type ProverSources } from './sources.ts'
import { requeueWarnings } from './warnings.ts'

/** More rows than this want their number confirmed. */
export const confirmAbove = 500
/** A range beyond this is a slip of the finger. */
const longestRange = 1000

interface Planned {
  readonly change: RequeueChange | null
  readonly facts: RequeueFacts
}

export async function readPlan(
  question: RequeueQuestion,
  schema: ProverSchema,
  sources: ProverSources,
  signal: AbortSignal,
): Promise<Planned> {
  requireRange(question)
  const tables = judgedTables(schema, sources.policy)
  const asked = tables.filter((table) => question.stage === undefined || table.stage === question.stage)
  const { reader, cannotApply } = await controlOf(asked, sources, signal)
  const named = question.what.kind === 'batches'
  const chainId = await chainOf(question, schema, sources, signal)
  const values = questionValues(question, chainId)
  const chainsText = named ? chainsSql(schema) : null
  const [candidates, alone, chains, around] = await Promise.all([
    reader.read<RawRow>(candidatesSql(tables, question), values, { signal }),
    named ? reader.read<RawRow>(leftAloneSql(tables, question), values, { signal }) : [],
    chainsText === null ? [] : reader.read<{ chain: number }>(chainsText, values.slice(0, 2), { signal }),
    gatherOverview(schema, sources, signal),
  ])
  if (schema.hasChain && chainId === null) {
    requireOneChain(
      question,
      [...chains, ...candidates].map((row) => row.chain),
    )
  }
  const rows = [...candidates, ...(await hidden(question, tables, around, reader, signal))].map((row) =>
    jobRow(row, schema),
  )
  const settled = await settledRows(rows, schema, sources, around, signal)
  const { moving, skipped } = sortOut(rows, settled, question)
  for (const row of alone.slice(0, leftAloneLimit))
    skipped.push({ key: jobRow(row, schema).key, why: leftBecause(row) })
  requireCount(moving, question)
  const change = changeOf(moving, asked)
  const facts: RequeueFacts = {
    generation: schema.generation,
    class: question.class ?? (named ? 'any' : 'exhausted'),
    what: describe(question),
    rows: moving,
    skipped,
    skippedMore: alone.length > leftAloneLimit,
    warnings: requeueWarnings(moving, settled, around, asked),
    statements: cannotApply !== null && moving.length > 0 ? requeueStatements(change, asked) : null,
    cannotApply: moving.length === 0 ? null : cannotApply,
    reason: question.reason ?? null,
    policies: asked.map(({ stage, policy }) => ({
      stage,
      maxAttempts: policy.maxAttempts,
      timeoutSeconds: policy.timeoutSeconds,
    })),
    readAt: around.open.read_at,
  }
  return { change: moving.length > 0 && cannotApply === null ? change : null, facts }
}

/** No index by status knows rows with many attempts; of the batch that L1 needs they were looked for by its number. */
async function hidden(
  { what, stage }: RequeueQuestion,
  tables: readonly JudgedTable[],
  { next, chainId }: Gathered,
  reader: NodeReader,
  signal: AbortSignal,
): Promise<readonly RawRow[]> {
  const text = beyondRowsSql(tables)
  const many = next?.tree.some((row) => row.stage === 'prover' && row.attempts >= indexedAttempts)
  if (what.kind !== 'stuck' || (stage ?? 'prover') !== 'prover' || !next || !many || text === null) return []
  return reader.read<RawRow>(text, [next.batch, chainId], { signal })
}

/** Where to read, and why nobody could apply it here. */
async function controlOf(
  tables: readonly JudgedTable[],
  sources: ProverSources,
  signal: AbortSignal,
): Promise<{ readonly reader: NodeReader; readonly cannotApply: string | null }> {
  if (!sources.control) {
    return {
      reader: sources.prover,
      cannotApply:
        'No login that may requeue is configured: set PROVER_CONTROL_DATABASE_URL (docs/requeue.md has the role).',
    }
  }
  const rights = await ask(sources.control.read<RightsRow>(rightsSql(tables), [], { signal }))
  const found = rights.value?.[0]
  if (!found) return { reader: sources.prover, cannotApply: `The control login could not be asked: ${rights.trouble}` }
  if (found.replica) {
    return {
      reader: sources.control,
      cannotApply: 'PROVER_CONTROL_DATABASE_URL points at a replica: it must be the primary.',
    }
  }
  if (found.lacking && found.lacking.length > 0) {
    const more = found.lacking.length > 4 ? ` and ${found.lacking.length - 4} more` : ''
    return {
      reader: sources.prover,
      cannotApply: `The control login may not update ${found.lacking.slice(0, 4).join(', ')}${more}: grant it as docs/requeue.md says.`,
    }
  }
  return { reader: sources.control, cannotApply: null }
}

/** The chain whose rows are meant; null: all there are, as long as they are of one chain. */
async function chainOf(
  question: RequeueQuestion,
  schema: ProverSchema,
  sources: ProverSources,
  signal: AbortSignal,
): Promise<number | null> {
  if (question.chainId !== 'own') return question.chainId ?? null
  if (!schema.hasChain || !sources.chainId) return null
  const known = await askOutside(sources.chainId, signal)
  if (known.value !== null) return known.value
  throw new UserError(
    `I can't tell this chain's id, which its prover rows carry: ${known.trouble ?? 'nothing answered'}\nTry again once its L2 RPC answers.`,
    'unreachable',
  )
}

function requireRange({ what }: RequeueQuestion): void {
  if (what.kind === 'batches' && what.to - what.from >= longestRange) {
    throw new UserError(
      `${plural(what.to - what.from + 1, 'batch', 'batches')} are too many at once.\nName up to ${longestRange}, or: /requeue stuck`,
    )
  }
}

/** A batch number alone names no batch where several chains share the database. */
function requireOneChain(question: RequeueQuestion, seen: readonly number[]): void {
  const chains = [...new Set(seen)].sort((one, other) => one - other)
  if (chains.length < 2) return
  const what =
    question.what.kind === 'batches'
      ? `Batches of that number exist on chains ${chains.join(', ')}`
      : `Stuck jobs belong to chains ${chains.join(', ')}`
  throw new UserError(`${what}.\nName one: /requeue ${describe(question)} chain=${chains[0]}`)
}

function requireCount(moving: readonly JobRow[], question: RequeueQuestion): void {
  if (moving.length > candidateLimit) {
    throw new UserError(
      `More than ${candidateLimit} rows at once is too much.\nName batches or a stage: /requeue 1139-1143 stage=prover`,
    )
  }
  if (moving.length > confirmAbove && question.count !== moving.length) {
    const given = question.count === undefined ? '' : `, not ${question.count}`
    throw new UserError(
      `It would move ${moving.length} rows${given}.\nConfirm the number: /requeue ${describe(question)} count=${moving.length}`,
    )
  }
}

/** `stuck`, `1143` or `1139-1143`, as typed. */
export function describe({ what }: Pick<RequeueQuestion, 'what'>): string {
  if (what.kind === 'stuck') return 'stuck'
  return what.from === what.to ? `${what.from}` : `${what.from}-${what.to}`
}

/** Batches of our own chain among the rows that are settled already, with the reason. */
async function settledRows(
  rows: readonly JobRow[],
  schema: ProverSchema,
  sources: ProverSources,
  around: Gathered,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const own = rows.filter((row) => row.chainId === around.chainId).map((row) => row.batch)
  return settledAmong(own, createCoreReader(sources, schema), around, signal)
}

function sortOut(
  rows: readonly JobRow[],
  settled: ReadonlyMap<number, string>,
  question: RequeueQuestion,
): { readonly moving: readonly JobRow[]; readonly skipped: { key: string; why: string }[] } {
  const wanted = question.class ?? (question.what.kind === 'stuck' ? 'exhausted' : undefined)
  const moving: JobRow[] = []
  const skipped: { key: string; why: string }[] = []
  for (const row of rows) {
    const by = settled.get(row.batch)
    if (question.what.kind === 'stuck' && by !== undefined) {
      if (row.class === wanted)
        skipped.push({ key: row.key, why: `batch ${row.batch} is settled: ${by}; name it to move it` })
    } else if (wanted === undefined || row.class === wanted) {
      moving.push(row)
    } else if (question.what.kind === 'batches') {
      skipped.push({ key: row.key, why: `${row.class}, and only ${wanted} was asked for` })
    }
  }
  return { moving, skipped }
}

function leftBecause(row: RawRow): string {
  if (row.class === 'queued') return 'it is in the queue already'
  if (row.class === 'waiting')
    return `it waits for earlier jobs (${row.status}): forcing it would crash the witness generator`
  if (row.class === 'running') return `a worker has it (${row.status}) and is within the time-out`
  return `its status is ${JSON.stringify(row.status)}, which I don't know: it is never touched`
}

/** Every row as it was read, and the policy that gave it its class. */
export function changeOf(rows: readonly JobRow[], tables: readonly JudgedTable[]): RequeueChange {
  return {
    rows: rows.map((row) => ({
      key: row.key,
      table: row.table,
      id: row.id,
      chainId: row.chainId,
      batch: row.batch,
      status: row.status,
      attempts: row.attempts,
      startedAt: row.startedAt,
      updatedAt: row.updatedAt,
      class: row.class as 'expired' | 'exhausted',
    })),
    policies: Object.fromEntries(
      tables.map(({ table, policy }) => [
        table,
        { maxAttempts: policy.maxAttempts, timeoutSeconds: policy.timeoutSeconds },
      ]),
    ),
  }
}

/** For texts: what the rows are. */
export const rowsText = (rows: readonly JobRow[]): string =>
  `${plural(rows.length, 'row')} of ${batchRanges([...new Set(rows.map((row) => row.batch))], 'batch')}`
