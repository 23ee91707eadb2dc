// The contracts on L1 as far as we read them: the diamond's events, its getters, and where withdrawals are kept book of.

import { AbiCoder, EventFragment, Interface, type ParamType, type Result } from 'ethers/abi'
import { z } from 'zod'
import type { RpcCall } from '../rpc/json-rpc.ts'
import { address, bytes, hash, quantity, toHex } from '../rpc/rpc-values.ts'

/** Event names never changed since 2023, only the parameter names did, so one set fits every diamond. */
const eventTexts = [
  'event BlockCommit(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment)',
  'event BlocksVerification(uint256 indexed previousLastVerifiedBatch, uint256 indexed currentLastVerifiedBatch)',
  'event BlockExecution(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment)',
  'event BlocksRevert(uint256 totalBatchesCommitted, uint256 totalBatchesVerified, uint256 totalBatchesExecuted)',
  'event BatchPrecommitmentSet(uint256 indexed batchNumber, uint256 indexed untrustedLastL2BlockNumberHint, bytes32 precommitment)',
  'event ReportCommittedBatchRangeZKsyncOS(uint64 indexed batchNumber, uint64 indexed firstBlockNumber, uint64 indexed lastBlockNumber)',
  'event Freeze()',
  'event Unfreeze()',
  'event ExecuteUpgrade(tuple(tuple(address,uint8,bool,bytes4[])[],address,bytes) diamondCut)',
  'event NewProtocolVersion(uint256 indexed previous, uint256 indexed next)',
  'event MigrationComplete()',
  'event PriorityModeActivated()',
  `event NewPriorityRequest(uint256 txId, bytes32 txHash, uint64 expirationTimestamp, tuple(
    uint256 txType, uint256 from, uint256 to, uint256 gasLimit, uint256 gasPerPubdataByteLimit, uint256 maxFeePerGas,
    uint256 maxPriorityFeePerGas, uint256 paymaster, uint256 nonce, uint256 value, uint256[4] reserved, bytes data,
    bytes signature, uint256[] factoryDeps, bytes paymasterInput, bytes reservedDynamic) transaction, bytes[] factoryDeps)`,
]

export type DiamondEventName =
  | 'BlockCommit'
  | 'BlocksVerification'
  | 'BlockExecution'
  | 'BlocksRevert'
  | 'BatchPrecommitmentSet'
  | 'ReportCommittedBatchRangeZKsyncOS'
  | 'NewPriorityRequest'
  | NoticeName

/** What governance or the operator did to the chain's contract, beside batches. */
export type NoticeName =
  | 'Freeze'
  | 'Unfreeze'
  | 'ExecuteUpgrade'
  | 'NewProtocolVersion'
  | 'MigrationComplete'
  | 'PriorityModeActivated'

interface KnownEvent {
  readonly name: DiamondEventName
  readonly topic: string
  readonly indexed: readonly ParamType[]
  readonly others: readonly ParamType[]
  /** Of each parameter: whether it is in the topics. */
  readonly places: readonly boolean[]
}

/** Taken apart once: an ethers Interface hashes every signature anew for each log, and hours of L1 are thousands of logs. */
const knownEvents = eventTexts.map((text): KnownEvent => {
  const { name, topicHash, inputs } = EventFragment.from(text)
  return {
    name: name as DiamondEventName,
    topic: topicHash,
    indexed: inputs.filter(({ indexed }) => indexed),
    others: inputs.filter(({ indexed }) => !indexed),
    places: inputs.map(({ indexed }) => indexed === true),
  }
})
const eventsByTopic = new Map(knownEvents.map((event) => [event.topic, event]))

export function topicOf(name: DiamondEventName): string {
  const event = knownEvents.find((one) => one.name === name)
  if (event === undefined) throw new Error(`no event ${name}`)
  return event.topic
}

/** A number as an indexed topic: what getLogs filters by. */
export function numberTopic(number: number): string {
  return `0x${number.toString(16).padStart(64, '0')}`
}

export const logSchema = z.object({
  address,
  topics: z.array(hash),
  data: bytes,
  blockNumber: quantity.nullish().transform((number) => number ?? null),
  /** Newer nodes tell it with the log; it saves asking for the block. */
  blockTimestamp: quantity
    .nullish()
    .catch(null)
    .transform((seconds) => seconds ?? null),
  transactionHash: hash.nullish().transform((text) => text ?? null),
  removed: z.boolean().optional().default(false),
})
export type Log = z.infer<typeof logSchema>

