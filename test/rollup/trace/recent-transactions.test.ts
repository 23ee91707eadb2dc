// Suggestions while a hash is typed, from the node's database of each generation.

import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../../sandbox/database/with-client.ts'
import { createNodeDatabase, type NodeDatabase } from '../../../src/rollup/node-database.ts'
import { recentTransactions } from '../../../src/rollup/trace/recent-transactions.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'

const row = (byte: string, block: number | null, index: number, priority: boolean) => `
  INSERT INTO transactions (hash, is_priority, initiator_address, data, received_at, created_at, updated_at, paymaster,
    paymaster_input, nonce, miniblock_number, index_in_block)
  VALUES (decode(repeat('${byte}', 32), 'hex'), ${priority}, decode(repeat('${byte}', 20), 'hex'), '{"a":1}', now(), now(), now(),
    '', '', ${index}, ${block}, ${block === null ? null : index})`

describe.each(['2023', '2023-fri', 'core'] as const)('on a %s database', (schema) => {
  let test: TestDatabase
  let database: NodeDatabase

  beforeAll(async () => {
    test = await createTestDatabase(schema)
    const sql = [row('aa', 7, 0, false), row('ab', 8, 0, true), row('ac', 8, 1, false), row('ad', null, 2, false)]
    // The rows need no block beside them here.
    await withClient(test.url, (client) => client.query(`SET session_replication_role = replica; ${sql.join(';')}`))
    database = createNodeDatabase({ name: 'core database', url: test.url, log: pino({ level: 'silent' }) })
  })
  afterAll(async () => {
    await database.end()
    await test.drop()
  })

  const values = async (typed: string) =>
    (await recentTransactions(database, typed, AbortSignal.timeout(30_000))).map(({ value }) => value.slice(0, 4))

  it('offers the newest in a block first', async () => {
    expect(await values('')).toEqual(['0xac', '0xab', '0xaa'])
  })

  it.each([
    ['0xAB', ['0xab']],
    ['aa', ['0xaa']],
    ['8', ['0xac', '0xab']],
    ["'; DROP TABLE transactions", []],
  ])('narrows them down by %j', async (typed, expected) => {
    expect(await values(typed)).toEqual(expected)
  })

  it('says which came from L1, in few letters', async () => {
    const [choice] = await recentTransactions(database, 'ab', AbortSignal.timeout(30_000))
    expect(choice).toEqual({ name: '0xabababab…abab · block 8 · from L1', value: `0x${'ab'.repeat(32)}` })
  })
})
