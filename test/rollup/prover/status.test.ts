// /prover-status on the later schemas: windows, chains, L1 and the core as sources, stalled movers, pace.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createNodeDatabase } from '../../../src/rollup/node-database.ts'
import { range, settleUpTo } from '../../support/notes-provers.ts'
import { uniqueName } from '../../support/postgres.ts'
import { about, codes, found, type ProverOn, proverOn, soon } from '../../support/prover-on.ts'
import { silentLog } from '../../support/storage.ts'

describe('2023-fri', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('2023-fri')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  it('reads the queue of the scheduler and what waits for proofs inside the window', async () => {
    await on.insert('prover_jobs_fri', [{ batch: 50, status: 'queued', more: { protocol_version: 18 } }])
    await on.insert('scheduler_witness_jobs_fri', [
      { batch: 49, status: 'queued' },
      { batch: 50, status: 'waiting_for_proofs' },
    ])
    await on.insert('leaf_aggregation_witness_jobs_fri', [{ batch: 50, status: 'waiting_for_proofs' }])
    const stages = (await on.jobs().overview(soon())).stages
    expect(stages.find((stage) => stage.stage === 'scheduler-witness')).toMatchObject({ queued: 1, waiting: 1 })
    expect(stages.find((stage) => stage.stage === 'leaf-witness')).toMatchObject({ queued: 0, waiting: 1 })
  })

  it('lists batches whose scheduler still lacks node proofs', async () => {
    await on.client.query(`INSERT INTO scheduler_dependency_tracker_fri (l1_batch_number, status, circuit_1_final_prover_job_id, created_at, updated_at)
      VALUES (50, 'waiting_for_proofs', 7, now(), now())`)
    expect((await on.jobs().overview(soon())).dependencies).toEqual([
      { batch: 50, status: 'waiting_for_proofs', missing: 12 },
    ])
  })

  it('names the settings of the FRI prover', async () => {
    await on.insert('prover_jobs_fri', [
      {
        batch: 5,
        status: 'failed',
        attempts: 10,
        startedAgo: 700,
        more: { error: 'out of memory', picked_by: 'fri-3' },
      },
    ])
    const facts = await on.jobs().overview(soon())
    expect(found(facts, 'attempts-exhausted').text).toContain('FRI_PROVER_MAX_ATTEMPTS is 10 already')
    expect(facts.stuck).toMatchObject([{ worker: 'fri-3', error: 'out of memory' }])
  })
})

