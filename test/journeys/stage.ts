// A journey's stage: both fakes at once, databases of its own, and the built bot as child processes between them.

import { inject } from 'vitest'
import { createTown, type Town, townReady, townSettings } from '../fakes/town.ts'
import { builtProgram } from '../support/built-program.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { type ChildBot, startChild } from './child.ts'

type Settings = Readonly<Record<string, string>>

export interface Stage {
  readonly town: Town
  /** The bot's own records. */
  readonly stateUrl: string
  /** Where changes are approved and recorded; a prover database of today. */
  readonly controlUrl: string
  start(settings?: Settings): Promise<ChildBot>
  /**
   * Started and connected on both platforms, with so many copies running in all. After a copy was killed the next one
   * leaves Telegram alone until the lease has run out; `telegramToo: false` doesn't wait for that.
   */
  startReady(settings?: Settings, copies?: number, telegramToo?: boolean): Promise<ChildBot>
  end(): Promise<void>
}

/** Nothing listens there: a journey that is not about the rollup needs none. */
const noRollup = { L1_RPC_URLS: 'http://127.0.0.1:1', L2_RPC_URLS: 'http://127.0.0.1:1' }

export async function openStage(): Promise<Stage> {
  // Time stands still on Discord: a busy machine must not make an acknowledgement late.
  const town = await createTown({ discordNow: () => Date.parse('2026-01-02T03:04:05Z') })
  const [state, control] = [await createTestDatabase(), await createTestDatabase('prover')]
  const bots: ChildBot[] = []

  async function start(settings: Settings = {}): Promise<ChildBot> {
    const path = await builtProgram(inject('buildFolder'))
    const environment = { ...noRollup, ...townSettings(town), STATE_DATABASE_URL: state.url, ...settings }
    // An empty setting is one that is not there.
    const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
    const bot = await startChild([path, 'start'], given)
    bots.push(bot)
    return bot
  }

  return {
    town,
    stateUrl: state.url,
    controlUrl: control.url,
    start,
    async startReady(settings, copies, telegramToo) {
      const ready = townReady(town, copies, telegramToo)
      const bot = await start(settings)
      await Promise.all([ready, bot.says('"msg":"started"')])
      return bot
    },
    async end() {
      await Promise.all(bots.map((bot) => bot.remove()))
      await town.end()
      await Promise.all([state.drop(), control.drop()])
    },
  }
}
