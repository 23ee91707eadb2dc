// The bot's own records, except approvals and changes: request audit, messages, reminders, maintenance notes, samples of
// the prover's queue, moved chats, the lease.

import { randomUUID } from 'node:crypto'
import os from 'node:os'
import type { Logger } from 'pino'
import { errorText, UserError } from '../core/errors.ts'
import type { MaintenanceBook, MessageBook, QueueSamples, Recorded, Reminders, RequestAudit } from '../core/records.ts'
import { createDatabase, type DatabaseLimits } from './database.ts'
import { UnfitDatabase } from './database-trouble.ts'
import { type EmbeddedSettings, type EmbeddedState, openEmbeddedState } from './embedded-state.ts'
import { releaseLease, renewLease, takeLease } from './lease-table.ts'
import { endMaintenance, insertMaintenance, selectMaintenance } from './maintenance-table.ts'
import { deleteMessagesOf, insertMessage, selectMessages } from './messages-table.ts'
import { migrate } from './migrations.ts'
import { insertMovedPlace, selectMovedPlaces } from './moved-places-table.ts'
import { insertQueueSample, selectQueueSamples } from './queue-samples-table.ts'
import { deleteReminder, insertReminder, moveReminders, postponeReminder, takeDueReminders } from './reminders-table.ts'
import { finishRequest, insertRequest, selectRequests } from './requests-table.ts'
import { createStateLink, type OpenState, type StateHealth, type StateLink } from './state-link.ts'

/** A database that is given, or a folder for one of our own. */
export type StatePlace =
  | { readonly url: string }
  /** `start: false` joins a running one only: a single shell command starts none. */
  | { readonly directory: string; readonly start?: boolean }

export type StateStoreSettings = StatePlace & {
  readonly log: Logger
  readonly limits?: Partial<DatabaseLimits>
  readonly patienceMs?: number
  readonly retryMs?: number
}

/** `elsewhere`: another copy holds it. `unknown`: cut off, so the holder goes on and says so (design section 5 rule 10). */
export type LeaseAnswer = 'held' | 'elsewhere' | 'unknown'

/** Which of several copies polls Telegram and watches; to be renewed every 5 s. Never throws. */
export interface Lease {
  /** This copy, as other copies see it in the row. */
  readonly holder: string
  /** Takes a free or expired one; keeps one's own. */
  acquire(): Promise<LeaseAnswer>
  /** Prolongs one's own, and takes none from others nor a free one. */
  renew(): Promise<LeaseAnswer>
  release(): Promise<void>
}

export interface StateStore {
  readonly audit: RequestAudit
  readonly messages: MessageBook
  readonly reminders: Reminders
  readonly maintenance: MaintenanceBook
  readonly queueSamples: QueueSamples
  readonly lease: Lease
  /** Telegram groups that became supergroups: old id → new id; empty when the store is down. Never throws. */
  movedPlaces(): Promise<ReadonlyMap<string, string>>
  /** Opens it now rather than at the first call. Never throws: `health` tells. */
  open(): Promise<void>
  health(): StateHealth
  close(): Promise<void>
}

