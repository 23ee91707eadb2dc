// The sandbox's block explorers: both families in their own shapes, late in the way the real ones are, and in trouble.

import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import { firstChain, fixedNow } from './support.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

let sandbox: Sandbox
let urls: Record<string, string>

beforeAll(async () => {
  const small = { historyBatches: 14, speed: 12, now: fixedNow, postgresUrl: inject('postgresUrl') }
  sandbox = await createSandbox({ ...small, sources: 'all' })
  const entries = (sandbox.environment.EXPLORER_API_URLS ?? '').split(',').map((one) => one.split('='))
  urls = Object.fromEntries(entries)
})
afterAll(() => sandbox?.stop())
afterEach(async () => {
  await sandbox.set('explorer', 'none')
  await sandbox.set('second-explorer', 'none')
})

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each looked at by the test that asked
async function get(path: string, name = 'explorer'): Promise<{ status: number; body: any }> {
  const response = await fetch(`${urls[name]}${path}`)
  return { status: response.status, body: await response.json() }
}

const head = async (name?: string) => (await get('/blocks?limit=1', name)).body.items[0].number as number
const newest = () => firstChain(sandbox).rollup.blocks.at(-1)?.number ?? 0

describe('an explorer', () => {
  it('is offered in both families, told apart by lastSealedBatch', async () => {
    expect(Object.keys(urls)).toEqual(['explorer', 'second-explorer'])
    const [older, newer] = [await get('/stats'), await get('/stats', 'second-explorer')]
    expect(Object.keys(older.body)).toEqual([
      'lastSealedBatch',
      'lastVerifiedBatch',
      'lastSealedBlock',
      'lastVerifiedBlock',
      'totalTransactions',
    ])
    expect(Object.keys(newer.body)).toEqual(['lastSealedBlock', 'lastVerifiedBlock', 'totalTransactions'])
    expect(await get('/batches', 'second-explorer')).toMatchObject({ status: 404, body: { statusCode: 404 } })
  })

  it('pages its lists, and refuses more than a hundred items', async () => {
    const { body } = await get('/blocks?page=2&limit=5')
    expect(body.meta).toMatchObject({ itemCount: 5, itemsPerPage: 5, currentPage: 2 })
    expect(body.links).toMatchObject({ first: 'blocks?limit=5', previous: 'blocks?page=1&limit=5' })
    expect(body.items[0].number).toBe(body.meta.totalItems - 1 - 5)
    expect((await get('/batches')).body.items.length).toBe(10)
    expect((await get('/blocks?limit=101')).status).toBe(400)
    expect((await get('/blocks/eleven')).status).toBe(400)
    expect((await get('/blocks/99999')).body).toMatchObject({ message: 'Not Found', statusCode: 404 })
  })

  it('shows an executed batch with its L1 transactions, and a block and a transaction of it', async () => {
    const { executed, batch } = sandbox.hashes()
    const details = (await get(`/batches/${batch}`)).body
    expect(details).toMatchObject({ number: batch, status: 'verified', rootHash: expect.stringMatching(/^0x/) })
    const settled = firstChain(sandbox).rollup.batches[batch ?? 0]
    expect(details.commitTxHash).toBe(settled?.commit?.confirmed?.send.hash)
    const transaction = (await get(`/transactions/${executed}`)).body
    expect(transaction).toMatchObject({ hash: executed, isL1BatchSealed: true, status: 'verified' })
    const block = (await get(`/blocks/${transaction.blockNumber}`)).body
    expect(block).toMatchObject({ l1BatchNumber: transaction.l1BatchNumber, executeTxHash: expect.any(String) })
    const newer = (await get(`/blocks/${transaction.blockNumber}`, 'second-explorer')).body
    expect(newer).toMatchObject({ number: block.number, hash: block.hash, status: 'executed' })
    expect(newer).not.toHaveProperty('l1BatchNumber')
  })

  it('tells its height the way Etherscan would', async () => {
    const blocks = firstChain(sandbox).rollup.blocks
    const countdown = (await get('/api?module=block&action=getblockcountdown&blockno=99999')).body
    expect(Number(countdown.result.CurrentBlock)).toBe(await head())
    const past = (await get('/api?module=block&action=getblockcountdown&blockno=1')).body
    expect(past).toMatchObject({ status: '0', message: 'NOTOK' })
    const at = blocks[7]?.timestamp
    const found = (await get(`/api?module=block&action=getblocknobytime&timestamp=${at}&closest=before`)).body
    expect(found).toEqual({ status: '1', message: 'OK', result: '7' })
    const miss = (await get('/api?module=block&action=getblocknobytime&timestamp=1&closest=before')).body
    expect(miss).toMatchObject({ status: '1', message: 'NOTOK' })
  })

  it('is a little late with blocks and later with batches', async () => {
    expect(newest() - (await head())).toBeLessThanOrEqual(3)
    const { lastSealedBatch } = (await get('/stats')).body
    const sealed = firstChain(sandbox).rollup.batches.findLast(({ sealedAt }) => sealedAt !== null)?.number ?? 0
    expect(sealed - lastSealedBatch).toBeLessThanOrEqual(2)
    const before = await head()
    await sandbox.advance(10)
    expect(await head()).toBeGreaterThan(before)
  })
})

