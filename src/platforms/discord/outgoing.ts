// A rendered reply as the body of a call: attachments listed, and nobody rung but those the configuration names.

import { MessageFlags, type RawFile } from 'discord.js'
import type { Reply } from '../../core/reply.ts'
import { type Rendered, titleOf } from './render.ts'
import type { Body } from './rest.ts'

/** Entries as configured: `discord-role:1`, `discord-user:2`; those of other platforms are for them. */
export interface Mentions {
  readonly approval: readonly string[]
  readonly alert: readonly string[]
}

/** What one message may ring for, and the text that does. */
interface Ring {
  readonly text: string
  readonly roles: readonly string[]
  readonly users: readonly string[]
}

export const silent = { parse: [], replied_user: false } as const

export function newBody(rendered: Rendered, more: object = {}): Body {
  return { body: { ...shown(rendered), allowed_mentions: silent, ...more }, files: rawFiles(rendered) }
}

/** Replaces all of a message: text, buttons and files that the new reply doesn't have are gone. Never rings. */
export function editBody(rendered: Rendered): Body {
  return newBody(rendered, { content: '' })
}

export function privately<B extends Body>(body: B): B {
  return { ...body, body: { ...(body.body as object), flags: MessageFlags.Ephemeral } }
}

function shown({ embeds, components, files }: Rendered) {
  const attachments = files.map(({ name, description }, id) => ({
    id: String(id),
    filename: name,
    ...(description !== undefined && { description }),
  }))
  return { embeds, components, attachments }
}

function rawFiles({ files }: Rendered): readonly RawFile[] {
  return files.map(({ name, data }) => ({
    name,
    data: typeof data === 'string' ? data : Buffer.from(data),
    contentType: name.endsWith('.png') ? 'image/png' : `text/${name.endsWith('.csv') ? 'csv' : 'plain'}; charset=utf-8`,
  }))
}

/** Null when the reply asks for nobody, or nobody on Discord is configured. */
export function ringOf(reply: Reply, mentions: Mentions): Ring | null {
  const entries = reply.mention ? mentions[reply.mention] : []
  const roles = idsOf('discord-role:', entries)
  const users = idsOf('discord-user:', entries)
  if (roles.length + users.length === 0) return null
  const names = [...roles.map((id) => `<@&${id}>`), ...users.map((id) => `<@${id}>`)]
  // The title again, because a notification shows the content and not the embed.
  return { text: `${names.join(' ')} ${titleOf(reply)}`, roles, users }
}

export function ringing(ring: Ring): object {
  const { roles, users, text } = ring
  return { content: text, allowed_mentions: { ...silent, roles, users } }
}

function idsOf(prefix: string, entries: readonly string[]): readonly string[] {
  const ids = entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length))
  return [...new Set(ids)].slice(0, 25)
}
