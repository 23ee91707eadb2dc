// Builds the bot by hand, from top to bottom; starts it and stops it. Nothing else.

import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import { createChain } from './chains.ts'
import { createDrawing } from './charts/draw.ts'
import { commandList } from './command-list.ts'
import type { Config, TelegramSettings } from './config.ts'
import { createApprovalSearch } from './core/approval-search.ts'
import { createApprovals } from './core/approvals.ts'
import type { Command } from './core/command.ts'
import type { PlatformHooks } from './core/conversation.ts'
import { within } from './core/deadline.ts'
import { createDispatcher, type Dispatcher } from './core/dispatcher.ts'
import { createRateLimiter } from './core/rate-limit.ts'
import type { MaintenanceBook, RequestAudit, RequestEntry } from './core/records.ts'
import type { PlatformName, Request } from './core/request.ts'
import { createRequestCounter, startHttpServer } from './http/server.ts'
import { createRunbooks } from './knowledge/runbooks.ts'
import type { Platform } from './platforms/platform.ts'
import { createReadings } from './readings.ts'
import { createProverControl } from './rollup/prover-control.ts'
import type { Changing } from './services.ts'
import { createControlStore, type OpenControlStore } from './storage/control-store.ts'
import type { Queryable } from './storage/database.ts'
import { createStateStore, type StateStore } from './storage/state-store.ts'
import { createSuggestions } from './suggestions.ts'
import { createQueueSampling } from './watch/queue-sampling.ts'
import { createReminderRound } from './watch/reminder-round.ts'
import { createTraceNotices } from './watch/trace-notice.ts'
import { createTurn } from './watch/turn.ts'
import { createWatcher } from './watch/watcher.ts'

export interface RollcallParts {
  readonly config: Config
  readonly log: Logger
  /** `bot` and `chat` keep records in a database of their own where none is given; `once` starts none. */
  readonly mode: 'bot' | 'chat' | 'once'
  /** The terminal, where the bot runs in one. */
  readonly terminal?: (hooks: PlatformHooks) => Platform
  /** What is on offer; tests add commands of their own. */
  readonly commands?: readonly Command[]
}

export interface Rollcall {
  readonly dispatcher: Dispatcher
  readonly platforms: readonly Platform[]
  start(): Promise<void>
  stop(): Promise<void>
}

/** A person may ask this much at once, a channel that much; then one more every few seconds. */
const rateLimits = { person: { burst: 12, refillMs: 3000 }, place: { burst: 40, refillMs: 1000 } }
const sweepMs = 10_000
const remindMs = 5000
const sampleMs = 300_000
const refreshMs = 2000
const probeMs = 20_000

