// The scenarios about provers show what they promise, seen through /prover-status and /requeue as people see them.

import pg from 'pg'
import { expect, inject, it, onTestFinished, vi } from 'vitest'
import type { NodeDatabase as SandboxDatabase } from '../../sandbox/database/node-database.ts'
import { provenKey } from '../../sandbox/provers/fleet.ts'
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import type { ScenarioName } from '../../sandbox/scenarios/index.ts'
import { readConfig } from '../../src/config.ts'
import { createNodeDatabase } from '../../src/rollup/node-database.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import { createProverJobs, type ProverJobs } from '../../src/rollup/prover-jobs.ts'
import { found } from '../support/prover-on.ts'
import { silentLog } from '../support/storage.ts'

vi.setConfig({ testTimeout: 180_000 })

const soon = () => ({ signal: AbortSignal.timeout(30_000) })

interface Started {
  readonly sandbox: Sandbox
  readonly jobs: ProverJobs
  readonly database: SandboxDatabase
}

async function start(scenario: ScenarioName): Promise<Started> {
  const sandbox = await createSandbox({ scenario, postgresUrl: inject('postgresUrl') })
  onTestFinished(sandbox.stop)
  const [chain] = sandbox.chains
  const database = chain?.database as SandboxDatabase
  // What the demo hands to the program says which limits these provers have.
  const [settings] = readConfig(sandbox.environment, { readFile: () => '' }).chains
  const open = (url: string) => {
    const reader = createNodeDatabase({ name: 'prover', url, log: silentLog })
    onTestFinished(() => reader.end())
    return reader
  }
  const jobs = createProverJobs({
    prover: open(database.proverReadUrl),
    control: open(database.controlUrl),
    core: database.readUrl === database.proverReadUrl ? null : open(database.readUrl),
    policy: settings?.proverPolicy as NonNullable<typeof settings>['proverPolicy'],
    chainId: async () => chain?.chainId ?? null,
  })
  return { sandbox, jobs, database }
}

async function requeueStuck({ jobs, database }: Started): Promise<readonly string[]> {
  const { change } = await jobs.plan({ what: { kind: 'stuck' } }, soon())
  if (!change) throw new Error('nothing to requeue')
  const client = new pg.Client({ connectionString: database.controlUrl })
  await client.connect()
  try {
    return (await createProverControl(client).requeue(change)).moved
  } finally {
    await client.end()
  }
}

it.each([
  ['stuck-proofs', 1143],
  ['stuck-proofs-second-node', 1147],
] as const)(
  '%s: batches 1139 to %i are exhausted; requeued, they are finished in order and L1 takes them',
  async (name, last) => {
    const started = await start(name)
    const { sandbox, jobs } = started
    const fleet = sandbox.chains[0]?.provers?.fleet
    const stuck = Array.from({ length: last - 1138 }, (_, index) => 1139 + index)
    const facts = await jobs.overview(soon())
    expect(facts.next).toMatchObject({ batch: 1139, state: 'exhausted' })
    expect(facts.stuck.map(({ batch, class: kind, jobs: count }) => [batch, kind, count])).toEqual(
      stuck.map((batch) => [batch, 'exhausted', 1]),
    )
    expect(facts.outOfOrder.provenAhead).toEqual(last === 1143 ? [1144, 1145, 1146, 1147] : [])
    // The house keeper ran all the time, and had nothing it was allowed to do.
    expect(fleet?.requeues.length).toBeGreaterThan(20)
    expect(fleet?.requeues.every(({ rows }) => rows === 0)).toBe(true)
    expect(await requeueStuck(started)).toHaveLength(stuck.length)
    fleet?.setPolling(2)
    await sandbox.advance(600)
    const finished = stuck.map((batch) => fleet?.proven.get(provenKey(batch)) ?? Number.NaN)
    expect(finished).toEqual([...finished].sort((one, other) => one - other))
    const batches = sandbox.chains[0]?.rollup.batches.filter(({ prove }) => prove !== null) ?? []
    expect(batches.at(-1)?.number).toBeGreaterThanOrEqual(1147)
  },
)

