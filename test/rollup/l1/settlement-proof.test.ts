// Claims about settlement against a real EVM: each result of a check, and who may contradict whom.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDiamondSource } from '../../../src/rollup/l1/diamond.ts'
import type { SettlementClaim, SettlementStage } from '../../../src/rollup/l1/settlement-claim.ts'
import { createSettlementVerifier, type SettlementLayer } from '../../../src/rollup/l1/settlement-proof.ts'
import { createEndpointSet } from '../../../src/rollup/rpc/endpoint-set.ts'
import { createRpcEndpoint } from '../../../src/rollup/rpc/json-rpc.ts'
import { type Anvil, deployScripted, diamondEvent, type Scripted, startAnvil, word } from '../../support/anvil.ts'
import { passOnTo, type RpcHandler, type RpcServer, sendJson, startRpcServer } from '../../support/rpc-server.ts'

const rootHash = word('aa')
const commitment = word('cc')
const never = new AbortController().signal

let anvil: Anvil
let diamond: Scripted
let stranger: Scripted
beforeAll(async () => {
  anvil = await startAnvil()
  diamond = await deployScripted(anvil)
  stranger = await deployScripted(anvil)
  await setCounters(10, 10, 10)
  await diamond.answer('getChainId() view returns (uint256)', [], 324)
  await diamond.answer('isDiamondStorageFrozen() view returns (bool)', [], false)
})
afterAll(() => anvil.stop())

async function setCounters(committed: number, verified: number, executed: number) {
  await diamond.answer('getTotalBlocksCommitted() view returns (uint256)', [], committed)
  await diamond.answer('getTotalBlocksVerified() view returns (uint256)', [], verified)
  await diamond.answer('getTotalBlocksExecuted() view returns (uint256)', [], executed)
}

const servers: RpcServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function serve(handler: RpcHandler = passOnTo(anvil.url)): Promise<RpcServer> {
  const server = await startRpcServer(handler)
  servers.push(server)
  return server
}

interface Setting {
  readonly urls: readonly string[]
  readonly chainId?: number | null
  readonly address?: string | null
  readonly timeoutMs?: number
  readonly graceMs?: number
}

function layer({
  urls,
  chainId = null,
  address = diamond.address,
  timeoutMs = 20_000,
  // Long: what a slow machine says late must not be missed; the tests about waiting set their own.
  graceMs = 20_000,
}: Setting): SettlementLayer {
  const endpoints = createEndpointSet({
    endpoints: urls.map((url, at) => createRpcEndpoint({ name: `l1-${'abc'[at]}`, url, timeoutMs, random: () => 0 })),
    chainId: () => chainId,
    graceMs,
  })
  const source = createDiamondSource({ configured: address, l2ChainId: 324, l2: null, l1: endpoints })
  return { endpoints, diamond: source, setting: 'L1_RPC_URLS' }
}

async function verify(claims: readonly SettlementClaim[], setting: Partial<Setting> = {}, now = new Date()) {
  const l1 = layer({ urls: [anvil.url], ...setting })
  return createSettlementVerifier({ l1, gateway: null, now: () => now }).verify(claims, { signal: never })
}

function claim(stage: SettlementStage, hash: string, more: Partial<SettlementClaim> = {}): SettlementClaim {
  return { stage, batch: 7, hash, batchHash: rootHash, commitment, settlementChainId: null, ...more }
}

const commit = (batch = 7) => diamondEvent('BlockCommit', batch, rootHash, commitment)
const execute = (batch = 7) => diamondEvent('BlockExecution', batch, rootHash, commitment)

