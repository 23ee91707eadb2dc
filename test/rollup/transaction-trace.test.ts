// A trace from all its parts: a real database, a real EVM as L1, an L2 node over HTTP; in agreement, conflict and trouble.

import { Interface } from 'ethers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { withClient } from '../../sandbox/database/with-client.ts'
import { type ChainRpcSettings, createChainRpc } from '../../src/rollup/chain.ts'
import type { TraceFacts } from '../../src/rollup/transaction-trace.ts'
import {
  type Anvil,
  deployScripted,
  diamondEvent,
  type EmittedEvent,
  type Scripted,
  startAnvil,
  word,
} from '../support/anvil.ts'
import { bytes, insertRows, type Row } from '../support/node-rows.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { answerWith, type RpcHandler, startRpcServer } from '../support/rpc-server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { traceOn } from '../support/trace-on.ts'

let anvil: Anvil
let diamond: Scripted
const l1 = { commit: '', prove: '', execute: '', several: '', reverted: '', unrelated: '', other: '' }
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  anvil = await startAnvil()
  diamond = await deployScripted(anvil)
  await counters(100)
  l1.commit = await diamond.say([diamondEvent('BlockCommit', 42, word('aa'), word('ca'))])
  l1.prove = await diamond.say([diamondEvent('BlocksVerification', 41, 42)])
  l1.execute = await diamond.say([diamondEvent('BlockExecution', 42, word('aa'), word('ca'))])
  l1.other = await diamond.say([diamondEvent('BlockCommit', 42, word('ab'), word('ca'))])
  l1.several = await diamond.say([diamondEvent('BlocksVerification', 50, 53)])
  l1.reverted = await diamond.say([diamondEvent('BlocksVerification', 41, 42)], { revert: true })
  l1.unrelated = await (await deployScripted(anvil)).say([diamondEvent('BlockCommit', 42, word('aa'), word('ca'))])
})
afterAll(() => anvil.stop())
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function counters(number: number): Promise<void> {
  for (const name of ['Committed', 'Verified', 'Executed']) {
    await diamond.answer(`getTotalBlocks${name}() view returns (uint256)`, [], number)
  }
}

const hash = word('77')

const mailbox = new Interface([
  `event NewPriorityRequest(uint256 txId, bytes32 txHash, uint64 expirationTimestamp, tuple(
    uint256 txType, uint256 from, uint256 to, uint256 gasLimit, uint256 gasPerPubdataByteLimit, uint256 maxFeePerGas,
    uint256 maxPriorityFeePerGas, uint256 paymaster, uint256 nonce, uint256 value, uint256[4] reserved, bytes data,
    bytes signature, uint256[] factoryDeps, bytes paymasterInput, bytes reservedDynamic) transaction, bytes[] factoryDeps)`,
])

function priorityRequest(id: number, l2Hash: string): EmittedEvent {
  const transaction = [255, 1, 2, 1_000_000, 800, 1, 0, 0, id, 5, [0, 0, 0, 0], '0x', '0x', [], '0x', '0x']
  const { topics, data } = mailbox.encodeEventLog('NewPriorityRequest', [id, l2Hash, 9_999_999_999, transaction, []])
  return { topics, data }
}

interface Hashes {
  readonly commit: string
  readonly prove?: string
  readonly execute?: string
}

