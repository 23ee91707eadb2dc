// Tries the ports that the bot would listen on: free, already the running bot's, or somebody else's.

import { createServer } from 'node:http'
import type { Config } from '../config.ts'
import { type Check, fix, note, ok } from './check.ts'

const askMs = 2000

export async function checkPorts({ httpPort, telegram }: Config, signal: AbortSignal): Promise<readonly Check[]> {
  const webhookPort = telegram?.webhook?.port
  const [http, webhook] = await Promise.all([
    httpPort === null ? [] : [await checkHttpPort(httpPort, signal)],
    webhookPort === undefined ? [] : [await checkWebhookPort(webhookPort)],
  ])
  return [...http, ...webhook]
}

async function checkHttpPort(port: number, signal: AbortSignal): Promise<Check> {
  const trouble = await tryToListen(port)
  if (trouble === 'EADDRINUSE' && (await isRollcall(port, signal))) {
    return ok('HTTP_PORT', `A running Rollcall answers on port ${port}.`)
  }
  return trouble === null ? ok('HTTP_PORT', `Port ${port} is free.`) : fix('HTTP_PORT', listenText(port, trouble))
}

/** Who listens there can't be asked: a webhook answers nobody but Telegram. */
async function checkWebhookPort(port: number): Promise<Check> {
  const setting = 'TELEGRAM_WEBHOOK_PORT'
  const trouble = await tryToListen(port)
  if (trouble === null) return ok(setting, `Port ${port} is free.`)
  if (trouble === 'EADDRINUSE') return note(setting, `Port ${port} is in use: fine if that is the bot already running.`)
  return fix(setting, listenText(port, trouble))
}

function listenText(port: number, trouble: string): string {
  if (trouble === 'EADDRINUSE') return `Port ${port} is used by another program: choose a free one.`
  if (trouble === 'EACCES') return `Port ${port} may not be opened by this user: choose one above 1023.`
  return `Port ${port} can't be listened on (${trouble}).`
}

/** Null, or the system's name of the trouble. */
function tryToListen(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    server.listen(port, () => server.close(() => resolve(null)))
  })
}

async function isRollcall(port: number, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(askMs)])
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: limit })
    return (await answer.text()) === '{"alive":true}'
  } catch {
    // Whoever listens there speaks no HTTP, or not to us: then it is another program.
    return false
  }
}
