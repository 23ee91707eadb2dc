// Environment to checked, typed settings; every fault is reported at once, and the environment is read nowhere else.

import { operatorGiver } from './config/endpoint-operators.ts'
import { type Preset, type PresetName, presetNames, presets } from './config/presets.ts'
import { ConfigError, createReader, type Environment, type Named, type Reader, type ReadFile } from './config/reader.ts'
import { nodePolicyNames, type PolicyField, settingNamed } from './config/settings.ts'
import { unknownNames } from './config/unknown-names.ts'
import * as value from './config/values.ts'
import type { AccessSettings, Role, RoleLists } from './core/access.ts'

export type { Environment, ReadFile } from './config/reader.ts'
export { ConfigError } from './config/reader.ts'

/** An outside source; the name is safe to show, the URL is not. */
export interface Endpoint {
  readonly name: string
  readonly url: string
  /** Who runs it, where the configuration says so; else the address tells. */
  readonly operator?: string
}

/** One number of the node's own policy, and the setting it came from. */
export interface PolicyNumber {
  readonly value: number
  readonly setting: string
}

/** `null`: not configured; the defaults depend on the node's generation, and the answer marks them "assumed". */
export type JobPolicy = Readonly<Record<PolicyField, PolicyNumber | null>>

/** The old prover's tables and the FRI tables have limits of their own, also where both stand in one schema. */
export interface ProverPolicySettings {
  readonly old: { readonly prover: JobPolicy; readonly witness: JobPolicy }
  readonly fri: { readonly prover: JobPolicy; readonly witness: JobPolicy; readonly compressor: JobPolicy }
}

export interface ChainSettings {
  readonly name: string
  /** What this chain's settings start with, for texts that name one: `''` or `ERA_`. */
  readonly prefix: string
  readonly preset: PresetName | null
  /** Known for presets only: what the endpoints must answer to `eth_chainId`. */
  readonly l1ChainId: number | null
  readonly l2ChainId: number | null
  readonly l1Rpc: readonly Endpoint[]
  readonly l2Rpc: readonly Endpoint[]
  /** Nodes of the Gateway the chain settled on, if it did: without one those batches can't be verified. */
  readonly gatewayRpc: readonly Endpoint[]
  readonly explorerApi: readonly Endpoint[]
  readonly coreDatabaseUrl: string | null
  /** Defaults to the core database: nodes of 2023 have one for both. */
  readonly proverDatabaseUrl: string | null
  readonly proverControlDatabaseUrl: string | null
  /** Lower case; `null`: found through the L2 node and checked. */
  readonly diamondProxyAddress: string | null
  readonly proverPolicy: ProverPolicySettings
  /** Lower case; `null`: none. An account whose waiting transactions show that somebody wants blocks. */
  readonly probeAccount: string | null
  /** From when on silence is a fault. */
  readonly outage: OutageSettings
}

/** Seconds; null: learned or the default. */
export interface OutageSettings {
  readonly sequencerSeconds: number | null
  readonly commitSeconds: number | null
  readonly proveSeconds: number | null
  readonly executeSeconds: number | null
  readonly rpcLagSeconds: number | null
  readonly explorerLagSeconds: number | null
}

export interface StateSettings {
  /** `null`: an embedded Postgres under `directory`. */
  readonly databaseUrl: string | null
  readonly directory: string
  /** The setting the URL came from. */
  readonly from: string | null
}

export interface DiscordSettings {
  readonly token: string
  readonly guildIds: readonly string[]
  readonly channelIds: readonly string[]
  readonly apiUrl: string | null
}

export interface TelegramSettings {
  readonly token: string
  readonly chatIds: readonly string[]
  readonly apiUrl: string | null
  /** `null`: updates are polled. */
  readonly webhook: { readonly url: string; readonly secret: string; readonly port: number } | null
}

export type LogLevel = (typeof logLevels)[number]

