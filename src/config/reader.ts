// Reads single settings from the environment or their secret file, and collects every fault instead of stopping at one.

import { UserError } from '../core/errors.ts'
import { BadValue } from './values.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads a text file; throws as `fs.readFileSync` does. */
export type ReadFile = (path: string) => string

/** Every fault of the configuration at once; each names the setting and shows a valid value. */
export class ConfigError extends UserError {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    const count = faults.length === 1 ? 'One setting needs' : `${faults.length} settings need`
    super(`${count} fixing:\n${faults.map((fault) => `- ${fault}`).join('\n')}`, 'not-configured')
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** A setting as it is read here: with the chain's prefix in name and example. */
export interface Named {
  readonly name: string
  readonly example: string
  readonly secret: boolean
}

export interface Reader {
  /** The checked value; undefined when unset, or when it is faulty (then the fault is noted). */
  read<T>(setting: Named, parse: (text: string) => T): T | undefined
  fault(setting: Named, problem: string): void
  readonly faults: readonly string[]
  /** Values of all secrets read so far, for the log to leave out. */
  readonly secrets: readonly string[]
}

export function createReader(environment: Environment, readFile: ReadFile): Reader {
  const faults: string[] = []
  const secrets: string[] = []
  const fault = ({ name, example }: Named, problem: string) => {
    faults.push(`${name}: ${problem}. Example: ${name}=${example}`)
  }
  const text = (setting: Named): string | undefined => {
    const value = given(environment[setting.name])
    const file = setting.secret ? given(environment[`${setting.name}_FILE`]) : undefined
    if (file === undefined) return value
    if (value !== undefined) {
      fault(setting, `set it or ${setting.name}_FILE, not both`)
      return undefined
    }
    return readSecret(setting, file)
  }
  const readSecret = (setting: Named, path: string): string | undefined => {
    try {
      const content = given(readFile(path))
      if (content === undefined) fault(setting, `the file that ${setting.name}_FILE names is empty`)
      return content
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      fault(setting, `the file that ${setting.name}_FILE names can't be read${reason}`)
      return undefined
    }
  }
  const read = <T>(setting: Named, parse: (text: string) => T): T | undefined => {
    const value = text(setting)
    if (value === undefined) return undefined
    if (setting.secret) secrets.push(value)
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      for (const problem of error.problems) fault(setting, problem)
      return undefined
    }
  }
  return { read, fault, faults, secrets }
}

/** Blank counts as unset: that is what `NAME=` in a compose file passes. */
function given(value: string | undefined): string | undefined {
  const trimmed = value?.trim()
  return trimmed === '' ? undefined : trimmed
}
