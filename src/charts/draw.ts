// Draws pictures beside the bot: a chart costs about 100 ms, which no button press should wait for.

import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { Draw } from '../platforms/platform.ts'
import type { DrawJob, Drawn } from './worker.ts'

export interface Drawing {
  readonly draw: Draw
  /** Starts the thread ahead of the first picture: loading the chart library takes longer than drawing. */
  warmUp(): void
  stop(): Promise<void>
}

export interface DrawingParts {
  readonly log: Logger
  /** After this long the answer goes without its picture. */
  readonly patienceMs?: number
}

/** The thread starts with the first picture, and again after a crash; a picture that can't be drawn is null. */
export function createDrawing({ log, patienceMs = 4000 }: DrawingParts): Drawing {
  let worker: Worker | null = null
  let lastId = 0
  const waiting = new Map<number, (png: Uint8Array | null) => void>()

  function settle(id: number, png: Uint8Array | null): void {
    waiting.get(id)?.(png)
    waiting.delete(id)
  }

  function startWorker(): Worker {
    const started = openWorker()
    started.unref()
    started.on('message', (drawn: Drawn) => {
      if ('error' in drawn) log.warn({ error: drawn.error }, 'a picture could not be drawn')
      settle(drawn.id, 'png' in drawn ? drawn.png : null)
    })
    const lost = (error?: unknown) => {
      if (worker !== started) return
      worker = null
      if (error) log.warn({ err: error }, 'the drawing thread ended; the next picture starts it again')
      for (const id of [...waiting.keys()]) settle(id, null)
    }
    started.on('error', lost)
    started.on('exit', () => lost())
    return started
  }

  return {
    warmUp() {
      worker ??= startWorker()
    },

    draw(picture, data) {
      worker ??= startWorker()
      const job: DrawJob = { id: ++lastId, picture, data }
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          log.warn({ picture }, 'a picture took too long')
          settle(job.id, null)
        }, patienceMs)
        waiting.set(job.id, (png) => {
          clearTimeout(timer)
          resolve(png)
        })
        worker?.postMessage(job)
      })
    },

    async stop() {
      const ending = worker
      worker = null
      for (const id of [...waiting.keys()]) settle(id, null)
      await ending?.terminate()
    },
  }
}

function openWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url))
  // From a checkout the thread has to learn TypeScript first; tsx's command-line hooks don't reach it.
  const learn = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => register())`
  const source = JSON.stringify(new URL('./worker.ts', import.meta.url).href)
  return new Worker(`${learn}.then(() => import(${source}))`, { eval: true })
}
