// The node's eth sender: what goes to L1 and when, what it costs, how often it is sent again, when it counts as done.

import { AbiCoder, type HDNodeWallet, keccak256 } from 'ethers'
import { contract, sign } from '../l1/contracts.ts'
import { batchNumbered, firstBatch } from './as-of.ts'
import type { EthTransaction, ModelBatch, Pace, Send, Stage } from './facts.ts'
import type { Rollup } from './rollup.ts'

const timelockCalls = contract('ValidatorTimelock')
const batchType = 'tuple(uint256,bytes32,bytes32,bytes32,uint64,uint64)[]'
const coder = AbiCoder.defaultAbiCoder()
const gwei = 10n ** 9n

export interface SenderPolicy {
  /** Above this the node does not bid, and its transactions wait. */
  readonly maxBaseFee: bigint
  readonly maxSends: number
  /** A send not mined for this many L1 blocks is repeated with a higher fee. */
  readonly resendAfterBlocks: number
}

export interface Receipt {
  readonly transactionHash: string
  readonly blockNumber: string
  readonly gasUsed: string
  readonly status: string
}

export interface SettlementSettings {
  readonly rollup: Rollup
  readonly pace: Pace
  readonly policy: SenderPolicy
  readonly l1ChainId: number
  readonly diamond: string
  readonly timelock: string
  /** Is the proof of this batch there? Left out: it is as soon as the pace says so. */
  readonly hasProof?: ((batch: number) => boolean) | undefined
  /** Commits have an operator of their own since blobs; before, both are the same account. */
  readonly operators: { readonly commit: HDNodeWallet; readonly settle: HDNodeWallet }
}

export interface L1Moment {
  readonly at: number
  /** The newest L1 block. */
  readonly block: number
  readonly baseFee: bigint
}

export interface Settlement {
  readonly ethTransactions: readonly EthTransaction[]
  readonly byL1Hash: ReadonlyMap<string, EthTransaction>
  /** Decides what to send now; the signed bytes in order. */
  prepare(moment: L1Moment): readonly string[]
  /** Hashes whose receipts would say something new. */
  inFlight(): readonly string[]
  /** Nothing new of these stages goes to L1 until nobody holds them any more. */
  hold(reason: string, held: readonly Stage[]): void
  /** L1 has forgotten this stage of these batches: it is sent once more. */
  redo(stage: Stage, from: number): void
  /** Takes the receipts of an L1 block in. */
  observe(moment: L1Moment, receipts: readonly Receipt[]): void
}

interface State extends SettlementSettings {
  readonly ethTransactions: EthTransaction[]
  readonly byL1Hash: Map<string, EthTransaction>
  readonly nonces: Map<string, number>
  /** The next batch of each stage. */
  readonly next: Record<Stage, number>
  readonly holds: Map<string, readonly Stage[]>
  sends: number
}

export function createSettlement(settings: SettlementSettings): Settlement {
  const first = firstBatch(settings.rollup) + 1
  const state: State = {
    ...settings,
    ethTransactions: [],
    byL1Hash: new Map(),
    nonces: new Map(),
    next: { precommit: first, commit: first, prove: first, execute: first },
    holds: new Map(),
    sends: 0,
  }
  return {
    ethTransactions: state.ethTransactions,
    byL1Hash: state.byL1Hash,
    prepare(moment) {
      // A transaction that L1 refused stops the sender until somebody clears it.
      if (state.ethTransactions.some(({ failed }) => failed)) return []
      const repeated = repeatOldest(state, moment)
      for (const stage of stages) aggregate(state, stage, moment)
      const fresh = state.ethTransactions.filter(({ sends }) => sends.length === 0)
      return [...repeated, ...fresh.map((ethTransaction) => bid(state, ethTransaction, moment))]
    },
    hold(reason, held) {
      state.holds.set(reason, held)
    },
    redo(stage, from) {
      for (const batch of state.rollup.batches.slice(from)) {
        batch[stage] = null
        state.rollup.touch({ batch })
      }
      state.next[stage] = Math.min(state.next[stage], from)
    },
    inFlight: () => unmined(state).flatMap(({ sends }) => sends.map(({ hash }) => hash)),
    observe(moment, receipts) {
      for (const receipt of receipts) takeReceipt(state, receipt)
      for (const ethTransaction of state.ethTransactions) confirm(state, ethTransaction, moment)
    },
  }
}

/** The node looks for work in this order. */
const stages: readonly Stage[] = ['execute', 'prove', 'commit', 'precommit']

const unmined = (state: State) => state.ethTransactions.filter(({ mined, sends }) => mined === null && sends.length > 0)

function aggregate(state: State, stage: Stage, { at }: L1Moment): void {
  if ([...state.holds.values()].some((held) => held.includes(stage))) return
  const wanted = { precommit: 1, commit: state.pace.batchesPerCommit, prove: 1, execute: state.pace.batchesPerExecute }
  const batches: ModelBatch[] = []
  for (let number = state.next[stage]; batches.length < wanted[stage]; number += 1) {
    const batch = batchNumbered(state.rollup, number)
    if (batch === undefined || !isDue(state, stage, batch, at)) return
    batches.push(batch)
  }
  const operator = operatorOf(state, stage)
  const nonce = state.nonces.get(operator.address) ?? 0
  state.nonces.set(operator.address, nonce + 1)
  const ethTransaction: EthTransaction = {
    id: state.ethTransactions.length + 1,
    stage,
    batches,
    nonce,
    from: operator.address.toLowerCase(),
    to: state.timelock,
    data: calldata(state, stage, batches),
    createdAt: at,
    sends: [],
    mined: null,
    confirmed: null,
    failed: false,
  }
  state.ethTransactions.push(ethTransaction)
  state.next[stage] += batches.length
  for (const batch of batches) batch[stage] = ethTransaction
  touch(state, ethTransaction)
}

