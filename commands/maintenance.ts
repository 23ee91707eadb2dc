// /maintenance: notes a planned pause of the chain, shows what is noted, or ends it; verdicts stay what they are.

import { z } from 'zod'
import { readCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { readPause, readStart } from '../src/core/maintenance.ts'
import { flag, integer, named, optional, text } from '../src/core/options.ts'
import { type MaintenanceFacts, presentMaintenance } from '../src/present/maintenance.ts'
import type { Reading } from '../src/services.ts'

const example = '/maintenance 2h database upgrade'
/** What was meant then may be over now (as with a change that comes late). */
const staleSeconds = 120
/** It stands above every verdict while the pause lasts. */
const longestReason = 200

export default readCommand({
  name: 'maintenance',
  summary: 'Note a planned pause, so that answers and alerts say so',
  example,
  role: 'operator',
  visibility: 'public',
  chains: 'one',
  options: {
    for: optional({ ...text('how long: 45m, 2h, 1h30m or 1d, at most 7d'), schema: z.string().regex(/^\d/) }),
    from: optional(named(text('the start in UTC, 22:00 or 2026-01-31T22:00; left out: now'))),
    end: flag('end what is on now, or call off what is planned'),
    note: optional(named(integer('with end: only the note of this number'))),
    reason: optional(text('why, for everybody who asks meanwhile', { rest: true })),
  },

  run({ for: pause, from, end, note, reason }, reading): Promise<MaintenanceFacts> {
    if (end && (pause !== undefined || from !== undefined)) {
      throw new UserError(
        'Either a time or “end”. A reason that begins with “end” goes into quotes.\nTry: /maintenance end',
      )
    }
    if (end) return endNow(note ?? null, reading)
    if (pause === undefined && (from ?? reason ?? note) === undefined) return show(reading)
    if (pause === undefined) throw new UserError(`How long will it take? 45m, 2h, 1h30m or 1d.\nTry: ${example}`)
    const start = from === undefined ? null : readStart(from, reading.now(), example)
    return add(readPause(pause, example), start, readReason(reason), reading)
  },
  present: presentMaintenance,
})

/** @throws UserError when it is longer than a line or two */
function readReason(text: string | undefined): string | null {
  const reason = (text ?? '').replaceAll(/\s+/g, ' ').trim()
  if ([...reason].length > longestReason) {
    throw new UserError(
      `The reason stands above every verdict meanwhile: ${longestReason} characters at most.\nTry: ${example}`,
    )
  }
  return reason === '' ? null : reason
}

async function show({ chain, maintenance }: Reading): Promise<MaintenanceFacts> {
  const page = (await maintenance.of(chain.name)) ?? notReached('read')
  return { did: 'show', chain: chain.name, ...page, note: null, wanted: null, ended: [], endLine: null }
}

async function add(seconds: number, start: Date | null, reason: string | null, reading: Reading) {
  const { chain, maintenance, request, person } = reading
  requireMeant(reading)
  const kept = await maintenance.add({
    chain: chain.name,
    from: start?.toISOString() ?? null,
    seconds,
    reason,
    by: person,
    account: request.caller.account,
    requestId: request.id,
  })
  const { note, inPlaceOf } = kept ?? notReached('kept')
  const endLine = `maintenance end note=${note.id}${hasSeveral(reading) ? ` chain=${chain.name}` : ''}`
  return {
    did: 'add' as const,
    chain: chain.name,
    now: note.notedAt,
    notes: [],
    note,
    wanted: null,
    ended: inPlaceOf,
    endLine,
  }
}

async function endNow(id: number | null, reading: Reading): Promise<MaintenanceFacts> {
  const { chain, maintenance, person } = reading
  requireMeant(reading)
  const ended = (await maintenance.end({ chain: chain.name, id }, person)) ?? notReached('ended')
  const now = reading.now().toISOString()
  return { did: 'end', chain: chain.name, now, notes: [], note: null, wanted: id, ended, endLine: null }
}

/** A note on the wrong chain would excuse the wrong silence. */
function requireMeant(reading: Reading): void {
  const { chainNamed, request } = reading
  if (!chainNamed) {
    const names = reading.rolesHere().map(({ chain }) => `chain=${chain}`)
    throw new UserError(`Which chain? Nothing is noted until it is named.\nAdd ${names.join(' or ')}`)
  }
  if (request.lateSeconds > staleSeconds) {
    const minutes = Math.round(request.lateSeconds / 60)
    throw new UserError(
      `This reached me ${minutes} min late, so I noted nothing.\nAsk again if you still want it.`,
      'refused',
    )
  }
}

function hasSeveral(reading: Reading): boolean {
  return reading.rolesHere().length > 1
}

/** @throws UserError always */
function notReached(what: 'read' | 'kept' | 'ended'): never {
  throw new UserError(
    `Maintenance notes could not be ${what}: the bot’s own records can’t be reached.\nTry again once they are back; rollcall doctor says what is wrong.`,
    'unreachable',
  )
}
