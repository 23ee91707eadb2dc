// A whole rollup small enough for a laptop: a real PostgreSQL with the node's tables, a real EVM as L1, an L2 node, and
// one model that all three are made from, so that they agree.

import { startPostgresServer } from '../src/storage/postgres-server.ts'
import { createNodeDatabase, type NodeDatabase } from './database/node-database.ts'
import type { Generation, RowSettings } from './database/rows.ts'
import { clockOffSeconds, createSwitches, type FaultName, type Faults } from './faults.ts'
import { type Anvil, startAnvil } from './l1/anvil.ts'
import { account, deploy, type L1Contracts } from './l1/contracts.ts'
import { createUsers } from './l1/users.ts'
import type { Flavour } from './l2/node.ts'
import { type ClockworkChain, createClockwork } from './model/clockwork.ts'
import type { Pace } from './model/facts.ts'
import { createRandom } from './model/random.ts'
import { createRollup, type Submitted } from './model/rollup.ts'
import { createSettlement } from './model/settlement.ts'
import { type Network, startNetwork } from './network.ts'
import { clearWeather, evenBlockTimes, type Noise, roughWeather, unevenBlockTimes } from './noise.ts'
import { environmentOf, type SandboxHashes, worthTrying } from './offer.ts'
import { batchesInFlight, paceOf } from './pace.ts'
import { createFollower, type ProverFollower } from './provers/follower.ts'
import { type ScenarioName, scenarios } from './scenarios/index.ts'
import type { Scenario } from './scenarios/scenario.ts'

export interface SandboxSettings {
  readonly scenario?: ScenarioName
  readonly generation?: Generation
  readonly flavour?: Flavour
  /** 1: a batch a minute. 6 (the default): a batch every ten seconds. Everything else moves in step. */
  readonly speed?: number
  /** The same seed and start give the same hashes. */
  readonly seed?: string
  /** Where the history ends and the clock stands at first. Default: now. */
  readonly now?: Date
  /** Names; one chain without a name unless given. */
  readonly chains?: readonly string[]
  readonly historyBatches?: number
  /** Owner login of a running server to make the databases in. Default: a server of the sandbox's own. */
  readonly postgresUrl?: string
  /** `all`: three L2 RPCs, two explorers, two L1 endpoints. Default: what the scenario needs. */
  readonly sources?: 'few' | 'all'
  /** Default: none, everything comes at its time. */
  readonly noise?: Noise
}

export interface SandboxChain extends ClockworkChain {
  /** Empty where the sandbox has one chain without a name. */
  readonly name: string
  readonly database: NodeDatabase | null
  readonly l2Url: string
  readonly network: Network
  /** The provers of this chain; null where the scenario has none. */
  readonly provers: ProverFollower | null
}

export interface Sandbox {
  readonly scenario: ScenarioName
  readonly chains: readonly SandboxChain[]
  readonly contracts: L1Contracts
  readonly anvil: Anvil
  readonly pace: Pace
  /** What a rollcall process needs to look at this sandbox. */
  readonly environment: Readonly<Record<string, string>>
  /** Hashes worth trying now, of the first chain or of the one named. */
  hashes(chain?: string): SandboxHashes
  /** Lines worth typing first, and what they are for. */
  readonly tips: NonNullable<Scenario['tips']>
  /** The sandbox's clock, Unix seconds. */
  now(): number
  /** What the clock of the machine that looks says: the sandbox's, unless its switch is on. */
  localNow(): number
  /** Turns a switch of the first chain. */
  set<Name extends FaultName>(fault: Name, value: Faults[Name]): Promise<void>
  /** Lets time pass without waiting for it. */
  advance(seconds: number): Promise<void>
  /** Follows the wall clock from now on; a failure ends it and is told. */
  run(onFailure: (error: unknown) => void): void
  stop(): Promise<void>
}

const operatorAccounts = 2
const gwei = 10n ** 9n

