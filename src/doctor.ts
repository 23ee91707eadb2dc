// Tries every setting against the real thing, all at once and within seconds, and says for each what to do.

import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Logger } from 'pino'
import type { ChainSettings, Config } from './config.ts'
import { type Check, fix, note, ok } from './doctor/check.ts'
import {
  checkControlDatabase,
  checkCoreDatabase,
  checkProverDatabase,
  checkStateDatabase,
  type DatabaseQuestion,
} from './doctor/databases.ts'
import { checkEndpoints } from './doctor/endpoints.ts'
import { checkDiscord, checkTelegram } from './doctor/platforms.ts'
import { checkPorts } from './doctor/ports.ts'

export type { Check } from './doctor/check.ts'

/** All of it: a source that hangs costs its own line. */
const wholeMs = 6000

export interface DoctorParts {
  readonly log: Logger
  readonly now: () => Date
}

export async function examine(config: Config, { log, now }: DoctorParts): Promise<readonly Check[]> {
  const signal = AbortSignal.timeout(wholeMs)
  const parts: readonly Promise<readonly Check[]>[] = [
    ...config.chains.flatMap((chain) => examineChain(chain, { log, now, signal })),
    examineState(config, { log, now, signal }),
    config.discord === null ? none() : checkDiscord(config, config.discord, signal),
    config.telegram === null ? none() : checkTelegram(config.telegram, signal),
    checkPorts(config, signal),
  ]
  const checks = (await Promise.all(parts)).flat()
  return [...config.warnings.map(warningCheck), ...checks, ...examineRoles(config)]
}

type Common = Omit<DatabaseQuestion, 'setting' | 'url'>

function examineChain(chain: ChainSettings, common: Common): readonly Promise<readonly Check[]>[] {
  const { prefix, coreDatabaseUrl, proverDatabaseUrl, proverControlDatabaseUrl } = chain
  const ask = (check: (question: DatabaseQuestion) => Promise<readonly Check[]>, name: string, url: string | null) =>
    url === null ? none() : check({ ...common, setting: prefix + name, url })
  return [
    ask(checkCoreDatabase, 'CORE_DATABASE_URL', coreDatabaseUrl),
    // The same address for both is one setting; whether it holds prover tables is up to the node's age.
    ask(checkProverDatabase, 'PROVER_DATABASE_URL', proverDatabaseUrl === coreDatabaseUrl ? null : proverDatabaseUrl),
    ask(checkControlDatabase, 'PROVER_CONTROL_DATABASE_URL', proverControlDatabaseUrl),
    checkEndpoints({ chain, signal: common.signal, now: common.now }),
  ]
}

function none(): Promise<readonly Check[]> {
  return Promise.resolve([])
}

async function examineState({ state, chains }: Config, common: Common): Promise<readonly Check[]> {
  if (state.databaseUrl === null) return [await folderCheck(state.directory)]
  // The control database has been tried as such, records included.
  if (chains.some(({ proverControlDatabaseUrl }) => proverControlDatabaseUrl === state.databaseUrl)) return []
  return checkStateDatabase({ ...common, setting: state.from ?? 'STATE_DATABASE_URL', url: state.databaseUrl })
}

/** The folder of the embedded Postgres, or the nearest one above that is there, must be ours to write. */
async function folderCheck(directory: string): Promise<Check> {
  let path = resolve(directory)
  for (;;) {
    try {
      if (!(await stat(path)).isDirectory()) return fix('STATE_DIR', `${path} is not a folder: name another.`)
      await access(path, constants.W_OK | constants.X_OK)
      return ok('STATE_DIR', `The bot's records go to an embedded Postgres in ${resolve(directory)}.`)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (code !== 'ENOENT' || dirname(path) === path) {
        return fix('STATE_DIR', `${path} can't be written (${code}): name a folder of the user the bot runs as.`)
      }
      path = dirname(path)
    }
  }
}

function warningCheck(warning: string): Check {
  const [, setting = 'settings'] = /^([A-Z][A-Z0-9_]*)\b/.exec(warning) ?? []
  return note(setting, `${warning}.`.replace('?.', '?'))
}

/** Closed by default: an empty list is no fault, but the first question in the chat would be refused. */
function examineRoles({ chains, access: rules, discord, telegram }: Config): readonly Check[] {
  if (discord === null && telegram === null) return []
  return chains.flatMap(({ name, prefix }) => {
    const lists = rules.roles.get(name)
    const nobody = lists === undefined || Object.values(lists).every((entries) => entries.length === 0)
    return nobody
      ? [note(`${prefix}VIEWERS`, 'Nobody holds a role, so every question is refused. /whoami shows the ids to list.')]
      : []
  })
}
