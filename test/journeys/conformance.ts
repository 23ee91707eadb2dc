// `npm run conformance -- FOLDER`: what the bot sends, held against the platforms' own specifications. The folder brings
// them, a recording proxy and validators; nothing of it belongs to this project.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import {
  askInDiscord,
  askInTelegram,
  breakProver,
  decideInDiscord,
  decideInTelegram,
} from '../../sandbox/platforms/incident.ts'
import { createSandbox } from '../../sandbox/sandbox.ts'
import { readConfig } from '../../src/config.ts'
import { createRollcall } from '../../src/main.ts'
import { createTown, type Town, townReady, townSettings } from '../fakes/town.ts'
import { askOnDiscord, askOnTelegram, patienceMs, pressOnDiscord } from './asking.ts'

const run = promisify(execFile)
const parts = [
  'record-proxy.mjs',
  'telegram-validate.mjs',
  'telegram-api.json',
  'discord-validate.mjs',
  'discord-openapi.json',
]

/** An empty recording passes every validator: so many calls of each there must be at least. */
const wanted = {
  telegram: {
    getMe: 1,
    getUpdates: 2,
    setMyCommands: 1,
    sendMessage: 20,
    sendPhoto: 1,
    sendDocument: 1,
    sendChatAction: 10,
    editMessageText: 1,
    answerCallbackQuery: 2,
  },
  discord: {
    create_interaction_response: 20,
    update_original_webhook_message: 15,
    execute_webhook: 1,
    create_message: 1,
    update_message: 1,
    bulk_set_guild_application_commands: 1,
  },
} as const

type Proxy = { readonly url: string; close(): Promise<void> }
type StartProxy = (settings: { target: string; out: string; responses: boolean }) => Promise<Proxy>

