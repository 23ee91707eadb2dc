// Facts of /whoami as a reply: ids only, ready to be copied into the configuration.

import type { Role } from '../core/access.ts'
import { code, paragraph, type Reply, type Text } from '../core/reply.ts'
import type { Place, PlatformName, Standing } from '../core/request.ts'

export interface WhoamiFacts {
  readonly account: string | null
  readonly standing: Standing
  readonly person: string
  readonly platform: PlatformName
  readonly place: string
  readonly parent: string | null
  readonly guild: string | null
  readonly thread: string | null
  readonly kind: Place['kind']
  /** Of a Telegram group's talk; null where nothing is held back. */
  readonly hears: 'all' | 'addressed' | null
  readonly platformRoles: readonly string[]
  readonly roles: readonly { readonly chain: string; readonly role: Role | null; readonly because: string }[]
}

const standingText: Record<Exclude<Standing, 'person'>, string> = {
  'no-sender': 'This message names no sender (a channel post), so I can’t tell who you are.',
  'anonymous-admin':
    'You post as the group. Turn off “Remain anonymous” in your admin rights, and I can tell who you are.',
  bot: 'You are a bot; bots can’t ask for changes.',
  forwarded: 'This message was forwarded; type it yourself, and I can tell who you are.',
  service: 'This came from a service account, so I can’t tell who you are.',
}

const kindText: Record<Place['kind'], string> = {
  private: 'private chat',
  group: 'group',
  channel: 'channel',
  terminal: 'terminal',
}

/** The id under the word that the configuration has for it. */
function placeRow({ platform, place, kind, parent }: WhoamiFacts): readonly [string, Text] {
  if (platform === 'telegram') return ['Chat', [code(place), `, a ${kindText[kind]}`]]
  if (platform === 'discord') return [parent === null ? 'Channel' : 'Thread', code(place)]
  return ['Place', code(place)]
}

const hearingText = {
  all: 'Privacy mode is off: everything written in this group reaches me, and I read only commands.',
  addressed:
    'Privacy mode is on: in groups I get commands from the menu or with my name (/help@…), and replies to me. A plain /prover-status may not reach me. To change that: @BotFather, /setprivacy, Disable, then add me to the group again; or make me an administrator here.',
} as const

/** Refusals that leave somebody without any role, in words. */
const noRoleText: Readonly<Record<string, string>> = {
  'place-not-allowed': 'none: this place is not allowed',
  'role-missing': 'none: no configured entry fits you here',
  'nobody-configured': 'none: nobody is configured',
}

function roleText(role: Role | null, because: string): string {
  if (role === null) return noRoleText[because] ?? 'none'
  return because.includes(' ') ? `${role} (${because})` : `${role}, by the entry ${because}`
}

export function presentWhoami(facts: WhoamiFacts): Reply {
  const rows: (readonly [string, Text])[] = [['Account', facts.account === null ? 'unknown' : code(facts.account)]]
  if (facts.account !== null && facts.person !== facts.account) rows.push(['Person', code(facts.person)])
  if (facts.guild !== null) rows.push(['Server', code(facts.guild)])
  rows.push(placeRow(facts))
  if (facts.parent !== null) rows.push(['Channel of this thread', code(facts.parent)])
  if (facts.thread !== null) rows.push(['Topic', code(facts.thread)])
  if (facts.platformRoles.length > 0) rows.push(['Platform roles', code(facts.platformRoles.join(' '))])
  for (const { chain, role, because } of facts.roles) {
    rows.push([facts.roles.length > 1 ? `Role on ${chain}` : 'Role', roleText(role, because)])
  }
  const note = facts.standing === 'person' ? [] : [paragraph(standingText[facts.standing])]
  const hearing = facts.hears === null ? [] : [paragraph(hearingText[facts.hears])]
  const holdsAny = facts.roles.some(({ role }) => role !== null)
  return {
    tone: 'neutral',
    title: holdsAny ? 'This is how I know you' : 'You hold no role here yet',
    blocks: [{ kind: 'facts', facts: rows }, ...note, ...hearing],
  }
}
