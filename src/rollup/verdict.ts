// Is the reported outage real? One table over facts, read from top to bottom; docs/verdict.md argues each row. Pure.

import { plural } from '../core/counts.ts'
import type { Finding, Severity } from '../core/finding.ts'
import { describeSeconds } from '../core/notes.ts'
import type { Demand, Headline, Judgement, Observations, Verdict } from './outage/facts.ts'
import { type Situation, situationOf } from './outage/situation.ts'
import { sourceFindings } from './outage/source-findings.ts'
import { isoOfSeconds } from './rpc/rpc-values.ts'

interface Rule {
  readonly headline: Headline
  holds(now: Situation, seen: Observations): boolean
  verdict(now: Situation, seen: Observations): Verdict
  readonly severity: Severity
  values?(now: Situation, seen: Observations): Readonly<Record<string, unknown>>
  /** What is the case, and what to do. */
  text(now: Situation, seen: Observations): string
  /** What it means to users: told once, by the headline. */
  means?(now: Situation, seen: Observations): string | null
}

/** The first row that holds is the headline; all others that hold become findings (design section 3). */
const rules: readonly Rule[] = [
  {
    headline: 'l1-unreachable',
    // Where no L2 endpoint could name the diamond, L2 is what is out of reach.
    holds: (now, seen) => !now.l1Answers && !(now.lacksDiamond && !now.anyL2 && seen.l2.length > 0),
    verdict: (now, seen) => (now.blocksMove && freshWitness(now, seen) ? 'up' : 'unknown'),
    severity: 'warning',
    values: (now) => ({ old: now.l1Old }),
    text: (now, seen) =>
      `${l1Trouble(now, seen)} ${now.blocksMove ? 'Blocks are being made; settlement could not be checked.' : 'Without it nothing independent can be said.'}`,
  },
  {
    headline: 'l2-unreachable',
    holds: (now, seen) => !now.anyL2 && seen.l2.length > 0,
    verdict: (now) => (now.blocksMove ? 'degraded' : 'unknown'),
    severity: 'warning',
    text: (now, seen) =>
      `${l2Trouble(seen)} ${now.blocksMove ? 'Another source shows fresh blocks, so the chain is not down.' : commitsGoOn(now, seen)}`,
  },
  {
    headline: 'settles-elsewhere',
    holds: (now, { l1 }) => now.l1Answers && l1?.settlesOn != null && !l1.settlesOn.readable,
    verdict: () => 'unknown',
    severity: 'warning',
    values: (_, { l1 }) => ({ chainId: l1?.settlesOn?.chainId ?? null }),
    text: (_, { l1 }) =>
      `The chain settles on ${l1?.settlesOn?.chainId == null ? 'another chain' : `chain ${l1.settlesOn.chainId}`}, so the counters on L1 stand still. Configure an RPC of that chain (GATEWAY_RPC_URLS).`,
    means: (now) => (now.blocksMove ? 'Blocks are being made.' : null),
  },
  {
    headline: 'frozen',
    holds: (now, { l1 }) => now.l1Answers && l1?.frozen === true,
    // Frozen says nothing of blocks: without them it takes the same witnesses as any other "down".
    verdict: (now) => (isStalled(now) && isWitnessed(now) ? 'down' : 'degraded'),
    severity: 'critical',
    text: () =>
      'The diamond is frozen on L1: nothing can be committed, proved or executed until governance unfreezes it.',
  },
  {
    headline: 'reverted',
    holds: (now, { l1 }) => now.l1Answers && l1?.reverted != null,
    verdict: () => 'degraded',
    severity: 'critical',
    values: (_, { l1 }) => ({
      at: l1?.reverted?.at == null ? null : isoOfSeconds(l1.reverted.at),
      committed: l1?.reverted?.committed ?? null,
      hash: l1?.reverted?.hash ?? null,
    }),
    text: (_, { l1 }) =>
      `Batches were reverted on L1 down to ${l1?.reverted?.committed}${whenAndBy(l1?.reverted)}. Ask the chain's operator; transactions in later batches are not settled until they are committed again.`,
  },
  {
    headline: 'rpc-lagging',
    holds: (now) => now.everyRpcLags,
    verdict: () => 'unknown',
    severity: 'critical',
    values: laggingNames,
    text: (now, { l1 }) =>
      `Every L2 endpoint is behind${l1?.counters ? ` (L1 has committed batch ${l1.counters.committed})` : ''}: ${nameList(now)}. What they show says nothing about the chain; ask another endpoint.`,
    means: (now) => (now.blocksMove ? 'Another source shows a fresh block: the chain goes on.' : null),
  },
  {
    headline: 'sequencer-stalled',
    holds: (now) => isStalled(now) && isWitnessed(now),
    verdict: () => 'down',
    severity: 'critical',
    values: stallValues,
    text: (now) => `No block for ${age(now)} although ${demandText(now)}. Witnessed by ${witnessText(now)}.`,
  },
  {
    headline: 'too-few-witnesses',
    holds: (now, seen) => (isStalled(now) && !isWitnessed(now)) || isUnclear(now) || nothingSeen(now, seen),
    verdict: () => 'unknown',
    severity: 'warning',
    values: stallValues,
    text: (now, seen) =>
      now.newest === null
        ? 'No source shows a block. Configure an L2 RPC (L2_RPC_URLS).'
        : isUnclear(now)
          ? `No block for ${age(now)}, and ${doubtText(now, seen)}`
          : `No block for ${age(now)} although ${demandText(now)}, but only one source says so. A second L2 RPC of another operator, L1 evidence or the core database would settle it.`,
  },
  {
    headline: 'idle',
    holds: (now, seen) =>
      isStill(now) && now.demand.length === 0 && knowsOfNobody(now, seen) && now.overdue.commit === null,
    verdict: () => 'up',
    severity: 'info',
    values: stallValues,
    text: (now) =>
      `No block for ${age(now)}, and nobody asks for one: a quiet chain makes no blocks. Send a transaction, or name one with tx=, to be sure.`,
  },
  stage('commit', 'Sealed batches are not committed to L1'),
  stage('prove', 'Committed batches are not proved on L1'),
  stage('execute', 'Proved batches are not executed on L1 although their delay is over'),
  {
    headline: 'rpc-lagging',
    holds: (now) => now.lagging.length > 0 && !now.everyRpcLags,
    verdict: () => 'degraded',
    severity: 'warning',
    values: laggingNames,
    text: (now) =>
      `Behind the others: ${nameList(now)}. Take it out of service until it has caught up; the chain goes on.`,
  },
  {
    headline: 'explorer-lagging',
    holds: (now) => now.laggingExplorers.length > 0,
    verdict: () => 'up',
    severity: 'warning',
    values: (now) => ({
      names: now.laggingExplorers.map(({ name }) => name),
      behindSeconds: Math.max(...now.laggingExplorers.map(({ behindSeconds }) => behindSeconds)),
    }),
    text: (now) =>
      `${now.blocksMove ? 'Only the explorer is behind' : 'Behind the others'} (${now.laggingExplorers.map(lagText).join(', ')}).${now.blocksMove ? ' The chain makes blocks.' : ''} Several explorer and RPC backends with height checks and automatic switch-over prevent it.`,
  },
  {
    headline: 'healthy',
    holds: () => true,
    verdict: () => 'up',
    severity: 'info',
    text: (now, { l1 }) =>
      `Blocks are being made (newest ${age(now)} old)${l1?.waitsUnread.length === 0 ? ', and L1 keeps pace' : ''}.`,
  },
]

