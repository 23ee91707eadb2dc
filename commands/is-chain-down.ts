// /is-chain-down: is the chain down, or the explorer, one node, the way to L1, or nothing? And was it, at a reported time?

import { readCommand } from '../src/core/command.ts'
import { UserError } from '../src/core/errors.ts'
import { integer, named, optional, text } from '../src/core/options.ts'
import { presentOutage } from '../src/present/is-chain-down.ts'

const exitCodes = { up: 0, degraded: 10, down: 20, unknown: 30 } as const

export default readCommand({
  name: 'is-chain-down',
  summary: 'Is the chain down, or only the explorer, a node or the way to L1?',
  example: '/is-chain-down batch 208455 block 13641404 at "2023-09-12 14:14"',
  role: 'viewer',
  visibility: 'public',
  chains: 'one',
  deadlineMs: 7000,
  options: {
    batch: named(optional(integer('the batch a report names'))),
    block: named(optional(integer('the block a report names'))),
    at: named(optional(text('when, as reported: "2023-09-12 14:14"'))),
    tx: named(optional(text('the hash of a transaction you wait for'))),
    report: optional(text('the report itself, pasted', { rest: true })),
  },

  run({ tx, batch, block, at, report }, { chain, signal }) {
    const reported = { batch: batch ?? null, block: block ?? null, at: at ?? null, text: report ?? null }
    return chain.outage.check({ tx: tx === undefined ? null : readHash(tx), reported, signal })
  },
  present: presentOutage,
  exitCode: ({ verdict }) => exitCodes[verdict],
})

/** @throws UserError when it is no hash */
function readHash(word: string): string {
  const hash = /0x[0-9a-f]{64}/i.exec(word)?.[0]
  if (hash === undefined || /0x[0-9a-f]{65}/i.test(word)) {
    throw new UserError('“tx” should be a transaction hash: 0x and 64 hex digits.\nTry: /is-chain-down tx=0x0bbb…')
  }
  return hash.toLowerCase()
}
