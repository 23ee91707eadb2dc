// Injects outages into a moving sandbox, asks bots whether the chain is down, and puts what they say beside the truth.

import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { type Chain, createChain, type Outside } from '../../src/chains.ts'
import { readConfig } from '../../src/config.ts'
import type { FaultName, Faults } from '../faults.ts'
import { createRandom } from '../model/random.ts'
import { ordinaryNoise } from '../noise.ts'
import { createSandbox, type Sandbox, type SandboxSettings } from '../sandbox.ts'
import { type BotName, bots, type Case } from './cases.ts'
import { type Answer, truthOf, type View } from './truth.ts'

export interface Answered {
  readonly name: string
  readonly bot: BotName
  readonly seed: string
  /** One of these is right. */
  readonly expected: readonly Answer[]
  readonly got: Answer
  /** One line per finding, for whoever looks at a miss. */
  readonly findings: readonly string[]
  readonly seconds: number
}

export interface RunSettings {
  readonly seed: string
  readonly chain: Case['chain']
  /** Left out: now. */
  readonly now?: Date
  readonly postgresUrl?: string
  /** Blocks come at their times and no request is lost: what is asked twice is answered the same. */
  readonly calm?: boolean
  /** Of the bots; left out: what a bot has. */
  readonly sampleSpacingMs?: number
  readonly onAnswer?: (answered: Answered) => void
}

const well: Faults = {
  explorer: 'none',
  'second-explorer': 'none',
  rpcs: 'none',
  'main-rpc': 'none',
  'external-rpc': 'none',
  balancer: 'none',
  l1: 'none',
  'first-l1': 'none',
  'second-l1': 'none',
  sequencer: 'none',
  traffic: 'busy',
  commits: 'none',
  proofs: 'none',
  execution: 'none',
  reverted: false,
  frozen: false,
  gateway: false,
  migration: 'none',
  clock: 'none',
}

/** Until whatever waited on L1 has been caught up with. */
const recoverySeconds = 700

const chains: Readonly<Record<Case['chain'], SandboxSettings>> = {
  era: { historyBatches: 30 },
  'zksync-os': { historyBatches: 30, flavour: 'zksync-os' },
  slow: { scenario: 'slow-batches' },
}

/** All cases on one chain, one after the other; each is mended before the next. */
export async function injectAll(cases: readonly Case[], settings: RunSettings): Promise<readonly Answered[]> {
  const { seed, chain, calm = false, now, postgresUrl, sampleSpacingMs } = settings
  const outside: Outside = sampleSpacingMs === undefined ? {} : { sampleSpacingMs }
  const sandbox = await createSandbox({
    ...chains[chain],
    seed,
    speed: 1,
    sources: 'all',
    ...(now ? { now } : {}),
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
    ...(calm ? {} : { noise: ordinaryNoise }),
  })
  const random = createRandom(`verdicts/${seed}`)
  const running = new Map<BotName, Chain>()
  try {
    for (const name of new Set(cases.flatMap((one) => one.bots))) {
      if (!bots[name].isFresh) running.set(name, openChain(sandbox, bots[name].view, outside))
    }
    await Promise.all([...running.values()].map((bot) => ask(bot, null)))
    const answers: Answered[] = []
    for (const one of cases) {
      await turn(sandbox, one.faults)
      const seconds = one.seconds + (calm ? 0 : random.between(0, 60))
      await sandbox.advance(seconds)
      for (const answered of await askAll(sandbox, one, running, { seed, moves: !calm, outside })) {
        settings.onAnswer?.(answered)
        answers.push(answered)
      }
      if (one !== cases.at(-1)) await mend(sandbox, one, random.between(30, 90))
    }
    return answers
  } finally {
    await Promise.all([...running.values()].map((bot) => bot.close()))
    await sandbox.stop()
  }
}

async function turn(sandbox: Sandbox, faults: Partial<Faults>): Promise<void> {
  for (const [fault, value] of Object.entries(faults)) await sandbox.set(fault as FaultName, value as never)
}

async function mend(sandbox: Sandbox, { faults, seconds, chain }: Case, more: number): Promise<void> {
  await turn(sandbox, Object.fromEntries(Object.keys(faults).map((fault) => [fault, well[fault as FaultName]])))
  const touched = (Object.keys(faults) as FaultName[]).some((fault) => ofTheChain.includes(fault))
  const recovery = chain === 'slow' ? 2 * seconds : recoverySeconds
  await sandbox.advance((touched ? recovery : 0) + more)
}

/** Whoever only looked wrongly at the chain looks rightly again at once. */
const ofTheChain: readonly FaultName[] = [
  'sequencer',
  'traffic',
  'commits',
  'proofs',
  'execution',
  'reverted',
  'frozen',
  'gateway',
  'migration',
]

