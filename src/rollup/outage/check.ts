// Is the chain down? Asks every source at once, each with a time limit of its own, and judges what arrived.

import type { OutageSettings } from '../../config.ts'
import { deferred } from '../../core/deferred.ts'
import { createAllowance } from '../rpc/frugal-set.ts'
import type { RpcEndpoint } from '../rpc/json-rpc.ts'
import { pause } from '../rpc/time-limit.ts'
import type { OutageFacts } from './answer.ts'
import { composeAnswer } from './compose.ts'
import type { Learner } from './learned.ts'
import { type AnswerLimits, startLimits } from './limits.ts'
import type { ReportCheck } from './report/check.ts'
import { type Reported, readReported } from './report/text.ts'
import { createSights, type Sights } from './sights.ts'
import type { DatabaseLook, OutageDatabase } from './sources/database.ts'
import type { Explorers } from './sources/explorers.ts'
import type { FirstSeen } from './sources/first-seen.ts'
import { settledLook } from './sources/gateway.ts'
import {
  type FirstCounters,
  type L1Counters,
  type L1Question,
  type L1State,
  lastCommittedBlock,
  type OutageL1,
} from './sources/l1.ts'
import {
  type BlockTime,
  blockTimes,
  type FirstSight,
  type L2Look,
  lookAtL2,
  type WatchedEndpoint,
} from './sources/l2.ts'
import { lastHashes } from './sources/last-hashes.ts'
import type { Probe } from './sources/probe-account.ts'
import { createDepositWatch, type DepositWatch } from './sources/waiting-deposits.ts'
import { defaultThresholds } from './thresholds.ts'
import { askNode, type NodeWaits, waitsOf } from './waits.ts'
import { withReport } from './with-report.ts'

export interface OutageQuestion {
  /** An L2 transaction the asker waits for. */
  readonly tx: string | null
  /** An outage that somebody reported: single facts as typed, and a pasted text. With none, only now is asked about. */
  readonly reported: Reported
  readonly signal: AbortSignal
}

export interface OutageCheck {
  /** Never throws because of a source: the answer comes with what arrived. */
  check(question: OutageQuestion): Promise<OutageFacts>
  /** To be looked at between questions too, because only what is seen to come is evidence. Null: not configured. */
  readonly probe: Probe | null
}

export interface OutageCheckParts {
  readonly chain: string
  readonly l2: readonly WatchedEndpoint[]
  /** As configured, or as it was learned; null: nobody knows. */
  readonly l2ChainId: () => number | null
  readonly explorers: Explorers
  /** Null: not configured. */
  readonly l1: OutageL1 | null
  /** The chain that batches settle on where it is not L1; null: none is configured. */
  readonly gateway: OutageL1 | null
  readonly learner: Learner
  readonly firstSeen: FirstSeen
  /** When what is known beforehand was noted, where it came from an earlier run. */
  readonly notedAt: Date | null
  readonly database: OutageDatabase | null
  readonly probe: Probe | null
  readonly reports: ReportCheck
  /** Between the samples of a head; left out: as `lookAtL2` has it. */
  readonly sampleSpacingMs?: number
  readonly settings: OutageSettings
  readonly now: () => Date
}

/** Both parts of the answer together: public endpoints count. */
const l1CallsOfAReport = 40

export function createOutageCheck(parts: OutageCheckParts): OutageCheck {
  const depositWatch = createDepositWatch(parts.now)
  return {
    probe: parts.probe,

    async check({ tx, reported, signal: outer }) {
      const claim = readReported(reported, { name: parts.chain, chainId: parts.l2ChainId() })
      const limits = startLimits(outer)
      const allowance = claim === null ? undefined : createAllowance(l1CallsOfAReport)
      const threshold = parts.settings.sequencerSeconds ?? defaultThresholds.sequencer
      try {
        const [now, then] = await Promise.all([
          checkNow({ ...parts, depositWatch }, { tx, brief: claim !== null, allowance }, limits),
          claim === null ? null : parts.reports.check(claim, { signal: limits.whole, threshold, allowance }),
        ])
        return then === null ? now : withReport(now, then)
      } finally {
        limits.stop()
      }
    },
  }
}

type CheckParts = OutageCheckParts & { readonly depositWatch: DepositWatch }

async function checkNow(
  parts: CheckParts,
  { tx, ...l1How }: { readonly tx: string | null } & Pick<L1Question, 'brief' | 'allowance'>,
  { looks: signal, settlement, whole }: AnswerLimits,
): Promise<OutageFacts> {
  const sights = createSights(parts.l2ChainId())
  const counters = deferred<FirstCounters>()
  const l1Parts = {
    ...{ signal: settlement, ...l1How },
    lastHashes: async (counters: L1Counters) => lastHashes(await sights.best(), counters, settlement),
  }
  const looks = Promise.all([
    lookAtL2(parts.l2, {
      ...{ chainId: parts.l2ChainId(), tx, firstSeen: parts.firstSeen, depositWatch: parts.depositWatch },
      signal,
      // A diamond that is configured knows its chain, whatever the nodes say.
      judge: async () => (await counters.value)?.l2ChainId ?? null,
      onFirst: sights.see,
      ...(parts.sampleSpacingMs !== undefined && { spacingMs: parts.sampleSpacingMs }),
    }).finally(sights.end),
    parts.explorers.look({ signal }),
    (
      parts.l1?.look({ ...l1Parts, onCounters: counters.resolve, newestL2: sights.newest }) ?? Promise.resolve(null)
    ).finally(counters.end),
    parts.gateway?.look({ ...l1Parts, allowance: undefined }) ?? null,
    parts.database?.look({ signal }) ?? null,
    parts.probe?.look({ signal }) ?? null,
  ])
  // Beside the other samples, which take longer than these questions.
  const [aside, [l2, explorers, l1, gateway, database, probe]] = await Promise.all([
    askAside(parts, sights, counters.value, whole),
    looks,
  ])
  const settled = settledLook(l1, gateway)
  const state = settled?.state ?? null
  const node = state === null ? null : await nodeWaits(parts.database, { state, aside, l2, database }, whole)
  if (database?.learned == null) learnOn(parts.learner, l2, state)
  return composeAnswer({
    ...parts,
    l2,
    explorers,
    l1: settled,
    gateway,
    database,
    probe,
    waits: state === null ? null : waitsOf(state, node),
    history: aside?.history ?? [],
    learned: parts.learner.known(),
    tx,
    checkedAt: parts.now(),
  })
}

