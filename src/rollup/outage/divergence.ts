// Whether the sources show one chain: two hashes for one height are a fork, a rollback, or another chain behind a name. Pure.

import type { Finding } from '../../core/finding.ts'
import type { Head } from './facts.ts'
import type { Looks } from './looks.ts'

interface Shown extends Head {
  readonly name: string
}

/** A finding and no verdict: which of them is right only L1's batches can tell. */
export function divergenceFinding(looks: Pick<Looks, 'l2' | 'explorers' | 'database'>): readonly Finding[] {
  const shown = blocksOf(looks)
  const at = shown.find((one) => shown.some(({ number, hash }) => number === one.number && hash !== one.hash))?.number
  if (at === undefined) return []
  const names = [...new Set(shown.filter(({ number }) => number === at).map(({ name }) => name))]
  const what =
    names.length === 1
      ? `${names[0]} shows two blocks ${at}: its machines disagree, or the block was rolled back.`
      : `${names.join(' and ')} don’t show the same block ${at}: one of them is on a fork or was rolled back.`
  const text = `${what} Compare its batch with L1 before you trust either.`
  return [{ code: 'heads-diverge', severity: 'warning', values: { block: at, names }, text }]
}

/** Every block a reachable source named with its hash. */
function blocksOf({ l2, explorers, database }: Pick<Looks, 'l2' | 'explorers' | 'database'>): readonly Shown[] {
  const core = database?.observation
  const seen = [
    ...l2.map(({ observation: { name, trouble, samples }, common }) => ({
      name,
      trouble,
      heads: [...samples, common],
    })),
    ...explorers.map(({ name, trouble, head }) => ({ name, trouble, heads: [head] })),
    ...(core ? [{ name: 'core database', trouble: core.trouble, heads: [core.head] }] : []),
  ]
  return seen.flatMap(({ name, trouble, heads }) =>
    trouble === null ? heads.flatMap((head) => (head === null || head.hash === null ? [] : [{ ...head, name }])) : [],
  )
}
