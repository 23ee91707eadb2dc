// The whole examination, on a sandbox whose parts are real and on settings that are wrong in one place each.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import { doctorReply } from '../../src/cli/doctor.ts'
import { readConfig } from '../../src/config.ts'
import { type Check, examine } from '../../src/doctor.ts'
import { createRequestCounter, startHttpServer } from '../../src/http/server.ts'
import { resultOf } from '../sandbox/support.ts'
import { startRpcServer } from '../support/rpc-server.ts'

let sandbox: Sandbox
let folder: string
const nowhere = 'http://127.0.0.1:1'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-doctor-'))
  sandbox = await createSandbox({ historyBatches: 12, postgresUrl: inject('postgresUrl') })
})

afterAll(async () => {
  await sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

async function examined(change: Record<string, string> = {}): Promise<readonly Check[]> {
  const config = readConfig({ ...sandbox.environment, ...change }, { readFile: () => '' })
  const now = () => new Date(sandbox.now() * 1000)
  return examine(config, { log: pino({ level: 'silent' }), now })
}

const faults = (checks: readonly Check[]) => checks.filter(({ state }) => state === 'fix')

describe('on a chain whose every part answers', () => {
  it('nothing needs fixing, and each setting has its line', async () => {
    const checks = await examined()
    expect(faults(checks)).toEqual([])
    const settings = checks.map(({ setting }) => setting.split(' ')[0])
    for (const name of Object.keys(sandbox.environment)) expect(settings).toContain(name)
    expect(checks.some(({ text }) => /The diamond 0x[0-9a-f]{40} is there: \d+ batches committed/.test(text))).toBe(
      true,
    )
    expect(doctorReply(checks).title).toContain('Everything that is set works')
  })
})

describe('a wrong setting is found', () => {
  it.each<[string, () => Record<string, string>, string]>([
    ['L1 nodes of another chain', () => ({ L1_RPC_URLS: String(sandbox.environment.L2_RPC_URLS) }), 'settles on'],
    [
      'a diamond that the node does not know',
      () => ({ DIAMOND_PROXY_ADDRESS: `0x${'12'.repeat(20)}` }),
      'The L2 node names 0x',
    ],
    ['a diamond that is none', () => ({ DIAMOND_PROXY_ADDRESS: `0x${'12'.repeat(20)}` }), 'is not the chain'],
    ['an L2 node that is not there', () => ({ L2_RPC_URLS: `gone=${nowhere}` }), 'gone '],
    ['an explorer that is not there', () => ({ EXPLORER_API_URLS: `gone=${nowhere}` }), 'gone '],
    [
      'a database that is not there',
      () => ({ CORE_DATABASE_URL: 'postgres://a:sesame@127.0.0.1:1/b' }),
      'could not be reached',
    ],
  ])('%s', async (_case, change, words) => {
    const found = faults(await examined(change()))
    expect(found.map(({ text }) => text).join('\n')).toContain(words)
    expect(JSON.stringify(found)).not.toContain('sesame')
    expect(doctorReply(found).tone).toBe('bad')
  })

  it('also where a node answers for an explorer', async () => {
    const found = faults(await examined({ EXPLORER_API_URLS: `wrong=${sandbox.chains[0]?.l2Url}` }))
    expect(found[0]?.setting).toBe('EXPLORER_API_URLS wrong')
  })

  it.each<[string, () => string | undefined, string]>([
    ['the rollup itself', () => sandbox.chains[0]?.l2Url, 'It belongs to this rollup itself'],
    ['L1', () => sandbox.environment.L1_RPC_URLS, 'It belongs to L1'],
    ['nobody', () => nowhere, 'closed the connection'],
  ])('also where the Gateway’s node is one of %s', async (_case, url, words) => {
    const found = faults(await examined({ GATEWAY_RPC_URLS: `gw=${url()?.split(',')[0]?.replace(/^\w+=/, '')}` }))
    expect(found).toMatchObject([{ setting: 'GATEWAY_RPC_URLS gw', text: expect.stringContaining(words) }])
  })

  it('and a port that is somebody else’s, but not one where Rollcall itself runs', async () => {
    const other = createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => other.listen(0, resolve))
    const { port } = other.address() as AddressInfo
    const onPort = async () => (await examined({ HTTP_PORT: String(port) })).filter(({ text }) => text.includes('ort '))
    expect(await onPort()).toMatchObject([{ setting: 'HTTP_PORT', state: 'fix' }])
    await new Promise((resolve) => other.close(resolve))
    expect(await onPort()).toMatchObject([{ setting: 'HTTP_PORT', state: 'ok', text: `Port ${port} is free.` }])
    const parts = { port, platforms: () => [], recording: () => true, requests: createRequestCounter() }
    const running = await startHttpServer(parts)
    expect(await onPort()).toMatchObject([{ setting: 'HTTP_PORT', state: 'ok' }])
    await expect(startHttpServer(parts)).rejects.toThrow(`HTTP_PORT ${port} can't be listened on (EADDRINUSE).`)
    await running.stop()
  })

  it('and a folder that can’t hold the records', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const { PROVER_CONTROL_DATABASE_URL: _, ...reading } = sandbox.environment
    const config = (directory: string) => readConfig({ ...reading, STATE_DIR: directory }, { readFile: () => '' })
    const parts = { log: pino({ level: 'silent' }), now: () => new Date(sandbox.now() * 1000) }
    const bad = faults(await examine(config(join(file, 'below')), parts))
    expect(bad[0]?.setting).toBe('STATE_DIR')
    const good = await examine(config(join(folder, 'not', 'yet')), parts)
    expect(good.find(({ setting }) => setting === 'STATE_DIR')?.state).toBe('ok')
  })
})

