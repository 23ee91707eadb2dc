// How long /is-chain-down takes beside its slowest source, which proxies with known delays tell in one run, and while sources hang.
//
//   npm run bench -- answer-time

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { createSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { type Chain, createChain } from '../src/chains.ts'
import { readConfig } from '../src/config.ts'
import { type Figure, type Measured, median } from './figure.ts'
import { measureHanging } from './hanging-sources.ts'

const command = 'npm run bench -- answer-time'
const rounds = 9
/** Milliseconds that each source takes for each answer: of one city, and of the other side of the world. */
const delays: Readonly<Record<string, Readonly<Record<'l1' | 'l2' | 'explorer', number>>>> = {
  near: { l1: 40, l2: 40, explorer: 80 },
  far: { l1: 250, l2: 150, explorer: 400 },
}

export async function run(): Promise<Measured> {
  const sandbox = await createSandbox({ sources: 'all' })
  try {
    const figures: Figure[] = []
    for (const [name, times] of Object.entries(delays)) figures.push(...(await measure(sandbox, name, times)))
    const hanging = await measureHanging(sandbox)
    return { ...hanging, figures: [...figures, ...hanging.figures] }
  } finally {
    await sandbox.stop()
  }
}

async function measure(sandbox: Sandbox, name: string, times: (typeof delays)[string]): Promise<readonly Figure[]> {
  const proxies: SlowProxy[] = []
  const slow = async (list: string | undefined, ms: number) => {
    const entries = (list ?? '').split(',').map((entry) => entry.split('=') as [string, string])
    const started = await Promise.all(entries.map(async ([label, url]) => [label, await startProxy(url, ms)] as const))
    proxies.push(...started.map(([, proxy]) => proxy))
    return started.map(([label, { url }]) => `${label}=${url}`).join(',')
  }
  const { L1_RPC_URLS, L2_RPC_URLS, EXPLORER_API_URLS, ...rest } = sandbox.environment
  const chain = open(sandbox, {
    ...rest,
    L1_RPC_URLS: await slow(L1_RPC_URLS, times.l1),
    L2_RPC_URLS: await slow(L2_RPC_URLS, times.l2),
    EXPLORER_API_URLS: await slow(EXPLORER_API_URLS, times.explorer),
  })
  try {
    await ask(chain)
    const samples: { readonly answer: number; readonly source: number }[] = []
    for (let round = 0; round < rounds; round += 1) {
      for (const proxy of proxies) proxy.reset()
      const answer = await ask(chain)
      samples.push({ answer, source: Math.max(...proxies.map((proxy) => proxy.busyMs())) })
    }
    return figuresOf(name, times, samples)
  } finally {
    await chain.close()
    for (const proxy of proxies) proxy.stop()
  }
}

function figuresOf(
  name: string,
  { l1, l2, explorer }: (typeof delays)[string],
  samples: readonly { readonly answer: number; readonly source: number }[],
): readonly Figure[] {
  const note = `each answer ${l2} ms (L2), ${l1} ms (L1), ${explorer} ms (explorers) late; median of ${rounds}`
  const over = samples.map(({ answer, source }) => (answer / source - 1) * 100)
  return [
    {
      name: `${name}: question to answer`,
      command,
      value: median(samples.map(({ answer }) => answer)),
      unit: 'ms',
      note,
    },
    {
      name: `${name}: its slowest source, first question to last answer`,
      command,
      value: median(samples.map(({ source }) => source)),
      unit: 'ms',
      note: 'same runs; the spacing of the three samples (2 × 0.7 s) is the source’s',
    },
    { name: `${name}: answer over slowest source`, command, value: median(over), unit: '%', note: 'must be ≤ 15 %' },
  ]
}

function open(sandbox: Sandbox, environment: Readonly<Record<string, string>>): Chain {
  const [settings] = readConfig(environment, { readFile: () => '' }).chains
  if (settings === undefined) throw new Error('the sandbox offers no chain')
  const now = () => new Date(sandbox.now() * 1000)
  return createChain({ settings, log: pino({ level: 'silent' }), now, reportTimeZone: 'UTC' })
}

async function ask(chain: Chain): Promise<number> {
  const reported = { batch: null, block: null, at: null, text: null }
  const began = performance.now()
  await chain.outage.check({ tx: null, reported, signal: new AbortController().signal })
  return performance.now() - began
}

interface SlowProxy {
  readonly url: string
  reset(): void
  /** From the first question to the last answer since `reset`. */
  busyMs(): number
  stop(): void
}

async function startProxy(target: string, delayMs: number): Promise<SlowProxy> {
  let first: number | null = null
  let last = 0
  const server = createServer(async (request, response) => {
    first ??= performance.now()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const [answer] = await Promise.all([
      fetch(`${target}${request.url === '/' ? '' : request.url}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json' },
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      }),
      sleep(delayMs),
    ])
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
    response.end(Buffer.from(await answer.arrayBuffer()), () => {
      last = performance.now()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reset() {
      first = null
    },
    busyMs: () => (first === null ? 0 : last - first),
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
