// The sandbox's provers keep the node's rules: who picks what and when, what automation puts back, and that batches get done.

import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createFleet, type Fleet, type FleetSettings, provenKey, type WorkerPlan } from '../../sandbox/provers/fleet.ts'
import { type Policy, type ProverGeneration, samplePolicy } from '../../sandbox/provers/queues.ts'
import { createTestDatabase } from '../support/postgres.ts'

vi.setConfig({ testTimeout: 120_000 })

const schemas = { '2023': '2023', '2023-fri': '2023-fri', 'prover-db': 'prover' } as const
const versions = { '2023': '15', '2023-fri': '18', 'prover-db': '29.4' } as const
const start = Date.UTC(2026, 2, 1) / 1000

async function databaseOf(generation: ProverGeneration): Promise<pg.Client> {
  const database = await createTestDatabase(schemas[generation])
  const client = new pg.Client({ connectionString: database.url, options: '-c timezone=UTC' })
  await client.connect()
  onTestFinished(async () => {
    await client.end()
    await database.drop()
  })
  // Batches and versions belong to the core; these tests are about the prover alone.
  await client.query("SET session_replication_role = 'replica'")
  return client
}

/** The 2023-fri scheduler waits for all thirteen circuits. */
const thirteen = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [index + 1, 1]))

async function fleetOf(
  generation: ProverGeneration,
  more: Partial<FleetSettings> = {},
): Promise<{ readonly client: pg.Client; readonly fleet: Fleet }> {
  const client = more.client ? (more.client as pg.Client) : await databaseOf(generation)
  const fleet = await createFleet({
    generation,
    policy: samplePolicy[generation],
    now: start,
    workers: staffOf(generation),
    circuitsOf: () => (generation === '2023-fri' ? thirteen : { 1: 2, 8: 1, 255: 1 }),
    ...more,
    client,
  })
  return { client, fleet }
}

function staffOf(generation: ProverGeneration, provers = 2): readonly WorkerPlan[] {
  const own = { versions: [versions[generation]] }
  return [
    { ...own, name: 'witness-0', takes: ['basic', 'leaf', 'node', 'tip', 'scheduler'], seconds: 5 },
    { ...own, name: 'compressor-0', takes: ['compressor'], seconds: 30 },
    ...Array.from(
      { length: provers },
      (_, index): WorkerPlan => ({ ...own, name: `prover-${index}`, takes: ['prover'], seconds: 20 }),
    ),
  ]
}

const batch = (generation: ProverGeneration, number: number, chain = generation === 'prover-db' ? 270 : 0) => ({
  batch: number,
  chain,
  version: versions[generation],
  sealedAt: start,
})

const tableOf = (generation: ProverGeneration) => (generation === '2023' ? 'prover_jobs' : 'prover_jobs_fri')

async function rowsOf(client: pg.Client, table: string, columns = '*', rest = ''): Promise<Record<string, unknown>[]> {
  return (await client.query(`SELECT ${columns} FROM ${table} ${rest}`)).rows
}