describe('an explorer in trouble', () => {
  it('stuck: stands still in blocks and batches, says it is healthy, and goes on afterwards', async () => {
    await sandbox.set('explorer', 'stuck')
    const before = [await head(), (await get('/stats')).body]
    await sandbox.advance(60)
    expect([await head(), (await get('/stats')).body]).toEqual(before)
    expect(newest()).toBeGreaterThan((await head()) + 30)
    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect((await get('/ready')).status).toBe(200)
    expect((await get(`/blocks/${newest()}`)).status).toBe(404)
    await sandbox.set('explorer', 'none')
    expect(newest() - (await head())).toBeLessThanOrEqual(3)
  })

  it('cached: repeats what it said before', async () => {
    await sandbox.set('explorer', 'cached')
    const before = await head()
    await sandbox.advance(30)
    expect(await head()).toBe(before)
    expect((await get('/blocks?limit=2')).body.items[0].number).toBeGreaterThan(before)
  })

  it('watermark: lists blocks whose pages are not there yet', async () => {
    await sandbox.set('second-explorer', 'watermark')
    await sandbox.advance(30)
    const listed = await head('second-explorer')
    expect((await get(`/blocks/${listed}`, 'second-explorer')).status).toBe(404)
    expect((await get(`/blocks/${listed - 60}`, 'second-explorer')).status).toBe(200)
  })

  it('answers with an error, a web page, a limit, or not at all', async () => {
    const status = async () => (await fetch(`${urls.explorer}/stats`)).status
    await sandbox.set('explorer', 'error')
    expect(await status()).toBe(500)
    await sandbox.set('explorer', 'rate-limited')
    expect(await status()).toBe(429)
    await sandbox.set('explorer', 'web-page')
    const page = await fetch(`${urls.explorer}/stats`)
    expect(page.headers.get('content-type')).toBe('text/html')
    await page.text()
    await sandbox.set('explorer', 'down')
    await expect(status()).rejects.toThrow()
    for (const silent of ['hanging', 'slow'] as const) {
      await sandbox.set('explorer', silent)
      const asked = fetch(`${urls.explorer}/stats`, { signal: AbortSignal.timeout(300) })
      await expect(asked).rejects.toThrow(/timeout/i)
    }
  })

  it('is as late as the node it copies', async () => {
    await sandbox.set('main-rpc', 'stuck')
    const before = await head()
    await sandbox.advance(30)
    expect(await head()).toBeLessThanOrEqual(before + 2)
    expect(await head('second-explorer')).toBeGreaterThan(before + 20)
    await sandbox.set('main-rpc', 'none')
  })
})
