// A network in memory for tests that let time pass by hand: what each server has answered once it answers at once, or hangs.

import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseFailure, type NodeDatabase } from '../../src/rollup/node-database.ts'

export type Hang = 'silent' | 'trickling'

/** What a question came to, to be answered again. */
interface Heard {
  readonly status: number
  readonly body: string
}

export interface StillNetwork {
  /** For one chain: sources whose URL is among these hang, or answer so many milliseconds later. */
  fetch(unwell: ReadonlyMap<string, Hang | number>): typeof fetch
  openDatabase(isHanging: boolean): (settings: Pick<NodeDatabase, 'name'>) => NodeDatabase
  /** Until nobody has a question or an answer under way: only time can bring more. */
  settled(): Promise<void>
}

export interface StillNetworkSettings {
  /** Asked once for each question. */
  readonly database: NodeDatabase
  /** How long a database that hangs is waited for by its own limits. */
  readonly databaseMs: number
}

/** Answers are read and acted on within a few turns; more of them only cost time. */
const quietTurns = 12

export function createStillNetwork({ database, databaseMs }: StillNetworkSettings): StillNetwork {
  const heard = new Map<string, Promise<Heard>>()
  const rows = new Map<string, Promise<readonly object[]>>()
  let events = 0
  let underWay = 0

  async function once<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
    events += 1
    underWay += 1
    try {
      const answer = known.get(key) ?? ask()
      known.set(key, answer)
      return await answer
    } finally {
      events += 1
      underWay -= 1
    }
  }

  return {
    fetch: (unwell) => async (input, init) => {
      const url = String(input)
      const signal = init?.signal ?? new AbortController().signal
      const how = [...unwell].find(([one]) => url.startsWith(one))?.[1]
      if (how === 'silent') return new Promise((_, reject) => onAbort(signal, reject))
      if (how === 'trickling') return trickle(signal)
      if (typeof how === 'number') await late(how, signal)
      const { asked, ids } = withoutIds(init?.body)
      const { status, body } = await once(heard, `${url} ${asked}`, async () => {
        const request = { ...init, signal: null, ...(asked !== '' && { body: asked }) }
        const answer = await fetch(url, request)
        return { status: answer.status, body: await answer.text() }
      })
      return new Response(withIds(body, ids), { status, headers: { 'content-type': 'application/json' } })
    },
    openDatabase: (isHanging) => (settings) => {
      const silence = (signal?: AbortSignal) =>
        new Promise<never>((_, reject) => {
          const fail = () => {
            clearTimeout(timer)
            reject(new DatabaseFailure('timed-out', `The ${settings.name} did not answer in time.`))
          }
          const timer = setTimeout(fail, databaseMs)
          if (signal) onAbort(signal, fail)
        })
      const { columns, read, forgetColumns } = database
      const answering: NodeDatabase = {
        name: settings.name,
        columns,
        read: async <R extends object>(text: string, values: readonly unknown[]) =>
          (await once(rows, JSON.stringify([text, values]), () => read(text, values))) as readonly R[],
        forgetColumns,
        end: async () => undefined,
      }
      if (!isHanging) return answering
      return {
        ...answering,
        columns: (limits) => silence(limits?.signal),
        read: (_, __, limits) => silence(limits?.signal),
      }
    },
    async settled() {
      let seen = -1
      for (let quiet = 0; quiet < quietTurns; quiet += 1) {
        if (underWay > 0 || seen !== events) quiet = 0
        seen = events
        await turn()
      }
    },
  }
}

function onAbort(signal: AbortSignal, told: (reason: unknown) => void): void {
  const tell = () => told(signal.reason)
  if (signal.aborted) tell()
  else signal.addEventListener('abort', tell, { once: true })
}

function late(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms)
    onAbort(signal, reject)
  })
}

/** Answers with its headline, and never comes to an end. */
function trickle(signal: AbortSignal): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(' '))
      onAbort(signal, (reason) => controller.error(reason))
    },
  })
  return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } })
}

/** Ids count up with every question: without them the same question is the same text. */
function withoutIds(body: unknown): { readonly asked: string; readonly ids: readonly unknown[] } {
  if (typeof body !== 'string') return { asked: '', ids: [] }
  const parsed = JSON.parse(body) as Call | readonly Call[]
  const calls = [parsed].flat() as readonly Call[]
  const bare = calls.map((call, id) => ({ ...call, id }))
  return { asked: JSON.stringify(Array.isArray(parsed) ? bare : bare[0]), ids: calls.map(({ id }) => id) }
}

interface Call {
  readonly id: unknown
}

function withIds(body: string, ids: readonly unknown[]): string {
  if (ids.length === 0) return body
  const parsed = JSON.parse(body) as Call | readonly Call[]
  const answers = ([parsed].flat() as readonly Call[]).map((answer) => ({ ...answer, id: ids[answer.id as number] }))
  return JSON.stringify(Array.isArray(parsed) ? answers : answers[0])
}
