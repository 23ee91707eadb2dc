// Refusals are answers: what is missing, and who can help.

import type { Access } from './access.ts'
import { UserError } from './errors.ts'
import type { SecondPerson } from './people.ts'
import type { Place } from './request.ts'

type Refused = Extract<Access, { allowed: false }>

/** The sentence a refused person reads. Role entries are shown as configured: ids, never names that can change. */
export function refusalText(access: Refused, place: Place): string {
  switch (access.refusal) {
    case 'place-not-allowed':
      return `I don't answer here yet.\n${placeAdvice(place)}`
    case 'no-sender':
      return 'This message names no sender, so I can’t tell who asks.\nAsk from a group or a private chat, or press a button instead.'
    case 'anonymous-admin':
      return 'You are posting as the group, so I can’t tell who asks.\nTurn off “Remain anonymous” in your admin rights, then ask again.'
    case 'bot':
      return 'Bots can’t ask for or approve a change.\nA person has to type it.'
    case 'forwarded':
      return 'Forwarded messages can’t ask for or approve a change.\nType the command yourself.'
    case 'service':
      return 'This came from a service account, so I can’t tell who asks.\nType the command yourself.'
    case 'nobody-configured':
      return `Nobody holds the role “${access.need}” yet.\nWhoever runs me sets ${settingOf(access.need)}; /whoami shows the id to put there.`
    case 'role-missing':
      return `This needs the role “${access.need}”, which you don't hold here.\nAsk one of: ${list(access.helpers)}. /whoami shows what you are.`
  }
}

function placeAdvice(place: Place): string {
  if (place.platform === 'discord') {
    return place.guild === undefined
      ? 'Ask in a channel of an allowed server.'
      : `Whoever runs me adds this server (${place.guild}) to DISCORD_GUILD_IDS, and the channel if DISCORD_CHANNEL_IDS is set.`
  }
  return `Whoever runs me adds this chat (${place.id}) to TELEGRAM_CHAT_IDS.`
}

function settingOf(need: string): string {
  return need === 'viewer' ? 'VIEWERS' : need === 'responder' ? 'RESPONDERS' : 'OPERATORS'
}

function list(entries: readonly string[]): string {
  const shown = entries.slice(0, 5).join(', ')
  return entries.length > 5 ? `${shown} and ${entries.length - 5} more` : shown
}

/** Why a press doesn't count as the second person's, as a UserError; returns when it does. */
export function requireSecondPerson(answer: SecondPerson): void {
  switch (answer) {
    case 'ok':
      return
    case 'same-person':
      throw new UserError(
        'You asked for this yourself, so a second person has to confirm.\nAsk another operator to press it.',
        'refused',
      )
    case 'asker-unknown':
      throw new UserError(
        'Nobody known asked for this, so a second person can’t be told apart.\nPropose it again from an account of your own.',
        'refused',
      )
    case 'not-comparable':
      throw new UserError(
        'I can’t tell whether you are the person who asked: you are on different platforms.\nBoth of you must be in PEOPLE, or confirm on the platform where it was asked.',
        'refused',
      )
    case 'terminal-may-not-approve':
      throw new UserError(
        'A terminal account may propose but not confirm while a second person is required.\nConfirm it in Discord or Telegram.',
        'refused',
      )
  }
}