it('mixed-fleet: two batches are of a version that nobody proves any more', async () => {
  const { sandbox, jobs } = await start('mixed-fleet')
  const facts = await jobs.overview(soon())
  expect(facts.outOfOrder.blockedBatches).toEqual(expect.arrayContaining([9]))
  expect(facts.outOfOrder.provenAhead.length).toBeGreaterThan(0)
  expect(facts.versions.find(({ version }) => version === '29.4')?.queued).toBeGreaterThan(0)
  expect(found(facts, 'no-prover-for-version')).toMatchObject({
    severity: 'warning',
    values: { version: '29.4', group: 'prover' },
  })
  expect(
    sandbox.chains[0]?.provers?.fleet.alive.filter((name) => name.startsWith('prover') && name.endsWith('v29.4')),
  ).toEqual([])
})

it('dead-fleet: jobs are back in the queue and nobody picks them', async () => {
  const { sandbox, jobs } = await start('dead-fleet')
  const fleet = sandbox.chains[0]?.provers?.fleet
  expect(fleet?.alive.some((name) => name.startsWith('prover'))).toBe(false)
  expect(fleet?.requeues.reduce((sum, { rows }) => sum + rows, 0)).toBe(4)
  const facts = await jobs.overview(soon())
  const prover = facts.stages.find(({ stage }) => stage === 'prover')
  expect(prover).toMatchObject({ inProgress: 0, failed: 0 })
  expect(prover?.queued).toBeGreaterThan(0)
  expect(found(facts, 'no-prover-for-version').values).toMatchObject({ version: '29.4', queued: prover?.queued })
})

it('poisoned-batch: one job uses up every attempt, again after a requeue', async () => {
  const started = await start('poisoned-batch')
  const { sandbox, jobs } = started
  const stuck = async () => (await jobs.overview(soon())).stuck
  const expected = {
    batch: 8,
    class: 'exhausted',
    jobs: 1,
    attempts: 5,
    error: expect.stringContaining('illegal memory'),
  }
  expect(await stuck()).toMatchObject([expected])
  await requeueStuck(started)
  sandbox.chains[0]?.provers?.fleet.setPolling(2)
  await sandbox.advance(200)
  expect(await stuck()).toMatchObject([expected])
})

it('shared-prover: the same batch numbers on two chains, and only one of them is stuck', async () => {
  const { jobs, database } = await start('shared-prover')
  const facts = await jobs.overview(soon())
  const { stuck } = facts
  expect(stuck.map(({ chainId, batch }) => [chainId, batch])).toEqual([[505, 8]])
  // It is not the chain that is asked about: its operators must not take it for theirs.
  expect(found(facts, 'attempts-exhausted').text).toMatch(
    /^1 prover job of batch 8 of chain 505 .*\/requeue 8 chain=505 now\.$/,
  )
  const { rows } = await database.proverClient.query(
    'SELECT chain_id, count(DISTINCT l1_batch_number)::int AS batches FROM witness_inputs_fri GROUP BY 1 ORDER BY 1',
  )
  expect(rows).toEqual([
    { chain_id: 270, batches: 12 },
    { chain_id: 505, batches: 12 },
  ])
})

it('huge-batch: ten thousand basic proofs are queued, and the queue moves', async () => {
  const { sandbox, jobs } = await start('huge-batch')
  const before = await jobs.batch(11, soon())
  const basic = before.chains[0]?.stages.find(({ stage, round }) => stage === 'prover' && round === 0)
  const count = Object.values(basic?.counts ?? {}).reduce((sum, jobsThere) => sum + jobsThere, 0)
  expect(count).toBe(10_000)
  const queued = basic?.counts.queued ?? 0
  await sandbox.advance(60)
  const after = (await jobs.batch(11, soon())).chains[0]?.stages.find(
    ({ stage, round }) => stage === 'prover' && round === 0,
  )
  expect(after?.counts.queued).toBeLessThan(queued)
})
