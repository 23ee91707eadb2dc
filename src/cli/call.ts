// Command-line words → what is wanted of the program. Pure.

import { parseArgs } from 'node:util'
import { approveButton, cancelButton, readButton } from '../core/button.ts'
import type { Command } from '../core/command.ts'
import { UserError } from '../core/errors.ts'
import type { Ask } from '../core/request.ts'

export type Call =
  | { readonly kind: 'usage' }
  | { readonly kind: 'version' }
  | { readonly kind: 'start' }
  | { readonly kind: 'chat' }
  | DemoCall
  | DoctorCall
  | OnceCall

export interface DoctorCall {
  readonly kind: 'doctor'
  readonly json: boolean
}

export interface DemoCall {
  readonly kind: 'demo'
  /** Lines to run instead of a chat. */
  readonly run: readonly string[]
  readonly scenario: string | null
  /** Who to be; only the demo believes it. */
  readonly as: string | null
  /** A short incident on Discord and Telegram instead of a chat. */
  readonly platforms: boolean
}

export interface OnceCall {
  readonly kind: 'once'
  readonly ask: Ask
  readonly json: boolean
  readonly chain: string | null
}

/** @throws UserError when the words make no call */
export function readCall(words: readonly string[]): Call {
  const [name = '', ...rest] = words
  switch (name) {
    case '--help':
    case '-h':
      return { kind: 'usage' }
    case '--version':
      return { kind: 'version' }
    case 'start':
    case 'chat':
      read(name, rest, {}, 0)
      return { kind: name }
    case 'demo':
      return readDemo(rest)
    case 'doctor':
      return { kind: 'doctor', json: read(name, rest, { json: { type: 'boolean' } }, 0).values.json === true }
    default:
      if (name === '' || name.startsWith('-'))
        throw misuse(name === '' ? 'Say what to do.' : `There is no option ${name}.`)
      return readOnce(name, rest)
  }
}

function readDemo(words: readonly string[]): DemoCall {
  const options = {
    run: { type: 'string', multiple: true },
    scenario: { type: 'string' },
    as: { type: 'string' },
    platforms: { type: 'boolean' },
  } as const
  const { values } = read('demo', words, options, 0)
  if (values.as !== undefined && !/^[^\s,+=:]{1,64}$/.test(values.as)) throw misuse('--as takes a name of one word.')
  const { run = [], scenario = null, as = null, platforms = false } = values
  if (platforms && (run.length > 0 || scenario !== null || as !== null)) {
    throw misuse('--platforms shows an incident of its own: leave the other words out.')
  }
  return { kind: 'demo', run, scenario, as, platforms }
}

function readOnce(name: string, words: readonly string[]): OnceCall {
  const options = { json: { type: 'boolean' }, chain: { type: 'string' } } as const
  const { values, positionals } = read(name, words, options, Number.POSITIVE_INFINITY)
  const json = values.json === true
  const chain = values.chain ?? null
  if (name !== 'approve' && name !== 'cancel') {
    const text = positionals.map(quoted).join(' ')
    return { kind: 'once', ask: { kind: 'command', name: name.replace(/^\//, ''), input: { text } }, json, chain }
  }
  const [id = '', ...more] = positionals
  const action = name === 'approve' ? approveButton(id) : cancelButton(id)
  if (more.length > 0 || readButton(action) === null) {
    throw misuse(`rollcall ${name} takes the id of a change, as its preview shows it.`)
  }
  return { kind: 'once', ask: { kind: 'press', action }, json, chain }
}

function read<const O extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  name: string,
  words: readonly string[],
  options: O,
  most: number,
) {
  try {
    const parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
    if (parsed.positionals.length > most)
      throw misuse(`rollcall ${name} takes no word like “${parsed.positionals[most]}”.`)
    return parsed
  } catch (error) {
    if (error instanceof TypeError) throw misuse(error.message.split('. ', 1)[0] ?? 'These words make no call')
    throw error
  }
}

function misuse(text: string): UserError {
  return new UserError(`${text}\nrollcall --help lists the calls.`)
}

/** A word with spaces was one word for the shell and stays one. There is no way to quote a quote: it is left bare. */
function quoted(word: string): string {
  if (word !== '' && (!/\s/.test(word) || word.includes('"'))) return word
  const [, name = '', value = word] = /^([\w-]+=)([\s\S]*)$/.exec(word) ?? []
  return `${name}"${value}"`
}

export function usage(commands: readonly Command[]): string {
  const wide = Math.max(0, ...commands.map(({ name }) => name.length)) + 2
  return `Rollcall: chat-ops for incident response on a rollup.

rollcall start                 the bot: Discord, Telegram, the watcher, the HTTP server
rollcall chat                  the same bot in this terminal
rollcall demo                  a rollup of its own to try it on; --run "/help" runs a line (repeatable),
                               --scenario NAME picks the incident, --as NAME says who you are,
                               --platforms shows a short one as Discord and Telegram would
rollcall doctor [--json]       tries every setting against the real thing and says what to do
rollcall <command> words… [--json] [--chain NAME]
                               one command; approve ID and cancel ID press its buttons
rollcall --version             the version

Commands (rollcall help NAME explains one):
${commands.map(({ name, summary }) => `  ${name.padEnd(wide)}${summary}`).join('\n')}

Exit codes: 0 answered · 10 degraded · 20 down · 30 unknown · 1 your mistake, not found or refused ·
2 configuration · 3 an outside part failed. Settings: .env.example and docs/configuration.md.
`
}