export interface Config {
  /** At least one. */
  readonly chains: readonly ChainSettings[]
  readonly access: AccessSettings
  readonly discord: DiscordSettings | null
  readonly telegram: TelegramSettings | null
  readonly state: StateSettings
  readonly requeueApproval: 'confirm' | 'second-person'
  /** Entries as `discord-role:1`, `discord-user:1`, `telegram-user:2`. */
  readonly mentions: { readonly approval: readonly string[]; readonly alert: readonly string[] }
  readonly reportTimeZone: string
  /** A team's own runbooks; `null`: only those that come with the program. */
  readonly runbooksDirectory: string | null
  /** `null`: no HTTP server. */
  readonly httpPort: number | null
  /** `null`: as the call likes it; a chat logs less than the bot. */
  readonly logLevel: LogLevel | null
  readonly language: 'en'
  /** Things that are probably not meant so; the log says them at start. */
  readonly warnings: readonly string[]
  /** Values of the secret settings, for the log to leave out. */
  readonly secrets: readonly string[]
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The name of the only chain where CHAINS is unset; records keep it, people never see it. */
const onlyChain = 'main'

/** @throws ConfigError with every fault */
export function readConfig(environment: Environment, { readFile }: { readonly readFile: ReadFile }): Config {
  const reader = createReader(environment, readFile)
  const bot = named('')
  const names = readChainNames(reader)
  const chains = names.map(({ name, prefix }) => readChain(reader, name, prefix))
  const discord = readDiscord(reader)
  const telegram = readTelegram(reader)
  const config: Config = {
    chains,
    access: {
      roles: new Map(chains.map(({ name, prefix }) => [name, readRoles(reader, prefix)])),
      people: reader.read(bot('PEOPLE'), value.people) ?? [],
      discordGuilds: discord.guildIds,
      discordChannels: discord.channelIds,
      telegramChats: telegram.chatIds,
    },
    discord: discord.token === undefined ? null : { ...discord, token: discord.token },
    telegram: telegram.token === undefined ? null : { ...telegram, token: telegram.token },
    state: readState(reader, chains),
    requeueApproval: reader.read(bot('REQUEUE_APPROVAL'), value.oneOf(['confirm', 'second-person'])) ?? 'confirm',
    mentions: {
      approval: reader.read(bot('APPROVAL_MENTION'), value.list(value.mention)) ?? [],
      alert: reader.read(bot('ALERT_MENTION'), value.list(value.mention)) ?? [],
    },
    reportTimeZone: reader.read(bot('REPORT_TIME_ZONE'), value.timeZone) ?? 'UTC',
    runbooksDirectory: reader.read(bot('RUNBOOKS_DIR'), String) ?? null,
    httpPort: reader.read(bot('HTTP_PORT'), value.wholeNumber(0, 65535)) ?? null,
    logLevel: reader.read(bot('LOG_LEVEL'), value.oneOf(logLevels)) ?? null,
    language: reader.read(bot('ROLLCALL_LANGUAGE'), value.oneOf(['en'])) ?? 'en',
    warnings: [
      ...unknownNames(
        environment,
        names.map(({ prefix }) => prefix),
      ),
      ...unusedSettings(discord, telegram),
    ],
    secrets: reader.secrets,
  }
  if (reader.faults.length > 0) throw new ConfigError(reader.faults)
  return config
}

/** Settings by their name without prefix, as they are called for one chain. */
function named(prefix: string): (name: string) => Named {
  return (name) => {
    const setting = settingNamed(name)
    if (!setting) throw new Error(`${name} is not in the list of settings`)
    return { name: prefix + name, example: setting.example, secret: setting.secret }
  }
}

function readChainNames(reader: Reader): readonly Pick<ChainSettings, 'name' | 'prefix'>[] {
  const setting = named('')('CHAINS')
  const names = reader.read(setting, value.list(value.chainName))
  if (names === undefined) return [{ name: onlyChain, prefix: '' }]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) reader.fault(setting, `${twice} is there twice`)
  return [...new Set(names)].map((name) => ({ name, prefix: `${name.toUpperCase()}_` }))
}

function readChain(reader: Reader, name: string, prefix: string): ChainSettings {
  const own = named(prefix)
  const preset = reader.read(own('CHAIN_PRESET'), value.oneOf(presetNames)) ?? null
  const known = preset === null ? null : presets[preset]
  const coreDatabaseUrl = reader.read(own('CORE_DATABASE_URL'), value.databaseUrl) ?? null
  const chain: ChainSettings = {
    name,
    prefix,
    preset,
    l1ChainId: known?.l1ChainId ?? null,
    l2ChainId: known?.l2ChainId ?? null,
    ...readEndpoints(reader, prefix, known),
    gatewayRpc: reader.read(own('GATEWAY_RPC_URLS'), value.endpoints) ?? [],
    coreDatabaseUrl,
    proverDatabaseUrl: reader.read(own('PROVER_DATABASE_URL'), value.databaseUrl) ?? coreDatabaseUrl,
    proverControlDatabaseUrl: reader.read(own('PROVER_CONTROL_DATABASE_URL'), value.databaseUrl) ?? null,
    diamondProxyAddress: reader.read(own('DIAMOND_PROXY_ADDRESS'), value.address) ?? known?.diamondProxyAddress ?? null,
    proverPolicy: readPolicy(reader, prefix),
    probeAccount: reader.read(own('PROBE_ACCOUNT'), value.address) ?? null,
    outage: readOutage(reader, prefix),
  }
  // A faulty source has been reported already; saying "none" besides would send people looking in the wrong place.
  if (!hasSource(chain) && reader.faults.length === 0) {
    reader.fault(own('CHAIN_PRESET'), 'nothing to look at: set it, or L2_RPC_URLS, or CORE_DATABASE_URL')
  }
  return chain
}

