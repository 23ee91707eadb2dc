// A channel as a person would see it, as text: who wrote what, embeds, buttons, files, and what was edited or deleted.

import { see } from './markdown.ts'
import type { FakeMessage, FakeUser, Json, World } from './world.ts'

export interface TranscriptSettings {
  /** Whose screen it is: private answers to others are left out. Without it everything is shown and marked. */
  readonly reader?: FakeUser
}

export function transcript(world: World, channel: string, settings: TranscriptSettings = {}): string {
  return [...world.messages.values()]
    .filter((message) => message.channel === channel && isVisible(message, settings.reader))
    .map((message) => messageText(world, message))
    .join('\n\n')
    .concat('\n')
}

function isVisible(message: FakeMessage, reader: FakeUser | undefined): boolean {
  return !reader || message.onlyFor === null || message.onlyFor.id === reader.id
}

export function messageText(world: World, message: FakeMessage): string {
  const answered = message.replyTo && world.messages.get(message.replyTo)
  const head = [
    message.asked && `${message.asked.user.name}: ${message.asked.line}`,
    answered && `┌ ${answered.author.name}: ${firstLine(answered)}`,
    `${message.author.name}${message.author.bot ? ' [app]' : ''}${marks(message)}`,
  ].filter((line) => line)
  if (message.deleted) return [...head, '  (deleted)'].join('\n')
  if (message.thinking) return [...head, '  … is thinking'].join('\n')
  const body = [
    ...(message.content === '' ? [] : see(message.content).text.split('\n')),
    ...message.embeds.flatMap(embedLines),
    ...message.files.filter(({ filename }) => !isShown(message, filename)).map(fileLine),
    ...message.components.map(rowLine),
  ]
  return [...head, ...body.map((line) => `  ${line}`.trimEnd())].join('\n')
}

function marks(message: FakeMessage): string {
  const notes = [
    message.edits > 0 && 'edited',
    message.onlyFor && `only ${message.onlyFor.name} sees this`,
    message.pinged.length > 0 && `rings ${message.pinged.join(', ')}`,
  ].filter((note) => note)
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`
}

function firstLine(message: FakeMessage): string {
  const title = message.embeds[0]?.title
  return see(message.content || (typeof title === 'string' ? title : '')).text.split('\n')[0] ?? ''
}

/** A picture of an embed isn't listed as a file as well. */
function isShown(message: FakeMessage, filename: string): boolean {
  return message.embeds.some((embed) => (embed.image as Json | undefined)?.url === `attachment://${filename}`)
}

function embedLines(embed: Json): readonly string[] {
  const image = embed.image as Json | undefined
  const footer = embed.footer as Json | undefined
  const lines = [
    ...(embed.title ? [see(String(embed.title)).text] : []),
    ...(embed.description ? see(String(embed.description)).text.split('\n') : []),
    ...((embed.fields ?? []) as readonly Json[]).flatMap(fieldLines),
    ...(image ? [`[picture ${String(image.url).replace('attachment://', '')}]`] : []),
    ...(footer ? [`(${footer.text})`] : []),
  ]
  return lines.map((line) => `${bar(embed)} ${line}`)
}

/** The coloured edge of an embed, as a letter: green, yellow, red, or none. */
function bar(embed: Json): string {
  const colour = Number(embed.color ?? 0)
  const [red, green, blue] = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff] as const
  if (red > 180 && green > 120) return 'y|'
  if (red > 180) return 'r|'
  return green > 130 && blue < 130 ? 'g|' : ' |'
}

function fieldLines(field: Json): readonly string[] {
  const [first = '', ...rest] = see(String(field.value)).text.split('\n')
  return [`${see(String(field.name)).text}: ${first}`, ...rest.map((line) => `  ${line}`)]
}

function fileLine(file: FakeMessage['files'][number]): string {
  return `[file ${file.filename}, ${file.bytes.length} bytes]`
}

function rowLine(row: Json): string {
  return (row.components as readonly Json[]).map((button) => `[${button.label}]`).join(' ')
}
