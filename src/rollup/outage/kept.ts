// What was learned about a chain, kept on disk: a bot that starts in the middle of an outage knows as much as one that was running.

import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import { address, hash } from '../rpc/rpc-values.ts'

const chainNumber = z.number().int().nonnegative()
const seconds = z.number().nullable()
const samples = z.object({
  at: z.number(),
  batches: z
    .array(
      z.object({
        number: chainNumber,
        opened: z.number(),
        next: seconds,
        ended: seconds,
        committed: seconds,
        proven: seconds,
        executed: seconds,
      }),
    )
    .readonly(),
  blocks: z.array(z.object({ number: chainNumber, time: z.number(), gaps: z.array(z.number()).readonly() })).readonly(),
})

const facts = z.object({
  l1ChainId: chainNumber.nullable().default(null),
  l2ChainId: chainNumber.nullable().default(null),
  diamond: z
    .object({ address, bridgehub: address.nullable(), l2ChainId: chainNumber.nullable() })
    .nullable()
    .default(null),
  timelock: z
    .object({
      diamond: address,
      manager: address,
      address,
      executionDelay: z.number().nullable(),
      form: z.string().nullable(),
      moves: z.object({
        bridgehub: address.nullable(),
        assetHandler: address.nullable(),
        serverNotifier: address.nullable(),
      }),
    })
    .nullable()
    // As kept before moves were read: it is found anew.
    .catch(null)
    .default(null),
  /** Who committed and executed last, and the transaction that told. */
  operators: z.array(z.object({ stage: z.enum(['commit', 'execute']), hash, from: address.nullable() })).default([]),
  /** The newest of each step of a move to another settlement layer. */
  moves: z
    .array(
      z.object({
        step: z.enum(['announced', 'started', 'finalized']),
        layer: chainNumber.nullable(),
        block: z.number().int(),
        time: z.number().nullable(),
        hash: hash.nullable(),
      }),
    )
    .default([]),
  /** By the explorer's name. */
  families: z.record(z.string(), z.enum(['batches', 'blocks', 'blockscout'])).default({}),
  /** Blocks that each L1 endpoint gives the events of at once, where it has refused more. */
  logSpans: z.record(z.string(), z.number().int().positive()).default({}),
  /** Unix seconds at which a transaction that somebody waits for was first asked about, by its hash. */
  firstSeen: z.record(z.string(), z.number()).default({}),
  /** Of the last days; a release that kept them in another form loses these and no more. */
  samples: samples.nullable().default(null).catch(null),
})
export type KeptFacts = z.output<typeof facts>

const file = z.object({ version: z.literal(1), madeFor: z.string(), savedAt: z.iso.datetime(), facts })

export interface Kept {
  facts(): KeptFacts
  /** When the oldest fact that is still used was saved; null: nothing came from disk. */
  readonly readAt: Date | null
  note(changes: Partial<KeptFacts>): void
}

export interface KeptSettings {
  /** Null: nothing is kept beyond this process. */
  readonly directory: string | null
  readonly chain: string
  /** What the facts hold for: other settings make the file worthless. */
  readonly madeFor: string
  readonly l2ChainId: number | null
  readonly log: Logger
  readonly now: () => Date
}

/** A chain changes its contracts every few months. */
const goodForMs = 30 * 86_400_000
const nothing: KeptFacts = facts.parse({})

/** The hosts and the chain, never a key: two settings that differ in these look at different chains, as far as we know. */
export function settingsMark(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

export function createKept({ directory, chain, madeFor, l2ChainId, log, now }: KeptSettings): Kept {
  const place = directory === null ? null : path.join(directory, 'chains', `${chain}.json`)
  const read = place === null ? null : readKept(place, log)
  const why = read === null ? null : unfit(read, madeFor, l2ChainId, now())
  if (why !== null) log.info({ chain }, `what was kept about the chain is not used: ${why}`)
  let current = read === null || why !== null ? nothing : read.facts
  let failed = false

  function save(): void {
    if (place === null || failed) return
    const content = { version: 1, madeFor, savedAt: now().toISOString(), facts: current }
    try {
      mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
      // Never half a file, whoever reads it meanwhile.
      const draft = `${place}.${randomUUID()}`
      writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
      renameSync(draft, place)
    } catch (error) {
      failed = true
      log.warn({ chain, error: String(error) }, 'what is known about the chain can’t be kept under STATE_DIR')
    }
  }

  return {
    facts: () => current,
    readAt: read === null || why !== null ? null : new Date(read.savedAt),
    note(changes) {
      const next = { ...current, ...changes }
      if (JSON.stringify(next) === JSON.stringify(current)) return
      current = next
      save()
    },
  }
}

/** A broken file is a warning and no more: everything in it can be found again. */
function readKept(place: string, log: Logger): z.output<typeof file> | null {
  try {
    return file.parse(JSON.parse(readFileSync(place, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    log.warn({ file: place }, 'the file of what is known about the chain can’t be read: it is made anew')
    return null
  }
}

function unfit(
  { savedAt, madeFor, facts }: z.output<typeof file>,
  wanted: string,
  l2ChainId: number | null,
  now: Date,
): string | null {
  if (madeFor !== wanted) return 'it was learned with other settings'
  if (l2ChainId !== null && facts.l2ChainId !== null && facts.l2ChainId !== l2ChainId) return 'it is of another chain'
  return now.getTime() - Date.parse(savedAt) > goodForMs ? `it is of ${savedAt}` : null
}
