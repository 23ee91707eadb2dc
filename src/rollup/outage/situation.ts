// From what the sources said to the few statements the verdict rests on: which clock, how old, who witnesses what. Pure.

import type { Demand, Head, L1Observation, L2Observation, Observations, RequestsOnL1 } from './facts.ts'

export interface Situation {
  /** L1 answered from the right chain and is not old: its time is the clock for ages. */
  readonly l1Answers: boolean
  /** L1 answers, and only where the chain's diamond is on it is not known: its time counts, its counters cannot be asked. */
  readonly lacksDiamond: boolean
  /** The clock ages are measured by, Unix seconds. */
  readonly clock: number
  /** This machine's clock minus the chain's, when only this machine thinks that L1 is old (or ahead). */
  readonly localClockOff: number | null
  /** L1 is old by this machine's clock and by L2's newest time. */
  readonly l1Old: boolean
  readonly anyL2: boolean
  /** The newest block any source shows. */
  readonly newest: Head | null
  readonly newestAge: number | null
  /** Some reachable source shows a block younger than the threshold. */
  readonly blocksMove: boolean
  /** Endpoints that answered and are behind: proven by L1, or behind the newest head. */
  readonly lagging: readonly L2Observation[]
  readonly everyRpcLags: boolean
  readonly laggingExplorers: readonly { readonly name: string; readonly behindSeconds: number }[]
  /** Demand that counts: newer than the newest head and waiting longer than its grace. */
  readonly demand: readonly Demand[]
  /** What waits and proves nothing yet: the chain can be called neither halted nor idle. What the asker named comes first. */
  readonly doubtful: readonly Demand[]
  /** L1 has priority requests of which nobody tells when they came. */
  readonly undatedRequest: boolean
  /** L1's queue may hold a request that came after the newest block and was out of reach of the search. */
  readonly unseenRequest: boolean
  /** Who sees a head that is frozen although it should not be. */
  readonly witnesses: { readonly database: boolean; readonly operators: readonly string[]; readonly l1: boolean }
  readonly overdue: { readonly commit: number | null; readonly prove: number | null; readonly execute: number | null }
}

export function situationOf(seen: Observations): Situation {
  const clockwork = chooseClock(seen)
  const { clock, l1Answers } = clockwork
  const newest = newestHead(seen)
  const newestAge = newest === null ? null : Math.max(0, clock - newest.time)
  const settled = seen.l1?.settlesOn === null || seen.l1?.settlesOn?.readable === true
  const committed = l1Answers && settled && seen.l1 !== null ? committedOn(seen.l1) : nothingCommitted
  const answering = seen.l2.filter(({ trouble, samples }) => trouble === null && samples.length > 0)
  const lagging = answering.filter((rpc) => isLagging(rpc, newest, committed, clock, seen))
  const overdue = overdueStages(seen, clock, l1Answers)
  const demand = seen.demand.filter((one) => counts(one, newest, clock, seen))
  return {
    ...clockwork,
    anyL2: answering.length > 0,
    newest,
    newestAge,
    blocksMove: newestAge !== null && newestAge <= seen.thresholds.sequencer,
    lagging,
    everyRpcLags: answering.length > 0 && lagging.length === answering.length,
    laggingExplorers: laggingExplorers(seen, answering, committed),
    demand,
    doubtful: seen.demand
      .filter((one) => isDoubtful(one, newest, clock, seen))
      .toSorted((a, b) => doubtOrder.indexOf(a.kind) - doubtOrder.indexOf(b.kind)),
    undatedRequest: l1Answers && seen.l1?.requests?.undated === true,
    unseenRequest: l1Answers && hidesARequest(seen.l1?.requests ?? null, newest),
    witnesses: {
      database: databaseWitnesses(seen, clock),
      operators: [
        ...new Set(answering.filter((rpc) => isFrozen(rpc, clock, lagging, seen)).map(({ operator }) => operator)),
      ],
      l1: l1Answers && (demand.some(({ witness }) => witness === 'l1') || overdue.commit !== null),
    },
    overdue,
  }
}

