// What a hash did on L1, and what withdrawals are worth there, read from a real EVM.

import { Interface } from 'ethers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChainRpc, type ChainRpcSettings, createChainRpc } from '../../../src/rollup/chain.ts'
import {
  type Anvil,
  deployScripted,
  diamondEvent,
  type EmittedEvent,
  type Scripted,
  startAnvil,
  word,
} from '../../support/anvil.ts'
import { answerWith, startRpcServer } from '../../support/rpc-server.ts'

const never = { signal: new AbortController().signal }
const baseToken = `0x${'800a'.padStart(40, '0')}`
const assetRouter = `0x${'10003'.padStart(40, '0')}`
const zeroAddress = `0x${'0'.repeat(40)}`

let anvil: Anvil
let diamond: Scripted
let stranger: Scripted
beforeAll(async () => {
  anvil = await startAnvil()
  diamond = await deployScripted(anvil)
  stranger = await deployScripted(anvil)
  for (const name of ['Committed', 'Verified', 'Executed']) {
    await diamond.answer(`getTotalBlocks${name}() view returns (uint256)`, [], 10)
  }
  await diamond.answer('getChainId() view returns (uint256)', [], 324)
})
afterAll(() => anvil.stop())

function chain(more: Partial<ChainRpcSettings> = {}): ChainRpc {
  const l1 = [{ name: 'l1-a', url: anvil.url }]
  const known = { l1ChainId: anvil.chainId, l2ChainId: 324, diamondProxyAddress: diamond.address }
  return createChainRpc({ l1, l2: [], gateway: [], ...known, now: () => new Date(), timeoutMs: 20_000, ...more })
}

const read = (hash: string, more: Partial<ChainRpcSettings> = {}) => {
  const reader = chain(more).l1Transactions
  if (reader === null) throw new Error('no L1 configured')
  return reader.read(hash, never)
}

const mailbox = new Interface([
  `event NewPriorityRequest(uint256 txId, bytes32 txHash, uint64 expirationTimestamp, tuple(
    uint256 txType, uint256 from, uint256 to, uint256 gasLimit, uint256 gasPerPubdataByteLimit, uint256 maxFeePerGas,
    uint256 maxPriorityFeePerGas, uint256 paymaster, uint256 nonce, uint256 value, uint256[4] reserved, bytes data,
    bytes signature, uint256[] factoryDeps, bytes paymasterInput, bytes reservedDynamic) transaction, bytes[] factoryDeps)`,
])

function priorityRequest(id: number, l2Hash: string, from: string, to: string, value: bigint): EmittedEvent {
  const numbers = [255, BigInt(from), BigInt(to), 1_000_000, 800, 250_000_000, 0, 0, id, value]
  const transaction = [...numbers, [0, 0, 0, 0], '0x1234', '0x', [], '0x', '0x']
  const { topics, data } = mailbox.encodeEventLog('NewPriorityRequest', [id, l2Hash, 9_999_999_999, transaction, []])
  return { topics, data }
}

