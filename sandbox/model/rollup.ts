// The L2 side of the model: transactions arrive, blocks take them, batches are sealed.

import { AbiCoder, concat, keccak256, zeroPadValue } from 'ethers'
import type { Changes, EthTransaction, ModelBatch, ModelBlock, ModelLog, ModelTransaction, Pace } from './facts.ts'
import type { Random } from './random.ts'

export const systemAddress = {
  bootloader: '0x0000000000000000000000000000000000008001',
  l1Messenger: '0x0000000000000000000000000000000000008008',
  baseToken: '0x000000000000000000000000000000000000800a',
} as const

export interface Deposit {
  readonly hash: string
  readonly id: number
  readonly from: string
  readonly to: string
  readonly value: bigint
  readonly l1Block: number
  readonly l1Hash: string
  readonly at: number
}

/** A transaction that somebody sends to a node. */
export interface Submitted {
  readonly hash: string
  readonly from: string
  readonly to: string
  readonly nonce: number
  readonly value: bigint
}

export interface Rollup {
  readonly blocks: readonly ModelBlock[]
  readonly batches: readonly ModelBatch[]
  /** Every transaction by hash, in the order of arrival. */
  readonly transactions: ReadonlyMap<string, ModelTransaction>
  readonly byBlockHash: ReadonlyMap<string, ModelBlock>
  /** Makes the block that is due at this time; seals the batch when it is full. */
  makeBlock(at: number): void
  deposit(deposit: Deposit): void
  /** Takes the transactions that arrived since the last block, and holds them back until told otherwise. */
  pause(paused: boolean): void
  submit(transaction: Submitted, at: number): void
  /** Nobody sends anything; without transactions there are no blocks. */
  quiet(is: boolean): void
  readonly isQuiet: boolean
  /** A block only at every so many times that one is due. */
  slow(every: number): void
  touch(what: { readonly batch?: ModelBatch; readonly ethTransaction?: EthTransaction }): void
  /** What changed since the last call. */
  takeChanges(): Changes
}

interface Open {
  readonly firstBatch: number
  readonly transactions: Map<string, ModelTransaction>
  readonly blocks: ModelBlock[]
  readonly byBlockHash: Map<string, ModelBlock>
  readonly batches: ModelBatch[]
  readonly nonces: Map<string, number>
  waiting: ModelTransaction[]
  changes: ReturnType<typeof noChanges>
}

const noChanges = () => ({
  transactions: new Set<ModelTransaction>(),
  blocks: new Set<ModelBlock>(),
  batches: new Set<ModelBatch>(),
  ethTransactions: new Set<EthTransaction>(),
})

const people = 12

export function createRollup(random: Random, pace: Pace, genesisAt: number, firstBatch = 0): Rollup {
  const open: Open = {
    firstBatch,
    transactions: new Map(),
    blocks: [],
    byBlockHash: new Map(),
    batches: [],
    nonces: new Map(),
    waiting: [],
    changes: noChanges(),
  }
  let paused = false
  let isQuiet = false
  let every = 1
  let due = 0
  makeGenesis(open, random, genesisAt)
  return {
    blocks: open.blocks,
    batches: open.batches,
    transactions: open.transactions,
    byBlockHash: open.byBlockHash,
    makeBlock(at) {
      if (!isQuiet) arrive(open, random, at)
      due += 1
      if (!paused) sealInTime(open, pace, at)
      if (paused || due % every !== 0 || (isQuiet && open.waiting.length === 0)) return
      addBlock(open, random, pace, at, isQuiet ? 0 : 1)
    },
    submit(transaction, at) {
      const own = { kind: 'transfer' as const, receivedAt: at, error: null, priority: null, log: null }
      if (!open.transactions.has(transaction.hash)) keep(open, { ...transaction, ...own, block: null, index: 0 })
    },
    quiet(is) {
      isQuiet = is
    },
    get isQuiet() {
      return isQuiet
    },
    slow(times) {
      every = times
    },
    deposit(deposit) {
      keep(open, depositTransaction(deposit))
    },
    pause(value) {
      paused = value
    },
    touch({ batch, ethTransaction }) {
      if (batch) open.changes.batches.add(batch)
      if (ethTransaction) open.changes.ethTransactions.add(ethTransaction)
    },
    takeChanges() {
      const { changes } = open
      open.changes = noChanges()
      return changes
    },
  }
}

/** The first batch with block 0: sealed from the start and never sent to L1, as on a real chain. */
function makeGenesis(open: Open, random: Random, at: number): void {
  const batch = newBatch(random, open.firstBatch, at)
  batch.sealedAt = at
  open.batches.push(batch)
  pushBlock(open, random, batch, at, [])
  // A chain that starts in the middle has pruned what came before.
  if (open.firstBatch > 0) open.changes = noChanges()
}

function newBatch(random: Random, number: number, at: number): ModelBatch {
  return {
    number,
    hash: random.hash('batch', number),
    commitment: random.hash('commitment', number),
    logsRoot: random.hash('logs-root', number),
    openedAt: at,
    blocks: [],
    sealedAt: null,
    precommit: null,
    commit: null,
    prove: null,
    execute: null,
  }
}

