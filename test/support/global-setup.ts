// Starts the one PostgreSQL server of a test run and keeps a folder for the built program; both end with the run.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgresServer } from '../../src/storage/postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Login of the test server's owner; `test/support/postgres.ts` makes databases through it. */
    postgresUrl: string
    /** Empty at first; `test/support/built-program.ts` builds into it once somebody asks. */
    buildFolder: string
  }
}

export default async function startServerForTests(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer({ settings: { max_connections: '200' } })
  const buildFolder = await mkdtemp(join(tmpdir(), 'rollcall-build-'))
  project.provide('postgresUrl', server.url())
  project.provide('buildFolder', buildFolder)
  return async () => {
    await server.stop()
    await rm(buildFolder, { recursive: true, force: true })
  }
}