export function createRollcall({ config, log, mode, terminal, commands = commandList }: RollcallParts): Rollcall {
  const now = () => new Date()
  // One shell command says itself, in one line, that it was not recorded.
  const state = createStateStore({ ...statePlace(config, mode), log: mode === 'once' ? errorsOnly(log) : log })
  const audit = mode === 'once' ? logWhereNotRecorded(state, log) : state.audit
  const stores = controlStores(config, log)
  const chains = config.chains.map((settings) =>
    createChain({ settings, log, now, reportTimeZone: config.reportTimeZone, stateDirectory: config.state.directory }),
  )
  const names = chains.map(({ name }) => name)
  const drawing = createDrawing({ log })
  const requests = createRequestCounter()
  const runbooks = createRunbooks({ own: config.runbooksDirectory, log })
  // Telegram groups that became supergroups stay allowed under their new id.
  const telegramChats = [...config.access.telegramChats]
  const access = { ...config.access, telegramChats }
  const allowMoved = (from: string, to: string): void => {
    if (telegramChats.includes(from) && !telegramChats.includes(to)) telegramChats.push(to)
  }
  const { messages, reminders, queueSamples } = state
  const maintenance = maintenanceOf(state.maintenance, config, mode)
  const search = createApprovalSearch({ stores, show: (approval) => approvals.show(approval), log })
  const reading = createReadings({
    commands,
    chains,
    access,
    audit,
    reminders,
    maintenance,
    queueSamples,
    runbooks,
    approvals: search,
    stores,
    now,
  })
  const platforms: Platform[] = []
  const platformAt = (name: PlatformName): Platform => {
    const platform = platforms.find((one) => one.name === name)
    if (!platform) throw new Error(`${name} is not connected here`)
    return platform
  }

  const approvals = createApprovals({
    commands,
    access,
    stores,
    messages,
    reminders,
    several: chains.length > 1,
    log,
    async edit(message, reply) {
      await platformAt(message.platform).edit(message, reply)
    },
    send: (place, reply) => platformAt(place.platform).send(place, reply),
    reading: (chain, signal) =>
      reading({ request: ownRequest(now()), person: 'rollcall', chain, chainNamed: true, chains: [chain], signal }),
  })

  const dispatcher = createDispatcher({
    commands,
    chains: names,
    access,
    secondPerson: config.requeueApproval === 'second-person',
    approvals,
    audit,
    rateLimiter: createRateLimiter(rateLimits),
    reading,
    complete: createSuggestions({ commands, chains, runbooks, approvals: search }),
    now,
    random: Math.random,
    log,
  })
  const hooks: PlatformHooks = {
    async handle(request, conversation) {
      const began = performance.now()
      const { error } = await dispatcher.handle(request, conversation)
      requests.count(error?.code ?? 'answered', (performance.now() - began) / 1000)
    },
    complete: dispatcher.complete,
  }
  let refreshing: Promise<void> = Promise.resolve()
  let isListening = false
  // Presses made while nobody listened are lost on Telegram: what is pending is shown anew.
  const refresh = () => {
    if (isListening) refreshing = approvals.refresh()
  }
  const turn = createTurn({ lease: state.lease, log, now: Date.now, onTaken: refresh })
  if (terminal) platforms.push(terminal(hooks))

  const remind = createReminderRound({
    reminders,
    log,
    handlers: {
      'trace-notify': createTraceNotices({
        traceOf: (name) => chains.find((chain) => chain.name === name)?.trace,
        maintenance: maintenance.of,
        post: (place, reply) => platformAt(place.platform).send(place, reply),
        now,
      }),
      'change-follow': async (reminder, signal) => {
        const payload = await approvals.follow(reminder, signal)
        return payload === null ? { next: 'done' } : { next: 'again', inSeconds: approvals.followEverySeconds, payload }
      },
    },
  })
  const watcher = createWatcher({
    mayRun: turn.mine,
    log,
    checks: [
      { name: 'expired approvals', everyMs: sweepMs, run: () => approvals.sweep() },
      { name: 'reminders', everyMs: remindMs, run: remind },
      { name: 'queue samples', everyMs: sampleMs, run: createQueueSampling({ chains, samples: queueSamples }) },
    ],
  })
  // Every copy answers, so every copy has to have seen the transactions come.
  const probes = chains.flatMap(({ outage }) => outage.probe ?? [])
  const looker = createWatcher({
    mayRun: () => true,
    log,
    checks: probes.map((probe) => ({
      name: 'probe account',
      everyMs: probeMs,
      run: async (signal) => void (await probe.look({ signal })),
    })),
  })
  const turns = {
    mayPoll: turn.mine,
    onConflict: turn.heardAnother,
    onMoved(from: string, to: string) {
      allowMoved(from, to)
      void approvals.moved(from, to)
    },
  }
  const stops: (() => Promise<void>)[] = []

  return {
    dispatcher,
    platforms,

    async start() {
      for (const warning of config.warnings) log.warn(warning)
      await state.open()
      await turn.start()
      drawing.warmUp()
      const moved = await state.movedPlaces()
      for (const [from, to] of moved) allowMoved(from, to)
      const given = { hooks, commands, chains: names, draw: drawing.draw, mentions: config.mentions, log }
      // Loaded here, because their libraries cost a shell command more time than its whole answer.
      if (config.discord) {
        const { createDiscord } = await import('./platforms/discord/adapter.ts')
        platforms.push(createDiscord({ ...config.discord, ...given }))
      }
      if (config.telegram) {
        const { createTelegram } = await import('./platforms/telegram/adapter.ts')
        platforms.push(createTelegram({ ...telegramParts(config.telegram), ...given, ...turns, moved }))
      }
      await Promise.all(platforms.map((platform) => platform.start()))
      isListening = true
      if (turn.mine()) refresh()
      watcher.start()
      looker.start()
      // What is there at the first look is no evidence: the sooner that is, the better.
      for (const probe of probes) void probe.look({ signal: AbortSignal.timeout(probeMs) })
      stops.push(() => looker.stop())
      if (config.httpPort !== null) {
        const health = () => platforms.map((platform) => ({ name: platform.name, health: platform.health() }))
        const recording = () => state.health().ready
        const server = await startHttpServer({ port: config.httpPort, platforms: health, recording, requests })
        stops.push(() => server.stop())
      }
    },

    async stop() {
      // Cut short it would say that databases and platforms are down.
      await within(refreshing, refreshMs, undefined)
      await Promise.allSettled([...stops.map((stop) => stop()), watcher.stop(), ...platforms.map((one) => one.stop())])
      await turn.stop()
      await Promise.allSettled([
        drawing.stop(),
        ...chains.map((chain) => chain.close()),
        ...[...new Set(stores.values())].map((store) => store.close()),
      ])
      await state.close()
    },
  }
}

