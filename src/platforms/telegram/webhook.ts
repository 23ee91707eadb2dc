// The other way to receive: Telegram posts updates to us, and a secret header proves that it is Telegram.

import { createServer, type Server } from 'node:http'
import type { Update } from 'telegraf/types'
import type { Logger } from '../../logging.ts'
import type { Health } from '../platform.ts'
import { ApiFailure, type BotApi } from './api.ts'
import { allowedUpdates } from './polling.ts'
import type { Timing } from './timing.ts'

export interface WebhookSettings {
  /** Public https address, as Telegram calls it. */
  readonly url: string
  /** 1–256 letters, digits, `_` and `-`; Telegram sends it back in a header. */
  readonly secret: string
  /** Where this process listens, behind the proxy that ends TLS. */
  readonly port: number
}

interface WebhookParts {
  readonly settings: WebhookSettings
  readonly api: BotApi
  readonly timing: Timing
  readonly log: Logger
  prepare(signal: AbortSignal): Promise<void>
  take(update: Update): void
  /** Resolves when more can be taken. */
  room(): Promise<void>
}

const retryMs = 10_000
/** How often Telegram's clock is looked at; posts carry none. */
const clockMs = 300_000

export function createWebhook({ settings, api, timing, log, prepare, take, room }: WebhookParts) {
  const stopping = new AbortController()
  let health: Health = { ready: false, why: 'Telegram: the webhook is not set yet' }
  let server: Server | null = null
  let loop: Promise<void> = Promise.resolve()

  api.bot.use(async (context) => {
    await room()
    take(context.update)
  })
  api.bot.catch((error) => log.error({ err: error }, 'an update could not be taken'))

  /** telegraf checks path and secret, reads the update and answers; what is taken counts as delivered. */
  async function listen(): Promise<void> {
    const path = new URL(settings.url).pathname
    const serve = api.bot.webhookCallback(path, { secretToken: settings.secret })
    const listening = createServer({ headersTimeout: 10_000, requestTimeout: 20_000 }, (request, response) => {
      serve(request, response).catch((error: Error) => {
        log.error({ err: error }, 'a webhook post could not be read')
        response.destroy()
      })
    })
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject)
      listening.listen(settings.port, resolve)
    })
    server = listening
  }

  async function announce(): Promise<void> {
    await prepare(stopping.signal)
    if (server === null) await listen()
    const { url, secret } = settings
    const fields = { url, secret_token: secret, allowed_updates: allowedUpdates }
    await api.call('setWebhook', fields, { timeoutMs: 15_000, signal: stopping.signal })
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await announce()
        if (!health.ready) log.info('Telegram: listening by webhook')
        health = { ready: true }
        await timing.sleep(clockMs, stopping.signal)
      } catch (error) {
        if (stopping.signal.aborted) return
        const why = error instanceof ApiFailure ? error.message : `TELEGRAM_WEBHOOK_PORT ${settings.port} can't be used`
        log.warn({ why }, 'Telegram: the webhook is not ready')
        health = { ready: false, why }
        await timing.sleep(retryMs, stopping.signal)
      }
    }
  }

  return {
    start(): void {
      loop = run()
    },
    async stop(): Promise<void> {
      stopping.abort()
      await loop
      server?.closeAllConnections()
      await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
      health = { ready: false, why: 'Telegram: stopped' }
    },
    health: () => health,
  }
}
