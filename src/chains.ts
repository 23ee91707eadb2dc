// Builds the services of one chain by hand: its databases, its endpoints, and what commands may ask of them.

import type { Logger } from 'pino'
import type { ChainSettings } from './config.ts'
import type { Choice } from './core/completion.ts'
import { UserError } from './core/errors.ts'
import type { CompletionSource } from './core/options.ts'
import type { QueueStates } from './core/records.ts'
import { type ChainRpc, createChainRpc } from './rollup/chain.ts'
import { createCommitSearch } from './rollup/l1/commit-search.ts'
import { createTimelockFinder, type TimelockFinder } from './rollup/l1/l1-timelock.ts'
import { createSettlementVerifier } from './rollup/l1/settlement-proof.ts'
import { createNodeDatabase, type NodeDatabase } from './rollup/node-database.ts'
import { createOutageCheck, type OutageCheck } from './rollup/outage/check.ts'
import { createKept, type Kept, settingsMark } from './rollup/outage/kept.ts'
import { memoryOf, nothingKept } from './rollup/outage/kept-memory.ts'
import { createLearner, type Learner } from './rollup/outage/learned.ts'
import { linksOf } from './rollup/outage/report/answer.ts'
import { createReportCheck } from './rollup/outage/report/check.ts'
import type { CommitSources } from './rollup/outage/report/commits.ts'
import { createOutageDatabase } from './rollup/outage/sources/database.ts'
import { operatorOf } from './rollup/outage/sources/endpoint-operator.ts'
import { createExplorers } from './rollup/outage/sources/explorers.ts'
import { createFirstSeen } from './rollup/outage/sources/first-seen.ts'
import { createOutageL1 } from './rollup/outage/sources/l1.ts'
import { createProbe } from './rollup/outage/sources/probe-account.ts'
import { createProverJobs } from './rollup/prover-jobs.ts'
import { counted, createAllowance, createFrugalSet } from './rollup/rpc/frugal-set.ts'
import type { CallAllowance, CallLimits } from './rollup/rpc/json-rpc.ts'
import { createTraceDatabase } from './rollup/trace/database.ts'
import { recentTransactions } from './rollup/trace/recent-transactions.ts'
import { createTransactionTrace } from './rollup/transaction-trace.ts'
import type { ChainReading } from './services.ts'

export interface ChainParts {
  readonly settings: ChainSettings
  readonly log: Logger
  readonly now: () => Date
  /** Zone of a report's times when nothing in it tells. */
  readonly reportTimeZone: string
  /** STATE_DIR, where what is learned of a chain outlives the process; left out: it does not. */
  readonly stateDirectory?: string
  readonly outside?: Outside
}

/** How the world outside is reached and waited for, where it is not to be as usual. */
export interface Outside {
  readonly fetch?: typeof fetch
  readonly openDatabase?: typeof createNodeDatabase
  /** Between the samples of an L2 head. */
  readonly sampleSpacingMs?: number
  /** Between two questions from which is learned what is usual. */
  readonly learningPauseMs?: number
}

export interface Chain extends ChainReading {
  /** Suggestions that need the chain: recent transactions, stuck batches. */
  complete(source: CompletionSource, typed: string): Promise<readonly Choice[]>
  /** Prover jobs by state; null where no prover database is known. */
  readonly queueStates: ((signal: AbortSignal) => Promise<QueueStates>) | null
  close(): Promise<void>
}

export function createChain(parts: ChainParts): Chain {
  const { settings, log, now, outside = {} } = parts
  const { openDatabase = createNodeDatabase } = outside
  const { name } = settings
  const kept = keptFor(parts)
  const memory = memoryOf(kept)
  const { learningPauseMs: pauseMs } = outside
  const learner = createLearner({ memory: memory.samples, now, ...(pauseMs !== undefined && { pauseMs }) })
  const rpc: ChainRpc = createChainRpc({
    l1: settings.l1Rpc,
    l2: settings.l2Rpc,
    gateway: settings.gatewayRpc,
    l1ChainId: settings.l1ChainId,
    l2ChainId: settings.l2ChainId,
    diamondProxyAddress: settings.diamondProxyAddress,
    diamondMemory: memory.diamond(() => rpc.l2?.known()?.l1ChainId ?? null),
    now,
    ...fetchOf(outside),
  })
  const open = (url: string | null, what: string): NodeDatabase | null =>
    url === null ? null : openDatabase({ name: `${what} database`, url, log })
  const core = open(settings.coreDatabaseUrl, 'core')
  // Nodes of 2023 have one database for both.
  const isShared = settings.proverDatabaseUrl === settings.coreDatabaseUrl
  const prover = isShared ? core : open(settings.proverDatabaseUrl, 'prover')
  const control = open(settings.proverControlDatabaseUrl, 'prover control')
  const proverJobs =
    prover &&
    createProverJobs({
      prover,
      control,
      core: isShared ? null : core,
      policy: settings.proverPolicy,
      chainId: async (signal) => settings.l2ChainId ?? (await l2ChainId(rpc, signal)),
      l1Verified: async (signal) =>
        (await rpc.verifier.verify([], { signal, newestL2TimeMs: null })).progress?.verified ?? null,
    })
  return {
    name,
    trace: createTransactionTrace({
      chain: name,
      database: core && createTraceDatabase({ database: core, now, log }),
      rpc: rpc.tracer,
      verifier: rpc.verifier,
      l1: rpc.l1Transactions,
      withdrawals: rpc.withdrawals,
      l1ChainId: settings.l1ChainId,
      now,
    }),
    outage: createOutage(parts, { rpc, core, kept, memory, learner }),
    get proverJobs() {
      if (proverJobs) return proverJobs
      throw new UserError(
        `I know no prover database of this chain.\nSet ${settings.prefix}PROVER_DATABASE_URL (or ${settings.prefix}CORE_DATABASE_URL for a node of 2023).`,
        'not-configured',
      )
    },
    queueStates: proverJobs && ((signal) => proverJobs.states({ signal })),
    async complete(source, typed) {
      const signal = AbortSignal.timeout(completionMs)
      if (source === 'stuck-batches' && proverJobs) return proverJobs.suggestions(typed, { signal })
      if (source === 'recent-transactions' && core) return recentTransactions(core, typed, signal)
      return []
    },
    async close() {
      learner.close()
      await Promise.all([...new Set([core, prover, control])].map((database) => database?.end()))
    },
  }
}

