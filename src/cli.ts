#!/usr/bin/env node
// The rollcall program: start, chat, demo, doctor, and one command from the shell.

import { readFileSync } from 'node:fs'
import packageFile from '../package.json' with { type: 'json' }
import { type Call, type DoctorCall, type OnceCall, readCall, usage } from './cli/call.ts'
import { print, userName } from './cli/output.ts'
import { type Stopping, told, watchForEnd } from './cli/stopping.ts'
import { withDotEnv } from './config/dot-env.ts'
import { type Config, type LogLevel, readConfig } from './config.ts'
import { exitCodeOf, UserError } from './core/errors.ts'
import { createLogger, type Logger } from './logging.ts'

/** Ending gently may take this long: an answer under way, a database that shuts down. */
const stopMs = 15_000

/** Replaced once the secrets are known, so that nothing unexpected is printed by anyone else. */
let log: Logger = createLogger({ level: 'info', secrets: [] })

function configure(level: LogLevel): Config {
  const readFile = (path: string) => readFileSync(path, 'utf8')
  const config = readConfig(withDotEnv(process.env, readFile), { readFile })
  log = createLogger({ level: config.logLevel ?? level, secrets: config.secrets })
  return config
}

// What a call does not need is not loaded: the answer of one shell command should not wait for it.
async function run(call: Call, stopping: Stopping): Promise<number> {
  switch (call.kind) {
    case 'usage':
      print(usage((await import('./command-list.ts')).commandList))
      return 0
    case 'version':
      print(`${packageFile.version}\n`)
      return 0
    case 'start':
      return start(configure('info'), stopping)
    case 'chat':
      return chat(configure('warn'), stopping)
    case 'demo':
      await (await import('./cli/demo.ts')).runDemo(call, stopping)
      return 0
    case 'doctor':
      return doctor(call, configure('warn'))
    case 'once':
      return once(call, configure('info'), stopping)
  }
}

async function once(call: OnceCall, config: Config, stopping: Stopping): Promise<number> {
  const { runOnce } = await import('./cli/once.ts')
  return runOnce(call, config, log, stopping)
}

async function doctor(call: DoctorCall, config: Config): Promise<number> {
  const { runDoctor } = await import('./cli/doctor.ts')
  return runDoctor(call, config, log)
}

async function start(config: Config, stopping: Stopping): Promise<number> {
  if (config.discord === null && config.telegram === null && config.httpPort === null) {
    throw new UserError(
      'There is nobody to talk to: no platform has a token.\nSet DISCORD_TOKEN or TELEGRAM_TOKEN, or try rollcall chat.',
      'not-configured',
    )
  }
  const { createRollcall } = await import('./main.ts')
  const rollcall = createRollcall({ config, log, mode: 'bot' })
  await rollcall.start()
  log.info({ version: packageFile.version, chains: config.chains.map(({ name }) => name) }, 'started')
  await told(stopping)
  log.info('ending')
  await rollcall.stop()
  return 0
}

async function chat(config: Config, stopping: Stopping): Promise<number> {
  const { historyFile, runChat } = await import('./cli/chat.ts')
  const welcome = {
    tone: 'neutral' as const,
    title: 'Rollcall in this terminal',
    blocks: [{ kind: 'paragraph' as const, text: 'Type /help for what you can ask; Tab completes, Ctrl-D leaves.' }],
  }
  await runChat({ config, log, user: userName(), welcome, lines: null, historyFile: historyFile() }, stopping)
  return 0
}

/** What the person reads when no answer came: their mistake in words, ours in the log. */
function explainFailure(error: unknown, json: boolean): number {
  const isExpected = error instanceof UserError
  const code = isExpected ? error.code : 'internal'
  const text = isExpected ? error.message : 'Something went wrong; the log says what.'
  if (!isExpected) log.fatal({ err: error }, 'the program failed')
  if (json) print(`${JSON.stringify({ error: { code, text } }, null, 2)}\n`)
  else process.stderr.write(`${text}\n`)
  return exitCodeOf(code)
}

async function main(words: readonly string[]): Promise<void> {
  const stopping = watchForEnd()
  // A forgotten promise must not end the bot, and nothing may print an error that the log has not cleaned.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a failure was not handled'))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'the program failed')
    process.exit(3)
  })
  void told(stopping).then(() => setTimeout(() => process.exit(stopping.exitCode() ?? 1), stopMs).unref())
  let exitCode: number
  try {
    exitCode = await run(readCall(words), stopping)
  } catch (error) {
    exitCode = explainFailure(error, words.includes('--json'))
  }
  // What is written must be out before the process ends, and a forgotten timer must not keep it.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
}

await main(process.argv.slice(2))
