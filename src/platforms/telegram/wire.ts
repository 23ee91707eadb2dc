// Payloads of the renderer as the Bot API takes them, around what telegraf's forms drop.

import { type ComposedText, messageLimits } from './composer.ts'
import type { Target } from './read.ts'
import type { Keyboard, Payload } from './render.ts'

/** Parameters of a method, without the chat. */
export interface Body {
  readonly fields: Readonly<Record<string, unknown>>
  /** The same without formatting, for a server that refuses the entities. */
  readonly plain?: Readonly<Record<string, unknown>>
  /** A file is sent along, which takes longer. */
  readonly upload?: true
}

export interface Sending {
  readonly method: string
  readonly body: Body
}

export interface SendingSettings {
  readonly target: Target
  /** Nobody is woken by it: pictures and files that follow an answer. */
  readonly silent: boolean
}

export function sendingOf(payload: Payload, settings: SendingSettings): Sending {
  const around = { ...('keyboard' in payload ? replyMarkup(payload.keyboard) : {}), ...placeFields(settings) }
  switch (payload.kind) {
    case 'text':
      return { method: 'sendMessage', body: both(textFields(payload), textFields(unformatted(payload)), around) }
    case 'photo': {
      const form = { photo: { source: Buffer.from(payload.png), filename: 'picture.png' }, ...formFields(around) }
      const formatted = formFields(captionFields(payload))
      const plain = formFields(captionFields(unformatted(payload)))
      return { method: 'sendPhoto', body: { ...both(formatted, plain, form), upload: true } }
    }
    case 'document': {
      const document = { source: Buffer.from(payload.content, 'utf8'), filename: payload.name }
      return { method: 'sendDocument', body: { fields: { document, ...formFields(around) }, upload: true } }
    }
  }
}

/** An edit without a keyboard takes the buttons away, which is what a decided approval needs. */
export function editOf(edit: ComposedText & { readonly keyboard: Keyboard }, shape: string | undefined): Sending {
  const markup = replyMarkup(edit.keyboard)
  return shape === 'photo'
    ? { method: 'editMessageCaption', body: both(captionFields(edit), captionFields(unformatted(edit)), markup) }
    : { method: 'editMessageText', body: both(textFields(edit), textFields(unformatted(edit)), markup) }
}

function both(formatted: object, plain: object, around: object): Body {
  return { fields: { ...formatted, ...around }, plain: { ...plain, ...around } }
}

function unformatted(text: ComposedText): ComposedText {
  return { ...text, text: text.plain, entities: [] }
}

function textFields({ text, entities }: ComposedText): object {
  return { text, entities, link_preview_options: { is_disabled: true } }
}

function captionFields({ text, entities }: ComposedText): object {
  return text === '' ? {} : { caption: text.slice(0, messageLimits.caption), caption_entities: entities }
}

function replyMarkup(keyboard: Keyboard): object {
  return keyboard.length === 0 ? {} : { reply_markup: { inline_keyboard: keyboard } }
}

function placeFields({ target, silent }: SendingSettings): object {
  return {
    ...(target.thread === undefined ? {} : { message_thread_id: Number(target.thread) }),
    ...(target.message === undefined
      ? {}
      : { reply_parameters: { message_id: Number(target.message), allow_sending_without_reply: true } }),
    ...(silent ? { disable_notification: true } : {}),
  }
}

/** telegraf silently drops objects such as `reply_parameters` from a form; as JSON text they go through. */
function formFields(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : value]),
  )
}
