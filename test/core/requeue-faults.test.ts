// /requeue under faults, from the command to the rows: two running copies on the least-privilege login, wrong clocks, lost
// roles, forged buttons, a database that turns read-only.

import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import requeue from '../../commands/requeue.ts'
import type { AccessSettings } from '../../src/core/access.ts'
import { type ApprovalParts, type Approvals, createApprovals } from '../../src/core/approvals.ts'
import { approveButton, readButton } from '../../src/core/button.ts'
import type { Approval } from '../../src/core/records.ts'
import type { Caller, Request } from '../../src/core/request.ts'
import { createNodeDatabase, type NodeDatabase } from '../../src/rollup/node-database.ts'
import { createProverControl } from '../../src/rollup/prover-control.ts'
import type { Changing } from '../../src/services.ts'
import { createControlStore, type OpenControlStore } from '../../src/storage/control-store.ts'
import { type ControlRole, createControlRole } from '../support/control-role.ts'
import { mainNode } from '../support/notes-provers.ts'
import { type ProverOn, proverOn, soon } from '../support/prover-on.ts'
import { newApproval, patientLimits, silentLog } from '../support/storage.ts'

const operators = ['discord-user:1', 'telegram-user:8']

interface Copy {
  readonly approvals: Approvals
  readonly store: OpenControlStore<Changing>
}

let on: ProverOn
let role: ControlRole
let control: NodeDatabase
let copies: Copy[]
/** May change while a proposal waits: configuration is read anew at a restart. */
let access: AccessSettings
let edits: string[]

beforeEach(async () => {
  on = await proverOn('2023')
  role = await createControlRole(on.client, on.url)
  control = createNodeDatabase({ name: 'control database', url: role.url, log: silentLog })
  access = accessOf(operators)
  edits = []
  copies = [startCopy(), startCopy()]
  await on.insert('prover_jobs', mainNode)
})
afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(copies.map(({ store }) => store.close()))
  await control.end()
  await role.drop()
  await on.end()
})

function accessOf(operator: readonly string[]): AccessSettings {
  return {
    roles: new Map([['era', { viewer: [], responder: ['discord-user:5'], operator }]]),
    people: [],
    discordGuilds: ['9'],
    discordChannels: [],
    telegramChats: ['-3'],
  }
}

/** A running bot: its own connections and memory, the same databases. */
function startCopy(): Copy {
  const changing = (connection: Parameters<typeof createProverControl>[0]): Changing => ({
    proverControl: createProverControl(connection),
  })
  const store = createControlStore({ name: 'era', url: role.url, log: silentLog, changing, limits: patientLimits })
  const parts: ApprovalParts = {
    commands: [requeue],
    get access() {
      return access
    },
    stores: new Map([['era', store]]),
    messages: { add: async () => ({ recorded: true }), of: async () => [], move: async () => {} },
    reminders: { add: async () => ({ recorded: true }) } as unknown as ApprovalParts['reminders'],
    several: false,
    edit: async (_, reply) => void edits.push(reply.title),
    send: async (place) => ({ platform: place.platform, place: place.id, message: '900' }),
    reading: () => ({}) as ReturnType<ApprovalParts['reading']>,
    log: silentLog,
  }
  return { approvals: createApprovals(parts), store }
}

const [first, second] = [() => copies[0] as Copy, () => copies[1] as Copy]

async function propose(): Promise<Approval> {
  const { change, facts } = await on.jobs({ control }).plan({ what: { kind: 'stuck' } }, soon())
  expect(change?.rows).toHaveLength(5)
  return first().approvals.propose(
    newApproval({ change, facts, askedBy: { account: 'discord-user:5', person: 'mei', known: true } }),
  )
}

let presses = 0
function press({ approvals }: Copy, id: string, account: string) {
  const place = account.startsWith('discord')
    ? { platform: 'discord' as const, id: '10', guild: '9', kind: 'channel' as const }
    : { platform: 'telegram' as const, id: '-3', kind: 'group' as const }
  const caller: Caller = { account, name: '', standing: 'person', roles: [] }
  presses += 1
  const request: Request = {
    id: `press:${presses}`,
    caller,
    place,
    sentAt: new Date(),
    lateSeconds: 0,
    ask: { kind: 'press', action: approveButton(id) },
  }
  return approvals.press({ kind: 'approve', approval: id }, request)
}

async function truth(id: string) {
  const jobs = await on.client.query<{ status: string; attempts: number; n: number }>(
    'SELECT status, attempts, count(*)::int AS n FROM prover_jobs WHERE l1_batch_number <= 1143 GROUP BY 1, 2',
  )
  const changes = await on.client.query('SELECT before, approved_by FROM rollcall.changes WHERE approval = $1', [id])
  return { jobs: jobs.rows, changes: changes.rows }
}

const untouched = { jobs: [{ status: 'in_gpu_proof', attempts: 1, n: 5 }], changes: [] }
const moved = { jobs: [{ status: 'queued', attempts: 0, n: 5 }], changes: [expect.anything()] }

