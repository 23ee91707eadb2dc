// A planned pause, noted on one platform, told on the other and in a shell, through a restart, and ended by its button.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { messageText } from '../fakes/discord/transcript.ts'
import { builtProgram } from '../support/built-program.ts'
import { askOnDiscord, askOnTelegram, pressOnDiscord } from './asking.ts'
import type { ChildBot } from './child.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
let bot: ChildBot

beforeAll(async () => {
  stage = await openStage()
  bot = await stage.startReady()
}, 240_000)

afterAll(() => stage?.end())

/** `/is-chain-down` in the group on Telegram, as anybody there may ask it. */
async function isChainDown(): Promise<string> {
  const { town } = stage
  return (await askOnTelegram(town, town.tom.telegram, town.group, '/is-chain-down')).text
}

/** The same from a shell on the same records; exit codes other than 0 are verdicts. */
async function factsFromShell(): Promise<{ readonly verdict: string; readonly maintenance: unknown }> {
  const path = await builtProgram(inject('buildFolder'))
  const env = { PATH: process.env.PATH, L2_RPC_URLS: 'http://127.0.0.1:1', STATE_DATABASE_URL: stage.stateUrl }
  const run = promisify(execFile)(process.execPath, [path, 'is-chain-down', '--json'], { cwd: bot.folder, env })
  const { stdout } = await run.catch((failure: { readonly stdout: string }) => failure)
  return JSON.parse(stdout)
}

it('is noted by an operator only, told everywhere, kept through a restart, and ended by its button', async () => {
  const { town } = stage
  const { mei, ana } = town.people
  const shown = (message: Parameters<typeof messageText>[1]) => messageText(town.discord.world, message)
  const refused = await askOnTelegram(town, town.tom.telegram, town.group, '/maintenance 2h')
  expect(refused.text).toContain('This needs the role “operator”')
  expect(await isChainDown()).not.toContain('Planned maintenance')

  const typed = { for: '2h', reason: 'database upgrade @everyone' }
  const noted = await askOnDiscord(town, mei.discord, town.channel, 'maintenance', typed)
  expect(shown(noted)).toContain('Maintenance noted until')
  const [title, first] = (await isChainDown()).split('\n').filter((line) => line !== '')
  expect(title).toContain('Can’t tell')
  expect(first).toMatch(/^Planned maintenance until .*UTC.* \(mei\): database upgrade @.?everyone$/)
  expect(await factsFromShell()).toMatchObject({
    verdict: 'unknown',
    maintenance: { read: true, notes: [{ by: 'mei', reason: typed.reason, now: true }] },
  })

  await bot.end('SIGTERM')
  bot = await stage.startReady()
  expect(await isChainDown()).toContain('Planned maintenance')
  const list = await askOnTelegram(town, ana.telegram, town.group, '/Maintenance@Rollcall_Test_Bot')
  expect(list.text).toContain('Maintenance until')

  const stranger = await pressOnDiscord(town, town.tom.discord, noted, 'End it').answer(60_000)
  expect(shown(stranger)).toContain('This needs the role “operator”')
  expect(await isChainDown()).toContain('Planned maintenance')
  const over = await pressOnDiscord(town, ana.discord, noted, 'End it').answer(60_000)
  expect(shown(over)).toContain('The maintenance has ended')
  expect(await isChainDown()).not.toContain('Planned maintenance')
  const past = await askOnTelegram(town, mei.telegram, town.group, '/maintenance')
  expect(past.text).toMatch(/ended by ana/)
  const audit = await askOnTelegram(town, mei.telegram, town.group, '/audit command=maintenance')
  expect(audit.text).toContain('6 requests')
}, 240_000)
