// Puts the contracts on L1: one Bridgehub and timelock for all chains, and a diamond per chain.

import { createRequire } from 'node:module'
import {
  AbiCoder,
  concat,
  getCreateAddress,
  HDNodeWallet,
  Interface,
  type InterfaceAbi,
  Mnemonic,
  Transaction,
  type Wallet,
} from 'ethers'
import type { Anvil } from './anvil.ts'
import type { Artifact } from './compile.ts'

const artifact: Artifact = createRequire(import.meta.url)('./artifact.json')

/** Where the real one is, on every chain. */
export const multicallAddress = '0xca11bde05977b3631167028862be2a173976ca11'

const phrase = Mnemonic.fromPhrase('test test test test test test test test test test test junk')

/** anvil's well-known accounts, rich from the start: 0 owns the contracts, 1 is everybody who deposits and claims. */
export function account(index: number): HDNodeWallet {
  return HDNodeWallet.fromMnemonic(phrase, `m/44'/60'/0'/0/${index}`)
}

export function contract(name: string): Interface {
  return new Interface(part(name).abi as InterfaceAbi)
}

function part(name: string) {
  const found = artifact.contracts[name]
  if (found === undefined) throw new Error(`sandbox/l1/artifact.json has no ${name}: compile the contracts again`)
  return found
}

export interface Payment {
  readonly nonce: number
  readonly to: string | null
  readonly data: string
  readonly value?: bigint
  readonly gasLimit: bigint
  readonly baseFee: bigint
  readonly priorityFee: bigint
  readonly chainId: number
}

/** The signed bytes of a transaction and its hash. */
export function sign(wallet: HDNodeWallet | Wallet, payment: Payment): { readonly raw: string; readonly hash: string } {
  const transaction = Transaction.from({
    type: 2,
    chainId: payment.chainId,
    nonce: payment.nonce,
    to: payment.to,
    data: payment.data,
    value: payment.value ?? 0n,
    gasLimit: payment.gasLimit,
    maxFeePerGas: payment.baseFee + payment.priorityFee,
    maxPriorityFeePerGas: payment.priorityFee,
  })
  transaction.signature = wallet.signingKey.sign(transaction.unsignedHash)
  return { raw: transaction.serialized, hash: transaction.hash ?? '' }
}

export interface L1Contracts {
  readonly bridgehub: string
  readonly chainTypeManager: string
  readonly timelock: string
  readonly nullifier: string
  readonly assetHandler: string
  readonly serverNotifier: string
  /** Diamond by L2 chain id. */
  readonly diamonds: ReadonlyMap<number, string>
  /** Sends a call as the owner; it counts with the next L1 block. */
  asOwner(to: string, data: string): Promise<void>
  /** The deadline of the chains' protocol version passes: L1 refuses every further commit. */
  retireProtocolVersion(): Promise<void>
}

export interface DeployRequest {
  readonly chainIds: readonly number[]
  readonly operators: readonly string[]
  readonly executionDelay: number
  readonly protocolVersion: bigint
  readonly zksyncOs: boolean
  /** Settled already when the sandbox begins. */
  readonly settledBatches: number
  readonly at: number
}

const gwei = 10n ** 9n

export async function deploy(anvil: Anvil, request: DeployRequest): Promise<L1Contracts> {
  const owner = account(0)
  let nonce = 0
  const send = async (to: string | null, data: string) => {
    const fees = { baseFee: 2000n * gwei, priorityFee: gwei, gasLimit: to === null ? 5_000_000n : 500_000n }
    await anvil.call(['eth_sendRawTransaction', sign(owner, { nonce, to, data, chainId: anvil.chainId, ...fees }).raw])
    nonce += 1
  }
  const create = async (name: string, types: readonly string[], values: readonly unknown[]) => {
    const address = getCreateAddress({ from: owner.address, nonce }).toLowerCase()
    await send(null, concat([part(name).bytecode, AbiCoder.defaultAbiCoder().encode(types, values)]))
    return address
  }
  const { executionDelay, operators, protocolVersion, zksyncOs, settledBatches } = request
  const bridgehub = await create('Bridgehub', [], [])
  const manager = await create('ChainTypeManager', [], [])
  const timelock = await create('ValidatorTimelock', ['uint32', 'address[]'], [executionDelay, operators])
  const nullifier = await create('L1Nullifier', ['address'], [bridgehub])
  const router = await create('L1AssetRouter', ['address'], [nullifier])
  const hubCalls = contract('Bridgehub')
  const managerCalls = contract('ChainTypeManager')
  await send(bridgehub, hubCalls.encodeFunctionData('setAssetRouter', [router]))
  await send(manager, managerCalls.encodeFunctionData('setTimelock', [timelock]))
  await send(manager, managerCalls.encodeFunctionData('setProtocolVersionDeadline', [protocolVersion, 2n ** 255n]))
  const diamonds = new Map<number, string>()
  for (const chainId of request.chainIds) {
    const values = [chainId, bridgehub, manager, timelock, protocolVersion, zksyncOs]
    const diamond = await create('Diamond', ['uint256', 'address', 'address', 'address', 'uint256', 'bool'], values)
    await send(bridgehub, hubCalls.encodeFunctionData('register', [chainId, diamond, manager]))
    diamonds.set(chainId, diamond)
  }
  // After the diamonds, whose addresses follow from how many contracts come before them.
  const assetHandler = await create('ChainAssetHandler', [], [])
  const serverNotifier = await create('ServerNotifier', [], [])
  await send(bridgehub, hubCalls.encodeFunctionData('setChainAssetHandler', [assetHandler]))
  await send(manager, managerCalls.encodeFunctionData('setServerNotifier', [serverNotifier]))
  await anvil.call(['anvil_setCode', multicallAddress, part('Multicall3').deployedBytecode])
  await anvil.call(['evm_mine', { timestamp: request.at }])
  for (const diamond of diamonds.values()) await setCounters(anvil, diamond, settledBatches)
  return {
    bridgehub,
    chainTypeManager: manager,
    timelock,
    nullifier,
    assetHandler,
    serverNotifier,
    diamonds,
    asOwner: send,
    retireProtocolVersion: () =>
      send(manager, managerCalls.encodeFunctionData('setProtocolVersionDeadline', [protocolVersion, 1n])),
  }
}

/** How many batches were committed, verified and executed stands in the first three words of a diamond's storage. */
async function setCounters(anvil: Anvil, diamond: string, batches: number): Promise<void> {
  if (batches === 0) return
  const word = `0x${batches.toString(16).padStart(64, '0')}`
  for (const slot of ['0x0', '0x1', '0x2']) await anvil.call(['anvil_setStorageAt', diamond, slot, word])
}