describe('verified', () => {
  it('commit, proof and execution of one batch, with time, confirmations and finality from L1', async () => {
    const hashes = [
      await diamond.say([commit(6), commit(7)]),
      await diamond.say([diamondEvent('BlocksVerification', 5, 8)]),
      await diamond.say([execute(7), execute(8)]),
    ]
    const { proofs, head, progress, findings } = await verify([
      claim('commit', hashes[0] ?? ''),
      claim('prove', hashes[1] ?? ''),
      claim('execute', hashes[2] ?? ''),
    ])
    expect(proofs.map(({ result }) => result)).toEqual(['verified', 'verified', 'verified'])
    const receipt = await anvil.rpc<{ blockNumber: string; from: string; effectiveGasPrice: string }>(
      'eth_getTransactionReceipt',
      [hashes[0]],
    )
    const block = await anvil.rpc<{ timestamp: string }>('eth_getBlockByNumber', [receipt.blockNumber, false])
    expect(proofs[0]).toMatchObject({
      l1Block: Number(receipt.blockNumber),
      l1Time: new Date(Number(block.timestamp) * 1000).toISOString().replace('.000Z', 'Z'),
      confirmations: 3,
      finalized: false,
      from: receipt.from,
      to: diamond.address,
      gasPrice: BigInt(receipt.effectiveGasPrice).toString(),
      pending: false,
    })
    expect(head).toMatchObject({ endpoint: 'l1-a', chainId: anvil.chainId, number: Number(receipt.blockNumber) + 2 })
    expect(progress).toEqual({ committed: 10, verified: 10, executed: 10, frozen: false, settlementLayer: null })
    expect(findings).toEqual([])
  })

  it('a precommitment', async () => {
    const hash = await diamond.say([diamondEvent('BatchPrecommitmentSet', 7, 1234, word('dd'))])
    const { proofs } = await verify([claim('precommit', hash)])
    expect(proofs[0]?.result).toBe('verified')
  })

  it('by the diamond’s events, whatever contract the transaction was sent to', async () => {
    const hash = await diamond.say([commit()])
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]?.result).toBe('verified')
    expect(proofs[0]?.to).toBe(diamond.address)
  })

  it('without a batch hash to compare with it says that only the number was checked', async () => {
    const hash = await diamond.say([commit()])
    const { proofs } = await verify([claim('commit', hash, { batchHash: null })])
    expect(proofs[0]).toMatchObject({ result: 'verified', why: expect.stringContaining('no batch hash') })
  })

  it('final once L1 itself calls the block finalized', async () => {
    const hash = await diamond.say([commit()])
    await anvil.rpc('anvil_mine', ['0x80'])
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]).toMatchObject({ result: 'verified', finalized: true, confirmations: 129 })
  })
})

describe('mismatch', () => {
  it('another batch hash', async () => {
    const hash = await diamond.say([diamondEvent('BlockCommit', 7, word('bb'), commitment)])
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]).toMatchObject({ result: 'mismatch', why: expect.stringContaining(word('bb')) })
    expect(proofs[0]?.l1Block).not.toBeNull()
  })

  it('another commitment', async () => {
    const hash = await diamond.say([diamondEvent('BlockExecution', 7, rootHash, word('bb'))])
    const { proofs } = await verify([claim('execute', hash)])
    expect(proofs[0]?.result).toBe('mismatch')
  })

  it('an execution with another commitment than the commit, where the node tells none', async () => {
    const first = await diamond.say([commit()])
    const second = await diamond.say([diamondEvent('BlockExecution', 7, rootHash, word('bb'))])
    const { proofs } = await verify([
      claim('commit', first, { commitment: null }),
      claim('execute', second, { commitment: null }),
    ])
    expect(proofs.map(({ result }) => result)).toEqual(['verified', 'mismatch'])
  })

  it('the same event from another contract', async () => {
    const hash = await stranger.say([commit()])
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]).toMatchObject({ result: 'mismatch', why: expect.stringContaining('says nothing of the kind') })
  })

  it('a transaction that reverted', async () => {
    const hash = await diamond.say([commit()], { revert: true })
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]).toMatchObject({ result: 'mismatch', why: expect.stringContaining('reverted') })
  })

  it('another batch, and it says which', async () => {
    const hash = await diamond.say([commit(8), commit(9)])
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]).toMatchObject({ result: 'mismatch', why: expect.stringContaining('8, 9') })
  })

  for (const [previous, current] of [
    [7, 9],
    [3, 6],
  ] as const) {
    it(`a proof of (${previous}, ${current}] for batch 7`, async () => {
      const hash = await diamond.say([diamondEvent('BlocksVerification', previous, current)])
      const { proofs } = await verify([claim('prove', hash)])
      expect(proofs[0]?.result).toBe('mismatch')
    })
  }

  it('another stage of the right batch', async () => {
    const hash = await diamond.say([execute()])
    const { proofs } = await verify([claim('commit', hash)])
    expect(proofs[0]?.result).toBe('mismatch')
  })

  it('a commit that was undone since: L1 counts fewer batches', async () => {
    const hash = await diamond.say([commit()])
    await setCounters(6, 6, 6)
    const { proofs } = await verify([claim('commit', hash)])
    await setCounters(10, 10, 10)
    expect(proofs[0]).toMatchObject({ result: 'mismatch', why: expect.stringContaining('up to 6') })
  })
})

