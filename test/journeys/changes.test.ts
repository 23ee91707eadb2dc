// A change from question to action, over both platforms, restarts and copies: it happens once, by somebody who may.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { buttonsOf } from '../fakes/discord/people.ts'
import { messageText } from '../fakes/discord/transcript.ts'
import type { FakeMessage as DiscordMessage } from '../fakes/discord/world.ts'
import type { FakeMessage as TelegramMessage } from '../fakes/telegram/world.ts'
import { insertJobs } from '../support/prover-rows.ts'
import { answerTo, askOnDiscord, askOnTelegram, pressOnDiscord } from './asking.ts'
import type { ChildBot } from './child.ts'
import { openStage, type Stage } from './stage.ts'

const table = 'prover_jobs_fri'
let stage: Stage
let running: ChildBot[] = []
let batch = 1138

beforeAll(async () => {
  stage = await openStage()
}, 240_000)

afterAll(() => stage?.end())

/** Each journey has a stuck batch of its own, and people who are not over their limit. */
beforeEach(async () => {
  batch += 1
  const stuck = { batch, status: 'in_progress', attempts: 20, startedAgo: 90_000 }
  await withClient(stage.controlUrl, (client) => insertJobs(client, table, [stuck]))
})

afterEach(async () => {
  const codes = await Promise.all(running.map((bot) => bot.end('SIGTERM')))
  expect(codes).toEqual(running.map(() => 0))
  running = []
})

async function start(settings: Readonly<Record<string, string>> = {}): Promise<ChildBot> {
  const url = stage.controlUrl
  const given = { PROVER_DATABASE_URL: url, PROVER_CONTROL_DATABASE_URL: url, ...settings }
  // The second of two copies does not poll: the first holds the lease.
  const bot = await stage.startReady(given, running.length + 1, running.length === 0)
  running.push(bot)
  return bot
}

/** Does the bot know by now which message shows the change? It is out a moment before that is written down. */
const isKnown = (platform: string, message: string | number) =>
  withClient(stage.stateUrl, async (client) => {
    const text = 'SELECT 1 FROM rollcall.messages WHERE platform = $1 AND message = $2'
    return (await client.query(text, [platform, String(message)])).rowCount === 1
  })

/** A killed copy keeps the lease for 15 s: they are made to be over, by the database's clock. */
async function leaseRunsOut(): Promise<void> {
  await withClient(stage.stateUrl, (client) =>
    client.query('UPDATE rollcall.leases SET expires_at = clock_timestamp()'),
  )
}

async function end(bot: ChildBot, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await bot.end(signal)
  running = running.filter((one) => one !== bot)
}

const jobs = () =>
  withClient(stage.controlUrl, async (client) => {
    const { rows } = await client.query(`SELECT status, attempts FROM ${table} WHERE l1_batch_number = $1`, [batch])
    return rows
  })

/** What was recorded of this batch's changes. */
const changes = () =>
  withClient(stage.controlUrl, async (client) => {
    const { rows } = await client.query<{ outcome: string; approved_by: string }>(
      `SELECT c.outcome, c.approved_by FROM rollcall.changes c JOIN rollcall.approvals a ON a.id = c.approval
       WHERE a.options ->> 'what' = $1`,
      [String(batch)],
    )
    return rows
  })

const stuck = [{ status: 'in_progress', attempts: 20 }]
const queued = [{ status: 'queued', attempts: 0 }]
const buttonLabels = ({ keyboard }: TelegramMessage) => keyboard.flat().map(({ text }) => text)
const shown = (message: DiscordMessage) => messageText(stage.town.discord.world, message)

async function proposeOnDiscord(): Promise<DiscordMessage> {
  const { town } = stage
  const proposal = await askOnDiscord(town, town.people.mei.discord, town.channel, 'requeue', { what: String(batch) })
  expect(shown(proposal)).toContain(`Requeue 1 job of batch ${batch}?`)
  return proposal
}

