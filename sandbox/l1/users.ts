// People on L1: they deposit into the rollups and claim the withdrawals that were executed.

import type { ModelBatch } from '../model/facts.ts'
import { type BatchLog, logsOf } from '../model/logs.ts'
import type { Random } from '../model/random.ts'
import type { Rollup } from '../model/rollup.ts'
import { account, contract, type L1Contracts, sign } from './contracts.ts'

const diamondCalls = contract('Diamond')
const nullifierCalls = contract('L1Nullifier')
const gwei = 10n ** 9n

export interface UsersChain {
  readonly chainId: number
  readonly diamond: string
  readonly random: Random
  readonly rollup: Rollup
  /** Hashes of the L2 transactions whose withdrawal was claimed. */
  readonly claimed: Set<string>
}

interface Receipt {
  readonly transactionHash: string
  readonly blockNumber: string
  readonly status: string
  readonly logs: readonly { readonly topics: readonly string[]; readonly data: string }[]
}

export interface Users {
  /** Signed bytes for this L1 block. */
  prepare(chain: UsersChain, baseFee: bigint): readonly string[]
  /** Somebody deposits with the next L1 block, whatever the dice say. */
  deposit(chain: UsersChain): void
  /** Nobody deposits of their own accord. */
  refrain(is: boolean): void
  inFlight(): readonly string[]
  observe(at: number, receipts: readonly Receipt[]): void
}

interface Waiting {
  readonly chain: UsersChain
  /** The L2 transaction whose withdrawal it claims; null for a deposit. */
  readonly claims: string | null
}

export function createUsers(l1ChainId: number, contracts: Pick<L1Contracts, 'nullifier'>): Users {
  const wallet = account(1)
  const waiting = new Map<string, Waiting>()
  const seen = new Set<string>()
  const asked = new Set<number>()
  let nonce = 0
  let refrains = false
  const pay = (to: string, data: string, value: bigint, baseFee: bigint, what: Waiting): string => {
    const fees = { baseFee: baseFee * 2n, priorityFee: 2n * gwei, gasLimit: 400_000n }
    const signed = sign(wallet, { nonce, to, data, value, chainId: l1ChainId, ...fees })
    nonce += 1
    waiting.set(signed.hash, what)
    return signed.raw
  }
  return {
    prepare(chain, baseFee) {
      const isUsual = !refrains && !chain.rollup.isQuiet && chain.random.next() < 0.12
      const deposits = asked.delete(chain.chainId) || isUsual ? [requestOf(chain.random, wallet.address)] : []
      const claims = claimable(chain, seen)
      return [
        ...deposits.map(({ data, value }) => pay(chain.diamond, data, value, baseFee, { chain, claims: null })),
        ...claims.map(({ batch, log }) => {
          const data = nullifierCalls.encodeFunctionData('finalizeDeposit', [chain.chainId, batch.number, log.index])
          return pay(contracts.nullifier, data, 0n, baseFee, { chain, claims: log.transaction.hash })
        }),
      ]
    },
    deposit(chain) {
      asked.add(chain.chainId)
    },
    refrain(is) {
      refrains = is
    },
    inFlight: () => [...waiting.keys()],
    observe(at, receipts) {
      for (const receipt of receipts) {
        const what = waiting.get(receipt.transactionHash)
        waiting.delete(receipt.transactionHash)
        if (what === undefined || receipt.status !== '0x1') continue
        if (what.claims === null) takeDeposit(what.chain, receipt, at)
        else what.chain.claimed.add(what.claims)
      }
    },
  }
}

function requestOf(random: Random, refundRecipient: string) {
  const value = BigInt(random.between(10, 900)) * 10n ** 15n
  const to = random.address('person', random.between(1, 12))
  const values = [to, value, '0x', 10_000_000n, 800n, [], refundRecipient]
  return { data: diamondCalls.encodeFunctionData('requestL2Transaction', values), value: value + 10n ** 15n }
}

/** Every second withdrawal is claimed as soon as its batch is executed; the others wait for their owners. */
function claimable(chain: UsersChain, seen: Set<string>): { readonly batch: ModelBatch; readonly log: BatchLog }[] {
  const executed = chain.rollup.batches.filter(({ execute }) => execute?.confirmed)
  const recent = executed.slice(-4)
  return recent.flatMap((batch) => {
    const key = `${chain.chainId}/${batch.number}`
    if (seen.has(key)) return []
    seen.add(key)
    const withdrawals = logsOf(batch).filter(({ transaction }) => transaction.kind === 'withdrawal')
    return withdrawals.filter((_, position) => position % 2 === 0).map((log) => ({ batch, log }))
  })
}

function takeDeposit(chain: UsersChain, receipt: Receipt, at: number): void {
  for (const { topics, data } of receipt.logs) {
    const event = diamondCalls.parseLog({ topics: [...topics], data })
    if (event?.name !== 'NewPriorityRequest') continue
    const { txId, txHash, transaction } = event.args
    chain.rollup.deposit({
      hash: String(txHash),
      id: Number(txId),
      from: addressOf(transaction.from),
      to: addressOf(transaction.to),
      value: BigInt(transaction.value),
      l1Block: Number(receipt.blockNumber),
      l1Hash: receipt.transactionHash,
      at,
    })
  }
}

function addressOf(word: bigint): string {
  return `0x${word.toString(16).padStart(40, '0')}`
}