describe('missing', () => {
  it('a hash L1 has never heard of', async () => {
    const { proofs } = await verify([claim('commit', word('01'))])
    expect(proofs[0]).toMatchObject({ result: 'missing', l1Block: null, l1Time: null, pending: false })
  })

  it('a transaction that still waits in the mempool, with the fee it offers', async () => {
    await anvil.rpc('evm_setAutomine', [false])
    const hash = await diamond.say([commit()])
    const { proofs } = await verify([claim('commit', hash)])
    await anvil.rpc('evm_setAutomine', [true])
    await anvil.rpc('evm_mine')
    expect(proofs[0]).toMatchObject({ result: 'missing', pending: true, gasPrice: expect.stringMatching(/^\d+$/) })
  })
})

describe('unreachable', () => {
  it('every endpoint fails, each in its own way, and each is named', async () => {
    const html = await serve((_, response) => void response.end('<html>'))
    const busy = await serve((_, response) => void response.writeHead(429).end())
    const hung = await serve(() => undefined)
    const setting = { urls: [html.url, busy.url, hung.url], timeoutMs: 3_000 }
    const { proofs, findings, head } = await verify([claim('commit', word('01'))], setting)
    expect(proofs[0]?.result).toBe('unreachable')
    expect(head).toBeNull()
    const kinds = findings.map(({ values }) => `${values.endpoint} ${values.kind}`).sort()
    expect(kinds).toEqual(['l1-a not-json', 'l1-b rate-limited', 'l1-c timeout'])
  })

  it('an endpoint of another chain is refused and named', async () => {
    const { proofs, findings } = await verify([claim('commit', word('01'))], { chainId: 1 })
    expect(proofs[0]?.result).toBe('unreachable')
    expect(findings).toMatchObject([{ code: 'wrong-chain', values: { endpoint: 'l1-a' } }])
    expect(findings[0]?.text).toContain(`chain ${anvil.chainId}, not on 1`)
  })

  it('an endpoint with an old head can’t say that something is missing', async () => {
    const inTwoHours = new Date(Date.now() + 7_200_000)
    const { proofs, findings } = await verify([claim('commit', word('01'))], {}, inTwoHours)
    expect(proofs[0]?.result).toBe('unreachable')
    expect(findings).toMatchObject([{ code: 'l1-head-old' }])
  })

  it('an endpoint with an old head still proves what it shows', async () => {
    const hash = await diamond.say([commit()])
    const { proofs } = await verify([claim('commit', hash)], {}, new Date(Date.now() + 7_200_000))
    expect(proofs[0]?.result).toBe('verified')
  })

  it('only the receipt could not be had', async () => {
    const hash = await diamond.say([commit()])
    const server = await serve(without('eth_getTransactionReceipt'))
    const { proofs, head } = await verify([claim('commit', hash)], { urls: [server.url] })
    expect(proofs[0]?.result).toBe('unreachable')
    expect(head).not.toBeNull()
  })
})

