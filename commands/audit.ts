// /audit: who asked for what, what was decided and what came of it, from the state store and every control store.

import { readCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { flag, integer, named, optional, text } from '../src/core/options.ts'
import type { AuditFilter } from '../src/core/records.ts'
import { type AuditFacts, presentAudit } from '../src/present/audit.ts'

/** More than this in one export is a job for psql. */
const exportLimit = 10_000

export default readCommand({
  name: 'audit',
  summary: 'The last requests and changes: who, what, outcome',
  example: '/audit person=mei command=requeue since=2h',
  role: 'operator',
  visibility: 'private',
  chains: 'all',
  options: {
    person: optional(text('A person, or an account such as telegram-user:5')),
    command: optional(named(text('A command, such as requeue', { complete: 'commands' }))),
    batch: optional(named(integer('An L1 batch number'))),
    since: optional(named(text('From when: 2h, 3d or 2026-01-31T14:00'))),
    until: optional(named(text('Up to when: 2h, 3d or 2026-01-31T14:00'))),
    last: optional(named(integer('How many entries (20)'))),
    csv: flag('Attach everything found as a CSV file'),
  },

  async run(options, { audit, chains, now }): Promise<AuditFacts> {
    const names = new Set(chains.map(({ name }) => name))
    const { person, command, batch, since, until } = options
    const filter: AuditFilter = {
      limit: Math.min(options.last ?? (options.csv ? exportLimit : 20), exportLimit),
      ...(person === undefined ? {} : { person }),
      ...(command === undefined ? {} : { command: command.replace(/^\//, '') }),
      ...(batch === undefined ? {} : { batch }),
      ...(since === undefined ? {} : { since: readMoment(since, now()) }),
      ...(until === undefined ? {} : { until: readMoment(until, now()) }),
    }
    const unreachable: string[] = []
    const requests = await audit.requests(filter).catch(() => {
      unreachable.push('the state store')
      return []
    })
    const changes = await audit.changes(filter)
    return {
      requests: requests.filter(({ chain }) => chain === null || names.has(chain)),
      changes: changes.entries.filter(({ chain }) => names.has(chain)),
      unreachable: [...unreachable, ...changes.unreachable],
      csv: options.csv,
    }
  },
  present: presentAudit,
})

/** `2h` ago, or a moment in UTC unless it names its zone. */
function readMoment(word: string, now: Date): Date {
  const ago = /^(\d{1,5})\s*(m|min|h|d)$/i.exec(word)
  if (ago) {
    const seconds = { m: 60, min: 60, h: 3600, d: 86_400 }[(ago[2] as string).toLowerCase() as 'm' | 'min' | 'h' | 'd']
    return new Date(now.getTime() - Number(ago[1]) * seconds * 1000)
  }
  const plain = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?$/.exec(word)
  const moment = new Date(plain ? `${plain[1]}T${plain[2] ?? '00:00'}Z` : word)
  if (Number.isNaN(moment.getTime())) throw new UserError('I can’t read that time.\nTry: 2h, 3d, or 2026-01-31T14:00')
  return moment
}
