// The validator timelock: when a batch was committed, and how long execution has to wait. Its getter changed four times.

import { Interface } from 'ethers/abi'
import { type RpcAnswer, type RpcCall, valueIn } from '../rpc/json-rpc.ts'
import { address, bytes, toHex } from '../rpc/rpc-values.ts'

const timelock = new Interface([
  'function executionDelay() view returns (uint256)',
  'function getCommittedBatchTimestamp(address chain, uint256 batch) view returns (uint256)',
  'function getCommittedBatchTimestamp(uint256 chainId, uint256 batch) view returns (uint256)',
  'function committedBatchTimestamp(uint256 batch) view returns (uint256)',
  'function committedBlockTimestamp(uint256 batch) view returns (uint256)',
])

/** Where the timelock of a chain is named; what a generation lacks reverts and is no value. */
const names = new Interface([
  'function getChainTypeManager() view returns (address)',
  'function getStateTransitionManager() view returns (address)',
  'function validatorTimelockPostV29() view returns (address)',
  'function validatorTimelock() view returns (address)',
])

/** By diamond, by chain id, or of a timelock that serves one chain (since and before batches got their name). */
export const commitTimeForms = [
  'getCommittedBatchTimestamp(address,uint256)',
  'getCommittedBatchTimestamp(uint256,uint256)',
  'committedBatchTimestamp(uint256)',
  'committedBlockTimestamp(uint256)',
] as const
export type CommitTimeForm = (typeof commitTimeForms)[number]

export interface ChainOnL1 {
  readonly diamond: string
  readonly l2ChainId: number | null
}

/** Unix seconds; 0: not committed through this timelock. Kept after a revert: compare with the committed counter. */
export function commitTimeCall(at: string, form: CommitTimeForm, chain: ChainOnL1, batch: number): RpcCall<number> {
  const values = {
    'getCommittedBatchTimestamp(address,uint256)': [chain.diamond, batch],
    'getCommittedBatchTimestamp(uint256,uint256)': [chain.l2ChainId ?? 0, batch],
    'committedBatchTimestamp(uint256)': [batch],
    'committedBlockTimestamp(uint256)': [batch],
  }[form]
  return numberCall(at, timelock, form, values)
}

export function executionDelayCall(at: string): RpcCall<number> {
  return numberCall(at, timelock, 'executionDelay', [])
}

export function managerCalls(diamond: string): readonly RpcCall<string>[] {
  return [addressCall(diamond, 'getChainTypeManager'), addressCall(diamond, 'getStateTransitionManager')]
}

export function timelockCalls(manager: string): readonly RpcCall<string>[] {
  return [addressCall(manager, 'validatorTimelockPostV29'), addressCall(manager, 'validatorTimelock')]
}

/** The first that is there and not the zero address. */
export function firstAddress(answers: readonly RpcAnswer<string>[]): string | null {
  return answers.map(valueIn).find((found) => found !== null && !/^0x0*$/.test(found)) ?? null
}

function addressCall(to: string, name: string): RpcCall<string> {
  return {
    method: 'eth_call',
    params: [{ to, data: names.encodeFunctionData(name) }, 'latest'],
    read: (raw) => address.parse(String(names.decodeFunctionResult(name, bytes.parse(raw))[0])),
  }
}

function numberCall(to: string, abi: Interface, name: string, values: readonly unknown[], block?: number) {
  const data = abi.encodeFunctionData(name, [...values])
  return {
    method: 'eth_call',
    params: [{ to, data }, block === undefined ? 'latest' : toHex(block)],
    read(raw: unknown): number {
      const number = Number(abi.decodeFunctionResult(name, bytes.parse(raw))[0])
      if (!Number.isSafeInteger(number)) throw new Error('a number beyond exact numbers')
      return number
    },
  }
}
