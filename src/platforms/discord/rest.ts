// Calls to Discord's REST API, each within a time limit, and failures told apart without tokens in their text.

import { setTimeout as sleep } from 'node:timers/promises'
import { DiscordAPIError, HTTPError, type RateLimitData, RateLimitError, type RawFile, REST } from 'discord.js'

/** JSON error codes that we act on: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
export const codes = {
  unknownChannel: 10003,
  unknownGuild: 10004,
  unknownMessage: 10008,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  alreadyAcknowledged: 40060,
  missingAccess: 50001,
  emptyMessage: 50006,
  missingPermissions: 50013,
  invalidWebhookToken: 50027,
  invalidForm: 50035,
  threadArchived: 50083,
} as const

/** A call that failed. The library's errors carry the address, and with it the interaction's token: this one doesn't. */
export class DiscordFailure extends Error {
  /** Discord's own code, or 0 when the answer carried none or there was no answer. */
  readonly code: number
  readonly status: number
  constructor(doing: string, why: string, code = 0, status = 0) {
    super(`${doing}: ${why}`)
    this.name = 'DiscordFailure'
    this.code = code
    this.status = status
  }

  is(...wanted: readonly (keyof typeof codes)[]): boolean {
    return wanted.some((name) => codes[name] === this.code)
  }

  /** No answer, or one of a proxy on the way: Discord may have done what was asked. */
  get mayHaveArrived(): boolean {
    return this.status === 0 || this.status >= 500
  }
}

export interface Body {
  readonly body?: unknown
  readonly files?: readonly RawFile[]
}

export interface Call extends Body {
  readonly method: 'get' | 'post' | 'put' | 'patch'
  readonly route: `/${string}`
  /** False where the token in the path is the permission. */
  readonly auth?: boolean
}

export interface DiscordRest {
  /** For everything but acknowledgements: tries again on 5xx, waits for short rate limits. @throws DiscordFailure */
  call(doing: string, call: Call): Promise<unknown>
  /** For what must arrive within 3 s of the person's click: one try, short enough for a second. @throws DiscordFailure */
  atOnce(doing: string, call: Call): Promise<unknown>
}

export interface RestSettings {
  readonly token: string
  readonly apiUrl: string | null
}

/** Everything that a call may take, retries and rate limits included. */
const longestMs = 20_000
/** A rate limit longer than this is a failure to report, not something to sit through. */
const longestWaitMs = 10_000
const unsaidWaitMs = 500
const sweepMs = 5000

export function createDiscordRest({ token, apiUrl }: RestSettings): DiscordRest {
  const base = {
    version: '10',
    // Every interaction has a queue of its own; swept hourly, a busy hour would keep 100 000 of them.
    handlerSweepInterval: sweepMs,
    ...(apiUrl !== null && { api: apiUrl }),
  }
  const patience = {
    ...base,
    timeout: 6000,
    retries: 2,
    async rejectOnRateLimit(limit: RateLimitData) {
      // A 429 without a Retry-After: the library would ask again at once, and go on so.
      if (limit.retryAfter === 0) await sleep(unsaidWaitMs)
      return waitOf(limit) > longestWaitMs
    },
  }
  const patient = new REST(patience).setToken(token)
  // What goes by an interaction's token does not count towards the bot's requests a second: Discord tells when it is too much.
  const byToken = new REST({ ...patience, globalRequestsPerSecond: Number.MAX_SAFE_INTEGER })
  // The library's own retries would hide that a first try may have arrived (chat-platforms 1.2).
  const quick = new REST({ ...base, timeout: 1200, retries: 0, rejectOnRateLimit: () => true })
  return {
    async call(doing, call) {
      try {
        return await run(call.auth === false ? byToken : patient, doing, call, longestMs)
      } finally {
        // The library forgets the token at the first 401, even one that a proxy made: every later call would fail.
        patient.setToken(token)
      }
    },
    atOnce: (doing, call) => run(quick, doing, { ...call, auth: false }, 1300),
  }
}

async function run(rest: REST, doing: string, call: Call, limitMs: number): Promise<unknown> {
  const { method, route, body, files, auth = true } = call
  const controller = new AbortController()
  const options = {
    signal: controller.signal,
    auth,
    ...(body !== undefined && { body }),
    ...(files?.length && { files: [...files] }),
  }
  let timer: NodeJS.Timeout | undefined
  // The library's own time limit ends with the head of an answer, and its wait for a rate limit can't be aborted: the
  // race covers both.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort()
      reject(new DiscordFailure(doing, 'Discord did not answer in time'))
    }, limitMs)
  })
  try {
    return await Promise.race([rest[method](route, options), late])
  } catch (error) {
    throw error instanceof DiscordFailure ? error : failure(doing, error)
  } finally {
    clearTimeout(timer)
  }
}

/** A limit shared by all or below the usual one leaves `timeToReset` at 0. */
function waitOf({ timeToReset, retryAfter, sublimitTimeout }: RateLimitData): number {
  return Math.max(timeToReset, retryAfter, sublimitTimeout)
}

function failure(doing: string, error: unknown): DiscordFailure {
  if (error instanceof DiscordAPIError) {
    return new DiscordFailure(doing, `Discord refused: ${error.message}`, Number(error.code) || 0, error.status)
  }
  if (error instanceof HTTPError) return new DiscordFailure(doing, `Discord answered ${error.status}`, 0, error.status)
  if (error instanceof RateLimitError) {
    const why = `Discord asks to wait ${Math.ceil(waitOf(error) / 1000)} s`
    return new DiscordFailure(doing, why, 0, 429)
  }
  if (error instanceof Error && /Abort|Timeout/.test(error.name)) {
    return new DiscordFailure(doing, 'Discord did not answer in time')
  }
  return new DiscordFailure(doing, `Discord could not be reached (${reasonOf(error)})`)
}

/** The name of the trouble only: a text of unknown origin could hold the address. */
function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return error instanceof Error ? error.name : 'unknown'
}

/**
 * The ids of a message as answered; `channel` is where it was sent, for an answer that leaves that out.
 * @throws DiscordFailure when something else came back, such as a proxy's page
 */
export function readMessageIds(doing: string, answer: unknown, channel: string) {
  if (typeof answer === 'object' && answer !== null && 'id' in answer) {
    return { id: String(answer.id), channel: 'channel_id' in answer ? String(answer.channel_id) : channel }
  }
  throw new DiscordFailure(doing, 'the answer is no message')
}
