// The L1 contracts: the committed artifact is what the source compiles to, with the events and getters of the real ones.

import { readFile } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { compile } from '../../sandbox/l1/compile.ts'
import { contract, multicallAddress } from '../../sandbox/l1/contracts.ts'
import { firstChain, resultOf, startSandbox } from './support.ts'

// Each test starts servers of its own, which a busy machine may take its time over.
vi.setConfig({ testTimeout: 120_000 })

test('recompiling gives the committed artifact', async () => {
  const committed = await readFile(new URL('../../sandbox/l1/artifact.json', import.meta.url), 'utf8')
  expect(await compile()).toEqual(JSON.parse(committed))
})

/** Topics and selectors of the deployed contracts on mainnet. */
const events = {
  BlockCommit: '0x8f2916b2f2d78cc5890ead36c06c0f6d5d112c7e103589947e8e2f0d6eddb763',
  BlocksVerification: '0x22c9005dd88c18b552a1cd7e8b3b937fcde9ca69213c1f658f54d572e4877a81',
  BlockExecution: '0x2402307311a4d6604e4e7b4c8a15a7e1213edb39c16a31efa70afb06030d3165',
  BlocksRevert: '0x8bd4b15ea7d1bc41ea9abc3fc487ccb89cd678a00786584714faa9d751c84ee5',
  BatchPrecommitmentSet: '0xfea115cea8c7414dc6c05dfb20821e4ea72c37b91e666a90ab4ddb5eabade850',
  ReportCommittedBatchRangeZKsyncOS: '0xa2ac105688fc09c2584d6b2e79dd0fc14e6003a20c62ac45aa858e8ed12bb7bb',
  NewPriorityRequest: '0x4531cd5795773d7101c17bdeb9f5ab7f47d7056017506f937083be5d6e77a382',
  Freeze: '0x615acbaede366d76a8b8cb2a9ada6a71495f0786513d71aa97aaf0c3910b78de',
  Unfreeze: '0x2f05ba71d0df11bf5fa562a6569d70c4f80da84284badbe015ce1456063d0ded',
}

const getters: readonly (readonly [name: string, getter: string, selector: string])[] = [
  ['Diamond', 'getTotalBatchesCommitted', '0xdb1f0bf9'],
  ['Diamond', 'getTotalBatchesVerified', '0xef3f0bae'],
  ['Diamond', 'getTotalBatchesExecuted', '0xb8c2f66f'],
  ['Diamond', 'getTotalBlocksCommitted', '0xfe26699e'],
  ['Diamond', 'getTotalBlocksVerified', '0xaf6a2dcd'],
  ['Diamond', 'getTotalBlocksExecuted', '0x39607382'],
  ['Diamond', 'storedBatchHash', '0xb22dd78e'],
  ['Diamond', 'storedBlockHash', '0x74f4d30d'],
  ['Diamond', 'l2LogsRootHash', '0x9cd939e4'],
  ['Diamond', 'getProtocolVersion', '0x33ce93fe'],
  ['Diamond', 'getSemverProtocolVersion', '0xf5c1182c'],
  ['Diamond', 'getPriorityQueueSize', '0x631f4bac'],
  ['Diamond', 'getTotalPriorityTxs', '0xa1954fc5'],
  ['Diamond', 'getFirstUnprocessedPriorityTx', '0x79823c9a'],
  ['Diamond', 'isDiamondStorageFrozen', '0x29b98c67'],
  ['Diamond', 'getSettlementLayer', '0x6a27e8b5'],
  ['Diamond', 'getAdmin', '0x6e9960c3'],
  ['Diamond', 'getGovernor', '0x4fc07d75'],
  ['Diamond', 'getChainId', '0x3408e470'],
  ['Diamond', 'getChainTypeManager', '0x946ebad1'],
  ['Diamond', 'getStateTransitionManager', '0x5518c73b'],
  ['Diamond', 'getBridgehub', '0x3591c1a0'],
  ['Diamond', 'getVerifier', '0x46657fe9'],
  ['Diamond', 'isValidator', '0xfacd743b'],
  ['Diamond', 'getZKsyncOS', '0xc81838b7'],
  ['Bridgehub', 'getZKChain', '0xe680c4c1'],
  ['Bridgehub', 'getHyperchain', '0xdead6f7f'],
  ['Bridgehub', 'settlementLayer', '0x671a7131'],
  ['Bridgehub', 'chainTypeManager', '0x9d5bd3da'],
  ['Bridgehub', 'migrationPaused', '0x2a641114'],
  ['ChainTypeManager', 'protocolVersionIsActive', '0xdef9d6af'],
  ['ChainTypeManager', 'protocolVersionDeadline', '0xf4943a20'],
  ['ChainTypeManager', 'validatorTimelockPostV29', '0xef9955bc'],
  ['ChainTypeManager', 'validatorTimelock', '0xe66c8c44'],
  ['ValidatorTimelock', 'executionDelay', '0x8b257989'],
  ['ValidatorTimelock', 'getCommittedBatchTimestamp', '0xb4dba6f9'],
  ['ValidatorTimelock', 'committedBatchTimestamp', '0x63c8f91b'],
  ['ValidatorTimelock', 'commitBatchesSharedBridge', '0x0db9eb87'],
  ['ValidatorTimelock', 'proveBatchesSharedBridge', '0x9271e450'],
  ['ValidatorTimelock', 'executeBatchesSharedBridge', '0xa085344d'],
  ['ValidatorTimelock', 'precommitSharedBridge', '0x0b6db820'],
  ['ValidatorTimelock', 'revertBatchesSharedBridge', '0x7ca4eff7'],
]

