// Data of the picture: how high the chain grew over the last hours, where each source stands on that line, and L1's commits. Pure.

import type { OutageHeights, OutageSource } from './answer.ts'
import type { Looks } from './looks.ts'
import { isoOf } from './shown.ts'
import type { L1Event } from './sources/l1-events.ts'

export function heightsOf(looks: Looks, sources: readonly OutageSource[], clock: number): OutageHeights | null {
  const shown = sources.filter(({ kind, block }) => kind !== 'l1-rpc' && block !== null)
  const newest = Math.max(...shown.map(({ blockTime }) => Date.parse(blockTime ?? '')))
  if (shown.length === 0) return null
  const span = 6 * 3600
  const chain = looks.history.filter(({ time }) => clock - time <= span).toSorted((a, b) => a.number - b.number)
  const commits = (looks.l1?.state?.events ?? []).filter(isTimedCommit)
  return {
    title: 'Heights of the sources',
    chain: chain.map(({ number, time }) => ({ at: isoOf(time), block: number })),
    sources: shown.map(({ name, block, blockTime }) => ({
      name,
      block: block as number,
      at: blockTime as string,
      behind: newest - Date.parse(blockTime as string) > 60_000,
    })),
    commits: commits.map(({ event, time }) => ({
      at: isoOf(time as number),
      batch: event.kind === 'commit' ? event.batch : 0,
    })),
    now: isoOf(clock),
  }
}

function isTimedCommit({ event, time }: L1Event): boolean {
  return event.kind === 'commit' && time !== null
}
