// What the doctor says of databases, tried on a real PostgreSQL.

import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import {
  checkControlDatabase,
  checkCoreDatabase,
  checkProverDatabase,
  checkStateDatabase,
} from '../../src/doctor/databases.ts'
import { createTestDatabase, type TestDatabase, uniqueName } from '../support/postgres.ts'

const log = pino({ level: 'silent' })

const asked = (url: string, now = new Date()) => ({
  setting: 'X_DATABASE_URL',
  url,
  log,
  signal: AbortSignal.timeout(20_000),
  now: () => now,
})

/** A login of its own, with the rights that the statements give it. */
async function login(url: string, grants: (role: string) => string): Promise<string> {
  const role = uniqueName('doctor')
  await withClient(url, (client) => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'sesame'; ${grants(role)}`))
  const own = new URL(url)
  own.username = role
  own.password = 'sesame'
  return own.href
}

const reads = (role: string) => `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`
const databases: Record<string, TestDatabase> = {}

beforeAll(async () => {
  for (const schema of ['2023', '2023-fri', 'core', 'prover'] as const)
    databases[schema] = await createTestDatabase(schema)
  databases.empty = await createTestDatabase()
})

afterAll(async () => {
  for (const database of Object.values(databases)) await database.drop()
})

const urlOf = (name: string) => (databases[name] as TestDatabase).url

describe('the core database', () => {
  it.each([
    ['core', 'today’s core database'],
    ['2023', 'a core database of 2023 or 2024'],
  ])('of generation %s is known', async (name, words) => {
    const checks = await checkCoreDatabase(asked(await login(urlOf(name), reads)))
    expect(checks).toEqual([{ setting: 'X_DATABASE_URL', state: 'ok', text: expect.stringContaining(words) }])
    expect(checks[0]?.text).toMatch(/as doctor_\w+, PostgreSQL \d+/)
  })

  it('is not any other database', async () => {
    const checks = await checkCoreDatabase(asked(urlOf('prover')))
    expect(checks[0]).toMatchObject({ state: 'fix', text: expect.stringContaining('none of the node') })
  })

  it('that may not be read names the tables to grant', async () => {
    const url = await login(urlOf('core'), (role) => `${reads(role)}; REVOKE SELECT ON eth_txs FROM ${role}`)
    expect(await checkCoreDatabase(asked(url))).toEqual([
      { setting: 'X_DATABASE_URL', state: 'fix', text: 'This login may not read eth_txs: grant SELECT on it.' },
    ])
  })

  it('is remarked where the login could do more than read', async () => {
    const checks = await checkCoreDatabase(asked(urlOf('core')))
    expect(checks[1]).toMatchObject({ state: 'note', text: expect.stringContaining('is a superuser') })
  })

  it('whose clock differs is remarked', async () => {
    const checks = await checkCoreDatabase(asked(await login(urlOf('core'), reads), new Date(Date.now() - 3_600_000)))
    expect(checks.at(-1)).toMatchObject({ state: 'note', text: expect.stringMatching(/(3599|3600|3601) s ahead of/) })
  })

  it.each([
    ['that is not there', 'postgres://reader:sesame@127.0.0.1:1/core', 'could not be reached'],
    ['that refuses the login', null, 'refused the login'],
  ])('%s says so, without the password', async (_case, url, words) => {
    const wrong = new URL(urlOf('core'))
    wrong.username = 'nobody_here'
    wrong.password = 'sesame'
    const [check] = await checkCoreDatabase(asked(url ?? wrong.href.replace('/test', '/test_not_there')))
    expect(check).toMatchObject({ state: 'fix', text: expect.stringContaining(words) })
    expect(check?.text).not.toContain('sesame')
  })
})

describe('the prover’s database', () => {
  it.each([
    ['2023', 'the old prover of 2023'],
    ['2023-fri', 'the FRI prover in the core database'],
    ['prover', 'a prover database of its own'],
  ])('of generation %s is known', async (name, words) => {
    const [check] = await checkProverDatabase(asked(await login(urlOf(name), reads)))
    expect(check).toMatchObject({ state: 'ok', text: expect.stringContaining(words) })
  })

  it('is not the core database of a node of today', async () => {
    const [check] = await checkProverDatabase(asked(urlOf('core')))
    expect(check).toMatchObject({ state: 'fix', text: expect.stringContaining('no prover tables') })
  })
})

describe('the control database', () => {
  const updates = (role: string) =>
    `${reads(role)}; GRANT UPDATE ON ALL TABLES IN SCHEMA public TO ${role}; CREATE SCHEMA rollcall AUTHORIZATION ${role}`

  it('is fine with rights on the job tables and a schema of its own', async () => {
    const fresh = await createTestDatabase('prover')
    try {
      const checks = await checkControlDatabase(asked(await login(fresh.url, updates)))
      expect(checks).toEqual([{ setting: 'X_DATABASE_URL', state: 'ok', text: expect.stringContaining('may requeue') }])
    } finally {
      await fresh.drop()
    }
  })

  it('names the tables it may not change and the schema that is missing', async () => {
    const checks = await checkControlDatabase(asked(await login(urlOf('prover'), reads)))
    expect(checks.map(({ state }) => state)).toEqual(['fix', 'fix'])
    expect(checks[0]?.text).toContain('CREATE SCHEMA rollcall AUTHORIZATION doctor_')
    expect(checks[1]?.text).toContain('may not update leaf_aggregation_witness_jobs_fri')
  })

  it('whose sessions are read only is refused', async () => {
    const url = await login(
      urlOf('prover'),
      (role) => `${reads(role)}; ALTER ROLE ${role} SET default_transaction_read_only = on`,
    )
    const [check] = await checkControlDatabase(asked(url))
    expect(check).toMatchObject({ state: 'fix', text: expect.stringContaining('read only') })
  })
})

describe('the database of the bot’s records', () => {
  it('needs a schema, or the right to make one', async () => {
    const bare = await login(urlOf('empty'), () => '')
    expect((await checkStateDatabase(asked(bare)))[0]).toMatchObject({
      state: 'fix',
      text: expect.stringContaining('CREATE SCHEMA'),
    })
    expect((await checkStateDatabase(asked(urlOf('empty'))))[0]).toMatchObject({ state: 'ok' })
  })
})
