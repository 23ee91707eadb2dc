// The prover's reading over one real database of a generation, for tests.

import pg from 'pg'
import { expect } from 'vitest'
import type { SchemaName } from '../../sandbox/database/schema.ts'
import type { Finding } from '../../src/core/finding.ts'
import { createNodeDatabase, type NodeDatabase } from '../../src/rollup/node-database.ts'
import { assumedPolicy, type ProverPolicySettings } from '../../src/rollup/prover/policy.ts'
import type { ProverSources } from '../../src/rollup/prover/sources.ts'
import { createProverJobs, type ProverJobs } from '../../src/rollup/prover-jobs.ts'
import type { ProverStatusFacts } from '../../src/services.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'
import { insertJobs, type JobFixture } from './prover-rows.ts'
import { silentLog } from './storage.ts'

export interface ProverOn {
  readonly client: pg.Client
  readonly url: string
  readonly reader: NodeDatabase
  insert(table: string, jobs: readonly JobFixture[]): Promise<readonly string[]>
  jobs(sources?: Partial<ProverSources>): ProverJobs
  empty(): Promise<void>
  end(): Promise<void>
}

export async function proverOn(schema: SchemaName): Promise<ProverOn> {
  const database: TestDatabase = await createTestDatabase(schema)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const reader = createNodeDatabase({ name: 'prover database', url: database.url, log: silentLog })
  return {
    client,
    url: database.url,
    reader,
    insert: (table, jobs) => insertJobs(client, table, jobs),
    jobs: (sources = {}) =>
      createProverJobs({ prover: reader, control: reader, core: null, policy: assumedPolicy, ...sources }),
    async empty() {
      const { rows } = await client.query<{ name: string }>(
        `SELECT string_agg(quote_ident(tablename), ', ') AS name FROM pg_tables WHERE schemaname = 'public'`,
      )
      await client.query(`TRUNCATE ${rows[0]?.name} RESTART IDENTITY CASCADE`)
    },
    async end() {
      await reader.end()
      await client.end()
      await database.drop()
    },
  }
}

/** The same limits for every job table of either prover. */
export function policyOf(maxAttempts: number, timeoutSeconds: number): ProverPolicySettings {
  const policy = { maxAttempts: { value: maxAttempts }, timeoutSeconds: { value: timeoutSeconds } }
  return { old: { prover: policy, witness: policy }, fri: { prover: policy, witness: policy, compressor: policy } }
}

export const soon = (): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(10_000) })

/** The rows grow older while the test runs. */
export const about = (seconds: number) => expect.closeTo(seconds, -1.5)

type Found = Pick<ProverStatusFacts, 'findings'>
export const codes = (facts: Found): readonly string[] => facts.findings.map((finding) => finding.code)

export function found(facts: Found, code: string): Finding {
  const finding = facts.findings.find((candidate) => candidate.code === code)
  if (!finding) throw new Error(`no finding ${code} among ${codes(facts).join(', ')}`)
  return finding
}
