// What the Tab key offers: command names, option names, and values that the command itself suggests.

import { withChainOption } from '../../core/asking.ts'
import type { Command } from '../../core/command.ts'
import { findCommand } from '../../core/help.ts'
import { type OptionRecord, splitWords } from '../../core/options.ts'
import type { PlatformHooks } from '../platform.ts'
import type { Account } from './adapter.ts'

export interface Completion {
  /** What is being typed, which a suggestion replaces. */
  readonly typed: string
  readonly words: readonly string[]
  /** An option whose values may be suggested too. */
  readonly option: {
    readonly command: string
    readonly name: string
    readonly typed: string
    readonly lead: string
    /** A chain that was named before. */
    readonly given: { readonly chain?: string }
  } | null
}

/** Where the cursor stands in the line, and what is known to fit there. Pure. */
export function completionAt(line: string, commands: readonly Command[], chains: readonly string[]): Completion {
  const start = line.replace(/^\s+/, '')
  if (!/\s/.test(start)) {
    const slash = start.startsWith('/') ? '/' : ''
    const names = commands.map(({ name }) => `${slash}${name}`)
    return { typed: start, words: names.filter((name) => name.startsWith(start.toLowerCase())), option: null }
  }
  const [first = '', ...before] = splitWords(start).map(({ text }) => text)
  const typed = /\s$/.test(start) ? '' : (before.pop() ?? '')
  const command = findCommand(commands, first.replace(/^\//, ''))
  if (!command) return { typed, words: [], option: null }
  const options = withChainOption(command, chains)
  const [, named, value = ''] = /^([\w-]+)=(.*)$/s.exec(typed) ?? []
  const previous = before.at(-1)?.toLowerCase()
  const given = chainIn(before)
  const isName = (name: string | undefined): name is string => name !== undefined && Object.hasOwn(options, name)
  if (isName(named))
    return { typed, words: [], option: { command: command.name, name: named, typed: value, lead: `${named}=`, given } }
  if (isName(previous) && options[previous]?.kind !== 'flag') {
    return { typed, words: [], option: { command: command.name, name: previous, typed, lead: '', given } }
  }
  const used = (name: string) => before.some((word) => word.toLowerCase() === name || word.startsWith(`${name}=`))
  const free = Object.keys(options).filter((name) => !used(name))
  const words = free.filter((name) => name.startsWith(typed.toLowerCase()) && !positional(options, name))
  const open = free.filter((name) => positional(options, name))[
    before.filter((word, index) => !mentions(options, word) && !takesNext(options, before[index - 1])).length
  ]
  return {
    typed,
    words,
    option: open === undefined ? null : { command: command.name, name: open, typed, lead: '', given },
  }
}

/** A name without `=` takes the word after it. */
function takesNext(options: OptionRecord, word: string | undefined): boolean {
  const option = word === undefined ? undefined : options[word.toLowerCase()]
  return option !== undefined && option.kind !== 'flag'
}

/** `chain=era` or `chain era`. */
function chainIn(words: readonly string[]): { readonly chain?: string } {
  const [, chain] = /(?:^|\s)chain[=\s](\S+)/i.exec(words.join(' ')) ?? []
  return chain === undefined ? {} : { chain }
}

function positional(options: OptionRecord, name: string): boolean {
  return options[name]?.positional === true || options[name]?.rest === true
}

function mentions(options: OptionRecord, word: string): boolean {
  return Object.hasOwn(options, word.split('=', 1)[0]?.toLowerCase() ?? '')
}

/** For readline: suggestions and what they replace. Never rejects. */
export function createCompleter(
  hooks: Pick<PlatformHooks, 'complete'>,
  commands: readonly Command[],
  chains: readonly string[],
  account: Account,
) {
  return async (line: string): Promise<[string[], string]> => {
    const { typed, words, option } = completionAt(line, commands, chains)
    if (option === null) return [[...words], typed]
    const asked = { command: option.command, option: option.name, typed: option.typed, given: option.given, ...account }
    const choices = await hooks.complete(asked)
    return [[...choices.map(({ value }) => option.lead + value), ...words], typed]
  }
}
