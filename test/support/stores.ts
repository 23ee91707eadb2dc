// A database of its own for each test, and stores on it that are closed before it goes.

import { afterEach, beforeEach } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import {
  type ControlStoreSettings,
  createControlStore,
  type OpenControlStore,
} from '../../src/storage/control-store.ts'
import { createStateStore, type StateStore, type StateStoreSettings } from '../../src/storage/state-store.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'
import { type JobChanging, jobChanging, patientLimits, silentLog } from './storage.ts'

export function useStores() {
  let database: TestDatabase
  const cleanups: (() => Promise<unknown>)[] = []

  beforeEach(async () => {
    database = await createTestDatabase()
  })

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    await database.drop()
  })

  return {
    url: (): string => database.url,
    sql: (text: string) => withClient(database.url, (client) => client.query(text)),
    /** Runs after the test, the last one first. */
    after: (cleanup: () => Promise<unknown>): void => void cleanups.push(cleanup),

    openControl(url: string, settings: Partial<ControlStoreSettings<JobChanging>> = {}): OpenControlStore<JobChanging> {
      const store = createControlStore({
        name: 'the control database of era',
        url,
        log: silentLog,
        changing: jobChanging,
        ...settings,
        limits: { ...patientLimits, ...settings.limits },
      })
      cleanups.push(store.close)
      return store
    },

    openState(url: string, settings: Partial<StateStoreSettings> = {}): StateStore {
      const limits = { ...patientLimits, ...settings.limits }
      const store = createStateStore({ log: silentLog, patienceMs: 30_000, ...settings, limits, url })
      cleanups.push(store.close)
      return store
    },
  }
}
