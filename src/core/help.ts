// What people can type, made from the declarations: spellings, suggestions, one-line usage.

import type { Command } from './command.ts'
import { editDistance } from './edit-distance.ts'
import type { OptionRecord } from './options.ts'

/** The command a typed name means: any case, with `-`, `_` or nothing between the words. */
export function findCommand(commands: readonly Command[], typed: string): Command | undefined {
  const wanted = plain(typed)
  return commands.find((command) => plain(command.name) === wanted)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}

/** The closest command name to a misspelt one, if it is close enough to be meant. */
export function suggestCommand(commands: readonly Command[], typed: string): string | undefined {
  const wanted = plain(typed).slice(0, 40)
  const ranked = commands
    .map((command) => ({ name: command.name, distance: editDistance(wanted, plain(command.name)) }))
    .sort((one, other) => one.distance - other.distance)
  const best = ranked[0]
  return best && best.distance <= Math.max(1, Math.floor(plain(best.name).length / 3)) ? best.name : undefined
}

/** `/requeue what [stage] [class] [reason]`. */
export function usageOf(command: Command): string {
  const words = Object.entries(command.options as OptionRecord).map(([name, option]) => {
    const shown = option.positional || option.rest || option.kind === 'flag' ? name : `${name}=…`
    return option.required ? shown : `[${shown}]`
  })
  return [`/${command.name}`, ...words].join(' ')
}