export function judgeOutage(seen: Observations): Judgement {
  const now = situationOf(seen)
  const held = rules.filter((rule) => rule.holds(now, seen))
  const first = held[0] as Rule
  const findings = held
    .filter((rule) => rule === first || rule.headline !== 'healthy')
    .map((rule) => findingOf(rule, now, seen, rule === first))
  return {
    verdict: first.verdict(now, seen),
    headline: first.headline,
    findings: [...findings, ...sourceFindings(now, seen)],
  }
}

function findingOf(rule: Rule, now: Situation, seen: Observations, isHeadline: boolean): Finding {
  const means = isHeadline ? (rule.means?.(now, seen) ?? null) : null
  return {
    code: rule.headline,
    severity: rule.severity,
    values: rule.values?.(now, seen) ?? {},
    text: [rule.text(now, seen), ...(means === null ? [] : [means])].join(' '),
  }
}

function stage(name: 'commit' | 'prove' | 'execute', what: string): Rule {
  const waiting = { commit: 'commitWaiting', prove: 'proveWaiting', execute: 'executeWaiting' } as const
  return {
    headline: `${name}-stalled`,
    holds: (now) => now.overdue[name] !== null,
    verdict: () => 'degraded',
    severity: 'critical',
    values: (now, { l1 }) => ({ batch: l1?.[waiting[name]]?.batch ?? null, seconds: now.overdue[name] }),
    text: (now, { l1 }) =>
      `${what}: batch ${l1?.[waiting[name]]?.batch} waits for ${describeSeconds(now.overdue[name] ?? 0)}.`,
    means: (now, { l1 }) => {
      const planned = name === 'commit' && l1?.moving === true
      const said = [
        ...(now.blocksMove ? ['Blocks are not affected; withdrawals are late.'] : []),
        ...(planned
          ? ['The chain moves to another settlement layer, for which commits pause: it may be planned.']
          : []),
      ]
      return said.length === 0 ? null : said.join(' ')
    },
  }
}

