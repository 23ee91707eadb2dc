// Every read, asked of the built program on both platforms and in each kind of place; the answers stand in golden files.

import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import type { FakeChannel } from '../fakes/discord/world.ts'
import type { FakeChat, FakeMessage } from '../fakes/telegram/world.ts'
import { askOnDiscord, askOnTelegram, workingText } from './asking.ts'
import { normalised } from './normalised.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
let sandbox: Sandbox

// Building the program and a whole rollup, on a machine that is busy.
beforeAll(async () => {
  ;[sandbox, stage] = await Promise.all([
    // A day long past: whatever the clock says when this runs, the ages are in the same range.
    createSandbox({
      historyBatches: 14,
      speed: 12,
      now: new Date('2025-06-01T12:00:00Z'),
      postgresUrl: inject('postgresUrl'),
    }),
    openStage(),
  ])
  await stage.startReady(sandbox.environment)
}, 240_000)

afterAll(async () => {
  await stage?.end()
  await sandbox?.stop()
})

/** A row gets its outcome after the answer is out: the record of an account is complete. */
async function recorded(account: string): Promise<void> {
  const open = () =>
    withClient(stage.stateUrl, async (client) => {
      const text = 'SELECT 1 FROM rollcall.requests WHERE account = $1 AND outcome IS NULL'
      return (await client.query(text, [account])).rowCount
    })
  await vi.waitUntil(async () => (await open()) === 0, { timeout: 60_000, interval: 100 })
}

const unknownHash = `0x${'ab'.repeat(32)}`

describe('on Discord', () => {
  let readers = 0

  async function readIn(channel: FakeChannel): Promise<string> {
    const { town } = stage
    readers += 1
    const reader = town.discord.addUser('Robin', { id: `40000000000000410${readers}` })
    const ask = (name: string, options = {}) => askOnDiscord(town, reader, channel, name, options)
    await ask('help')
    await ask('help', { command: 'trace' })
    await ask('whoami')
    await ask('trace', { transaction: sandbox.hashes().executed ?? '' })
    await ask('trace', { transaction: unknownHash })
    await ask('trace', { transaction: 'not a hash' })
    await ask('prover-status')
    await ask('is-chain-down')
    await ask('runbook')
    await ask('gpu', { version: '535' })
    await ask('audit')
    await recorded(`discord-user:${reader.id}`)
    await askOnDiscord(town, town.people.mei.discord, channel, 'audit', { person: `discord-user:${reader.id}` })
    // Others, because one person may ask a dozen times at once.
    await askOnDiscord(town, town.tom.discord, channel, 'approval')
    await askOnDiscord(town, town.people.ana.discord, channel, 'requeue', { what: '12' })
    return normalised(town.discord.transcript(channel))
  }

  it.each([
    ['a channel', 'channel'],
    ['a thread', 'thread'],
    ['a server that is not allowed', 'otherGuild'],
    ['a direct message', 'direct'],
  ] as const)(
    'every read is answered as it should be in %s',
    async (_, place) => {
      const seen = await readIn(stage.town[place])
      await expect(seen).toMatchFileSnapshot(`../golden/journey-discord-${fileName(place)}.txt`)
    },
    120_000,
  )
})

describe('on Telegram', () => {
  let readers = 0

  async function readIn(chat: FakeChat, thread?: number): Promise<string> {
    const { town } = stage
    readers += 1
    const robin = chat.type === 'channel' ? null : town.telegram.user('Robin', { id: 4200 + readers })
    const ask = (text: string) => askOnTelegram(town, robin, chat, text, thread)
    await ask('/help')
    await ask('/help@rollcall_test_bot trace')
    await ask('/whoami')
    const traced = await ask(`/trace ${sandbox.hashes().executed}`)
    await settled(chat, traced)
    await ask(`/Trace@Rollcall_Test_Bot ${unknownHash}`)
    await ask('/trace not a hash')
    await ask('/prover-status')
    await ask('/prover_status@rollcall_test_bot')
    await ask('/is-chain-down')
    await ask('/runbook')
    await ask('/gpu 535')
    await ask('/audit')
    if (robin) {
      await recorded(`telegram-user:${robin.id}`)
      await askOnTelegram(town, town.people.mei.telegram, chat, `/audit person=telegram-user:${robin.id}`, thread)
      await askOnTelegram(town, town.tom.telegram, chat, '/approval', thread)
      await askOnTelegram(town, town.people.ana.telegram, chat, '/requeue 12', thread)
    }
    await settled(chat)
    return normalised(town.telegram.transcript(chat))
  }

  /** What follows an answer is there, and what stood in for it is gone. */
  async function settled(chat: FakeChat, traced?: FakeMessage): Promise<void> {
    const { telegram } = stage.town
    const shown = (fits: (message: FakeMessage) => boolean) => telegram.sent(chat).some(fits)
    const pictured = () => !traced?.text.includes('Precommit') || shown(({ replyTo }) => replyTo === traced.id)
    await telegram.until(() => pictured() && !shown(({ text }) => text === workingText), 'quiet', 60_000)
  }

  it.each([
    ['a private chat', 'privateChat'],
    ['a group', 'group'],
    ['a topic of a supergroup', 'forum'],
    ['a channel', 'post'],
    ['a group that is not allowed', 'otherGroup'],
  ] as const)(
    'every read is answered as it should be in %s',
    async (_, place) => {
      const { town } = stage
      const seen = await readIn(town[place], place === 'forum' ? town.topic : undefined)
      await expect(seen).toMatchFileSnapshot(`../golden/journey-telegram-${fileName(place)}.txt`)
    },
    120_000,
  )
})

function fileName(place: string): string {
  return place.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
