// One answer from several chains: the one that knows the transaction, or where all of them were asked. Pure.

import type { Finding } from '../core/finding.ts'
import type { TraceFacts } from '../services.ts'

/** `all` holds at least one. */
export function bestOf(all: readonly TraceFacts[]): TraceFacts {
  const [first, ...rest] = all.filter(({ found }) => found)
  if (!first) return nowhere(all)
  if (rest.length === 0) return first
  const chains = rest.map(({ chain }) => chain)
  const text = `${chains.join(' and ')} ${chains.length > 1 ? 'have' : 'has'} one of that number too; this is ${first.chain}'s. Add chain=${chains[0]} for the other.`
  return { ...first, findings: [...first.findings, { code: 'also-on', severity: 'info', values: { chains }, text }] }
}

function nowhere(all: readonly TraceFacts[]): TraceFacts {
  const first = all[0] as TraceFacts
  if (all.length === 1) return first
  const looked = all.flatMap(({ chain, looked: places }) =>
    places.map((place) => ({ ...place, name: `${place.name} of ${chain}` })),
  )
  const chains = all.map(({ chain }) => chain)
  const chain = chains.join(', ')
  const others = all.flatMap(({ chain: name, findings }) =>
    findings
      .filter(({ code }) => code !== 'not-found')
      .map((finding) => ({ ...finding, text: `${name}: ${finding.text}` })),
  )
  if (looked.every(({ outcome }) => outcome !== 'not-found')) return { ...first, chain, looked, findings: others }
  const text = `No chain knows it: I asked ${chain}. It may belong to a chain that is not configured here, have never reached a node, or be the hash of something else. Check where it was copied from.`
  const notFound: Finding = { code: 'not-found', severity: 'warning', values: { chains, looked }, text }
  return { ...first, chain, looked, findings: [...others, notFound] }
}