/** No source shows a young block, although some source shows one. */
function isStill(now: Situation): boolean {
  return now.newest !== null && !now.blocksMove
}

function isStalled(now: Situation): boolean {
  return isStill(now) && !now.everyRpcLags && now.demand.length > 0
}

/** Somebody may be waiting: neither idle nor proved to stand still. */
function isUnclear(now: Situation): boolean {
  return isStill(now) && !now.everyRpcLags && now.demand.length === 0 && mayWait(now)
}

function mayWait({ doubtful, undatedRequest, unseenRequest }: Situation): boolean {
  return doubtful.length > 0 || undatedRequest || unseenRequest
}

/** That nobody waits takes L1, and a node that is not behind or the database; what could not be read is not "nobody". */
function knowsOfNobody(now: Situation, { database }: Observations): boolean {
  return now.l1Answers && !now.everyRpcLags && (now.anyL2 || database?.trouble === null) && !mayWait(now)
}

/** What may wait, and what would settle it. */
function doubtText(now: Situation, { l1, thresholds }: Observations): string {
  const [first] = now.doubtful
  if (first !== undefined && first.kind !== 'priority-request') {
    return `${first.text}, but ${first.doubt ?? whyTooLittle(first, now, thresholds.demandGrace)}.`
  }
  if (now.undatedRequest || first !== undefined) {
    return 'a deposit or forced transaction on L1 waits. A node may take twenty minutes to serve one: ask again then, or name a transaction that waits with tx=.'
  }
  const queue = l1?.requests?.queue ?? null
  const holds = queue === null ? 'L1’s queue could not be read' : `L1’s queue holds ${plural(queue, 'request')}`
  return `nobody knows whether a deposit or forced transaction waits: ${holds}, and when they came could not be searched back to that block. An L1 endpoint that allows longer searches (L1_RPC_URLS) would settle it, or a transaction that waits, named with tx=.`
}

function whyTooLittle({ since }: Demand, { newest, clock }: Situation, grace: number): string {
  if (newest !== null && since <= newest.time) {
    return 'it came before that block, and the chain went on without it: send a new one, and name it with tx='
  }
  return `only for ${describeSeconds(clock - since)} so far: ask again in ${describeSeconds(since + grace - clock)}`
}