function telegramParts({ token, apiUrl, chatIds: chats, webhook }: TelegramSettings) {
  return { token, apiUrl, chats, ...(webhook && { webhook }) }
}

function statePlace({ state }: Config, mode: RollcallParts['mode']) {
  if (state.databaseUrl !== null) return { url: state.databaseUrl }
  return { directory: state.directory, start: mode !== 'once' }
}

/** A single shell command starts no database for its record: then the log holds it. */
function logWhereNotRecorded({ audit, health }: Pick<StateStore, 'audit' | 'health'>, log: Logger): RequestAudit {
  const unrecorded = new Map<string, RequestEntry>()
  return {
    ...audit,
    async start(entry) {
      const answer = await audit.start(entry)
      if (!answer.recorded) unrecorded.set(entry.id, entry)
      return { ...answer, recorded: true }
    },
    async finish(id, outcome, durationMs) {
      const entry = unrecorded.get(id)
      if (!entry) return audit.finish(id, outcome, durationMs)
      log.info({ ...entry, outcome, durationMs, why: health().why }, 'a request that is recorded only here')
      return { recorded: true }
    },
  }
}

function errorsOnly(log: Logger): Logger {
  return log.child({}, { level: 'error' })
}

/** Where no bot has ever kept records nothing is noted: whoever only asks from a shell need not be told of them. */
function maintenanceOf(book: MaintenanceBook, { state }: Config, mode: RollcallParts['mode']): MaintenanceBook {
  const neverKept = mode === 'once' && state.databaseUrl === null && !existsSync(state.directory)
  return neverKept ? { ...book, of: async () => ({ now: new Date().toISOString(), notes: [] }) } : book
}

/** One store per database: chains that name the same control database share it. */
function controlStores({ chains }: Config, log: Logger): Map<string, OpenControlStore<Changing>> {
  const byUrl = new Map<string, OpenControlStore<Changing>>()
  const byChain = new Map<string, OpenControlStore<Changing>>()
  for (const { name, proverControlDatabaseUrl: url } of chains) {
    if (url === null) continue
    const store =
      byUrl.get(url) ??
      createControlStore({ name: `the control database of ${name}`, url, log, changing: createChanging })
    byUrl.set(url, store)
    byChain.set(name, store)
  }
  return byChain
}

/** The bot itself, where it comes back to something nobody asks for just now. */
function ownRequest(now: Date): Request {
  return {
    id: 'rollcall',
    caller: { account: null, name: 'rollcall', standing: 'service', roles: [] },
    place: { platform: 'terminal', id: 'rollcall', kind: 'terminal' },
    sentAt: now,
    lateSeconds: 0,
    ask: { kind: 'command', name: '', input: { text: '' } },
  }
}

/** What apply may use, bound to the connection of the claiming transaction. */
const createChanging = (connection: Queryable): Changing => ({ proverControl: createProverControl(connection) })
