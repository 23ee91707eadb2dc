// The platform-neutral answer: text is data here, and only renderers know limits, escaping and markup.

export type Inline =
  | string
  | { readonly bold: string }
  | { readonly code: string }
  | { readonly link: string; readonly url: string }
  | { readonly time: Date }

export type Text = Inline | readonly Inline[]

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: Text])[] }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly rows: readonly (readonly string[])[]
      /** File name stem used when the table is too long to show whole, e.g. `rows-1139`. */
      readonly name?: string
      /** Attach the whole table as a CSV file even where all of it is shown (an export was asked for). */
      readonly attach?: boolean
    }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'image'; readonly picture: string; readonly data: unknown; readonly description: string }

/** good, warning, bad or neutral: a colour on Discord, a sign on Telegram, both in the terminal. Never colour alone. */
export type Tone = 'good' | 'warning' | 'bad' | 'neutral'

export interface Action {
  readonly label: string
  readonly style: 'danger' | 'success' | 'plain'
  /** At most 64 bytes (Telegram's callback data); made by `core/button.ts`, so that it outlives the process. */
  readonly id: string
}

export interface Reply {
  readonly tone: Tone
  /** Must make sense alone: it is what a phone notification shows. */
  readonly title: string
  readonly blocks: readonly Block[]
  readonly actions?: readonly Action[]
  /** Asks the platform to mention whoever the configuration names (APPROVAL_MENTION, ALERT_MENTION). Nothing else pings. */
  readonly mention?: 'approval' | 'alert'
}

export const paragraph = (...text: readonly Inline[]): Block => ({ kind: 'paragraph', text })
export const bold = (text: string): Inline => ({ bold: text })
export const code = (text: string): Inline => ({ code: text })
export const link = (text: string, url: string): Inline => ({ link: text, url })
export const time = (at: Date | string): Inline => ({ time: typeof at === 'string' ? new Date(at) : at })

/** The inline pieces of a text, whichever way it was written. */
export function pieces(text: Text): readonly Inline[] {
  return isList(text) ? text : [text]
}

function isList(text: Text): text is readonly Inline[] {
  return Array.isArray(text)
}