export async function createSandbox(request: SandboxSettings = {}): Promise<Sandbox> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return await build(request, undo, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

type Undo = (() => Promise<unknown>)[]

async function build(request: SandboxSettings, undo: Undo, stop: () => Promise<void>): Promise<Sandbox> {
  const name = request.scenario ?? 'steady'
  const scenario: Scenario = scenarios[name]
  const plan = planOf(request, scenario)
  const { pace, startAt, endAt, chainNames } = plan
  const anvil = await startAnvil({ timestamp: startAt - 3 * pace.l1Block })
  undo.push(anvil.stop)
  const contracts = await deploy(anvil, {
    chainIds: chainNames.map((_, index) => chainIdOf(index)),
    // The owner may revert batches.
    operators: [
      account(0).address,
      ...chainNames.flatMap((_, index) => operatorsOf(index, plan.generation).all.map(({ address }) => address)),
    ],
    executionDelay: pace.executionDelay,
    protocolVersion: plan.onChainVersion,
    zksyncOs: plan.flavour === 'zksync-os',
    settledBatches: scenario.firstBatch ?? 0,
    at: startAt,
  })
  const postgresUrl = plan.flavour === 'era' ? await ownerUrl(request, undo) : null
  const chains: SandboxChain[] = []
  // The servers show the clock; it starts to move only when they are there.
  const moving = { now: () => startAt }
  for (const [index, chainName] of chainNames.entries()) {
    chains.push(
      await createChain({
        plan,
        scenario,
        index,
        chainName,
        anvil,
        contracts,
        postgresUrl,
        undo,
        now: () => moving.now(),
        noise: request.noise,
      }),
    )
  }
  const users = createUsers(anvil.chainId, contracts)
  const { noise } = request
  const blockTimes = noise ? unevenBlockTimes(noise, plan.seed) : evenBlockTimes
  const clockwork = createClockwork({ anvil, users, chains, pace, startAt, l1Block: 1, blockTimes })
  moving.now = clockwork.now
  const advance = async (seconds: number) => {
    const until = clockwork.now() + seconds
    do {
      // Provers and L1 wait for each other, so they take turns.
      await clockwork.advanceTo(scenario.provers ? Math.min(until, clockwork.now() + pace.l1Block) : until)
      for (const chain of chains) await takeRound(chain, clockwork.now())
    } while (clockwork.now() < until)
  }
  let clockOff = 0
  const setClockOff = (seconds: number) => {
    clockOff = seconds
  }
  const setFault = switchesOf({ plan, anvil, contracts, users, clockwork, chains, advance, setClockOff })
  await advance(plan.historyEndsAt - startAt)
  const database = chains[0]?.database?.client ?? null
  for (const [fault, value] of Object.entries(scenario.faults ?? {})) await setFault(fault as FaultName, value as never)
  const fleet = chains[0]?.provers?.fleet ?? null
  await scenario.setUp?.({ clockwork, contracts, pace, chains, fleet, database, advance, set: setFault })
  await advance(Math.max(0, endAt - clockwork.now()))
  const inTurn = takeTurns()
  return {
    scenario: name,
    chains,
    contracts,
    anvil,
    pace,
    environment: environmentOf(chains, plan.generation, pace),
    hashes: (chain) => worthTrying(chains.find((one) => one.name === chain) ?? chains[0]),
    tips: scenario.tips ?? (scenario.provers ? proverTips : []),
    now: clockwork.now,
    localNow: () => clockwork.now() + clockOff,
    set: (fault, value) => inTurn(() => setFault(fault, value)),
    advance: (seconds) => inTurn(() => advance(seconds)),
    run: (onFailure) => {
      const catchUp = (at: number) => inTurn(() => advance(Math.max(0, at - clockOff - clockwork.now())))
      for (const { provers } of chains) provers?.fleet.setPolling(livePolling)
      if (!scenario.still) undo.push(followWallClock(catchUp, onFailure))
    },
    stop,
  }
}

interface SwitchRequest
  extends Omit<Parameters<typeof createSwitches>[0], 'chain' | 'network' | 'pace' | 'setBalance' | 'commitOperator'> {
  readonly plan: Plan
  readonly anvil: Anvil
  readonly chains: readonly SandboxChain[]
}

function switchesOf({ plan, anvil, chains, ...parts }: SwitchRequest): Sandbox['set'] {
  const [chain] = chains
  if (chain === undefined) throw new Error('a sandbox has at least one chain')
  const switches = createSwitches({
    ...parts,
    chain,
    network: chain.network,
    pace: plan.pace,
    commitOperator: operatorsOf(0, plan.generation).commit.address,
    setBalance: async (address, wei) => void (await anvil.call(['anvil_setBalance', address, `0x${wei.toString(16)}`])),
  })
  return async (fault, value) => switches[fault](value)
}

/** One after the other: time must not be moved by two at once. */
function takeTurns() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work)
    last = turn
    return turn
  }
}
/** What the model made goes into the database and to the provers. */
async function takeRound({ database, rollup, provers }: SandboxChain, now: number): Promise<void> {
  const changes = rollup.takeChanges()
  await database?.write(changes)
  await provers?.take(changes, now)
}

const proverTips = [
  ['/prover-status', 'what L1 waits for, and what is stuck'],
  ['/requeue stuck', 'put the stuck jobs back; then watch with /prover-status'],
  ['/runbook stuck', 'what to do, step by step'],
] as const

/** Seconds between the looks of an idle prover while people may put jobs back. */
const livePolling = 2

interface Plan {
  readonly generation: Generation
  readonly flavour: Flavour
  readonly seed: string
  readonly chainNames: readonly string[]
  readonly pace: Pace
  readonly startAt: number
  /** What a scenario does happens between the end of the history and this. */
  readonly endAt: number
  readonly historyEndsAt: number
  readonly sources: 'few' | 'all'
  readonly speed: number
  readonly onChainVersion: bigint
  readonly protocolVersion: number
}

