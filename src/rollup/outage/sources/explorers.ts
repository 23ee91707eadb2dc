// What block explorers show: their newest block, and their last batch where they know batches. Three families, told apart by their answers.

import { z } from 'zod'
import { hash, isoTime } from '../../rpc/rpc-values.ts'
import { limitedBy, pause } from '../../rpc/time-limit.ts'
import type { ExplorerObservation, Head, Trouble } from '../facts.ts'
import { firstAnswerMs } from '../limits.ts'
import { type ExplorerSite, getJson, type SitePath } from './explorer-site.ts'

export interface WatchedExplorer {
  readonly name: string
  readonly url: string
  readonly operator: string
}

/** `batches`: the ZKsync explorer up to 2025, `blocks`: since then, without batches; `blockscout`: the other one. */
export type ExplorerFamily = 'batches' | 'blocks' | 'blockscout'

export interface Explorers {
  look(limits: { readonly signal: AbortSignal }): Promise<readonly ExplorerObservation[]>
}

const isoSeconds = isoTime.transform((text) => Date.parse(text) / 1000)
const zksyncBlocks = z.object({
  items: z.array(z.object({ number: z.number(), hash: hash.nullish(), timestamp: isoSeconds })),
})
const stats = z.object({ lastSealedBatch: z.number().optional() })
const scoutBlocks = z.object({
  items: z.array(z.object({ height: z.number(), hash: hash.nullish(), timestamp: isoSeconds })),
})
const scoutBatches = z.object({ items: z.array(z.object({ number: z.number() })) })

/** Where what an explorer was seen to be outlives the process. */
export interface FamilyMemory {
  read(): Readonly<Record<string, ExplorerFamily>>
  write(families: Readonly<Record<string, ExplorerFamily>>): void
}

export interface ExplorersSettings {
  readonly watched: readonly WatchedExplorer[]
  readonly memory?: FamilyMemory
  readonly fetch?: typeof fetch
}

export function createExplorers(settings: ExplorersSettings): Explorers {
  const { watched, memory, fetch: request = fetch } = settings
  // An explorer seldom changes its family; asking anew would cost a round trip each time.
  const families = new Map<string, ExplorerFamily>(Object.entries(memory?.read() ?? {}))
  return {
    look: ({ signal }) =>
      Promise.all(
        watched.map(async (one): Promise<ExplorerObservation> => {
          const { name, operator } = one
          const site = { url: one.url, signal, fetch: request }
          const seen = await lookAt(site, families.get(name) ?? null)
          if ('text' in seen) return { name, operator, trouble: seen, head: null, sealedBatch: null }
          families.set(name, seen.family)
          memory?.write(Object.fromEntries(families))
          return { name, operator, trouble: null, head: seen.head, sealedBatch: seen.sealedBatch }
        }),
      ),
  }
}

interface Seen {
  readonly family: ExplorerFamily
  readonly head: Head
  readonly sealedBatch: number | null
}

async function lookAt(site: ExplorerSite, known: ExplorerFamily | null): Promise<Seen | Trouble> {
  const [first, second] =
    known === 'blockscout' ? [lookAtBlockscout, lookAtZksync] : ([lookAtZksync, lookAtBlockscout] as const)
  const seen = await first(site)
  // Something that answers, but not as this family does, may be the other one; silence says nothing of the kind.
  const isOther = 'text' in seen && ['http', 'bad-answer', 'not-json'].includes(seen.kind)
  if (!isOther) return seen
  const other = await second(site)
  return 'text' in other ? seen : other
}

async function lookAtZksync(site: ExplorerSite): Promise<Seen | Trouble> {
  const [blocks, numbers] = await Promise.all([
    get(site, { path: '/blocks', query: { page: '1', limit: '1' } }, zksyncBlocks),
    get(site, { path: '/stats' }, stats),
  ])
  if ('text' in blocks) return blocks
  const [newest] = blocks.value.items
  if (newest === undefined) return { kind: 'bad-answer', text: 'shows no block' }
  const sealedBatch = 'value' in numbers ? (numbers.value.lastSealedBatch ?? null) : null
  return { family: sealedBatch === null ? 'blocks' : 'batches', head: headOf(newest.number, newest), sealedBatch }
}

async function lookAtBlockscout(site: ExplorerSite): Promise<Seen | Trouble> {
  const [blocks, batches] = await Promise.all([
    get(site, { path: '/api/v2/blocks', query: { type: 'block' } }, scoutBlocks),
    get(site, { path: '/api/v2/zksync/batches' }, scoutBatches),
  ])
  if ('text' in blocks) return blocks
  const [newest] = blocks.value.items
  if (newest === undefined) return { kind: 'bad-answer', text: 'shows no block' }
  const sealedBatch = 'value' in batches ? (batches.value.items[0]?.number ?? null) : null
  return { family: 'blockscout', head: headOf(newest.height, newest), sealedBatch }
}

function headOf(number: number, { hash, timestamp }: { hash?: string | null | undefined; timestamp: number }): Head {
  return { number, hash: hash ?? null, time: timestamp }
}

/** Once more where a connection broke or a proxy had no backend: one lost request says nothing about an explorer. */
async function get<T>(
  from: ExplorerSite,
  path: SitePath,
  schema: z.ZodType<T>,
): Promise<{ readonly value: T } | Trouble> {
  const limit = limitedBy(from.signal, firstAnswerMs)
  const site = { ...from, signal: limit.signal }
  const first = await getJson(site, path)
  const isPassing = 'isPassing' in first && first.isPassing
  if (isPassing) await pause(150 + Math.random() * 250, site.signal)
  const answer = isPassing && !site.signal.aborted ? await getJson(site, path) : first
  limit.stop()
  if ('text' in answer) return { kind: answer.kind, text: answer.text }
  const parsed = schema.safeParse(answer.json)
  if (parsed.success) return { value: parsed.data }
  return { kind: 'bad-answer', text: 'answered with data of another shape than an explorer’s' }
}