describe('a change asked for on Discord, where a second person has to confirm', () => {
  it('is refused to the same person on Telegram, and done for another one; both messages tell', async () => {
    await start({ REQUEUE_APPROVAL: 'second-person' })
    const { town } = stage
    const { mei, ana } = town.people
    const proposal = await proposeOnDiscord()
    const confirm = { data: String(buttonsOf(proposal)[0]?.custom_id) }
    const beside = await askOnTelegram(town, ana.telegram, town.group, '/help')

    town.telegram.press(beside, confirm, mei.telegram)
    const refusal = await answerTo(town.telegram, town.group, beside)
    expect(refusal.text).toContain('You asked for this yourself')
    expect(await jobs()).toEqual(stuck)

    town.telegram.press(beside, confirm, ana.telegram)
    await town.discord.until(() => shown(proposal).includes('confirmed by ana'), 60_000)
    await town.telegram.until(() => beside.text.includes('confirmed by ana'), 'the other message', 60_000)
    expect(await jobs()).toEqual(queued)
    expect(await changes()).toEqual([{ outcome: 'applied', approved_by: 'ana' }])
    expect(buttonsOf(proposal)).toEqual([])
  }, 120_000)

  it('is found with /approval on Telegram: refused there to the asker, done for another, told in both chats', async () => {
    await start({ REQUEUE_APPROVAL: 'second-person' })
    const { town } = stage
    const { mei, ana } = town.people
    const proposal = await proposeOnDiscord()
    const typed = /\/approval [0-9a-z]{4}/.exec(shown(proposal))?.[0] ?? ''
    const waiting = await askOnTelegram(town, mei.telegram, town.group, '/approval')
    expect(waiting.text).toContain(`Requeue 1 job of batch ${batch}?`)
    expect(buttonLabels(waiting)).toContain(`Show ${typed.slice(-4)}`)

    const beside = await askOnTelegram(town, mei.telegram, town.group, typed)
    expect(buttonLabels(beside)).toEqual(['Confirm', 'Cancel'])
    town.telegram.press(beside, 'Confirm', mei.telegram)
    expect((await answerTo(town.telegram, town.group, beside)).text).toContain('You asked for this yourself')
    expect(await jobs()).toEqual(stuck)

    town.telegram.press(beside, 'Confirm', ana.telegram)
    await town.telegram.until(() => beside.text.includes('confirmed by ana'), 'the outcome', 60_000)
    await town.discord.until(() => shown(proposal).includes('confirmed by ana'), 60_000)
    expect([buttonLabels(beside), buttonsOf(proposal)]).toEqual([[], []])
    expect(await jobs()).toEqual(queued)
    expect(await changes()).toEqual([{ outcome: 'applied', approved_by: 'ana' }])
  }, 120_000)

  it('is refused to whoever holds no role, and says who does', async () => {
    await start({ REQUEUE_APPROVAL: 'second-person' })
    const { town } = stage
    const proposal = await proposeOnDiscord()
    const answer = await pressOnDiscord(town, town.tom.discord, proposal, 'Confirm').answer(60_000)
    expect(shown(answer)).toContain('This needs the role “operator”')
    expect(answer.onlyFor).toEqual(town.tom.discord)
    expect(await jobs()).toEqual(stuck)
  }, 120_000)
})

describe('between the question and the yes', () => {
  it('the bot may end and start again: the button still works', async () => {
    const { town } = stage
    const bot = await start()
    const proposal = await proposeOnDiscord()
    await end(bot, 'SIGTERM')
    await start()
    pressOnDiscord(town, town.people.mei.discord, proposal, 'Confirm')
    await town.discord.until(() => shown(proposal).includes('confirmed by mei'), 60_000)
    expect(await jobs()).toEqual(queued)
  }, 120_000)

  it('the bot may be killed and start again: the buttons on both platforms still work', async () => {
    const { town } = stage
    const { mei, ana } = town.people
    const bot = await start()
    const onDiscord = await proposeOnDiscord()
    const onTelegram = await askOnTelegram(town, mei.telegram, town.group, `/requeue ${batch}`)
    await vi.waitUntil(() => isKnown('telegram', onTelegram.id), { timeout: 60_000, interval: 50 })
    await end(bot, 'SIGKILL')
    await leaseRunsOut()
    const edits = () => town.telegram.callsOf('editMessageText').length
    const before = edits()
    await start()
    await town.telegram.until(() => edits() > before, 'what is pending shown anew', 60_000)
    pressOnDiscord(town, mei.discord, onDiscord, 'Cancel')
    await town.discord.until(() => buttonsOf(onDiscord).length === 0, 60_000)
    expect(shown(onDiscord)).toContain('ancelled by mei')
    expect(await jobs()).toEqual(stuck)
    town.telegram.press(onTelegram, 'Confirm', ana.telegram)
    await town.telegram.until(() => onTelegram.text.includes('confirmed by ana'), 'the outcome', 60_000)
    expect(await changes()).toEqual([{ outcome: 'applied', approved_by: 'ana' }])
  }, 120_000)
})

describe('of two copies that run at once', () => {
  it('one answers a command on each platform, and a change happens once', async () => {
    await start()
    await start()
    const { town } = stage
    const { mei } = town.people
    const answersOnDiscord = () => [...town.discord.world.messages.values()].filter(({ asked }) => asked).length
    const answersOnTelegram = () => town.telegram.sent(town.group).length
    const before = [answersOnDiscord(), answersOnTelegram()] as const
    const proposal = await proposeOnDiscord()
    await askOnTelegram(town, mei.telegram, town.group, '/whoami')
    expect([answersOnDiscord(), answersOnTelegram()]).toEqual(before.map((count) => count + 1))

    for (let presses = 0; presses < 3; presses += 1) pressOnDiscord(town, mei.discord, proposal, 'Confirm')
    await town.discord.until(() => shown(proposal).includes('confirmed by mei'), 60_000)
    expect(await changes()).toEqual([{ outcome: 'applied', approved_by: 'mei' }])
  }, 120_000)
})
