// The table of sources: one row each, with its height, its batch and how old its newest block is. Pure.

import type { OutageSource } from './answer.ts'
import type { Head, Trouble } from './facts.ts'
import type { Looks } from './looks.ts'
import { isoOf } from './shown.ts'
import { bestSample } from './situation.ts'

export function sourceRows(looks: Looks, clock: number): readonly OutageSource[] {
  const { database, l2, explorers, l1 } = looks
  const row = (kind: OutageSource['kind'], seen: Seen): OutageSource => ({
    kind,
    name: seen.name,
    operator: seen.operator,
    reachable: seen.trouble === null && seen.head !== null,
    block: seen.head?.number ?? null,
    blockTime: seen.head === null ? null : isoOf(seen.head.time),
    batch: seen.batch,
    lagSeconds: seen.head === null ? null : Math.max(0, Math.round(clock - seen.head.time)),
    error: (seen.trouble ?? seen.hitch)?.text ?? null,
  })
  const core = database?.observation
  return [
    ...(core ? [row('database', { ...core, name: 'core database', operator: null, batch: core.sealedBatch })] : []),
    ...l2.map(({ observation }) =>
      row('l2-rpc', { ...observation, head: bestSample(observation), batch: observation.sealedBatch }),
    ),
    ...explorers.map((explorer) => row('explorer', { ...explorer, batch: explorer.sealedBatch })),
    ...(l1?.sources ?? []).map((source) => row('l1-rpc', { ...source, batch: null, hitch: source.limited })),
  ]
}

interface Seen {
  readonly name: string
  readonly operator: string | null
  readonly trouble: Trouble | null
  readonly head: Head | null
  readonly batch: number | null
  /** What went wrong after it had shown its head. */
  readonly hitch?: Trouble | null
}
