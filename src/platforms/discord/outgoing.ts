// A rendered reply as the body of a call: attachments listed, and nobody rung but those the configuration names.

import { MessageFlags, type RawFile } from 'discord.js'
import type { Reply } from '../../core/reply.ts'
import { plainText } from '../plain-text.ts'
import { messageLimits } from './limits.ts'
import { type Rendered, titleOf } from './render.ts'
import { type Body, DiscordFailure } from './rest.ts'
import { cutEscaped, escapeMarkdown, visible } from './text.ts'

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

/** For a server that refuses the form of an answer: its words alone, in one plain message. Never rings, never previews. */
export function plainBody(reply: Reply): Body {
  const words = escapeMarkdown(visible(plainText({ ...reply, title: '' }).slice(0, messageLimits.content)).trim())
  const content = cutEscaped(`${titleOf(reply)}\n${words}`, messageLimits.content)
  const nothing = { embeds: [], components: [], attachments: [] }
  return { body: { content, ...nothing, allowed_mentions: silent, flags: MessageFlags.SuppressEmbeds } }
}

/** Discord read the call and says that it is not as it should be: the same again would be refused again. */
export function isMalformed(error: unknown): boolean {
  if (!(error instanceof DiscordFailure) || error.status !== 400) return false
  return error.code === 0 || error.is('emptyMessage', 'invalidForm')
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