/** The core database; or an L2 RPC and L1; or two L2 RPCs of different operators (design section 5 rule 4). */
function isWitnessed({ witnesses }: Situation): boolean {
  const { database, operators, l1 } = witnesses
  return database || (operators.length >= 1 && l1) || operators.length >= 2
}

function nothingSeen(now: Situation, seen: Observations): boolean {
  return now.newest === null && (seen.l2.length === 0 || now.anyL2)
}

/** Freshness that counts without L1: an L2 RPC that answers, or the database; an explorer alone copies. */
function freshWitness(now: Situation, seen: Observations): boolean {
  const { sequencer } = seen.thresholds
  const fresh = (time: number | undefined) => time !== undefined && now.clock - time <= sequencer
  return (
    seen.l2.some(({ trouble, samples }) => trouble === null && samples.some(({ time }) => fresh(time))) ||
    (seen.database?.trouble === null && fresh(seen.database.head?.time))
  )
}

function whenAndBy(revert: NonNullable<Observations['l1']>['reverted'] | undefined): string {
  const at = revert?.at == null ? '' : ` at ${isoOfSeconds(revert.at)}`
  return `${at}${revert?.hash == null ? '' : ` by ${revert.hash}`}`
}

function age(now: Situation): string {
  return describeSeconds(now.newestAge ?? 0)
}

function nameList(now: Situation): string {
  return now.lagging.map(({ name }) => name).join(', ')
}

function laggingNames(now: Situation) {
  return { names: now.lagging.map(({ name }) => name) }
}

function demandText(now: Situation): string {
  return [...new Set(now.demand.map(({ text }) => text))].join('; ')
}

function stallValues(now: Situation) {
  const demand = [...new Set(now.demand.map(({ kind }) => kind))]
  return { seconds: now.newestAge, block: now.newest?.number ?? null, demand, witnesses: now.witnesses }
}

function witnessText({ witnesses }: Situation): string {
  const names = [
    ...(witnesses.database ? ['the core database'] : []),
    ...witnesses.operators.map((operator) => `the L2 RPC of ${operator}`),
    ...(witnesses.l1 ? ['L1'] : []),
  ]
  return names.join(' and ')
}

function l1Trouble(now: Situation, { l1 }: Observations): string {
  if (l1 === null) return 'No L1 endpoint is configured (L1_RPC_URLS).'
  if (now.l1Old) return 'The L1 endpoint is stuck: its newest block is old by this machine’s clock and by the chain’s.'
  return `L1 could not be asked: ${(l1.trouble?.text ?? 'no block').replace(/\.$/, '')}.`
}

function commitsGoOn(now: Situation, { l1, thresholds }: Observations): string {
  if (!now.l1Answers || l1 === null || l1.counters === null) return 'Try again, or from another network.'
  const { counters, lastCommit } = l1
  if (lastCommit !== null && now.clock - lastCommit.at <= thresholds.commit) {
    return `Batch ${lastCommit.batch} was committed on L1 ${describeSeconds(now.clock - lastCommit.at)} ago: commits go on, so the chain is not fully down.`
  }
  return `L1 has ${counters.committed} batches committed; if that number grows, the chain is not fully down.`
}

function l2Trouble({ l2 }: Observations): string {
  return l2.length > 1 && l2.every(({ trouble }) => trouble?.kind === 'wrong-chain')
    ? 'The L2 endpoints are on different chains, and nothing says which is right: set DIAMOND_PROXY_ADDRESS or CHAIN_PRESET.'
    : `None of ${l2.length} L2 endpoints answered from here.`
}

function lagText({ name, behindSeconds }: Situation['laggingExplorers'][number]): string {
  return behindSeconds > 0 ? `${name} by ${describeSeconds(behindSeconds)}` : `${name}: L1 has later batches`
}
