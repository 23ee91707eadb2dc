// /help: what the asker may run here, and how one command is used.

import { readCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { findCommand, suggestCommand, usageOf } from '../src/core/help.ts'
import { type OptionRecord, optional, text } from '../src/core/options.ts'
import { type HelpFacts, presentHelp } from '../src/present/help.ts'

export default readCommand({
  name: 'help',
  summary: 'What you can ask here, and how',
  example: '/help trace',
  role: 'anyone',
  visibility: 'private',
  chains: 'none',
  options: { command: optional(text('A command to explain', { complete: 'commands' })) },

  async run({ command: wanted }, { commands, access }): Promise<HelpFacts> {
    const allowed = commands.filter((command) => access(command, null).allowed)
    if (wanted === undefined) {
      const hidden = commands.length - allowed.length
      return {
        commands: allowed.map((command) => ({ usage: usageOf(command), summary: command.summary })),
        hidden,
        one: null,
      }
    }
    const found = findCommand(commands, wanted.replace(/^\//, ''))
    if (!found) {
      const meant = suggestCommand(commands, wanted)
      throw new UserError(
        `There is no such command.\n${meant ? `Did you mean /help ${meant}?` : '/help lists them all.'}`,
        'not-found',
      )
    }
    const options = Object.entries(found.options as OptionRecord).map(([name, option]) => ({
      name,
      description: option.description,
      required: option.required,
      choices: option.choices ?? null,
    }))
    const { name, summary, example, role } = found
    const may = access(found, null).allowed
    return { commands: [], hidden: 0, one: { name, usage: usageOf(found), summary, example, role, may, options } }
  },
  present: presentHelp,
})