interface Asking {
  readonly seed: string
  /** The chain goes on while the question is asked. */
  readonly moves: boolean
  readonly outside: Outside
}

async function askAll(
  sandbox: Sandbox,
  one: Case,
  running: ReadonlyMap<BotName, Chain>,
  { seed, moves, outside }: Asking,
): Promise<readonly Answered[]> {
  const tx = one.namesTransaction ? nextInLine(sandbox) : null
  const askOne = async (bot: BotName): Promise<Answered> => {
    const { view } = bots[bot]
    const chain = running.get(bot) ?? openChain(sandbox, view, outside)
    try {
      const answer = await ask(chain, tx)
      return { name: one.name, bot, seed, expected: truthOf(one, view), ...answer }
    } finally {
      if (!running.has(bot)) await chain.close()
    }
  }
  const answers: Answered[] = []
  for (let from = 0; from < one.bots.length; from += atOnce) {
    const asked = Promise.all(one.bots.slice(from, from + atOnce).map(askOne))
    if (moves) await followUntil(asked, sandbox)
    answers.push(...(await asked))
  }
  return answers
}

/** More would wait for each other here, where all of them and the whole sandbox share one process. */
const atOnce = 3

/** By the wall clock, until there are answers. */
async function followUntil(done: Promise<unknown>, sandbox: Sandbox): Promise<void> {
  let isDone = false
  const end = () => {
    isDone = true
  }
  done.then(end, end)
  const start = { wall: Date.now(), chain: sandbox.now() }
  while (!isDone) {
    await sandbox.advance(Math.max(0, start.chain + Math.floor((Date.now() - start.wall) / 1000) - sandbox.now()))
    await Promise.race([sleep(200), done.catch(() => undefined)])
  }
}

/** A transaction that came after the newest block and could be taken at once: the next one of its sender. */
function nextInLine({ chains: [chain] }: Sandbox): string {
  const newest = chain?.rollup.blocks.at(-1)?.timestamp ?? 0
  const all = [...(chain?.rollup.transactions.values() ?? [])].filter(({ kind }) => kind !== 'rejected')
  const first = all.find(
    ({ block, priority, from, nonce, receivedAt }) =>
      block === null &&
      priority === null &&
      receivedAt > newest &&
      all.filter((other) => other.from === from && other.priority === null && other.block !== null).length === nonce,
  )
  if (first === undefined) throw new Error('nobody waits, so that no transaction can be named')
  return first.hash
}

/** As the bot looks at it, by the clock of its machine. */
function openChain(sandbox: Sandbox, view: View, outside: Outside): Chain {
  const config = readConfig(environmentOf(sandbox, view), { readFile: () => '' })
  const [settings] = config.chains
  if (settings === undefined) throw new Error('the sandbox offers no chain')
  const now = () => new Date(sandbox.localNow() * 1000)
  return createChain({ settings, log: pino({ level: 'silent' }), now, reportTimeZone: config.reportTimeZone, outside })
}

function environmentOf({ environment }: Sandbox, view: View): Readonly<Record<string, string>> {
  const named = (list: string | undefined, names: readonly string[]) =>
    (list ?? '')
      .split(',')
      .filter((one) => names.includes(one.split('=')[0] ?? ''))
      .join(',')
  const all = Object.entries(environment).filter(([key]) => view.database || !key.endsWith('DATABASE_URL'))
  return {
    ...Object.fromEntries(all),
    L2_RPC_URLS: named(environment.L2_RPC_URLS, view.rpcs),
    EXPLORER_API_URLS: named(environment.EXPLORER_API_URLS, view.explorers),
    L1_RPC_URLS: named(environment.L1_RPC_URLS, view.l1),
    ...(view.operators === null ? {} : { ENDPOINT_OPERATORS: view.operators }),
  }
}

async function ask(chain: Chain, tx: string | null): Promise<Pick<Answered, 'got' | 'findings' | 'seconds'>> {
  const began = performance.now()
  const reported = { batch: null, block: null, at: null, text: null }
  const facts = await chain.outage.check({ tx, reported, signal: new AbortController().signal })
  const { verdict, headline, findings } = facts
  return {
    got: { verdict, headline },
    findings: findings.map(({ code, text }) => `${code}: ${text}`),
    seconds: (performance.now() - began) / 1000,
  }
}

/** Verdict and headline are one of the right ones. */
export function isRight({ expected, got }: Answered): boolean {
  return expected.some(({ verdict, headline }) => verdict === got.verdict && headline === got.headline)
}
