// /maintenance as it is typed, kept in a real state store, and what /is-chain-down then says first.

import { describe, expect, it } from 'vitest'
import isChainDown from '../../commands/is-chain-down.ts'
import maintenance from '../../commands/maintenance.ts'
import { readButton } from '../../src/core/button.ts'
import { UserError } from '../../src/core/errors.ts'
import { readLine } from '../../src/core/options.ts'
import type { MaintenanceBook } from '../../src/core/records.ts'
import type { OutageFacts, Reading } from '../../src/services.ts'
import { createStateStore } from '../../src/storage/state-store.ts'
import { replyText } from '../support/reply-text.ts'
import { silentLog } from '../support/storage.ts'
import { useStores } from '../support/stores.ts'

const { url, sql, openState } = useStores()
let requests = 0

interface Asking {
  readonly chains?: readonly string[]
  readonly chain?: string
  readonly named?: boolean
  readonly lateSeconds?: number
  readonly outage?: Partial<OutageFacts>
}

function readingOf(book: MaintenanceBook, asking: Asking = {}): Reading {
  const { chains = ['main'], chain = chains[0], named = chains.length === 1, lateSeconds = 0, outage = {} } = asking
  requests += 1
  return {
    chain: { name: chain, outage: { check: async () => ({ ...wellFacts, ...outage }) } },
    chainNamed: named,
    now: () => new Date(),
    person: 'mei',
    request: { id: `test:${requests}`, lateSeconds, caller: { account: 'discord-user:1' } },
    rolesHere: () => chains.map((name) => ({ chain: name, role: 'operator', because: '' })),
    maintenance: book,
    signal: new AbortController().signal,
  } as unknown as Reading
}

/** Typed in full, so that a key that is added to the facts is missed here by the compiler. */
const wellFacts: OutageFacts = {
  chain: 'main',
  verdict: 'up',
  headline: 'healthy',
  findings: [],
  sources: [],
  l1: null,
  progress: [],
  executionDelaySeconds: null,
  demand: [],
  thresholds: [],
  operators: [],
  usual: [],
  notKnown: [],
  heights: null,
  report: null,
  checkedAt: '2026-11-22T12:00:00.000Z',
}

async function ask(book: MaintenanceBook, line: string, asking: Asking = {}) {
  const facts = await maintenance.run(readLine(maintenance.options, line, maintenance.example), readingOf(book, asking))
  const reply = maintenance.present(facts)
  return { facts, reply, text: withoutTimes(replyText(reply)) }
}

async function isItDown(book: MaintenanceBook, outage: Partial<OutageFacts> = {}) {
  const facts = await isChainDown.run(readLine(isChainDown.options, '', ''), readingOf(book, { outage }))
  return {
    facts,
    lines: withoutTimes(replyText(isChainDown.present(facts)))
      .split('\n')
      .slice(2),
  }
}

const withoutTimes = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC/g, '<time>')
const open = () => openState(url()).maintenance
const down = () =>
  createStateStore({ url: 'postgres://mei@127.0.0.1:1/none', log: silentLog, retryMs: 60_000 }).maintenance

