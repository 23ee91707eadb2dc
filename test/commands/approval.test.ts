// /approval over a real control store that two chains share: what waits, one by its short name, and who sees which.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import approval from '../../commands/approval.ts'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createApprovalSearch, shortName } from '../../src/core/approval-search.ts'
import type { NewApproval } from '../../src/core/records.ts'
import { presentApprovals } from '../../src/present/approval.ts'
import type { Reading } from '../../src/services.ts'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { replyText } from '../support/reply-text.ts'
import { type JobChanging, jobChanging, newApproval, patientLimits, press, silentLog } from '../support/storage.ts'

let database: TestDatabase
let store: OpenControlStore<JobChanging>

const open = (url: string) =>
  createControlStore({ name: 'era', url, log: silentLog, changing: jobChanging, limits: patientLimits })

beforeAll(async () => {
  database = await createTestDatabase()
  store = open(database.url)
})

afterEach(() => withClient(database.url, (client) => client.query('DELETE FROM rollcall.approvals')))

afterAll(async () => {
  await store?.close()
  await database?.drop()
})

const propose = (changes: Partial<NewApproval> = {}) => store.propose(newApproval(changes))

const rename = (id: string, name: string) =>
  withClient(database.url, (client) =>
    client.query("UPDATE rollcall.approvals SET id = split_part(id, '.', 1) || '.' || $2 WHERE id = $1", [id, name]),
  )

function ask(id?: string, chains: readonly string[] = ['era', 'testnet'], stores = [store, store]) {
  const search = createApprovalSearch({
    stores: new Map([
      ['era', stores[0] as typeof store],
      ['testnet', stores[1] as typeof store],
    ]),
    show: ({ options, state }) => ({
      tone: 'warning',
      title: `Requeue ${(options as { what: string }).what}? (${state})`,
      blocks: [],
    }),
    log: silentLog,
  })
  const approvals: Reading['approvals'] = {
    pending: () => search.pending(chains),
    matching: (word) => search.matching(chains, word),
  }
  return approval.run({ id }, { approvals } as Reading)
}

it('lists what waits on the chains the asker may see, each with a button that shows it', async () => {
  const era = await propose()
  const testnet = await propose({ chain: 'testnet', options: { what: '7' } })
  const decided = await propose()
  await store.cancel(decided.id, press)
  const facts = await ask()
  expect(facts.waiting.map(({ id }) => id)).toEqual([era.id, testnet.id])
  const reply = presentApprovals(facts)
  expect(reply.title).toBe('2 changes wait for a yes')
  expect(replyText(reply)).toContain(`${shortName(era.id)}* · Requeue 1139-1143? (pending) · asked by mei, until`)
  expect(reply.actions?.map(({ id }) => id)).toEqual([
    `r:approval ${shortName(era.id)}`,
    `r:approval ${shortName(testnet.id)}`,
  ])
  expect((await ask(undefined, ['testnet'])).waiting.map(({ id }) => id)).toEqual([testnet.id])
  expect(presentApprovals(await ask(undefined, [])).title).toBe('No change waits for a yes')
})

it('shows one by its id or the first letters of its name, typed as people type, decided ones too', async () => {
  const { id } = await propose()
  await propose()
  await rename(id, '01abcdefghjkmnpq')
  const renamed = `${id.split('.')[0]}.01abcdefghjkmnpq`
  for (const word of [renamed, '01ab', 'OLAB', '01ABCDEF']) {
    expect(approval.shows?.(await ask(word))).toMatchObject({ id: renamed, state: 'pending' })
  }
  await store.cancel(renamed, press)
  expect(approval.shows?.(await ask('01ab'))).toMatchObject({ id: renamed, state: 'cancelled' })
})

it('names those that begin alike with more letters', async () => {
  const [one, other] = [await propose(), await propose()]
  await rename(one.id, '7777aaaabbbbcccc')
  await rename(other.id, '7777aaabbbbbcccc')
  const facts = await ask('7777')
  expect(facts.waiting.map(({ name }) => name).sort()).toEqual(['7777aaaa', '7777aaab'])
  expect(approval.shows?.(facts)).toBeNull()
})

it.each(['zzzz', '%', '____', "x'; DROP TABLE rollcall.approvals; --"])('knows no change %j', async (word) => {
  await propose()
  await expect(ask(word)).rejects.toThrow('I know no change')
})

it('keeps a change of another chain to itself, also from whoever knows its id', async () => {
  const { id } = await propose({ chain: 'testnet' })
  await expect(ask(id, ['era'])).rejects.toThrow('I know no change')
})

it('says which database it could not ask, and never “there is none” then', async () => {
  const away = open('postgres://nobody@127.0.0.1:1/none')
  const facts = await ask(undefined, ['era', 'testnet'], [store, away])
  expect(presentApprovals(facts)).toMatchObject({
    title: 'I can’t tell whether a change waits for a yes',
    tone: 'warning',
  })
  await expect(ask('zzzz', ['era', 'testnet'], [store, away])).rejects.toThrow('the control database of testnet')
  await away.close()
})