test('events have the topics of the real ones', () => {
  const diamond = contract('Diamond')
  const topics = Object.fromEntries(Object.keys(events).map((name) => [name, diamond.getEvent(name)?.topicHash]))
  expect(topics).toEqual(events)
})

test.each(getters)('%s.%s has the selector of the real one', (name, getter, selector) => {
  expect(contract(name).getFunction(getter)?.selector).toBe(selector)
})

describe('on a running L1', () => {
  test('the way from the Bridgehub to the commit time works, in one Multicall3 call', async () => {
    const sandbox = await startSandbox()
    const { chainId, diamond } = firstChain(sandbox)
    const { bridgehub, chainTypeManager, timelock } = sandbox.contracts
    const [hub, manager, lock, multicall] = ['Bridgehub', 'ChainTypeManager', 'ValidatorTimelock', 'Multicall3'].map(
      contract,
    )
    const calls = [
      [bridgehub, true, hub?.encodeFunctionData('getZKChain', [chainId])],
      [bridgehub, true, hub?.encodeFunctionData('chainTypeManager', [chainId])],
      [chainTypeManager, true, manager?.encodeFunctionData('validatorTimelockPostV29')],
      [timelock, true, lock?.encodeFunctionData('getCommittedBatchTimestamp', [diamond, 1])],
      [diamond, true, '0x12345678'],
    ]
    const data = multicall?.encodeFunctionData('aggregate3', [calls])
    const raw = await resultOf(sandbox.anvil.url, 'eth_call', { to: multicallAddress, data }, 'latest')
    const [answers] = multicall?.decodeFunctionResult('aggregate3', raw) ?? []
    const words = answers.map(([, word]: [boolean, string]) => BigInt(word.slice(0, 66)))
    expect(words.slice(0, 3)).toEqual([diamond, chainTypeManager, timelock].map(BigInt))
    expect(Number(words[3])).toBeGreaterThan(sandbox.now() - 600)
    expect(answers[4][0]).toBe(false)
    // Error(string) with the diamond's "F": no facet has the selector.
    expect(Buffer.from(answers[4][1].slice(-64), 'hex').toString().replaceAll('\0', '')).toBe('F')
  })

  test('a frozen diamond still answers its getters and refuses deposits with q1', async () => {
    const sandbox = await startSandbox({ historyBatches: 1 })
    const { diamond } = firstChain(sandbox)
    const calls = contract('Diamond')
    await sandbox.contracts.asOwner(diamond, calls.encodeFunctionData('freezeDiamond'))
    await sandbox.advance(sandbox.pace.l1Block)
    const frozen = await resultOf(sandbox.anvil.url, 'eth_call', {
      to: diamond,
      data: calls.encodeFunctionData('isDiamondStorageFrozen'),
    })
    expect(Number(frozen)).toBe(1)
    const zero = `0x${'00'.repeat(20)}`
    const data = calls.encodeFunctionData('requestL2Transaction', [zero, 0, '0x', 1, 800, [], zero])
    await expect(resultOf(sandbox.anvil.url, 'eth_call', { to: diamond, data })).rejects.toThrow(/q1/)
  })
})