describe('not verifiable, not checked', () => {
  it('settled on a chain we can’t look at', async () => {
    const { proofs } = await verify([claim('commit', word('01'), { settlementChainId: 9075 })])
    expect(proofs[0]).toMatchObject({ result: 'not-verifiable', why: expect.stringContaining('GATEWAY_RPC_URLS') })
  })

  it('not on L1 while the chain settles on a Gateway, and the node does not say where', async () => {
    await diamond.answer('getSettlementLayer() view returns (address)', [], stranger.address)
    const { proofs } = await verify([claim('commit', word('01'))])
    await diamond.answer('getSettlementLayer() view returns (address)', [], `0x${'0'.repeat(40)}`)
    expect(proofs[0]?.result).toBe('not-verifiable')
  })

  it('settled on a Gateway whose RPC is configured: verified there', async () => {
    const gateway = await startAnvil()
    try {
      const there = await deployScripted(gateway)
      const named = await serve(changed('eth_chainId', () => '0x2373', gateway.url))
      const onGateway = await there.say([commit()])
      const here = await diamond.say([execute()])
      const verifier = createSettlementVerifier({
        l1: layer({ urls: [anvil.url] }),
        gateway: {
          ...layer({ urls: [named.url], address: there.address }),
          setting: 'GATEWAY_RPC_URLS',
        },
        now: () => new Date(),
      })
      await there.answer('getTotalBlocksCommitted() view returns (uint256)', [], 10)
      const claims = [claim('commit', onGateway, { settlementChainId: 9075 }), claim('execute', here)]
      const { proofs } = await verifier.verify(claims, { signal: never })
      expect(proofs.map(({ claim, result }) => [claim.stage, result])).toEqual([
        ['commit', 'verified'],
        ['execute', 'verified'],
      ])
    } finally {
      await gateway.stop()
    }
  })

  it('nobody knows the diamond', async () => {
    const hash = await diamond.say([commit()])
    const { proofs } = await verify([claim('commit', hash)], { address: null })
    expect(proofs[0]).toMatchObject({ result: 'not-verifiable', why: expect.stringContaining('DIAMOND_PROXY_ADDRESS') })
  })

  it('the diamond belongs to another chain', async () => {
    const hash = await diamond.say([commit()])
    await diamond.answer('getChainId() view returns (uint256)', [], 325)
    const { proofs, findings } = await verify([claim('commit', hash)])
    await diamond.answer('getChainId() view returns (uint256)', [], 324)
    expect(proofs[0]?.result).toBe('not-verifiable')
    expect(findings).toMatchObject([{ code: 'diamond-mismatch', severity: 'critical' }])
  })

  for (const what of ['an address without code', 'another contract']) {
    it(`${what} is no diamond`, async () => {
      const address = what === 'another contract' ? stranger.address : `0x${'99'.repeat(20)}`
      const hash = await stranger.say([commit()])
      const { proofs, findings } = await verify([claim('commit', hash)], { address })
      expect(proofs[0]?.result).toBe('not-verifiable')
      expect(findings).toMatchObject([{ code: 'diamond-mismatch' }])
    })
  }

  it('no L1 configured', async () => {
    const verifier = createSettlementVerifier({ l1: null, gateway: null, now: () => new Date() })
    const { proofs } = await verifier.verify([claim('commit', word('01'))], { signal: never })
    expect(proofs[0]).toMatchObject({ result: 'not-checked', why: expect.stringContaining('L1_RPC_URLS') })
  })
})