describe.each(['2023', '2023-fri', 'prover-db'] as const)('%s', (generation) => {
  const table = tableOf(generation)
  const chain = generation === 'prover-db' ? 270 : 0

  it('proves batches in order, and leaves nothing unfinished', async () => {
    const { client, fleet } = await fleetOf(generation)
    for (const number of [5, 6, 7]) await fleet.add(batch(generation, number))
    await fleet.advanceTo(start + 3000)
    expect([...fleet.proven.keys()]).toEqual([5, 6, 7].map((number) => provenKey(number, chain)))
    const open = await rowsOf(client, table, 'status', `WHERE status <> 'successful'`)
    expect(open).toEqual([])
    const rounds = await rowsOf(client, table, 'DISTINCT aggregation_round', 'ORDER BY 1')
    expect(rounds).toHaveLength(generation === 'prover-db' ? 5 : 4)
    if (generation === '2023') return
    const sent = await rowsOf(client, 'proof_compression_jobs_fri', 'status')
    expect(sent).toEqual([5, 6, 7].map(() => ({ status: 'sent_to_server' })))
  })

  it('repeats itself exactly', async () => {
    const run = async () => {
      const { client, fleet } = await fleetOf(generation)
      await fleet.add(batch(generation, 5))
      await fleet.advanceTo(start + 600)
      return rowsOf(client, table, 'status, attempts, processing_started_at::text, updated_at::text', 'ORDER BY id')
    }
    expect(await run()).toEqual(await run())
  })

  it('never picks a row of another protocol version', async () => {
    const { client, fleet } = await fleetOf(generation)
    const other = generation === 'prover-db' ? '29.3' : '14'
    await fleet.add({ ...batch(generation, 5), version: other })
    await fleet.advanceTo(start + 900)
    const witness = generation === '2023' ? 'witness_inputs' : 'witness_inputs_fri'
    expect(await rowsOf(client, witness, 'status, attempts')).toEqual([{ status: 'queued', attempts: 0 }])
  })

  it('puts back what a dead worker held, as long as attempts are left', async () => {
    const policy: Policy = {
      ...samplePolicy[generation],
      prover: { maxAttempts: 5, timeoutSeconds: 600 },
    }
    let deaths = 0
    const { client, fleet } = await fleetOf(generation, {
      policy,
      fate: (job) => {
        if (job.queue.stage !== 'prover' || deaths > 0) return { kind: 'finish' }
        deaths += 1
        return { kind: 'die' }
      },
    })
    await fleet.add(batch(generation, 5))
    await fleet.advanceTo(start + 3000)
    expect(fleet.alive).toHaveLength(3)
    expect(fleet.requeues.reduce((sum, { rows }) => sum + rows, 0)).toBe(1)
    expect(fleet.proven.has(provenKey(5, chain))).toBe(true)
    const again = await rowsOf(client, table, 'attempts', 'WHERE attempts > 1')
    // Until November 2023 being put back counted as an attempt of its own.
    expect(again).toEqual([{ attempts: generation === '2023' ? 3 : 2 }])
  })

  it.each([1, 2, 5])('gives a job that always fails up after max %i, with its error', async (maxAttempts) => {
    const policy: Policy = { ...samplePolicy[generation], prover: { maxAttempts, timeoutSeconds: 600 } }
    let tries = 0
    const { client, fleet } = await fleetOf(generation, {
      policy,
      circuitsOf: () => ({ 1: 1 }),
      fate: (job) => {
        if (job.queue.stage !== 'prover') return { kind: 'finish' }
        tries += 1
        return { kind: 'fail', error: 'it’s out of memory' }
      },
    })
    await fleet.add(batch(generation, 5))
    await fleet.advanceTo(start + 3000)
    const step = generation === '2023' ? 2 : 1
    expect(tries).toBe(1 + Math.ceil((maxAttempts - 1) / step))
    const [row] = await rowsOf(client, table, 'status, error, attempts')
    expect(row).toMatchObject({ status: 'failed', error: 'it’s out of memory' })
    expect(Number(row?.attempts)).toBeGreaterThanOrEqual(maxAttempts)
  })
})

describe('the notes’ settings', () => {
  it('with max 1 a job whose prover died stays in GPU proof for ever, though the house keeper runs', async () => {
    const { client, fleet } = await fleetOf('2023', {
      fate: (job) => (job.row.aggregation_round === 3 ? { kind: 'die' } : { kind: 'finish' }),
    })
    await fleet.add(batch('2023', 5))
    await fleet.advanceTo(start + 4 * 3600)
    expect(fleet.requeues.length).toBe(48)
    expect(fleet.requeues.every(({ rows }) => rows === 0)).toBe(true)
    const stuck = await rowsOf(client, 'prover_jobs', 'status, attempts', `WHERE status <> 'successful'`)
    expect(stuck).toEqual([{ status: 'in_gpu_proof', attempts: 1 }])
  })

  it('a dead GPU prover is dead in the registry until it comes back', async () => {
    const { client, fleet } = await fleetOf('2023')
    const statuses = () => rowsOf(client, 'gpu_prover_queue', 'instance_status AS status', 'ORDER BY id')
    expect(await statuses()).toEqual([{ status: 'available' }, { status: 'available' }])
    await fleet.kill('prover-0')
    expect(await statuses()).toEqual([{ status: 'dead' }, { status: 'available' }])
    await fleet.hire(staffOf('2023')[2] as WorkerPlan)
    expect(await statuses()).toEqual([{ status: 'available' }, { status: 'available' }])
  })
})