/** Each with its operator, where one is named. */
function readEndpoints(reader: Reader, prefix: string, known: Preset | null) {
  const own = named(prefix)
  const before = reader.faults.length
  const l1Rpc = reader.read(own('L1_RPC_URLS'), value.endpoints) ?? known?.l1Rpc ?? []
  const l2Rpc = reader.read(own('L2_RPC_URLS'), value.endpoints) ?? known?.l2Rpc ?? []
  const explorerApi = reader.read(own('EXPLORER_API_URLS'), value.endpoints) ?? known?.explorerApi ?? []
  // The names of a faulty list are not known; it has been reported already.
  const allKnown = reader.faults.length === before
  const setting = own('ENDPOINT_OPERATORS')
  const operators = reader.read(setting, value.operators) ?? []
  const { give, problems } = operatorGiver(operators, [...l2Rpc, ...explorerApi, ...l1Rpc])
  if (allKnown) for (const problem of problems) reader.fault(setting, problem)
  return { l1Rpc: l1Rpc.map(give), l2Rpc: l2Rpc.map(give), explorerApi: explorerApi.map(give) }
}

function hasSource(chain: ChainSettings): boolean {
  const lists = [chain.l1Rpc, chain.l2Rpc, chain.explorerApi]
  const databases = [chain.coreDatabaseUrl, chain.proverDatabaseUrl, chain.proverControlDatabaseUrl]
  return lists.some((endpoints) => endpoints.length > 0) || databases.some((url) => url !== null)
}

/** The node's own names say which prover they are for, so they win over ours, which hold for both. */
function readPolicy(reader: Reader, prefix: string): ProverPolicySettings {
  const own = named(prefix)
  const number = (setting: Named): PolicyNumber | null => {
    const read = reader.read(setting, value.wholeNumber(1, 10_000_000))
    return read === undefined ? null : { value: read, setting: setting.name }
  }
  const ours = new Map<string, PolicyNumber | null>()
  for (const job of ['PROVER', 'WITNESS', 'COMPRESSOR']) {
    for (const field of ['MAX_ATTEMPTS', 'TIMEOUT_SECONDS']) {
      ours.set(`${job}_${field}`, number(own(`${job}_${field}`)))
    }
  }
  const theirs = nodePolicyNames.map((known) => ({
    ...known,
    read: number({ name: prefix + known.name, example: known.field === 'maxAttempts' ? '5' : '3600', secret: false }),
  }))
  const policy = (prover: 'old' | 'fri', job: 'prover' | 'witness' | 'compressor'): JobPolicy => {
    const pick = (field: PolicyField, ownName: string) =>
      theirs.find((known) => known.prover === prover && known.job === job && known.field === field)?.read ??
      ours.get(`${job.toUpperCase()}_${ownName}`) ??
      null
    return {
      maxAttempts: pick('maxAttempts', 'MAX_ATTEMPTS'),
      timeoutSeconds: pick('timeoutSeconds', 'TIMEOUT_SECONDS'),
    }
  }
  return {
    old: { prover: policy('old', 'prover'), witness: policy('old', 'witness') },
    fri: {
      prover: policy('fri', 'prover'),
      witness: policy('fri', 'witness'),
      compressor: policy('fri', 'compressor'),
    },
  }
}

function readOutage(reader: Reader, prefix: string): OutageSettings {
  const seconds = (name: string) =>
    reader.read(named(prefix)(`OUTAGE_${name}_SECONDS`), value.wholeNumber(1, 30 * 86_400)) ?? null
  return {
    sequencerSeconds: seconds('SEQUENCER'),
    commitSeconds: seconds('COMMIT'),
    proveSeconds: seconds('PROVE'),
    executeSeconds: seconds('EXECUTE'),
    rpcLagSeconds: seconds('RPC_LAG'),
    explorerLagSeconds: seconds('EXPLORER_LAG'),
  }
}