describe('an L1 hash', () => {
  it('that committed batches names each with its hashes', async () => {
    const hash = await diamond.say([
      diamondEvent('BlockCommit', 41, word('aa'), word('ca')),
      diamondEvent('BlockCommit', 42, word('bb'), word('cb')),
    ])
    const did = await read(hash)
    expect(did).toMatchObject({ state: 'success', deposits: [], why: '', findings: [] })
    expect(did.settled).toEqual([
      {
        stage: 'commit',
        from: 41,
        to: 42,
        hashes: [
          { batch: 41, batchHash: word('aa'), commitment: word('ca') },
          { batch: 42, batchHash: word('bb'), commitment: word('cb') },
        ],
      },
    ])
    expect(did.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(did.confirmations).toBe(1)
  })

  it('that proved a range covers (previous, current]', async () => {
    const hash = await diamond.say([diamondEvent('BlocksVerification', 40, 43)])
    expect((await read(hash)).settled).toEqual([{ stage: 'prove', from: 41, to: 43, hashes: [] }])
  })

  it('that executed a batch', async () => {
    const hash = await diamond.say([diamondEvent('BlockExecution', 42, word('bb'), word('cb'))])
    expect((await read(hash)).settled).toMatchObject([{ stage: 'execute', from: 42, to: 42 }])
  })

  it('that deposited names every L2 transaction it asked for, in order', async () => {
    const [from, to] = [`0x${'12'.repeat(20)}`, `0x${'00'.repeat(18)}0abc`]
    const hash = await diamond.say([
      priorityRequest(7, word('d1'), from, to, 10n ** 24n),
      priorityRequest(8, word('d2'), from, to, 1n),
    ])
    expect((await read(hash)).deposits).toEqual([
      { priorityId: '7', l2Hash: word('d1'), from, to, value: '1000000000000000000000000' },
      { priorityId: '8', l2Hash: word('d2'), from, to, value: '1' },
    ])
  })

  it('whose events come from another contract has nothing of ours', async () => {
    const hash = await stranger.say([
      diamondEvent('BlockCommit', 41, word('aa'), word('ca')),
      priorityRequest(7, word('d1'), zeroAddress, zeroAddress, 1n),
    ])
    expect(await read(hash)).toMatchObject({ state: 'success', settled: [], deposits: [] })
  })

  it('that looks like our event but is not put together as ours is ignored', async () => {
    const [topic = ''] = diamondEvent('BlockCommit', 1, word('aa'), word('bb')).topics
    const hash = await diamond.say([{ topics: [topic, word('01')], data: '0x' }])
    expect(await read(hash)).toMatchObject({ state: 'success', settled: [], deposits: [] })
  })

  it('that reverted settled nothing', async () => {
    const hash = await diamond.say([diamondEvent('BlockCommit', 41, word('aa'), word('ca'))], { revert: true })
    expect(await read(hash)).toMatchObject({ state: 'reverted', settled: [], deposits: [] })
  })

  it('that nobody knows', async () => {
    expect(await read(word('77'))).toMatchObject({ state: 'unknown', block: null })
  })

  it('that nobody knows, from an endpoint with an old head, is not "unknown"', async () => {
    const inTwoHours = () => new Date(Date.now() + 7_200_000)
    expect(await read(word('77'), { now: inTwoHours })).toMatchObject({ state: 'unreachable' })
  })

  it('that waits in the mempool', async () => {
    await anvil.rpc('evm_setAutomine', [false])
    const hash = await diamond.say([diamondEvent('BlockCommit', 41, word('aa'), word('ca'))])
    const did = await read(hash)
    await anvil.rpc('evm_setAutomine', [true])
    await anvil.rpc('evm_mine')
    expect(did).toMatchObject({ state: 'pending', to: diamond.address })
  })

  it('cannot be read while nobody answers', async () => {
    const server = await startRpcServer((_, response) => void response.writeHead(429).end())
    const did = await read(word('77'), { l1: [{ name: 'l1-b', url: server.url }] })
    await server.stop()
    expect(did).toMatchObject({ state: 'unreachable', why: expect.stringContaining('l1-b limits') })
  })

  it('two endpoints at one host are told apart', async () => {
    const server = await startRpcServer((_, response) => void response.writeHead(503).end())
    const urls = [1, 2].map((key) => ({ name: server.host, url: `${server.url}/${key}` }))
    const { findings } = await read(word('77'), { l1: urls })
    await server.stop()
    expect(findings.map(({ values }) => values.endpoint)).toEqual([server.host, `${server.host} (2)`])
  })
})

describe('a withdrawal', () => {
  const key = { batch: 5, messageIndex: 3, contract: baseToken }
  let router: Scripted
  let bridgehub: Scripted
  beforeAll(async () => {
    router = await deployScripted(anvil)
    bridgehub = await deployScripted(anvil)
    await bridgehub.answer('sharedBridge() view returns (address)', [], router.address)
    await diamond.answer('getBridgehub() view returns (address)', [], bridgehub.address)
    await setRoot(5, word('99'))
    await claimed(5, 3, false)
    await claimedInDiamond(5, 3, false)
  })
  const setRoot = (batch: number, root: string) =>
    diamond.answer('l2LogsRootHash(uint256) view returns (bytes32)', [batch], root)
  const claimed = (batch: number, index: number, yes: boolean) =>
    router.answer('isWithdrawalFinalized(uint256,uint256,uint256) view returns (bool)', [324, batch, index], yes)
  const claimedInDiamond = (batch: number, index: number, yes: boolean) =>
    diamond.answer('isEthWithdrawalFinalized(uint256,uint256) view returns (bool)', [batch, index], yes)
  const stateOf = async (which: Partial<typeof key> = {}, more: Partial<ChainRpcSettings> = {}) => {
    const [claim] = await chain(more).withdrawals.claims([{ ...key, ...which }], never)
    return claim?.state
  }

  it('of an executed batch that nobody has claimed is claimable', async () => {
    expect(await stateOf()).toBe('claimable')
    expect(await stateOf({ contract: assetRouter })).toBe('claimable')
  })

  it('that the asset router has in its books is claimed', async () => {
    await claimed(5, 4, true)
    expect(await stateOf({ messageIndex: 4 })).toBe('claimed')
  })

  it('of the time before the shared bridge is claimed in the diamond’s own books', async () => {
    await claimedInDiamond(5, 6, true)
    await claimed(5, 6, false)
    expect(await stateOf({ messageIndex: 6 })).toBe('claimed')
  })

  it('of a batch that is not executed can’t be claimed yet', async () => {
    await setRoot(11, word('00'))
    await claimed(11, 0, false)
    await claimedInDiamond(11, 0, false)
    expect(await stateOf({ batch: 11, messageIndex: 0 })).toBe('not-yet')
  })

  it('of a bridge that keeps a book of its own is not checked', async () => {
    expect(await stateOf({ contract: `0x${'ab'.repeat(20)}` })).toBe('not-checked')
  })

  it('whose book can’t be read is not checked', async () => {
    expect(await stateOf({ messageIndex: 77 })).toBe('not-checked')
  })

  it('shown by an endpoint with an old head is not checked: it may be claimed by now', async () => {
    expect(await stateOf({}, { now: () => new Date(Date.now() + 7_200_000) })).toBe('not-checked')
  })

  it('whose batch L1 holds no messages of (a Gateway’s) is not checked', async () => {
    await setRoot(6, word('00'))
    await claimed(6, 0, false)
    await claimedInDiamond(6, 0, false)
    expect(await stateOf({ batch: 6, messageIndex: 0 })).toBe('not-checked')
  })

  it('without L1 is not checked', async () => {
    expect(await stateOf({}, { l1: [] })).toBe('not-checked')
  })

  it('is found by its transaction: the L2 node says where in the batch its message stands', async () => {
    const hash = word('5a')
    const receipt = {
      transactionHash: hash,
      blockHash: word('01'),
      blockNumber: '0x9',
      status: '0x1',
      l1BatchNumber: '0x5',
    }
    const server = await startRpcServer(
      answerWith({
        eth_chainId: () => '0x144',
        eth_getTransactionReceipt: () => receipt,
        zks_getL2ToL1LogProof: ([, index]) => (index === 1 ? { id: 4, proof: [], root: word('02') } : null),
      }),
    )
    await claimed(5, 4, true)
    const { withdrawals } = chain({ l2: [{ name: 'node', url: server.url }] })
    const messages = [0, 1].map((index) => ({ index, contract: baseToken }))
    const claims = await withdrawals.ofTransaction(hash, messages, never)
    await server.stop()
    expect(claims.map(({ state }) => state)).toEqual(['not-checked', 'claimed'])
  })

  it('on a diamond of 2023 is in the diamond’s books alone', async () => {
    const old = await deployScripted(anvil)
    await old.answer('getTotalBlocksExecuted() view returns (uint256)', [], 10)
    await old.answer('l2LogsRootHash(uint256) view returns (bytes32)', [5], word('99'))
    await old.answer('isEthWithdrawalFinalized(uint256,uint256) view returns (bool)', [5, 3], false)
    expect(await stateOf({}, { diamondProxyAddress: old.address })).toBe('claimable')
    expect(await stateOf({ contract: assetRouter }, { diamondProxyAddress: old.address })).toBe('not-checked')
  })
})
