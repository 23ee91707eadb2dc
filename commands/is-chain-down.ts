// /is-chain-down: is the chain down, or the explorer, one node, the way to L1, or nothing? And was it, at a reported time?

import { readCommand } from '../src/core/command.ts'
import { within } from '../src/core/deadline.ts'
import { UserError } from '../src/core/errors.ts'
import { type MaintenancePage, plannedFor, type Span } from '../src/core/maintenance.ts'
import { integer, named, optional, text } from '../src/core/options.ts'
import { type OutageAnswer, presentOutage } from '../src/present/is-chain-down.ts'
import { notesUnread, plannedText } from '../src/present/maintenance.ts'
import type { OutageFacts } from '../src/services.ts'

/** The bot's own records may hang; the answer doesn't. */
const notesMs = 1500

const exitCodes = { up: 0, degraded: 10, down: 20, unknown: 30 } as const

export default readCommand({
  name: 'is-chain-down',
  summary: 'Is the chain down, or only the explorer, a node or the way to L1?',
  example: '/is-chain-down batch 208455 block 13641404 at "2023-09-12 14:14"',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  deadlineMs: 7000,
  options: {
    batch: named(optional(integer('the batch a report names'))),
    block: named(optional(integer('the block a report names'))),
    at: named(optional(text('when, as reported: "2023-09-12 14:14"'))),
    tx: named(optional(text('the hash of a transaction you wait for'))),
    report: optional(text('the report itself, pasted', { rest: true })),
  },

  async run({ tx, batch, block, at, report }, { chain, maintenance, signal }): Promise<OutageAnswer> {
    const named = readNamed(tx ?? null, report ?? null)
    const reported = { batch: batch ?? null, block: block ?? null, at: at ?? null, text: named.text }
    const [facts, page] = await Promise.all([
      chain.outage.check({ tx: named.tx, reported, signal }),
      within(maintenance.of(chain.name), notesMs, null),
    ])
    return withMaintenance(facts, page)
  },
  present: presentOutage,
  exitCode: ({ verdict }) => exitCodes[verdict],
})

/** The verdict stays what the sources say: whoever reads it learns besides that somebody planned a pause. */
function withMaintenance(facts: OutageFacts, page: MaintenancePage | null): OutageAnswer {
  const maintenance = plannedFor(page, reportedSpan(facts))
  const findings = maintenance.notes.map((note) => {
    const { id, by, from, until, now, reported } = note
    return {
      code: 'maintenance',
      severity: 'info' as const,
      values: { id, by, from, until, now, reported },
      text: plannedText(note),
    }
  })
  return {
    ...facts,
    findings: [...facts.findings, ...findings],
    notKnown: maintenance.read ? facts.notKnown : [...facts.notKnown, notesUnread],
    maintenance,
  }
}

/** The time a report is about: from the named block on; without one, before and after the time told. Null: not told. */
function reportedSpan({ report, checkedAt }: OutageFacts): Span | null {
  if (report === null) return null
  const { from, pausedSeconds, block, batch } = report.claim
  if (from === null && pausedSeconds === null) return null
  const at = Date.parse(from ?? checkedAt)
  const isNamed = block !== null || batch !== null
  const [before, after] = [isNamed ? 0 : (pausedSeconds ?? 0), pausedSeconds ?? report.gapSeconds ?? 0]
  return { from: new Date(at - before * 1000).toISOString(), until: new Date(at + after * 1000).toISOString() }
}

/**
 * A hash alone is the transaction somebody waits for, whatever it was typed as; "tx count fell …" is a sentence that
 * begins like the option, and no option.
 * @throws UserError when `tx` is no hash
 */
function readNamed(
  tx: string | null,
  report: string | null,
): { readonly tx: string | null; readonly text: string | null } {
  if (tx === null)
    return /^\s*0x[0-9a-f]{64}\s*$/i.test(report ?? '')
      ? { tx: readHash(report ?? ''), text: null }
      : { tx, text: report }
  if (report !== null && !/0x/i.test(tx)) return { tx: null, text: `tx ${tx} ${report}` }
  return { tx: readHash(tx), text: report }
}

/** @throws UserError when it is no hash */
function readHash(word: string): string {
  const hash = /0x[0-9a-f]{64}/i.exec(word)?.[0]
  if (hash === undefined || /0x[0-9a-f]{65}/i.test(word)) {
    throw new UserError('“tx” should be a transaction hash: 0x and 64 hex digits.\nTry: /is-chain-down tx=0x0bbb…')
  }
  return hash.toLowerCase()
}
