// From mid 2023 to its end both provers stand in one schema: their rows tell which of them is at work.

import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createNodeDatabase } from '../../../src/rollup/node-database.ts'
import { createProverControl } from '../../../src/rollup/prover-control.ts'
import { type ControlRole, createControlRole } from '../../support/control-role.ts'
import { mainNode, range, settleUpTo } from '../../support/notes-provers.ts'
import { codes, found, type ProverOn, proverOn, soon } from '../../support/prover-on.ts'
import { silentLog } from '../../support/storage.ts'

const day = 86_400

describe.each(['2023', '2023-fri'] as const)('schema of %s', (schema) => {
  let on: ProverOn
  beforeAll(async () => {
    on = await proverOn(schema)
  })
  afterEach(() => on.empty())
  afterAll(() => on.end())

  it('finds the notes’ stuck batches of the old prover', async () => {
    await settleUpTo(on.client, 1138)
    await on.insert('prover_jobs', mainNode)
    // A trial of the FRI prover, weeks ago.
    await on.insert('prover_jobs_fri', [{ batch: 3, status: 'failed', attempts: 10, createdAgo: 40 * day }])
    const facts = await on.jobs().overview(soon())
    expect(facts.generation).toBe('2023')
    expect(facts.next).toMatchObject({ batch: 1139, state: 'exhausted' })
    expect(found(facts, 'attempts-exhausted').text).toContain('Raise PROVER_NON_GPU_MAX_ATTEMPTS to 5')
  })

  it('follows the FRI prover once the old one has stopped', async () => {
    await on.insert('prover_jobs', mainNode)
    await on.insert('prover_jobs_fri', [{ batch: 1200, status: 'failed', attempts: 10 }])
    const facts = await on.jobs().overview(soon())
    expect(facts.generation).toBe('2023-fri')
    expect(facts.stuck.map((group) => group.batch)).toEqual([1200])
    expect(found(facts, 'attempts-exhausted').text).toContain('FRI_PROVER_MAX_ATTEMPTS')
    // The next question finds the old one at work again: nothing is kept from the first.
    await on.empty()
    await on.insert('prover_jobs', mainNode)
    expect((await on.jobs().overview(soon())).generation).toBe('2023')
  })

  it('goes by the schema where both are at work, or none', async () => {
    const expected = schema
    expect((await on.jobs().overview(soon())).generation).toBe(expected)
    await on.insert('witness_inputs', [{ batch: 7, status: 'queued' }])
    await on.insert('witness_inputs_fri', [{ batch: 7, status: 'queued' }])
    expect((await on.jobs().overview(soon())).generation).toBe(expected)
  })

  it('requeues jobs of either prover with the login of docs/requeue.md', async () => {
    const role: ControlRole = await createControlRole(on.client, on.url)
    const reader = createNodeDatabase({ name: 'control database', url: role.url, log: silentLog })
    const control = new pg.Client({ connectionString: role.url })
    await control.connect()
    try {
      await on.insert('prover_jobs', mainNode)
      const jobs = on.jobs({ control: reader })
      const { change } = await jobs.plan({ what: { kind: 'stuck' } }, soon())
      expect(change?.rows.map(({ batch }) => batch)).toEqual(range(1139, 1143))
      const done = await createProverControl(control).requeue(change as NonNullable<typeof change>)
      expect(done.moved).toHaveLength(5)
      await on.client.query('TRUNCATE prover_jobs')
      await on.insert('prover_jobs_fri', [{ batch: 1200, status: 'failed', attempts: 10 }])
      const other = await jobs.plan({ what: { kind: 'stuck' } }, soon())
      expect(
        (await createProverControl(control).requeue(other.change as NonNullable<typeof change>)).moved,
      ).toHaveLength(1)
    } finally {
      await control.end()
      await reader.end()
      await role.drop()
    }
  })
})

it('reads the FRI prover of August 2023, which had no compressor and put no GPU proofs back', async () => {
  const on = await proverOn('2023')
  try {
    const proof = { circuit_id: 1, aggregation_round: 3 }
    await on.insert('witness_inputs_fri', [{ batch: 4, status: 'successful' }])
    await on.insert('prover_jobs_fri', [
      { batch: 4, status: 'successful', updatedAgo: 60, more: proof },
      { batch: 5, status: 'in_gpu_proof', attempts: 1, startedAgo: 5000 },
    ])
    const facts = await on.jobs().overview(soon())
    expect(facts.generation).toBe('2023-fri')
    expect(facts.throughput.batchesLastHour).toBe(1)
    expect(facts.next).toMatchObject({ batch: 5, state: 'exhausted' })
    expect(codes(facts)).toContain('not-covered')
  } finally {
    await on.end()
  }
})