describe('two running copies', () => {
  it('do it once when it is confirmed two hundred times from both platforms at once', async () => {
    const { id } = await propose()
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        press(copies[index % 2] as Copy, id, operators[Math.floor(index / 2) % 2] as string),
      ),
    )
    expect(answers.map(({ result }) => result.outcome)).toEqual(Array(200).fill('applied'))
    // Everybody is told the same person and the same rows.
    expect(new Set(answers.map(({ result }) => JSON.stringify([result.by, result.at, result.moved]))).size).toBe(1)
    expect(await truth(id)).toEqual(moved)
  })

  it('tell a replayed press what became of it, from the other copy too, and do nothing more', async () => {
    const { id } = await propose()
    const done = await press(first(), id, 'discord-user:1')
    await on.client.query(`UPDATE prover_jobs SET status = 'in_progress', attempts = 1 WHERE status = 'queued'`)
    const again = await press(second(), id, 'telegram-user:8')
    expect(again.result).toEqual(done.result)
    expect((await truth(id)).jobs).toEqual([{ status: 'in_progress', attempts: 1, n: 5 }])
  })
})

describe.each([-3600, 3600])('a clock of the bot that is wrong by %d s', (seconds) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
  })

  it('changes nothing about when a proposal may be confirmed, nor about the times that are written', async () => {
    const approval = await propose()
    await first().approvals.sweep()
    expect((await first().store.read(approval.id))?.state).toBe('pending')
    expect((await press(second(), approval.id, 'telegram-user:8')).result.outcome).toBe('applied')
    const { rows } = await on.client.query(
      `SELECT count(*)::int AS n FROM prover_jobs WHERE status = 'queued'
         AND abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - processing_started_at)) < 60 AND updated_at = processing_started_at`,
    )
    expect(rows).toEqual([{ n: 5 }])
  })

  it('keeps no proposal alive beyond its time by the database', async () => {
    const { id } = await propose()
    await on.client.query(`UPDATE rollcall.approvals SET expires_at = clock_timestamp()`)
    expect((await press(first(), id, 'discord-user:1')).result.outcome).toBe('expired')
    expect(await truth(id)).toEqual(untouched)
  })

  it('does not end the following of the rows early', async () => {
    const { id } = await propose()
    await press(first(), id, 'discord-user:1')
    const jobs = on.jobs({ control })
    const parts = { chain: { proverJobs: jobs }, signal: soon().signal } as unknown as ReturnType<
      ApprovalParts['reading']
    >
    const watching = createApprovals({
      ...({
        messages: { of: async () => [] },
        log: silentLog,
        several: false,
        commands: [requeue],
      } as unknown as ApprovalParts),
      stores: new Map([['era', first().store]]),
      reading: () => parts,
    })
    const reminder = {
      id: '1',
      kind: 'change-follow',
      chain: 'era',
      place: newApproval().place,
      payload: { approval: id },
    }
    expect(await watching.follow({ ...reminder, ageSeconds: 30 }, soon().signal)).toEqual({ approval: id, failed: 0 })
    expect(await watching.follow({ ...reminder, ageSeconds: 3700 }, soon().signal)).toBeNull()
  })
})

describe('rights at the press', () => {
  it('are those of that moment: who lost the role since may not confirm, and who got it may', async () => {
    const { id } = await propose()
    access = accessOf(['telegram-user:8'])
    await expect(press(first(), id, 'discord-user:1')).rejects.toMatchObject({ code: 'refused' })
    expect(await truth(id)).toEqual(untouched)
    expect((await first().store.read(id))?.state).toBe('pending')
    expect((await press(second(), id, 'telegram-user:8')).result.outcome).toBe('applied')
  })
})

describe('buttons', () => {
  it('that were forged or belong to nothing do nothing', async () => {
    const { id } = await propose()
    const [store, name] = id.split('.')
    const forged = [`${store}.${'0'.repeat(16)}`, `other.${name}`, `${id}x`, id.toUpperCase()]
    for (const one of forged)
      await expect(press(first(), one, 'discord-user:1')).rejects.toMatchObject({ code: 'gone' })
    for (const bytes of [`a:${id}'; DROP TABLE prover_jobs --`, 'a:', `a:${id}\0`, `a:../${id}`, `x:${id}`])
      expect(readButton(bytes)).toBeNull()
    expect(await truth(id)).toEqual(untouched)
  })
})

describe('the database', () => {
  it('turned read-only: nothing is done, the proposal stays, and it goes through afterwards', async () => {
    const { id } = await propose()
    const owner = new pg.Client({ connectionString: on.url })
    await owner.connect()
    try {
      const name = (await owner.query('SELECT current_database() AS name')).rows[0].name
      const setAndReconnect = async (value: string) => {
        await owner.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`)
        await owner.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = $2`,
          [name, role.name],
        )
      }
      await setAndReconnect('on')
      await expect(press(first(), id, 'discord-user:1')).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringMatching(/read-only.*nothing was/is),
      })
      expect(await truth(id)).toEqual(untouched)
      await owner.query('SET default_transaction_read_only = off')
      await setAndReconnect('off')
      const done = await vi.waitFor(() => press(first(), id, 'discord-user:1'), { timeout: 15_000, interval: 300 })
      expect(done.result.outcome).toBe('applied')
      expect(await truth(id)).toEqual(moved)
    } finally {
      await owner.end()
    }
  }, 40_000)

  it('holds a row locked while it is confirmed: that one is left and named, at once', async () => {
    const { id } = await propose()
    await on.client.query('BEGIN')
    await on.client.query('SELECT 1 FROM prover_jobs WHERE l1_batch_number = 1141 FOR UPDATE')
    const began = performance.now()
    const { result } = await press(first(), id, 'discord-user:1')
    expect(performance.now() - began).toBeLessThan(5000)
    await on.client.query('ROLLBACK')
    expect(result).toMatchObject({ outcome: 'partial', left: [{ why: expect.stringContaining('lock') }] })
    expect(result.moved).toHaveLength(4)
  })
})
