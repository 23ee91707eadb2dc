// The message being filled from top to bottom: text, then fields, then a picture; what comes after opens another embed.

import type { APIEmbed } from 'discord.js'
import type { Text } from '../../core/reply.ts'
import type { MessageLimits } from './limits.ts'
import { cutEscaped, escapeMarkdown, oneLine, write } from './text.ts'

export interface RenderedFile {
  readonly name: string
  readonly data: string | Uint8Array
  readonly description?: string
}

/** Kept free for the line that says what was cut. */
export const noteRoom = 80
const factRoom = 400
const shortestFact = 8
const inlineFactWidth = 40

export class Page {
  readonly files: RenderedFile[] = []
  isCut = false
  readonly #embeds: APIEmbed[]
  readonly #colour: number
  readonly #limits: MessageLimits
  #left: number

  constructor(title: string, colour: number, limits: MessageLimits) {
    this.#embeds = [{ title, color: colour }]
    this.#colour = colour
    this.#limits = limits
    this.#left = limits.embedTotal - title.length - noteRoom
  }

  /** Characters that the next text may use, in the embed it would go to. */
  room(): number {
    const embed = this.#textEmbed()
    if (!embed) return 0
    const used = embed.description === undefined ? 0 : embed.description.length + 1
    return Math.max(0, Math.min(this.#left - 1, this.#limits.description - noteRoom - used))
  }

  addText(text: Text, room: number): void {
    const { markup, cut } = write(text, Math.min(room, this.room()))
    if (cut) this.isCut = true
    this.addMarkup(markup)
  }

  addMarkup(markup: string): void {
    if (markup.trim() === '') return
    // An embed that stays empty is refused: open one only for what fits.
    const embed = markup.length <= this.room() ? this.#textEmbed(true) : undefined
    if (!embed) {
      this.isCut = true
      return
    }
    const separated = embed.description === undefined ? markup : `\n${markup}`
    embed.description = `${embed.description ?? ''}${separated}`
    this.#left -= separated.length
  }

  addFact(label: string, value: Text): void {
    const name = cutEscaped(escapeMarkdown(oneLine(label.slice(0, 300))), this.#limits.fieldName) || '–'
    const room = Math.min(factRoom, this.#limits.fieldValue, this.#left - name.length)
    const written = write(value, Math.max(0, room))
    const embed = room >= shortestFact ? this.#fieldEmbed() : undefined
    if (written.cut || !embed) this.isCut = true
    if (!embed) return
    const shown = written.markup.trim() === '' ? '–' : written.markup
    embed.fields = [...(embed.fields ?? []), { name, value: shown, inline: shown.length <= inlineFactWidth }]
    this.#left -= name.length + shown.length
  }

  addPicture(file: string): void {
    const last = this.#embeds.at(-1)
    const embed = last?.image ? this.#nextEmbed() : last
    if (embed) embed.image = { url: `attachment://${file}` }
  }

  /** The name the file got, or null when no more fit. */
  addFile(name: string, data: string | Uint8Array, description?: string): string | null {
    // One place stays free for the whole answer as text.
    if (this.files.length >= this.#limits.files - 1 || data.length > this.#limits.fileBytes) return null
    const taken = new Set(this.files.map((file) => file.name))
    const unique = [name, ...this.files.map((_, index) => name.replace('.', `-${index + 2}.`))].find(
      (candidate) => !taken.has(candidate),
    )
    this.files.push({ name: unique ?? name, data, ...(description && { description }) })
    return unique ?? name
  }

  /** The embeds; `whole` makes the file that comes along when something was cut. */
  finish(whole: () => string): readonly APIEmbed[] {
    if (this.isCut) {
      const text = whole()
      const room = this.#limits.fileBytes / 4
      const kept = text.length > room ? `${text.slice(0, room)}\n[cut: ${text.length} characters in all]\n` : text
      this.files.push({ name: 'answer.txt', data: kept })
      this.#note('shortened: the whole answer is in answer.txt')
    }
    return this.#embeds
  }

  #note(note: string): void {
    const last = this.#embeds.at(-1) as APIEmbed
    if (last.fields || last.image) last.footer = { text: note }
    else last.description = last.description === undefined ? `*${note}*` : `${last.description}\n*${note}*`
  }

  /** Where text goes: the last embed while it shows nothing below its text. */
  #textEmbed(open = false): APIEmbed | undefined {
    const last = this.#embeds.at(-1) as APIEmbed
    if (!last.fields && !last.image) return last
    if (this.#embeds.length >= this.#limits.embeds) return undefined
    return open ? this.#nextEmbed() : {}
  }

  #fieldEmbed(): APIEmbed | undefined {
    const last = this.#embeds.at(-1) as APIEmbed
    return last.image || (last.fields?.length ?? 0) >= this.#limits.fields ? this.#nextEmbed() : last
  }

  #nextEmbed(): APIEmbed | undefined {
    if (this.#embeds.length >= this.#limits.embeds) return undefined
    const embed: APIEmbed = { color: this.#colour }
    this.#embeds.push(embed)
    return embed
  }
}