describe('noting a pause', () => {
  it('takes effect at once, says until when, and offers to end exactly this one', async () => {
    const book = open()
    const { facts, reply, text } = await ask(book, '2h database upgrade')
    expect(text).toBe(
      `[neutral] Maintenance noted until <time>

- Note 1: <time> until <time> (mei): database upgrade
Until then \`/is-chain-down\` says so first. It changes no verdict: a fault is still called one.
[ End it ]
`,
    )
    expect(facts).toMatchObject({ did: 'add', chain: 'main', note: { reason: 'database upgrade', by: 'mei' } })
    const [button] = reply.actions ?? []
    expect(readButton(button?.id ?? '')).toEqual({ kind: 'ask', line: 'maintenance end note=1' })
    expect((await sql('SELECT person, account, request_id FROM rollcall.maintenance')).rows).toEqual([
      { person: 'mei', account: 'discord-user:1', request_id: `test:${requests}` },
    ])
  })

  it.each([
    ['1h30m', 5400, null],
    ['for 45m', 2700, null],
    ['for=1d disk swap', 86_400, 'disk swap'],
    ['reason="end of life" 2h', 7200, 'end of life'],
    ['2h "end of the old disk"', 7200, 'end of the old disk'],
    ['2h from 23:00 move to v29', 7200, 'move to v29'],
    ['2h move\n\n  to v29', 7200, 'move to v29'],
    ['from 2026-11-30T22:00 2h', 7200, null],
  ])('reads “%s”', async (line, seconds, reason) => {
    const asking = readingOf(open())
    const values = readLine(maintenance.options, line, maintenance.example)
    const { note } = await maintenance.run(values, {
      ...asking,
      now: () => new Date('2026-11-22T21:00:00Z'),
    } as Reading)
    expect(note?.reason).toBe(reason)
    expect((Date.parse(note?.until ?? '') - Date.parse(note?.from ?? '')) / 1000).toBe(seconds)
  })

  it.each([
    ['database upgrade', /How long will it take/],
    ['9d moving house', /7 days at most/],
    ['2 hours', /lasts 45m, 2h, 1h30m or 1d, not “2”/],
    ['from 22:00', /How long will it take/],
    ['2h from the old disk', /can’t read the start “the”/],
    ['2h end of life', /Either a time or “end”/],
    [`2h ${'x'.repeat(201)}`, /200 characters at most/],
  ])('refuses “%s” in a sentence, and keeps nothing', async (line, sentence) => {
    const book = open()
    await expect((async () => ask(book, line))()).rejects.toThrow(sentence)
    expect((await book.of('main'))?.notes).toEqual([])
  })

  it('of several chains wants the chain named, and its button names it', async () => {
    const book = open()
    const chains = ['era', 'testnet']
    await expect(ask(book, '2h', { chains })).rejects.toThrow('Which chain?')
    const { reply } = await ask(book, '2h', { chains, chain: 'testnet', named: true })
    expect(readButton(reply.actions?.[0]?.id ?? '')).toMatchObject({ line: 'maintenance end note=1 chain=testnet' })
    expect((await book.of('era'))?.notes).toEqual([])
  })

  it('is refused when it came late: two hours from when?', async () => {
    await expect(ask(open(), '2h', { lateSeconds: 600 })).rejects.toThrow('This reached me 10 min late')
  })
})

describe('showing and ending', () => {
  it('shows what is on, what is planned and what was', async () => {
    const book = open()
    expect((await ask(book, '')).text).toContain('[neutral] No maintenance is noted')
    await ask(book, '1h first')
    await ask(book, '2h second')
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 16)
    await ask(book, `3h from ${day} third`)
    expect((await ask(book, '')).text).toBe(
      `[neutral] Maintenance until <time>

*Now*
- Note 2: <time> until <time> (mei): second
*Planned*
- Note 3: <time> until <time> (mei): third
*Before*
- Note 1: <time> until <time> (mei): first; ended by mei <time>
Note one: \`/maintenance 2h reason\`. End it: \`/maintenance end\`.
`,
    )
  })

  it('ends what is on, by word or by its button, and says when there is nothing to end', async () => {
    const book = open()
    await ask(book, '2h')
    expect((await ask(book, 'end')).text).toContain('The maintenance has ended')
    expect((await ask(book, 'end')).text).toContain('No maintenance to end')
    await ask(book, '2h')
    // The button of the first note must not end the second.
    expect((await ask(book, 'end note=1')).text).toContain('Note 1 is over already')
    expect((await ask(book, 'end note=2')).text).toContain('The maintenance has ended')
  })

  it('calls off what is only planned', async () => {
    const book = open()
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)
    const { text } = await ask(book, `2h from ${day}`)
    expect(text).toContain('[ Call it off ]')
    expect((await ask(book, 'end')).text).toContain('The planned maintenance is called off')
  })

  it('says in a sentence that the records can’t be reached', async () => {
    const book = down()
    for (const line of ['', '2h', 'end']) {
      const failure = await ask(book, line).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(UserError)
      expect(failure).toMatchObject({ code: 'unreachable', message: expect.stringContaining('Maintenance notes') })
    }
  })
})

