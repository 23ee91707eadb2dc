// A sandbox for a test: small, in the run's own PostgreSQL, at a fixed time, and gone with the test.

import { inject, onTestFinished } from 'vitest'
import type { EthTransaction } from '../../sandbox/model/facts.ts'
import { createSandbox, type Sandbox, type SandboxSettings } from '../../sandbox/sandbox.ts'

export const fixedNow = new Date('2026-03-01T12:00:00Z')

export async function startSandbox(settings: SandboxSettings = {}): Promise<Sandbox> {
  const small = { historyBatches: 14, speed: 12, now: fixedNow, postgresUrl: inject('postgresUrl') }
  const sandbox = await createSandbox({ ...small, ...settings })
  onTestFinished(sandbox.stop)
  return sandbox
}

export function firstChain({ chains }: Sandbox) {
  const [chain] = chains
  if (chain === undefined) throw new Error('a sandbox has at least one chain')
  return chain
}

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

export async function ask(url: string, method: string, ...params: readonly unknown[]): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return (await response.json()) as Answer
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each looked at by the test that asked
export async function resultOf(url: string, method: string, ...params: readonly unknown[]): Promise<any> {
  const { result, error } = await ask(url, method, ...params)
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}

export const hashOf = (one: EthTransaction | null) => one?.confirmed?.send.hash ?? null
