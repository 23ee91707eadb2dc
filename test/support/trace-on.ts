// A trace over one real database, without an L1 or with the parts that a test hands in.

import type { SettlementProofs, SettlementVerifier } from '../../src/rollup/l1/settlement-claim.ts'
import { createNodeDatabase, type NodeDatabaseSettings } from '../../src/rollup/node-database.ts'
import { createTraceDatabase } from '../../src/rollup/trace/database.ts'
import {
  createTransactionTrace,
  type TraceFacts,
  type TransactionTraceSettings,
} from '../../src/rollup/transaction-trace.ts'

export interface TraceBench {
  trace(input: string): Promise<TraceFacts>
  end(): Promise<void>
}

type Parts = Partial<TransactionTraceSettings> & { readonly session?: Partial<NodeDatabaseSettings> }

export function traceOn(url: string, parts: Parts = {}): TraceBench {
  const log = { warn: () => undefined }
  const { session, ...rest } = parts
  const node = createNodeDatabase({ name: 'core database', url, log, ...session })
  const now = () => new Date()
  const trace = createTransactionTrace({
    chain: 'era',
    database: createTraceDatabase({ database: node, now, log }),
    rpc: null,
    verifier: withoutL1,
    l1: null,
    withdrawals: null,
    l1ChainId: 1,
    now,
    ...rest,
  })
  return {
    trace: (input) => trace.trace(input, { signal: new AbortController().signal }),
    end: () => node.end(),
  }
}

/** What a chain without L1 endpoints gives. */
export const withoutL1: SettlementVerifier = {
  async verify(claims): Promise<SettlementProofs> {
    return {
      proofs: claims.map((claim) => ({
        claim,
        result: 'not-checked',
        l1Block: null,
        l1Time: null,
        confirmations: null,
        finalized: null,
        from: null,
        to: null,
        gasPrice: null,
        pending: false,
        why: 'No L1 endpoint is configured.',
      })),
      head: null,
      progress: null,
      diamond: null,
      findings: [],
    }
  },
}
