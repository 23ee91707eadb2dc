// May this account do this here? One pure function decides; /help, /whoami, commands and presses all ask it.

import { type Person, personOf } from './people.ts'
import type { Caller, Place } from './request.ts'

export type Role = 'viewer' | 'responder' | 'operator'

export const roleOrder: readonly Role[] = ['viewer', 'responder', 'operator']

/** Entries as configured: `discord-role:1`, `telegram-user:2`, `telegram-admins`, `terminal:mei`, `everyone-here`. */
export type RoleLists = Readonly<Record<Role, readonly string[]>>

export interface AccessSettings {
  /** Role lists per chain name; operators of a testnet must not touch mainnet. */
  readonly roles: ReadonlyMap<string, RoleLists>
  readonly people: readonly Person[]
  /** Unset lists are closed, except channels: unset means all of the allowed guilds. */
  readonly discordGuilds: readonly string[]
  readonly discordChannels: readonly string[]
  readonly telegramChats: readonly string[]
}

export interface AccessQuestion {
  readonly need: Role | 'anyone'
  /** A change is asked for, or a button of one pressed: then the caller must be a person. */
  readonly change: boolean
  readonly caller: Caller
  readonly place: Place
  /** The chain it is about; null for commands that are about none: then any chain's role counts. */
  readonly chain: string | null
}

export type Refusal =
  | 'place-not-allowed'
  | 'no-sender'
  | 'anonymous-admin'
  | 'bot'
  | 'forwarded'
  | 'service'
  | 'role-missing'
  /** Nobody at all holds the role: the configuration is empty. */
  | 'nobody-configured'

export type Access =
  | { readonly allowed: true; readonly role: Role | null; readonly because: string }
  | {
      readonly allowed: false
      readonly refusal: Refusal
      readonly need: Role | 'anyone'
      readonly helpers: readonly string[]
    }

/**
 * Decides from configuration alone, without waiting. A channel post (no sender) may read where `everyone-here` may, and
 * may propose a change where `telegram-admins` may, because only administrators post in a channel: the press that decides
 * carries a person (design section 5 rule 9).
 */
export function decide(question: AccessQuestion, settings: AccessSettings): Access {
  const { need, caller, place } = question
  const refuse = (refusal: Refusal, helpers: readonly string[] = []): Access => ({
    allowed: false,
    refusal,
    need,
    helpers,
  })
  if (need === 'anyone')
    return { allowed: true, role: rolesHeld(question, settings).at(-1) ?? null, because: 'anyone may' }
  if (!isPlaceAllowed(place, settings)) return refuse('place-not-allowed')
  if (question.change && caller.standing !== 'person' && caller.standing !== 'no-sender') return refuse(caller.standing)
  const held = rolesHeld(question, settings)
  const best = held.at(-1)
  if (best !== undefined && roleOrder.indexOf(best) >= roleOrder.indexOf(need)) {
    return { allowed: true, role: best, because: reasonFor(best, question, settings) }
  }
  const helpers = whoCanHelp(need, question, settings)
  return refuse(helpers.length === 0 ? 'nobody-configured' : 'role-missing', helpers)
}

/** Would asking the platform (is this person an administrator of the chat?) be able to change the roles held here? */
export function dependsOnChatAdmins(question: AccessQuestion, settings: AccessSettings): boolean {
  if (question.place.platform !== 'telegram' || question.caller.standing !== 'person') return false
  if (!isPlaceAllowed(question.place, settings)) return false
  if (question.caller.roles.includes('telegram-admins')) return false
  return listsFor(question.chain, settings).some((lists) =>
    roleOrder.some((role) => lists[role].includes('telegram-admins')),
  )
}

/** Roles this caller holds here, weakest first. */
export function rolesHeld(question: AccessQuestion, settings: AccessSettings): readonly Role[] {
  const entries = entriesOf(question, settings)
  const held = new Set<Role>()
  for (const lists of listsFor(question.chain, settings)) {
    for (const role of roleOrder) {
      if (!lists[role].some((entry) => entries.has(entry))) continue
      for (const lower of roleOrder.slice(0, roleOrder.indexOf(role) + 1)) held.add(lower)
    }
  }
  // The person at the shell has the machine's configuration in hand: reading is always theirs (design section 3).
  if (question.place.platform === 'terminal') held.add('viewer')
  // Nobody is known behind a post, so it never counts as the operator who decides.
  if (question.caller.standing === 'no-sender') held.delete('operator')
  return roleOrder.filter((role) => held.has(role))
}

export function isPlaceAllowed(place: Place, settings: AccessSettings): boolean {
  switch (place.platform) {
    case 'terminal':
      return true
    case 'telegram':
      return settings.telegramChats.includes(place.id)
    case 'discord': {
      if (place.guild === undefined || !settings.discordGuilds.includes(place.guild)) return false
      const channels = settings.discordChannels
      return channels.length === 0 || channels.includes(place.id) || channels.includes(place.parent ?? '')
    }
  }
}

/**
 * What the caller can be matched by. Only `*-user:` and `terminal:` entries carry over through PEOPLE: a Discord role
 * says nothing about the same human's Telegram account.
 */
function entriesOf(question: AccessQuestion, settings: AccessSettings): ReadonlySet<string> {
  const { caller, place } = question
  const entries = new Set<string>(caller.standing === 'person' ? caller.roles : [])
  if (caller.account !== null && caller.standing === 'person') {
    for (const account of personOf(caller.account, settings.people).accounts) entries.add(account)
  }
  if (caller.standing === 'no-sender' && place.platform === 'telegram' && place.kind === 'channel') {
    entries.add('telegram-admins')
  }
  if (isPlaceAllowed(place, settings)) entries.add('everyone-here')
  return entries
}

function listsFor(chain: string | null, settings: AccessSettings): readonly RoleLists[] {
  if (chain === null) return [...settings.roles.values()]
  const lists = settings.roles.get(chain)
  return lists ? [lists] : []
}

function reasonFor(role: Role, question: AccessQuestion, settings: AccessSettings): string {
  const entries = entriesOf(question, settings)
  for (const lists of listsFor(question.chain, settings)) {
    const entry = lists[role].find((candidate) => entries.has(candidate))
    if (entry !== undefined) return entry
  }
  return question.place.platform === 'terminal' ? 'the person at the shell may read' : 'a stronger role'
}

/** Entries that would be allowed, so that a refusal can say who can help. */
function whoCanHelp(need: Role, question: AccessQuestion, settings: AccessSettings): readonly string[] {
  const stronger = roleOrder.slice(roleOrder.indexOf(need))
  const entries = listsFor(question.chain, settings).flatMap((lists) => stronger.flatMap((role) => lists[role]))
  return [...new Set(entries)]
}
