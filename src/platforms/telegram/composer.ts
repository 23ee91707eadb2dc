// A message being filled from top to bottom: pieces go in while text, entities and their bytes stay within the limits.

import { clean, cutAt, neutralise, oneLine } from './text.ts'

export interface RawEntity {
  readonly type: 'bold' | 'code' | 'pre' | 'text_link' | 'date_time' | 'text_mention'
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly unix_time?: number
  readonly user?: { readonly id: number; readonly is_bot: false; readonly first_name: string }
}

export type Mark = Omit<RawEntity, 'offset' | 'length'>

export interface Span {
  readonly text: string
  readonly mark?: Mark
}

export interface MessageLimits {
  /** UTF-16 units of a text, of a caption, and of all formatting together. */
  readonly text: number
  readonly caption: number
  readonly entities: number
  readonly entityBytes: number
}

/**
 * The Bot API's limits; formatting beyond the 100th piece is silently lost, and all of it together may take about
 * 9 500 bytes (telegram-bot-api #165).
 */
export const messageLimits: MessageLimits = { text: 4096, caption: 1024, entities: 100, entityBytes: 9000 }

interface Content {
  readonly text: string
  readonly entities: readonly RawEntity[]
}

export interface ComposedText {
  readonly text: string
  readonly entities: readonly RawEntity[]
  /** The same without formatting and still with nothing live: for a server that refuses the entities. */
  readonly plain: string
}

/** Bold labels are a comfort: they may not use up the formatting that code and links need. */
const boldUntil = 50
const mentionsKept = 10

export class Composer {
  /** Something was left out or shortened. */
  isCut = false
  /** Nothing more fits. */
  isFull = false
  #content: Content = { text: '', entities: [] }
  #room: number
  readonly #limits: MessageLimits

  constructor(room: number, limits: MessageLimits) {
    this.#room = room
    this.#limits = limits
  }

  /** Gives room back that was kept free. */
  release(room: number): void {
    this.#room += room
    this.isFull = false
  }

  /** Adds all of it, or nothing when it does not fit: then the message is full, and nothing more is to follow. */
  add(spans: readonly Span[]): boolean {
    if (this.#tryToAdd(spans) === 0) return true
    this.isCut = true
    this.isFull = true
    return false
  }

  /** Adds as much as fits into `room`, with `…` where something is missing. */
  addCut(spans: readonly Span[], room: number): void {
    for (let share = room; share >= leastCut; ) {
      const { spans: fitting, cut } = cutSpans(spans, share)
      const over = this.#tryToAdd(fitting)
      if (over === 0) {
        this.isCut ||= cut
        this.isFull ||= cut && share < room
        return
      }
      share = Math.min(share, lengthOf(fitting)) - over
    }
    this.isCut = true
    this.isFull = true
  }

  fits(spans: readonly Span[]): boolean {
    return this.#over(this.#with(spans)) === 0
  }

  /** Adds the spans when they fit; by how much they don't, otherwise. */
  #tryToAdd(spans: readonly Span[]): number {
    const next = this.#with(spans)
    const over = this.#over(next)
    if (over === 0) this.#content = next
    return over
  }

  #with(spans: readonly Span[]): Content {
    let { text } = this.#content
    const entities = [...this.#content.entities]
    for (const span of spans) {
      if (span.mark && span.text.trim() !== '' && this.#mayMark(span.mark, entities)) {
        entities.push({ ...span.mark, offset: text.length, length: span.text.length })
      }
      text += span.text
    }
    return { text, entities }
  }

  #over({ text, entities }: Content): number {
    // No character needs more than one joiner, so short texts need no look.
    if (text.length * 2 <= this.#room) return 0
    return Math.max(0, neutralise(text, entities).text.length - this.#room)
  }

  finish(): ComposedText {
    const trimmed = this.#content.text.trimEnd()
    const entities = this.#content.entities
      .map((entity) => ({ ...entity, length: Math.min(entity.length, trimmed.length - entity.offset) }))
      .filter((entity) => entity.length > 0)
    const plain = cutAt(neutralise(trimmed, []).text, this.#limits.text)
    return { ...neutralise(trimmed, entities), plain }
  }

  #mayMark(mark: Mark, entities: readonly RawEntity[]): boolean {
    if (mark.type === 'bold' && entities.length >= boldUntil) return false
    // The last ones are for those who are to be rung.
    const most = this.#limits.entities - (mark.type === 'text_mention' ? 0 : mentionsKept)
    const bytes = entities.reduce((sum, entity) => sum + entityBytes(entity), entityBytes(mark))
    return entities.length < most && bytes <= this.#limits.entityBytes
  }
}

function entityBytes(mark: Mark): number {
  return 16 + Buffer.byteLength(mark.url ?? '')
}

/** Less than this of a piece says nothing. */
const leastCut = 40

function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.text.length, 0)
}

export function cutSpans(spans: readonly Span[], room: number): { spans: readonly Span[]; cut: boolean } {
  const kept: Span[] = []
  let left = room
  for (const span of spans) {
    if (span.text.length <= left) {
      kept.push(span)
      left -= span.text.length
      continue
    }
    // A time or a link label that is cut would say something else.
    const text =
      span.mark?.type === 'date_time' || span.mark?.type === 'text_link' ? '…' : `${cutAt(span.text, left - 1)}…`
    return { spans: [...kept, text === '…' ? { text } : { ...span, text }], cut: true }
  }
  return { spans: kept, cut: false }
}

/** Longest piece of hostile text looked at: more than any message holds, little enough to be quick. */
const lookedAt = 10_000

export const cleanSpan = (text: string, mark?: Mark): Span => spanOf(clean(text.slice(0, lookedAt)), mark)
export const lineSpan = (text: string, mark?: Mark): Span => spanOf(oneLine(text.slice(0, lookedAt)), mark)

function spanOf(text: string, mark: Mark | undefined): Span {
  return mark === undefined ? { text } : { text, mark }
}