/** Batch 42 with one transaction that sent a message, settled by the given L1 transactions. */
function rowsOf(hashes: Hashes, history: Row = { confirmed_at: '2023-09-18 04:15:00' }): (readonly [string, Row])[] {
  const types = { commit: 'CommitBlocks', prove: 'PublishProofBlocksOnchain', execute: 'ExecuteBlocks' } as const
  const sent = Object.entries(types).flatMap(([stage, type], index): [string, Row][] => {
    const tx = hashes[stage as keyof Hashes]
    if (tx === undefined) return []
    const confirmed = history.confirmed_at ? { confirmed_eth_tx_history_id: index + 1 } : {}
    return [
      ['eth_txs', { id: index + 1, tx_type: type, ...confirmed }],
      ['eth_txs_history', { id: index + 1, eth_tx_id: index + 1, tx_hash: tx, ...history }],
    ]
  })
  return [
    ...sent,
    [
      'l1_batches',
      {
        number: 42,
        hash: bytes(word('aa')),
        eth_commit_tx_id: 1,
        ...(hashes.prove && { eth_prove_tx_id: 2 }),
        ...(hashes.execute && { eth_execute_tx_id: 3 }),
      },
    ],
    ['miniblocks', { number: 420, l1_batch_number: 42, hash: bytes(word('b1')) }],
    ['transactions', { hash: bytes(hash), miniblock_number: 420, l1_batch_number: 42 }],
  ]
}

async function databaseWith(rows: readonly (readonly [string, Row])[]): Promise<string> {
  const database = await createTestDatabase('2023')
  cleanups.push(() => database.drop())
  await withClient(database.url, (client) => insertRows(client, rows))
  return database.url
}

type Rpc = Partial<ChainRpcSettings> & { readonly database?: boolean; readonly session?: object }

/** Answers over the given database; without one, over RPC alone. */
async function trace(url: string, input: string, { database = true, session, ...more }: Rpc = {}): Promise<TraceFacts> {
  const chain = createChainRpc({
    ...{ l1: [{ name: 'l1-a', url: anvil.url }], l2: [], gateway: [], l1ChainId: anvil.chainId, l2ChainId: 270 },
    ...{ diamondProxyAddress: diamond.address, now: () => new Date(), timeoutMs: 1500 },
    ...more,
  })
  const bench = traceOn(url, {
    ...(database ? {} : { database: null }),
    rpc: chain.tracer,
    verifier: chain.verifier,
    l1: chain.l1Transactions,
    withdrawals: chain.withdrawals,
    l1ChainId: anvil.chainId,
    session: session ?? {},
  })
  try {
    return await bench.trace(input)
  } finally {
    await bench.end()
  }
}

const codes = ({ findings }: TraceFacts) => findings.map(({ code }) => code)
const results = ({ stages }: TraceFacts) => stages.map(({ verification }) => verification?.result ?? null)
const settled = () => ({ commit: l1.commit, prove: l1.prove, execute: l1.execute })

/** An EraVM node that knows batch 42 and its transaction. */
async function l2Node(
  change: { readonly commitTxHash?: string; readonly status?: string } = {},
  handler?: RpcHandler,
): Promise<{ name: string; url: string }[]> {
  const { commitTxHash = l1.commit, status = 'included' } = change
  const details = {
    ...{ timestamp: 1_695_008_870, l1TxCount: 0, l2TxCount: 1, status: 'sealed', commitTxHash },
    ...{ committedAt: '2023-09-18T04:15:00Z', proveTxHash: null, provenAt: null, executeTxHash: null },
    ...{ executedAt: null, l1GasPrice: 1, l2FairGasPrice: 1 },
    baseSystemContractsHashes: { bootloader: word('01'), default_aa: word('02') },
  }
  const sender = `0x${'07'.repeat(20)}`
  const block = {
    ...{ number: '0x1a4', hash: word('b1'), timestamp: '0x6507c6b0', l1BatchNumber: '0x2a', transactions: [] },
  }
  const methods = {
    eth_chainId: () => '0x10e',
    eth_getBlockByNumber: () => block,
    eth_getTransactionByHash: ([id]: readonly unknown[]) =>
      id === hash ? { hash, blockNumber: '0x1a4', from: sender, to: sender } : null,
    eth_getTransactionReceipt: ([id]: readonly unknown[]) =>
      id === hash
        ? {
            ...{ transactionHash: hash, blockHash: word('b1'), blockNumber: '0x1a4', status: '0x1', from: sender },
            ...{ to: sender, l1BatchNumber: '0x2a', l2ToL1Logs: [] },
          }
        : null,
    zks_L1BatchNumber: () => '0x2a',
    zks_getMainContract: () => diamond.address,
    zks_L1ChainId: () => `0x${anvil.chainId.toString(16)}`,
    zks_getL1BatchDetails: ([number]: readonly unknown[]) =>
      number === 42 ? { ...details, number, rootHash: word('aa') } : null,
    zks_getL1BatchBlockRange: ([number]: readonly unknown[]) => (number === 42 ? ['0x1a4', '0x1a4'] : null),
    zks_getBlockDetails: ([number]: readonly unknown[]) =>
      number === 420
        ? {
            ...details,
            number,
            l1BatchNumber: 42,
            rootHash: word('b1'),
            operatorAddress: sender,
            protocolVersion: null,
          }
        : null,
    zks_getTransactionDetails: ([id]: readonly unknown[]) =>
      id === hash
        ? {
            ...{ isL1Originated: false, status, fee: '0x0', gasPerPubdata: '0x0', initiatorAddress: sender },
            ...{ receivedAt: '2023-09-18T03:00:00Z', ethCommitTxHash: commitTxHash, ethProveTxHash: null },
            ethExecuteTxHash: null,
          }
        : null,
  }
  const server = await startRpcServer(handler ?? answerWith(methods))
  cleanups.push(() => server.stop())
  return [{ name: 'node-a', url: `${server.url}/v1/key-5ecre7word` }]
}