/** Suggestions later than this come after the next letter. */
const completionMs = 900

async function l2ChainId({ l2 }: ChainRpc, signal: AbortSignal): Promise<number | null> {
  const answer = await l2?.identity({ signal })
  return answer?.known ? answer.identity.chainId : null
}

interface OutageParts {
  readonly rpc: ChainRpc
  readonly core: NodeDatabase | null
  readonly kept: Kept
  readonly memory: ReturnType<typeof memoryOf>
  readonly learner: Learner
}

function createOutage(
  { settings, now, reportTimeZone, outside = {} }: ChainParts,
  { rpc, core, kept, memory, learner }: OutageParts,
): OutageCheck {
  const { l1, l2, gateway, watched } = rpc
  const timelocks = createTimelockFinder(memory.timelock)
  const l2ChainId = () => settings.l2ChainId ?? l2?.known()?.chainId ?? kept.facts().l2ChainId
  const l1ChainId = async (limits: CallLimits) => {
    const known = settings.l1ChainId ?? l2?.known()?.l1ChainId ?? kept.facts().l1ChainId
    if (known !== null || l2 === null) return known
    const answer = await l2.identity(limits)
    return answer.known ? answer.identity.l1ChainId : null
  }
  return createOutageCheck({
    chain: settings.name,
    l2: watched.l2,
    l2ChainId,
    explorers: createExplorers({
      watched: settings.explorerApi.map((one) => ({ ...one, operator: operatorOf(one) })),
      memory: memory.families,
      ...fetchOf(outside),
    }),
    l1:
      l1 &&
      createOutageL1({
        endpoints: watched.l1,
        diamond: l1.diamond,
        timelocks,
        chainId: l1ChainId,
        l2ChainId,
        memory: memory.l1,
      }),
    gateway:
      gateway &&
      createOutageL1({
        endpoints: watched.gateway,
        diamond: gateway.diamond,
        timelocks: createTimelockFinder(),
        chainId: async () => null,
        l2ChainId,
        memory: nothingKept,
      }),
    learner,
    firstSeen: createFirstSeen(now, memory.firstSeen),
    notedAt: kept.readAt,
    database: core && createOutageDatabase({ database: core, now }),
    probe: createProbeOf(settings, watched.l2, now),
    reports: createReportCheck({
      chain: settings.preset ?? settings.name,
      node: l2,
      sources: (allowance) => commitSources(rpc, { timelocks, allowance, now }),
      links: linksOf(settings),
      timeZone: reportTimeZone,
      now,
    }),
    settings: settings.outage,
    ...(outside.sampleSpacingMs !== undefined && { sampleSpacingMs: outside.sampleSpacingMs }),
    now,
  })
}

function fetchOf({ fetch }: Outside): Pick<Outside, 'fetch'> {
  return fetch === undefined ? {} : { fetch }
}

/** How long an L1 endpoint may take before the next one is asked as well, for a report. */
const l1PatienceMs = 900

/** Of one report: L1's endpoints one after the other, and everything they are asked counts. */
function commitSources(
  { l1, gateway, watched }: ChainRpc,
  {
    timelocks,
    allowance = createAllowance(Number.POSITIVE_INFINITY),
    now,
  }: { readonly timelocks: TimelockFinder; readonly allowance: CallAllowance | undefined; readonly now: () => Date },
): CommitSources {
  const endpoints = watched.l1.map(({ endpoint }) => counted(endpoint, allowance))
  const frugal = l1 && {
    ...l1,
    endpoints: createFrugalSet({ endpoints, chainId: l1.endpoints.chainId, patienceMs: l1PatienceMs }),
  }
  return {
    verifier: createSettlementVerifier({ l1: frugal, gateway, now, sparing: true }),
    commits: frugal && createCommitSearch({ l1: frugal, timelocks }),
  }
}

/** Other nodes or another diamond: another chain, as far as we know, and nothing kept holds for it. */
function keptFor({ settings, log, now, stateDirectory }: ChainParts): Kept {
  const hosts = [...settings.l2Rpc, ...settings.gatewayRpc].map(({ url }) =>
    URL.canParse(url) ? new URL(url).host : '',
  )
  return createKept({
    directory: stateDirectory ?? null,
    chain: settings.name,
    madeFor: settingsMark([settings.preset, settings.diamondProxyAddress, ...hosts.toSorted()]),
    l2ChainId: settings.l2ChainId,
    log,
    now,
  })
}

function createProbeOf({ probeAccount, l2ChainId }: ChainSettings, l2: ChainRpc['watched']['l2'], now: () => Date) {
  if (probeAccount === null || l2.length === 0) return null
  const endpoints = l2.map(({ endpoint }) => endpoint)
  return createProbe({ account: probeAccount, endpoints, chainId: l2ChainId, now })
}
