// A chain's move to another settlement layer as L1 announces it, starts it and ends it: by contracts beside the diamond.

import { Interface } from 'ethers/abi'
import { z } from 'zod'
import { type RpcAnswer, type RpcCall, rpcCall, valueIn } from '../rpc/json-rpc.ts'
import { address, bytes, isZero, toHex } from '../rpc/rpc-values.ts'
import { type Log, logSchema, numberTopic } from './contracts.ts'

/** Where moves are told; each null where this generation of contracts has none. */
export interface MoveContracts {
  readonly bridgehub: string | null
  readonly assetHandler: string | null
  readonly serverNotifier: string | null
}

export type MoveStep = 'announced' | 'started' | 'finalized'

export interface Move {
  readonly step: MoveStep
  /** Chain id of the settlement layer it goes to; null where the event does not tell. */
  readonly layer: number | null
  readonly block: number
  /** Unix seconds. */
  readonly time: number | null
  readonly hash: string | null
}

const getters = new Interface([
  'function getBridgehub() view returns (address)',
  'function chainAssetHandler() view returns (address)',
  'function serverNotifierAddress() view returns (address)',
])

const handlerEvents = new Interface([
  'event MigrationStarted(uint256 indexed chainId, bytes32 indexed assetId, uint256 indexed settlementLayerChainId)',
  'event MigrationFinalized(uint256 indexed chainId, bytes32 indexed assetId, address indexed zkChain)',
])
const notifierEvents = new Interface([
  'event MigrateToGateway(uint256 indexed chainId)',
  'event MigrateFromGateway(uint256 indexed chainId)',
])

export function bridgehubCall(diamond: string): RpcCall<string> {
  return addressCall(diamond, 'getBridgehub')
}

/** The contracts are named by the Bridgehub and by the chain's manager; without a Bridgehub only the second is asked. */
export function moveContractCalls(bridgehub: string | null, manager: string): readonly RpcCall<string>[] {
  const notifier = addressCall(manager, 'serverNotifierAddress')
  return bridgehub === null ? [notifier] : [notifier, addressCall(bridgehub, 'chainAssetHandler')]
}

/** From the answers to `moveContractCalls`: what reverts or is the zero address is not there. */
export function moveContractsIn(bridgehub: string | null, answers: readonly RpcAnswer<string>[]): MoveContracts {
  const [serverNotifier, assetHandler] = [answers[0], answers[1]].map((answer) => {
    const found = valueIn(answer)
    return found === null || isZero(found) ? null : found
  })
  return { bridgehub, assetHandler: assetHandler ?? null, serverNotifier: serverNotifier ?? null }
}

interface Range {
  readonly from: number
  readonly to: number
}

const logsAnswer = z.array(logSchema)

/** One filter per contract, because some servers take no list of addresses; only this chain's events. */
export function moveLogCalls(
  { assetHandler, serverNotifier }: MoveContracts,
  l2ChainId: number,
  ranges: readonly Range[],
): readonly RpcCall<readonly Log[]>[] {
  const told = [
    { contract: assetHandler, topics: topicsOf(handlerEvents) },
    { contract: serverNotifier, topics: topicsOf(notifierEvents) },
  ]
  return told.flatMap(({ contract, topics }) =>
    contract === null
      ? []
      : ranges.map(({ from, to }) => {
          const filter = { address: contract, topics: [topics, numberTopic(l2ChainId)] }
          return rpcCall('eth_getLogs', [{ ...filter, fromBlock: toHex(from), toBlock: toHex(to) }], logsAnswer)
        }),
  )
}

/** Anybody can emit such an event: only the contracts that were found count, and only for this chain. */
export function readMoves(
  logs: readonly Log[],
  { assetHandler, serverNotifier }: MoveContracts,
  l2ChainId: number,
): readonly Move[] {
  const chain = numberTopic(l2ChainId)
  return logs.flatMap((log): Move[] => {
    const { blockNumber: block, blockTimestamp: time, transactionHash: hash, topics } = log
    if (log.removed || block === null || topics[1] !== chain) return []
    const abi = { [`${assetHandler}`]: handlerEvents, [`${serverNotifier}`]: notifierEvents }[log.address]
    const name = abi?.getEvent(topics[0] ?? '')?.name
    const at = { block, time, hash }
    if (name === 'MigrationStarted') return [{ step: 'started', layer: numberIn(topics[3]), ...at }]
    if (name === 'MigrationFinalized') return [{ step: 'finalized', layer: null, ...at }]
    return name === undefined ? [] : [{ step: 'announced', layer: null, ...at }]
  })
}

function topicsOf(abi: Interface): readonly string[] {
  return abi.fragments.flatMap((fragment) => abi.getEvent(fragment.format())?.topicHash ?? [])
}

function numberIn(topic: string | undefined): number | null {
  const number = topic === undefined ? Number.NaN : Number(topic)
  return Number.isSafeInteger(number) ? number : null
}

function addressCall(to: string, name: string): RpcCall<string> {
  return {
    method: 'eth_call',
    params: [{ to, data: getters.encodeFunctionData(name) }, 'latest'],
    read: (raw) => address.parse(String(getters.decodeFunctionResult(name, bytes.parse(raw))[0])),
  }
}
