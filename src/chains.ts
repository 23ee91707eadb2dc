// Builds the services of one chain by hand: its databases, its endpoints, and what commands may ask of them.

import type { Logger } from 'pino'
import type { ChainSettings } from './config.ts'
import type { Choice } from './core/completion.ts'
import { UserError } from './core/errors.ts'
import type { CompletionSource } from './core/options.ts'
import { createChainRpc } from './rollup/chain.ts'
import { createNodeDatabase, type NodeDatabase } from './rollup/node-database.ts'
import { createTraceDatabase } from './rollup/trace-database.ts'
import { createTransactionTrace } from './rollup/transaction-trace.ts'
import type { ChainReading } from './services.ts'

export interface ChainParts {
  readonly settings: ChainSettings
  readonly log: Logger
  readonly now: () => Date
}

export interface Chain extends ChainReading {
  /** Suggestions that need the chain: recent transactions, stuck batches. */
  complete(source: CompletionSource, typed: string): Promise<readonly Choice[]>
  close(): Promise<void>
}

export function createChain({ settings, log, now }: ChainParts): Chain {
  const { name } = settings
  const rpc = createChainRpc({
    l1: settings.l1Rpc,
    l2: settings.l2Rpc,
    gateway: settings.gatewayRpc,
    l1ChainId: settings.l1ChainId,
    l2ChainId: settings.l2ChainId,
    diamondProxyAddress: settings.diamondProxyAddress,
    now,
  })
  const open = (url: string | null, what: string): NodeDatabase | null =>
    url === null ? null : createNodeDatabase({ name: `${what} database`, url, log })
  const core = open(settings.coreDatabaseUrl, 'core')
  return {
    name,
    trace: createTransactionTrace({
      chain: name,
      database: core && createTraceDatabase({ database: core, now, log }),
      rpc: rpc.tracer,
      verifier: rpc.verifier,
      l1: rpc.l1Transactions,
      withdrawals: rpc.withdrawals,
      l1ChainId: settings.l1ChainId,
      now,
    }),
    get proverJobs(): never {
      throw new UserError('No prover database is read yet.', 'not-configured')
    },
    complete: async () => [],
    async close() {
      await core?.end()
    },
  }
}
