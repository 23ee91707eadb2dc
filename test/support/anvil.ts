// A real EVM for tests that mines what it is sent, and a contract that says exactly what a test wants said.

import { createRequire } from 'node:module'
import { Interface } from 'ethers'
import { startAnvil as startEvm } from '../../sandbox/l1/anvil.ts'

export interface Anvil {
  readonly url: string
  readonly chainId: number
  rpc<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>
  /** Sends from an account of anvil's own, mines, and gives the hash back; a revert is mined like the rest. */
  send(transaction: { readonly to?: string; readonly data: string; readonly from?: string }): Promise<string>
  stop(): Promise<void>
}

export async function startAnvil({ timestamp }: { timestamp?: number } = {}): Promise<Anvil> {
  const anvil = await startEvm({ timestamp: timestamp ?? Math.floor(Date.now() / 1000) })
  const rpc = async <T>(method: string, params: readonly unknown[] = []) => {
    const [result] = await anvil.call([method, ...params])
    return result as T
  }
  await rpc('evm_setAutomine', [true])
  const [account] = await rpc<string[]>('eth_accounts')
  return {
    url: anvil.url,
    chainId: anvil.chainId,
    rpc,
    async send(transaction) {
      // A gas limit of its own: estimating would refuse a transaction that is meant to revert.
      const hash = await rpc<string>('eth_sendTransaction', [{ from: account, gas: '0x989680', ...transaction }])
      // The hash is answered before the block is made.
      const mined = async () =>
        (await rpc('eth_getTransactionReceipt', [hash])) !== null || !(await rpc('anvil_getAutomine'))
      while (!(await mined())) await new Promise((resolve) => setTimeout(resolve, 5))
      return hash
    },
    stop: anvil.stop,
  }
}

const source = `
pragma solidity ^0.8.28;
contract Scripted {
  struct Event { bytes32[] topics; bytes data; }
  mapping(bytes32 => bytes) internal answers;
  function script(bytes calldata call, bytes calldata answer) external { answers[keccak256(call)] = answer; }
  function say(Event[] calldata events) external {
    for (uint256 i = 0; i < events.length; i++) {
      bytes32[] calldata t = events[i].topics;
      bytes memory data = events[i].data;
      uint256 n = t.length;
      bytes32 a = n > 0 ? t[0] : bytes32(0);
      bytes32 b = n > 1 ? t[1] : bytes32(0);
      bytes32 c = n > 2 ? t[2] : bytes32(0);
      bytes32 d = n > 3 ? t[3] : bytes32(0);
      assembly {
        switch n
        case 1 { log1(add(data, 32), mload(data), a) }
        case 2 { log2(add(data, 32), mload(data), a, b) }
        case 3 { log3(add(data, 32), mload(data), a, b, c) }
        default { log4(add(data, 32), mload(data), a, b, c, d) }
      }
    }
  }
  function sayAndRevert(Event[] calldata events) external { this.say(events); revert("no"); }
  fallback() external {
    bytes memory answer = answers[keccak256(msg.data)];
    if (answer.length == 0) revert("F");
    assembly { return(add(answer, 32), mload(answer)) }
  }
}`

const scripted = new Interface([
  'function script(bytes call, bytes answer)',
  'function say(tuple(bytes32[] topics, bytes data)[] events)',
  'function sayAndRevert(tuple(bytes32[] topics, bytes data)[] events)',
])

export interface Scripted {
  /** Lower case, as our own answers are. */
  readonly address: string
  /** The hash of a transaction that emits these events. */
  say(events: readonly EmittedEvent[], how?: { readonly revert?: boolean }): Promise<string>
  /** From now on the contract answers this getter so; any other reverts with "F", as the real diamond does. */
  answer(abi: string, values: readonly unknown[], result: unknown): Promise<void>
}

export interface EmittedEvent {
  readonly topics: readonly string[]
  readonly data: string
}

let compiled: string | undefined

export async function deployScripted(anvil: Anvil): Promise<Scripted> {
  compiled ??= compile()
  const hash = await anvil.send({ data: compiled })
  const { contractAddress } = await anvil.rpc<{ contractAddress: string }>('eth_getTransactionReceipt', [hash])
  const address = contractAddress.toLowerCase()
  return {
    address,
    say: (events, { revert = false } = {}) =>
      anvil.send({ to: address, data: scripted.encodeFunctionData(revert ? 'sayAndRevert' : 'say', [events]) }),
    async answer(abi, values, result) {
      const getter = new Interface([`function ${abi}`])
      const [fragment] = getter.fragments
      const name = fragment && 'name' in fragment ? String(fragment.name) : ''
      const call = getter.encodeFunctionData(name, values)
      const data = scripted.encodeFunctionData('script', [call, getter.encodeFunctionResult(name, [result])])
      await anvil.send({ to: address, data })
    },
  }
}

function compile(): string {
  const solc: { compile(input: string): string } = createRequire(import.meta.url)('solc')
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { 'scripted.sol': { content: source } },
        settings: { optimizer: { enabled: true }, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
      }),
    ),
  )
  return `0x${output.contracts['scripted.sol'].Scripted.evm.bytecode.object}`
}

const diamondEvents = new Interface([
  'event BlockCommit(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment)',
  'event BlocksVerification(uint256 indexed previousLastVerifiedBatch, uint256 indexed currentLastVerifiedBatch)',
  'event BlockExecution(uint256 indexed batchNumber, bytes32 indexed batchHash, bytes32 indexed commitment)',
  'event BlocksRevert(uint256 totalBatchesCommitted, uint256 totalBatchesVerified, uint256 totalBatchesExecuted)',
  'event BatchPrecommitmentSet(uint256 indexed batchNumber, uint256 indexed untrustedLastL2BlockNumberHint, bytes32 precommitment)',
  'event ReportCommittedBatchRangeZKsyncOS(uint64 indexed batchNumber, uint64 indexed firstBlockNumber, uint64 indexed lastBlockNumber)',
])

/** An event as the diamond would emit it, written from the published ABI and not with the product's own tables. */
export function diamondEvent(
  name:
    | 'BlockCommit'
    | 'BlocksVerification'
    | 'BlockExecution'
    | 'BlocksRevert'
    | 'BatchPrecommitmentSet'
    | 'ReportCommittedBatchRangeZKsyncOS',
  ...values: readonly (number | string)[]
): EmittedEvent {
  const { topics, data } = diamondEvents.encodeEventLog(name, values)
  return { topics, data }
}

/** 32 bytes that are easy to tell apart in a failed test. */
export function word(byte: string): string {
  return `0x${byte.repeat(32)}`
}
