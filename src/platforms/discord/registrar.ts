// Keeps the commands of each allowed guild as declared: reads what is there, writes only when something differs.

import { setTimeout as sleep } from 'node:timers/promises'
import { Routes } from 'discord.js'
import type { Logger } from 'pino'
import { errorText } from '../../core/errors.ts'
import { type DiscordCommand, differences } from './register.ts'
import { DiscordFailure, type DiscordRest } from './rest.ts'

export interface RegistrarParts {
  readonly rest: DiscordRest
  readonly commands: readonly DiscordCommand[]
  readonly guilds: readonly string[]
  readonly log: Logger
  readonly backOffMs?: readonly number[]
}

export interface Registrar {
  /** Starts on every allowed guild that isn't done yet. */
  ready(application: string, memberOf: readonly string[]): void
  /** The bot sees this guild, now or just joined. */
  joined(guild: { readonly id: string; readonly name: string }): void
  stop(): void
  /** What keeps commands from being offered somewhere, and what to do; empty when all is well. */
  troubles(): readonly string[]
}

const usualBackOffMs = [5000, 30_000, 120_000]

export function createRegistrar(parts: RegistrarParts): Registrar {
  const { rest, commands, guilds, log, backOffMs = usualBackOffMs } = parts
  const troubles = new Map<string, string>()
  const busy = new Set<string>()
  const stopping = new AbortController()
  let application = ''

  async function sync(guild: string): Promise<void> {
    const route = Routes.applicationGuildCommands(application, guild)
    const existing = await rest
      .call('reading the registered commands', { method: 'get', route })
      .catch(nothingToCompare)
    if (!Array.isArray(existing)) throw new DiscordFailure('reading the registered commands', 'the answer is no list')
    const changes = differences(existing, commands)
    if (changes.length === 0) return log.info({ guild }, 'Discord: the commands are as declared')
    await rest.call('registering the commands', { method: 'put', route, body: commands })
    log.info({ guild, changes }, 'Discord: commands registered')
  }

  async function keepTrying(guild: string): Promise<void> {
    for (let tries = 0; !stopping.signal.aborted; tries += 1) {
      try {
        await sync(guild)
        troubles.delete(guild)
        return
      } catch (error) {
        const why = advice(guild, application, error)
        troubles.set(guild, why)
        log.warn({ guild, error: errorText(error), why }, 'Discord: commands not registered')
        if (error instanceof DiscordFailure && error.status >= 400 && error.status < 429) return
      }
      const wait = backOffMs[Math.min(tries, backOffMs.length - 1)] ?? 1000
      // An aborted wait is how stop() ends it.
      await sleep(wait, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  function begin(guild: string): void {
    if (busy.has(guild)) return
    busy.add(guild)
    keepTrying(guild)
      .finally(() => busy.delete(guild))
      .catch((error: unknown) => log.error({ guild, err: error }, 'Discord: registering ended unexpectedly'))
  }

  /** Ours are registered per server; a command of the same name that is there for all servers shows twice. */
  async function warnOfGlobals(): Promise<void> {
    const route = Routes.applicationCommands(application)
    const existing = await rest.call('reading the commands for all servers', { method: 'get', route })
    const names = Array.isArray(existing) ? existing.map((one: { name?: unknown }) => String(one.name)) : []
    const twice = names.filter((name) => commands.some((command) => command.name === name))
    if (twice.length === 0) return
    log.warn({ twice }, 'Discord shows commands twice: delete those registered for all servers with this token')
  }

  return {
    ready(id, memberOf) {
      application = id
      warnOfGlobals().catch((error: unknown) => log.debug({ error: errorText(error) }, 'Discord: not compared'))
      for (const guild of guilds) {
        if (memberOf.includes(guild)) begin(guild)
        else troubles.set(guild, `The bot is not in the server ${guild}. Invite it: ${inviteUrl(id)}`)
      }
    },
    joined({ id, name }) {
      if (guilds.length === 0) {
        log.warn({ guild: id, name }, `Discord: no server is allowed yet. For this one set DISCORD_GUILD_IDS=${id}`)
      } else if (guilds.includes(id) && troubles.has(id)) begin(id)
    },
    stop: () => stopping.abort(),
    troubles: () => [...troubles.values()],
  }
}

/** A server in between may not let the list be read: what can't be compared is written. @throws what else went wrong */
function nothingToCompare(error: unknown): readonly unknown[] {
  if (error instanceof DiscordFailure && error.code === 0 && (error.status === 404 || error.status === 405)) return []
  throw error
}

/** Asks for what the bot needs: view channel, send, send in threads, embed, attach, read history. */
export function inviteUrl(application: string): string {
  const permissions = [10n, 11n, 14n, 15n, 16n, 38n].reduce((sum, bit) => sum | (1n << bit), 0n)
  const query = `client_id=${application}&scope=bot+applications.commands&permissions=${permissions}`
  return `https://discord.com/oauth2/authorize?${query}`
}

function advice(guild: string, application: string, error: unknown): string {
  if (error instanceof DiscordFailure && error.is('missingAccess', 'unknownGuild')) {
    return `Commands can't be registered in the server ${guild}: invite the bot again with the scopes “bot” and “applications.commands”: ${inviteUrl(application)}`
  }
  return `Commands are not registered in the server ${guild} (${errorText(error)}).`
}
