// /approval: the changes that wait for a yes, or one of them with its buttons, in whatever chat it is asked.

import { shortName } from '../src/core/approval-search.ts'
import { readCommand } from '../src/core/command.ts'
import { exitCodeOf, UserError } from '../src/core/errors.ts'
import { optional, text } from '../src/core/options.ts'
import { type ApprovalFacts, presentApprovals } from '../src/present/approval.ts'

export default readCommand({
  name: 'approval',
  summary: 'The changes that wait for a yes, and the buttons of one',
  example: '/approval 3fk2',
  role: 'viewer',
  visibility: 'public',
  chains: 'all',
  options: {
    id: optional(text('The letters its preview names; left out: all that wait', { complete: 'approvals' })),
  },

  async run({ id }, { approvals }): Promise<ApprovalFacts> {
    const { approvals: found, unreachable } =
      id === undefined ? await approvals.pending() : await approvals.matching(readName(id))
    const [only] = found
    if (id !== undefined && only === undefined) throw noneFits(id, unreachable)
    if (id !== undefined && only && found.length === 1) return { waiting: [], one: only.approval, unreachable }
    // Where several begin alike, four letters would not tell them apart.
    const letters = id === undefined ? undefined : id.length + 4
    const waiting = found.map(({ approval, title }) => ({
      id: approval.id,
      name: shortName(approval.id, letters),
      title,
      chain: approval.chain,
      askedBy: approval.askedBy.person,
      expiresAt: approval.expiresAt,
    }))
    return { waiting, one: null, unreachable }
  },
  present: presentApprovals,
  shows: ({ one }) => one,
  exitCode: ({ waiting, unreachable }) =>
    waiting.length === 0 && unreachable.length > 0 ? exitCodeOf('unreachable') : 0,
})

/** Names are in small letters, and none of them is one that reads as a digit. */
function readName(word: string): string {
  return word.includes('.') ? word : word.toLowerCase().replaceAll('o', '0').replaceAll(/[il]/g, '1')
}

function noneFits(id: string, unreachable: readonly string[]): UserError {
  if (unreachable.length > 0) {
    return new UserError(`I couldn't ask ${unreachable.join(' and ')} for it.\nTry again in a moment.`, 'unreachable')
  }
  const shown = [...id.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')].slice(0, 40).join('')
  return new UserError(`I know no change “${shown}”.\n/approval lists those that wait for a yes.`, 'not-found')
}