/** `kept`: so many of the newest arrivals wait for the next block, so that a pending transaction can always be found. */
function addBlock(open: Open, random: Random, pace: Pace, at: number, kept: 0 | 1): void {
  const taken = open.waiting.slice(0, open.waiting.length - kept)
  open.waiting = open.waiting.slice(open.waiting.length - kept)
  const last = open.batches.at(-1)
  let batch = last
  if (batch === undefined || batch.sealedAt !== null) {
    batch = newBatch(random, open.firstBatch + open.batches.length, at)
    open.batches.push(batch)
  }
  pushBlock(open, random, batch, at, taken)
  if (batch.blocks.length >= pace.blocksPerBatch) seal(open, batch, at)
}

function pushBlock(
  open: Open,
  random: Random,
  batch: ModelBatch,
  at: number,
  transactions: readonly ModelTransaction[],
): void {
  const number = open.blocks.length
  const block: ModelBlock = {
    number,
    hash: random.hash('block', number),
    parentHash: open.blocks.at(-1)?.hash ?? `0x${'00'.repeat(32)}`,
    timestamp: at,
    transactions,
    batch,
  }
  transactions.forEach((transaction, index) => {
    transaction.block = block
    transaction.index = index
    open.changes.transactions.add(transaction)
  })
  open.blocks.push(block)
  open.byBlockHash.set(block.hash, block)
  batch.blocks.push(block)
  open.changes.blocks.add(block)
  open.changes.batches.add(batch)
}

/** Full or not: otherwise what is in it would never settle on a quiet chain. */
function sealInTime(open: Open, pace: Pace, at: number): void {
  const last = open.batches.at(-1)
  if (last !== undefined && last.sealedAt === null && at - last.openedAt >= pace.batchTimeout) seal(open, last, at)
}

function seal(open: Open, batch: ModelBatch, at: number): void {
  batch.sealedAt = at
  open.changes.batches.add(batch)
  for (const block of batch.blocks) {
    open.changes.blocks.add(block)
    for (const transaction of block.transactions) open.changes.transactions.add(transaction)
  }
}

function keep(open: Open, transaction: ModelTransaction): void {
  open.transactions.set(transaction.hash, transaction)
  open.changes.transactions.add(transaction)
  if (transaction.kind !== 'rejected') open.waiting.push(transaction)
}

/** Between one and three arrivals before each block; now and then one that the sequencer rejects. */
function arrive(open: Open, random: Random, at: number): void {
  const count = random.between(1, 3)
  for (let index = 0; index < count; index += 1) keep(open, newTransaction(open, random, at))
}

function newTransaction(open: Open, random: Random, at: number): ModelTransaction {
  const number = open.transactions.size
  const kind = pickKind(random.next())
  const from = random.address('person', random.between(1, people))
  const nonce = open.nonces.get(from) ?? 0
  // A rejected transaction leaves its nonce free; the database allows one row per sender and nonce, so it takes a far one.
  if (kind !== 'rejected') open.nonces.set(from, nonce + 1)
  const value = BigInt(random.between(1, 5000)) * 10n ** 15n
  return {
    hash: random.hash('transaction', number),
    kind,
    from,
    to: kind === 'withdrawal' ? systemAddress.baseToken : random.address('person', random.between(1, people)),
    nonce: kind === 'rejected' ? 1_000_000 + number : nonce,
    value,
    receivedAt: at - random.next(),
    error: errorOf(kind),
    priority: null,
    log: kind === 'withdrawal' ? withdrawalLog(from, value) : null,
    block: null,
    index: 0,
  }
}

function pickKind(draw: number): ModelTransaction['kind'] {
  if (draw < 0.08) return 'withdrawal'
  if (draw < 0.11) return 'reverted'
  return draw < 0.13 ? 'rejected' : 'transfer'
}

function errorOf(kind: ModelTransaction['kind']): string | null {
  if (kind === 'reverted') return 'execution reverted: ERC20: transfer amount exceeds balance'
  return kind === 'rejected' ? 'Validation revert: Account validation error: Not enough balance for fee + value' : null
}

/** The message a withdrawal of the base token sends to L1: finalizeEthWithdrawal's selector, receiver, amount. */
function withdrawalLog(from: string, value: bigint): ModelLog {
  const amount = AbiCoder.defaultAbiCoder().encode(['uint256'], [value])
  const message = concat(['0x6c0960f9', from, amount])
  return {
    sender: systemAddress.l1Messenger,
    key: zeroPadValue(systemAddress.baseToken, 32),
    value: keccak256(message),
    isService: true,
    message,
  }
}

/** A deposit arrives by way of L1: its hash is the one in the request, its outcome a log of the bootloader. */
function depositTransaction(deposit: Deposit): ModelTransaction {
  return {
    hash: deposit.hash,
    kind: 'deposit',
    from: deposit.from,
    to: deposit.to,
    nonce: deposit.id,
    value: deposit.value,
    receivedAt: deposit.at,
    error: null,
    priority: { id: deposit.id, l1Block: deposit.l1Block, l1Hash: deposit.l1Hash },
    log: {
      sender: systemAddress.bootloader,
      key: deposit.hash,
      value: zeroPadValue('0x01', 32),
      isService: true,
      message: null,
    },
    block: null,
    index: 0,
  }
}
