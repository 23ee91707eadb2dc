// Adds the settings of a `.env` file to the environment; what the environment says wins.

import { parseEnv } from 'node:util'
import { ConfigError, type Environment, type ReadFile } from './reader.ts'

/** @throws ConfigError when the file is there but can't be read */
export function withDotEnv(environment: Environment, readFile: ReadFile, path = '.env'): Environment {
  try {
    return { ...parseEnv(readFile(path)), ...environment }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    if (code === 'ENOENT') return environment
    throw new ConfigError([`${path} is there, but can't be read (${code})`])
  }
}
