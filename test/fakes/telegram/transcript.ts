// A fake chat as text: who said what, in reply to what, with formatting and buttons visible.

import type { Button, Entity, FakeChat, FakeMessage, World } from './world.ts'

const marks: Readonly<Record<string, readonly [string, string]>> = {
  bold: ['*', '*'],
  italic: ['_', '_'],
  code: ['`', '`'],
  pre: ['```\n', '\n```'],
}

export function showChat(world: World, chat: FakeChat): string {
  const lines = [`── ${chat.title} (${chat.type}) ──`]
  for (const message of chat.messages.values()) lines.push(showMessage(world, chat, message), '')
  return lines.join('\n').trimEnd()
}

export function showMessage(world: World, chat: FakeChat, message: FakeMessage): string {
  const who = message.from?.first_name ?? chat.title
  const notes = [
    message.thread === undefined ? '' : `in ${chat.topics.get(message.thread)?.name}`,
    message.replyTo === undefined ? '' : `reply to ${quote(chat, message.replyTo)}`,
    message.silent ? 'silent' : '',
    message.edits > 0 ? 'edited' : '',
  ].filter((note) => note !== '')
  const head = `${who}${message.from?.id === world.bot.id ? ' [bot]' : ''}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}:`
  const body = [head]
  if (message.kind === 'photo') body.push('[picture]')
  if (message.kind === 'document') body.push(`[file ${message.file?.name}, ${message.file?.bytes.length} bytes]`)
  if (message.text !== '') body.push(showText(message.text, message.entities))
  for (const row of message.keyboard) body.push(row.map(showButton).join(' '))
  return body.join('\n')
}

function quote(chat: FakeChat, id: number): string {
  const text = chat.messages.get(id)?.text ?? 'a deleted message'
  const line = text.split('\n', 1)[0] ?? ''
  return `“${line.length > 40 ? `${line.slice(0, 40)}…` : line}”`
}

/** Formatting as the usual marks; a link shows where it leads, a time that it is one. */
export function showText(text: string, entities: readonly Entity[]): string {
  const inserts: { at: number; order: number; mark: string }[] = []
  for (const entity of entities) {
    const [open, close] = marksOf(entity)
    inserts.push(
      { at: entity.offset, order: 1, mark: open },
      { at: entity.offset + entity.length, order: 0, mark: close },
    )
  }
  inserts.sort((a, b) => a.at - b.at || a.order - b.order)
  let shown = ''
  let from = 0
  for (const { at, mark } of inserts) {
    shown += text.slice(from, at) + mark
    from = at
  }
  return shown + text.slice(from)
}

function marksOf(entity: Entity): readonly [string, string] {
  if (entity.type === 'text_link') return ['[', `](${entity.url})`]
  if (entity.type === 'date_time') return ['<time ', '>']
  return marks[entity.type] ?? [`<${entity.type} `, '>']
}

function showButton(button: Button): string {
  const sign = button.style === 'danger' ? '!' : button.style === 'success' ? '+' : ''
  return button.copy_text ? `[⧉ ${button.text}]` : `[${sign}${button.text}]`
}
