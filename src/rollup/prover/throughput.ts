// How fast the prover works: jobs that arrived and finished in the last day, read from a bounded window of ids.

import { utcNow } from './classes.ts'
import type { ProverStatusFacts, QueuePicture } from './facts.ts'
import type { JobTable } from './generation.ts'
import type { BatchRow } from './queries.ts'
import { versionSql } from './queries.ts'

/** Up to so many rows every one is read; beyond, every n-th, so that the cost does not grow with the fleet. */
const sampleRows = 1500
const day = 86_400

const ago = (column: string): string => `extract(epoch FROM ${utcNow} - ${column})::float8`

/**
 * Rows are numbered as they arrive, so the first id of the window is found by bisection over the primary key. The window
 * reaches back a day and the age of the backlog: what finishes now arrived that long ago. $1: its seconds.
 */
export function recentSql(table: JobTable): string {
  const worker = table.worker ?? 'NULL::text'
  const columns = [
    'created_at, processing_started_at, updated_at, status',
    ...(table.worker === null ? [] : [table.worker]),
    ...(table.hasVersion ? ['protocol_version'] : []),
    ...(table.hasPatch ? ['protocol_version_patch'] : []),
  ]
  return `
    WITH RECURSIVE ends AS (
      SELECT (SELECT id FROM ${table.table} ORDER BY id LIMIT 1) AS lo,
        least((SELECT id FROM ${table.table} ORDER BY id DESC LIMIT 1), 9223372036854775806) + 1 AS hi,
        ${utcNow} - make_interval(secs => $1::float8) AS since
    ), search AS (
      SELECT lo, hi FROM ends WHERE lo IS NOT NULL
      UNION ALL
      SELECT CASE WHEN r.created_at < e.since THEN r.id + 1 ELSE s.lo END,
        CASE WHEN r.created_at < e.since THEN s.hi ELSE m.mid END
      FROM search s CROSS JOIN ends e
      CROSS JOIN LATERAL (SELECT s.lo + (s.hi - s.lo) / 2 AS mid) m
      LEFT JOIN LATERAL (
        SELECT id, created_at FROM ${table.table} WHERE id >= m.mid ORDER BY id LIMIT 1
      ) r ON true
      WHERE s.lo < s.hi
    ), span AS (
      SELECT f.lo, e.hi, greatest((e.hi - f.lo + ${sampleRows - 1}) / ${sampleRows}, 1) AS step
      FROM (SELECT lo FROM search WHERE lo >= hi LIMIT 1) f CROSS JOIN ends e
    ), way AS MATERIALIZED (
      -- Ids may leap: whether all rows can be read is told by rows, not by the ids.
      SELECT CASE WHEN EXISTS (
        SELECT FROM ${table.table} WHERE id >= span.lo ORDER BY id OFFSET ${sampleRows} LIMIT 1
      ) THEN span.step ELSE 1 END AS step FROM span
    ), read AS MATERIALIZED (
      (SELECT ${columns.join(', ')} FROM ${table.table}
        WHERE id >= (SELECT lo FROM span) AND (SELECT step FROM way) = 1 ORDER BY id LIMIT ${sampleRows + 1})
      UNION ALL
      SELECT t.* FROM way CROSS JOIN span
      CROSS JOIN LATERAL generate_series(span.lo, span.hi - 1, span.step) AS g(id)
      -- The limit keeps the planner from reading the whole table instead of these few rows.
      CROSS JOIN LATERAL (SELECT ${columns.join(', ')} FROM ${table.table} WHERE id = g.id LIMIT 1) t
      WHERE way.step > 1
    ), sample AS MATERIALIZED (
      SELECT ${ago('t.created_at')} AS arrived_ago, ${ago('t.processing_started_at')} AS picked_ago,
        CASE WHEN t.status = 'successful' THEN ${ago('t.updated_at')} END AS finished_ago,
        ${worker} AS worker, ${versionSql(table)} AS version
      FROM read t
    )
    SELECT way.step::float8 AS step, (span.hi - span.lo)::float8 AS ids, (SELECT count(*)::int FROM sample) AS rows,
      coalesce((SELECT json_agg(q) FROM (
        SELECT hour, sum(arrived)::int AS arrived, sum(finished)::int AS finished FROM (
          SELECT floor(arrived_ago / 3600)::int AS hour, 1 AS arrived, 0 AS finished FROM sample
            WHERE arrived_ago >= 0 AND arrived_ago < ${day}
          UNION ALL
          SELECT floor(finished_ago / 3600)::int, 0, 1 FROM sample WHERE finished_ago >= 0 AND finished_ago < ${day}
        ) h GROUP BY hour
      ) q), '[]'::json) AS hours,
      coalesce((SELECT json_agg(q) FROM (
        SELECT worker, version, round(min(picked_ago))::float8 AS seen FROM sample
        WHERE picked_ago IS NOT NULL GROUP BY worker, version ORDER BY seen LIMIT 100
      ) q), '[]'::json) AS seen
    FROM span CROSS JOIN way`
}

