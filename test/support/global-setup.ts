// Starts the one PostgreSQL server of a test run, and ends it with the run.

import type { TestProject } from 'vitest/node'
import { startPostgresServer } from '../../src/storage/postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Login of the test server's owner; `test/support/postgres.ts` makes databases through it. */
    postgresUrl: string
  }
}

export default async function startServerForTests(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer({ settings: { max_connections: '200' } })
  project.provide('postgresUrl', server.url())
  return () => server.stop()
}