describe('stages that the database calls done', () => {
  it('are verified on L1, and timed by it', async () => {
    const facts = await trace(await databaseWith(rowsOf(settled())), hash)
    expect(results(facts)).toEqual(['verified', 'verified', 'verified'])
    expect(codes(facts)).toEqual([])
    for (const { verification, settlementChainId } of facts.stages) {
      expect(verification).toMatchObject({ l1Block: expect.any(Number), confirmations: expect.any(Number) })
      expect(verification?.l1Time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect(settlementChainId).toBe(anvil.chainId)
    }
    // The database confirmed all three in the same second; L1 knows better.
    const [commit, prove] = facts.stages.map(({ verification }) => Date.parse(verification?.l1Time ?? ''))
    expect(facts.stages[1]?.afterPreviousSeconds).toBe(((prove ?? 0) - (commit ?? 0)) / 1000)
  })

  it.each([
    ['committed with another hash', () => ({ ...settled(), commit: l1.other }), 'mismatch', 'l1-mismatch'],
    ['unknown to L1', () => ({ ...settled(), commit: word('12') }), 'missing', 'database-says-done-l1-unknown'],
    ['done by a stranger’s contract', () => ({ ...settled(), commit: l1.unrelated }), 'mismatch', 'l1-mismatch'],
  ] as const)('but are %s are a critical finding', async (_, hashes, result, code) => {
    const facts = await trace(await databaseWith(rowsOf(hashes())), hash)
    expect(results(facts)[0]).toBe(result)
    expect(facts.findings[0]).toMatchObject({ code, severity: 'critical', values: { stage: 'commit' } })
  })

  it('and that L1 has taken back since are a critical finding', async () => {
    await counters(41)
    try {
      const facts = await trace(await databaseWith(rowsOf(settled())), 'batch 42')
      expect(codes(facts)).toEqual(['batch-below-revert'])
      expect(facts.findings[0]).toMatchObject({
        code: 'batch-below-revert',
        severity: 'critical',
        values: { batch: 42, stage: 'commit', counter: 41 },
      })
    } finally {
      await counters(100)
    }
  })

  it('are not checked without an L1 endpoint', async () => {
    expect(results(await trace(await databaseWith(rowsOf(settled())), hash, { l1: [] }))).toEqual([
      'not-checked',
      'not-checked',
      'not-checked',
    ])
  })

  it.each([
    ['not there', async (): Promise<string> => 'http://127.0.0.1:1/v2/key-5ecre7word'],
    [
      'of another kind',
      async () => (await l2Node({}, (_, response) => void response.end('<html>busy</html>')))[0]?.url,
    ],
    [
      'refusing',
      async () => (await l2Node({}, (_, response) => void response.writeHead(429).end('slow down')))[0]?.url,
    ],
  ] as const)('stay known while L1 is %s, and the answer says so without a key', async (_, url) => {
    const l1Url: string = (await url()) ?? ''
    const facts = await trace(await databaseWith(rowsOf(settled())), hash, { l1: [{ name: 'l1-b', url: l1Url }] })
    expect(facts).toMatchObject({ found: true, source: 'database', batch: { number: 42 } })
    expect(results(facts)).toEqual(['unreachable', 'unreachable', 'unreachable'])
    expect(facts.findings.length).toBeGreaterThan(0)
    expect(JSON.stringify(facts)).not.toContain('5ecre7word')
  })

  it('are not looked for on L1 where they were sent to a gateway', async () => {
    const database = await createTestDatabase('core')
    cleanups.push(() => database.drop())
    await withClient(database.url, async (client) => {
      const rows = rowsOf(settled()).map(([table, row]) =>
        table === 'eth_txs'
          ? ([table, { ...row, is_gateway: true, chain_id: 9075 }] as const)
          : ([table, row] as const),
      )
      await insertRows(client, rows)
    })
    const facts = await trace(database.url, hash)
    expect(results(facts)).toEqual(['not-verifiable', 'not-verifiable', 'not-verifiable'])
    expect(codes(facts)).toContain('settles-elsewhere')
  })
})

describe('a send that the database calls unconfirmed', () => {
  it('is known to be included when L1 has it', async () => {
    const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit }, {})), hash)
    expect(facts.stages[0]).toMatchObject({ state: 'sent', verification: { result: 'verified' } })
    expect(codes(facts)).toEqual(['confirmed-on-l1-first'])
  })

  it('is compared with what L1 asks for now when it has been out for long', async () => {
    const sent = { sent_at: '2023-09-18 04:00:00' }
    const facts = await trace(await databaseWith(rowsOf({ commit: word('12') }, sent)), hash)
    const [long] = facts.findings.filter(({ code }) => code === 'sent-unconfirmed-long')
    expect(long?.values).toMatchObject({
      gasThen: { baseFeePerGas: '12000000000' },
      baseFeePerGasNow: expect.stringMatching(/^\d+$/),
    })
    expect(long?.text).toMatch(/last offered 12 gwei base fee \(L1 asks [\d.e-]+ now\)/)
    expect(codes(facts)).not.toContain('database-says-done-l1-unknown')
  })
})