/**
 * Whether L1 itself is old is judged by this machine's clock and by the newest L2 and explorer times: only if both say
 * so; otherwise this machine's clock is the finding (design section 5 rule 8).
 */
function chooseClock(
  seen: Observations,
): Pick<Situation, 'l1Answers' | 'lacksDiamond' | 'clock' | 'localClockOff' | 'l1Old'> {
  const lacksDiamond = seen.l1?.trouble?.kind === 'no-diamond'
  const head = seen.l1 !== null && (seen.l1.trouble === null || lacksDiamond) ? seen.l1.head : null
  const { l1Stale } = seen.thresholds
  const nothing = { l1Answers: false, lacksDiamond: false, localClockOff: null, l1Old: false }
  if (head === null) return { ...nothing, clock: seen.local }
  const newestL2 = newestHead(seen)?.time ?? Number.NEGATIVE_INFINITY
  const oldByLocal = seen.local - head.time > l1Stale
  const oldByL2 = newestL2 - head.time > l1Stale
  if (oldByLocal && oldByL2) return { ...nothing, clock: Math.max(newestL2, head.time), l1Old: true }
  const off = seen.local - head.time
  const localClockOff = oldByLocal || off < -clockTolerance ? off : null
  const clock = Math.max(head.time, newestL2)
  return { l1Answers: !lacksDiamond, lacksDiamond, clock, localClockOff, l1Old: false }
}

/** A clock ahead of L1 by an ordinary slot is fine; one behind it by this much is wrong (chain-signals 7.23). */
const clockTolerance = 30

function newestHead(seen: Observations): Head | null {
  const heads = [
    ...seen.l2.filter(({ trouble }) => trouble === null).flatMap(({ samples }) => samples),
    ...seen.explorers.filter(({ trouble }) => trouble === null).map(({ head }) => head),
    seen.database?.trouble === null ? seen.database.head : null,
  ].filter((head) => head !== null)
  // By time, not number: a source on a wrong height can't be ahead in time as well without being fresh.
  return heads.reduce<Head | null>((best, head) => (best === null || head.time > best.time ? head : best), null)
}

/** The maximum over the samples: behind a load balancer a lower number says nothing (chain-signals 7.11). */
export function bestSample({ samples }: L2Observation): Head | null {
  return samples.reduce<Head | null>((best, head) => (best === null || head.number > best.number ? head : best), null)
}

/**
 * Behind: L1 has committed past its sealed batch, or past its newest block; or, in most samples, it trails the newest head in time and in blocks.
 * Where its own head is no longer fresh and the newest is, time alone tells: on a slow chain blocks say little.
 */
function isLagging(
  rpc: L2Observation,
  newest: Head | null,
  committed: Committed,
  clock: number,
  seen: Observations,
): boolean {
  if (committed.batch !== null && rpc.sealedBatch !== null && committed.batch > rpc.sealedBatch) return true
  const best = bestSample(rpc)
  if (committed.block !== null && best !== null && committed.block > best.number) return true
  if (newest === null) return false
  const { rpcLag, rpcLagBlocks, sequencer } = seen.thresholds
  const newestIsFresh = clock - newest.time <= sequencer
  const behind = rpc.samples.filter((head) => {
    const stale = newestIsFresh && clock - head.time > sequencer
    return stale || (newest.time - head.time > rpcLag && newest.number - head.number > rpcLagBlocks)
  })
  return behind.length * 3 >= rpc.samples.length * 2
}

/** How far L1 has taken the chain: the last committed batch, and on ZKsync OS its last block. */
interface Committed {
  readonly batch: number | null
  readonly block: number | null
}

const nothingCommitted: Committed = { batch: null, block: null }

function committedOn({ counters, committedBlock }: L1Observation): Committed {
  return { batch: counters?.committed ?? null, block: committedBlock }
}

