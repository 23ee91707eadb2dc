// No statement of /prover-status and /requeue reads through finished rows, whatever the generation: told from real plans.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadProvers } from '../../bench/load-provers.ts'
import type { NodeReader } from '../../src/rollup/prover/sources.ts'
import { type ProverOn, proverOn, soon } from '../support/prover-on.ts'

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

interface Examined {
  readonly text: string
  readonly rows: number
  readonly scanned: readonly string[]
}

const jobTables = /_jobs|witness_inputs/
/** A table this small is read faster whole than by index, and the planner does so. */
const smallTable = 1500

/** Runs each statement as EXPLAIN ANALYZE first, and keeps how many rows of job tables it touched. */
function examining(on: ProverOn, seen: Examined[]): NodeReader {
  // One statement after the other: they share a connection.
  let last: Promise<unknown> = Promise.resolve()
  const explain = (text: string, values: readonly unknown[]) => {
    const answer = last.then(() => on.client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, [...values]))
    last = answer.catch(() => undefined)
    return answer
  }
  return {
    async read(text, values, settings) {
      const { rows } = await explain(text, values)
      const scanned: string[] = []
      const visit = (node: PlanNode): number => {
        const own =
          (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
          node['Actual Loops']
        const table = node['Relation Name'] ?? ''
        const counts = jobTables.test(table) ? own : 0
        if (counts > smallTable && node['Node Type'] === 'Seq Scan') scanned.push(table)
        return counts + (node.Plans ?? []).reduce((sum, child) => sum + visit(child), 0)
      }
      seen.push({ text, rows: visit(rows[0]['QUERY PLAN'][0].Plan), scanned })
      return on.reader.read(text, values, settings)
    },
  }
}

describe.each(['2023', '2023-fri', 'prover'] as const)('%s', (schema) => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn(schema)
  })
  afterAll(() => on.end())

  async function examinedWith(finished: number): Promise<readonly Examined[]> {
    await on.empty()
    await loadProvers(on.client, schema, { finished, jobsPerBatch: 30, unfinished: 300, secondsPerBatch: 120 })
    const seen: Examined[] = []
    const reader = examining(on, seen)
    const jobs = on.jobs({ prover: reader, control: reader })
    const overview = await jobs.overview(soon())
    await jobs.batch(overview.stuck[0]?.batch ?? 0, soon())
    const { change } = await jobs.plan({ what: { kind: 'stuck' } }, soon())
    const first = change?.rows[0]?.batch ?? 0
    await jobs.plan({ what: { kind: 'batches', from: first, to: first + 5 } }, soon())
    if (change)
      await jobs.progress(
        change,
        change.rows.map(({ key }) => key),
        soon(),
      )
    await jobs.suggestions('', soon())
    expect(overview.stuck.length).toBeGreaterThan(0)
    return seen
  }

  it('touches the same few rows however many are finished', async () => {
    const few = await examinedWith(30_000)
    const many = await examinedWith(90_000)
    expect(many.flatMap(({ scanned }) => scanned)).toEqual([])
    expect(many).toHaveLength(few.length)
    const sum = (examined: readonly Examined[]): number => examined.reduce((total, each) => total + each.rows, 0)
    expect(sum(many)).toBeLessThan(sum(few) * 1.2)
    expect(Math.max(...many.map(({ rows }) => rows))).toBeLessThan(10_000)
  }, 120_000)
})