export type DiamondEvent =
  | {
      readonly kind: 'commit' | 'execute'
      readonly batch: number
      readonly batchHash: string
      readonly commitment: string
    }
  /** Proved: (previous, current]. */
  | { readonly kind: 'prove'; readonly previous: number; readonly current: number }
  | { readonly kind: 'precommit'; readonly batch: number; readonly precommitment: string }
  | { readonly kind: 'revert'; readonly committed: number; readonly verified: number; readonly executed: number }
  | { readonly kind: 'notice'; readonly name: NoticeName }
  | { readonly kind: 'range'; readonly batch: number; readonly firstBlock: number; readonly lastBlock: number }
  | {
      readonly kind: 'priority-request'
      readonly priorityId: string
      readonly l2Hash: string
      readonly from: string
      readonly to: string
      readonly value: string
    }

/**
 * What the diamond itself says in these logs. Anyone can emit an event of the same name from a contract of their own,
 * and a reorganised log is marked `removed`: neither counts.
 */
export function readDiamondEvents(logs: readonly Log[], diamond: string): readonly DiamondEvent[] {
  return logs.flatMap((log) => (log.address === diamond && !log.removed ? (readEvent(log) ?? []) : []))
}

function readEvent(log: Log): DiamondEvent | null {
  const topic = log.topics[0]
  const event = topic === undefined ? undefined : eventsByTopic.get(topic)
  if (event === undefined) return null
  try {
    return readers[event.name](valuesOf(event, log))
  } catch {
    return null // the same topic with other parameters: not the event we know, so it proves nothing
  }
}

/** In the order of the parameters. */
function valuesOf({ indexed, others, places }: KnownEvent, { topics, data }: Log): Values {
  const coder = AbiCoder.defaultAbiCoder()
  const words = topics.slice(1).map((topic) => topic.slice(2))
  const inTopics: Result = coder.decode(indexed, `0x${words.join('')}`)
  const inData: Result = coder.decode(others, data, true)
  let [topicsRead, dataRead] = [0, 0]
  return places.map((isIndexed) => (isIndexed ? inTopics[topicsRead++] : inData[dataRead++]))
}

// biome-ignore lint/suspicious/noExplicitAny: as ethers types decoded values; each reader knows its own
type Values = readonly any[]

const readers: Readonly<Record<DiamondEventName, (values: Values) => DiamondEvent>> = {
  BlockCommit: ([batch, batchHash, commitment]) => ({ kind: 'commit', batch: exact(batch), batchHash, commitment }),
  BlockExecution: ([batch, batchHash, commitment]) => ({ kind: 'execute', batch: exact(batch), batchHash, commitment }),
  BlocksVerification: ([previous, current]) => ({ kind: 'prove', previous: exact(previous), current: exact(current) }),
  BatchPrecommitmentSet: ([batch, , precommitment]) => ({ kind: 'precommit', batch: exact(batch), precommitment }),
  BlocksRevert: ([committed, verified, executed]) => ({
    kind: 'revert',
    committed: exact(committed),
    verified: exact(verified),
    executed: exact(executed),
  }),
  Freeze: () => ({ kind: 'notice', name: 'Freeze' }),
  Unfreeze: () => ({ kind: 'notice', name: 'Unfreeze' }),
  ExecuteUpgrade: () => ({ kind: 'notice', name: 'ExecuteUpgrade' }),
  NewProtocolVersion: () => ({ kind: 'notice', name: 'NewProtocolVersion' }),
  MigrationComplete: () => ({ kind: 'notice', name: 'MigrationComplete' }),
  PriorityModeActivated: () => ({ kind: 'notice', name: 'PriorityModeActivated' }),
  ReportCommittedBatchRangeZKsyncOS: ([batch, first, last]) => ({
    kind: 'range',
    batch: exact(batch),
    firstBlock: exact(first),
    lastBlock: exact(last),
  }),
  NewPriorityRequest: ([priorityId, l2Hash, , transaction]) => ({
    kind: 'priority-request',
    priorityId: String(priorityId),
    l2Hash,
    from: addressOf(transaction.from),
    to: addressOf(transaction.to),
    value: String(transaction.value),
  }),
}

function exact(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new Error('a batch or block number beyond exact numbers')
  return number
}