function laggingExplorers(seen: Observations, answering: readonly L2Observation[], committed: Committed) {
  const best = answering
    .map(bestSample)
    .reduce<Head | null>((top, head) => (head !== null && (top === null || head.time > top.time) ? head : top), null)
  return seen.explorers.flatMap(({ name, trouble, head, sealedBatch }) => {
    if (trouble !== null || head === null) return []
    const behindSeconds = best === null || head.number >= best.number ? 0 : best.time - head.time
    const proven = committed.batch !== null && sealedBatch !== null && committed.batch > sealedBatch
    return behindSeconds > seen.thresholds.explorerLag || proven ? [{ name, behindSeconds }] : []
  })
}

/**
 * What was wanted before the newest block and is not in it has its own reason (a nonce gap, a low fee); what came later
 * and was left for longer than its grace shows that nobody makes blocks.
 */
function counts(demand: Demand, newest: Head | null, clock: number, { thresholds }: Observations): boolean {
  if (demand.doubt !== undefined) return false
  if (newest !== null && demand.since <= newest.time) return false
  const grace = demand.kind === 'priority-request' ? thresholds.priorityGrace : thresholds.demandGrace
  return clock - demand.since >= grace
}

const doubtOrder: readonly Demand['kind'][] = [
  'named-transaction',
  'priority-request',
  'pending-transaction',
  'waiting-deposit',
  'probe',
]

/** In seconds: what came so short a time ago is on its way into a block. */
const onItsWay = 10

/**
 * Too old to be on its way and too young to be overdue (a node waits until L1 has confirmed a request); or named by the
 * asker, whenever it came: whoever is told that nobody waits knows better.
 */
function isDoubtful(demand: Demand, newest: Head | null, clock: number, seen: Observations): boolean {
  const { kind, since, doubt } = demand
  if (doubt !== undefined) return true
  if (counts(demand, newest, clock, seen)) return false
  if (kind === 'named-transaction') return true
  if (newest !== null && since <= newest.time) return false
  return clock - since >= (kind === 'priority-request' ? seen.thresholds.demandGrace : onItsWay)
}

/** An empty queue, or a search back to the newest block, shows that there is none. */
function hidesARequest(requests: RequestsOnL1 | null, newest: Head | null): boolean {
  if (requests === null || requests.queue === 0 || newest === null) return false
  return requests.since === null || requests.since > newest.time
}

/** The database of the main node, not of a replica that is itself behind. */
function databaseWitnesses({ database, thresholds }: Observations, clock: number): boolean {
  if (database === null || database.trouble !== null || database.head === null || !database.own) return false
  return clock - database.head.time > thresholds.sequencer && database.replicaLagSeconds <= thresholds.rpcLag
}

/** A head that stood still over all samples, is older than the threshold, and is not merely behind others. */
function isFrozen(rpc: L2Observation, clock: number, lagging: readonly L2Observation[], seen: Observations): boolean {
  const best = bestSample(rpc)
  if (best === null || rpc.samples.length < samplesNeeded || lagging.includes(rpc)) return false
  const advanced = rpc.samples.some(({ number }) => number > (rpc.samples[0]?.number ?? 0))
  return !advanced && clock - best.time > seen.thresholds.sequencer
}

export const samplesNeeded = 3

/** Where the chain settles on a Gateway that can't be read, what L1 counts stands still and says nothing. */
function overdueStages({ l1, thresholds }: Observations, clock: number, l1Answers: boolean): Situation['overdue'] {
  const readable = l1Answers && (l1?.settlesOn == null || l1.settlesOn.readable)
  const age = (since: number | undefined, limit: number) => {
    if (!readable || since === undefined || clock - since <= limit) return null
    return clock - since
  }
  return {
    commit: age(l1?.commitWaiting?.since, thresholds.commit),
    prove: age(l1?.proveWaiting?.since, thresholds.prove),
    execute: age(l1?.executeWaiting?.since, thresholds.execute),
  }
}
