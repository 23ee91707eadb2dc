// A real EVM as L1: one anvil process whose blocks come when the clockwork says so, at the times it says.

import { mkdtemp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { startKept } from '../../src/storage/kept-process.ts'

export interface Anvil {
  readonly url: string
  readonly chainId: number
  /** Its scratch folder, gone after `stop`. */
  readonly directory: string
  /** One HTTP round trip; the answers in the order of the calls. The first error is thrown. */
  call(...calls: readonly RpcCall[]): Promise<readonly unknown[]>
  stop(): Promise<void>
}

export type RpcCall = readonly [method: string, ...params: readonly unknown[]]

export const l1ChainId = 31337

function program(): string {
  const platform = os.platform() === 'win32' ? 'win32' : os.platform()
  const architecture = os.arch() === 'x64' ? 'amd64' : os.arch()
  const name = `@foundry-rs/anvil-${platform}-${architecture}`
  try {
    return path.join(path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'anvil')
  } catch {
    throw new Error(`The sandbox needs ${name}: run npm ci without --omit=dev and --omit=optional.`)
  }
}

export async function startAnvil({ timestamp }: { readonly timestamp: number }): Promise<Anvil> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'rollcall-anvil-'))
  const anvil = startKept({
    name: 'anvil',
    command: [
      program(),
      ...['--host', '127.0.0.1', '--port', '0', '--chain-id', String(l1ChainId), '--timestamp', String(timestamp)],
      ...['--no-mining', '--order', 'fifo', '--accounts', '20', '--hardfork', 'cancun', '--color', 'never'],
    ],
    ready: /Listening on \S+/,
    scratch,
    cwd: scratch,
    // It keeps old states below its home: those go with the scratch folder.
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: scratch },
  })
  if (!(await anvil.started)) {
    const log = anvil.log().trim()
    await anvil.stop()
    throw new Error(`anvil did not start: ${log.split('\n').at(-1) ?? ''}`)
  }
  const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(anvil.log())?.[1]
  const url = `http://127.0.0.1:${port}`
  return { url, chainId: l1ChainId, directory: scratch, call: (...calls) => post(url, calls), stop: anvil.stop }
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

async function post(url: string, calls: readonly RpcCall[]): Promise<readonly unknown[]> {
  if (calls.length === 0) return []
  const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }))
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  })
  const answers = (await response.json()) as readonly Answer[]
  return [...answers]
    .sort((one, other) => one.id - other.id)
    .map(({ id, error, result }) => {
      if (error) throw new Error(`anvil refused ${calls[id]?.[0]}: ${error.message}`)
      return result
    })
}