function isDue({ pace, hasProof = () => true }: State, stage: Stage, batch: ModelBatch, at: number): boolean {
  if (batch.sealedAt === null) return false
  switch (stage) {
    case 'precommit':
      return pace.precommits
    case 'commit':
      return at >= batch.sealedAt + pace.commitDelay && (!pace.precommits || isDone(batch.precommit))
    case 'prove':
      return (
        isDone(batch.commit) && at >= (batch.commit?.confirmed?.at ?? at) + pace.proveDelay && hasProof(batch.number)
      )
    case 'execute':
      return isDone(batch.prove) && at >= (batch.commit?.confirmed?.at ?? at) + pace.executionDelay
  }
}

const isDone = (ethTransaction: EthTransaction | null) => ethTransaction !== null && ethTransaction.confirmed !== null

const operatorOf = ({ operators }: State, stage: Stage) =>
  stage === 'commit' || stage === 'precommit' ? operators.commit : operators.settle

function calldata(state: State, stage: Stage, batches: readonly ModelBatch[]): string {
  const from = batches[0]?.number ?? 0
  const to = batches.at(-1)?.number ?? from
  const infos = batches.map((batch) => [
    batch.number,
    batch.hash,
    batch.commitment,
    batch.logsRoot,
    batch.blocks[0]?.number ?? 0,
    batch.blocks.at(-1)?.number ?? 0,
  ])
  switch (stage) {
    case 'precommit': {
      const data = coder.encode(['uint256', 'bytes32'], [from, keccak256(coder.encode([batchType], [infos]))])
      return timelockCalls.encodeFunctionData('precommitSharedBridge', [state.diamond, infos[0]?.[5] ?? 0, data])
    }
    case 'commit': {
      const data = coder.encode([batchType], [infos])
      return timelockCalls.encodeFunctionData('commitBatchesSharedBridge', [state.diamond, from, to, data])
    }
    case 'prove':
      return timelockCalls.encodeFunctionData('proveBatchesSharedBridge', [state.diamond, from, to, '0x'])
    case 'execute': {
      const data = coder.encode([batchType, 'uint256'], [infos, priorityOperations(batches)])
      return timelockCalls.encodeFunctionData('executeBatchesSharedBridge', [state.diamond, from, to, data])
    }
  }
}

function priorityOperations(batches: readonly ModelBatch[]): number {
  const transactions = batches.flatMap(({ blocks }) => blocks.flatMap((block) => block.transactions))
  return transactions.filter(({ priority }) => priority !== null).length
}

/** Signs one more send; each bids more than the one before. */
function bid(state: State, ethTransaction: EthTransaction, { at, block, baseFee }: L1Moment): string {
  const before = ethTransaction.sends.at(-1)
  const market = (baseFee * 5n) / 4n
  const wanted = market < state.policy.maxBaseFee ? market : state.policy.maxBaseFee
  const atLeast = before === undefined ? 0n : (before.baseFee * 12n) / 10n
  const bidBase = wanted > atLeast ? wanted : atLeast
  const priorityFee = before === undefined ? (3n * gwei) / 2n : (before.priorityFee * 12n) / 10n
  const signed = sign(operatorOf(state, ethTransaction.stage), {
    nonce: ethTransaction.nonce,
    to: ethTransaction.to,
    data: ethTransaction.data,
    gasLimit: 600_000n + 200_000n * BigInt(ethTransaction.batches.length),
    baseFee: bidBase,
    priorityFee,
    chainId: state.l1ChainId,
  })
  state.sends += 1
  const send: Send = { id: state.sends, ...signed, sentAt: at, sentAtBlock: block, baseFee: bidBase, priorityFee }
  ethTransaction.sends.push(send)
  state.byL1Hash.set(send.hash, ethTransaction)
  touch(state, ethTransaction)
  return send.raw
}

/** Only the first transaction that is not mined is sent again: the others wait for its nonce anyway. */
function repeatOldest(state: State, moment: L1Moment): readonly string[] {
  const oldest = unmined(state)[0]
  const last = oldest?.sends.at(-1)
  if (oldest === undefined || last === undefined || oldest.sends.length >= state.policy.maxSends) return []
  return moment.block - last.sentAtBlock < state.policy.resendAfterBlocks ? [] : [bid(state, oldest, moment)]
}

function takeReceipt(state: State, receipt: Receipt): void {
  const ethTransaction = state.byL1Hash.get(receipt.transactionHash)
  const send = ethTransaction?.sends.find(({ hash }) => hash === receipt.transactionHash)
  if (ethTransaction === undefined || send === undefined || ethTransaction.mined !== null) return
  const succeeded = receipt.status === '0x1'
  ethTransaction.mined = { block: Number(receipt.blockNumber), gasUsed: Number(receipt.gasUsed), send, succeeded }
  touch(state, ethTransaction)
}

function confirm(state: State, ethTransaction: EthTransaction, { at, block }: L1Moment): void {
  const { mined } = ethTransaction
  if (mined === null || ethTransaction.confirmed !== null || ethTransaction.failed) return
  if (block - mined.block < state.pace.confirmations) return
  if (mined.succeeded) ethTransaction.confirmed = { send: mined.send, at }
  else ethTransaction.failed = true
  touch(state, ethTransaction)
}

function touch(state: State, ethTransaction: EthTransaction): void {
  state.rollup.touch({ ethTransaction })
  for (const batch of ethTransaction.batches) state.rollup.touch({ batch })
}