describe('the order of picks', () => {
  it('2023: the highest round first, then the oldest batch', async () => {
    const picked: string[] = []
    const { fleet } = await fleetOf('2023', {
      workers: staffOf('2023', 1),
      fate: (job) => {
        if (job.queue.stage === 'prover') picked.push(`${job.row.aggregation_round}/${job.batch}`)
        return { kind: 'finish' }
      },
    })
    for (const number of [6, 5]) await fleet.add(batch('2023', number))
    await fleet.advanceTo(start + 3600)
    expect(picked.slice(0, 2)).toEqual(['0/5', '0/5'])
    expect(picked.at(-1)).toBe('3/6')
  })

  it('today: priority before age, age before round', async () => {
    const client = await databaseOf('prover-db')
    const picked: number[] = []
    const { fleet } = await fleetOf('prover-db', {
      client,
      workers: [staffOf('prover-db')[0] as WorkerPlan],
      fate: (job) => {
        picked.push(job.batch)
        return { kind: 'finish' }
      },
    })
    for (const [number, age] of [
      [5, 10],
      [6, 30],
      [7, 20],
    ] as const) {
      await fleet.add({ ...batch('prover-db', number), sealedAt: start - age })
    }
    await client.query('UPDATE witness_inputs_fri SET priority = 1 WHERE l1_batch_number = 7')
    await fleet.advanceTo(start + 60)
    expect(picked).toEqual([7, 6, 5])
  })

  it('today: heavy provers take the heavy basic circuits only, light ones all others', async () => {
    const seen: string[] = []
    const own = { versions: ['29.4'], takes: ['prover'], seconds: 20 } as const
    const { fleet } = await fleetOf('prover-db', {
      circuitsOf: () => ({ 1: 1, 8: 1 }),
      workers: [
        staffOf('prover-db')[0] as WorkerPlan,
        { ...own, name: 'heavy', variant: 'heavy' },
        { ...own, name: 'light', variant: 'light' },
      ],
      fate: (job, worker) => {
        if (job.queue.stage === 'prover') seen.push(`${worker} ${job.row.aggregation_round}/${job.row.circuit_id}`)
        return { kind: 'finish' }
      },
    })
    await fleet.add(batch('prover-db', 5))
    await fleet.advanceTo(start + 3600)
    expect(seen.filter((line) => line.startsWith('heavy'))).toEqual(['heavy 0/8'])
    expect(seen).toContain('light 0/1')
    expect(seen).toContain('light 4/1')
  })

  it('two chains share one prover database without mixing', async () => {
    const { fleet } = await fleetOf('prover-db')
    for (const chain of [270, 271]) await fleet.add(batch('prover-db', 5, chain))
    await fleet.advanceTo(start + 3600)
    expect([...fleet.proven.keys()].sort()).toEqual(['270:5', '271:5'])
  })

  it('a big circuit goes through several depths of node jobs', async () => {
    const { client, fleet } = await fleetOf('prover-db', {
      circuitsOf: () => ({ 1: 1100 }),
      workers: staffOf('prover-db', 40).map((worker) => ({ ...worker, seconds: 5 })),
    })
    await fleet.add(batch('prover-db', 5))
    await fleet.advanceTo(start + 3600)
    expect(fleet.proven.size).toBe(1)
    const nodes = await rowsOf(
      client,
      'node_aggregation_witness_jobs_fri',
      'depth, number_of_dependent_jobs AS needs, status',
      'ORDER BY depth',
    )
    expect(nodes).toEqual([
      { depth: 0, needs: 35, status: 'successful' },
      { depth: 1, needs: 2, status: 'successful' },
    ])
  })

  it('old witness jobs are taken over past their time-out, whatever their attempts', async () => {
    let deaths = 0
    const { client, fleet } = await fleetOf('2023', {
      workers: [...staffOf('2023'), { ...(staffOf('2023')[0] as WorkerPlan), name: 'witness-1' }],
      fate: (job) => {
        if (job.queue.stage !== 'basic' || deaths > 0) return { kind: 'finish' }
        deaths += 1
        return { kind: 'die' }
      },
    })
    await fleet.add(batch('2023', 5))
    await fleet.advanceTo(start + 3600)
    expect(await rowsOf(client, 'witness_inputs', 'status, attempts')).toEqual([{ status: 'successful', attempts: 2 }])
  })
})