/** Never in the way: when the store is down every answer says "not recorded" at once, and it is found again by itself. */
export function createStateStore(settings: StateStoreSettings): StateStore {
  const { log, patienceMs = 3000, retryMs = 2000 } = settings
  const run = `${os.hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
  const link = createStateLink({ open: () => openState(settings), log, patienceMs, retryMs })
  return {
    audit: createAudit(link, log, run),
    messages: createMessageBook(link),
    reminders: createReminders(link),
    maintenance: createMaintenanceBook(link),
    queueSamples: createQueueSamples(link),
    lease: createLease(link, run),
    movedPlaces: async () =>
      (await link.attempt('moved chats', ({ read }) => selectMovedPlaces({ query: read })))?.value ?? new Map(),
    open: link.open,
    health: link.health,
    close: link.close,
  }
}

async function openState(settings: StateStoreSettings): Promise<OpenState> {
  const own = 'url' in settings ? { url: settings.url, stop: async () => undefined } : await openOwn(settings)
  const database = createDatabase({ ...settings, url: own.url })
  const close = async () => {
    await database.close()
    await own.stop()
  }
  try {
    await migrate(database, 'state')
    return { database, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Why a server of our own did not start is written for people, and holds no secret. */
async function openOwn(settings: EmbeddedSettings): Promise<EmbeddedState> {
  try {
    return await openEmbeddedState(settings)
  } catch (error) {
    throw new UnfitDatabase(errorText(error))
  }
}

function recorded(result: { readonly value: unknown } | null): Recorded {
  return { recorded: result !== null }
}

function createAudit(link: StateLink, log: Logger, run: string): RequestAudit {
  return {
    async start(entry) {
      const writer = { run, attempt: randomUUID() }
      const kept = await link.attempt('request', ({ write }) => write((to) => insertRequest(to, entry, writer)))
      // What the store could not take is at least in the log.
      if (!kept) log.warn({ request: entry }, 'request not recorded')
      return { ...recorded(kept), duplicate: kept?.value === false }
    },
    async finish(id, outcome, durationMs) {
      const kept = await link.attempt('outcome', ({ write }) =>
        write((to) => finishRequest(to, id, outcome, durationMs)),
      )
      if (!kept?.value) log.warn({ request: id, outcome, durationMs }, 'outcome not recorded')
      return { recorded: kept?.value === true }
    },
    async list(filter) {
      const found = await link.attempt('audit', ({ read }) => selectRequests({ query: read }, filter, run))
      if (!found) throw new UserError(link.health().why ?? "The bot's own records could not be read.", 'unreachable')
      return found.value
    },
  }
}

function createMessageBook(link: StateLink): MessageBook {
  return {
    add: async (subject, message) =>
      recorded(await link.attempt('message', ({ write }) => write((to) => insertMessage(to, subject, message)))),
    of: async (subject) =>
      (await link.attempt('messages', ({ read }) => selectMessages({ query: read }, subject)))?.value ?? [],
    move: async (from, to) => {
      await link.attempt('moved chat', ({ write }) =>
        write(async (connection) => {
          await insertMovedPlace(connection, from, to)
          await deleteMessagesOf(connection, from)
          await moveReminders(connection, from, to)
        }),
      )
    },
  }
}

function createReminders(link: StateLink): Reminders {
  return {
    async add(reminder) {
      const id = randomUUID()
      return recorded(await link.attempt('reminder', ({ write }) => write((to) => insertReminder(to, id, reminder))))
    },
    due: async (limit) =>
      (await link.attempt('reminders', ({ transaction }) => transaction((to) => takeDueReminders(to, limit))))?.value ??
      [],
    again: async (id, payload, inSeconds) => {
      await link.attempt('reminder', ({ write }) => write((to) => postponeReminder(to, id, payload, inSeconds)))
    },
    done: async (id) => {
      await link.attempt('reminder', ({ write }) => write((to) => deleteReminder(to, id)))
    },
  }
}

function createMaintenanceBook(link: StateLink): MaintenanceBook {
  return {
    add: async (entry) =>
      (await link.attempt('maintenance', ({ write }) => write((to) => insertMaintenance(to, entry))))?.value ?? null,
    end: async (question, by) =>
      (await link.attempt('maintenance', ({ write }) => write((to) => endMaintenance(to, question, by))))?.value ??
      null,
    of: async (chain) =>
      (await link.attempt('maintenance', ({ read }) => selectMaintenance({ query: read }, chain)))?.value ?? null,
  }
}

function createQueueSamples(link: StateLink): QueueSamples {
  return {
    add: async (chain, states) =>
      recorded(await link.attempt('queue sample', ({ write }) => write((to) => insertQueueSample(to, chain, states)))),
    of: async (chain, hours) =>
      (await link.attempt('queue samples', ({ read }) => selectQueueSamples({ query: read }, chain, hours)))?.value ??
      [],
  }
}

const leaseName = 'bot'

function createLease(link: StateLink, holder: string): Lease {
  const answer = (result: { readonly value: boolean } | null): LeaseAnswer => {
    if (result === null) return 'unknown'
    return result.value ? 'held' : 'elsewhere'
  }
  return {
    holder,
    acquire: async () =>
      answer(await link.attempt('lease', ({ write }) => write((to) => takeLease(to, leaseName, holder)))),
    renew: async () =>
      answer(await link.attempt('lease', ({ write }) => write((to) => renewLease(to, leaseName, holder)))),
    release: async () => {
      await link.attempt('lease', ({ write }) => write((to) => releaseLease(to, leaseName, holder)))
    },
  }
}
