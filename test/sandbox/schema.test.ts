// The sandbox's schemas against the facts of the node's real ones, read from PostgreSQL's own catalogue.

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { schemaNames } from '../../sandbox/database/schema.ts'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { readCatalogue } from './catalogue.ts'

describe.each(schemaNames)('schema %s', (schema) => {
  test('has the columns, indexes, keys and checks of the real one', async () => {
    const database = await createTestDatabase(schema)
    try {
      const facts = await readFile(new URL(`facts/${schema}.txt`, import.meta.url), 'utf8')
      expect(await withClient(database.url, readCatalogue)).toEqual(facts.trimEnd().split('\n'))
    } finally {
      await database.drop()
    }
  })
})

test('two workers may ask for the same new template at once', async () => {
  const databases = await Promise.all([1, 2, 3, 4].map(() => createTestDatabase('prover')))
  expect(new Set(databases.map(({ url }) => url)).size).toBe(4)
  await Promise.all(databases.map(({ drop }) => drop()))
})
