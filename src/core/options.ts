// Options declared once give validation, help, completion and Discord's typed options; one grammar reads typed lines.

import { z } from 'zod'
import { UserError } from './errors.ts'

/** Where suggestions for an option come from; the composition root binds each name to a question to the rollup. */
export type CompletionSource =
  | 'recent-transactions'
  | 'stuck-batches'
  | 'chains'
  | 'runbooks'
  | 'commands'
  | 'approvals'

export interface Option<T> {
  readonly kind: 'text' | 'integer' | 'choice' | 'flag'
  readonly description: string
  readonly required: boolean
  /** Filled by leftover words in declaration order; otherwise only by its name. */
  readonly positional: boolean
  /** Takes the untouched rest of the line (a pasted report). At most one per command. */
  readonly rest: boolean
  readonly choices?: readonly string[]
  readonly complete?: CompletionSource
  readonly schema: z.ZodType<T>
}

// biome-ignore lint/suspicious/noExplicitAny: a record holds options of different value types; OptionValues recovers each
export type OptionRecord = Readonly<Record<string, Option<any>>>
export type OptionValues<R extends OptionRecord> = { [K in keyof R]: R[K] extends Option<infer T> ? T : never }

type Settings<T> = Partial<Pick<Option<T>, 'positional' | 'rest' | 'complete'>>

export function text(description: string, settings: Settings<string> = {}): Option<string> {
  return make('text', description, z.string(), settings)
}

/** A whole number; thousands separators and a leading `#` are accepted, because people paste them. */
export function integer(description: string, settings: Settings<number> = {}): Option<number> {
  const schema = z
    .union([z.number(), z.string().transform(readInteger)])
    .pipe(z.number({ error: 'a whole number' }).int().min(0).max(Number.MAX_SAFE_INTEGER))
  return make('integer', description, schema, settings)
}

export function choice<const C extends readonly [string, ...string[]]>(
  description: string,
  choices: C,
  settings: Settings<C[number]> = {},
): Option<C[number]> {
  const schema = z.string().transform((word) => word.toLowerCase())
  return { ...make('choice', description, schema.pipe(z.enum(choices)), settings), choices }
}

/** True when its name stands in the line (`notify`), or when it is given a yes. */
export function flag(description: string): Option<boolean> {
  const schema = z
    .union([z.boolean(), z.stringbool({ error: 'yes or no' })])
    .optional()
    .transform((value) => value ?? false)
  return { ...make<boolean>('flag', description, schema as z.ZodType<boolean>, { positional: false }), required: false }
}

/** The same option, not required; its value may be `undefined`. */
export function optional<T>(option: Option<T>): Option<T | undefined> {
  return { ...option, required: false, schema: option.schema.optional() }
}

/** The same option, filled only by its name. */
export function named<T>(option: Option<T>): Option<T> {
  return { ...option, positional: false }
}

function make<T>(kind: Option<T>['kind'], description: string, schema: z.ZodType<T>, settings: Settings<T>): Option<T> {
  return { kind, description, required: true, positional: true, rest: false, schema, ...settings }
}

function readInteger(word: string): number {
  const digits = word.replace(/^#/, '').replace(/(?<=\d)[,_' ](?=\d{3})/g, '')
  return /^\d+$/.test(digits) ? Number(digits) : Number.NaN
}

interface Word {
  readonly text: string
  readonly quoted: boolean
  readonly start: number
}

/** Words of a line; only double quotes group, because apostrophes and backticks occur in ordinary text. */
export function splitWords(line: string): readonly Word[] {
  const words: Word[] = []
  for (const match of line.matchAll(/([\p{L}\p{N}_-]+=)?"([^"]*)"|\S+/gu)) {
    const inside = match[2]
    words.push({
      text: inside === undefined ? match[0] : `${match[1] ?? ''}${inside}`,
      quoted: inside !== undefined && match[1] === undefined,
      start: match.index,
    })
  }
  return words
}

/**
 * Values from a typed line: a word that equals an option's name takes the next word, `name=value` works too, leftover
 * words fill the positional options in order, and one option may take the untouched rest.
 * @throws UserError that names the option and shows the example
 */
export function readLine<R extends OptionRecord>(options: R, line: string, example: string): OptionValues<R> {
  const given: Record<string, unknown> = {}
  const words = splitWords(line)
  const positional = Object.entries(options).filter(([, option]) => option.positional && !option.rest)
  const restName = Object.keys(options).find((name) => options[name]?.rest)
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as Word
    const taken = readNamed(options, given, words, index, restName !== undefined)
    if (taken > 0) {
      index += taken - 1
      continue
    }
    const slot = positional.find(([name]) => given[name] === undefined)
    if (slot && (restName === undefined || fits(slot[1], word.text))) {
      given[slot[0]] = word.text
    } else if (restName !== undefined && given[restName] === undefined) {
      given[restName] = word.quoted && index === words.length - 1 ? word.text : line.slice(word.start).trim()
      break
    } else {
      throw new UserError(`I don't understand “${shorten(word.text)}” here.\nTry: ${example}`)
    }
  }
  return readValues(options, given, example)
}

/** How many words a named option took from `index` on; 0 when the word is not an option's name. */
function readNamed(
  options: OptionRecord,
  given: Record<string, unknown>,
  words: readonly Word[],
  index: number,
  lenient: boolean,
): number {
  const word = words[index] as Word
  if (word.quoted) return 0
  const equals = /^([\p{L}\p{N}_-]+)=(.*)$/su.exec(word.text)
  const name = findOption(options, equals?.[1] ?? word.text)
  if (name === undefined || given[name] !== undefined) return 0
  const option = options[name] as Option<unknown>
  if (equals) {
    given[name] = equals[2]
    return 1
  }
  if (option.kind === 'flag') {
    given[name] = true
    return 1
  }
  const next = words[index + 1]
  // Where a pasted text is allowed, "block explorer says…" must not read as block=explorer.
  if (next === undefined || (lenient && !fits(option, next.text))) return 0
  given[name] = next.text
  return 2
}

function findOption(options: OptionRecord, word: string): string | undefined {
  const wanted = word.toLowerCase()
  return Object.keys(options).find((name) => name === wanted)
}

function fits(option: Option<unknown>, word: string): boolean {
  return option.schema.safeParse(word).success
}

/**
 * Checks values that a platform already took apart (Discord), or that `readLine` collected.
 * @throws UserError that names the option and shows the example
 */
export function readValues<R extends OptionRecord>(
  options: R,
  given: Readonly<Record<string, unknown>>,
  example: string,
): OptionValues<R> {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    const value = given[name] ?? undefined
    if (value === undefined && option.required) {
      throw new UserError(`“${name}” is missing: ${option.description}.\nTry: ${example}`)
    }
    const parsed = option.schema.safeParse(value)
    if (!parsed.success) {
      throw new UserError(`“${name}” should be ${wanted(option)}, not “${shorten(String(value))}”.\nTry: ${example}`)
    }
    values[name] = parsed.data
  }
  return values as OptionValues<R>
}

function wanted(option: Option<unknown>): string {
  if (option.choices) return `one of ${option.choices.join(', ')}`
  if (option.kind === 'integer') return 'a whole number'
  return option.kind === 'flag' ? 'yes or no' : option.description
}

function shorten(word: string): string {
  const letters = [...word.replaceAll(/[\p{Cc}\p{Cf}]/gu, '')]
  return letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : letters.join('')
}