describe('an L1 hash that the database does not know', () => {
  it('leads to the batch it settled', async () => {
    const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit })), l1.prove)
    expect(facts).toMatchObject({
      found: true,
      source: 'database',
      batch: { number: 42 },
      settled: { stage: 'prove', hash: l1.prove },
      looked: [
        { where: 'database', outcome: 'not-found' },
        { where: 'l1-rpc', outcome: 'found' },
      ],
    })
  })

  it('names the batches when it settled several', async () => {
    const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit })), l1.several)
    expect(facts).toMatchObject({ found: true, batch: null, settled: { stage: 'prove', hash: l1.several } })
    expect(facts.batches?.map(({ number }) => number)).toEqual([51, 52, 53])
    expect(results(facts)).toEqual(['verified'])
  })

  it.each([['unrelated', 'l1-transaction-unrelated']] as const)(
    'and that is %s is said to be so',
    async (name, code) => {
      const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit })), l1[name])
      expect(facts.found).toBe(false)
      expect(codes(facts)).toContain(code)
    },
  )

  it('leads to the L2 transaction of the deposit it carried', async () => {
    const deposit = await diamond.say([priorityRequest(7, hash), priorityRequest(8, word('d2'))])
    const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit })), deposit)
    expect(facts).toMatchObject({
      found: true,
      transaction: { hash, block: 420, batch: 42 },
      deposit: { l1Hash: deposit, priorityId: '7', l2Hash: hash, l1Time: expect.stringMatching(/Z$/) },
    })
    expect(facts.findings).toContainEqual(expect.objectContaining({ code: 'several-deposits' }))
  })

  it('says that a deposit has not reached L2 yet', async () => {
    const deposit = await diamond.say([priorityRequest(9, word('d9'))])
    const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit })), deposit)
    expect(facts).toMatchObject({ found: true, transaction: null, deposit: { l2Hash: word('d9') } })
    expect(codes(facts)).toEqual(['deposit-not-on-l2'])
  })

  it('is asked for everywhere before it counts as unknown', async () => {
    const facts = await trace(await databaseWith(rowsOf({ commit: l1.commit })), word('99'), { l2: await l2Node() })
    expect(facts.found).toBe(false)
    expect(facts.looked).toEqual([
      { where: 'database', name: 'core database', outcome: 'not-found' },
      { where: 'l2-rpc', name: 'node-a', outcome: 'not-found' },
      { where: 'l1-rpc', name: 'L1', outcome: 'not-found' },
    ])
    expect(facts.findings).toMatchObject([{ code: 'not-found', severity: 'warning' }])
  })
})

