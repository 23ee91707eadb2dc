// Writing messages as the API does: attachments, empty messages, what rings whom, and sending the same nonce twice.

import type { UploadedFile } from './http.ts'
import { checked, emptyMessage, invalidForm } from './problems.ts'
import { editedMessage, type MessageBody } from './shapes.ts'
import type { FakeFile, FakeMessage, Json, World } from './world.ts'

export interface MessageParts {
  readonly content: string
  readonly embeds: readonly Json[]
  readonly components: readonly Json[]
  readonly files: readonly FakeFile[]
}

const nothing: MessageParts = { content: '', embeds: [], components: [], files: [] }

/** What the message shows after this body; `before` for an edit, which leaves alone what it doesn't name. */
export function partsOf(
  world: World,
  body: MessageBody,
  uploads: readonly UploadedFile[],
  before: MessageParts = nothing,
): MessageParts {
  const files = [...keptFiles(body, before.files), ...newFiles(world, body, uploads)]
  const parts = {
    content: body.content === undefined ? before.content : (body.content ?? ''),
    embeds: (body.embeds === undefined ? before.embeds : (body.embeds ?? [])) as readonly Json[],
    components: (body.components === undefined ? before.components : (body.components ?? [])) as readonly Json[],
    files,
  }
  const shows = parts.embeds.length + parts.components.length + files.length
  if (parts.content.trim() === '' && shows === 0) throw emptyMessage()
  checkPictures(parts)
  return parts
}

export function editMessage(
  world: World,
  message: FakeMessage,
  body: unknown,
  uploads: readonly UploadedFile[],
): FakeMessage {
  Object.assign(message, partsOf(world, checked(editedMessage, body), uploads, message))
  if (message.thinking) message.thinking = false
  else message.edits += 1
  return message
}

function keptFiles(body: MessageBody, before: readonly FakeFile[]): readonly FakeFile[] {
  if (!body.attachments) return body.attachments === null ? [] : before
  const kept = new Set(body.attachments.map(({ id }) => String(id)))
  return before.filter((file) => kept.has(file.id))
}

function newFiles(world: World, body: MessageBody, uploads: readonly UploadedFile[]): readonly FakeFile[] {
  const listed = body.attachments?.filter(({ id }) => /^\d{1,2}$/.test(String(id))) ?? []
  for (const [index, { id }] of listed.entries()) {
    if (!uploads.some((upload) => upload.field === `files[${id}]`)) {
      const message = `No file was uploaded for attachment ${id}`
      throw invalidForm([{ path: ['attachments', index], code: 'ATTACHMENT_NOT_FOUND', message }])
    }
  }
  return uploads.map((upload) => {
    const entry = listed.find(({ id }) => upload.field === `files[${id}]`)
    return {
      id: world.clock.snowflake(),
      filename: entry?.filename ?? upload.filename,
      bytes: upload.bytes,
      description: entry?.description,
    }
  })
}

/** The real API shows an empty frame for a picture that isn't there; here it is a mistake. */
function checkPictures(parts: MessageParts): void {
  parts.embeds.forEach((embed, index) => {
    const url = (embed.image as { url?: string } | undefined)?.url ?? ''
    const name = url.startsWith('attachment://') ? url.slice('attachment://'.length) : null
    if (name !== null && !parts.files.some((file) => file.filename === name)) {
      const message = `No attachment is called ${name}`
      throw invalidForm([{ path: ['embeds', index, 'image', 'url'], code: 'ATTACHMENT_NOT_FOUND', message }])
    }
  })
}

/** Whom a new message rings: everybody its text names, unless `allowed_mentions` says otherwise. */
export function pinged(body: MessageBody): readonly string[] {
  const text = body.content ?? ''
  const allowed = body.allowed_mentions
  const parse: readonly string[] = allowed ? (allowed.parse ?? []) : ['roles', 'users', 'everyone']
  const found: string[] = []
  for (const [whole, kind, id] of text.matchAll(/<@(&|!?)(\d+)>|@(?:everyone|here)/g)) {
    if (id === undefined) {
      if (parse.includes('everyone')) found.push(whole)
    } else if (kind === '&') {
      if (parse.includes('roles') || allowed?.roles?.includes(id)) found.push(`role:${id}`)
    } else if (parse.includes('users') || allowed?.users?.includes(id)) found.push(`user:${id}`)
  }
  return found
}
