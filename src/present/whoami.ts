// Facts of /whoami as a reply: ids only, ready to be copied into the configuration.

import type { Role } from '../core/access.ts'
import { code, paragraph, type Reply, type Text } from '../core/reply.ts'
import type { PlatformName, Standing } from '../core/request.ts'

export interface WhoamiFacts {
  readonly account: string | null
  readonly standing: Standing
  readonly person: string
  readonly platform: PlatformName
  readonly place: string
  readonly parent: string | null
  readonly guild: string | null
  readonly thread: string | null
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

export function presentWhoami(facts: WhoamiFacts): Reply {
  const rows: (readonly [string, Text])[] = [['Account', facts.account === null ? 'unknown' : code(facts.account)]]
  if (facts.account !== null && facts.person !== facts.account) rows.push(['Person', code(facts.person)])
  if (facts.guild !== null) rows.push(['Server', code(facts.guild)])
  rows.push(['Place', code(facts.place)])
  if (facts.parent !== null) rows.push(['Channel of this thread', code(facts.parent)])
  if (facts.thread !== null) rows.push(['Topic', code(facts.thread)])
  if (facts.platformRoles.length > 0) rows.push(['Platform roles', code(facts.platformRoles.join(' '))])
  for (const { chain, role, because } of facts.roles) {
    rows.push([facts.roles.length > 1 ? `Role on ${chain}` : 'Role', role === null ? 'none' : `${role} (${because})`])
  }
  const note = facts.standing === 'person' ? [] : [paragraph(standingText[facts.standing])]
  const holdsAny = facts.roles.some(({ role }) => role !== null)
  return {
    tone: 'neutral',
    title: holdsAny ? 'This is how I know you' : 'You hold no role here yet',
    blocks: [{ kind: 'facts', facts: rows }, ...note],
  }
}
