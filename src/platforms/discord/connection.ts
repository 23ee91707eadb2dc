// The gateway connection: kept alive with back-off, and plain about what can't heal by itself. Never ends the process.

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type APIInteraction,
  Client,
  type ClientOptions,
  Events,
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  Options,
} from 'discord.js'
import type { Logger } from 'pino'
import type { Health } from '../platform.ts'

export interface ConnectionSettings {
  readonly token: string
  readonly apiUrl: string | null
  readonly log: Logger
  /** Waits between tries to log in; the last one repeats. */
  readonly backOffMs?: readonly number[]
  onReady(application: string, guilds: readonly string[]): void
  onGuild(guild: { readonly id: string; readonly name: string }): void
  onInteraction(interaction: APIInteraction): void
}

export interface Connection {
  start(): void
  stop(): Promise<void>
  health(): Health
}

const usualBackOffMs = [1000, 2000, 5000, 15_000, 60_000]

/** Closes that another try would only repeat, and what to do about each. */
const hopeless: ReadonlyMap<number, string> = new Map([
  [
    GatewayCloseCodes.AuthenticationFailed,
    'Discord refuses the token. Make a new one in the developer portal (Bot, Reset Token), set DISCORD_TOKEN and restart.',
  ],
  [GatewayCloseCodes.InvalidShard, 'Discord refuses the shard (4010). Update Rollcall.'],
  [
    GatewayCloseCodes.ShardingRequired,
    'The bot is in too many servers for one connection (4011). Remove it from some.',
  ],
  [GatewayCloseCodes.InvalidAPIVersion, 'Discord no longer takes this API version (4012). Update Rollcall.'],
  [GatewayCloseCodes.InvalidIntents, 'Discord does not know the intents asked for (4013). Update Rollcall.'],
  [
    GatewayCloseCodes.DisallowedIntents,
    'Discord does not allow the intents asked for (4014). Rollcall needs only Guilds, which is not privileged: check that the token belongs to this bot.',
  ],
])

export function createConnection(settings: ConnectionSettings): Connection {
  const { log, backOffMs = usualBackOffMs } = settings
  const stopping = new AbortController()
  let client: Client | null = null
  let health: Health = { ready: false, why: 'not started' }

  /** Resolves when this client will never connect again by itself; true when trying again makes sense. */
  async function attempt(): Promise<boolean> {
    const current = new Client(clientOptions(settings))
    client = current
    let isHopeless = false
    const giveUp = (why: string) => {
      isHopeless = true
      health = { ready: false, why }
      log.error({ why }, 'Discord: not connected, and trying again would not help')
    }
    listen(current, settings, {
      set: (next) => {
        if (isHopeless || stopping.signal.aborted) return
        health = next
        if (!next.ready) log.warn({ why: next.why }, 'Discord: not connected')
      },
      closed: (code) =>
        !stopping.signal.aborted && giveUp(hopeless.get(code) ?? `Discord closed the connection for good (${code}).`),
    })
    try {
      await current.login(settings.token)
      return false
    } catch (error) {
      const name = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (name === 'TokenInvalid') giveUp(hopeless.get(GatewayCloseCodes.AuthenticationFailed) ?? '')
      // The message only: the error may carry the address it called.
      else if (!isHopeless) log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'Discord: no login')
      return !isHopeless
    }
  }

  async function run(): Promise<void> {
    for (let tries = 0; !stopping.signal.aborted; tries += 1) {
      health = { ready: false, why: tries === 0 ? 'connecting to Discord' : 'Discord can’t be reached; trying again' }
      if (!(await attempt())) return
      const wait = backOffMs[Math.min(tries, backOffMs.length - 1)] ?? 1000
      // An aborted wait is how stop() ends it.
      await sleep(wait, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    start() {
      run().catch((error: unknown) => log.error({ err: error }, 'Discord: the connection ended unexpectedly'))
    },
    async stop() {
      stopping.abort()
      health = { ready: false, why: 'stopped' }
      await client?.destroy()
    },
    health: () => health,
  }
}

interface Watcher {
  set(health: Health): void
  closed(code: number): void
}

/**
 * Packets as they come, because discord.js holds interactions back until every guild has reported, up to 15 s after a
 * start: none of those could be acknowledged in time.
 */
function listen(client: Client, settings: ConnectionSettings, watcher: Watcher): void {
  const { log } = settings
  const connected = () => watcher.set({ ready: true })
  client.ws.on(GatewayDispatchEvents.Ready, (data) => {
    connected()
    const guilds = (data.guilds as readonly { id: string }[]).map(({ id }) => id)
    settings.onReady(data.application.id, guilds)
  })
  client.ws.on(GatewayDispatchEvents.Resumed, connected)
  client.ws.on(GatewayDispatchEvents.GuildCreate, ({ id, name }) => settings.onGuild({ id, name }))
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (data) => settings.onInteraction(data))
  // Without a listener an error that the library reports would end the process.
  client.on(Events.Error, (error) => log.warn({ error: error.message }, 'Discord: the client reported an error'))
  client.on(Events.ShardError, (error) => log.warn({ error: error.message }, 'Discord: connection trouble'))
  client.on(Events.ShardReconnecting, () => {
    watcher.set({ ready: false, why: 'the connection to Discord broke; reconnecting' })
  })
  client.on(Events.ShardDisconnect, ({ code }) => watcher.closed(code))
}

function clientOptions({ apiUrl }: ConnectionSettings): ClientOptions {
  return {
    intents: [GatewayIntentBits.Guilds],
    allowedMentions: { parse: [] },
    rest: { timeout: 10_000, retries: 1, ...(apiUrl !== null && { api: apiUrl }) },
    // We keep nothing about people: each interaction brings what is needed, and the cache would grow with every asker.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      GuildMemberManager: { maxSize: 0, keepOverLimit: ({ id, client }) => id === client.user.id },
      UserManager: { maxSize: 0, keepOverLimit: ({ id, client }) => id === client.user.id },
      MessageManager: 0,
      PresenceManager: 0,
      ReactionManager: 0,
      VoiceStateManager: 0,
    }),
  }
}