function readRoles(reader: Reader, prefix: string): RoleLists {
  const own = named(prefix)
  const entries = (setting: string, role: Role) =>
    reader.read(own(setting), value.list(value.roleEntry(role === 'viewer'))) ?? []
  return {
    viewer: entries('VIEWERS', 'viewer'),
    responder: entries('RESPONDERS', 'responder'),
    operator: entries('OPERATORS', 'operator'),
  }
}

function readDiscord(reader: Reader) {
  const bot = named('')
  return {
    token: reader.read(bot('DISCORD_TOKEN'), value.discordToken),
    guildIds: reader.read(bot('DISCORD_GUILD_IDS'), value.list(value.discordId)) ?? [],
    channelIds: reader.read(bot('DISCORD_CHANNEL_IDS'), value.list(value.discordId)) ?? [],
    apiUrl: reader.read(bot('DISCORD_API_URL'), value.webUrl) ?? null,
  }
}

function readTelegram(reader: Reader) {
  const bot = named('')
  return {
    token: reader.read(bot('TELEGRAM_TOKEN'), value.telegramToken),
    chatIds: reader.read(bot('TELEGRAM_CHAT_IDS'), value.list(value.telegramChatId)) ?? [],
    apiUrl: reader.read(bot('TELEGRAM_API_URL'), value.webUrl) ?? null,
    webhook: readWebhook(reader),
  }
}

/** All three or none: a webhook without its secret would take anybody's word for Telegram's. */
function readWebhook(reader: Reader): TelegramSettings['webhook'] {
  const bot = named('')
  const url = reader.read(bot('TELEGRAM_WEBHOOK_URL'), value.webUrl)
  const secret = reader.read(bot('TELEGRAM_WEBHOOK_SECRET'), value.webhookSecret)
  const port = reader.read(bot('TELEGRAM_WEBHOOK_PORT'), value.wholeNumber(1, 65535))
  if (url === undefined) return null
  if (secret === undefined) reader.fault(bot('TELEGRAM_WEBHOOK_SECRET'), 'set it together with TELEGRAM_WEBHOOK_URL')
  if (port === undefined) reader.fault(bot('TELEGRAM_WEBHOOK_PORT'), 'set it together with TELEGRAM_WEBHOOK_URL')
  return secret === undefined || port === undefined ? null : { url, secret, port }
}

function readState(reader: Reader, chains: readonly ChainSettings[]): StateSettings {
  const bot = named('')
  const directory = reader.read(bot('STATE_DIR'), String) ?? './rollcall-data'
  const own = reader.read(bot('STATE_DATABASE_URL'), value.databaseUrl)
  if (own !== undefined) return { databaseUrl: own, directory, from: 'STATE_DATABASE_URL' }
  const control = chains.find((chain) => chain.proverControlDatabaseUrl !== null)
  if (!control) return { databaseUrl: null, directory, from: null }
  return {
    databaseUrl: control.proverControlDatabaseUrl,
    directory,
    from: `${control.prefix}PROVER_CONTROL_DATABASE_URL`,
  }
}

/** A platform half configured stays silent; the log should say why. */
function unusedSettings(
  discord: ReturnType<typeof readDiscord>,
  telegram: ReturnType<typeof readTelegram>,
): readonly string[] {
  const warnings: string[] = []
  if (discord.token === undefined && discord.guildIds.length + discord.channelIds.length > 0) {
    warnings.push('Discord ids are set, but DISCORD_TOKEN is not: the bot stays away from Discord')
  }
  if (discord.token !== undefined && discord.guildIds.length === 0) {
    warnings.push(
      'DISCORD_GUILD_IDS is not set: on Discord nobody can ask anything yet; the log names the servers the bot is in',
    )
  }
  if (telegram.token === undefined && telegram.chatIds.length > 0) {
    warnings.push('TELEGRAM_CHAT_IDS is set, but TELEGRAM_TOKEN is not: the bot stays away from Telegram')
  }
  if (telegram.token !== undefined && telegram.chatIds.length === 0) {
    warnings.push('TELEGRAM_CHAT_IDS is not set: on Telegram the bot answers /whoami only')
  }
  return warnings
}
