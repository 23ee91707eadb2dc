// `rollcall demo --platforms`: the bot between two servers that behave like Discord and Telegram, and what a channel shows.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { readConfig } from '../../src/config.ts'
import { createRollcall } from '../../src/main.ts'
import { createTown, townReady, townSettings } from '../../test/fakes/town.ts'
import { createSandbox } from '../sandbox.ts'
import { askInDiscord, askInTelegram, breakProver, decideInDiscord, decideInTelegram } from './incident.ts'

export interface PlatformsDemo {
  readonly log: Logger
  print(text: string): void
  readonly signal: AbortSignal
}

/** Plays the incident on each platform and prints the transcripts; nothing stays behind. */
export async function runPlatformsDemo({ log, print, signal }: PlatformsDemo): Promise<void> {
  const undo: (() => Promise<unknown>)[] = []
  const undone = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const directory = await mkdtemp(join(tmpdir(), 'rollcall-demo-'))
    undo.push(() => rm(directory, { recursive: true, force: true }))
    const sandbox = await createSandbox()
    undo.push(sandbox.stop)
    const [one, other] = await breakProver(sandbox)
    const town = await createTown()
    undo.push(town.end)
    const environment = { ...sandbox.environment, ...townSettings(town), STATE_DIR: directory }
    const config = readConfig({ ...environment, REQUEUE_APPROVAL: 'second-person' }, { readFile: () => '' })
    const rollcall = createRollcall({ config, log, mode: 'bot' })
    undo.push(() => rollcall.stop())
    const ready = townReady(town)
    await rollcall.start()
    await ready
    const { committed, executed } = sandbox.hashes()
    const transaction = committed ?? executed ?? ''
    if (signal.aborted) return
    const discord = () => town.discord.transcript(town.channel)
    const onDiscord = await askInDiscord(town, transaction, one)
    print(`── #${town.channel.name} (Discord) ──\n${discord()}\n`)
    await decideInDiscord(town, onDiscord)
    print(`── the same, confirmed ──\n${from(discord(), 'Mei: /requeue')}\n`)
    if (signal.aborted) return
    const telegram = () => town.telegram.transcript(town.group)
    const onTelegram = await askInTelegram(town, transaction, other)
    print(`${telegram()}\n\n`)
    await decideInTelegram(town, onTelegram)
    print(`── the same, confirmed ──\n${from(telegram(), 'Mei:\n/requeue')}\n`)
  } finally {
    await undone()
  }
}

function from(text: string, start: string): string {
  return text.slice(Math.max(0, text.indexOf(start)))
}
