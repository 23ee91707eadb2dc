// A block explorer's API: copies one RPC node a little late, in one of two families, and can be told to go wrong.

import { type HttpAnswer, type HttpTrouble, json, startHttpServer } from '../http-server.ts'
import type { RollupView } from '../model/as-of.ts'
import { createFollower } from '../model/follower.ts'
import type { Weather } from '../noise.ts'
import { batchesFamily } from './batches-family.ts'
import { blocksFamily } from './blocks-family.ts'
import { etherscanAnswer } from './etherscan-like.ts'
import type { ExplorerFamily, Shown } from './family.ts'
import { BadRequest, pageOf } from './page.ts'

/**
 * `stuck`: its workers stand still, its health stays good. `cached`: something in front of it repeats old answers.
 * `watermark`: lists go on, single pages answer 404 from where it was on.
 */
export type ExplorerFault = 'none' | 'stuck' | 'cached' | 'watermark' | Exclude<HttpTrouble, 'none' | 'flapping'>

export interface Explorer {
  readonly url: string
  set(fault: ExplorerFault): void
  stop(): Promise<void>
}

export interface ExplorerSettings {
  readonly family: 'batches' | 'blocks'
  readonly original: RollupView
  /** Until when the node it reads from has read. */
  readonly upstream: () => number
  readonly l1ChainId: number
  /** The real ones look for batches once a minute; a sandbox commits sooner after sealing, so it looks more often. */
  readonly batchPollSeconds: number
  readonly weather?: Weather
}

const blockDelaySeconds = 1
const families = { batches: batchesFamily, blocks: blocksFamily }

export async function startExplorer(settings: ExplorerSettings): Promise<Explorer> {
  const { original, upstream, l1ChainId, batchPollSeconds } = settings
  const blocks = createFollower({ original, upstream, pollSeconds: 1, delaySeconds: blockDelaySeconds })
  const batches = createFollower({ original, upstream: blocks.readUntil, pollSeconds: batchPollSeconds })
  const kept = new Map<string, HttpAnswer>()
  let cached = false
  let watermark: number | null = null
  const server = await startHttpServer((request) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (request.method !== 'GET') return notFound(`Cannot ${request.method} ${url.pathname}`)
    const shown = { blocks: blocks.view(), batches: batches.view(), l1ChainId }
    const fresh = () => answer({ family: families[settings.family], url, shown, watermark })
    const now = (cached ? kept.get(url.href) : undefined) ?? fresh()
    kept.set(url.href, now)
    return now
  }, settings.weather)
  return {
    url: server.url,
    set(fault) {
      blocks.stuck(fault === 'stuck')
      batches.stuck(fault === 'stuck')
      cached = fault === 'cached'
      watermark = fault === 'watermark' ? blocks.readUntil() : null
      server.trouble(fault === 'stuck' || fault === 'cached' || fault === 'watermark' ? 'none' : fault)
    },
    stop: server.stop,
  }
}

const notFound = (message: string) => json({ message, error: 'Not Found', statusCode: 404 }, 404)

interface Question {
  readonly family: ExplorerFamily
  readonly url: URL
  readonly shown: Shown
  /** Single pages of what is newer are not there yet. */
  readonly watermark: number | null
}

function answer(question: Question): HttpAnswer {
  try {
    return route(question)
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error
    return json({ message: error.message, error: 'Bad Request', statusCode: 400 }, 400)
  }
}

function route(question: Question): HttpAnswer {
  const { family, url, shown } = question
  const [, name = '', key] = url.pathname.split('/')
  const parameters = url.searchParams
  if (key !== undefined) return single(question, name, key)
  switch (name) {
    case 'health':
    case 'ready':
      // Only the connection to its own database is looked at: a stuck explorer is as healthy as any.
      return json({ status: 'ok', info: { database: { status: 'up' } }, error: {}, details: {} })
    case 'stats':
      return json(family.stats(shown))
    case 'api':
      return json(etherscanAnswer(parameters, shown.blocks.blocks))
    case 'blocks': {
      const all = filterBlocks(shown.blocks.blocks, parameters).toReversed()
      return json(pageOf(all, (block) => family.block(block, shown), { route: 'blocks', parameters }))
    }
    case 'batches': {
      if (family.batches === null) break
      const all = family.batches(shown).toReversed()
      return json(pageOf(all, (batch) => family.batch(batch, shown.l1ChainId), { route: 'batches', parameters }))
    }
  }
  return notFound(`Cannot GET ${url.pathname}`)
}

/** `fromBlock` and `toBlock`, as the newer family takes them; the older one ignores what it does not know. */
function filterBlocks(blocks: RollupView['blocks'], parameters: URLSearchParams): RollupView['blocks'] {
  const [from, to] = [parameters.get('fromBlock'), parameters.get('toBlock')]
  return blocks.filter(
    ({ number }) => (from === null || number >= Number(from)) && (to === null || number <= Number(to)),
  )
}

function single({ family, shown, watermark, url }: Question, name: string, key: string): HttpAnswer {
  const isThere = (at: number) => watermark === null || at <= watermark
  if (name === 'transactions') {
    if (!/^0x[0-9a-f]{64}$/i.test(key)) throw new BadRequest('Invalid transaction hash format')
    const one = shown.blocks.transactions.get(key.toLowerCase())
    const missing = one === undefined || one.block === null || !isThere(one.block.timestamp)
    return missing ? notFound('Not Found') : json(family.transaction(one, shown))
  }
  if (name === 'blocks') {
    const one = shown.blocks.blocks[readNumber(key)]
    return one === undefined || !isThere(one.timestamp) ? notFound('Not Found') : json(family.blockDetails(one, shown))
  }
  if (name === 'batches' && family.batches !== null) {
    const wanted = readNumber(key)
    const one = family.batches(shown).find(({ number }) => number === wanted)
    const missing = one === undefined || !isThere(one.sealedAt ?? 0)
    return missing ? notFound('Not Found') : json(family.batchDetails(one, shown.l1ChainId))
  }
  return notFound(`Cannot GET ${url.pathname}`)
}

function readNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new BadRequest('Validation failed (numeric string is expected)')
  return Number(text)
}
