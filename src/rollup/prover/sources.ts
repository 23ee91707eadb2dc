// Where the prover's facts come from, and how each is asked: a source that does not answer becomes a note, not an error.

import { errorText, UserError } from '../../core/errors.ts'
import { type CoreBatchRow, type CoreRow, coreBatchesSql, coreSql, coreTables } from './core.ts'
import {
  type ColumnRow,
  columnsSql,
  detectSchema,
  isShared,
  type ProverSchema,
  probedTables,
  type SharingProver,
} from './generation.ts'
import type { ProverPolicySettings } from './policy.ts'

/** What is needed of a node's database: one statement per call, read only, in UTC, with its own time limit. */
export interface NodeReader {
  read<R extends object>(
    text: string,
    values: readonly unknown[],
    settings?: { readonly signal?: AbortSignal },
  ): Promise<readonly R[]>
}

export interface ProverSources {
  readonly prover: NodeReader
  /** The login that may requeue; plans read through it. Null: not configured. */
  readonly control: NodeReader | null
  /** The core's database where it is another one. */
  readonly core: NodeReader | null
  readonly policy: ProverPolicySettings
  /** The L2 chain id of this chain: rows of several chains may share a prover database. */
  readonly chainId?: (signal: AbortSignal) => Promise<number | null>
  /** Batches L1 itself has verified. */
  readonly l1Verified?: (signal: AbortSignal) => Promise<number | null>
}

/** One source's answer, or why there is none (a sentence without secrets). */
export type Asked<T> =
  | { readonly value: T; readonly trouble: null }
  | { readonly value: null; readonly trouble: string }

export async function ask<T>(work: Promise<T>): Promise<Asked<T>> {
  try {
    return { value: await work, trouble: null }
  } catch (error) {
    return { value: null, trouble: errorText(error) }
  }
}

/** What lies beyond the node's databases gets this long: a source that hangs costs its own line, not the answer. */
const outsideMs = 2500

export function askOutside<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Asked<T>> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(outsideMs)])
  const over = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error('it did not answer in time')), { once: true })
  })
  return ask(Promise.race([work(limit), over]))
}

/** @returns null when the database holds no prover tables at all */
export async function readProverSchema(reader: NodeReader, signal: AbortSignal): Promise<ProverSchema | null> {
  return schemaOf(await readColumns(reader, signal), reader, signal)
}

const readColumns = (reader: NodeReader, signal: AbortSignal): Promise<readonly ColumnRow[]> =>
  reader.read<ColumnRow>(columnsSql, [probedTables], { signal })

async function schemaOf(
  columns: readonly ColumnRow[],
  reader: NodeReader,
  signal: AbortSignal,
): Promise<ProverSchema | null> {
  return detectSchema(columns, isShared(columns) ? await workingProver(reader, signal) : null)
}

/** Both provers were fed side by side for a while; a prover whose newest row is so much older is not in use. */
const unusedSeconds = 86_400

async function workingProver(reader: NodeReader, signal: AbortSignal): Promise<SharingProver | null> {
  const newest = (...tables: readonly [table: string, key: string][]): string =>
    `greatest(${tables
      .map(([table, key]) => `(SELECT extract(epoch FROM created_at) FROM ${table} ORDER BY ${key} DESC LIMIT 1)`)
      .join(', ')})::float8`
  const text = `SELECT ${newest(['prover_jobs', 'id'], ['witness_inputs', 'l1_batch_number'])} AS old,
    ${newest(['prover_jobs_fri', 'id'], ['witness_inputs_fri', 'l1_batch_number'])} AS fri`
  const [{ old, fri } = { old: null, fri: null }] = await reader.read<{ old: number | null; fri: number | null }>(
    text,
    [],
    { signal },
  )
  if (old === null || fri === null) return old !== null ? 'old' : fri !== null ? 'fri' : null
  if (Math.abs(old - fri) < unusedSeconds) return null
  return old > fri ? 'old' : 'fri'
}

export function createProverSchema(reader: NodeReader) {
  let known: Promise<readonly ColumnRow[]> | null = null
  return {
    /** @throws UserError when there are no prover tables */
    async read(signal: AbortSignal): Promise<ProverSchema> {
      known ??= readColumns(reader, signal)
      known.catch(() => {
        known = null
      })
      const schema = await schemaOf(await known, reader, signal)
      if (schema) return schema
      known = null
      throw new UserError(
        'The prover database holds no prover tables.\nCheck PROVER_DATABASE_URL (2023 nodes: the same as CORE_DATABASE_URL).',
        'not-configured',
      )
    },
    /** After a node upgrade the tables may be others. */
    forget(): void {
      known = null
    },
  }
}

export interface CoreReader {
  facts(signal: AbortSignal): Promise<CoreRow | null>
  batches(numbers: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, CoreBatchRow>>
}

/** The core's side; null where no core database is known. */
export function createCoreReader(sources: ProverSources, schema: ProverSchema): CoreReader | null {
  const reader = sources.core ?? (schema.hasCore ? sources.prover : null)
  if (!reader) return null
  const columns = (signal: AbortSignal) => reader.read<ColumnRow>(columnsSql, [coreTables], { signal })
  return {
    async facts(signal) {
      const text = coreSql(await columns(signal))
      if (text === null) return null
      return (await reader.read<CoreRow>(text, [], { signal }))[0] ?? null
    },
    async batches(numbers, signal) {
      if (numbers.length === 0) return new Map()
      const rows = await reader.read<CoreBatchRow>(coreBatchesSql(await columns(signal)), [numbers], { signal })
      return new Map(rows.map((row) => [row.batch, row]))
    },
  }
}
