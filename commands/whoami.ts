// /whoami: the asker's account, person, place and roles, so that whoever configures the bot knows which ids to write.

import { readCommand } from '../src/core/command.ts'
import { presentWhoami, type WhoamiFacts } from '../src/present/whoami.ts'

export default readCommand({
  name: 'whoami',
  summary: 'Your account, this place and your roles, as I see them',
  example: '/whoami',
  role: 'anyone',
  visibility: 'private',
  chains: 'none',
  options: {},

  async run(_, { request, person, rolesHere }): Promise<WhoamiFacts> {
    const { caller, place } = request
    return {
      account: caller.account,
      standing: caller.standing,
      person,
      platform: place.platform,
      place: place.id,
      parent: place.parent ?? null,
      guild: place.guild ?? null,
      thread: place.thread ?? null,
      kind: place.kind,
      hears: request.hears ?? null,
      platformRoles: caller.roles,
      roles: rolesHere(),
    }
  },
  present: presentWhoami,
})
