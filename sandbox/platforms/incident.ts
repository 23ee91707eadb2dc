// A short incident as a team lives it, on each platform: look, ask for a change, be refused, have it confirmed.

import { buttonsOf } from '../../test/fakes/discord/people.ts'
import type { FakeMessage as DiscordMessage } from '../../test/fakes/discord/world.ts'
import type { FakeMessage as TelegramMessage } from '../../test/fakes/telegram/world.ts'
import type { Town } from '../../test/fakes/town.ts'
import { answerTo, askOnDiscord, askOnTelegram, patienceMs, pressOnDiscord } from '../../test/journeys/asking.ts'
import { insertJobs } from '../../test/support/prover-rows.ts'
import type { Sandbox } from '../sandbox.ts'

export type StuckBatches = readonly [onDiscord: number, onTelegram: number]

/** The proofs of the next two batches that L1 needs are stuck for good: one for each platform. */
export async function breakProver({ chains: [chain] }: Sandbox): Promise<StuckBatches> {
  const next = (chain?.rollup.batches.findLast(({ prove }) => prove?.mined)?.number ?? 0) + 1
  if (!chain?.database) throw new Error('this sandbox has no prover to break')
  const stuck = [next, next + 1] as const
  const job = { status: 'in_progress', attempts: 5, startedAgo: 90_000, more: { chain_id: chain.chainId } }
  const jobs = stuck.map((batch) => ({ ...job, batch }))
  await insertJobs(chain.database.proverClient, 'prover_jobs_fri', jobs)
  return stuck
}

/** Answers the proposal. */
export async function askInDiscord(town: Town, transaction: string, batch: number): Promise<DiscordMessage> {
  const { channel, people } = town
  const ask = (name: string, options = {}) => askOnDiscord(town, people.mei.discord, channel, name, options)
  await ask('trace', { transaction })
  await ask('prover-status')
  return ask('requeue', { what: String(batch), reason: 'the card is back' })
}

/** Tom may not, Ana may. */
export async function decideInDiscord(town: Town, proposal: DiscordMessage): Promise<void> {
  const { people, tom, discord } = town
  await pressOnDiscord(town, tom.discord, proposal, 'Confirm').answer(patienceMs)
  await pressOnDiscord(town, people.ana.discord, proposal, 'Confirm').answer(patienceMs)
  await discord.until(() => buttonsOf(proposal).length === 0, patienceMs)
}

/** Answers the proposal. */
export async function askInTelegram(town: Town, transaction: string, batch: number): Promise<TelegramMessage> {
  const { group, people } = town
  const ask = (text: string) => askOnTelegram(town, people.mei.telegram, group, text)
  await ask(`/trace ${transaction}`)
  await ask('/prover-status')
  return ask(`/requeue ${batch} reason="the card is back"`)
}

export async function decideInTelegram(town: Town, proposal: TelegramMessage): Promise<void> {
  const { group, people, tom, telegram } = town
  telegram.press(proposal, 'Confirm', tom.telegram)
  await answerTo(telegram, group, proposal)
  telegram.press(proposal, 'Confirm', people.ana.telegram)
  await telegram.until(() => proposal.keyboard.length === 0, 'the edited message', patienceMs)
  await answerTo(telegram, group, proposal, 2)
}
