// What is true of a chain with these faults, for somebody who sees it through these sources. Written from the project's
// references (chain-signals section 0 for the order, design section 3 for the verdicts, section 5 rule 4 for "down"),
// never from what the program says: this is what it is measured against.

import type { Headline, Verdict } from '../../src/rollup/outage/facts.ts'
import type { Faults } from '../faults.ts'

export interface Answer {
  readonly verdict: Verdict
  readonly headline: Headline
}

/** What the bot was given to look at the chain with. */
export interface View {
  readonly rpcs: readonly ('main-rpc' | 'external-rpc' | 'balancer')[]
  readonly explorers: readonly ('explorer' | 'second-explorer')[]
  readonly l1: readonly ('first-l1' | 'second-l1')[]
  readonly database: boolean
  /** Who runs what, as the bot was told (ENDPOINT_OPERATORS); null: nothing, so that everything here is one network's. */
  readonly operators: string | null
}

export interface Injected {
  readonly faults: Partial<Faults>
  /** From the switches on until the question. */
  readonly seconds: number
  readonly chain: 'era' | 'zksync-os' | 'slow'
  /** The asker names a transaction that waits. */
  readonly namesTransaction: boolean
}

/** A priority request proves demand once the node has had time to see it final on L1. */
const priorityGrace = 1200
/** Seconds until a batch that does not fill up is on L1. */
const sealedAndCommitted = 600
/** No L1 block for this long is old. */
const l1Stale = 120

/** The answers that are right: one, or two where the references leave it open. */
export function truthOf(injected: Injected, view: View): readonly Answer[] {
  const seen = sightOf(injected, view)
  const row = table.find(({ holds }) => holds(seen, injected.faults))
  const verdict = row?.verdict(seen) ?? 'up'
  const first: Answer = { verdict, headline: row?.headline ?? 'healthy' }
  const isOpen = seen.uneven && (first.headline === 'healthy' || first.headline === 'explorer-lagging')
  // Two or one of three samples come from the backend that lags: section 0 row 9 asks for two.
  return isOpen ? [first, { verdict: 'degraded', headline: 'rpc-lagging' }] : [first]
}

interface Row {
  readonly headline: Headline
  holds(seen: Sight, faults: Partial<Faults>): boolean
  verdict(seen: Sight): Verdict
}

/** In the order of chain-signals section 0; the first that holds is the headline. */
const table: readonly Row[] = [
  {
    headline: 'l1-unreachable',
    holds: ({ l1 }) => !l1,
    verdict: ({ freshRpc, freshDatabase, clockTells }) =>
      clockTells && (freshRpc || freshDatabase) ? 'up' : 'unknown',
  },
  {
    headline: 'l2-unreachable',
    holds: ({ answering }) => answering === 0,
    verdict: ({ fresh }) => (fresh ? 'degraded' : 'unknown'),
  },
  { headline: 'settles-elsewhere', holds: (_, { gateway }) => gateway === true, verdict: () => 'unknown' },
  {
    headline: 'frozen',
    holds: (_, { frozen }) => frozen === true,
    // Without blocks it is down, as far as rule 4 allows: somebody wants them, and it is witnessed.
    verdict: ({ still, demand, witnessed }) => (still && demand !== 'none' && witnessed ? 'down' : 'degraded'),
  },
  { headline: 'reverted', holds: (_, { reverted }) => reverted === true, verdict: () => 'degraded' },
  { headline: 'rpc-lagging', holds: ({ everyRpcBehind }) => everyRpcBehind, verdict: () => 'unknown' },
  {
    headline: 'sequencer-stalled',
    holds: ({ still, demand, witnessed }) => still && demand !== 'none' && witnessed,
    verdict: () => 'down',
  },
  {
    headline: 'too-few-witnesses',
    holds: ({ still, demand }) => still && demand !== 'none',
    verdict: () => 'unknown',
  },
  { headline: 'idle', holds: ({ still, commitsLate }) => still && !commitsLate, verdict: () => 'up' },
  { headline: 'commit-stalled', holds: ({ commitsLate }) => commitsLate, verdict: () => 'degraded' },
  { headline: 'prove-stalled', holds: (_, { proofs }) => proofs === 'halted', verdict: () => 'degraded' },
  { headline: 'execute-stalled', holds: (_, { execution }) => execution === 'halted', verdict: () => 'degraded' },
  { headline: 'rpc-lagging', holds: ({ someRpcBehind }) => someRpcBehind, verdict: () => 'degraded' },
  { headline: 'explorer-lagging', holds: ({ explorerBehind }) => explorerBehind, verdict: () => 'up' },
]