describe('several endpoints', () => {
  it('one works: its word counts, the others cost a line each', async () => {
    const hash = await diamond.say([commit()])
    const broken = await serve((_, response) => void response.writeHead(500).end())
    const { proofs, findings } = await verify([claim('commit', hash)], { urls: [broken.url, anvil.url] })
    expect(proofs[0]?.result).toBe('verified')
    expect(findings).toMatchObject([{ code: 'endpoint-failed', values: { endpoint: 'l1-a', kind: 'http' } }])
  })

  it('a hung one does not hold up the answer of the other until its own limit', async () => {
    const hash = await diamond.say([commit()])
    let asked: AbortSignal | undefined
    const hung = await serve((_, response) => {
      const gone = new AbortController()
      asked = gone.signal
      response.on('close', () => gone.abort())
    })
    const setting = { urls: [hung.url, anvil.url], timeoutMs: 60_000, graceMs: 100 }
    const { proofs, findings } = await verify([claim('commit', hash)], setting)
    expect(proofs[0]?.result).toBe('verified')
    expect(findings).toMatchObject([{ values: { endpoint: 'l1-a', kind: 'timeout' } }])
    await new Promise<void>((resolve) =>
      asked?.aborted ? resolve() : asked?.addEventListener('abort', () => resolve()),
    )
  })

  it('the quick one lags and knows nothing: the other’s receipt counts', async () => {
    const hash = await diamond.say([commit()])
    const lagging = await serve(changed('eth_getTransactionReceipt', () => null, anvil.url, 'eth_getTransactionByHash'))
    const late = await serve(async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 100))
      await passOnTo(anvil.url)(request, response)
    })
    const { proofs, findings } = await verify([claim('commit', hash)], {
      urls: [lagging.url, late.url],
      graceMs: 0,
    })
    expect(proofs[0]?.result).toBe('verified')
    expect(findings).toEqual([])
  })

  it('one shows other events: the contradiction is told, and the doubt wins', async () => {
    const hash = await diamond.say([commit()])
    const liar = await serve(
      changed('eth_getTransactionReceipt', (receipt) => ({ ...(receipt as object), status: '0x0' })),
    )
    const { proofs, findings } = await verify([claim('commit', hash)], { urls: [anvil.url, liar.url] })
    expect(proofs[0]?.result).toBe('mismatch')
    expect(findings).toMatchObject([{ code: 'l1-endpoints-disagree', severity: 'critical' }])
    expect(findings[0]?.text).toContain('l1-a')
    expect(findings[0]?.text).toContain('l1-b')
  })

  it('one lacks a transaction that its own chain should long have', async () => {
    const hash = await diamond.say([commit()])
    await anvil.rpc('anvil_mine', ['0x5'])
    const blind = await serve(changed('eth_getTransactionReceipt', () => null, anvil.url, 'eth_getTransactionByHash'))
    const { proofs, findings } = await verify([claim('commit', hash)], { urls: [anvil.url, blind.url] })
    expect(proofs[0]?.result).toBe('verified')
    expect(findings).toMatchObject([{ code: 'l1-endpoints-disagree', severity: 'warning' }])
  })

  it('two on different chains, and nobody knows which is right: neither proves anything', async () => {
    const hash = await diamond.say([commit()])
    const other = await serve(changed('eth_chainId', () => '0x1'))
    const { proofs, findings } = await verify([claim('commit', hash)], { urls: [anvil.url, other.url] })
    expect(proofs[0]?.result).toBe('unreachable')
    expect(findings.map(({ code }) => code)).toEqual(['wrong-chain', 'wrong-chain'])
  })

  it('a block that is gone when its time is asked was reorganised away', async () => {
    const hash = await diamond.say([commit()])
    const forked = await serve(
      changed('eth_getTransactionReceipt', (receipt) => ({ ...(receipt as object), blockHash: word('ee') })),
    )
    const { proofs } = await verify([claim('commit', hash)], { urls: [forked.url] })
    expect(proofs[0]).toMatchObject({ result: 'missing', why: expect.stringContaining('reorganised') })
  })
})

describe('round trips', () => {
  it('four claims cost one HTTP request for everything and one for the block times', async () => {
    const claims = [
      claim('precommit', await diamond.say([diamondEvent('BatchPrecommitmentSet', 7, 1, word('dd'))])),
      claim('commit', await diamond.say([commit()])),
      claim('prove', await diamond.say([diamondEvent('BlocksVerification', 6, 7)])),
      claim('execute', await diamond.say([execute()])),
    ]
    const server = await serve()
    const { proofs } = await verify(claims, { urls: [server.url] })
    expect(proofs.map(({ result }) => result)).toEqual(['verified', 'verified', 'verified', 'verified'])
    expect(proofs.every(({ l1Time }) => l1Time !== null)).toBe(true)
    expect(server.requests).toHaveLength(2)
    expect(server.requests.every(({ isBatch }) => isBatch)).toBe(true)
  })

  it('nothing found costs one request', async () => {
    const server = await serve()
    await verify([claim('commit', word('01')), claim('prove', word('02'))], { urls: [server.url] })
    expect(server.requests).toHaveLength(1)
  })
})

/** A real node behind a proxy that changes the answers of some methods. */
function changed(
  method: string,
  change: (result: unknown) => unknown,
  url = anvil.url,
  ...alsoNull: string[]
): RpcHandler {
  return async (request, response) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request.messages),
    })
    const results = (await answer.json()) as { id: number; result: unknown }[]
    const told = results.map((one, at) => {
      const asked = request.messages[at]?.method ?? ''
      if (asked === method) return { ...one, result: change(one.result) }
      return alsoNull.includes(asked) ? { ...one, result: null } : one
    })
    sendJson(response, request.isBatch ? told : told[0])
  }
}

function without(method: string): RpcHandler {
  return async (request, response) => {
    const answer = await fetch(anvil.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request.messages),
    })
    const results = (await answer.json()) as { id: number }[]
    sendJson(
      response,
      results.map((one, at) =>
        request.messages[at]?.method === method
          ? { id: one.id, error: { code: -32000, message: 'index not ready' } }
          : one,
      ),
    )
  }
}
