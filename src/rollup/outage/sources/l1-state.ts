// What one L1 endpoint says at one pinned block: counters, freezes, where the chain settles, the events of the last hours.

import { within } from '../../../core/deadline.ts'
import { type Log, readGetter } from '../../l1/contracts.ts'
import type { TimelockFinder } from '../../l1/l1-timelock.ts'
import { blockCall, type L1Block } from '../../l1/settlement-reading.ts'
import { type RpcAnswer, type RpcEndpoint, valueIn } from '../../rpc/json-rpc.ts'
import { isZero } from '../../rpc/rpc-values.ts'
import type { Head, Trouble } from '../facts.ts'
import { askParts } from './ask-parts.ts'
import { type L1Memory, type L1Question, type L1State, lastCommittedBlock } from './l1.ts'
import { blocksSearched, eventFindings, logCalls, logRanges, readLogs } from './l1-events.ts'
import type { Operators } from './l1-operators.ts'
import { readTimes } from './l1-times.ts'
import { describeFailure } from './l2.ts'

export interface StateQuestion extends L1Question {
  readonly endpoint: RpcEndpoint
  readonly chainId: number | null
  readonly head: Head
  readonly chain: { readonly diamond: string; readonly l2ChainId: number | null; readonly bridgehub: string | null }
  readonly timelocks: TimelockFinder
  readonly operators: Operators
  readonly memory: L1Memory
}

/** The first search for the timelock takes three round trips: of a slow endpoint the rest is not kept waiting for it. */
const timelockGraceMs = 1000

export async function readState(question: StateQuestion): Promise<L1State | Trouble> {
  const { endpoint, head, chain, timelocks, operators, memory, signal, brief = false } = question
  const span = memory.logSpan(endpoint.name) ?? blocksSearched
  const ranges = logRanges(head.number, span).slice(brief ? -rangesBriefly : 0)
  const asked = operators.ask()
  const parts = {
    pinned: pinnedCalls(chain, head.number, ranges[0]?.from ?? 0),
    logs: logCalls(chain.diamond, ranges),
    watch: brief ? [] : timelocks.watch(chain),
    operators: brief ? [] : asked.calls,
  }
  const finding = brief ? Promise.resolve(timelocks.known(chain)) : timelocks.find(endpoint, chain, { signal })
  const answers = await askParts(endpoint, parts, signal)
  const [committed, verified, executed, frozen, layer, version, chainId, queue, begin, hub] =
    answers.pinned as unknown as Pinned
  if (!committed.ok || !verified.ok || !executed.ok) return noCounters(chain.diamond, [committed, verified, executed])
  if (chainId.ok && chain.l2ChainId !== null && chainId.value !== chain.l2ChainId) {
    return { kind: 'no-diamond', text: `the diamond at ${chain.diamond} belongs to chain ${chainId.value}` }
  }
  const counters = { committed: committed.value, verified: verified.value, executed: executed.value }
  if (!brief) asked.heard(answers.operators)
  const logs = readLogs(ranges, answers.logs as readonly RpcAnswer<readonly Log[]>[], chain.diamond)
  const seen = { events: logs?.events ?? null, counters }
  question.onCounters?.({ ...counters, committedBlock: lastCommittedBlock(seen), l2ChainId: valueIn(chainId) })
  const named = brief || !operators.lacksOne() ? null : (question.lastHashes?.(counters) ?? null)
  const found = within(finding, timelockGraceMs, null)
  const isWatched = answers.watch.length > 0 && answers.watch.length === timelocks.watch(chain).length
  const lock = isWatched ? timelocks.heard(chain, answers.watch) : await found
  const isTooLong = answers.logs.some((answer) => !answer.ok && answer.failure.kind === 'too-large')
  const waiting = valueIn(queue)
  const start = valueIn(begin)
  const told = { lock, counters, version: valueIn(version), waiting, start: start && atTime(start), logs }
  const more = await readTimes({ ...question, ...told, span, isTooLong })
  const { events } = more
  if (!brief) await operators.learn({ events: events ?? [], endpoint, diamond: chain.diamond, named, signal })
  return {
    head,
    counters,
    frozen: valueIn(frozen),
    settlesOn: settlementOf(valueIn(layer), valueIn(hub), question.chainId),
    protocolVersion: valueIn(version),
    protocolActive: more.protocolActive,
    executionDelay: (lock ?? (await finding))?.executionDelay ?? null,
    committedAt: more.committedAt,
    events,
    eventsSince: more.eventsSince,
    moves: more.moves,
    requests: { waiting, since: more.requestsSince },
    operators: brief ? null : operators.states(),
    findings: [...operators.findings(), ...eventFindings(events ?? [])],
  }
}

/** The newest ones are enough beside a report, which has a search of its own. */
export const rangesBriefly = 2

type Pinned = readonly [
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<boolean>,
  RpcAnswer<string>,
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<number>,
  RpcAnswer<L1Block | null>,
  RpcAnswer<number>?,
]

const atTime = ({ number, timestamp }: L1Block) => ({ number, time: timestamp })

function noCounters(diamond: string, answers: readonly RpcAnswer<number>[]): Trouble {
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.failure]))
  const isNoDiamond = failures.every(({ kind }) => kind === 'reverted' || kind === 'bad-answer')
  if (isNoDiamond) return { kind: 'no-diamond', text: `there is no diamond at ${diamond}; check DIAMOND_PROXY_ADDRESS` }
  const [first] = failures
  return first === undefined ? { kind: 'bad-answer', text: 'gave no counters' } : describeFailure(first)
}

function pinnedCalls({ diamond, bridgehub, l2ChainId }: StateQuestion['chain'], block: number, begin: number) {
  return [
    readGetter(diamond, 'getTotalBlocksCommitted', [], block),
    readGetter(diamond, 'getTotalBlocksVerified', [], block),
    readGetter(diamond, 'getTotalBlocksExecuted', [], block),
    readGetter(diamond, 'isDiamondStorageFrozen', [], block),
    readGetter(diamond, 'getSettlementLayer', [], block),
    readGetter(diamond, 'getProtocolVersion', [], block),
    readGetter(diamond, 'getChainId', [], block),
    readGetter(diamond, 'getPriorityQueueSize', [], block),
    blockCall(begin),
    ...(bridgehub === null || l2ChainId === null ? [] : [readGetter(bridgehub, 'settlementLayer', [l2ChainId], block)]),
  ]
}

/** The diamond names the other chain's diamond, the Bridgehub its chain id; either alone is enough. */
function settlementOf(layer: string | null, hub: number | null, here: number | null): L1State['settlesOn'] {
  const byDiamond = layer !== null && !isZero(layer)
  const byHub = hub !== null && hub !== 0 && here !== null && hub !== here
  return byDiamond || byHub ? { chainId: hub === 0 || hub === here ? null : hub } : null
}
