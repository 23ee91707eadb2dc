// /runbook: the runbooks there are, or one of them, by name or by any word in it.

import { readCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { optional, text } from '../src/core/options.ts'
import { findRunbooks } from '../src/knowledge/runbooks.ts'
import { presentRunbook, type RunbookFacts } from '../src/present/runbook.ts'

export default readCommand({
  name: 'runbook',
  summary: 'What to do, step by step, when something is wrong',
  example: '/runbook stuck proofs',
  role: 'viewer',
  visibility: 'public',
  chains: 'none',
  options: { topic: optional(text('A runbook’s name, or words to look for', { rest: true, complete: 'runbooks' })) },

  async run({ topic }, { runbooks: books }): Promise<RunbookFacts> {
    const { runbooks, unreadable } = await books.shelf()
    const found = topic === undefined ? runbooks : findRunbooks(runbooks, topic)
    if (found.length === 0 && topic !== undefined) {
      throw new UserError('No runbook has these words.\nTry: /runbook (it lists them all)', 'not-found')
    }
    const one = topic !== undefined && found.length === 1 ? (found[0] ?? null) : null
    const list = found.map(({ name, title, own }) => ({ name, title, own }))
    return { searched: topic ?? null, runbooks: one ? [] : list, runbook: one, unreadable }
  },
  present: presentRunbook,
})
