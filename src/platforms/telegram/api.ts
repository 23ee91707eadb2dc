// One call of the Bot API: telegraf's client with our own time limits, and failures told apart without the token in them.

import { Telegraf } from 'telegraf'
import type { Timing } from './timing.ts'

export type FailureReason =
  /** Telegram said no (4xx): asking again changes nothing. */
  | 'refused'
  | 'flood'
  /** No answer that could be read: no connection, 5xx, a proxy's page instead of JSON. */
  | 'unreachable'
  | 'timed-out'
  /** We called it off ourselves. */
  | 'stopped'

interface FailureDetails {
  readonly code?: number
  readonly retryAfterSeconds?: number
  readonly movedTo?: string
}

export class ApiFailure extends Error {
  readonly reason: FailureReason
  readonly code: number | null
  readonly retryAfterSeconds: number
  /** The group became a supergroup with this id. */
  readonly movedTo: string | null

  constructor(reason: FailureReason, text: string, details: FailureDetails = {}) {
    super(text)
    this.name = 'ApiFailure'
    this.reason = reason
    this.code = details.code ?? null
    this.retryAfterSeconds = details.retryAfterSeconds ?? 0
    this.movedTo = details.movedTo ?? null
  }
}

export interface CallSettings {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface BotApi {
  /** For webhooks, which telegraf serves. */
  readonly bot: Telegraf
  call<T = unknown>(method: string, payload: object, settings: CallSettings): Promise<T>
  /** The same, and the answer's `Date` header sets `clock`: telegraf's client keeps headers to itself. */
  callAndSetClock<T = unknown>(method: string, payload: object, settings: CallSettings): Promise<T>
  /** Now, by Telegram's own clock: messages carry its time, so their age must come from it too. */
  clock(): Date
}

interface ApiSettings {
  readonly token: string
  readonly apiUrl: string
  readonly timing: Timing
}

export function createApi({ token, apiUrl, timing }: ApiSettings): BotApi {
  // Without the slash at its end, a path in the address would be lost.
  const apiRoot = apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`
  const bot = new Telegraf(token, { telegram: { apiRoot, webhookReply: false } })
  const tell = createTelling(token)
  let offsetMs = 0

  async function run<T>(method: string, settings: CallSettings, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // Timers and listeners end with the call: thousands of finished calls must not wait for their time limits.
    const control = new AbortController()
    const abort = () => control.abort()
    const timer = setTimeout(abort, settings.timeoutMs)
    settings.signal?.addEventListener('abort', abort)
    try {
      return await work(control.signal)
    } catch (error) {
      if (settings.signal?.aborted) throw new ApiFailure('stopped', `${method} was called off`)
      if (!control.signal.aborted) throw tell(method, error)
      throw new ApiFailure('timed-out', `Telegram did not answer ${method} within ${settings.timeoutMs / 1000} s`)
    } finally {
      clearTimeout(timer)
      settings.signal?.removeEventListener('abort', abort)
    }
  }

  return {
    bot,
    call: <T>(method: string, payload: object, settings: CallSettings) =>
      run(method, settings, (signal) => {
        // Methods and fields newer than telegraf's types go through unchanged, so the types can't help here.
        const call = bot.telegram.callApi as (method: string, payload: object, options: object) => Promise<unknown>
        return call.call(bot.telegram, method, payload, { signal }) as Promise<T>
      }),
    callAndSetClock: <T>(method: string, payload: object, settings: CallSettings) =>
      run(method, settings, async (signal) => {
        const response = await fetch(new URL(`./bot${token}/${method}`, apiRoot), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(payload),
          signal,
        })
        const body = await readBody(response)
        const date = Date.parse(response.headers.get('date') ?? '')
        if (!Number.isNaN(date)) offsetMs = date - timing.now()
        return body as T
      }),
    clock: () => new Date(timing.now() + offsetMs),
  }
}

interface Refused {
  readonly error_code: number
  readonly description: string
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number }
}

/** Thrown in telegraf's shape, so that both ways of calling fail alike. */
async function readBody(response: Response): Promise<unknown> {
  const body = (await response.json()) as ({ ok: true; result: unknown } | ({ ok: false } & Refused)) | null
  if (body?.ok === true) return body.result
  const refused = { error_code: response.status, description: response.statusText, ...body }
  throw Object.assign(new Error(refused.description), { response: refused })
}

/**
 * Failures in our own words. Nothing of the thrown text is kept except Telegram's description: a FetchError's message
 * holds the whole address, and that holds the token (chat-platforms: telegraf #1522).
 */
function createTelling(token: string): (method: string, error: unknown) => ApiFailure {
  return (method, error) => {
    const refused = (error as { response?: Partial<Refused> } | null)?.response
    const code = refused?.error_code
    if (refused === undefined || code === undefined || code >= 500) {
      const what = code === undefined ? connectionTrouble(error) : `it answered ${code}`
      return new ApiFailure('unreachable', `Telegram could not be asked for ${method}: ${what}`, code ? { code } : {})
    }
    const description = String(refused.description ?? '')
      .replaceAll(token, '…')
      .slice(0, 300)
    const movedTo = refused.parameters?.migrate_to_chat_id
    return new ApiFailure(code === 429 ? 'flood' : 'refused', `Telegram refused ${method}: ${code} ${description}`, {
      code,
      retryAfterSeconds: refused.parameters?.retry_after ?? (code === 429 ? 5 : 0),
      ...(movedTo === undefined ? {} : { movedTo: String(movedTo) }),
    })
  }
}

function connectionTrouble(error: unknown): string {
  const { code, type, name, cause } = (error ?? {}) as { code?: string; type?: string; name?: string; cause?: unknown }
  if (type === 'invalid-json' || name === 'SyntaxError') return 'it answered something that is not JSON'
  const inner = (cause as { code?: string } | undefined)?.code ?? code ?? type
  return typeof inner === 'string' && /^[\w-]{1,40}$/.test(inner) ? inner : 'the connection failed'
}
