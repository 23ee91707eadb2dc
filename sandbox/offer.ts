// What a sandbox offers its user: the settings a rollcall process needs, and hashes worth typing.

import type { Generation } from './database/rows.ts'
import type { EthTransaction, ModelTransaction, Pace } from './model/facts.ts'
import type { Policy } from './provers/queues.ts'
import type { SandboxChain } from './sandbox.ts'

/** Each is there as far as the sandbox has one now. */
export interface SandboxHashes {
  readonly pending?: string
  readonly included?: string
  readonly sealed?: string
  readonly committed?: string
  readonly proven?: string
  readonly executed?: string
  readonly withdrawal?: string
  readonly claimedWithdrawal?: string
  readonly reverted?: string
  readonly rejected?: string
  /** The L2 transaction of a deposit, and the L1 transaction that asked for it. */
  readonly deposit?: string
  readonly depositRequest?: string
  readonly l1Commit?: string
  readonly l1Prove?: string
  readonly l1Execute?: string
  /** The newest executed batch, and a block in it. */
  readonly batch?: number
  readonly block?: number
}

export function environmentOf(
  chains: readonly SandboxChain[],
  generation: Generation,
  pace: Pace,
): Readonly<Record<string, string>> {
  const named = chains.some(({ name }) => name !== '')
  const entries = chains.flatMap((chain) => {
    const prefix = named ? `${chain.name.toUpperCase()}_` : ''
    return Object.entries(settingsOf(chain, generation, pace)).map(([key, value]) => [`${prefix}${key}`, value])
  })
  const list = named ? [['CHAINS', chains.map(({ name }) => name).join(',')]] : []
  return Object.fromEntries([...list, ...entries])
}

function settingsOf(chain: SandboxChain, generation: Generation, pace: Pace): Readonly<Record<string, string>> {
  const { database, network, provers } = chain
  const endpoints = { ...network.settings, ...(network.isWhole ? patience(pace) : {}) }
  if (database === null) return endpoints
  const prover = generation === 'core' ? { PROVER_DATABASE_URL: database.proverReadUrl } : {}
  const databases = { CORE_DATABASE_URL: database.readUrl, PROVER_CONTROL_DATABASE_URL: database.controlUrl, ...prover }
  return { ...databases, ...endpoints, ...(provers ? policySettings(provers.policy, generation) : {}) }
}

/** The provers' own limits, as the node's operator would have set them. */
function policySettings(policy: Policy, generation: Generation): Record<string, string> {
  const names = {
    prover: generation === '2023' ? 'PROVER_NON_GPU' : 'PROVER',
    witness: 'WITNESS',
    compressor: 'COMPRESSOR',
  }
  const groups = (['prover', 'witness', 'compressor'] as const).filter(
    (group) => generation !== '2023' || group !== 'compressor',
  )
  return Object.fromEntries(
    groups.flatMap((group) => {
      const timeout = generation === '2023' ? 'GENERATION_TIMEOUT_IN_SECS' : 'TIMEOUT_SECONDS'
      const { maxAttempts, timeoutSeconds } = policy[group]
      return [
        [`${names[group]}_MAX_ATTEMPTS`, String(maxAttempts)],
        [`${names[group]}_${timeout}`, String(timeoutSeconds)],
      ]
    }),
  )
}

/** From when on a silence is a fault here, where everything is faster than on a real chain. */
function patience(pace: Pace): Readonly<Record<string, string>> {
  const batch = pace.block * pace.blocksPerBatch
  // The program's own limit of five minutes, as far as this chain is no faster than a real one.
  const silence = Math.max(60, Math.min(300, 50 * pace.block))
  const slack = 10 * pace.l1Block
  return {
    OUTAGE_SEQUENCER_SECONDS: String(silence),
    OUTAGE_COMMIT_SECONDS: String(pace.commitDelay + (2 + pace.batchesPerCommit) * batch + slack),
    OUTAGE_PROVE_SECONDS: String(pace.proveDelay + 3 * batch + slack),
    OUTAGE_EXECUTE_SECONDS: String((2 + pace.batchesPerExecute) * batch + slack),
    OUTAGE_EXPLORER_LAG_SECONDS: String(silence),
  }
}

export function worthTrying(chain: SandboxChain | undefined): SandboxHashes {
  if (chain === undefined) return {}
  const newestFirst = [...chain.rollup.transactions.values()].reverse()
  const find = (test: (one: ModelTransaction) => boolean) => newestFirst.find(test)
  const stageOf = (one: ModelTransaction) => furthest(one)
  const plain = (stage: Furthest) => find((one) => one.kind === 'transfer' && stageOf(one) === stage)?.hash
  const ofKind = (kind: ModelTransaction['kind']) => find((one) => one.kind === kind && one.block !== null)
  const executed = (one: ModelTransaction) => one.kind === 'withdrawal' && stageOf(one) === 'executed'
  const deposit = ofKind('deposit')
  const batch = chain.rollup.batches.findLast(({ execute }) => execute?.confirmed)
  const l1 = (stage: EthTransaction['stage']) =>
    chain.settlement.ethTransactions.findLast((one) => one.stage === stage && one.confirmed)?.confirmed?.send.hash
  return withoutMissing({
    pending: find(({ block, kind }) => block === null && kind !== 'rejected')?.hash,
    included: plain('included'),
    sealed: plain('sealed'),
    committed: plain('committed'),
    proven: plain('proven'),
    executed: plain('executed'),
    withdrawal: find((one) => executed(one) && !chain.claimed.has(one.hash))?.hash,
    claimedWithdrawal: find((one) => executed(one) && chain.claimed.has(one.hash))?.hash,
    reverted: ofKind('reverted')?.hash,
    rejected: find(({ kind }) => kind === 'rejected')?.hash,
    deposit: deposit?.hash,
    depositRequest: deposit?.priority?.l1Hash,
    l1Commit: l1('commit'),
    l1Prove: l1('prove'),
    l1Execute: l1('execute'),
    batch: batch?.number,
    block: batch?.blocks[0]?.number,
  })
}

type Furthest = 'pending' | 'included' | 'sealed' | 'committed' | 'proven' | 'executed'

function furthest({ block }: ModelTransaction): Furthest {
  if (block === null) return 'pending'
  const { sealedAt, commit, prove, execute } = block.batch
  if (execute?.confirmed) return 'executed'
  if (prove?.confirmed) return 'proven'
  if (commit?.confirmed) return 'committed'
  return sealedAt === null ? 'included' : 'sealed'
}

function withoutMissing(values: Readonly<Record<string, string | number | undefined>>): SandboxHashes {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
