// Moves the sandbox: L2 blocks and L1 blocks at their times, in one order, and L1's answers back into the model.

import type { Anvil } from '../l1/anvil.ts'
import type { Users, UsersChain } from '../l1/users.ts'
import type { BlockTimes } from '../noise.ts'
import type { Pace } from './facts.ts'
import type { Settlement } from './settlement.ts'

export interface ClockworkChain extends UsersChain {
  readonly settlement: Settlement
}

export interface ClockworkSettings {
  readonly anvil: Anvil
  readonly users: Users
  readonly chains: readonly ClockworkChain[]
  readonly pace: Pace
  /** Time of the newest L1 block. */
  readonly startAt: number
  readonly l1Block: number
  readonly blockTimes: BlockTimes
}

export interface Clockwork {
  readonly l1ChainId: number
  now(): number
  l1Block(): number
  /** Price of L1 gas, per gas in wei; scenarios change it. */
  setL1BaseFee(wei: bigint): void
  /** Makes every block that is due until then, L2's and L1's. */
  advanceTo(at: number): Promise<void>
}

interface RawReceipt {
  readonly transactionHash: string
  readonly blockNumber: string
  readonly gasUsed: string
  readonly status: string
  readonly logs: readonly { readonly topics: readonly string[]; readonly data: string }[]
}

export function createClockwork(settings: ClockworkSettings): Clockwork {
  const { anvil, users, chains, pace, startAt, l1Block, blockTimes } = settings
  let now = startAt
  let block = l1Block
  let baseFee = 20n * 10n ** 9n
  const refused: string[] = []
  let nextL2 = startAt + pace.block
  let nextL1 = startAt + pace.l1Block

  async function makeL1Block(at: number): Promise<void> {
    const before = { at, block, baseFee }
    const prepared = chains.flatMap((chain) => [...chain.settlement.prepare(before), ...users.prepare(chain, baseFee)])
    // While the oldest is refused, those after it are too.
    while (refused[0] !== undefined && (await isTaken(anvil, refused[0]))) refused.shift()
    for (const raw of prepared) {
      if (!(await isTaken(anvil, raw))) refused.push(raw)
    }
    await anvil.call(['anvil_setNextBlockBaseFeePerGas', `0x${baseFee.toString(16)}`])
    await anvil.call(['evm_mine', { timestamp: at }])
    block += 1
    const hashes = [...chains.flatMap(({ settlement }) => settlement.inFlight()), ...users.inFlight()]
    const answers = await anvil.call(...hashes.map((hash) => ['eth_getTransactionReceipt', hash] as const))
    const receipts = answers.filter((answer): answer is RawReceipt => answer !== null)
    for (const { settlement } of chains) settlement.observe({ at, block, baseFee }, receipts)
    users.observe(at, receipts)
  }

  return {
    l1ChainId: anvil.chainId,
    now: () => now,
    l1Block: () => block,
    setL1BaseFee(wei) {
      baseFee = wei
    },
    async advanceTo(at) {
      while (Math.min(nextL1, nextL2) <= at) {
        now = Math.min(nextL1, nextL2)
        if (nextL2 === now) {
          for (const { rollup } of chains) rollup.makeBlock(now)
          nextL2 += blockTimes.l2(pace.block)
        }
        if (nextL1 === now) {
          await makeL1Block(now)
          nextL1 += blockTimes.l1(pace.l1Block)
        }
      }
      now = Math.max(now, at)
    },
  }
}

/**
 * A bid below the price of gas, or of an account without money, stays out of anvil's pool; a real pool keeps it waiting.
 * It is offered again with every block, and forgotten once another bid for its nonce was mined.
 */
async function isTaken(anvil: Anvil, raw: string): Promise<boolean> {
  try {
    await anvil.call(['eth_sendRawTransaction', raw])
    return true
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    if (/max fee per gas less than block base fee|insufficient funds/i.test(text)) return false
    if (/nonce too low|already imported|underpriced/i.test(text)) return true
    throw error
  }
}