async function main(folder: string): Promise<number> {
  if (!existsSync(folder)) {
    console.error(`There is no folder ${folder}.\nSay where the specifications are: npm run conformance -- FOLDER`)
    return 2
  }
  const missing = parts.filter((part) => !existsSync(join(folder, part)))
  if (missing.length > 0) {
    console.error(
      `${folder} lacks ${missing.join(', ')}.\nSay where the specifications are: npm run conformance -- FOLDER`,
    )
    return 2
  }
  const work = await mkdtemp(join(tmpdir(), 'rollcall-conformance-'))
  try {
    const recordings = { telegram: join(work, 'telegram.jsonl'), discord: join(work, 'discord.jsonl') }
    const { startProxy } = (await import(join(folder, 'record-proxy.mjs'))) as { startProxy: StartProxy }
    await record(startProxy, recordings, work)
    // The schema validator that the Discord part needs; not of this project either.
    await run('npm', [
      'install',
      '--silent',
      '--no-audit',
      '--no-fund',
      '--prefix',
      join(work, 'ajv'),
      'ajv',
      'ajv-formats',
    ])
    const results = [
      await validate('Telegram', recordings.telegram, wanted.telegram, [
        join(folder, 'telegram-validate.mjs'),
        ...['--spec', join(folder, 'telegram-api.json')],
      ]),
      await validate('Discord', recordings.discord, wanted.discord, [
        join(folder, 'discord-validate.mjs'),
        ...['--spec', join(folder, 'discord-openapi.json'), '--modules', join(work, 'ajv')],
      ]),
    ]
    return results.every((fine) => fine) ? 0 : 1
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function record(
  startProxy: StartProxy,
  out: Record<'telegram' | 'discord', string>,
  work: string,
): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const sandbox = await createSandbox({ historyBatches: 20, speed: 12 })
    undo.push(sandbox.stop)
    const stuck = await breakProver(sandbox)
    const town = await createTown()
    undo.push(town.end)
    const telegram = await startProxy({ target: town.telegram.url, out: out.telegram, responses: false })
    undo.push(telegram.close)
    const discord = await startProxy({
      target: new URL(town.discord.apiUrl).origin,
      out: out.discord,
      responses: false,
    })
    undo.push(discord.close)
    const environment = { ...sandbox.environment, ...townSettings(town), STATE_DIR: join(work, 'state') }
    const config = readConfig(
      {
        ...environment,
        DISCORD_API_URL: `${discord.url}/api`,
        TELEGRAM_API_URL: telegram.url,
        APPROVAL_MENTION: `discord-user:${town.people.ana.discord.id},telegram-user:${town.people.ana.telegram.id}`,
      },
      { readFile: () => '' },
    )
    const rollcall = createRollcall({ config, log: pino({ level: 'silent' }), mode: 'bot' })
    undo.push(() => rollcall.stop())
    const ready = townReady(town)
    await rollcall.start()
    await ready
    await talk(town, sandbox.hashes().committed ?? '', stuck)
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

/** Every command in every kind of place, a change confirmed and one cancelled, refusals, suggestions, pictures, files. */
async function talk(town: Town, transaction: string, [one, other]: readonly [number, number]): Promise<void> {
  const { discord, telegram } = town
  const { mei, ana } = town.people
  await decideInDiscord(town, await askInDiscord(town, transaction, one))
  const again = await askOnDiscord(town, mei.discord, town.thread, 'requeue', { what: String(other) })
  await pressOnDiscord(town, mei.discord, again, 'Cancel').answer(patienceMs)
  const pause = { for: '2h', reason: '@everyone <@&1> https://example.org' }
  await askOnDiscord(town, mei.discord, town.channel, 'maintenance', pause)
  await discord.autocomplete({ user: ana.discord, channel: town.channel, name: 'help', option: 'command', typed: 't' })
  for (const [index, channel] of [town.channel, town.thread, town.otherGuild, town.direct].entries()) {
    const user = discord.addUser('Robin', { id: `40000000000000510${index}` })
    const ask = (name: string, options = {}) => askOnDiscord(town, user, channel, name, options)
    for (const name of ['help', 'whoami', 'prover-status', 'audit', 'is-chain-down', 'runbook']) await ask(name)
    await ask('trace', { transaction })
    await ask('trace', { transaction: '@everyone <@&1> https://example.org' })
  }
  await askOnDiscord(town, ana.discord, town.channel, 'audit', { csv: true })
  const list = await askOnDiscord(town, mei.discord, town.channel, 'maintenance', pause)
  await pressOnDiscord(town, ana.discord, list, 'End it').answer(patienceMs)

  await decideInTelegram(town, await askInTelegram(town, transaction, other))
  const places = [town.privateChat, town.group, town.forum, town.post, town.otherGroup]
  for (const [index, chat] of places.entries()) {
    const user = chat.type === 'channel' ? null : telegram.user('Robin', { id: 5200 + index })
    const thread = chat === town.forum ? town.topic : undefined
    const lines = [
      '/help',
      '/whoami',
      '/prover-status',
      '/audit',
      '/is-chain-down',
      '/runbook',
      `/trace ${transaction}`,
      '/trace @all http://example.org',
    ]
    for (const line of lines) await askOnTelegram(town, user, chat, line, thread)
  }
  await askOnTelegram(town, mei.telegram, town.group, '/maintenance 2h from 22:00 @all http://example.org')
  await askOnTelegram(town, ana.telegram, town.group, '/audit csv')
  await telegram.until(() => telegram.callsOf('sendDocument').length > 0, 'the file', patienceMs)
}

interface Line {
  readonly ok?: boolean
  readonly summary?: { readonly calls: number; readonly error: number }
  readonly perMethod?: Readonly<Record<string, { readonly calls: number }>>
  readonly perOp?: Readonly<Record<string, { readonly calls: number }>>
}

async function validate(
  name: string,
  recording: string,
  least: Readonly<Record<string, number>>,
  words: readonly string[],
): Promise<boolean> {
  const settings = { maxBuffer: 256 * 1024 * 1024 }
  const answer = await run(process.execPath, [...words, '--in', recording, '--json'], settings).catch((error) => error)
  if (typeof answer.stdout !== 'string' || answer.stdout === '') throw new Error(`${name}: ${answer.stderr ?? answer}`)
  const lines = answer.stdout
    .trim()
    .split('\n')
    .map((line: string) => JSON.parse(line) as Line)
  for (const line of lines) if (line.ok === false) console.log(`${name}: ${JSON.stringify(line)}`)
  const last = lines.at(-1) as Line
  const counts = last.perMethod ?? last.perOp ?? {}
  const tooFew = Object.entries(least).filter(([method, count]) => (counts[method]?.calls ?? 0) < count)
  for (const [method, count] of tooFew) {
    console.log(`${name}: ${method} was called ${counts[method]?.calls ?? 0} times, fewer than the ${count} expected`)
  }
  const shown = Object.entries(counts).map(([method, { calls }]) => `${method} ${calls}`)
  console.log(`${name}: ${last.summary?.calls} calls, ${last.summary?.error} errors (${shown.join(', ')})`)
  return last.summary?.error === 0 && tooFew.length === 0
}

const [folder] = process.argv.slice(2)
process.exitCode = await main(resolve(folder ?? '../shared/conformance'))
