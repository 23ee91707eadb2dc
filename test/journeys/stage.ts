// A journey's stage: both fakes at once, databases of its own, and the built bot as child processes between them.

import { inject } from 'vitest'
import { createTown, type Town, townReady, townSettings } from '../fakes/town.ts'
import { builtProgram } from '../support/built-program.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { type ChildBot, startChild } from './child.ts'

export interface Stage {
  readonly town: Town
  /** The bot's own records. */
  readonly stateUrl: string
  /** Where changes are approved and recorded; a prover database of today. */
  readonly controlUrl: string
  /** `program`: as shipped; `change`: with the change made for the journeys. */
  start(which: 'program' | 'change', settings?: Readonly<Record<string, string>>): Promise<ChildBot>
  /** Started, connected on both platforms; with `copies` running in all. */
  startReady(
    which: 'program' | 'change',
    settings?: Readonly<Record<string, string>>,
    copies?: number,
  ): Promise<ChildBot>
  end(): Promise<void>
}

/** Nothing listens there: a journey that is not about the rollup needs none. */
const noRollup = { L1_RPC_URLS: 'http://127.0.0.1:1', L2_RPC_URLS: 'http://127.0.0.1:1' }
const entries = { program: ['src/cli.js', 'start'], change: ['test/journeys/bot.js'] } as const

export async function openStage(): Promise<Stage> {
  // Time stands still on Discord: a busy machine must not make an acknowledgement late.
  const town = await createTown({ discordNow: () => Date.parse('2026-01-02T03:04:05Z') })
  const [state, control] = [await createTestDatabase(), await createTestDatabase('prover')]
  const bots: ChildBot[] = []

  async function start(which: 'program' | 'change', settings: Readonly<Record<string, string>> = {}) {
    const [entry, ...words] = entries[which]
    const path = await builtProgram(inject('buildFolder'), entry)
    const environment = { ...noRollup, ...townSettings(town), STATE_DATABASE_URL: state.url, ...settings }
    // An empty setting is one that is not there.
    const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
    const bot = await startChild([path, ...words], given)
    bots.push(bot)
    return bot
  }

  return {
    town,
    stateUrl: state.url,
    controlUrl: control.url,
    start,
    async startReady(which, settings, copies) {
      const ready = townReady(town, copies)
      const bot = await start(which, settings)
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
