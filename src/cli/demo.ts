// `rollcall demo`: a whole small rollup, started for this terminal and gone afterwards, to try the bot on.

import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config.ts'
import { UserError } from '../core/errors.ts'
import { code, type Reply } from '../core/reply.ts'
import { createLogger } from '../logging.ts'
import type { DemoCall } from './call.ts'
import { runChat } from './chat.ts'
import { print, userName } from './output.ts'
import type { Stopping } from './stopping.ts'

/** @throws UserError when there is no such scenario, or this program comes without the part that is asked for */
export async function runDemo(call: DemoCall, stopping: Stopping): Promise<void> {
  if (call.platforms) return showPlatforms(stopping)
  // Only here: the bot itself never needs the sandbox, and an installed one may come without it.
  const { createSandbox } = await import('../../sandbox/sandbox.ts')
  const { isScenarioName, scenarioNames, scenarios } = await import('../../sandbox/scenarios/index.ts')
  const scenario = call.scenario ?? 'steady'
  if (!isScenarioName(scenario)) {
    const width = Math.max(...scenarioNames.map((name) => name.length))
    const lines = scenarioNames.map((name) => `  ${name.padEnd(width)}  ${scenarios[name].summary}`)
    throw new UserError(`There is no scenario of that name. There are:\n${lines.join('\n')}`)
  }
  process.stderr.write('Starting a small rollup: PostgreSQL, an L1 and an L2 node …\n')
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-demo-'))
  const log = createLogger({ level: process.env.LOG_LEVEL || 'warn', secrets: [] })
  const user = call.as ?? userName()
  let sandbox: Awaited<ReturnType<typeof createSandbox>> | null = null
  try {
    sandbox = await createSandbox({ scenario, sources: 'all' })
    sandbox.run((error) => log.error({ err: error }, 'the small rollup stands still'))
    const everything = { RESPONDERS: `terminal:${user}`, OPERATORS: `terminal:${user}`, STATE_DIR: directory }
    const roles = sandbox.chains.map(({ name }) => (name === '' ? '' : `${name.toUpperCase()}_`))
    const mine = Object.fromEntries(
      roles.flatMap((prefix) => Object.entries(everything).map(([key, value]) => [prefixed(prefix, key), value])),
    )
    const environment = { ...sandbox.environment, ...mine }
    const config = readConfig(environment, { readFile: () => '' })
    const hashes = sandbox.hashes()
    const lines = call.run.map((line) => fillIn(line, hashes))
    await runChat(
      {
        config,
        log,
        user,
        welcome: welcomeOf(scenarios[scenario].summary, hashes, sandbox.tips),
        lines: lines.length === 0 ? null : lines,
        historyFile: null,
      },
      stopping,
    )
  } finally {
    await sandbox?.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** The servers that stand in for Discord and Telegram are those of the tests: a built program comes without them. */
async function showPlatforms(stopping: Stopping): Promise<void> {
  const part = new URL('../../sandbox/platforms/demo.ts', import.meta.url)
  if (!existsSync(part)) {
    throw new UserError(
      'This needs a checkout: the built program comes without servers that stand in for Discord and Telegram.\nIn a checkout type: npm run demo -- --platforms',
    )
  }
  process.stderr.write('Starting a small rollup, the bot, and servers that behave like Discord and Telegram …\n')
  const { runPlatformsDemo } = await import(part.href)
  const log = createLogger({ level: process.env.LOG_LEVEL || 'error', secrets: [] })
  await runPlatformsDemo({ log, print, signal: stopping.signal })
}

function prefixed(prefix: string, name: string): string {
  return name === 'STATE_DIR' ? name : prefix + name
}

type Hashes = Readonly<Record<string, string | number | undefined>>

/**
 * `--run "/trace {committed}"`: which hashes there are, nobody knows before the rollup has started. `<hash>`, as people
 * copy it from the README, is one that is on its way to L1.
 */
function fillIn(line: string, hashes: object): string {
  const named = line.replaceAll('<hash>', '{committed}')
  return named.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String((hashes as Hashes)[name] ?? whole))
}

const suggestions: readonly (readonly [name: string, line: string, what: string])[] = [
  ['committed', '/trace', 'a transaction on its way to L1'],
  ['executed', '/trace', 'one that is there'],
  ['reverted', '/trace', 'one that reverted'],
  ['withdrawal', '/trace', 'a withdrawal'],
  ['depositRequest', '/trace', 'a deposit, by its L1 transaction'],
  ['batch', '/trace batch', 'a batch'],
]

function welcomeOf(summary: string, hashes: object, tips: readonly (readonly [line: string, what: string])[]): Reply {
  const first = tips.map(([line, what]) => [code(line), ` ${what}`])
  const lines = suggestions.flatMap(([name, line, what]) => {
    const value = (hashes as Hashes)[name]
    return value === undefined ? [] : [[code(`${line} ${value}`), ` ${what}`]]
  })
  return {
    tone: 'good',
    title: 'A small rollup is running: real PostgreSQL, L1, L2 nodes and explorers.',
    blocks: [
      { kind: 'paragraph', text: `What is going on: ${summary}. Try:` },
      {
        kind: 'list',
        items: [
          ...first,
          [code('/is-chain-down'), ' whether the chain is well'],
          ...lines,
          [code('/help'), ' what else there is'],
        ],
      },
      {
        kind: 'paragraph',
        text: 'A number presses an action of an answer, Tab completes, Ctrl-D leaves; nothing stays behind.',
      },
    ],
  }
}