describe('an L2 endpoint beside the database', () => {
  it('changes nothing while both agree', async () => {
    const url = await databaseWith(rowsOf(settled()))
    expect(codes(await trace(url, hash, { l2: await l2Node() }))).toEqual([])
  })

  it.each([
    ['another commit', { commitTxHash: word('13') }, 'commit transaction'],
    ['another outcome', { status: 'failed' }, 'outcome'],
  ])('is a critical finding when it names %s', async (_, change, what) => {
    const facts = await trace(await databaseWith(rowsOf(settled())), hash, { l2: await l2Node(change) })
    const [found] = facts.findings.filter(({ code }) => code === 'database-and-rpc-disagree')
    expect(found).toMatchObject({ severity: 'critical', values: { differing: [{ what }] } })
  })

  it('answers alone without a database', async () => {
    const facts = await trace('postgres://127.0.0.1:1/none', hash, { database: false, l2: await l2Node() })
    expect(facts).toMatchObject({
      found: true,
      source: 'rpc',
      transaction: { status: 'included', block: 420, batch: 42 },
      batch: { number: 42, sealed: true, rootHash: word('aa') },
      stages: [
        { stage: 'commit', state: 'done', hash: l1.commit, sends: null, verification: { result: 'verified' } },
        { stage: 'prove', state: 'waiting', waits: { for: 'aggregation' } },
        { stage: 'execute', state: 'waiting', waits: { for: 'prove' } },
      ],
    })
  })
})

describe('a database in trouble', () => {
  it.each([
    [
      'not there',
      async (): Promise<string> => 'postgres://someone:5ecre7word@127.0.0.1:1/core',
      'database-unreachable',
    ],
    [
      'silent after the connection',
      async () => {
        const url = await databaseWith([])
        const proxy = await startTcpProxy(url)
        cleanups.push(() => proxy.close())
        proxy.fallSilent()
        return proxy.url(url)
      },
      'database-timed-out',
    ],
  ] as const)('(%s) costs its own line: the L2 endpoint answers', async (_, url, code) => {
    const session = { connectTimeoutMs: 300, statementTimeoutMs: 300 }
    const facts = await trace(await url(), hash, { l2: await l2Node(), session })
    expect(facts).toMatchObject({ found: true, source: 'rpc', batch: { number: 42 } })
    expect(codes(facts)).toContain(code)
    expect(facts.looked.map(({ outcome }) => outcome)).toEqual(['failed', 'found'])
    expect(JSON.stringify(facts)).not.toContain('5ecre7word')
  })

  it('and everything else too leaves an answer that says who could not be asked', async () => {
    const silent = await l2Node({}, () => undefined)
    const facts = await trace('postgres://127.0.0.1:1/core', hash, { l2: silent, l1: silent, timeoutMs: 300 })
    expect(facts).toMatchObject({ found: false, stages: [] })
    expect(facts.looked.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
    expect(codes(facts)[0]).toBe('no-source-answered')
    expect(codes(facts)).toContain('database-unreachable')
  })
})
