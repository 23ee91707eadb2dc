// What a command may read, put together for one request: the chains' services and the records, nothing that writes.

import { type AccessSettings, decide, rolesHeld } from './core/access.ts'
import type { ApprovalSearch } from './core/approval-search.ts'
import type { Command } from './core/command.ts'
import type { ReadingContext } from './core/dispatcher.ts'
import type { ControlStore, MaintenanceBook, QueueSamples, Reminders, RequestAudit } from './core/records.ts'
import type { Request } from './core/request.ts'
import type { Runbooks } from './knowledge/runbooks.ts'
import type { ChainReading, Changing, Reading } from './services.ts'

export interface ReadingParts {
  readonly commands: readonly Command[]
  readonly chains: readonly ChainReading[]
  readonly access: AccessSettings
  readonly audit: RequestAudit
  readonly reminders: Reminders
  readonly maintenance: MaintenanceBook
  readonly queueSamples: QueueSamples
  readonly runbooks: Runbooks
  readonly approvals: ApprovalSearch
  /** By chain; chains on one database share a store. */
  readonly stores: ReadonlyMap<string, ControlStore<Changing>>
  readonly now: () => Date
}

/** Makes the `Reading` of one request. */
export function createReadings(parts: ReadingParts) {
  const { chains, access, stores } = parts

  function chainNamed(name: string | null): ChainReading {
    const chain = name === null ? chains[0] : chains.find((candidate) => candidate.name === name)
    if (!chain) throw new Error(`there is no chain ${name}`)
    return chain
  }

  return (context: ReadingContext): Reading => {
    const { request, person, signal } = context
    const question = { caller: request.caller, place: request.place }
    return {
      chain: chainNamed(context.chain),
      chains: chains.filter(({ name }) => context.chains.includes(name)),
      chainNamed: context.chainNamed,
      signal,
      now: parts.now,
      request,
      person,
      commands: parts.commands,
      access: (command, chain) =>
        decide({ ...question, need: command.role, change: command.kind === 'change', chain }, access),
      rolesHere: () => chains.map(({ name }) => roleOn(name, request, access)),
      reminders: parts.reminders,
      maintenance: parts.maintenance,
      queueSamples: parts.queueSamples,
      runbooks: parts.runbooks,
      approvals: {
        pending: () => parts.approvals.pending(context.chains),
        matching: (word) => parts.approvals.matching(context.chains, word),
      },
      audit: { requests: (filter) => parts.audit.list(filter), changes: (filter) => changesOf(stores, filter) },
    }
  }
}

function roleOn(chain: string, request: Request, access: AccessSettings) {
  const question = { change: false, caller: request.caller, place: request.place, chain }
  const role = rolesHeld({ ...question, need: 'viewer' }, access).at(-1) ?? null
  const answer = decide({ ...question, need: role ?? 'viewer' }, access)
  return { chain, role: answer.allowed ? role : null, because: answer.allowed ? answer.because : answer.refusal }
}

async function changesOf(stores: ReadingParts['stores'], filter: Parameters<ControlStore<Changing>['changes']>[0]) {
  const chainsOf = new Map<ControlStore<Changing>, string[]>()
  for (const [chain, store] of stores) chainsOf.set(store, [...(chainsOf.get(store) ?? []), chain])
  const answers = await Promise.all(
    [...chainsOf].map(async ([store, names]) => {
      try {
        return { entries: await store.changes(filter), unreachable: [] }
      } catch {
        // The store has logged why; who asks needs to know which part is missing.
        return { entries: [], unreachable: [`the control database of ${names.join(', ')}`] }
      }
    }),
  )
  const entries = answers.flatMap((answer) => answer.entries).sort((one, other) => other.at.localeCompare(one.at))
  return { entries: entries.slice(0, filter.limit), unreachable: answers.flatMap((answer) => answer.unreachable) }
}
