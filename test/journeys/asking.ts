// People at work: they type a command or press a button in a place, and read the answer.

import { buttonsOf, type Sent } from '../fakes/discord/people.ts'
import type { FakeMessage as DiscordMessage, FakeUser as DiscordUser, FakeChannel } from '../fakes/discord/world.ts'
import type { FakeChat, FakeUser, FakeMessage as TelegramMessage } from '../fakes/telegram/world.ts'
import type { Town } from '../fakes/town.ts'

/** A busy machine answers late. */
export const patienceMs = 30_000

/** What Telegram shows while an answer takes long; it is taken away again. */
export const workingText = 'Working on it…'

type Options = Readonly<Record<string, string | number | boolean>>

export function askOnDiscord(
  { discord }: Town,
  user: DiscordUser,
  channel: FakeChannel,
  name: string,
  options: Options = {},
): Promise<DiscordMessage> {
  return discord.command({ user, channel, name, options }).answer(patienceMs)
}

/** Presses a button by its label. */
export function pressOnDiscord({ discord }: Town, user: DiscordUser, message: DiscordMessage, label: string): Sent {
  const button = buttonsOf(message).find((one) => one.label === label)
  if (!button) throw new Error(`no button “${label}”`)
  return discord.press({ user, message, customId: String(button.custom_id) })
}

/** Types a line; the answer is the bot's reply to it. */
export function askOnTelegram(
  { telegram }: Town,
  user: FakeUser | null,
  chat: FakeChat,
  text: string,
  thread?: number,
): Promise<TelegramMessage> {
  const asked = telegram.text({ chat, user, text, ...(thread !== undefined && { thread }) })
  return answerTo(telegram, chat, asked)
}

/** The first reply of the bot to a message, or a later one. */
export async function answerTo(
  telegram: Town['telegram'],
  chat: FakeChat,
  asked: { readonly id: number },
  count = 1,
): Promise<TelegramMessage> {
  const answers = () => telegram.sent(chat).filter(({ replyTo, text }) => replyTo === asked.id && text !== workingText)
  await telegram.until(() => answers().length >= count, `an answer in ${chat.title}`, patienceMs)
  return answers()[count - 1] as TelegramMessage
}