describe('prover-db', () => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn('prover')
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  const onChain = (chain: number, version = 29) => ({
    chain_id: chain,
    protocol_version: version,
    protocol_version_patch: 1,
  })
  const batchDone = async (
    batch: number,
    chain: number,
    status = 'sent_to_server',
    updatedAgo = 3000,
  ): Promise<void> => {
    await on.insert('witness_inputs_fri', [
      { batch, status: 'successful', startedAgo: 9000, updatedAgo: 8000, createdAgo: 9500, more: onChain(chain) },
    ])
    await on.insert('proof_compression_jobs_fri', [
      { batch, status, startedAgo: updatedAgo + 500, updatedAgo, more: onChain(chain) },
    ])
  }

  it('speaks of one chain where several share the database, and of none it cannot tell', async () => {
    await batchDone(100, 271)
    await on.insert('prover_jobs_fri', [
      { batch: 101, status: 'failed', attempts: 5, startedAgo: 900, more: onChain(271) },
      { batch: 7, status: 'failed', attempts: 5, startedAgo: 900, more: onChain(300) },
    ])
    const own = await on.jobs({ chainId: async () => 271 }).overview(soon())
    expect(own.next).toMatchObject({ batch: 101, chainId: 271, state: 'exhausted', known: 'jobs' })
    expect(own.stuck.map((group) => [group.chainId, group.batch])).toEqual([
      [300, 7],
      [271, 101],
    ])
    const unknown = await on.jobs().overview(soon())
    expect(unknown.next).toBeNull()
    expect(unknown.stuck).toHaveLength(2)
  })

  it('takes the batch that L1 needs from L1 itself when only that answers', async () => {
    await batchDone(100, 271, 'successful')
    const facts = await on.jobs({ chainId: async () => 271, l1Verified: async () => 99 }).overview(soon())
    expect(facts.next).toMatchObject({ batch: 100, state: 'proven', known: 'l1', stage: 'settlement' })
    expect(facts.l1).toEqual({ sealed: null, verified: 99, behind: null })
  })

  it('asks the core’s own database which batch is needed, how far it is, and whether its proof is skipped', async () => {
    const core = await proverOn('core')
    try {
      await settleUpTo(core.client, 99)
      await core.client.query('UPDATE l1_batches SET skip_proof = true WHERE number = 100')
      await on.insert('prover_jobs_fri', [{ batch: 100, status: 'queued', more: onChain(271) }])
      const facts = await on.jobs({ core: core.reader, chainId: async () => 271 }).overview(soon())
      expect(facts.next).toMatchObject({ batch: 100, state: 'queued', known: 'database', skipProof: true })
      expect(facts.l1).toEqual({ sealed: 111, verified: 99, behind: 12 })
      expect(codes(facts)).toContain('skip-proof')
      // A prove transaction on its way moves the need on, although L1 has not confirmed it.
      await core.client.query('UPDATE l1_batches SET eth_prove_tx_id = NULL WHERE number > 97')
      await core.client.query(`UPDATE l1_batches SET eth_prove_tx_id = 1 WHERE number = 100`)
      await core.client.query('UPDATE eth_txs SET confirmed_eth_tx_history_id = NULL')
      const later = await on.jobs({ core: core.reader, chainId: async () => 271 }).overview(soon())
      expect(later.next?.batch).toBe(101)
      expect(later.l1.verified).toBeNull()
    } finally {
      await core.end()
    }
  })

  it('goes on when L1 or the core does not answer, and says so', async () => {
    await batchDone(100, 271)
    const facts = await on
      .jobs({ chainId: async () => 271, l1Verified: () => Promise.reject(new Error('L1 timed out')) })
      .overview(soon())
    expect(found(facts, 'source-unreachable').text).toContain('L1 timed out')
    expect(facts.throughput.batchesLastHour).toBe(1)
  })

  it('does not wait for an L1 that hangs', async () => {
    await batchDone(100, 271)
    const facts = await on
      .jobs({ chainId: async () => 271, l1Verified: () => new Promise<never>(() => undefined) })
      .overview(soon())
    expect(found(facts, 'source-unreachable').text).toBe(
      'L1 could not be asked which batches it has verified: it did not answer in time',
    )
  })

  it('says what it could not read for want of a right, and shows the rest', async () => {
    const name = uniqueName('reader')
    await on.client.query(
      `CREATE ROLE ${name} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${name}`,
    )
    const url = new URL(on.url)
    url.username = name
    url.password = 'x'
    const reader = createNodeDatabase({ name: 'prover database', url: url.href, log: silentLog })
    try {
      await batchDone(100, 271)
      const forbidden = {
        read: () => Promise.reject(new Error('The core database does not let this login read a table')),
      }
      const facts = await on.jobs({ prover: reader, core: forbidden, chainId: async () => 271 }).overview(soon())
      expect(found(facts, 'source-unreachable').text).toContain('does not let this login read a table')
      await on.client.query(`REVOKE SELECT ON prover_jobs_fri FROM ${name}`)
      await expect(on.jobs({ prover: reader }).overview(soon())).rejects.toMatchObject({
        name: 'UserError',
        code: 'unreachable',
        message: expect.stringContaining('does not let this login read'),
      })
    } finally {
      await reader.end()
      await on.client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`)
    }
  })

  it('says so when the database is no prover’s, or does not answer at all', async () => {
    const reader = createNodeDatabase({
      name: 'prover database',
      url: 'postgres://x:secret@127.0.0.1:1/none',
      log: silentLog,
    })
    const refused = on.jobs({ prover: reader }).overview(soon())
    await expect(refused).rejects.toMatchObject({ name: 'UserError', code: 'unreachable' })
    await expect(refused).rejects.not.toThrow(/secret|127\.0\.0\.1/)
    await reader.end()
    const empty = { read: async () => [] }
    await expect(on.jobs({ prover: empty }).overview(soon())).rejects.toThrow('holds no prover tables')
  })

  it('says when the core has not fetched a proof, and why it may not', async () => {
    await batchDone(100, 271, 'successful', 900)
    expect(found(await on.jobs().overview(soon()), 'core-not-fetching')).toMatchObject({
      severity: 'critical',
      values: { batches: [100], olderMissing: false },
    })
    await on.insert('witness_inputs_fri', [{ batch: 99, status: 'in_progress', startedAgo: 5, more: onChain(271) }])
    expect(found(await on.jobs().overview(soon()), 'core-not-fetching')).toMatchObject({
      severity: 'info',
      values: { olderMissing: true },
    })
  })

  it('says when everything that can run is done and the next stage is not moved on', async () => {
    await on.insert('witness_inputs_fri', [
      { batch: 5, status: 'successful', startedAgo: 4000, updatedAgo: 3900, more: onChain(0) },
    ])
    await on.insert('prover_jobs_fri', [
      { batch: 5, status: 'successful', startedAgo: 3000, updatedAgo: 2900, more: onChain(0) },
    ])
    await on.insert('leaf_aggregation_witness_jobs_fri', [
      {
        batch: 5,
        status: 'waiting_for_proofs',
        updatedAgo: 3900,
        more: { ...onChain(0), number_of_basic_circuits: 1 },
      },
    ])
    expect(found(await on.jobs().overview(soon()), 'mover-stalled').values).toEqual({
      batches: [5],
      stage: 'leaf-witness',
      idleSeconds: about(2900),
    })
    await on.insert('prover_jobs_fri', [{ batch: 5, status: 'queued', more: onChain(0) }])
    expect(codes(await on.jobs().overview(soon()))).not.toContain('mover-stalled')
    // Between two stages every batch stands still for a moment.
    await on.client.query(`UPDATE prover_jobs_fri SET status = 'successful' WHERE status = 'queued'`)
    expect(codes(await on.jobs().overview(soon()))).not.toContain('mover-stalled')
  })

  it('says that there are more where not every stuck batch can be listed', async () => {
    await on.insert(
      'prover_jobs_fri',
      range(1, 510).map((batch) => ({ batch, status: 'failed', attempts: 5, more: onChain(0) })),
    )
    const facts = await on.jobs().overview(soon())
    expect(facts.stuck).toHaveLength(500)
    expect(facts.stuckMore).toBe(10)
    expect(found(facts, 'attempts-exhausted').text).toMatch(/^At least 500 prover jobs of batches 1–500 have used up/)
  })

  it('finds rows with 20 attempts or more in the batch that is needed, although no index has them', async () => {
    await on.insert('witness_inputs_fri', [
      { batch: 5, status: 'successful', startedAgo: 4000, updatedAgo: 3900, more: onChain(0) },
    ])
    await on.insert('prover_jobs_fri', [
      { batch: 5, status: 'failed', attempts: 25, startedAgo: 900, more: onChain(0) },
    ])
    const facts = await on.jobs().overview(soon())
    expect(facts.next).toMatchObject({ batch: 5, state: 'exhausted' })
    expect(facts.stuck).toMatchObject([{ batch: 5, attempts: 25 }])
    expect(found(facts, 'attempts-above-max').values).toMatchObject({ attempts: 25 })
  })

  it('counts what finished and arrived per hour, and how long batches took', async () => {
    await batchDone(100, 0)
    await on.insert('prover_jobs_fri', [
      { batch: 100, status: 'successful', startedAgo: 8000, updatedAgo: 7900, createdAgo: 8100, more: onChain(0) },
      { batch: 100, status: 'successful', startedAgo: 700, updatedAgo: 600, createdAgo: 3700, more: onChain(0) },
      { batch: 100, status: 'queued', updatedAgo: 100, more: onChain(0) },
    ])
    const { throughput, picture } = await on.jobs().overview(soon())
    expect(throughput).toMatchObject({
      batchesLastHour: 1,
      batchesLastDay: 1,
      jobsLastHour: 1,
      jobsLastDay: 2,
      arrivedLastHour: 1,
      openJobs: 1,
      estimated: false,
    })
    expect(picture?.hours).toHaveLength(24)
    expect(picture?.hours.slice(-3).map(({ arrived, finished, open }) => [arrived, finished, open])).toEqual([
      [1, 1, 0],
      [1, 0, 1],
      [1, 1, 1],
    ])
    expect(picture?.proofTimes).toMatchObject([{ batch: 100, seconds: about(6500) }])
  })
})
