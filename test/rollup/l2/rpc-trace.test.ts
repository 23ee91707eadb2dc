// What an EraVM node's RPC tells about a transaction, block or batch: over real HTTP, from nodes that agree, lag and fail.

import { afterEach, describe, expect, it } from 'vitest'
import { createChainRpc } from '../../../src/rollup/chain.ts'
import { answerWith, type RpcHandler, RpcRefusal, type RpcServer, startRpcServer } from '../../support/rpc-server.ts'

const word = (byte: string) => `0x${byte.repeat(32)}`
const never = { signal: new AbortController().signal }
const hash = '0x0bbbcf153f17ec0e1f12d698bbc64f9d242bc1cd1312dd5f34febf0e6cb6601a'
const commitHash = '0x0b01e199877faef52b95477119f53bf546a2915bc903132331f41542e58da53d'
const sender = `0x${'AB'.repeat(20)}`

const servers: RpcServer[] = []
afterEach(async () => {
  timeoutMs = 20_000
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

type Methods = Readonly<Record<string, (params: readonly unknown[]) => unknown>>

/** A node of 2023 that holds the golden transaction; the spellings are the real node's: hex here, plain numbers there. */
const settled = {
  timestamp: 1_694_998_000,
  l1TxCount: 0,
  l2TxCount: 3,
  status: 'sealed',
  commitTxHash: commitHash,
  committedAt: '2023-09-18T03:50:19.059576Z',
  proveTxHash: null,
  provenAt: null,
  executeTxHash: null,
  executedAt: null,
  l1GasPrice: 30_000_000_000,
  l2FairGasPrice: 100_000_000,
  baseSystemContractsHashes: { bootloader: word('01'), default_aa: word('02') },
}
const blocks = (number: number) => ({
  number: `0x${number.toString(16)}`,
  hash: word('b1'),
  timestamp: '0x6507c9f5',
  l1BatchNumber: number <= 15_842 ? '0x1df6' : null,
  transactions: [],
})
const golden: Methods = {
  eth_chainId: () => '0x10e',
  eth_getBlockByNumber: ([at]) => {
    if (at === 'latest') return blocks(15_900)
    return Number(at) <= 15_900 ? blocks(Number(at)) : null
  },
  eth_getTransactionByHash: ([id]) => (id === hash ? { hash, blockNumber: '0x3de1', from: sender, to: sender } : null),
  eth_getTransactionReceipt: ([id]) =>
    id === hash
      ? {
          transactionHash: hash,
          blockHash: word('b1'),
          blockNumber: '0x3de1',
          status: '0x1',
          from: sender,
          to: sender,
          l1BatchNumber: '0x1df6',
          l2ToL1Logs: [{ sender, key: word('0a'), value: word('0b'), l1BatchNumber: '0x1df6', isService: true }],
        }
      : null,
  zks_L1BatchNumber: () => '0x1df6',
  zks_getMainContract: () => `0x${'5e'.repeat(20)}`,
  zks_L1ChainId: () => '0x1',
  zks_getL1BatchDetails: ([number]) => (number === 7670 ? { ...settled, number: 7670, rootHash: word('aa') } : null),
  zks_getL1BatchBlockRange: ([number]) => (number === 7670 ? ['0x3dd0', '0x3de2'] : null),
  zks_getBlockDetails: ([number]) =>
    Number(number) <= 15_900
      ? {
          ...(Number(number) <= 15_842 ? settled : { ...settled, commitTxHash: null, committedAt: null }),
          number,
          l1BatchNumber: Number(number) <= 15_842 ? 7670 : 7671,
          rootHash: word('b1'),
          operatorAddress: sender,
          protocolVersion: null,
        }
      : null,
  zks_getTransactionDetails: ([id]) =>
    id === hash
      ? {
          isL1Originated: false,
          status: 'included',
          fee: '0x0',
          gasPerPubdata: '0x0',
          initiatorAddress: sender,
          receivedAt: '2023-09-18T03:40:00.123456Z',
          ethCommitTxHash: commitHash,
          ethProveTxHash: null,
          ethExecuteTxHash: null,
        }
      : null,
}

/** Patient, so that a slow machine changes nothing; the test of a silent node sets its own limit. */
let timeoutMs = 20_000

async function nodes(...handlers: readonly (Methods | RpcHandler)[]) {
  const started = await Promise.all(
    handlers.map((handler) => startRpcServer(typeof handler === 'function' ? handler : answerWith(handler))),
  )
  servers.push(...started)
  const l2 = started.map(({ url }, at) => ({ name: `node-${'abc'[at]}`, url }))
  const nothing = { l1: [], gateway: [], l1ChainId: null, l2ChainId: null, diamondProxyAddress: null }
  const { tracer } = createChainRpc({ ...nothing, l2, now: () => new Date(), timeoutMs, graceMs: 20_000 })
  if (tracer === null) throw new Error('no L2 configured')
  return { tracer, servers: started }
}

describe('a transaction', () => {
  it('is followed to its block, its batch and the L1 transactions of its stages', async () => {
    const { tracer } = await nodes(golden)
    const answer = await tracer.transaction(hash, never)
    if (!answer.known) throw new Error('expected to be known')
    const { stages, ...trace } = answer.trace
    expect(trace).toEqual({
      stack: 'era',
      node: 'node-a',
      chainId: 270,
      head: { block: 15_900, time: '2023-09-18T03:54:29Z' },
      transaction: {
        hash,
        status: 'included',
        block: 15_841,
        batch: 7670,
        from: sender.toLowerCase(),
        to: sender.toLowerCase(),
        isL1Originated: false,
        receivedAt: '2023-09-18T03:40:00.123456Z',
        messages: [{ index: 0, sender: sender.toLowerCase(), key: word('0a'), value: word('0b'), batch: 7670 }],
      },
      block: { number: 15_841, hash: word('b1'), time: '2023-09-18T00:46:40Z' },
      batch: {
        number: 7670,
        sealed: true,
        time: '2023-09-18T00:46:40Z',
        firstBlock: 15_824,
        lastBlock: 15_842,
        lastBlockTime: '2023-09-18T03:54:29Z',
        rootHash: word('aa'),
        commitment: null,
      },
      findings: [],
    })
    expect(stages.map(({ stage, hash, at }) => [stage, hash, at])).toEqual([
      ['precommit', null, null],
      ['commit', commitHash, '2023-09-18T03:50:19.059576Z'],
      ['prove', null, null],
      ['execute', null, null],
    ])
  })

  it('costs three HTTP requests once the node is known, four with the first', async () => {
    const {
      tracer,
      servers: [server],
    } = await nodes(golden)
    await tracer.transaction(hash, never)
    expect(server?.requests).toHaveLength(4)
    await tracer.transaction(hash, never)
    expect(server?.requests).toHaveLength(7)
  })

  it('of an unsealed batch gets the number that the batch will have, and no stages', async () => {
    const open = { ...golden, ...openReceipt() }
    const { tracer } = await nodes(open)
    const answer = await tracer.transaction(hash, never)
    expect(answer).toMatchObject({
      known: true,
      trace: {
        transaction: { status: 'included', block: 15_850, batch: 7671 },
        batch: { number: 7671, sealed: false },
      },
    })
    if (answer.known) expect(answer.trace.stages.every((stage) => stage.hash === null)).toBe(true)
  })

  it('that waits in the mempool is pending', async () => {
    const pending = {
      ...golden,
      eth_getTransactionReceipt: () => null,
      eth_getTransactionByHash: () => ({ hash, blockNumber: null, from: sender, to: null }),
      zks_getTransactionDetails: () => ({
        isL1Originated: false,
        status: 'pending',
        receivedAt: '2023-09-18T03:40:00Z',
      }),
    }
    const { tracer } = await nodes(pending)
    expect(await tracer.transaction(hash, never)).toMatchObject({
      known: true,
      trace: { transaction: { status: 'pending', block: null }, block: null, batch: null },
    })
  })

  it('that failed on L2 is failed, not included', async () => {
    const receipt = golden.eth_getTransactionReceipt?.([hash]) as object
    const failed = { ...golden, eth_getTransactionReceipt: () => ({ ...receipt, status: '0x0' }) }
    const { tracer } = await nodes(failed)
    expect(await tracer.transaction(hash, never)).toMatchObject({ trace: { transaction: { status: 'failed' } } })
  })

  it('with the fields of today: settlement chain, finality, commitment, precommit', async () => {
    const today = {
      ...golden,
      zks_getL1BatchDetails: () => ({
        ...settled,
        number: 7670,
        rootHash: word('aa'),
        commitment: word('cc'),
        precommitTxHash: word('99'),
        precommittedAt: '2026-01-01T00:00:00Z',
        precommitTxFinality: 'fast_finalized',
        precommitChainId: 9075,
        commitChainId: 9075,
        commitTxFinality: 'finalized',
        proveTxFinality: 'a word nobody knows yet',
      }),
    }
    const { tracer } = await nodes(today)
    const answer = await tracer.transaction(hash, never)
    if (!answer.known) throw new Error('expected to be known')
    expect(answer.trace.batch?.commitment).toBe(word('cc'))
    expect(answer.trace.stages).toMatchObject([
      { stage: 'precommit', hash: word('99'), finality: 'fast_finalized', settlementChainId: 9075 },
      { stage: 'commit', hash: commitHash, finality: 'finalized', settlementChainId: 9075 },
      { stage: 'prove', hash: null, finality: null },
      { stage: 'execute', hash: null, finality: null },
    ])
  })
})

function openReceipt(): Methods {
  return {
    eth_getTransactionReceipt: () => ({
      transactionHash: hash,
      blockHash: word('b1'),
      blockNumber: 15_850,
      status: 1,
      l1BatchNumber: null,
    }),
  }
}

describe('a batch or block by number', () => {
  it('a sealed batch comes with its range, root and stages', async () => {
    const { tracer } = await nodes(golden)
    expect(await tracer.batch(7670, never)).toMatchObject({
      known: true,
      trace: { transaction: null, batch: { number: 7670, sealed: true, firstBlock: 15_824, lastBlock: 15_842 } },
    })
  })

  it('the batch after the last sealed one is open', async () => {
    const { tracer } = await nodes(golden)
    expect(await tracer.batch(7671, never)).toMatchObject({
      known: true,
      trace: { batch: { number: 7671, sealed: false } },
    })
  })

  it('a batch far ahead does not exist, and that is sure', async () => {
    const { tracer } = await nodes(golden)
    expect(await tracer.batch(9999, never)).toEqual({ known: false, sure: true, nodes: ['node-a'], findings: [] })
  })

  it('a block leads to its batch', async () => {
    const { tracer } = await nodes(golden)
    expect(await tracer.block(15_841, never)).toMatchObject({
      known: true,
      trace: { block: { number: 15_841 }, batch: { number: 7670 }, stages: [{}, { hash: commitHash }, {}, {}] },
    })
  })

  it('a block not made yet does not exist', async () => {
    const { tracer } = await nodes(golden)
    expect(await tracer.block(20_000, never)).toMatchObject({ known: false, sure: true })
  })
})

describe('what is not known', () => {
  const unknown = word('77')

  it('a hash no node knows', async () => {
    const { tracer } = await nodes(golden, golden)
    const answer = await tracer.transaction(unknown, never)
    expect(answer).toEqual({ known: false, sure: true, nodes: ['node-a', 'node-b'], findings: [] })
  })

  it('is not sure while a node is silent', async () => {
    timeoutMs = 1500
    const { tracer } = await nodes(golden, () => undefined)
    expect(await tracer.transaction(unknown, never)).toMatchObject({
      known: false,
      sure: false,
      findings: [{ code: 'endpoint-failed', values: { endpoint: 'node-b', kind: 'timeout' } }],
    })
  })

  it('is not sure where a node has pruned: it can’t tell', async () => {
    const pruned = () => {
      throw new RpcRefusal(-32602, 'Block with number 15841 is pruned; first retained block is 20000')
    }
    const { tracer } = await nodes({ ...golden, zks_getTransactionDetails: pruned, eth_getTransactionReceipt: pruned })
    expect(await tracer.transaction(unknown, never)).toMatchObject({
      known: false,
      sure: false,
      findings: [{ code: 'l2-node-pruned', values: { endpoints: ['node-a'] } }],
    })
  })

  it('a transaction whose batch the node has pruned still names the L1 hashes it knows', async () => {
    const pruned = () => {
      throw new RpcRefusal(-32602, 'Batch with number 7670 is pruned')
    }
    const gone = { zks_getL1BatchDetails: pruned, zks_getL1BatchBlockRange: pruned, zks_getBlockDetails: pruned }
    const { tracer } = await nodes({ ...golden, ...gone })
    const answer = await tracer.transaction(hash, never)
    expect(answer).toMatchObject({ known: true, trace: { batch: { number: 7670, sealed: true, rootHash: null } } })
    if (!answer.known) return
    expect(answer.trace.stages.find(({ stage }) => stage === 'commit')?.hash).toBe(commitHash)
    expect(answer.trace.findings.map(({ code }) => code)).toContain('l2-node-pruned')
  })

  it('no node answers: not sure, and each is named', async () => {
    const { tracer } = await nodes(
      (_, response) => void response.end('<html>'),
      (_, response) => void response.writeHead(429).end(),
    )
    const answer = await tracer.transaction(hash, never)
    expect(answer).toMatchObject({ known: false, sure: false })
    expect(answer.known ? [] : answer.findings.map(({ values }) => values.kind)).toEqual(['not-json', 'rate-limited'])
  })
})

describe('several nodes', () => {
  it('the one that knows it counts, the one that lags does not', async () => {
    const lagging = {
      ...golden,
      zks_getTransactionDetails: () => null,
      eth_getTransactionReceipt: () => null,
      eth_getTransactionByHash: () => null,
    }
    const { tracer } = await nodes(lagging, golden)
    expect(await tracer.transaction(hash, never)).toMatchObject({
      known: true,
      trace: { node: 'node-b', findings: [] },
    })
  })

  it('a proxy that hides the batch methods does not make the chain another stack', async () => {
    const hidden = Object.fromEntries(Object.entries(golden).filter(([name]) => !name.startsWith('zks_')))
    const { tracer } = await nodes(hidden, golden)
    expect(await tracer.transaction(hash, never)).toMatchObject({
      known: true,
      trace: { stack: 'era', batch: { number: 7670, rootHash: word('aa') } },
    })
  })

  it('a node of another chain is not believed', async () => {
    const other = { ...golden, eth_chainId: () => '0x144' }
    const { tracer } = await nodes(golden, other)
    const answer = await tracer.transaction(hash, never)
    expect(answer).toMatchObject({ known: false, sure: false })
    expect(answer.known ? [] : answer.findings.map(({ code }) => code)).toEqual(['wrong-chain', 'wrong-chain'])
  })

  it('two that name different batch roots disagree, and it is said', async () => {
    const batch = golden.zks_getL1BatchDetails?.([7670]) as object
    const forked = { ...golden, zks_getL1BatchDetails: () => ({ ...batch, rootHash: word('ee') }) }
    const { tracer } = await nodes(golden, forked)
    const answer = await tracer.transaction(hash, never)
    if (!answer.known) throw new Error('expected to be known')
    expect(answer.trace.findings).toMatchObject([{ code: 'l2-endpoints-disagree', severity: 'critical' }])
    expect(answer.trace.findings[0]?.text).toContain(word('ee'))
  })

  it('an answer of the wrong shape costs that node only', async () => {
    const odd = { ...golden, zks_getTransactionDetails: () => ({ status: 7 }), eth_getTransactionReceipt: () => 'odd' }
    const { tracer } = await nodes(odd, golden)
    expect(await tracer.transaction(hash, never)).toMatchObject({ known: true, trace: { node: 'node-b' } })
  })
})