export interface RecentAnswer {
  readonly step: number
  readonly ids: number
  readonly rows: number
  readonly hours: readonly { readonly hour: number; readonly arrived: number; readonly finished: number }[]
  readonly seen: readonly { readonly worker: string | null; readonly version: string | null; readonly seen: number }[]
}

/** Rates and forecast; `open` is what is left to do now, `batches` those of the windows. */
export function throughputOf(
  recent: RecentAnswer | null,
  batches: readonly BatchRow[],
  open: number,
): ProverStatusFacts['throughput'] {
  const step = recent?.step ?? 1
  const hour = recent?.hours.find((candidate) => candidate.hour === 0)
  const finishedWithin = (seconds: number): number =>
    batches.filter((batch) => batch.finished_seconds !== null && batch.finished_seconds < seconds).length
  const jobsLastHour = (hour?.finished ?? 0) * step
  const arrivedLastHour = (hour?.arrived ?? 0) * step
  const sum = (name: 'finished'): number => (recent?.hours.reduce((total, each) => total + each[name], 0) ?? 0) * step
  const netPerHour = jobsLastHour - arrivedLastHour
  return {
    batchesLastHour: finishedWithin(3600),
    batchesLastDay: finishedWithin(day),
    jobsLastHour,
    jobsLastDay: sum('finished'),
    arrivedLastHour,
    openJobs: open,
    drainSeconds: open === 0 ? 0 : netPerHour > 0 ? Math.round((open / netPerHour) * 3600) : null,
    estimated: step > 1,
  }
}

/** The last 24 hours, oldest first; open jobs are counted back from what is open now. */
export function pictureOf(
  recent: RecentAnswer | null,
  batches: readonly BatchRow[],
  open: number,
  readAt: string,
): QueuePicture | null {
  if (!recent) return null
  let openThen = open
  const hours: QueuePicture['hours'][number][] = []
  for (let ago = 0; ago < 24; ago += 1) {
    const found = recent.hours.find((candidate) => candidate.hour === ago)
    const arrived = (found?.arrived ?? 0) * recent.step
    const finished = (found?.finished ?? 0) * recent.step
    hours.unshift({ hour: hoursBefore(readAt, ago), arrived, finished, open: Math.max(0, openThen) })
    openThen += finished - arrived
  }
  const proofTimes = batches
    .filter(
      (batch) => batch.finished_at !== null && (batch.finished_seconds ?? 0) < day && batch.proof_seconds !== null,
    )
    .map((batch) => ({
      batch: batch.batch,
      finishedAt: batch.finished_at as string,
      seconds: batch.proof_seconds as number,
    }))
  return { hours, proofTimes, sampled: recent.step > 1 ? { rows: recent.rows, of: recent.ids } : null }
}

function hoursBefore(readAt: string, hours: number): string {
  return new Date(Date.parse(readAt) - hours * 3_600_000).toISOString()
}