it('nodes of one operator are told to be one witness, until it is said who runs which or a database is there', async () => {
  const url = String(sandbox.chains[0]?.l2Url)
  const two = { L2_RPC_URLS: `a=${url},b=${url}`, CORE_DATABASE_URL: '' }
  const notes = async (change: Record<string, string>) =>
    (await examined(change))
      .filter(({ text }) => text.includes('one witness'))
      .map(({ setting, state }) => [setting, state])
  expect(await notes(two)).toEqual([['L2_RPC_URLS', 'note']])
  expect(await notes({ ...two, ENDPOINT_OPERATORS: 'us=a,them=b' })).toEqual([])
  expect(await notes({ L2_RPC_URLS: two.L2_RPC_URLS })).toEqual([])
})

it('a probe account that has never sent anything is told of, and one that has with its counts', async () => {
  const told = async (account: string) =>
    (await examined({ PROBE_ACCOUNT: account })).filter(({ setting }) => setting === 'PROBE_ACCOUNT')
  const { included, committed, executed } = sandbox.hashes()
  const sent = included ?? committed ?? executed
  expect(await told(`0x${'99'.repeat(20)}`)).toMatchObject([
    { state: 'note', text: expect.stringMatching(/never sent/) },
  ])
  const sender = String((await resultOf(String(sandbox.chains[0]?.l2Url), 'eth_getTransactionByHash', sent)).from)
  expect(await told(sender)).toMatchObject([
    { state: 'ok', text: expect.stringMatching(/^[1-9]\d* transactions? in blocks, \d+ waiting/) },
  ])
})

it('a source that hangs costs its own line, not the examination', async () => {
  const hung = await startRpcServer(() => new Promise(() => undefined))
  try {
    const found = faults(await examined({ L2_RPC_URLS: `hung=${hung.url},${sandbox.environment.L2_RPC_URLS}` }))
    expect(found).toEqual([{ setting: 'L2_RPC_URLS hung', state: 'fix', text: expect.stringContaining('in time') }])
  } finally {
    await hung.stop()
  }
})
