// What the answer does not know, in sentences: silence about it would read as "all is well". Pure.

import type { L1Observation } from './facts.ts'
import type { Looks } from './looks.ts'
import { isoOf } from './shown.ts'
import type { SettledState } from './sources/gateway.ts'
import type { L1Source } from './sources/l1-heads.ts'
import type { L2Look } from './sources/l2.ts'

const stepOf = { commit: 'commit', prove: 'proof', execute: 'execution' } as const

export interface Unread {
  /** Stages of L1 of which nobody could say since when a batch waits. */
  readonly waits: L1Observation['waitsUnread']
  /** L1's queue may hold a request that was not found, while no block comes. */
  readonly request: boolean
}

export function notKnown(looks: Looks, { waits, request }: Unread): readonly string[] {
  const { l1, l2, explorers, database, probe, notedAt } = looks
  const state = l1?.state ?? null
  const stages = state === null && l1 !== null && l1.head !== null && l1.trouble !== null
  const said: (string | false)[] = [
    l1 === null && 'Whether batches reach L1: set L1_RPC_URLS.',
    stages && `Whether batches reach L1: ${l1.trouble?.text.replace(/\.$/, '')}.`,
    state !== null &&
      state.events === null &&
      `Reverts, upgrades and requests on L1 of the last hours: ${refusal(l1?.sources ?? [], 'the endpoint refused the search')}.`,
    state?.eventsSince?.short === true &&
      `Reverts, upgrades and requests on L1 ${state.eventsSince.time === null ? 'more than some minutes ago' : `before ${isoOf(state.eventsSince.time)}`}: ${refusal(l1?.sources ?? [], 'the endpoint allows no longer search')}.`,
    request && `Whether a deposit or forced transaction on L1 waits: ${searchedRequests(state)}.`,
    state !== null &&
      state.executionDelay === null &&
      state.counters.executed < state.counters.verified &&
      `Whether executions are late: ${refusal(l1?.sources ?? [], 'the execution delay could not be read')}.`,
    state !== null && unknownSender(state),
    waits.length > 0 &&
      `Whether the next ${waits.map((stage) => stepOf[stage]).join(' or ')} on L1 is late: since when a batch waits for it could not be read.`,
    l2.length === 0 && 'What the chain’s nodes show: set L2_RPC_URLS.',
    database === null && secondWitness(l2),
    probe !== null && probe.waits === null && 'Whether the probe account waits: no L2 node told its nonces.',
    notedAt !== null &&
      l2.every(({ observation }) => observation.trouble !== null) &&
      `Whether the chain’s contracts are where they were: no L2 node says, and I go by what I noted at ${isoOf(notedAt.getTime() / 1000)}.`,
    explorers.length === 0 && 'What the explorer shows: set EXPLORER_API_URLS.',
  ]
  return said.filter((line) => line !== false)
}

/** An empty purse is why commits stop most often: that nobody looked into it has to be said. */
function unknownSender({ operators, counters }: SettledState): string | false {
  if (operators === null || counters.committed === 0) return false
  const sender = operators.find(({ stage }) => stage === 'commit')
  if (sender !== undefined && sender.balance !== null) return false
  const why =
    sender === undefined
      ? 'no commit of the last hours is in sight, and no node names the last one’s transaction'
      : `the balance of ${sender.address} could not be read`
  return `Whether the account that commits can pay, and how many of its transactions wait: ${why}.`
}

/** An endpoint that was asked too often says so itself. */
function refusal(sources: readonly L1Source[], otherwise: string): string {
  const said = sources.flatMap(({ name, limited }) => (limited === null ? [] : [`${name} ${limited.text}`]))
  return said.length === 0 ? otherwise : said.join('; ')
}

function searchedRequests(state: SettledState | null): string {
  const since = state?.requests.since ?? null
  return since === null
    ? 'its requests could not be searched'
    : `its requests were searched back to ${isoOf(since)} only, and the newest block is older`
}

/** Nodes of one operator are one witness, and one is never enough (design section 5 rule 4). */
function secondWitness(l2: readonly L2Look[]): string | false {
  const operators = new Set(l2.map(({ observation }) => observation.operator))
  if (operators.size !== 1) return false
  const [operator] = operators
  return l2.length === 1
    ? 'Whether a second node agrees: one endpoint alone can’t prove an outage. Add one of another operator to L2_RPC_URLS.'
    : `Whether another operator’s node agrees: all L2 nodes here are of ${operator}, one witness. Add one to L2_RPC_URLS, or say in ENDPOINT_OPERATORS who runs which.`
}
