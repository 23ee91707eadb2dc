// From a typed name and its words to a command, checked options and the chains it may look at.

import { type Access, type AccessSettings, decide } from './access.ts'
import type { Command } from './command.ts'
import { UserError } from './errors.ts'
import { findCommand, suggestCommand } from './help.ts'
import { choice, named, type OptionRecord, optional, readLine, readValues } from './options.ts'
import type { Request } from './request.ts'

/** What step 1 makes of a command line or button. */
export interface Asked {
  readonly command: Command
  readonly values: Record<string, unknown>
  readonly chain: string | null
  readonly chainNamed: boolean
  /** A mistake in the options; told only to those who may ask at all. */
  readonly mistake: UserError | null
}

export interface AskingParts {
  readonly commands: readonly Command[]
  readonly chains: readonly string[]
  readonly access: AccessSettings
}

/** @throws UserError when there is no such command; mistakes in the options come back as `mistake` */
export function readAsk(
  parts: AskingParts,
  name: string,
  input: { text: string } | { values: Readonly<Record<string, unknown>> },
): Asked {
  const command = findCommand(parts.commands, name)
  if (!command) throw unknownCommand(parts.commands, name)
  const options = withChainOption(command, parts.chains)
  let values: Record<string, unknown> = {}
  let mistake: UserError | null = null
  try {
    values =
      'text' in input
        ? readLine(options, input.text, command.example)
        : readValues(options, input.values, command.example)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    mistake = error
  }
  const wanted = typeof values.chain === 'string' ? values.chain : undefined
  const chainNamed = wanted !== undefined || parts.chains.length < 2
  if (command.kind === 'change' && !chainNamed && !mistake) mistake = chainMissing(command, parts.chains)
  const chain = command.chains === 'none' ? null : (wanted ?? chainWithoutName(command, parts.chains))
  return { command, values, chain, chainNamed, mistake }
}

/** The chain it is about while none is named; null where that is none, or several. */
export function chainWithoutName(command: Command, chains: readonly string[]): string | null {
  const [first = null, ...others] = chains
  // Until it is named, a change is about no chain yet: whoever holds the role on any is asked which.
  const isOpen = others.length > 0 && (command.chains === 'all' || command.kind === 'change')
  return command.chains === 'none' || isOpen ? null : first
}

/** Which chains may this be asked about here? */
export function allowedChains(
  parts: AskingParts,
  asked: Asked,
  request: Pick<Request, 'caller' | 'place'>,
): { access: Access; chains: readonly string[] } {
  const { command, chain } = asked
  const question = {
    need: command.role,
    change: command.kind === 'change',
    caller: request.caller,
    place: request.place,
  }
  if (chain !== null || command.chains === 'none') {
    const access = decide({ ...question, chain }, parts.access)
    return { access, chains: chain === null ? parts.chains : [chain] }
  }
  const each = parts.chains.map((name) => ({ name, access: decide({ ...question, chain: name }, parts.access) }))
  const allowed = each.filter(({ access }) => access.allowed)
  const first = allowed[0] ?? each[0]
  if (!first) throw new Error('no chain is configured')
  return { access: first.access, chains: allowed.map(({ name }) => name) }
}

/** The declared options, plus `chain` where several are configured and the command is about one. */
export function withChainOption(command: Command, chains: readonly string[]): OptionRecord {
  const [first, ...rest] = chains
  if (first === undefined || rest.length === 0 || command.chains === 'none') return command.options
  return { ...command.options, chain: optional(named(choice('Which chain', [first, ...rest]))) }
}

function unknownCommand(commands: readonly Command[], typed: string): UserError {
  const meant = suggestCommand(commands, typed)
  const shown = [...typed.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')].slice(0, 32).join('')
  return new UserError(
    `I know no command “${shown}”.\n${meant ? `Did you mean /${meant}? ` : ''}/help lists them all.`,
    'unknown-command',
  )
}

function chainMissing(command: Command, chains: readonly string[]): UserError {
  return new UserError(
    `Which chain? I change nothing until it is named.\nAdd chain=${chains.join(' or chain=')}, as in: ${command.example} chain=${chains[0]}`,
  )
}