/** Addresses travel as uint256 in an L2 transaction. */
function addressOf(value: bigint): string {
  return `0x${value.toString(16).padStart(40, '0')}`
}

/**
 * The counters go by their names of 2023 first, which were kept when batches got theirs and so fit a diamond of any age.
 */
const getters = new Interface([
  'function getTotalBlocksCommitted() view returns (uint256)',
  'function getTotalBlocksVerified() view returns (uint256)',
  'function getTotalBlocksExecuted() view returns (uint256)',
  'function getTotalBatchesCommitted() view returns (uint256)',
  'function getTotalBatchesVerified() view returns (uint256)',
  'function getTotalBatchesExecuted() view returns (uint256)',
  'function getPriorityQueueSize() view returns (uint256)',
  'function isDiamondStorageFrozen() view returns (bool)',
  'function getSettlementLayer() view returns (address)',
  'function getProtocolVersion() view returns (uint256)',
  'function getChainId() view returns (uint256)',
  'function getBridgehub() view returns (address)',
  'function getChainTypeManager() view returns (address)',
  'function l2LogsRootHash(uint256 batchNumber) view returns (bytes32)',
  'function isEthWithdrawalFinalized(uint256 batchNumber, uint256 messageIndex) view returns (bool)',
  // Bridgehub
  'function getZKChain(uint256 chainId) view returns (address)',
  'function getHyperchain(uint256 chainId) view returns (address)',
  'function settlementLayer(uint256 chainId) view returns (uint256)',
  'function sharedBridge() view returns (address)',
  // Chain type manager, and the timelock that it names.
  'function protocolVersionIsActive(uint256 version) view returns (bool)',
  'function validatorTimelockPostV29() view returns (address)',
  'function getCommittedBatchTimestamp(address chain, uint256 batchNumber) view returns (uint256)',
  // Asset router, and the shared bridge before it.
  'function isWithdrawalFinalized(uint256 chainId, uint256 batchNumber, uint256 messageIndex) view returns (bool)',
])

interface GetterTypes {
  readonly getTotalBlocksCommitted: number
  readonly getTotalBlocksVerified: number
  readonly getTotalBlocksExecuted: number
  readonly getPriorityQueueSize: number
  readonly isDiamondStorageFrozen: boolean
  readonly getSettlementLayer: string
  readonly getProtocolVersion: number
  readonly protocolVersionIsActive: boolean
  readonly getChainId: number
  readonly getBridgehub: string
  readonly getChainTypeManager: string
  readonly l2LogsRootHash: string
  readonly isEthWithdrawalFinalized: boolean
  readonly getZKChain: string
  readonly getHyperchain: string
  readonly settlementLayer: number
  readonly sharedBridge: string
  readonly validatorTimelockPostV29: string
  readonly getCommittedBatchTimestamp: number
  readonly isWithdrawalFinalized: boolean
}

/** For a diamond whose facets, or a proxy whose rules, have dropped the old names. */
const otherNames: Readonly<Partial<Record<keyof GetterTypes, string>>> = {
  getTotalBlocksCommitted: 'getTotalBatchesCommitted',
  getTotalBlocksVerified: 'getTotalBatchesVerified',
  getTotalBlocksExecuted: 'getTotalBatchesExecuted',
}

/** One eth_call of a getter. A contract that lacks it reverts, an address without code answers `0x`: neither is a value. */
export function readGetter<N extends keyof GetterTypes>(
  contract: string,
  name: N,
  values: readonly (number | string)[] = [],
  block: number | 'latest' = 'latest',
): RpcCall<GetterTypes[N]> {
  const other = otherNames[name]
  const call = (called: string) => getterCall<GetterTypes[N]>(contract, called, values, block)
  return { ...call(name), ...(other === undefined ? {} : { otherwise: call(other) }) }
}

function getterCall<T>(
  contract: string,
  name: string,
  values: readonly (number | string)[],
  block: number | 'latest',
): RpcCall<T> {
  const request = { to: contract, data: getters.encodeFunctionData(name, values) }
  return {
    method: 'eth_call',
    params: [request, block === 'latest' ? block : toHex(block)],
    read(raw) {
      const [value] = getters.decodeFunctionResult(name, bytes.parse(raw))
      const plain = typeof value === 'bigint' ? exact(value) : typeof value === 'string' ? value.toLowerCase() : value
      return plain as T
    },
  }
}