function planOf(request: SandboxSettings, scenario: Scenario): Plan {
  const generation = scenario.generation ?? request.generation ?? 'core'
  const flavour = request.flavour ?? 'era'
  const speed = request.speed ?? 6
  const pace = paceOf({ speed, generation, flavour, other: scenario.pace })
  const batches = request.historyBatches ?? scenario.historyBatches ?? 60 + batchesInFlight(pace)
  const local = Math.floor((request.now?.getTime() ?? Date.now()) / 1000)
  const endAt = local - clockOffSeconds(scenario.faults?.clock)
  const historyEndsAt = endAt - (scenario.lasts?.(pace) ?? 0)
  const protocolVersion = { '2023': 15, '2023-fri': 18, core: 29 }[generation]
  return {
    generation,
    flavour,
    seed: request.seed ?? 'rollcall',
    chainNames: request.chains ?? [''],
    pace,
    // The last batch stays open, half full.
    startAt: historyEndsAt - (batches * pace.blocksPerBatch + Math.floor(pace.blocksPerBatch / 2)) * pace.block,
    endAt,
    historyEndsAt,
    sources: request.sources ?? scenario.sources ?? 'few',
    speed,
    protocolVersion,
    // Since 2024 the number on chain is packed: the minor version above, the patch below.
    onChainVersion: generation === 'core' ? (BigInt(protocolVersion) << 32n) | 4n : BigInt(protocolVersion),
  }
}

async function ownerUrl({ postgresUrl }: SandboxSettings, undo: Undo): Promise<string> {
  if (postgresUrl !== undefined) return postgresUrl
  const server = await startPostgresServer()
  undo.push(server.stop)
  return server.url()
}

const chainIdOf = (index: number) => 270 + index

function operatorsOf(index: number, generation: Generation) {
  const first = 2 + index * operatorAccounts
  const settle = account(first)
  const commit = generation === 'core' ? account(first + 1) : settle
  return { settle, commit, all: [settle, account(first + 1)] }
}

interface ChainRequest {
  readonly plan: Plan
  readonly scenario: Scenario
  readonly index: number
  readonly chainName: string
  readonly anvil: Anvil
  readonly contracts: L1Contracts
  readonly postgresUrl: string | null
  readonly undo: Undo
  readonly now: () => number
  readonly noise: Noise | undefined
}

async function createChain(request: ChainRequest): Promise<SandboxChain> {
  const { plan, scenario, index, chainName, anvil, contracts, postgresUrl, undo, now, noise } = request
  const { generation, pace, flavour, protocolVersion } = plan
  const chainId = chainIdOf(index)
  const diamond = contracts.diamonds.get(chainId) ?? ''
  const random = createRandom(`${plan.seed}/${chainName}`)
  const rollup = createRollup(random, pace, plan.startAt, scenario.firstBatch)
  const { bridgehub, timelock } = contracts
  const l1ChainId = anvil.chainId
  let provers: ProverFollower | null = null
  const settlement = createSettlement({
    rollup,
    pace,
    policy: { maxBaseFee: 60n * gwei, maxSends: 4, resendAfterBlocks: 3 },
    l1ChainId,
    diamond,
    timelock,
    operators: operatorsOf(index, generation),
    hasProof: scenario.provers && ((batch) => provers?.hasProof(batch) ?? false),
  })
  const rows: RowSettings = { generation, l1ChainId, protocolVersion, protocolPatch: 4, random }
  const database = postgresUrl === null ? null : await createNodeDatabase(postgresUrl, rows)
  if (database) undo.push(database.close)
  if (database && scenario.provers) {
    const { protocolPatch } = rows
    const prover = { scenario: scenario.provers, generation, chainId, protocolVersion, protocolPatch }
    provers = await createFollower({ ...prover, client: database.proverClient, now: plan.startAt })
  }
  const lagSeconds = Math.max(120, 40 * pace.block)
  const accept = (transaction: Submitted) => rollup.submit(transaction, now())
  const node = {
    flavour,
    chainId,
    rollup,
    generation,
    l1ChainId,
    diamond,
    bridgehub,
    protocolVersion,
    now,
    accept,
    lagSeconds,
  }
  const { sources, speed } = plan
  const weather = (server: string) =>
    noise ? roughWeather(noise, `${plan.seed}/${chainName}/${server}`) : clearWeather
  const network = await startNetwork({ node, anvil, sources, speed, undo, weather })
  const claimed = new Set<string>()
  const parts = { chainId, diamond, random, rollup, settlement, claimed, database, network, provers }
  return { ...parts, name: chainName, l2Url: network.main.url }
}

/** Makes what is due four times a second; returns how to end it. */
function followWallClock(catchUp: (at: number) => Promise<void>, onFailure: (error: unknown) => void) {
  let ended = false
  let timer: NodeJS.Timeout | undefined
  let wake: () => void = () => {}
  const loop = async () => {
    while (!ended) {
      await catchUp(Math.floor(Date.now() / 1000))
      await new Promise<void>((resolve) => {
        wake = resolve
        timer = setTimeout(resolve, 250)
      })
    }
  }
  const done = loop().catch((error) => {
    if (!ended) onFailure(error)
  })
  return async () => {
    ended = true
    clearTimeout(timer)
    wake()
    await done
  }
}