/** What can be seen from there. */
interface Sight {
  readonly l1: boolean
  readonly answering: number
  readonly freshRpc: boolean
  readonly freshDatabase: boolean
  /** Any source shows a young block. */
  readonly fresh: boolean
  readonly everyRpcBehind: boolean
  readonly someRpcBehind: boolean
  readonly uneven: boolean
  readonly explorerBehind: boolean
  /** No block comes, and no source shows a young one. */
  readonly still: boolean
  /** `young`: a request on L1 that the node may still be waiting for. */
  readonly demand: 'none' | 'young' | 'proved'
  readonly witnessed: boolean
  readonly commitsLate: boolean
  /** Without L1 there is only this machine's clock to tell young from old. */
  readonly clockTells: boolean
}

const silent = ['down', 'hanging', 'slow', 'error', 'web-page', 'rate-limited', 'wrong-chain']
const behind = ['stuck', 'lagging']

function sightOf({ faults, seconds, namesTransaction }: Injected, view: View): Sight {
  const moves = isOneOf(faults.sequencer ?? 'none', ['none', 'slow']) && faults.traffic !== 'quiet'
  const rpcs = view.rpcs.map((name) => stateOf(faults.rpcs, faults[name])).filter((state) => !isOneOf(state, silent))
  // On a quiet chain too: the batch that was open is sealed in time and committed, and a node that is stuck knows neither.
  const leaveBehind = faults.traffic === 'quiet' && seconds > sealedAndCommitted ? ['stuck'] : moves ? behind : []
  const behindNow = rpcs.filter((state) => isOneOf(state, leaveBehind))
  const freshRpc = moves && behindNow.length < rpcs.length
  const explorers = view.explorers.map((name) => explorerState(name, faults))
  const freshExplorer = moves && explorers.includes('well')
  const freshDatabase = moves && view.database
  const fresh = freshRpc || freshDatabase || freshExplorer
  const l1 = view.l1.some((name) => isUsableL1(stateOf(faults.l1, faults[name]), seconds))
  const everyRpcBehind = rpcs.length > 0 && behindNow.length === rpcs.length
  const demand = demandIn({ faults, seconds, namesTransaction }, view)
  return {
    l1,
    answering: rpcs.length,
    freshRpc,
    freshDatabase,
    fresh,
    everyRpcBehind,
    someRpcBehind: behindNow.length > 0,
    uneven: moves && rpcs.includes('uneven'),
    explorerBehind: moves && explorers.includes('behind'),
    still: !moves,
    demand,
    // Endpoints of one network are one operator, so that two of them are no second witness.
    witnessed:
      demand === 'proved' &&
      (view.database ||
        (rpcs.length > 0 && (isUnserved(faults, seconds) || isLate(faults))) ||
        (rpcs.length > 1 && view.operators !== null)),
    commitsLate: isLate(faults),
    clockTells: faults.clock !== 'ahead',
  }
}

const isOneOf = (state: string, states: readonly string[]) => states.includes(state)
const stateOf = (all: string | undefined, own: string | undefined) =>
  (all ?? 'none') === 'none' ? (own ?? 'none') : (all as string)

function isUsableL1(state: string, seconds: number): boolean {
  return !isOneOf(state, silent) && !(state === 'old' && seconds > l1Stale)
}

/** Each explorer copies one node, and is as late as that one. */
function explorerState(name: View['explorers'][number], faults: Partial<Faults>): 'well' | 'behind' | 'silent' {
  const own = faults[name] ?? 'none'
  const copied = stateOf(faults.rpcs, faults[name === 'explorer' ? 'main-rpc' : 'external-rpc'])
  if (isOneOf(own, silent)) return 'silent'
  return isOneOf(own, ['stuck', 'cached']) || isOneOf(copied, behind) ? 'behind' : 'well'
}

/** A priority request that came after the newest block and waits for longer than any node takes. */
function isUnserved({ sequencer }: Partial<Faults>, seconds: number): boolean {
  return sequencer === 'halted' && seconds > priorityGrace
}

const isLate = ({ commits = 'none' }: Partial<Faults>) => commits !== 'none'

function demandIn(injected: Pick<Injected, 'faults' | 'seconds' | 'namesTransaction'>, view: View): Sight['demand'] {
  const { faults, seconds, namesTransaction } = injected
  const { sequencer = 'none' } = faults
  if (sequencer !== 'halted' && sequencer !== 'accepting') return 'none'
  if (faults.traffic === 'quiet')
    return sequencer === 'halted' ? (isUnserved(faults, seconds) ? 'proved' : 'young') : 'none'
  if (view.database || namesTransaction || isUnserved(faults, seconds)) return 'proved'
  return sequencer === 'halted' ? 'young' : 'none'
}