describe('while it is on, /is-chain-down', () => {
  const stalled: Partial<OutageFacts> = {
    verdict: 'down',
    headline: 'sequencer-stalled',
    findings: [{ code: 'sequencer-stalled', severity: 'critical', values: {}, text: 'No block for 12 min.' }],
  }

  it('says so in the first line and in the facts, and keeps its verdict', async () => {
    const book = open()
    const before = await isItDown(book, stalled)
    expect(before.lines[0]).toBe('No block for 12 min.')
    expect(before.facts.maintenance).toEqual({ read: true, notes: [] })
    await ask(book, '2h database upgrade')
    const { facts, lines } = await isItDown(book, stalled)
    expect(lines.slice(0, 2)).toEqual([
      '*Planned maintenance* until <time> (mei): database upgrade',
      'No block for 12 min.',
    ])
    expect(lines.join('\n').match(/maintenance/g)).toHaveLength(1)
    expect(facts).toMatchObject({ verdict: 'down', headline: 'sequencer-stalled' })
    expect(isChainDown.exitCode?.(facts)).toBe(20)
    expect(facts.maintenance).toMatchObject({ read: true, notes: [{ id: 1, by: 'mei', now: true, reported: false }] })
    expect(facts.findings.at(-1)).toMatchObject({ code: 'maintenance', severity: 'info', values: { id: 1 } })
    await ask(book, 'end')
    expect((await isItDown(book, stalled)).facts.maintenance.notes).toEqual([])
  })

  it('says of a report that it was planned then', async () => {
    const book = open()
    await ask(book, `1h from ${new Date(Date.now() - 86_400_000).toISOString().slice(0, 16)} disk swap`)
    const at = (minutes: number) => new Date(Date.now() - 86_400_000 + minutes * 60_000).toISOString()
    const reported = (from: string | null, block: number | null = 7) => ({
      report: {
        claim: { from, pausedSeconds: 600, block, batch: null, understood: [] },
        ...noNeighbours,
      } as unknown as OutageFacts['report'],
    })
    const { facts, lines } = await isItDown(book, reported(at(30)))
    expect(lines[0]).toBe('*Planned maintenance then*, <time> until <time> (mei): disk swap')
    expect(facts.maintenance.notes).toMatchObject([{ now: false, reported: true }])
    expect((await isItDown(book, reported(at(-5)))).facts.maintenance.notes).toHaveLength(1)
    expect((await isItDown(book, reported(at(65)))).facts.maintenance.notes).toEqual([])
    // Without a number the time may be when it was told, at the end of the pause.
    expect((await isItDown(book, reported(at(65), null))).facts.maintenance.notes).toHaveLength(1)
    expect((await isItDown(book, reported(at(90), null))).facts.maintenance.notes).toEqual([])
    // “For ten minutes now.”
    await ask(book, `15m from ${new Date(Date.now() - 20 * 60_000).toISOString().slice(0, 16)}`)
    const now = { ...reported(null, null), checkedAt: new Date().toISOString() }
    expect((await isItDown(book, now)).facts.maintenance.notes).toMatchObject([{ now: false, reported: true }])
  })

  it('says that the notes could not be read, and answers all the same', async () => {
    const { facts, lines } = await isItDown(down(), stalled)
    expect(facts).toMatchObject({ verdict: 'down', maintenance: { read: false, notes: [] } })
    expect(lines).toContain('- Maintenance notes could not be read: whether a pause is planned is not known.')
  })

  it('does not wait for records that hang', async () => {
    const hanging = { of: () => new Promise<null>(() => undefined) } as unknown as MaintenanceBook
    const began = performance.now()
    const { facts } = await isItDown(hanging)
    expect(facts.maintenance.read).toBe(false)
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

const noNeighbours = {
  neighbours: { batches: [], blocks: [], commits: [] },
  gapSeconds: null,
  usualGapSeconds: null,
  missing: [],
  links: [],
}