interface Aside {
  readonly sight: FirstSight
  readonly counters: FirstCounters | null
  readonly node: NodeWaits | null
  readonly history: readonly BlockTime[]
}

async function askAside(
  parts: OutageCheckParts,
  sights: Sights,
  counted: Promise<FirstCounters | null>,
  signal: AbortSignal,
): Promise<Aside | null> {
  const first = await sights.best()
  if (first === null) return null
  const history = historyOf(first.endpoint, first.head.number, signal)
  const counters = await counted
  // By now others may have shown that they know more.
  const sight = (await sights.best()) ?? first
  const { endpoint, sealedBatch } = sight
  // While it is not known which of several nodes is on the right chain, nothing is learned from any.
  const isSure = parts.l2ChainId() !== null || parts.l2.length === 1
  const [node] = await Promise.all([
    counters === null
      ? null
      : askNode({ counters, committedBlock: counters.committedBlock, endpoint, sealedBatch, signal }),
    isSure && parts.database === null ? learnFirst(parts.learner, sight, counters, signal) : null,
  ])
  return { sight, counters, node, history: await history }
}

/** As long as the other samples take; who is slower is learned from beside and after the answer. */
const learnFirstMs = 1400

async function learnFirst(
  learner: Learner,
  { endpoint, head, sealedBatch }: FirstSight,
  counters: L1Counters | null,
  signal: AbortSignal,
) {
  const executed = counters?.executed ?? null
  if (sealedBatch !== null && executed === null) return
  const question = { endpoint, head, executed: sealedBatch === null ? null : executed }
  await Promise.race([learner.learn(question), pause(learnFirstMs, signal)])
}

/** What is missing or old, asked for while nobody waits for it. */
function learnOn(learner: Learner, l2: readonly L2Look[], state: L1State | null): void {
  const best = bestOf(l2)
  const head = best?.observation.samples.at(-1)
  if (best === null || head === undefined) return
  const { endpoint, observation } = best
  if (observation.sealedBatch !== null && state === null) return
  void learner.learn({
    endpoint,
    head,
    executed: observation.sealedBatch === null ? null : (state?.counters.executed ?? null),
  })
}

interface SoFar {
  readonly state: L1State
  readonly aside: Aside | null
  readonly l2: readonly L2Look[]
  readonly database: DatabaseLook | null
}

/** Asked again only where the one that was asked turns out to be behind, or L1's counters are another chain's. */
async function nodeWaits(
  source: OutageDatabase | null,
  { state, aside, l2, database }: SoFar,
  signal: AbortSignal,
): Promise<NodeWaits | null> {
  const { counters } = state
  const best = bestOf(l2)
  if (best === null)
    return database?.observation.trouble === null ? (source?.waits(counters, { signal }) ?? null) : null
  const { endpoint, observation } = best
  const asked = aside !== null && aside.counters?.committed === counters.committed
  const knowsLess = asked && (aside.sight.sealedBatch ?? -1) <= counters.committed
  const wasRight = asked && l2.some((one) => one.endpoint === aside.sight.endpoint && one.observation.trouble === null)
  const isBehind = knowsLess && (observation.sealedBatch ?? -1) > counters.committed
  if (wasRight && !isBehind) return aside.node
  const committedBlock = lastCommittedBlock(state)
  return askNode({ counters, committedBlock, endpoint, sealedBatch: observation.sealedBatch, signal })
}

/** The endpoint that knows most batches, else the newest block: what it does not know, the others don't either. */
function bestOf(looks: readonly L2Look[]): L2Look | null {
  const newest = ({ observation }: L2Look) => Math.max(...observation.samples.map(({ number }) => number))
  const sealed = ({ observation }: L2Look) => observation.sealedBatch ?? -1
  const usable = looks.filter(({ observation }) => observation.trouble === null && observation.samples.length > 0)
  return usable.toSorted((a, b) => sealed(b) - sealed(a) || newest(b) - newest(a))[0] ?? null
}

/** Ever larger steps back from the head: hours of a chain in one round trip, for the picture. */
async function historyOf(endpoint: RpcEndpoint, head: number, signal: AbortSignal) {
  const numbers = Array.from({ length: 15 }, (_, step) => head - 2 ** step).filter((number) => number > 0)
  return blockTimes(endpoint, numbers, signal)
}
